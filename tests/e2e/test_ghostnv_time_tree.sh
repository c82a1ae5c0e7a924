#!/bin/bash
# SPDX-License-Identifier: MIT
#
# GPU time where the tree of containers changes: they come between others, go while they
# have the engine alone, and processes move. And bursts.
#
# On the kernels of test_rm_queue.sh, which says why.
#
# kernels: 6.1 uml
# timeout: 300

set -u
. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/ghostnv.sh"
. "$(dirname "$0")/lib/loads.sh"

# GHOSTNV_LIMIT_GPU_EXCLUSIVE is 12.
exclusive() {
	gnvctl set "${id[$1]}" 12 0 "$2" >/dev/null
}

# share NAME: what it ran, in percent of the time.
share() {
	echo $((ran[$1] * 100 / span[$1]))
}

# within VALUE LEAST MOST
within() {
	test "$1" -ge "$2" -a "$1" -le "$3"
}

mkdir -p "$cgroups/one/a" "$cgroups/two/a"
container one/a 1 64M
container two/a 1 64M

# --- a container comes between another one and its parent ---------------------------------

together 1 one/a -- two/a
exclusive one/a 1
container one 1 128M
container two 1 128M
container new 1 64M
together 2 one/a -- two/a -- one -- new
ok time_tree:is_still_alone within "$(share one/a)" 80 101
is time_tree:all_others_are_held_off "$(share two/a) $(share one) $(share new)" '0 0 0'
exclusive one/a 0
echo '20000 100000' >"$(of one gpu.max)"
echo 300 >"$(of two gpu.weight)"
together 4 one/a -- two/a -- new
ok time_tree:cap_of_the_new_one_holds_below within "$(share one/a)" 12 26
ok time_tree:weight_of_the_new_one_counts_below within "$((ran[two/a] * 100 / (ran[new] + 1)))" 200 400

# --- who is alone goes --------------------------------------------------------------------

exclusive new 1
together 1 two/a
is time_tree:held_off_again "$(share two/a)" 0
remove new
together 2 two/a
ok time_tree:nobody_is_alone_any_more within "$(share two/a)" 80 101

# --- a process moves ------------------------------------------------------------------------

hold load "$work/load" enter one/a rmload 60
echo "${tap_held_pid[load]}" >"$cgroups/two/a/cgroup.procs"
sleep 0.3
began=${EPOCHREALTIME/./} before=$(time_of one usage_usec)
sleep 2
us=$((${EPOCHREALTIME/./} - began)) spent=$(($(time_of one usage_usec) - before))
echo "# moved: $spent of $us us"
ok time_tree:what_it_has_stays_capped within $((spent * 100 / us)) 12 28
echo 1 >"$cgroups/one/cgroup.freeze"
sleep 0.3
before=$(time_of one usage_usec)
sleep 0.5
is time_tree:and_stands_still_with_that_cgroup "$(time_of one usage_usec)" "$before"
echo 0 >"$cgroups/one/cgroup.freeze"
kill -TERM "${tap_held_pid[load]}"
wait "${tap_held_pid[load]}"
is time_tree:all_of_it_ended "$(value ended <"$work/load")" all
remove one/a two/a two

# --- bursts ---------------------------------------------------------------------------------

# What they do is proven in virtual time. GHOSTNV_LIMIT_GPU_BURST is 10.
for burst in 5000 20000; do
	gnvctl set "${id[one]}" 10 0 $burst >/dev/null
	is "time_tree:burst_of_$burst" "$(gnvctl get "${id[one]}" 10 0 | value value)" $burst
done
is time_tree:no_burst_above_the_quota "$(gnvctl set "${id[one]}" 10 0 20001 | value error)" EINVAL
echo '10000 100000' >"$(of one gpu.max)"
is time_tree:burst_goes_down_with_the_quota "$(gnvctl get "${id[one]}" 10 0 | value value)" 10000
remove one
tap_end
