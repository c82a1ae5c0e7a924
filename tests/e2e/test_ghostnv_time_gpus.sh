#!/bin/bash
# SPDX-License-Identifier: MIT
#
# GPU time on two GPUs: each has limits, figures and triggers of its own, and all are set
# and stopped together. And what the module was loaded with, and tells of it.
#
# On the kernels of test_rm_queue.sh, which says why.
#
# kernels: 6.1 uml
# timeout: 300

set -u
. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/ghostnv.sh"
. "$(dirname "$0")/lib/loads.sh"

runlists=/sys/kernel/debug/ghostnv/runlists
tracing=/sys/kernel/tracing

# file NAME GPU FILE: of the GPU, or of all for ''.
file() {
	echo "$containers/${id[$1]}/${2:+gpu$2/}$3"
}

# figure NAME GPU KEY: of gpu.stat.
figure() {
	awk -v k="$3" '$1 == k { print $2 }' "$(file "$1" "$2" gpu.stat)"
}

# all_of NAME FILE: for all GPUs, and of each.
all_of() {
	cat "$(file "$1" '' "$2")" "$(file "$1" 0 "$2")" "$(file "$1" 1 "$2")" | paste -sd ' '
}

# waited NAME GPU: in us.
waited() {
	sed -n 's/^some.*total=//p' "$(file "$1" "$2" gpu.pressure)"
}

# loads NAME GPU...: one of each, named after both.
loads() {
	local gpu

	for gpu in "${@:2}"; do
		ok "time_gpus:$1_loads_$gpu" hold "$1$gpu" "$work/$1$gpu" enter "$1" \
			rmload --kernel-us=2000 "--gpu=$gpu" 60
	done
}

# end HELD...: all that was submitted ends.
end() {
	local name

	for name; do
		kill -TERM "${tap_held_pid[$name]}"
		wait "${tap_held_pid[$name]}"
		is "time_gpus:${name}_has_ended" "$(value ended <"$work/$name")" all
	done
}

container one 3 256M
container two 3 256M

# --- files ------------------------------------------------------------------------------

echo 300 >"$(file one '' gpu.weight)"
is time_gpus:weight_is_of_all "$(all_of one gpu.weight)" '300 300 300'
echo 50 >"$(file one 1 gpu.weight)"
is time_gpus:weight_is_of_one "$(all_of one gpu.weight)" '300 300 50'
echo '20000 100000' >"$(file one 1 gpu.max)"
is time_gpus:cap_is_of_one "$(all_of one gpu.max)" 'max 100000 max 100000 20000 100000'
echo 1 >"$(file one 1 gpu.latency)"
is time_gpus:class_is_of_one "$(all_of one gpu.latency)" '0 0 1'
echo 0 >"$(file one '' gpu.latency)"
echo 100 >"$(file one '' gpu.weight)"
is time_gpus:all_are_set_again "$(all_of one gpu.weight) $(all_of one gpu.latency)" '100 100 100 0 0 0'

# --- shares, figures --------------------------------------------------------------------

loads one 0 1
sleep 0.5
began=${EPOCHREALTIME/./}
before0=$(figure one 0 usage_usec) before1=$(figure one 1 usage_usec)
periods=$(figure one 1 nr_periods) held=$(figure one 1 throttled_usec)
sleep 3
ran0=$(($(figure one 0 usage_usec) - before0)) ran1=$(($(figure one 1 usage_usec) - before1))
periods=$(($(figure one 1 nr_periods) - periods)) held=$(($(figure one 1 throttled_usec) - held))
us=$((${EPOCHREALTIME/./} - began))
echo "# ran $ran0 and $ran1 us of $us, held for $held us in $periods periods"
ok time_gpus:no_cap_on_the_first test "$ran0" -gt $((us * 7 / 10))
ok time_gpus:cap_on_the_second test "$ran1" -gt $((us / 10)) -a "$ran1" -lt $((us * 3 / 10))
ok time_gpus:periods_are_told test "$periods" -ge $((us / 130000)) -a "$periods" -le $((us / 80000))
ok time_gpus:time_held_is_told test "$held" -gt $((us / 2)) -a "$held" -le $((us * 11 / 10))
ok time_gpus:being_stopped_is_told test "$(figure one 1 nr_preemptions)" -gt 10
is time_gpus:queues_are_told "$(figure one 0 queues) $(figure one 1 queues) $(figure one '' queues)" '2 2 4'
is time_gpus:nothing_is_held_on_the_first "$(figure one 0 nr_throttled)" 0

echo max >"$(file one 1 gpu.max)"
before0=$(waited one 0) before1=$(waited one 1)
loads two 1
sleep 1
after0=$(waited one 0) after1=$(waited one 1)
echo "# waited $((after0 - before0)) and $((after1 - before1)) us"
ok time_gpus:waits_for_one test $((after1 - before1)) -gt 300000
ok time_gpus:not_for_the_other test $((after0 - before0)) -lt 100000
ok time_gpus:most_waiting_is_of_all test "$(waited one '')" -ge "$after1"

# --- frozen -----------------------------------------------------------------------------

echo 1 >"$cgroups/one/cgroup.freeze"
sleep 0.3
is time_gpus:paused_is_told "$(figure one 0 paused) $(figure one 1 paused) $(figure two 1 paused)" '1 1 0'
is time_gpus:runlists_tell_of_it "$(awk -v c="${id[one]}" '$1 == "container" && $2 == c && / off.* paused / { n++ }
	END { print n }' $runlists)" 2
before0=$(figure one 0 usage_usec) before1=$(figure one 1 usage_usec)
sleep 1
is time_gpus:frozen_on_both "$(figure one 0 usage_usec) $(figure one 1 usage_usec)" "$before0 $before1"
echo 0 >"$cgroups/one/cgroup.freeze"
sleep 1
ok time_gpus:goes_on_on_both test "$(figure one 0 usage_usec)" -gt $((before0 + 300000)) -a \
	"$(figure one 1 usage_usec)" -gt $((before1 + 100000))
end one0

# --- triggers ---------------------------------------------------------------------------

for gpu in 1 ''; do
	echo 'some 200000 1000000' >"$(file one "$gpu" gpu.pressure)"
	ok "time_gpus:trigger_of_${gpu:-all}" hold watcher "$work/watch" watchfile poll \
		"$(file one "$gpu" gpu.pressure)"
	ok "time_gpus:wakes_pollers_of_${gpu:-all}" release watcher
	echo 'some 0 1000000' >"$(file one "$gpu" gpu.pressure)"
done
ok time_gpus:no_container_sets_triggers inside one sh -c "! echo 'some 200000 1000000' \
	2>/dev/null >$(file one 1 gpu.pressure)"

# --- tracepoints ------------------------------------------------------------------------

if [ -d $tracing/events/ghostnv ]; then
	: >$tracing/trace
	echo 1 >$tracing/events/ghostnv/gnv_switch/enable
	echo 1 >$tracing/events/ghostnv/gnv_order/enable
	echo '20000 100000' >"$(file one 1 gpu.max)"
	sleep 1
	echo 0 >$tracing/events/ghostnv/enable
	for on in 0 1; do
		ok "time_gpus:order_is_traced_$on" grep -q \
			"gnv_order: gpu=1 container=${id[one]} enabled=$on first=0 slice_us=" $tracing/trace
	done
	ok time_gpus:switch_is_traced grep -q "gnv_switch: gpu=1 pid=${tap_held_pid[one1]} context=.* loaded" \
		$tracing/trace
else
	skip time_gpus:is_traced 'this kernel has no tracing'
fi
end one1 two1
remove two one

# --- what it was loaded with --------------------------------------------------------------

ok time_gpus:loads_with_parameters eval 'unload_all && load ghostnv max_queues=4 latency_slice_us=500 &&
	load ghostnv-sim "${sim_args[@]}" && load ghostnv-rm'
container one 3 256M
container two 3 256M
is time_gpus:no_more_queues "$(inside one rmload --queues=3 1 | value status)" 0x1a
ok time_gpus:these_leave_nothing empty one
ok time_gpus:some_queues hold some "$work/some" enter one rmload --queues=2 60
is time_gpus:so_many_on_each_gpu "$(inside one rmload --gpu=1 --queues=3 1 | value status)" 0x1a
echo 1 >"$(file two 0 gpu.latency)"
ok time_gpus:of_the_class hold first "$work/first" enter two rmload 60
sleep 0.5
is time_gpus:slice_is_as_asked_for "$(awk -v c="${id[one]}" '$1 == "container" && $2 == c {
	sub(/.*slice_us /, ""); print $1; exit }' $runlists)" 500
end some first
remove two one
reload "${sim_args[@]}"
tap_end
