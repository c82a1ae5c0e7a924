#!/bin/bash
# SPDX-License-Identifier: MIT
#
# AppArmor's profiles: applied where the running kernel has them, refused where it has not.
# (Debian's kernel has AppArmor: tests/e2e/test_oci_labels.sh.)

set -u
# shellcheck source=tests/oci/lib.sh
. "$(dirname "$0")/lib.sh"

has_apparmor() {
	grep -qs Y /sys/module/apparmor/parameters/enabled && command -v apparmor_parser >/dev/null
}

if has_apparmor; then
	mountpoint -q /sys/kernel/security || mount -t securityfs securityfs /sys/kernel/security
	cat >"$work/profile" <<-END
		profile ghostnv-test flags=(attach_disconnected,mediate_deleted) {
			file, capability, network, signal, ptrace, unix, mount, umount,
			deny /tmp/forbidden w,
		}
		profile ghostnv-other flags=(attach_disconnected,mediate_deleted) {
			file, capability, network, signal, ptrace, unix,
		}
	END
	ok apparmor:profiles_load apparmor_parser --replace --skip-cache "$work/profile"
	profile='.process.apparmorProfile = "ghostnv-test"'
	is apparmor:profile "$(run "$profile" 'cat /proc/self/attr/current')" 'ghostnv-test (enforce)'
	is apparmor:it_holds "$(run "$profile" '(: >/tmp/forbidden) 2>/dev/null || echo no')" no
	is apparmor:with_new_privs "$(run "$profile | .process.noNewPrivileges = false" \
		'cat /proc/self/attr/current')" 'ghostnv-test (enforce)'
	is apparmor:without_masks_of_procfs "$(run "$profile | .linux.maskedPaths += [\"/proc/self/attr\"]" \
		'echo runs')" runs
	ok apparmor:no_such_profile refused run '.process.apparmorProfile = "ghostnv-none"' true
	create "$profile" 'exec sleep 100'
	oci start "$id"
	is apparmor:exec "$(oci exec "$id" cat /proc/self/attr/current)" 'ghostnv-test (enforce)'
	is apparmor:exec_with_another "$(oci exec --apparmor ghostnv-other "$id" \
		cat /proc/self/attr/current)" 'ghostnv-other (enforce)'
	oci delete --force "$id"
	maps='.linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1000}] |
		.linux.gidMappings = [{containerID: 0, hostID: 100000, size: 1000}]'
	chmod 0755 "$work"
	create "$maps | $profile" 'cat /proc/self/attr/current >/dev/null; exec sleep 100'
	oci start "$id"
	is apparmor:in_a_user_namespace "$(cat "/proc/$(cat "$work/pid")/attr/current")" \
		'ghostnv-test (enforce)'
	is apparmor:exec_in_a_user_namespace "$(oci exec "$id" cat /proc/self/attr/current)" \
		'ghostnv-test (enforce)'
	oci delete --force "$id"
elif ! grep -qs Y /sys/module/apparmor/parameters/enabled; then
	ok apparmor:is_not_passed_over refused run '.process.apparmorProfile = "some"' true
	is apparmor:unconfined_is_what_all_are "$(run '.process.apparmorProfile = "unconfined"' 'echo runs')" runs
	if is_ours; then
		ok apparmor:says_why grep -q 'process.apparmorProfile: this kernel runs without AppArmor' "$work/refused"
		create . 'exec sleep 100'
		oci start "$id"
		ok apparmor:nor_by_exec refused oci exec --apparmor some "$id" true
		oci delete --force "$id"
	fi
else
	skip apparmor:profile 'apparmor_parser is missing'
fi

tap_end
