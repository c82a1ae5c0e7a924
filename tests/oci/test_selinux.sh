#!/bin/bash
# SPDX-License-Identifier: MIT
#
# SELinux's labels: applied where the running kernel has it and a policy, refused elsewhere. In a
# machine that was booted with it (tests/e2e/test_oci_selinux.sh) the policy is selinux.policy.

set -u
# shellcheck source=tests/oci/lib.sh
. "$(dirname "$0")/lib.sh"

box=system_u:system_r:gnv_box_t:s0:c1,c2
other=system_u:system_r:gnv_other_t:s0
stiff=system_u:system_r:gnv_stiff_t:s0
unknown=system_u:system_r:gnv_none_t:s0
files=system_u:object_r:gnv_boxfile_t:s0:c1,c2
labelled=".process.selinuxLabel = \"$box\" | .linux.mountLabel = \"$files\""
whoami='tr -d "\0" </proc/self/attr/current'

is_refused() {
	ok selinux:is_not_passed_over refused run ".process.selinuxLabel = \"$box\"" true
	! is_ours || ok selinux:says_why grep -q "process.selinuxLabel: $1" "$work/refused"
	ok selinux:nor_is_that_of_mounts refused run ".linux.mountLabel = \"$files\"" true
	! is_ours || ok selinux:says_why_of_mounts grep -q "linux.mountLabel: $1" "$work/refused"
	create . 'exec sleep 100'
	oci start "$id"
	ok selinux:nor_by_exec refused oci exec --process-label "$box" "$id" true
	oci delete --force "$id"
	is selinux:nothing_is_left_when_refused "$(leftovers)" ''
}

current() {
	tr -d '\0' </proc/self/attr/current
}

load_policy() {
	local file=$work/policy

	checkpolicy -M -U allow -o "$file" "$root/tests/oci/selinux.policy" >/dev/null || return
	[ -e /sys/fs/selinux/load ] || mount -t selinuxfs selinuxfs /sys/fs/selinux || return
	# The kernel wants it whole, in one write.
	dd if="$file" of=/sys/fs/selinux/load bs=1M status=none && echo 1 >/sys/fs/selinux/enforce
}

# The labels of files, seen from the host: of PID FILE...
of() {
	local pid=$1 file

	shift
	for file in "$@"; do
		stat -c %C "/proc/$pid/root/$file"
	done | sort -u
}

if ! grep -q 'selinuxfs$' /proc/filesystems; then
	! is_ours || is_refused 'this kernel runs without SELinux'
	tap_end
	exit
fi
# Nobody else's machine gets a policy from us.
if [ -n "${GHOSTNV_VM-}" ] && [ "$(current)" = kernel ]; then
	! is_ours || is_refused 'SELinux has no policy yet'
	ok selinux:policy_loads load_policy
fi
case $(current) in
*:gnv_host_t:*) ;;
*)
	skip selinux:label 'SELinux has another policy than selinux.policy'
	tap_end
	exit
	;;
esac

with_probe
host=$(current)
install -m 0666 /dev/null "$rootfs/secret"
chcon system_u:object_r:gnv_secret_t:s0 "$rootfs/secret"
write='(: >/secret) 2>/dev/null && echo wrote || echo no'

# --- the process -----------------------------------------------------------------------------------

is selinux:label "$(run "$labelled" "$whoami")" "$box"
is selinux:it_holds "$(run "$labelled" "$write")" no
is selinux:without_one_it_is_the_callers "$(run . "$whoami; $write")" "${host}wrote"
is selinux:with_new_privs "$(run "$labelled | .process.noNewPrivileges = false" "$whoami")" "$box"
is selinux:without_privileges_to_become_it "$(run ".process.selinuxLabel = \"$stiff\" |
	.process.noNewPrivileges = false" "$whoami")" "$stiff"
ok selinux:not_with_no_new_privs refused run ".process.selinuxLabel = \"$stiff\" |
	.process.noNewPrivileges = true" true
! is_ours || ok selinux:not_with_no_new_privs_says_what \
	grep -q 'execute `/bin/sh`: Operation not permitted' "$work/refused"
is selinux:without_masks_of_procfs "$(run "$labelled | .linux.maskedPaths += [\"/proc/self/attr\"]" \
	'echo runs')" runs
is selinux:without_procfs "$(run "$labelled | .mounts |= map(select(.destination != \"/proc\"))" \
	'echo runs')" runs
is selinux:user "$(run "$labelled | .process.user = {uid: 1000, gid: 1000}" "$whoami")" "$box"
hook='{path: "/bin/sh", args: ["sh", "-c", "cat /proc/self/attr/current >/tmp/hook"]}'
is selinux:hooks_in_the_container "$(run "$labelled | .hooks.startContainer = [$hook]" \
	'tr -d "\0" </tmp/hook')" "$box"

bundle ".process.selinuxLabel = \"$unknown\""
fresh
ok selinux:no_such_label refused oci create --bundle "$bundle" "$id"
! is_ours || ok selinux:no_such_label_is_named \
	grep -q "process.selinuxLabel \`$unknown\`: Invalid argument" "$work/refused"
is selinux:no_such_label_leaves_nothing "$(leftovers)" ''

# --- its keyring -----------------------------------------------------------------------------------

is selinux:keyring "$(run "$labelled" 'probe keyring')" "$box"
is selinux:keyring_without_a_label "$(run . 'probe keyring')" "$host"
bundle "$labelled" 'probe keyring'
fresh
is selinux:keyring_of_the_caller "$(oci run --no-new-keyring --bundle "$bundle" "$id")" \
	"$("$probe" keyring)"

# --- mounts ----------------------------------------------------------------------------------------

more='.mounts += [{destination: "/run/it", type: "tmpfs", source: "it", options: ["size=64k"]},
	{destination: "/mnt", type: "bind", source: "/etc", options: ["rbind"]}] |
	.linux.devices = [{path: "/lib/zero", type: "c", major: 1, minor: 5}] |
	.linux.maskedPaths += ["/sys/kernel"]'
create "$labelled | $more" 'echo >/run/it/file; echo >/dev/shm/file; exec sleep 100'
pid=$(cat "$work/pid")
oci start "$id"
ok selinux:state [ "$(status_of "$id")" = running ]
for i in $(seq 100); do [ ! -e "/proc/$pid/root/dev/shm/file" ] || break; read -rt 0.05 <> <(:) || :; done
is selinux:mounts "$(of "$pid" dev dev/null dev/pts dev/ptmx dev/shm dev/shm/file run/it run/it/file lib/zero)" "$files"
is selinux:mounts_of_messages "$(of "$pid" dev/mqueue)" "$files"
is selinux:mounts_that_cover "$(of "$pid" proc/acpi sys/kernel)" "$files"
is selinux:mounts_of_others "$(of "$pid" mnt proc sys sys/fs/cgroup)" system_u:object_r:gnv_host_t:s0

is selinux:exec "$(oci exec "$id" sh -c "$whoami")" "$box"
is selinux:exec_with_another "$(oci exec --process-label "$other" "$id" sh -c "$whoami")" "$other"
! is_ours || is selinux:exec_keyring "$(oci exec --process-label "$other" "$id" probe keyring)" "$other"
ok selinux:exec_no_such_label refused oci exec --process-label "$unknown" "$id" true
is selinux:exec_after_that "$(oci exec "$id" sh -c "$whoami")" "$box"
oci delete --force "$id"

ok selinux:no_such_label_of_mounts refused run \
	".linux.mountLabel = \"system_u:object_r:gnv_none_t:s0\"" true
! is_ours || ok selinux:no_such_label_of_mounts_is_named \
	grep -q 'linux.mountLabel `system_u:object_r:gnv_none_t:s0`: Invalid argument' "$work/refused"
is selinux:no_such_label_of_mounts_leaves_nothing "$(leftovers)" ''

# --- in a user namespace ---------------------------------------------------------------------------

maps='.linux.namespaces += [{type: "user"}] |
	.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1000}] |
	.linux.gidMappings = [{containerID: 0, hostID: 100000, size: 1000}]'
chmod 0755 "$work"
create "$maps | $labelled | $more" 'exec sleep 100'
pid=$(cat "$work/pid")
oci start "$id"
is selinux:in_a_user_namespace "$(oci exec "$id" sh -c "$whoami; $write")" "${box}no"
is selinux:in_a_user_namespace_keyring "$(oci exec "$id" probe keyring)" "$box"
is selinux:in_a_user_namespace_mounts \
	"$(of "$pid" dev dev/pts dev/shm dev/mqueue run/it proc/acpi lib/zero)" "$files"
oci delete --force "$id"

# --- with GPUs -------------------------------------------------------------------------------------

if is_ours && [ -e /proc/driver/nvidia/version ]; then
	# shellcheck source=tests/e2e/lib/oci_gpu.sh
	. "$root/tests/e2e/lib/oci_gpu.sh"
	make_driver
	bundle "$labelled | .process.env += [\"NVIDIA_VISIBLE_DEVICES=0\"]" 'exec sleep 100'
	fresh
	gpu_oci create --bundle "$bundle" --pid-file "$work/pid" "$id" </dev/null >"$work/out" 2>&1
	is selinux:gpus "$(of "$(cat "$work/pid")" dev/nvidia0 proc/driver/nvidia \
		proc/driver/nvidia/version)" "$files"
	gpu_oci delete --force "$id"
fi

is selinux:features "$(oci features | jq .linux.selinux.enabled)" true
is selinux:nothing_is_left "$(leftovers)" ''

tap_end
