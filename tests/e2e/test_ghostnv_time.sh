#!/bin/bash
# SPDX-License-Identifier: MIT
#
# GPU time: containers get the engine by weight, hold their caps, stop with their
# cgroup, and leave nothing behind. The figures are loose, for the machine is shared
# with whatever else runs: what the policy does exactly is proven in virtual time.
#
# On the kernels of test_rm_queue.sh, which says why.
#
# kernels: 6.1 uml
# timeout: 300

set -u
. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/ghostnv.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sys=/sys/kernel/ghostnv/containers

# of NAME FILE: a file of the container on GPU 0.
of() {
	echo "$sys/${id[$1]}/gpu0/$2"
}

# stat NAME KEY
time_stat() {
	value " $2" <"$(of "$1" gpu.stat)" 2>/dev/null || awk -v k="$2" '$1 == k { print $2 }' "$(of "$1" gpu.stat)"
}
time_stat() {
	awk -v k="$2" '$1 == k { print $2 }' "$(of "$1" gpu.stat)"
}

# busy NAME [ARGUMENT...]: loads the GPU in the background; its output is $work/NAME.
declare -A load_pid
busy() {
	(enter "$1" rmload "${@:2}") >"$work/$1" 2>&1 &
	load_pid[$1]=$!
}

run_us() {
	value run_us <"$work/$1"
}

# within VALUE LEAST MOST
within() {
	test "$1" -ge "$2" -a "$1" -le "$3"
}

container one 1 256M
container two 1 256M

is time:weight_at_first "$(cat "$(of one gpu.weight)")" 100
is time:max_at_first "$(cat "$(of one gpu.max)")" 'max 100000'

# --- shares by weight -------------------------------------------------------------------
echo 300 >"$(of two gpu.weight)"
is time:weight_is_set "$(cat "$(of two gpu.weight)")" 300
busy one 6
busy two 6
wait "${load_pid[one]}" "${load_pid[two]}"
one=$(run_us one) two=$(run_us two)
echo "# one ran $one us, two $two us"
cat /sys/kernel/debug/ghostnv/runlists | sed 's/^/# /'
sed 's/^/# one: /' "$(of one gpu.stat)" "$(of one gpu.pressure)"
sed 's/^/# two: /' "$(of two gpu.stat)"
ok time:weights_are_shares within $((two * 100 / (one + 1))) 270 330
ok time:usage_is_told within "$(time_stat one usage_usec)" $((one * 95 / 100)) $((one * 105 / 100))
ok time:nothing_is_lost test $((one + two)) -gt 5600000
remove one two
tap_end
