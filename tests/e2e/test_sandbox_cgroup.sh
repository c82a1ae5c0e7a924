#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A sandbox in a user namespace, and in a cgroup: devices, limits, what is left.
#
# Programs for the inside stand in single quotes; what is listed has plain names.
# shellcheck disable=SC2016,SC2012

set -u
# shellcheck source=tests/e2e/lib/tap.sh
. "$(dirname "$0")/lib/tap.sh"
# shellcheck source=tests/e2e/lib/sandbox.sh
. "$(dirname "$0")/lib/sandbox.sh"

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

tap_end
