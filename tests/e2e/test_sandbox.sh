#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What a container is kept from, seen from inside of one, and what its end leaves
# behind. There is no GPU in it: natively as root it runs as well.
#
# kernels: 6.1 uml
#
# Programs for the inside stand in single quotes; what is listed has plain names.
# shellcheck disable=SC2016,SC2012

set -u
# shellcheck source=tests/e2e/lib/tap.sh
. "$(dirname "$0")/lib/tap.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rootfs=$work/rootfs
outside=$work/outside

# A root file system of busybox alone.
make_rootfs() {
	local tool

	mkdir -p "$1/bin" "$1/etc" "$1/tmp" "$1/root"
	chmod 1777 "$1/tmp"
	cp "$(command -v busybox)" "$1/bin/busybox"
	for tool in cat chmod echo env grep head hostname id ls mkdir pwd readlink \
		sh sleep stat touch true wc yes; do
		ln -s busybox "$1/bin/$tool"
	done
	printf '%s\n' 'root:x:0:0:root:/root:/bin/sh' \
		'app:x:1000:1000::/home/app:/bin/sh' >"$1/etc/passwd"
	printf '%s\n' 'root:x:0:' 'app:x:1000:' 'video:x:44:other,app' >"$1/etc/group"
}

make_rootfs "$rootfs"
mkdir -m 700 "$rootfs/closed"
mkdir "$outside"

# The host's libraries, for programs that are not static.
libraries=()
for directory in /lib /lib64 /usr/lib; do
	[ ! -d "$directory" ] || libraries+=(--volume "$directory:$directory:ro")
done

# in_sandbox [OPTION...] COMMAND...: with the usual root file system.
in_sandbox() {
	local options=()

	while [[ ${1-} == --* ]]; do
		case $1 in
		--hold | --read-only | --threads | --userns) options+=("$1") ;;
		*)
			options+=("$1" "$2")
			shift
			;;
		esac
		shift
	done
	sandbox_run "${options[@]}" "$rootfs" "$@"
}

probe() {
	in_sandbox "${@:2}" "${libraries[@]}" \
		--volume "$(command -v sandbox_probe):/probe:ro" /probe "$1"
}

# status WANTED COMMAND...
status() {
	local wanted=$1 rc=0

	shift
	"$@" || rc=$?
	[ "$rc" = "$wanted" ] || {
		echo "status $rc, wanted $wanted"
		return 1
	}
}

fails_with() {
	local text=$1 out

	shift
	out=$("$@" 2>&1)
	status 125 test $? = 125 || :
	case $out in
	*"$text"*) return 0 ;;
	esac
	echo "said: $out"
	return 1
}

mounts_before=$(wc -l </proc/self/mountinfo)

# --- the program -------------------------------------------------------------------

ok sandbox:program_runs in_sandbox true
ok sandbox:exit_status_is_passed_on status 7 in_sandbox sh -c 'exit 7'
ok sandbox:signal_becomes_status status 137 in_sandbox sh -c 'kill -KILL $$'
from_threads() {
	local i

	for i in 1 2 3 4 5; do
		timeout 60 sandbox_run --threads "$@" "$rootfs" true || return
	done
}
ok sandbox:launcher_has_threads from_threads --user app
ok sandbox:launcher_has_threads_and_userns from_threads --user app --userns
is sandbox:program_is_not_pid_1 "$(in_sandbox sh -c 'echo $$')" 2
# The fourth is the directory that ls reads.
is sandbox:no_descriptor_leaks \
	"$(exec 7</etc/passwd 9</ && in_sandbox ls /proc/self/fd | tr '\n' ' ')" '0 1 2 3 '
exec 8</ # inherited by the launcher
hold fds "$work/fds" in_sandbox --hold true
exec 8<&-
is sandbox:no_descriptor_leaks_into_init \
	"$(ls "/proc/$(value pid <"$work/fds")/fd" | tr '\n' ' ')" '0 1 2 3 4 '
release fds
ok sandbox:missing_program_is_named fails_with 'execute `nothing`: No such file' \
	in_sandbox nothing
ok sandbox:directory_is_no_program fails_with 'execute `/etc`: Permission denied' \
	in_sandbox /etc
printf 'no format' >"$rootfs/tmp/junk"
chmod +x "$rootfs/tmp/junk"
ok sandbox:junk_is_no_program fails_with 'execute `/tmp/junk`: Exec format error' \
	in_sandbox /tmp/junk
is sandbox:environment_gets_home_and_path "$(in_sandbox env | grep -cE \
	'^(HOME=/root|PATH=/usr/local/sbin:)')" 2
is sandbox:environment_is_the_given "$(in_sandbox --env HOME=/x --env A=b \
	sh -c 'echo $HOME $A')" '/x b'
is sandbox:environment_is_not_the_launchers \
	"$(SECRET=x in_sandbox env | grep -c SECRET)" 0

# --- user and privileges ------------------------------------------------------------

is sandbox:user_root "$(in_sandbox id)" 'uid=0(root) gid=0(root)'
is sandbox:user_by_name "$(in_sandbox --user app id)" \
	'uid=1000(app) gid=1000(app) groups=44(video)'
is sandbox:user_by_number "$(in_sandbox --user 4711:12 sh -c 'id -u; id -g; id -G' |
	tr '\n' ' ')" '4711 12 12 '
is sandbox:user_home "$(in_sandbox --user app sh -c 'echo $HOME')" /home/app
ok sandbox:unknown_user_is_named fails_with 'user `nobody-here`' \
	in_sandbox --user nobody-here true

own_status() {
	in_sandbox "${@:2}" cat /proc/self/status | sed -n "s/^$1:[[:space:]]*//p"
}

is sandbox:capabilities_are_dockers "$(own_status CapEff)" 00000000a80425fb
is sandbox:capabilities_are_bounded "$(own_status CapBnd)" 00000000a80425fb
is sandbox:capabilities_none_inherited "$(own_status CapInh)" 0000000000000000
is sandbox:capabilities_none_ambient "$(own_status CapAmb)" 0000000000000000
is sandbox:capabilities_of_user_none "$(own_status CapEff --user app)" 0000000000000000
is sandbox:capabilities_permitted_of_user_none "$(own_status CapPrm --user app)" \
	0000000000000000
is sandbox:no_new_privs "$(own_status NoNewPrivs)" 1
is sandbox:seccomp_filters "$(own_status Seccomp)" 2
is sandbox:seccomp_filters_init "$(in_sandbox cat /proc/1/status |
	sed -n 's/^Seccomp:[[:space:]]*//p')" 2
is sandbox:capabilities_of_init "$(in_sandbox cat /proc/1/status |
	sed -n 's/^CapEff:[[:space:]]*//p')" 00000000a80425fb

# --- system calls -------------------------------------------------------------------

probe calls >"$work/calls" 2>&1
for expected in unshare_user=EPERM unshare_mount=EPERM clone_user=EPERM clone3=ENOSYS \
	setns=EPERM mount=EPERM umount=EPERM pivot_root=EPERM open_tree=EPERM \
	fsopen=EPERM mount_setattr=EPERM chroot=ok bpf=EPERM perf_event_open=EPERM \
	keyctl=EPERM add_key=EPERM userfaultfd=EPERM io_uring_setup=EPERM \
	init_module=EPERM kexec_load=EPERM reboot=EPERM iopl=EPERM sethostname=EPERM \
	open_by_handle_at=EPERM unknown=ENOSYS socket_inet=ok socket_unix=ok \
	socket_netlink=ok socket_vsock=EPERM socket_alg=EPERM socket_vsock_high=EPERM \
	personality_ask=ok personality_no_randomization=EPERM ptrace=ok pidfd_open=ok \
	setuid=ok ptrace_init=EPERM init_exe_read=EACCES init_exe_write=EACCES \
	init_mem=EACCES init_fds=EACCES kill_init=ok stop_init=ok; do
	is "sandbox:call_${expected%=*}" "$(value "${expected%=*}" <"$work/calls")" \
		"${expected#*=}"
done

if [ "$(uname -m)" = x86_64 ] && [ ! -e /proc/sysemu ]; then
	probe compat >"$work/compat" 2>&1
	for expected in getpid_32=ok mount_32=EPERM unshare_32=EPERM \
		socket_vsock_32=EPERM unknown_32=ENOSYS getpid_x32=ENOSYS; do
		is "sandbox:call_${expected%=*}" "$(value "${expected%=*}" <"$work/compat")" \
			"${expected#*=}"
	done
else
	skip sandbox:call_32 "no 32-bit calls on this kernel"
fi

# --- PID 1 --------------------------------------------------------------------------

is sandbox:init_reaps_orphans "$(probe reap)" reaped=ok
is sandbox:init_leads_nowhere "$(in_sandbox /proc/self/exe sh -c 'echo ran' 2>&1)" ''
hold term "$work/term" sandbox_run "$rootfs" sh -c \
	'trap "exit 42" TERM; echo ready=1; sleep 1000 & wait'
kill -TERM "${tap_held_pid[term]}"
ok sandbox:init_forwards_signals status 42 release term
is sandbox:init_ends_the_rest "$(in_sandbox sh -c 'sleep 1000 & exit 3' || echo $?)" 3

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

# --- user namespace -----------------------------------------------------------------

if [ -e /proc/self/ns/user ]; then
	is sandbox:userns_root_is_nobody_outside "$(in_sandbox --userns \
		cat /proc/self/uid_map | tr -s ' ' | cut -d ' ' -f 2)" 0
	is sandbox:userns_base_is_high "$(in_sandbox --userns sh -c \
		'read -r a base c </proc/self/uid_map; [ "$base" -ge 100000 ]'; echo $?)" 0
	is sandbox:userns_user "$(in_sandbox --userns --user app id -u)" 1000
	is sandbox:userns_tmp_and_dev "$(in_sandbox --userns sh -c \
		'echo x >/dev/null && touch /tmp/t /dev/shm/t && echo y >/dev/stdout' | cat)" y
	echo secret >"$outside/secret"
	chmod 600 "$outside/secret"
	is sandbox:userns_root_cannot_read_the_hosts "$(in_sandbox --userns \
		--volume "$outside:/data" sh -c 'cat /data/secret 2>/dev/null || echo refused')" \
		refused
	is sandbox:userns_capabilities "$(own_status CapEff --userns)" 00000000a80425fb
	probe calls --userns >"$work/calls"
	is sandbox:userns_mount "$(value mount <"$work/calls")" EPERM
	is sandbox:userns_init_exe "$(value init_exe_write <"$work/calls")" EACCES
else
	skip sandbox:userns "this kernel has no user namespaces"
fi

# --- cgroup -------------------------------------------------------------------------

cgroups=/sys/fs/cgroup
[ -e "$cgroups/cgroup.procs" ] || cgroups=/sys/fs/cgroup/unified
id=sandbox-$$

if [ -e "$cgroups/cgroup.procs" ]; then
	probe devices --cgroup "$id" >"$work/devices" 2>&1
	for expected in mknod_kmsg=ok open_kmsg=EPERM mknod_sda=ok open_sda=EPERM open_null=ok \
		open_zero=EPERM mknod_null_in_rootfs=ok open_null_in_rootfs=EACCES; do
		is "sandbox:device_${expected%=*}" \
			"$(value "${expected%=*}" <"$work/devices")" "${expected#*=}"
	done
	is sandbox:cgroup_is_the_root_inside "$(in_sandbox --cgroup "$id" \
		grep ^0: /proc/self/cgroup)" 0::/
	is sandbox:cgroup_is_removed "$([ -e "$cgroups/ghostnv/$id" ]; echo $?)" 1
	hold init "$work/init" in_sandbox --cgroup "$id" --hold true
	is sandbox:cgroup_holds_init "$(cat "$cgroups/ghostnv/$id/cgroup.procs")" \
		"$(value pid <"$work/init")"
	release init
else
	skip sandbox:cgroup "no cgroup2 here"
fi

has_controller() {
	grep -qw "$1" "$cgroups/cgroup.controllers" 2>/dev/null
}

if has_controller pids; then
	is sandbox:pids_limit "$(in_sandbox --cgroup "$id" --pids 4 sh -c \
		'sleep 9 & sleep 9 & sleep 9 & sleep 9 & exit 0' 2>&1 | grep -c fork)" 1
	hold pids "$work/pids" in_sandbox --cgroup "$id" --pids 4 --hold true
	is sandbox:pids_limit_is_set "$(cat "$cgroups/ghostnv/$id/pids.max")" 4
	release pids
else
	ok sandbox:missing_controller_is_named fails_with 'the `pids` controller' \
		in_sandbox --cgroup "$id" --pids 4 true
fi
if has_controller memory; then
	hold memory "$work/memory" in_sandbox --cgroup "$id" --memory 33554432 --hold true
	is sandbox:memory_limit_is_set "$(cat "$cgroups/ghostnv/$id/memory.max")" 33554432
	is sandbox:memory_limit_is_for_all "$(cat "$cgroups/ghostnv/$id/memory.oom.group")" 1
	release memory
	ok sandbox:memory_limit_kills status 137 in_sandbox --cgroup "$id" --memory 33554432 \
		sh -c 'yes | head -c 60000000 >/dev/shm/x; exit 5'
else
	ok sandbox:missing_controller_is_named fails_with 'the `memory` controller' \
		in_sandbox --cgroup "$id" --memory 33554432 true
fi
if has_controller cpu; then
	hold cpu "$work/cpu" in_sandbox --cgroup "$id" --cpu 1500 --hold true
	is sandbox:cpu_limit_is_set "$(cat "$cgroups/ghostnv/$id/cpu.max")" '150000 100000'
	release cpu
else
	ok sandbox:missing_controller_is_named fails_with 'the `cpu` controller' \
		in_sandbox --cgroup "$id" --cpu 1500 true
fi

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

# --- ends ---------------------------------------------------------------------------

# The launcher dies before it has let the program run.
hold orphan "$work/orphan" sandbox_run --hold "$rootfs" touch /tmp/ran
init=$(value pid <"$work/orphan")
kill_held orphan
timeout 20 tail -f --pid="$init" /dev/null
is sandbox:launcher_killed_before_release "$([ -d "/proc/$init" ]; echo $?)" 1
is sandbox:launcher_killed_program_never_ran "$([ -e "$rootfs/tmp/ran" ]; echo $?)" 1

is sandbox:no_mount_is_left "$(wc -l </proc/self/mountinfo)" "$mounts_before"

tap_end
