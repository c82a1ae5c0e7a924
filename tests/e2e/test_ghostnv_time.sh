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
# timeout: 420

set -u
. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/ghostnv.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sys=/sys/kernel/ghostnv/containers
runlists=/sys/kernel/debug/ghostnv/runlists

# of NAME FILE: a file of the container on GPU 0.
of() {
	echo "$sys/${id[$1]}/gpu0/$2"
}

# time_of NAME KEY: of its gpu.stat.
time_of() {
	awk -v k="$2" '$1 == k { print $2 }' "$(of "$1" gpu.stat)"
}

# busy NAME [ARGUMENT...]: loads the GPU in the background until it has had its time.
declare -A load_pid
busy() {
	(enter "$1" rmload "${@:2}") >"$work/$1" 2>&1 &
	load_pid[$1]=$!
}

# finished NAME...: waits for them; what NAME ran is in ran[NAME] then, in us.
declare -A ran
finished() {
	local name

	for name; do
		wait "${load_pid[$name]}"
		ran[$name]=$(value run_us <"$work/$name")
		echo "# $name ran ${ran[$name]} us, gpu.stat: $(tr '\n' ' ' <"$(of "$name" gpu.stat)")"
	done
}

# within VALUE LEAST MOST
within() {
	test "$1" -ge "$2" -a "$1" -le "$3"
}

# about VALUE WANTED: within a tenth.
about() {
	within "$1" $(($2 * 9 / 10)) $(($2 * 11 / 10))
}

refuses() {
	! printf '%s\n' "$1" 2>/dev/null >"$2"
}

container one 1 256M
container two 1 256M

# --- files ------------------------------------------------------------------------------

is time:weight_at_first "$(cat "$(of one gpu.weight)")" 100
is time:max_at_first "$(cat "$(of one gpu.max)")" 'max 100000'
is time:latency_at_first "$(cat "$(of one gpu.latency)")" 0
is time:pressure_at_first "$(head -n 1 "$(of one gpu.pressure)")" \
	'some avg10=0.00 avg60=0.00 avg300=0.00 total=0'
for bad in 0 10001 -1 x ''; do
	ok "time:weight_is_not_${bad:-empty}" refuses "$bad" "$(of one gpu.weight)"
done
for bad in 0 999 '1000 999' '5000 2000000' '1000 1000 1' max1 -5 ''; do
	ok "time:max_is_not_${bad:-empty}" refuses "$bad" "$(of one gpu.max)"
done
for bad in 2 -1 yes; do
	ok "time:latency_is_not_$bad" refuses "$bad" "$(of one gpu.latency)"
done
for bad in 'some 1' 'most 1000 1000000' 'some 2000000 1000000' 'some 1 1' \
	'full 1000 99000000000' 'some 18446744073709551615 18446744073709551615'; do
	ok "time:trigger_is_not_${bad// /_}" refuses "$bad" "$(of one gpu.pressure)"
done
is time:nothing_has_changed "$(cat "$(of one gpu.weight)" "$(of one gpu.max)")" \
	"$(printf '100\nmax 100000')"
echo 25000 >"$(of one gpu.max)"
is time:period_stays "$(cat "$(of one gpu.max)")" '25000 100000'
echo max >"$(of one gpu.max)"
echo 300 >"$sys/${id[two]}/gpu.weight"
is time:weight_is_set_on_all "$(cat "$(of two gpu.weight)")" 300
ok time:no_container_sets_its_own inside one sh -c "! echo 1000 2>/dev/null >$(of one gpu.weight)"

# --- shares -----------------------------------------------------------------------------

busy one 6
busy two 6
finished one two
ok time:weights_are_shares about $((ran[two] * 100 / (ran[one] + 1))) 300
ok time:usage_is_told about "$(time_of one usage_usec)" "${ran[one]}"
ok time:nothing_is_lost test $((ran[one] + ran[two])) -gt 5500000
ok time:waiting_is_told test "$(sed -n 's/^full.*total=//p' "$(of one gpu.pressure)")" -gt 3000000
is time:no_queue_is_left "$(grep -c 'handle' $runlists)" 0

# One of two alone has it all.
busy one 2
finished one
ok time:alone_is_whole test "${ran[one]}" -gt 1800000

# In a hierarchy: what is below two shares its 300, beside one's 100.
container two/a 1 256M
container two/b 1 256M
busy one 6
busy two/a 6
mkdir -p "$work/two"
busy two/b 6
finished one two/a two/b
ok time:below_it_is_shared about $((ran[two/a] * 100 / (ran[two/b] + 1))) 100
ok time:it_has_its_share about $(((ran[two/a] + ran[two/b]) * 100 / (ran[one] + 1))) 300
remove two/a two/b

# --- caps -------------------------------------------------------------------------------

echo '25000 100000' >"$(of one gpu.max)"
busy one 5
finished one
ok time:cap_holds_alone within "${ran[one]}" 1000000 1350000
ok time:throttling_is_told test "$(time_of one nr_throttled)" -gt 20
busy one 4
busy two 4
finished one two
ok time:cap_holds_beside within "${ran[one]}" 700000 1100000
ok time:others_get_the_rest test "${ran[two]}" -gt 2700000
echo max >"$(of one gpu.max)"

# --- the latency class ------------------------------------------------------------------

busy two 5 --kernel-us=500
busy one 5 --kernel-us=2000 --idle-us=40000
finished one two
before=$(value p50_us <"$work/one")
echo 1 >"$(of one gpu.latency)"
busy two 5 --kernel-us=500
busy one 5 --kernel-us=2000 --idle-us=40000
finished one two
after=$(value p50_us <"$work/one")
echo "# p50 of 2000 us: $before us, in the latency class $after us"
ok time:latency_class_is_faster test "$after" -lt "$before"
echo 0 >"$(of one gpu.latency)"

# --- frozen with its cgroup ---------------------------------------------------------------

hold frozen "$work/frozen" enter one rmload 60 --kernel-us=2000
echo 1 >"$cgroups/one/cgroup.freeze"
sleep 0.5
is time:paused_is_told "$(time_of one paused)" 1
used=$(time_of one usage_usec)
busy two 2
finished two
is time:frozen_does_not_run "$(time_of one usage_usec)" "$used"
ok time:frozen_costs_nobody test "${ran[two]}" -gt 1800000
echo 0 >"$cgroups/one/cgroup.freeze"
sleep 1
ok time:thawed_runs test "$(time_of one usage_usec)" -gt $((used + 300000))
kill -TERM "${tap_held_pid[frozen]}"
wait "${tap_held_pid[frozen]}"
is time:no_work_was_lost "$(value ended <"$work/frozen")" all

# --- alone ------------------------------------------------------------------------------

# GHOSTNV_LIMIT_GPU_EXCLUSIVE is 12.

gnvctl set "${id[two]}" 12 0 1 >/dev/null
busy one 2
busy two 2
finished one two
ok time:exclusive_has_it_all test "${ran[two]}" -gt 1800000
ok time:exclusive_leaves_none test "${ran[one]}" -lt 100000
is time:exclusive_is_one "$(gnvctl set "${id[one]}" 12 0 1 2>&1 | value error)" EBUSY
gnvctl set "${id[two]}" 12 0 0 >/dev/null

# --- faults of others ---------------------------------------------------------------------

echo 100 >"$(of two gpu.weight)"
busy one 5
for ((i = 0; i < 3; i++)); do
	inside two rmqueue fault >"$work/fault"
	is "time:faults_are_found_$i" "$(grep -c '=no' "$work/fault")" 0
done
finished one
ok time:faults_cost_nobody test "${ran[one]}" -gt 4000000
hold endless "$work/endless" enter two rmqueue endless --hold
busy one 4
finished one
ok time:endless_leaves_the_share about "${ran[one]}" 2000000
kill_held endless
ok time:killed_leaves_nothing empty two
is time:killed_leaves_no_queue "$(grep -c 'handle' $runlists)" 0

# --- without the bridge --------------------------------------------------------------------

rmmod ghostnv_rm
ok time:says_so_without_the_bridge sh -c "LC_ALL=C cat $(of one gpu.stat) 2>&1 | grep -q 'not supported'"
ok time:takes_nothing_without_it refuses 200 "$(of one gpu.weight)"
load ghostnv-rm
is time:is_back_with_it "$(cat "$(of two gpu.weight)")" 100

remove two one
tap_end
