#!/bin/bash
# SPDX-License-Identifier: MIT
#
# config.json, clause by clause, as the program in the container sees it.

set -u
# shellcheck source=tests/oci/lib.sh
. "$(dirname "$0")/lib.sh"

# --- process --------------------------------------------------------------------------

is process:args "$(run '.process.args = ["echo", "a b", ""]' '')" 'a b '
is process:env "$(run '.process.env += ["A=b c"]' 'echo "$A"')" 'b c'
is process:cwd "$(run '.process.cwd = "/tmp"' pwd)" /tmp
is process:user "$(run '.process.user = {uid: 1000, gid: 1001, additionalGids: [5, 6]}' \
	'echo $(id -u) $(id -g) $(id -G)')" '1000 1001 1001 5 6'
is process:umask "$(run '.process.user.umask = 63' umask)" 0077
is process:home "$(run '.process.user.uid = 1000' 'echo $HOME')" /home/user
is process:rlimit "$(run '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 77, hard: 99}]' \
	'echo $(ulimit -n) $(ulimit -Hn)')" '77 99'
ok process:rlimit_twice refused run '.process.rlimits = [
	{type: "RLIMIT_NOFILE", soft: 1, hard: 9}, {type: "RLIMIT_NOFILE", soft: 1, hard: 9}]' true
is process:oom_score_adj "$(run '.process.oomScoreAdj = 77' 'cat /proc/self/oom_score_adj')" 77
is process:no_new_privs "$(run '.process.noNewPrivileges = true' \
	'grep NoNewPrivs /proc/self/status')" "$(printf 'NoNewPrivs:\t1')"
is process:new_privs "$(run '.process.noNewPrivileges = false' \
	'grep NoNewPrivs /proc/self/status')" "$(printf 'NoNewPrivs:\t0')"

caps() {
	grep '^Cap' /proc/self/status | cut -f 2 | tr '\n' ' '
}
kill=0000000000000020
none=0000000000000000
is capabilities:none "$(run '.process.capabilities = {}' "$(declare -f caps); caps")" \
	"$none $none $none $none $none "
is capabilities:user_has_those_that_are_ambient "$(run '.process.user.uid = 1000 |
	.process.capabilities = (["CAP_KILL"] as $c | {bounding: $c, permitted: $c,
	effective: $c, inheritable: $c, ambient: $c})' "$(declare -f caps); caps")" \
	"$kill $kill $kill $kill $kill "
is capabilities:user_has_no_others "$(run '.process.user.uid = 1000 |
	.process.capabilities = (["CAP_KILL"] as $c | {bounding: $c, permitted: $c,
	effective: $c})' "$(declare -f caps); caps")" "$none $none $none $kill $none "

# What is left out of what was asked for is said.
if is_ours; then
	bundle '.process.capabilities.bounding += ["CAP_OF_LATER"]' true
	fresh
	oci --log "$work/log" --log-format json run --bundle "$bundle" "$id"
	is capabilities:unknown_one_is_a_warning "$(jq -r '.level, .msg' "$work/log" | grep -o \
		'^warning\|`CAP_OF_LATER` is unknown')" 'warning
`CAP_OF_LATER` is unknown'
	bundle '.process.capabilities.bounding += ["CAP_SYS_BOOT"]' 'exec sleep 100'
	fresh
	unable=(setpriv --bounding-set=-sys_boot --inh-caps=-sys_boot "$RUNTIME" --root "$work/state"
		--log "$work/log")
	"${unable[@]}" create --bundle "$bundle" "$id" </dev/null >/dev/null 2>&1
	ok capabilities:one_that_nobody_has_is_a_warning grep -q 'level=warning.*granted: CAP_SYS_BOOT' \
		"$work/log"
	: >"$work/log"
	oci start "$id"
	"${unable[@]}" exec "$id" true
	ok capabilities:nor_for_exec grep -q 'level=warning.*granted: CAP_SYS_BOOT' "$work/log"
	oci delete --force "$id"
fi

# --- namespaces ----------------------------------------------------------------------------

for type in pid net mnt ipc uts cgroup; do
	is "namespaces:new_$type" "$([ "$(run . "readlink /proc/self/ns/$type")" != \
		"$(readlink /proc/self/ns/$type)" ] && echo new)" new
done
is namespaces:host_network "$(run '.linux.namespaces |= map(select(.type != "network"))' \
	'readlink /proc/self/ns/net')" "$(readlink /proc/self/ns/net)"
is namespaces:pid_1 "$(run . 'echo $$')" 1
is namespaces:hostname "$(run '.hostname = "abc"' hostname)" abc
is namespaces:domainname "$(run '.domainname = "d.e"' 'cat /proc/sys/kernel/domainname')" d.e
is namespaces:loopback_is_up "$(run . 'cat /sys/class/net/lo/flags')" 0x9

create . 'exec sleep 100'
other=$(cat "$work/pid")
other_id=$id
for type in network:net ipc:ipc uts:uts pid:pid; do
	is "namespaces:join_${type#*:}" "$(run ".linux.namespaces |= map(
		if .type == \"${type%:*}\" then .path = \"/proc/$other/ns/${type#*:}\" else . end) |
		del(.hostname)" "readlink /proc/self/ns/${type#*:}")" "$(
		readlink "/proc/$other/ns/${type#*:}")"
done
oci delete --force "$other_id"
# The root of a user namespace has to get to the root file system.
chmod 0755 "$work"
if [ -e /proc/self/ns/time ] && is_ours; then
	create '.linux.namespaces += [{type: "user"}, {type: "time"}] | .linux.uidMappings =
		[{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings =
		.linux.uidMappings | .linux.timeOffsets = {boottime: {secs: 1000000000}}' 'exec sleep 100'
	other=/proc/$(cat "$work/pid")/ns
	other_id=$id
	for type in user time cgroup; do
		is "namespaces:join_$type" "$(run ".linux.namespaces |= map(select(.type != \"$type\")) |
			.linux.namespaces += [{type: \"$type\", path: \"$other/$type\"}]" \
			"readlink /proc/self/ns/$type")" "$(readlink "$other/$type")"
	done
	is namespaces:join_all "$(run ".linux.namespaces = [(\"user:user\", \"time:time\",
		\"network:net\", \"ipc:ipc\", \"uts:uts\", \"pid:pid\", \"cgroup:cgroup\") |
		split(\":\") | {type: .[0], path: \"$other/\(.[1])\"}] + [{type: \"mount\"}] |
		del(.hostname)" 'for t in user time net ipc uts pid cgroup; do
		readlink /proc/self/ns/$t; done; [ "$(cut -d . -f 1 /proc/uptime)" -gt 1000000000 ] && echo far')" \
		"$(for type in user time net ipc uts pid cgroup; do readlink "$other/$type"; done; echo far)"
	oci delete --force "$other_id"
fi
ok namespaces:no_such_path refused run '.linux.namespaces[0].path = "/no/such"' true
ok namespaces:not_a_namespace refused run '.linux.namespaces[0].path = "/etc/passwd"' true
ok namespaces:twice refused run '.linux.namespaces += [{type: "pid"}]' true

maps='.linux.namespaces += [{type: "user"}] |
	.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1000},
		{containerID: 1000, hostID: 200000, size: 5}] |
	.linux.gidMappings = [{containerID: 0, hostID: 100000, size: 1000}]'
is userns:maps "$(run "$maps" 'cat /proc/self/uid_map' | tr -s ' ')" ' 0 100000 1000
 1000 200000 5'
is userns:root "$(run "$maps" 'id -u')" 0
is userns:dev_is_there "$(run "$maps" 'echo x >/dev/null && echo good')" good
is userns:queues_are_its_own "$(run "$maps" 'stat -c %u /dev/mqueue')" 0
is userns:rlimit "$(run "$maps | .process.rlimits = [{type: \"RLIMIT_NOFILE\", soft: 77,
	hard: 99}]" 'ulimit -n')" 77
create "$maps" 'exec sleep 100'
oci start "$id"
is userns:exec "$(oci exec "$id" sh -c 'id -u; readlink /proc/self/ns/user')" "0
$(readlink "/proc/$(cat "$work/pid")/ns/user")"
oci delete --force "$id"
if [ -e /proc/self/ns/time ] && is_ours; then
	is timens:offset "$(run '.linux.namespaces += [{type: "time"}] |
		.linux.timeOffsets = {boottime: {secs: 1000000000}}' \
		'u=$(cut -d . -f 1 /proc/uptime); [ "$u" -gt 1000000000 ] && echo far')" far
fi

# Without a mount namespace of its own, or in somebody else's: its mounts are nobody's but its
# own, also those that it was made with, and those who join it have its root.
if is_ours; then
	without='.linux.namespaces |= map(select(.type != "mount"))'
	ours=$(readlink /proc/self/ns/mnt)
	mounts=$(cat /proc/self/mountinfo)
	is mount_namespace:is_the_runtimes "$(run "$without" 'readlink /proc/self/ns/mnt')" "$ours"
	is mount_namespace:root "$(run "$without" 'echo /*; cat /dev/null; pwd; ls /proc/self/ns |
		grep -c mnt')" "$(run . 'echo /*; pwd; echo 1')"
	is mount_namespace:cwd "$(run "$without | .process.cwd = \"/tmp\"" pwd)" /tmp
	is mount_namespace:paths_are_masked "$(run "$without | .linux.maskedPaths = [\"/etc\"] |
		.linux.readonlyPaths = [\"/bin\"]" 'ls /etc; touch /bin/x 2>&1')" \
		"touch: /bin/x: Read-only file system"
	is mount_namespace:cannot_mount_there "$(run "$without | .process.capabilities.bounding +=
		[\"CAP_SYS_ADMIN\"] | .process.capabilities.effective = .process.capabilities.bounding |
		.process.capabilities.permitted = .process.capabilities.bounding" \
		'mount -t tmpfs x /mnt 2>/dev/null || echo no')" no
	create "$without" 'exec sleep 100'
	oci start "$id"
	is mount_namespace:exec_has_its_root "$(oci exec "$id" sh -c 'echo /*; pwd')" "$(run . \
		'echo /*; pwd')"
	is mount_namespace:exec_has_its_mounts "$(oci exec "$id" stat -f -c %T /proc)" proc
	is mount_namespace:the_hosts_mounts_are_as_before "$(cat /proc/self/mountinfo)" "$mounts"
	oci delete --force "$id"
	unshare --mount sleep 100 &
	holder=$!
	until [ "$(readlink /proc/$holder/ns/mnt)" != "$ours" ]; do :; done
	path=".linux.namespaces |= map(if .type == \"mount\" then .path = \"/proc/$holder/ns/mnt\" else . end)"
	is mount_namespace:by_path "$(run "$path" 'readlink /proc/self/ns/mnt')" \
		"$(readlink /proc/$holder/ns/mnt)"
	create "$path" 'exec sleep 100'
	oci start "$id"
	is mount_namespace:by_path_exec "$(oci exec "$id" sh -c 'ls /; readlink /proc/self/ns/mnt' |
		tail -n 1)" "$(readlink /proc/$holder/ns/mnt)"
	is mount_namespace:by_path_its_mounts_are_as_before "$(wc -l </proc/$holder/mountinfo)" \
		"$(wc -l <<<"$mounts")"
	oci delete --force "$id"
	kill $holder
	ok mount_namespace:not_with_a_user_namespace refused run "$without |
		.linux.namespaces += [{type: \"user\"}] | .linux.uidMappings = [{containerID: 0,
		hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings" true
	ok mount_namespace:no_such_file refused run "${path/$holder/0}" true
	ok mount_namespace:not_one refused run "${path/mnt/net}" true
fi

# --- mounts -----------------------------------------------------------------------------------

mkdir -p "$work/source/sub"
echo inside >"$work/source/file"
chmod -R a+rX "$work/source"
bind() {
	printf '.mounts += [{destination: "%s", source: "%s", options: %s}]' "$1" "$2" "$3"
}
options() {
	run "$1" "grep ' $2 ' /proc/self/mountinfo | cut -d ' ' -f 6"
}
is mounts:bind "$(run "$(bind /mnt/a "$work/source" '["bind"]')" 'cat /mnt/a/file')" inside
is mounts:bind_a_file "$(run "$(bind /mnt/b/c "$work/source/file" '["bind"]')" 'cat /mnt/b/c')" \
	inside
is mounts:read_only "$(options "$(bind /mnt/a "$work/source" '["bind", "ro", "nosuid", "nodev",
	"noexec", "noatime"]')" /mnt/a)" ro,nosuid,nodev,noexec,noatime
mount -t tmpfs tmpfs "$work/source/sub"
is mounts:rbind "$(run "$(bind /mnt/a "$work/source" '["rbind"]')" \
	"grep -c ' /mnt/a' /proc/self/mountinfo")" 2
is mounts:bind_alone "$(run "$(bind /mnt/a "$work/source" '["bind"]')" \
	"grep -c ' /mnt/a' /proc/self/mountinfo")" 1
is mounts:rro_is_deep "$(options "$(bind /mnt/a "$work/source" '["rbind", "rro"]')" \
	/mnt/a/sub | cut -d , -f 1)" ro
# Those that the runtime knows besides; the first is of the mount, the last of that below it.
if is_ours; then
	for word in rnosuid:nosuid rnodev:nodev rnoexec:noexec rnoatime:noatime rnodiratime:nodiratime \
		rnosymfollow:nosymfollow; do
		is "mounts:${word%:*}" "$(options "$(bind /mnt/a "$work/source" \
			"[\"rbind\", \"${word%:*}\"]")" '/mnt/a[^ ]*' | grep -c "\b${word#*:}\b")" 2
	done
	is mounts:remount_changes_one "$(run "$(bind /mnt/a "$work/source" '["rbind"]') | .mounts +=
		[{destination: \"/mnt/a\", options: [\"remount\", \"bind\", \"ro\", \"nosuid\"]}]" \
		"grep ' /mnt/a' /proc/self/mountinfo | cut -d ' ' -f 6")" 'ro,nosuid,relatime
rw,relatime'
	is mounts:remount_changes_all "$(run "$(bind /mnt/a "$work/source" '["rbind"]') | .mounts +=
		[{destination: \"/mnt/a\", options: [\"remount\", \"rro\"]}]" \
		"grep ' /mnt/a' /proc/self/mountinfo | cut -d ' ' -f 6")" 'ro,relatime
ro,relatime'
	is mounts:remount_changes_a_file_system "$(run '.mounts += [{destination: "/mnt", type: "tmpfs",
		options: ["size=1M"]}, {destination: "/mnt", type: "tmpfs", options: ["remount",
		"size=2M", "sync", "noexec"]}]' "grep ' /mnt ' /proc/self/mountinfo |
		sed 's/.* \(rw[^ ]*\) - tmpfs tmpfs/\1/'")" 'rw,noexec,relatime rw,sync,size=2048k'
	ok mounts:remount_of_no_mount refused run '.mounts += [{destination: "/tmp",
		options: ["remount", "ro"]}]' true
	ln -sfn /dev "$rootfs/mnt/link"
	ok mounts:remount_by_a_link refused run '.mounts += [{destination: "/mnt/link",
		options: ["remount", "ro"]}]' true
	rm "$rootfs/mnt/link"
	ok mounts:remount_is_no_propagation refused run '.mounts += [{destination: "/dev",
		options: ["remount", "shared"]}]' true
fi
umount "$work/source/sub"
for word in sync:sync dirsync:dirsync lazytime:lazytime mand:mand async: nolazytime: nomand: silent: \
	loud: iversion: noiversion:; do
	is "mounts:${word%:*}" "$(run ".mounts += [{destination: \"/mnt\", type: \"tmpfs\",
		source: \"tmpfs\", options: [\"${word%:*}\"]}]" \
		"grep ' /mnt ' /proc/self/mountinfo | sed 's/.* tmpfs rw,*//'")" "${word#*:}"
done
is mounts:sync_of_another_type "$(run '(.mounts[] | select(.type == "devpts")).options += ["sync"]' \
	"grep -c ' devpts rw,sync' /proc/self/mountinfo")" 1
# Nothing is below a new one, and what is said of all is said of it.
is mounts:rro_of_a_file_system "$(options '.mounts += [{destination: "/mnt", type: "tmpfs",
	source: "tmpfs", options: ["rro"]}]' /mnt)" ro,relatime
# The specification's table.
if is_ours; then
	is features:mount_options "$(comm -13 <(oci features | jq -r '.mountOptions[]' | sort) <(printf '%s\n' \
		async atime bind defaults dev diratime dirsync exec iversion lazytime loud mand noatime \
		nodev nodiratime noexec noiversion nolazytime nomand norelatime nostrictatime nosuid \
		nosymfollow private ratime rbind rdev rdiratime relatime remount rexec rnoatime \
		rnodiratime rnoexec rnorelatime rnostrictatime rnosuid rnosymfollow ro rprivate \
		rrelatime rro rrw rshared rslave rstrictatime rsuid rsymfollow runbindable rw shared \
		silent slave strictatime suid symfollow sync tmpcopyup unbindable idmap ridmap | sort))" ''
fi
is mounts:tmpfs "$(run '.mounts += [{destination: "/mnt/t", type: "tmpfs", source: "tmpfs",
	options: ["size=64k", "mode=1700"]}]' "stat -c %a /mnt/t; df -k /mnt/t | tail -n 1 |
	tr -s ' ' | cut -d ' ' -f 2")" '1700
64'
is mounts:order "$(run '.mounts += [{destination: "/mnt", type: "tmpfs", source: "tmpfs"},
	{destination: "/mnt/in", type: "tmpfs", source: "tmpfs"}]' \
	"grep -c ' /mnt' /proc/self/mountinfo")" 2
is mounts:link_stays_in_the_root "$(ln -sfn /tmp "$rootfs/mnt/link"
	run "$(bind /mnt/link "$work/source" '["bind"]')" 'cat /tmp/file')" inside
touch "$rootfs/tmp/image"
is mounts:source_is_the_hosts "$(run ".mounts += [{destination: \"/tmp\", type: \"tmpfs\",
	source: \"tmpfs\"}] | $(bind /mnt/a "$rootfs/tmp" '["bind"]')" 'ls /mnt/a')" image
rm "$rootfs/tmp/image"
ok mounts:no_such_source refused run "$(bind /mnt/a /no/such '["bind"]')" true
ok mounts:no_such_type refused run '.mounts += [{destination: "/mnt", type: "nofs",
	source: "x"}]' true
is mounts:propagation "$(run "$(bind /mnt/a "$work/source" '["bind", "shared"]')" \
	"grep ' /mnt/a ' /proc/self/mountinfo | grep -c shared:")" 1
mkdir "$work/peers"
mount -t tmpfs tmpfs "$work/peers"
mount --make-shared "$work/peers"
mkdir "$work/peers/in"
is mounts:slave "$(run "$(bind /mnt/a "$work/peers" '["rbind", "rslave"]')" \
	"grep ' /mnt/a ' /proc/self/mountinfo | grep -c master:")" 1
# crun's is the host's slave unless rootfsPropagation says otherwise.
if is_ours; then
	run "$(bind /mnt/a "$work/peers" '["bind", "shared"]') | .process.capabilities |=
		map_values(. + [\"CAP_SYS_ADMIN\"])" 'mount -t tmpfs tmpfs /mnt/a/in'
	ok mounts:shared_reaches_the_host mountpoint -q "$work/peers/in"
fi
umount --recursive "$work/peers"
# From Linux 6.8 on mounts are listed in the order in which they were made. Before 6.15 a shared
# one that is to reach the host has to be made first.
shared='["bind", "shared"]'
printf '6.15\n%s\n' "$(uname -r)" | sort --version-sort --check=quiet || shared='["bind"]'
is mounts:listed_in_their_order "$(run "$(bind /mnt/1 "$work/source" '["rbind", "rslave"]') |
	.mounts += [{destination: \"/mnt/2\", type: \"tmpfs\", source: \"tmpfs\"}] |
	$(bind /mnt/3 "$work/source/file" '["bind", "ro"]') | $(bind /mnt/4 "$work/source" "$shared") |
	.mounts += [{destination: \"/mnt/5\", type: \"tmpfs\", source: \"tmpfs\"}]" \
	"grep -o ' /mnt/[0-9]' /proc/self/mountinfo | tr -d '\n'")" ' /mnt/1 /mnt/2 /mnt/3 /mnt/4 /mnt/5'

if is_ours || [ "$(basename "$RUNTIME")" = crun ]; then
	touch "$work/source/owned"
	chown 5000:5000 "$work/source/owned"
	is mounts:idmap "$(run ".mounts += [{destination: \"/mnt/a\", source: \"$work/source\",
		options: [\"bind\"], uidMappings: [{containerID: 5000, hostID: 0, size: 1}],
		gidMappings: [{containerID: 5000, hostID: 0, size: 1}]}]" \
		'stat -c %u:%g /mnt/a/owned')" 0:0
	mapping='[{containerID: 0, hostID: 100000, size: 65536}]'
	is mounts:idmap_by_the_containers_mappings "$(run "$(bind /mnt/a "$work/source" \
		'["bind", "idmap"]') | .linux.namespaces += [{type: \"user\"}] |
		.linux.uidMappings = $mapping | .linux.gidMappings = $mapping" \
		'stat -c %u:%g /mnt/a/owned')" 5000:5000
	ok mounts:idmap_without_mappings refused run \
		"$(bind /mnt/a "$work/source" '["bind", "idmap"]')" true
	ok mounts:idmap_of_no_bind refused run '.mounts += [{destination: "/mnt/a", type: "tmpfs",
		source: "x", options: ["idmap"]}]' true
fi

is root:read_only "$(run '.root.readonly = true' 'touch /x 2>/dev/null || echo no')" no
is root:writable "$(run '.root.readonly = false' 'touch /x && rm /x && echo yes')" yes
is root:propagation "$(run '.linux.rootfsPropagation = "shared"' \
	"awk '\$5 == \"/\"' /proc/self/mountinfo | grep -c shared:")" 1

# --- /dev, devices, paths -----------------------------------------------------------------------

is dev:nodes "$(run . 'for d in null zero full random urandom tty; do [ -c /dev/$d ] ||
	echo $d; done; for l in fd stdin ptmx; do readlink /dev/$l; done')" '/proc/self/fd
/proc/self/fd/0
pts/ptmx'
is dev:device "$(run '.linux.devices = [{type: "c", path: "/dev/x/y", major: 1, minor: 3,
	fileMode: 384, uid: 3, gid: 4}]' 'stat -c "%a %u %g %t %T" /dev/x/y')" '600 3 4 1 3'
is dev:fifo "$(run '.linux.devices = [{type: "p", path: "/dev/f"}]' \
	'[ -p /dev/f ] && echo pipe')" pipe
if is_ours; then
	# Outside /dev they are the container's while it lives, and leave no more than an empty file.
	elsewhere='.linux.devices = [{type: "c", path: "/opt/x/y", major: 1, minor: 3, fileMode: 438,
		uid: 3, gid: 4}]'
	is dev:elsewhere "$(run "$elsewhere" 'stat -c "%a %u %g %t %T" /opt/x/y; echo x >/opt/x/y && pwd; ls -d /*')" \
		"666 3 4 1 3
/
$(run . 'ls -d /*')"
	is dev:elsewhere_leaves_a_file "$(stat -c '%F' "$rootfs/opt/x/y")" 'regular empty file'
	is dev:elsewhere_in_a_user_namespace "$(run "$maps | $elsewhere" \
		'stat -c "%a %u %g %t %T" /opt/x/y; echo x >/opt/x/y && pwd')" '666 3 4 1 3
/'
	for path in /etc/passwd /proc/version /etc / x; do
		ok "dev:elsewhere_not_on_$path" refused run ".linux.devices = [{type: \"c\",
			path: \"$path\", major: 1, minor: 3}]" true
	done
	mkdir "$work/outside"
	ln -s "../../../../../../../../..$work/outside" "$rootfs/mnt/out"
	run '.linux.devices = [{type: "c", path: "/mnt/out/x", major: 1, minor: 3}]' true >/dev/null 2>&1
	is dev:elsewhere_is_in_the_root "$(ls "$work/outside")" ''
	rm -rf "${rootfs:?}/opt" "$rootfs/mnt/out"
	ok dev:another_device_is_there refused run '.linux.devices = [{type: "c", path: "/dev/null",
		major: 1, minor: 5}]' true
	ok dev:another_device_is_named grep -q 'device node `/dev/null`: File exists' "$work/refused"
	# A privileged container has all of the host's.
	is dev:of_a_privileged_container "$(run '.linux.devices = [{type: "c", path: "/dev/null", major: 1,
		minor: 3}, {type: "c", path: "/dev/ptmx", major: 5, minor: 2}]' 'readlink /dev/ptmx')" pts/ptmx
fi
if [ "$(basename "$RUNTIME")" != crun ]; then
	dev='.process.capabilities |= map_values(. + ["CAP_MKNOD"]) |
		.linux.devices = [{type: "c", path: "/dev/k", major: 10, minor: 229}]'
	is devices:denied "$(run "$dev" '(: </dev/k) 2>/dev/null || echo no')" no
	is devices:allowed "$(run "$dev | .linux.resources.devices += [{allow: true, type: \"c\",
		major: 10, minor: 229, access: \"r\"}]" '(: </dev/k) && echo yes')" yes
	is devices:the_last_rule_counts "$(run "$dev | .linux.resources.devices += [
		{allow: true, type: \"c\", major: 10, minor: 229, access: \"rw\"},
		{allow: false, type: \"c\", major: 10, minor: 229, access: \"w\"}]" \
		'(: </dev/k) && echo r; (: >/dev/k) 2>/dev/null || echo no w')" 'r
no w'
	is devices:null_is_everybodys "$(run . 'echo x >/dev/null && echo yes')" yes
fi
is paths:masked_file "$(run '.linux.maskedPaths = ["/etc/passwd", "/no/such"]' \
	'cat /etc/passwd; [ -e /etc/passwd ] && echo there')" there
is paths:masked_directory "$(run '.linux.maskedPaths = ["/etc"]' 'ls /etc; touch /etc/x \
	2>/dev/null || echo no')" no
is paths:read_only "$(run '.linux.readonlyPaths = ["/tmp"]' 'touch /tmp/x 2>/dev/null || echo no')" \
	no

if is_ours; then
	ok annotations:a_share_of_a_gpu_is_not_passed_over refused run \
		'.annotations = {"dev.ghostnv/gpu-memory": "1G"}' true
fi

# --- the rest ---------------------------------------------------------------------------------------

is sysctl:set "$(run '.linux.sysctl = {"net.ipv4.ip_forward": "1", "kernel.shmmni": "77"}' \
	'cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shmmni')" '1
77'
ok sysctl:not_the_hosts refused run '.linux.sysctl = {"kernel.core_pattern": "|/x"}' true
# Docker gives one always; it takes no controller to keep a weight of none.
ok io:weight_of_none run '.linux.resources.blockIO = {"weight": 0, "weightDevice": null,
	"throttleReadBpsDevice": []}' true
is personality:set "$(run '.linux.personality = {domain: "LINUX32"}' 'uname -m')" i686

is seccomp:errno "$(run '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [
	{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 28}]}' \
	'mkdir /tmp/d 2>&1')" "mkdir: can't create directory '/tmp/d': No space left on device"
run '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [
	{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_KILL_PROCESS"}]}' 'exec mkdir /tmp/d'
is seccomp:kill $? 159
is seccomp:arguments "$(run '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [
	{names: ["dup2"], action: "SCMP_ACT_ERRNO", args: [{index: 1, value: 9, op: "SCMP_CMP_EQ"}]}]}' \
	'echo good >&1; (echo x 9>&1) 2>/dev/null || echo refused' | tail -n 1)" "$(
	[ "$(uname -m)" = x86_64 ] && echo refused || echo x)"
is seccomp:without_no_new_privs "$(run '.process.noNewPrivileges = false | .linux.seccomp =
	{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir", "mkdirat"],
	action: "SCMP_ACT_ERRNO"}]}' 'grep Seccomp: /proc/self/status')" "$(printf 'Seccomp:\t2')"

tap_end
