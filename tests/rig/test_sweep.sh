#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The sweep of failing allocations sees what it is there for: a state that has
# changed, memory that is lost.

set -u
. "$(dirname "$0")/tap.sh"

modules=$root/build/modules/coverage
files=/sys/kernel/debug/ghostnv-seeded

# sweep [OPTION...] FILE: on the seeded module's file. Once more where time was up: on a
# busy machine a user-mode kernel takes long now and then.
sweep() {
	local status=0

	sweep_once "$@" || status=$?
	[ $status -eq 124 ] || return $status
	echo '# time was up: once more'
	sweep_once "$@"
}

sweep_once() {
	local file=${!#}

	scripts/vm --kernel uml --modules "$modules" --no-build --timeout 180 "${@:1:$#-1}" \
		--log "$scratch/kernel.log" -- sh -c "insmod \$GHOSTNV_MODDIR/ghostnv-seeded.ko \
		fault=sweep && fault_sweep write $file" </dev/null
}

check sweep:count_that_stays_raised_is_told ends 1 sweep $files/sloppy
check sweep:it_is_told_by_its_place says 'state has changed by failure' sweep $files/sloppy
check sweep:memory_that_is_lost_is_told ends 70 sweep --leaks $files/leaky
check sweep:file_without_fault_passes ends 0 sweep --leaks /dev/null
done_testing
