#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A host without the module, or without its bridge: containers run, a wish for a GPU
# is answered with what to do.

set -u
# shellcheck source=tests/e2e/lib/tap.sh
. "$(dirname "$0")/lib/tap.sh"
# shellcheck source=tests/e2e/lib/container.sh
. "$(dirname "$0")/lib/container.sh"

# As the machine is started; NVIDIA's driver, simulated, stays.
reload() {
	[ -e /sys/module/ghostnv ] || insmod "$GHOSTNV_MODDIR/ghostnv.ko" ${GHOSTNV_SEAL:+"$GHOSTNV_SEAL"}
	[ -e /sys/module/ghostnv_rm ] || insmod "$GHOSTNV_MODDIR/ghostnv-rm.ko"
}

if [ -e /sys/module/ghostnv ]; then
	trap 'container_cleanup; reload' EXIT
	rmmod ghostnv_rm
	is 'bridge:its_absence_is_told' "$(ghostnv-container version | grep -c '^ghostnv-rm')" 1
	is 'bridge:and_in_json' \
		"$(ghostnv-container version --format json | jq .limits_gpu_time)" false
	ok 'bridge:memory_has_limits' ghostnv-container run --rm --gpu-memory 1G "$rootfs" true
	ok 'bridge:time_has_none' one_line_error 1 'ghostnv-rm' \
		ghostnv-container run --gpu-memory 1G --gpu-weight 200 "$rootfs" true
	is 'bridge:figures_without_time' "$(run -d --name plain --gpu-memory 1G "$rootfs" \
		sleep 100 >/dev/null; ghostnv-container stats --format json plain | jq -s length)" 1
	ok 'bridge:containers_run' ghostnv-container run --rm "$rootfs" true
	ghostnv-container delete --force plain
	rmmod ghostnv
fi

is 'module:containers_run' "$(run --rm "$rootfs" echo here 2>&1)" here
is 'module:version_says_so' "$(ghostnv-container version | grep -c 'not loaded')" 1
is 'module:version_json' "$(ghostnv-container version --format json | jq .module)" null
ok 'module:devices' one_line_error 1 'module is not loaded' ghostnv-container devices
ok 'module:gpu_memory' one_line_error 1 '--gpu-memory' \
	ghostnv-container run --gpu-memory 1G "$rootfs" true
ok 'module:gpu_by_index' one_line_error 1 '--gpu-devices' \
	ghostnv-container run --gpu-devices 0 "$rootfs" true
is 'module:all_of_none_runs' "$(run --rm --gpu-devices all "$rootfs" echo here 2>/dev/null)" here
is 'module:all_of_none_is_told' "$(run --rm --gpu-devices all "$rootfs" true 2>&1 |
	grep -c 'runs without a GPU')" 1

tap_end
