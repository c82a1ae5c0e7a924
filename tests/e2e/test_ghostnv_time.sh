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
. "$(dirname "$0")/lib/loads.sh"

runlists=/sys/kernel/debug/ghostnv/runlists

# A context that has nothing to do pays until it is seen.
is_told() {
	within "${used[$1]}" $((total[$1] * 97 / 100)) $((total[$1] * 106 / 100 + 250000))
}

# within VALUE LEAST MOST
within() {
	test "$1" -ge "$2" -a "$1" -le "$3"
}

# about VALUE WANTED: nearer to it than to what it would be without a policy.
about() {
	within "$1" $(($2 * 70 / 100)) $(($2 * 130 / 100))
}

# total_wait NAME: how long it had work and did not run, in us.
total_wait() {
	sed -n 's/^full.*total=//p' "$(of "$1" gpu.pressure)"
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
for bad in 0 999 '1000 999' '5000 2000000' '1000 1000 1' max1 -5 'max 999' \
	'max 1000001' 'max x' ''; do
	ok "time:max_is_not_${bad:-empty}" refuses "$bad" "$(of one gpu.max)"
done
for bad in 2 -1 yes; do
	ok "time:latency_is_not_$bad" refuses "$bad" "$(of one gpu.latency)"
done
for bad in 'some 1' 'most 1000 1000000' 'some 2000000 1000000' 'some 1 1' \
	'full 1000 99000000000' 'some 18446744073709551615 18446744073709551615' \
	'some 1000 18446744073710551616' 'some 100000 499999' 'some 0 1000000 1' 'no 0 1000000'; do
	ok "time:trigger_is_not_${bad// /_}" refuses "$bad" "$(of one gpu.pressure)"
done
is time:nothing_has_changed "$(cat "$(of one gpu.weight)" "$(of one gpu.max)")" \
	"$(printf '100\nmax 100000')"
echo 25000 >"$(of one gpu.max)"
is time:period_stays "$(cat "$(of one gpu.max)")" '25000 100000'
echo max >"$(of one gpu.max)"
echo 300 >"$containers/${id[two]}/gpu.weight"
is time:weight_is_set_on_all "$(cat "$(of two gpu.weight)")" 300
ok time:no_container_sets_its_own inside one sh -c "! echo 1000 2>/dev/null >$(of one gpu.weight)"

# --- shares -----------------------------------------------------------------------------

together 5 one -- two
ok time:weights_are_shares about $((ran[two] * 100 / (ran[one] + 1))) 300
ok time:usage_of_one_is_told is_told one
ok time:usage_of_two_is_told is_told two
ok time:nothing_is_lost test $((ran[one] + ran[two])) -gt 4300000
ok time:waiting_is_told test "$(total_wait one)" -gt 3000000
is time:no_queue_is_left "$(grep -c 'handle' $runlists)" 0

# One of two alone has it all.
together 2 one
ok time:alone_is_whole test "${ran[one]}" -gt 1600000

# In a hierarchy: what is below two shares its 300, beside one's 100.
container two/a 1 256M
container two/b 1 256M
together 5 one -- two/a -- two/b
ok time:below_it_is_shared about $((ran[two/a] * 100 / (ran[two/b] + 1))) 100
ok time:it_has_its_share about $(((ran[two/a] + ran[two/b]) * 100 / (ran[one] + 1))) 300
remove two/a two/b

# --- caps -------------------------------------------------------------------------------

echo '25000 100000' >"$(of one gpu.max)"
together 4 one
ok time:cap_holds_alone within "${ran[one]}" 700000 1200000
ok time:throttling_is_told test "$(time_of one nr_throttled)" -gt 20
together 4 one -- two
ok time:cap_holds_beside within "${ran[one]}" 700000 1200000
ok time:others_get_the_rest test "${ran[two]}" -gt 2300000
echo max >"$(of one gpu.max)"

# --- the latency class ------------------------------------------------------------------

# has_slice NAME TEST...: within some seconds its time slice, in us, is so.
has_slice() {
	local i

	for ((i = 0; i < 100; i++)); do
		test "$(awk -v c="${id[$1]}" '$1 == "container" && $2 == c {
			sub(/.*slice_us /, ""); print $1; exit }' $runlists)" "${@:2}" && return
		sleep 0.05
	done
	return 1
}

together 5 two --kernel-us=500 -- one --kernel-us=2000 --idle-us=40000
before=$(value p50_us <"${told[one]}")
echo 1 >"$(of one gpu.latency)"
has_slice two -eq 250 &
short=$!
together 5 two --kernel-us=500 -- one --kernel-us=2000 --idle-us=40000
after=$(value p50_us <"${told[one]}")
echo "# p50 of 2000 us: $before us, in the latency class $after us"
ok time:latency_class_is_faster test "$after" -lt "$before"
ok time:latency_class_shortens_slices wait $short
has_slice two -ge 1000 &
long=$!
together 3 two --kernel-us=500
ok time:slices_are_long_without_its_queues wait $long
echo 0 >"$(of one gpu.latency)"

# --- queues that do not stay ----------------------------------------------------------------

# Each run takes 60 ms of the engine, and its queue is gone before anybody looks.
before=$(time_of one usage_usec)
for ((i = 0; i < 5; i++)); do
	inside one rmqueue kernel >"$work/short"
done
sleep 0.2
ok time:queues_that_go_pay test $(($(time_of one usage_usec) - before)) -gt 250000

# --- triggers -----------------------------------------------------------------------------

echo 'some 200000 1000000' >"$(of one gpu.pressure)"
hold watcher "$work/watch" watchfile poll "$(of one gpu.pressure)"
together 2 one -- two
ok time:much_waiting_wakes_pollers release watcher
echo 'some 0 1000000' >"$(of one gpu.pressure)"
echo 'full 500000 1000000' >"$containers/${id[one]}/vram.pressure"
hold watcher "$work/watch" watchfile poll "$containers/${id[one]}/vram.pressure"
echo wait >"$containers/${id[one]}/oom.policy"
echo 3000 >"$containers/${id[one]}/oom.wait_ms"
inside one rmclient alloc 512M >/dev/null
ok time:waiting_for_memory_wakes_too release watcher
# Who waits for memory stands still with its cgroup all the same, and waits anew then.
echo 60000 >"$containers/${id[one]}/oom.wait_ms"
(inside one rmclient alloc 512M >"$work/waits") &
sleep 0.5
echo 1 >"$cgroups/one/cgroup.freeze"
ok time:who_waits_for_memory_stands_still becomes one frozen 1
echo 0 >"$cgroups/one/cgroup.freeze"
echo 1G >"$containers/${id[one]}/vram.max"
wait $!
is time:who_waited_gets_it "$(value got <"$work/waits")" $((512 * MiB))
echo 256M >"$containers/${id[one]}/vram.max"
ok time:memory_pressure_is_told test "$(sed -n 's/^full.*total=//p' "$(of one vram.pressure)")" -gt 2000000
echo fail >"$containers/${id[one]}/oom.policy"

# --- frozen with its cgroup ---------------------------------------------------------------

hold frozen "$work/frozen" enter one rmload --kernel-us=2000 60
echo 1 >"$cgroups/one/cgroup.freeze"
sleep 0.5
is time:paused_is_told "$(time_of one paused)" 1
before=$(time_of one usage_usec) waited=$(total_wait one)
together 2 two
is time:frozen_does_not_run "$(time_of one usage_usec)" "$before"
is time:frozen_does_not_wait "$(total_wait one)" "$waited"
ok time:frozen_costs_nobody test "${ran[two]}" -gt 1500000
echo 0 >"$cgroups/one/cgroup.freeze"
sleep 1
ok time:thawed_runs test "$(time_of one usage_usec)" -gt $((before + 300000))
kill -TERM "${tap_held_pid[frozen]}"
wait "${tap_held_pid[frozen]}"
is time:no_work_was_lost "$(value ended <"$work/frozen")" all

# --- alone ------------------------------------------------------------------------------

# GHOSTNV_LIMIT_GPU_EXCLUSIVE is 12.

gnvctl set "${id[two]}" 12 0 1 >/dev/null
together 2 one -- two
ok time:exclusive_has_it_all test "${ran[two]}" -gt 1500000
ok time:exclusive_leaves_none test "${ran[one]}" -lt 100000
is time:exclusive_is_one "$(gnvctl set "${id[one]}" 12 0 1 2>&1 | value error)" EBUSY
gnvctl set "${id[two]}" 12 0 0 >/dev/null

# --- faults of others ---------------------------------------------------------------------

echo 100 >"$(of two gpu.weight)"
(together 5 one && echo "ran=${ran[one]}") >"$work/beside" &
for ((i = 0; i < 3; i++)); do
	inside two rmqueue fault >"$work/fault"
	is "time:faults_are_found_$i" "$(grep -c '=no' "$work/fault")" 0
done
wait $!
cat "$work/beside"
ok time:faults_cost_nobody test "$(value ran <"$work/beside")" -gt 3300000
hold endless "$work/endless" enter two rmqueue endless --hold
together 4 one
ok time:endless_leaves_the_share test "${ran[one]}" -gt 1000000
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
