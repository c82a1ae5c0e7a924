#!/bin/bash
# SPDX-License-Identifier: MIT
#
# DKMS builds and installs the modules for Debian's kernel, that kernel loads them by
# name, and removal leaves nothing.

set -u
# shellcheck source=tests/rig/tap.sh
. "$(dirname "$0")/tap.sh"

# Below the tree, for the machine sees no /tmp of the host.
out=$root/build/rig-dkms
rm -rf "$out"
kernel=$(scripts/kernel/get 6.1)

installs() {
	tests/rig/dkms-host "$kernel" "$out" >"$scratch/left" &&
		[ -e "$out/updates/dkms/ghostnv.ko" ] &&
		[ -e "$out/updates/dkms/ghostnv-rm.ko" ] &&
		[ -e "$out/modprobe.d/ghostnv.conf" ]
}

loads() {
	scripts/vm --kernel 6.1 --no-build --no-modules --log "$scratch/kernel.log" -- \
		tests/rig/dkms-guest "$out" </dev/null >"$scratch/loaded" || return
	diff "$scratch/loaded" <(printf '%s\n' 2 ghostnv ghostnv_rm ghostnv_sim \
		2 ghostnv ghostnv_rm ghostnv_sim)
}

leaves_nothing() {
	cat "$scratch/left"
	[ ! -s "$scratch/left" ]
}

check dkms:installs_for_the_stock_kernel installs
check dkms:removal_leaves_nothing leaves_nothing
check dkms:stock_kernel_loads_them_by_name loads
done_testing
