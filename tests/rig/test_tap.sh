#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The judges of TAP and KTAP see everything that a test program can do wrong, and that of
# kernel logs every report of a fault.

set -u
. "$(dirname "$0")/tap.sh"

# judge STATUS LINE...: what tap.awk says of a program that wrote these lines.
judge() {
	local status=$1

	shift
	printf '%s\n' "$@" | awk -v name=x -v status="$status" -f scripts/tap.awk
}

ktap() {
	printf '[    1.000000] %s\n' "$@" | awk -f scripts/ktap.awk
}

fails_nothing() {
	! judge "$@" | grep '^fail'
}

check tap:good_output_passes fails_nothing 0 'ok 1 - a' 'ok 2 - b' '1..2'
check tap:passed_test_is_counted says 'pass x: a' judge 0 'ok 1 - a' '1..1'
check tap:failed_test_fails says 'fail x: a' judge 0 'not ok 1 - a' '1..1'
check tap:todo_is_no_excuse says 'fail x: a' judge 0 'not ok 1 - a # TODO later' '1..1'
check tap:missing_plan_fails says 'fail x: no plan' judge 0 'ok 1 - a'
check tap:second_plan_fails says 'fail x: more than one plan' judge 0 '1..1' 'ok 1' '1..1'
check tap:too_few_tests_fail says 'fail x: planned 3 tests, ran 2' judge 0 '1..3' 'ok 1' 'ok 2'
check tap:too_many_tests_fail says 'fail x: planned 1 tests, ran 2' judge 0 '1..1' 'ok 1' 'ok 2'
check tap:empty_output_fails says 'fail x: no plan' judge 0 ''
check tap:empty_plan_fails says 'fail x: no test' judge 0 '1..0'
check tap:status_fails says 'fail x: ended with status 3' judge 3 'ok 1 - a' '1..1'
check tap:bail_out_fails says 'fail x: Bail out!' judge 0 'Bail out! no more' 'ok 1' '1..1'
check tap:skip_is_counted says 'skip x: a (no GPU)' judge 0 'ok 1 - a # SKIP no GPU' '1..1'
check tap:skip_without_reason_fails says 'without a reason' judge 0 'ok 1 - a # SKIP' '1..1'
check tap:skip_of_all_is_counted says 'skip x: all (no GPU)' judge 0 '1..0 # SKIP no GPU'

check ktap:failed_case_fails says 'not ok 2 - s:b' ktap '    # Subtest: s' '    1..2' \
	'    ok 1 - a' '    not ok 2 - b' 'not ok 1 - s'
check ktap:parameters_are_not_cases says '1..1' ktap '    # Subtest: s' '    1..1' \
	'        ok 1 - p' '        ok 2 - q' '    ok 1 - a' 'ok 1 - s'
check ktap:missing_case_fails says 's:ran_1_of_2_cases' ktap '    # Subtest: s' \
	'    1..2' '    ok 1 - a' 'ok 1 - s'
check ktap:suite_that_does_not_end_fails says 's:did_not_end' ktap '    # Subtest: s' \
	'    1..1' '    ok 1 - a'
check ktap:no_suite_has_no_tests says '1..0' ktap 'nothing of note'

# faults LINE...: what faults.awk says of a kernel that wrote these lines.
faults() {
	printf '[    1.000000] %s\n' 'ghostnv-vm: start' "$@" | awk -f scripts/faults.awk
}

# rcu FUNCTION...: a suspicious use of RCU, who had it last.
rcu() {
	echo 'WARNING: suspicious RCU usage'
	echo 'lib/maple_tree.c:759 suspicious rcu_dereference_check() usage!'
	echo 'Call Trace:'
	printf ' [<607fc723>] ? %s+0xa3/0x1c0\n' lockdep_rcu_suspicious.cold "$@"
}

# Whether of two reports one by another function is seen, and of that of arch/um nothing.
only_known_is_left_out() {
	local lines=() expected='[    1.000000] WARNING: suspicious RCU usage'

	mapfile -t lines < <(rcu mas_walk mas_find flush_tlb_mm tlb_finish_mmu)
	[ -z "$(faults "${lines[@]}" '' 'all is well')" ] || return 1
	[ "$(faults "${lines[@]}" 'BUG: so bad')" = '[    1.000000] BUG: so bad' ] || return 1
	mapfile -t -O ${#lines[@]} lines < <(rcu mas_walk mas_find gnv_look)
	[ "$(faults "${lines[@]}")" = "$expected" ] || return 1
	mapfile -t lines < <(rcu gnv_look flush_tlb_mm)
	[ "$(faults "${lines[@]}")" = "$expected" ]
}
check faults:known_one_alone_is_left_out only_known_is_left_out
check faults:kasan_is_seen says 'BUG: KASAN' faults 'BUG: KASAN: slab-out-of-bounds in x'
check faults:nothing_before_the_start test -z "$(echo 'BUG: x' | awk -f scripts/faults.awk)"

# What KUnit itself writes, with a case that fails on purpose.
kunit() {
	scripts/vm --kernel uml --modules build/modules/coverage --no-build --no-modules \
		--log "$scratch/kernel.log" -- \
		sh -c "insmod \$GHOSTNV_MODDIR/ghostnv-seeded.ko" </dev/null || return
	sed -n '/ghostnv-vm: start/,$p' "$scratch/kernel.log" | awk -f scripts/ktap.awk
}
check ktap:failed_case_of_kunit_fails says 'not ok 2 - seeded:fails_on_purpose' kunit
check ktap:passed_case_of_kunit_passes says 'ok 1 - seeded:passes' kunit
done_testing
