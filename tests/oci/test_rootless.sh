#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Without root: as another user, with newuidmap and with one's own id alone; and as root of a
# user namespace, which is how Podman calls.

set -u
# shellcheck source=tests/oci/lib.sh
. "$(dirname "$0")/lib.sh"

user=54321
as_user() {
	setpriv --reuid "$user" --regid "$user" --clear-groups --reset-env \
		env PATH="$PATH" XDG_RUNTIME_DIR="$work/run" "$@"
}

if ! as_user unshare --user true 2>/dev/null; then
	skip rootless:all 'users may not make user namespaces here'
	tap_end
	exit
fi

# Of this mount namespace only: a user who has ids to give.
for file in passwd subuid subgid; do
	cp "/etc/$file" "$work/$file" 2>/dev/null || : >"$work/$file"
	[ -e "/etc/$file" ] || : >"/etc/$file"
done
echo "tester:x:$user:$user::/:/bin/sh" >>"$work/passwd"
printf "%s\n" tester:300000:65536 root:0:65536 | tee -a "$work/subuid" >>"$work/subgid"
for file in passwd subuid subgid; do mount --bind "$work/$file" "/etc/$file"; done
mkdir "$work/run"
chmod 0755 "$work"
chown -R "$user:$user" "$work/run" "$rootfs" "$bundle"

# As oci() of lib.sh.
user_oci() {
	as_user timeout -k 5 30 "$RUNTIME" "$@"
}

own=".linux.namespaces += [{type: \"user\"}] | del(.linux.resources) |
	.mounts |= map(.options |= ((. // []) | map(select(. != \"gid=5\")))) |
	.linux.uidMappings = [{containerID: 0, hostID: $user, size: 1}] |
	.linux.gidMappings = .linux.uidMappings"
many="$own | .linux.uidMappings += [{containerID: 1, hostID: 300000, size: 65535}] |
	.linux.gidMappings = .linux.uidMappings"

user_run() {
	bundle "$1" "$2"
	fresh
	user_oci run --bundle "$bundle" "$id" </dev/null
}

is rootless:own_id "$(user_run "$own" 'id -u; tr -s " " </proc/self/uid_map')" "0
 0 $user 1"
is rootless:dev "$(user_run "$own" 'echo x >/dev/null && head -c 1 /dev/zero | wc -c; readlink /dev/fd')" '1
/proc/self/fd'
is rootless:files_are_the_users "$(user_run "$own" 'touch /tmp/mine'; stat -c %u "$rootfs/tmp/mine")" "$user"
# One that fails at the very end has no cgroup by which its process would be found.
no_process_is_left() {
	local i

	for i in $(seq 100); do
		grep -qs " $rootfs / " /proc/[0-9]*/mountinfo || return 0
		read -rt 0.05 <> <(:) || :
	done
	return 1
}
bundle "$own" true
fresh
if is_ours; then
	ok rootless:no_pid_file refused user_oci create --bundle "$bundle" --pid-file /none/pid "$id"
	ok rootless:leaves_no_process no_process_is_left
fi
is rootless:isolated "$(user_run "$own" 'echo $$; hostname; ls /sys/class/net')" '1
ghostnv
lo'
if command -v newuidmap >/dev/null; then
	is rootless:newuidmap "$(user_run "$many" 'tr -s " " </proc/self/uid_map')" " 0 $user 1
 1 300000 65535"
	is rootless:another_user "$(user_run "$many | .process.user = {uid: 7, gid: 8, additionalGids: [9]}" \
		'echo $(id -u) $(id -g) $(id -G)')" '7 8 8 9'
	ok rootless:ids_of_others refused user_run "$many | .linux.uidMappings[1].hostID = 1" true
else
	skip rootless:newuidmap 'newuidmap is missing (package uidmap)'
fi

bundle "$own" 'exec sleep 100'
fresh
ok rootless:create user_oci create --bundle "$bundle" --pid-file "$work/run/pid" "$id" </dev/null
ok rootless:state_is_below_XDG_RUNTIME_DIR [ -d "$work/run/ghostnv-oci/$id" ]
ok rootless:start user_oci start "$id"
is rootless:state "$(user_oci state "$id" | jq -r .status)" running
is rootless:exec "$(user_oci exec "$id" sh -c 'id -u; readlink /proc/self/ns/user')" "0
$(readlink "/proc/$(cat "$work/run/pid")/ns/user")"
ok rootless:no_cgroup_is_told_of eval '! user_oci pause "$id" 2>"$work/refused"'
ok rootless:says_why grep -q 'has no cgroup: it was created without root' "$work/refused"
ok rootless:kill user_oci kill --all "$id" KILL
for _ in $(seq 100); do
	[ "$(user_oci state "$id" | jq -r .status)" != stopped ] || break
	read -rt 0.05 <> <(:) || :
done
ok rootless:delete user_oci delete "$id"
is rootless:nothing_is_left "$(user_oci list --format json)" '[]'

if is_ours; then
	as_user "$RUNTIME" spec --rootless --print |
		jq --arg rootfs "$rootfs" '.process.terminal = false | .root.path = $rootfs |
			.process.args = ["id", "-u"]' >"$bundle/config.json"
	is rootless:spec "$(user_oci run --bundle "$bundle" "$prefix-spec" </dev/null)" 0
fi
ok rootless:needs_a_user_namespace refused user_run 'del(.linux.resources)' true
ok rootless:that_is_named grep -q 'linux.namespaces: without root, a new one of type `user` is needed' "$work/refused"
ok rootless:limits_are_not_passed_over refused user_run "$own | .linux.resources = {pids: {limit: 5}}" true
is rootless:device "$(user_run "$own | .linux.devices = [{type: \"c\", path: \"/dev/zero\", major: 1,
	minor: 5}]" '[ -c /dev/zero ] && echo there')" there
ok rootless:device_of_another_number refused user_run "$own | .linux.devices = [{type: \"c\",
	path: \"/dev/zero\", major: 1, minor: 3}]" true
ok rootless:device_elsewhere refused user_run "$own | .linux.devices = [{type: \"c\",
	path: \"/opt/zero\", major: 1, minor: 5}]" true
ok rootless:a_share_of_a_gpu_is_not_passed_over refused user_run "$own |
	.annotations = {\"dev.ghostnv/gpu-memory\": \"1G\"}" true
ok rootless:root_is_the_caller refused user_run "$own | .linux.uidMappings[0].hostID = 0" true

# --- a cgroup that is the user's -------------------------------------------------------------

delegated=/sys/fs/cgroup/$prefix-user
mkdir "$delegated"
chown -R "$user" "$delegated"
bundle "$own" 'exec sleep 100'
fresh
(
	echo "$BASHPID" >"$delegated/cgroup.procs"
	user_oci run --detach --bundle "$bundle" --pid-file "$work/run/pid" "$id" </dev/null >/dev/null 2>&1
)
is delegated:cgroup "$(sed -n 's/^0:://p' "/proc/$(cat "$work/run/pid")/cgroup")" \
	"/$prefix-user/ghostnv-oci/container-$id"
ok delegated:pause user_oci pause "$id"
ok delegated:resume user_oci resume "$id"
ok delegated:delete user_oci delete --force "$id"
rmdir "$delegated/ghostnv-oci" "$delegated"

# --- root of a user namespace -----------------------------------------------------------------

in_namespace() {
	unshare --user --map-users=0,0,65536 --map-groups=0,0,65536 --mount --propagation private "$@"
}
inside() {
	bundle "$1" "$2"
	fresh
	in_namespace timeout 30 "$RUNTIME" --root "$work/state" run --bundle "$bundle" "$id" </dev/null
}
if in_namespace true 2>/dev/null; then
	is inside:without_one_more "$(inside 'del(.linux.resources)' 'id -u; echo x >/dev/null && echo good')" '0
good'
	is inside:with_one_more "$(inside 'del(.linux.resources) | .linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 1000, size: 100}] |
		.linux.gidMappings = .linux.uidMappings' 'id -u; echo x >/dev/null && echo good')" '0
good'
fi

tap_end
