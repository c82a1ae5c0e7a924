#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The file systems in a sandbox: what is masked and read-only, volumes, images that
# are booby-trapped.
# timeout: 300
#
# Programs for the inside stand in single quotes; what is listed has plain names.
# shellcheck disable=SC2016,SC2012

set -u
# shellcheck source=tests/e2e/lib/tap.sh
. "$(dirname "$0")/lib/tap.sh"
# shellcheck source=tests/e2e/lib/sandbox.sh
. "$(dirname "$0")/lib/sandbox.sh"

mounts_before=$(wc -l </proc/self/mountinfo)

# --- file systems -------------------------------------------------------------------

# Mount points but for the root, what we put in /etc, and what lies in ours.
is sandbox:no_mount_of_the_host "$(in_sandbox cat /proc/self/mountinfo | cut -d ' ' -f 5 |
	grep -vE '^(/etc/(hosts|hostname)|/(proc|sys|dev)(/.*)?)$')" /
for file in kcore keys timer_list interrupts; do
	[ -e "/proc/$file" ] || continue
	is "sandbox:masked_$file" "$(in_sandbox sh -c "cat /proc/$file | wc -c")" 0
done
for directory in /sys/firmware /proc/acpi /proc/scsi /proc/driver/nvidia \
	/sys/kernel/ghostnv; do
	[ -d "$directory" ] || continue
	is "sandbox:masked_$directory" "$(in_sandbox ls -A "$directory" | wc -l)" 0
done
# Also what a module puts there that is loaded later.
is sandbox:drivers_are_covered "$(in_sandbox ls -A /proc/driver)" nvidia
is sandbox:drivers_are_covered_with_userns "$(in_sandbox --userns ls -A /proc/driver)" nvidia
is sandbox:drivers_cannot_be_written "$(in_sandbox sh -c \
	'touch /proc/driver/x 2>/dev/null || echo refused')" refused
cat >"$rootfs/tmp/writes" <<'EOF'
for file in /proc/sys/kernel/hostname /proc/sysrq-trigger /proc/irq/default_smp_affinity \
	/sys/kernel/mm/transparent_hugepage/enabled /sys/fs/cgroup/cgroup.procs; do
	[ ! -e $file ] || ! (echo 1 >$file) 2>/dev/null || echo "$file can be written"
done
EOF
is sandbox:kernel_settings_are_read_only "$(in_sandbox sh /tmp/writes)" ''
is sandbox:proc_is_of_its_own "$(in_sandbox sh -c 'echo /proc/[0-9]*')" '/proc/1 /proc/2'
is sandbox:network_is_loopback_alone "$(in_sandbox ls /sys/class/net)" lo
is sandbox:loopback_is_up "$(in_sandbox sh -c \
	'busybox ifconfig lo | grep -c "UP LOOPBACK"')" 1
is sandbox:hostname "$(in_sandbox sh -c 'hostname; cat /etc/hostname' |
	tr '\n' ' ')" 'sandbox sandbox '
is sandbox:hosts_names_localhost "$(in_sandbox grep -c localhost /etc/hosts)" 2
is sandbox:umask "$(in_sandbox sh -c umask)" 0022
is sandbox:dev_holds_the_usual "$(in_sandbox ls /dev | tr '\n' ' ')" \
	'fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero '
is sandbox:dev_granted "$(in_sandbox --device /dev/nvidia-caps/nvidia-cap1:1:3 \
	stat -c '%t:%T %a' /dev/nvidia-caps/nvidia-cap1)" '1:3 666'
is sandbox:root_read_only "$(in_sandbox --read-only sh -c \
	'touch /x 2>/dev/null || echo refused; touch /dev/shm/x && echo shm')" \
	"$(printf 'refused\nshm')"

# --- volumes and hostile images -----------------------------------------------------

echo data >"$outside/file"
is sandbox:volume_is_seen "$(in_sandbox --volume "$outside:/data/deep" \
	cat /data/deep/file)" data
is sandbox:volume_of_a_file "$(in_sandbox --volume "$outside/file:/etc/one" \
	cat /etc/one)" data
ok sandbox:volume_is_written in_sandbox --volume "$outside:/data" touch /data/new
is sandbox:volume_read_only "$(in_sandbox --volume "$outside:/data:ro" \
	sh -c 'touch /data/x 2>/dev/null || echo refused')" refused
ok sandbox:volume_on_proc_is_refused fails_with '`/proc/sys`: Operation not permitted' \
	in_sandbox --volume "$outside:/proc/sys" true
ok sandbox:missing_volume_is_named fails_with "volume \`$outside/none\`: No such file" \
	in_sandbox --volume "$outside/none:/data" true

mkdir -p "$work/target" "$rootfs$work/target"
ln -s "$work/target" "$rootfs/escape"
ln -s "../../../../../../../../../..$work/target" "$rootfs/climb"
ln -s /nowhere "$rootfs/dangling"
ok sandbox:volume_through_link_stays_inside in_sandbox --volume "$outside:/escape/a" \
	--volume "$outside:/climb/b" true
ok sandbox:workdir_through_link_stays_inside in_sandbox --workdir /escape/w true
is sandbox:links_lead_to_the_inside "$(ls "$rootfs$work/target" | tr '\n' ' ')" 'a b w '
is sandbox:links_made_nothing_outside "$(ls "$work/target")" ''
ok sandbox:volume_on_dangling_link_is_refused fails_with 'volume on `/dangling/a`' \
	in_sandbox --volume "$outside:/dangling/a" true
is sandbox:workdir_is_made "$(in_sandbox --workdir /made/here pwd)" /made/here
is sandbox:workdir_cannot_climb "$(in_sandbox --workdir /../../.. ls / | head -n 1)" bin
ok sandbox:workdir_by_magic_link_is_refused fails_with 'working directory' \
	in_sandbox --workdir /proc/self/fd/7 true 7</
ok sandbox:workdir_closed_to_user fails_with 'working directory' \
	in_sandbox --user app --workdir /closed true

make_rootfs "$work/linked"
rmdir "$work/linked/proc"
ln -s /tmp "$work/linked/proc"
ok sandbox:proc_as_link_is_refused fails_with 'mount on `/proc`' \
	sandbox_run "$work/linked" true
rm "$work/linked/proc"
rm "$work/linked/etc/passwd"
mkfifo "$work/linked/etc/passwd"
ln -s "$outside/hosts" "$work/linked/etc/hosts"
is sandbox:passwd_as_pipe_does_not_hang "$(timeout 20 sandbox_run --user 5 \
	"$work/linked" stat -Lc %u /proc/self)" 5
is sandbox:hosts_as_link_writes_nothing_outside "$([ -e "$outside/hosts" ]; echo $?)" 1
printf '#!/proc/self/exe\n' >"$work/linked/bin/again"
chmod +x "$work/linked/bin/again"
ok sandbox:interpreter_is_init_at_most status 126 sandbox_run "$work/linked" again

# --- files put into the image --------------------------------------------------------

make_rootfs "$work/put"
put_run() {
	sandbox_run "${@:1:$#-1}" "$work/put" sh -c "${*: -1}"
}

echo host >"$outside/host"
chmod 4755 "$outside/host"
is sandbox:put_file "$(put_run --put "/opt/a/b:file:$outside/host" \
	'cat /opt/a/b; (echo x >/opt/a/b) 2>/dev/null || echo refused' | xargs)" 'host refused'
is sandbox:put_file_flags "$(put_run --put "/opt/a/b:file:$outside/host" \
	'grep " /opt/a/b " /proc/self/mountinfo' | cut -d ' ' -f 6 | tr ',' '\n' |
	grep -cxE 'ro|nosuid|nodev')" 3
is sandbox:put_link "$(put_run --put /opt/l:link:there 'readlink /opt/l')" there
is sandbox:put_text "$(put_run --put '/etc/made:text:some text' \
	'cat /etc/made; stat -c " %a" /etc/made')" 'some text 644'
is sandbox:put_in_order "$(put_run --put /l:link:/etc --put /l/x:text:y 'cat /etc/x')" y
is sandbox:put_in_a_read_only_root "$(put_run --read-only --put /made:text:y \
	--put "/m:file:$outside/host" 'cat /made /m; touch /q 2>/dev/null || echo " refused"' |
	xargs)" 'yhost refused'
is sandbox:put_lies_below_volumes "$(put_run --put /data/x:text:y \
	--volume "$outside:/data" 'cat /data/file')" data
is sandbox:put_wrote_to_no_volume "$([ -e "$outside/x" ]; echo $?)" 1

# Whatever the image has there: links to the outside and to the inside, pipes, folders.
echo untouched >"$work/victim"
for kind in file link text; do
	case $kind in
	file) what=file:$outside/host wanted=host ;;
	link) what=link:/etc/group wanted=$(head -n 1 "$work/put/etc/group") ;;
	text) what=text:new wanted=new ;;
	esac
	for trap_kind in escape climb inner dangling pipe; do
		rm -rf "$work/put/opt"
		mkdir "$work/put/opt"
		case $trap_kind in
		escape) ln -s "$work/victim" "$work/put/opt/x" ;;
		climb) ln -s "../../../../../../../..$work/victim" "$work/put/opt/x" ;;
		inner) ln -s ../etc/passwd "$work/put/opt/x" ;;
		dangling) ln -s nowhere "$work/put/opt/x" ;;
		pipe) [ $kind = file ] || mkfifo "$work/put/opt/x" ;;
		esac
		is "sandbox:put_${kind}_over_$trap_kind" "$(timeout 20 sandbox_run \
			--put "/opt/x:$what" "$work/put" head -n 1 /opt/x)" "$wanted"
	done
	rm -rf "$work/put/opt/x"
	mkdir "$work/put/opt/x"
	ok "sandbox:put_${kind}_over_a_folder_is_refused" fails_with 'put `/opt/x` into the image' \
		sandbox_run --put "/opt/x:$what" "$work/put" true
done
is sandbox:put_changed_nothing_inside "$(head -n 1 "$work/put/etc/passwd")" \
	'root:x:0:0:root:/root:/bin/sh'
is sandbox:put_changed_nothing_outside "$(cat "$work/victim")" untouched
# Folders that are links lead to the inside.
rm -rf "$work/put/opt"
mkdir "$work/put/real" "$work/beside"
ln -s /real "$work/put/opt"
ln -s "$work/beside" "$work/put/away"
is sandbox:put_through_a_folders_link "$(sandbox_run --put /opt/d/x:text:y "$work/put" \
	cat /real/d/x)" y
ok sandbox:put_through_a_link_away_is_refused fails_with 'put `/away/x` into the image' \
	sandbox_run --put /away/x:text:y "$work/put" true
is sandbox:put_made_nothing_outside "$(ls "$work/beside")" ''
# A link to where a file system comes later puts nothing there.
ln -s proc "$work/put/into-proc"
is sandbox:put_into_what_is_covered "$(sandbox_run --put /into-proc/x:text:y "$work/put" \
	sh -c '[ -e /proc/x ] || echo none')" none

# --- GPUs in /proc ------------------------------------------------------------------

if [ -d /proc/driver/nvidia/gpus ]; then
	pci=$(ls /proc/driver/nvidia/gpus | head -n 1)
	is sandbox:gpus_granted "$(in_sandbox --gpu "$pci" ls /proc/driver/nvidia/gpus)" "$pci"
	is sandbox:gpus_information "$(in_sandbox --gpu "$pci" \
		cat "/proc/driver/nvidia/gpus/$pci/information")" \
		"$(cat "/proc/driver/nvidia/gpus/$pci/information")"
	is sandbox:gpus_make_no_nodes "$(in_sandbox --gpu "$pci" \
		grep ModifyDeviceFiles /proc/driver/nvidia/params)" 'ModifyDeviceFiles: 0'
	is sandbox:gpus_none_granted "$(in_sandbox ls -A /proc/driver/nvidia)" ''
	ok sandbox:missing_gpu_is_named fails_with 'GPU `ffff:ff:1f.7`' \
		in_sandbox --gpu ffff:ff:1f.7 true
else
	skip sandbox:gpus "no NVIDIA driver here"
fi

is sandbox:no_mount_is_left "$(wc -l </proc/self/mountinfo)" "$mounts_before"


tap_end
