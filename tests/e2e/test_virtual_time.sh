#!/bin/bash
# SPDX-License-Identifier: MIT
#
# GPU time in virtual time: nothing depends on how fast the host is, or on what else it
# does, so the bounds are tight. The figures are those of tests/bench/time.sh.
#
# kernels: virtual
# timeout: 600

set -u
. "$(dirname "$0")/lib/tap.sh"

figures=$(mktemp)
ok virtual:measures bash -c "'$(dirname "$0")/../bench/time.sh' virtual 1 1 5 \
	two queues pressure latency greedy greedy_many fuss changes >'$figures'"

# most NAME KEY BOUND: the figure is there and not above the bound, nor -BOUND.
most() {
	ok "virtual:$1" awk -v key="virtual_$2" -v bound="$3" '
		$1 == key { print; found = $2 <= bound && $2 >= -bound }
		END { exit !found }' "$figures"
}

most shares share_error_max 2
most nothing_is_lost engine_lost 0.5
most pressure_is_what_was_waited pressure_error_max 0.5
most latency_class latency_p99_ratio 1.07
most latency_class_of_5ms latency_5ms_p99_ratio 1.07
most latency_class_has_its_share latency_greedy_share_error 2
most latency_class_has_no_more_by_many_queues latency_greedy_64_share_error 2
most latency_class_loses_nothing latency_greedy_engine_lost 0.5
most who_makes_fuss_has_its_share fuss_share_error 4
most shares_where_changes_are_slow changes_share_error 4
rm -f "$figures"
tap_end
