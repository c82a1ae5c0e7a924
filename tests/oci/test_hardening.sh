#!/bin/bash
# SPDX-License-Identifier: MIT
#
# One test for each way out that some runtime had, named by its CVE. The container's
# root file system, its program and its neighbours are the attacker's.

set -u
# shellcheck source=tests/oci/lib.sh
. "$(dirname "$0")/lib.sh"

if is_ours; then
	# So that what is overwritten, if it is, is a copy.
	cp "$RUNTIME" "$work/ghostnv-container-oci"
	RUNTIME=$work/ghostnv-container-oci
	before=$(sha256sum <"$RUNTIME")

	# --- the runtime's own program -----------------------------------------------------

	# It can be reached by /proc/PID/exe from inside, or be executed as an interpreter: the
	# container writes to it, and the host executes that the next time.

	printf '#!/proc/self/exe\n' >"$rootfs/bin/script"
	chmod +x "$rootfs/bin/script"
	run '.process.args = ["/bin/script"]' '' >/dev/null 2>&1
	is CVE-2019-5736:interpreter_is_not_ours "$(sha256sum <"$RUNTIME")" "$before"
	create . 'exec sleep 100'
	is CVE-2019-5736:exe_is_in_memory "$(readlink "/proc/$(cat "$work/pid")/exe")" \
		'/memfd:ghostnv-gate (deleted)'
	ok CVE-2019-5736:exe_cannot_be_written refused dd if=/dev/zero \
		of="/proc/$(cat "$work/pid")/exe" bs=1 count=1 conv=notrunc
	oci delete --force "$id"
	# The strongest that a container can be: it sees us come, and may trace. What it opens while
	# we are executed it can write to when we no longer are.
	with_probe
	create '.process.capabilities |= map_values(. + ["CAP_SYS_PTRACE", "CAP_DAC_OVERRIDE"]) |
		.linux.seccomp = null | .process.args = ["probe", "reach", "60"]' ''
	oci start "$id" >/dev/null 2>&1
	for _ in $(seq 300); do
		! grep -q looks "$work/out" || oci exec "$id" true >/dev/null 2>&1
		! grep -q 'saw\|wrote' "$work/out" || break
		read -rt 0.02 <> <(:) || :
	done
	is CVE-2019-5736:exec_shows_nothing_to_write "$(sort -u "$work/out" | xargs)" 'looks saw'
	is CVE-2019-5736:program_is_the_same "$(sha256sum <"$RUNTIME")" "$before"
	oci delete --force "$id"
fi

# --- descriptors and the working directory ------------------------------------------------

# What a process brings along from the host, a descriptor or where it is, leads back there:
# for whoever can look at it, or names it as the working directory.
exec 7</ 8</etc/passwd
# Without the shell's own, and without that of the directory that is listed.
is CVE-2016-9962:no_descriptor_leaks "$(run . 'cd /proc/self/fd; for f in [3-9]* ; do
	[ -e $f ] && readlink $f; done' | grep -v '^/proc/')" ''
create . 'exec sleep 100'
oci start "$id"
is CVE-2024-21626:exec_leaks_none "$(oci exec "$id" sh -c 'cd /proc/self/fd; for f in [3-9]*; do
	[ -e $f ] && readlink $f; done' | grep -v '^/proc/')" ''
oci delete --force "$id"
for n in 3 4 5 6 7 8 9 10 11 12; do
	run ".process.cwd = \"/proc/self/fd/$n\"" 'ls -d ../../../etc/ssh etc/ssh 2>/dev/null'
done >"$work/seen" 2>/dev/null
is CVE-2024-21626:cwd_by_a_descriptor "$(cat "$work/seen")" ''
ln -sfn /proc/self/fd/7 "$rootfs/mnt/cwd"
is CVE-2024-21626:cwd_by_a_link "$(run '.process.cwd = "/mnt/cwd"' 'ls' 2>/dev/null)" ''
exec 7<&- 8<&-
rm "$rootfs/mnt/cwd"

# --- procfs --------------------------------------------------------------------------------------

# A link or a volume stands where the kernel's files are looked for: what is masked, and
# what labels and sysctls are written to, is then something else.
mkdir -p "$rootfs/fake/self" "$rootfs/evil"
mv "$rootfs/proc" "$rootfs/proc.real"
ln -s /fake "$rootfs/proc"
ok CVE-2019-19921:proc_is_no_link refused run . 'true'
rm "$rootfs/proc"
mv "$rootfs/proc.real" "$rootfs/proc"
ok CVE-2019-16884:nothing_over_proc refused run ".mounts += [{destination: \"/proc\",
	source: \"$rootfs/fake\", options: [\"bind\"]}]" true
ok CVE-2023-27561:nothing_in_proc refused run ".mounts += [{destination: \"/proc/self\",
	source: \"$rootfs/fake\", options: [\"bind\"]}]" true
mv "$rootfs/sys" "$rootfs/sys.real"
ln -s /fake "$rootfs/sys"
ok CVE-2023-28642:sys_is_no_link refused run . true
rm "$rootfs/sys"
mv "$rootfs/sys.real" "$rootfs/sys"
if is_ours; then
	# A volume that leads sysctls to another file of the host's.
	ok CVE-2025-52881:sysctl_is_not_redirected eval 'run ".linux.sysctl =
		{\"kernel.shmmni\": \"99\"} | .mounts += [{destination: \"/proc/sys/kernel/shmmni\",
		source: \"$rootfs/etc/passwd\", options: [\"bind\"]}]" true; [ $? != 0 ]'
fi

# Files that make whoever opens them wait, where a runtime would look for the kernel's.
mkdir -p "$rootfs"/proc/{self,thread-self,1}
for name in self/setgroups self/status thread-self/status self/exe self/uid_map 1/stat; do
	mkfifo "$rootfs/proc/$name"
done
create '.mounts |= map(select(.destination != "/proc"))' 'exec sleep 100'
oci start "$id"
is CVE-2025-52881:procfs_of_an_image_is_not_read "$(oci exec "$id" echo good)" good
oci delete --force "$id"
rm -rf "${rootfs:?}"/proc/*

# --- masked paths, console, mounts -------------------------------------------------------------------

# The container's own /dev/null is what paths would be masked with: here it is a volume's.
printf 'secret' >"$rootfs/etc/secret"
mkdir "$work/dev"
echo leak >"$work/dev/null"
is CVE-2025-31133:mask_is_the_null_device "$(run ".mounts |= map(select(.destination |
	startswith(\"/dev/\") | not)) | (.mounts[] | select(.destination == \"/dev\")) =
	{destination: \"/dev\", source: \"$work/dev\", options: [\"bind\"]} |
	.linux.maskedPaths = [\"/etc/secret\"]" 'cat /etc/secret; stat -c %t:%T /etc/secret')" 1:3
# Links lead targets out of the root, where mounts and files are then made; or to the root
# itself, which all that comes after would be below.
ln -sfn / "$rootfs/mnt/root"
mkdir -p "$work/outside"
touch "$work/outside/file"
ln -sfn "../../../../../../../../..$work/outside" "$rootfs/mnt/out"
run '.mounts += [{destination: "/mnt/out/made", type: "tmpfs", source: "tmpfs"}]' true >/dev/null 2>&1
ok CVE-2021-30465:target_stays_in_the_root [ ! -e "$work/outside/made" ]
run '.linux.maskedPaths = ["/mnt/out/file"] | .linux.readonlyPaths = ["/mnt/out"]' true \
	>/dev/null 2>&1
ok CVE-2024-45310:nothing_is_made_outside [ "$(ls "$work/outside")" = file ]
ok CVE-2024-0132:root_is_no_target refused run '.mounts += [{destination: "/mnt/root",
	type: "tmpfs", source: "tmpfs"}]' true
rm -f "$rootfs/mnt/root" "$rootfs/mnt/out"
# What is exchanged while it is looked at is in tests/oci/test_exchanges.sh, which also sees what
# was mounted outside, as by CVE-2019-18837.

# --- /dev --------------------------------------------------------------------------------------------

# Everything outside must stay as it is, whatever is done below: names, and what a file says.
mkdir -p "$work/host/a"
echo theirs >"$work/host/ptmx"
echo theirs >"$work/host/file"
outside() {
	(cd "$work/host" && find . -printf '%p %y %m %U %s\n' | sort && cat ptmx file)
}
untouched=$(outside)
is_untouched() {
	is "$1" "$(outside)" "$untouched"
}
no_dev='.mounts |= map(select(.destination | startswith("/dev") | not))'
up=../../../../../../../../../..

# runc: the image's /dev is a link out of it, and nothing is mounted there; the runtime
# removes `ptmx` and makes its links and nodes behind the link, before the root is changed.
for to in "$work/host" "$up$work/host"; do
	mv "$rootfs/dev" "$rootfs/dev.real"
	ln -s "$to" "$rootfs/dev"
	run "$no_dev" true >/dev/null 2>&1
	run . true >/dev/null 2>&1
	rm "$rootfs/dev"
	mv "$rootfs/dev.real" "$rootfs/dev"
done
is_untouched CVE-2026-41579:dev_that_is_a_link
# crun's of the same, and what was found there later (CVE-2026-88264, -88265). Not the directory is a link, but what is in it: nodes, links, mount
# points, and what standard descriptors might be opened again from.
for name in null ptmx console pts shm fd stdin mqueue; do
	rm -rf "${rootfs:?}/dev/$name"
	ln -s "$up$work/host/file" "$rootfs/dev/$name"
done
run "$no_dev" 'echo mine' >/dev/null 2>&1
run '.mounts |= map(select(.destination != "/dev"))' 'echo mine' <&- >/dev/null 2>&1
run "$no_dev | .linux.devices = [{type: \"c\", path: \"/dev/null/x\", major: 1, minor: 3}]" \
	true >/dev/null 2>&1
is_untouched CVE-2026-47766:links_in_dev
# And of directories in it, for nodes that are to be below one; nothing else is in the way.
rm -rf "${rootfs:?}/dev"
mkdir "$rootfs/dev"
ln -s "$up$work/host" "$rootfs/dev/net"
run "$no_dev | .linux.devices = [{type: \"c\", path: \"/dev/net/tun\", major: 10, minor: 200}]" true \
	>/dev/null 2>&1
run "$no_dev | .linux.devices = [{type: \"p\", path: \"/dev/net/a/fifo\"}]" true >/dev/null 2>&1
is_untouched CVE-2026-47766:directories_in_dev
rm -rf "${rootfs:?}/dev"
mkdir "$rootfs/dev"
# crun: its own file went into the root by a path. Of ours, only what a working directory
# and mount points lack is made there.
ln -sfn "$up$work/host" "$rootfs/mnt/dir"
ln -sfn "$up$work/host/file" "$rootfs/.krun_config.json"
run '.process.cwd = "/mnt/dir/made/here"' true >/dev/null 2>&1
run '.mounts += [{destination: "/mnt/dir/x/y", type: "tmpfs", source: "tmpfs"}]' true \
	>/dev/null 2>&1
run '.process.user.uid = 1000 | .process.cwd = "/mnt/dir/home"' true >/dev/null 2>&1
is_untouched CVE-2025-24965:files_of_the_runtimes_own
rm -rf "${rootfs:?}"/mnt/* "$rootfs/.krun_config.json"

if is_ours; then
	cc -x c -o "$work/console" - <<'END' 2>/dev/null
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Listens at argv[1], takes a terminal, and copies what it says to argv[2]. */
int main(int argc, char **argv)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	char control[64], buf[256], byte[64];
	struct iovec iov = { byte, sizeof(byte) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			    .msg_controllen = sizeof(control) };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), out, master, c;
	ssize_t n;

	strcpy(a.sun_path, argv[1]);
	if (argc < 3 || bind(fd, (void *)&a, sizeof(a)) || listen(fd, 1))
		return 1;
	puts("ready");
	fflush(stdout);
	c = accept(fd, NULL, NULL);
	if (recvmsg(c, &m, 0) <= 0 || !CMSG_FIRSTHDR(&m))
		return 2;
	memcpy(&master, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(int));
	out = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0600);
	while ((n = read(master, buf, sizeof(buf))) > 0)
		if (write(out, buf, n) != n)
			return 3;
	return 0;
}
END
	bundle '.process.terminal = true | .process.consoleSize = {height: 11, width: 22}' \
		'tty; stty size; [ -c /dev/console ] && echo console; readlink /proc/self/fd/0'
	fresh
	"$work/console" "$work/sock" "$work/tty" >"$work/ready" &
	until grep -qs ready "$work/ready"; do :; done
	oci create --bundle "$bundle" --console-socket "$work/sock" "$id" && oci start "$id"
	wait $!
	oci delete --force "$id"
	is terminal:works "$(tr -d '\r' <"$work/tty")" '/dev/pts/0
11 22
console
/dev/pts/0'
	# An image whose /dev/console, without a /dev of its own, leads to procfs.
	ln -sfn /proc/version "$rootfs/dev/console"
	bundle '.process.terminal = true | .mounts |= map(select(.destination != "/dev"))' true
	fresh
	"$work/console" "$work/sock2" "$work/tty2" >"$work/ready2" &
	listener=$!
	until grep -qs ready "$work/ready2"; do :; done
	ok CVE-2025-52565:console_is_no_link refused oci create --bundle "$bundle" \
		--console-socket "$work/sock2" "$id"
	kill "$listener" 2>/dev/null
	wait "$listener" 2>/dev/null
	rm -rf "${rootfs:?}/dev"
	mkdir "$rootfs/dev"
fi

# --- capabilities, numbers, users, environment ----------------------------------------------------------

# Inheritable ones are had again by executing files that have them.
is CVE-2022-29162:nothing_is_inheritable "$(run . 'grep CapInh /proc/self/status')" \
	"$(printf 'CapInh:\t0000000000000000')"
create . 'exec sleep 100'
oci start "$id"
is CVE-2022-27650:exec_neither "$(oci exec --cap CAP_NET_RAW "$id" grep CapInh /proc/self/status)" \
	"$(printf 'CapInh:\t0000000000000000')"
# crun took 1 for root: what is no number of a user is none.
is CVE-2026-30892:user_1_is_not_root "$(oci exec --user 1 "$id" id -u)" 1
for user in 0x 1: :1 1:2:3 -1 4294967295 4294967296 ' 1' root; do
	ok "CVE-2026-30892:user_$user" refused oci exec --user "$user" "$id" true
done
oci delete --force "$id"
# A length of 32 bits wrapped on its way to the process that set up namespaces.
ok CVE-2021-43784:numbers_do_not_wrap refused run '.process.user.uid = 4294967296' true
chmod 0755 "$work"
mapped='.linux.namespaces += [{type: "user"}] | .mounts |= map(.options |= ((. // []) |
	map(select(. != "gid=5")))) | .linux.uidMappings = [{containerID: 0, hostID: 0, size: SIZE}] |
	.linux.gidMappings = .linux.uidMappings'
is CVE-2021-43784:sizes_that_do "$(run "${mapped/SIZE/1}" 'echo runs')" runs
ok CVE-2021-43784:sizes_neither refused run "${mapped/SIZE/4294967297}" true
# Without a cgroup namespace, the host's cgroups were mounted, and could be written to.
is CVE-2023-25809:cgroups_are_the_containers_own "$(run '.linux.namespaces |=
	map(select(.type != "cgroup"))' 'cat /sys/fs/cgroup/cgroup.type')" domain
is CVE-2023-25809:and_read_only "$(run . 'echo 1 2>/dev/null >/sys/fs/cgroup/cgroup.freeze ||
	echo no' 2>/dev/null)" no
# A library that the image names in LD_PRELOAD was loaded by a hook on the host.
cat >"$work/hook" <<END
#!/bin/sh
env >$work/env
END
chmod +x "$work/hook"
run ".process.env += [\"LD_PRELOAD=/evil.so\"] | .hooks.createContainer = [{path: \"$work/hook\"}]" \
	true >/dev/null
ok CVE-2025-23266:hooks_have_no_environment_of_the_containers eval \
	'[ -e "$work/env" ] && ! grep -q LD_PRELOAD "$work/env"'
# CVE-2025-23267, the loader's cache of containers with a GPU, wants one: it is in
# tests/e2e/test_oci_gpu.sh.

# --- what is kept between containers --------------------------------------------------------------------

if is_ours; then
	# Whoever can write to the compiled filters chooses those of all containers.
	profile='.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [
		{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO"}]}'
	rm -rf "$work/state/@seccomp"
	mkdir_works() {
		run "$profile" 'rm -rf /tmp/made; mkdir /tmp/made 2>/dev/null && echo yes'
	}
	is seccomp_cache:filter_is_there "$(mkdir_works)" ''
	kept=$(find "$work/state/@seccomp" -type f)
	is seccomp_cache:closed_to_others "$(stat -c '%a %u' "$kept" "$work/state/@seccomp")" '600 0
700 0'
	# All instructions say ALLOW.
	forge() {
		local i key n

		rm -rf "$work/state/@seccomp"
		mkdir_works >/dev/null
		key=$(od -An -tu4 -N4 "$kept")
		n=$(od -An -tu4 -j4 -N4 "$kept")
		for ((i = 0; i < n; i++)); do
			printf '\006\0\0\0\0\0\377\177'
		done | dd of="$kept" bs=1 seek=$((8 + key)) conv=notrunc status=none
	}
	forge
	is seccomp_cache:roots_own_is_used "$(mkdir_works)" yes
	distrusted() {
		forge
		eval "$2"
		is "seccomp_cache:$1" "$(mkdir_works)" ''
	}
	distrusted one_that_others_read 'chmod 0644 "$kept"'
	distrusted one_that_others_write 'chmod 0660 "$kept"'
	distrusted one_of_anothers 'chown 1000 "$kept"'
	distrusted one_with_two_names 'ln "$kept" "$work/kept"'
	distrusted a_link 'mv -f "$kept" "$work/kept"; ln -s "$work/kept" "$kept"'
	distrusted an_open_directory 'chmod 0755 "$work/state/@seccomp"'
	distrusted a_directory_of_anothers 'chown 1000 "$work/state/@seccomp"'
	distrusted a_directory_that_is_a_link 'mv "$work/state/@seccomp" "$work/moved"
		ln -s "$work/moved" "$work/state/@seccomp"'
	rm -rf "$work/state/@seccomp" "$work/moved"
	distrusted one_that_is_cut 'truncate -s -8 "$kept"'
	distrusted another_profiles 'printf x | dd of="$kept" bs=1 seek=20 conv=notrunc status=none'
	is seccomp_cache:is_no_container "$(oci list --quiet)" ''
	create . 'exec sleep 100'
	oci start "$id"
	is start:no_process_of_ours_stays "$(for exe in /proc/[0-9]*/exe; do
		readlink "$exe"; done 2>/dev/null | grep -c "^$RUNTIME")" 0
	oci delete --force "$id"
fi

# --- cgroups within the container's ---------------------------------------------------------
#
# Root in it nests some in others, deeper than who deletes it may have descriptors, and has a
# process in the last. A threaded one has no list of processes.

if is_ours; then
	bundle '(.mounts[] | select(.destination == "/sys/fs/cgroup")).options = ["rw"] |
		.linux.namespaces = (.linux.namespaces + [{type: "cgroup"}] | unique)' '
		cd /sys/fs/cgroup
		for i in $(seq 300); do mkdir a && cd a || exit; done
		sleep 1000 &
		echo $! >cgroup.procs && mkdir threads && echo threaded >threads/cgroup.type && echo deep
		exec sleep 1000'
	fresh
	oci run --detach --bundle "$bundle" "$id" </dev/null >"$work/deep" 2>&1
	for _ in $(seq 400); do [ ! -s "$work/deep" ] || break; read -rt 0.05 <> <(:) || :; done
	is cgroups:nested_deeply "$(cat "$work/deep")" deep
	with_few() {
		(ulimit -n 100 && oci "$@")
	}
	is cgroups:nested_deeply_are_listed "$(with_few ps --format json "$id" | tr , '\n' | wc -l)" 2
	ok cgroups:nested_deeply_are_signalled with_few kill --all "$id" USR1
	ok cgroups:nested_deeply_are_removed with_few delete --force "$id"
	ok cgroups:nested_deeply_have_gone [ ! -e "/sys/fs/cgroup/ghostnv-oci/container-$id" ]
	oci delete --force "$id"
fi

for name in .. . a/b 'a b' '' "$(printf 'x%.0s' $(seq 300))"; do
	ok "ids:${name:0:10}" refused oci create --bundle "$bundle" "$name"
done
ok cgroups:path_does_not_climb refused run '.linux.cgroupsPath = "/../../tmp/x"' true
bundle '.linux.cgroupsPath = "//"'
ok cgroups:path_of_the_root refused oci run --bundle "$bundle" "$prefix-root"
! is_ours ||
	ok cgroups:that_is_named grep -q 'linux.cgroupsPath: `//` is the cgroup of all' "$work/refused"

tap_end
