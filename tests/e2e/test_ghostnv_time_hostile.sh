#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Containers that want the engine although another one has it alone, or want others to pay
# for it, and values that are none.
#
# On the kernels of test_rm_queue.sh, which says why.
#
# kernels: 6.1 uml

set -u
. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/ghostnv.sh"
. "$(dirname "$0")/lib/loads.sh"

# GHOSTNV_LIMIT_GPU_EXCLUSIVE is 12.
exclusive() {
	gnvctl set "${id[two]}" 12 0 "$1" >/dev/null
}

# runs SECONDS: what each container uses in that time is in ran[NAME], in us.
runs() {
	local name
	local -A before

	for name in "${!id[@]}"; do
		before[$name]=$(time_of "$name" usage_usec)
	done
	sleep "$1"
	for name in "${!id[@]}"; do
		ran[$name]=$(($(time_of "$name" usage_usec) - before[$name]))
	done
}

container one 1 256M
container two 1 256M

# --- numbers that wrap round ------------------------------------------------------------

max=$containers/${id[one]}/gpu.max
for bad in '25000 x' '25000 4295067296' '4294992296 100000' '4294967295 4294967295'; do
	ok "time_hostile:max_is_not_${bad// /_}" sh -c "! echo '$bad' 2>/dev/null >$max"
done
is time_hostile:max_has_not_changed "$(cat "$max")" 'max 100000'

# --- another one has it alone -----------------------------------------------------------

for what in wait again stuck fresh; do
	if ! hold "$what" "$work/$what" enter one hostile_time "$what"; then
		status=0
		release "$what" || status=$?
		if [ $status -eq 77 ]; then
			skip "time_hostile:$what" 'this kernel has no userfaultfd'
		else
			is "time_hostile:${what}_begins" "$status" 0
		fi
		continue
	fi
	sleep 0.5
	ok "time_hostile:${what}_ran" test "$(time_of one usage_usec)" -gt 0
	exclusive 1
	sleep 0.3
	echo go >&"${tap_held_fd[$what]}"
	began=${EPOCHREALTIME/./}
	sleep 0.2
	runs 2
	echo "# $what ran ${ran[one]} us of 2 s"
	ok "time_hostile:${what}_does_not_run" test "${ran[one]}" -lt 100000
	if [ $what = fresh ]; then
		# Ten in a second at most are let on for a moment.
		made=$(grep -c '^on=1' "$work/$what") ms=$(((${EPOCHREALTIME/./} - began) / 1000))
		echo "# $made channels in $ms ms"
		ok time_hostile:fresh_ones_come test "$made" -gt 5
		ok time_hostile:fresh_ones_wait test "$made" -lt $((ms / 100 + 10))
	fi
	exclusive 0
	kill_held "$what"
	ok "time_hostile:${what}_leaves_nothing" empty one
done

# --- many wait for the runlist while their cgroup is to stand still -----------------------

echo 1G >"$containers/${id[one]}/vram.max"
ok time_hostile:crowd_begins hold crowd "$work/crowd" enter one hostile_time crowd
exclusive 1
sleep 0.3
echo go >&"${tap_held_fd[crowd]}"
sleep 0.3
began=${EPOCHREALTIME/./}
echo 1 >"$cgroups/one/cgroup.freeze"
ok time_hostile:crowd_stands_still becomes one frozen 1
us=$((${EPOCHREALTIME/./} - began))
echo "# after $us us"
# They are let on one after the other, ten in a second at most.
ok time_hostile:crowd_is_not_waited_for test "$us" -lt 3000000
ok time_hostile:crowd_was_waiting test "$(grep -o on= "$work/crowd" | wc -l)" -lt 50
echo 0 >"$cgroups/one/cgroup.freeze"
exclusive 0
for ((i = 0; i < 200; i++)); do
	[ "$(grep -o on=1 "$work/crowd" | wc -l)" -lt 60 ] || break
	sleep 0.05
done
is time_hostile:crowd_goes_on "$(grep -o on=1 "$work/crowd" | wc -l)" 60
kill_held crowd
ok time_hostile:crowd_leaves_nothing empty one
echo 256M >"$containers/${id[one]}/vram.max"

# --- the number of a process that has ended -----------------------------------------------

# A process that has ended left its queue to one, or its client; its number comes to one
# of two. Whoever makes processes for long enough gets it; root may ask for it.
container three 1 256M

# leaves WHAT: pid is the number then.
leaves() {
	ok "time_hostile:$1_begins" hold "$1" "$work/$1" enter one hostile_time "$1"
	until pid=$(value pid <"$work/$1") && [ -n "$pid" ]; do
		sleep 0.05
	done
}

# two_has_it WHAT: two does so, as that process.
two_has_it() {
	ok "time_hostile:number_comes_round_to_$1" hold "$1" "$work/$1" \
		enter two hostile_time as "$pid" hostile_time "$1"
}

leaves orphan
runs 1
ok time_hostile:pays_for_what_was_left test "${ran[one]}" -gt 500000
two_has_it idle
sleep 0.2
runs 2
echo "# who keeps queues of an ended process used ${ran[one]} us, who has its number ${ran[two]} us"
ok time_hostile:what_was_left_has_ended test "${ran[one]}" -lt 100000
ok time_hostile:pays_for_no_other test "${ran[two]}" -lt 100000
release orphan
release idle
ok time_hostile:orphan_leaves_nothing empty one
ok time_hostile:idle_leaves_nothing empty two

echo '10000 100000' >"$(of two gpu.max)"
leaves left
two_has_it wait
sleep 0.2
(together 2 three && echo "ran=${ran[three]}") >"$work/three" &
runs 2
wait $!
cat "$work/three"
echo "# with a number that another one keeps ${ran[two]} us of 2 s, of which 10 % are allowed; that one ${ran[one]}"
ok time_hostile:pays_with_a_number_that_is_kept test "${ran[two]}" -gt 100000
ok time_hostile:has_its_cap_with_it test "${ran[two]}" -lt 400000
ok time_hostile:costs_no_third_one test "$(value ran <"$work/three")" -gt 1500000
ok time_hostile:nobody_pays_for_it test "${ran[one]}" -lt 100000
kill_held wait
release left
echo max >"$(of two gpu.max)"

leaves late
two_has_it idle
echo go >&"${tap_held_fd[late]}"
until made=$(value made <"$work/late") && [ -n "$made" ]; do
	sleep 0.05
done
is time_hostile:makes_no_queue_with_anothers_number "$made" no
release late
release idle
ok time_hostile:late_leaves_nothing empty one
remove three
unset 'id[three]'

# --- without the bridge nobody is held off, and with it again -------------------------

hold load "$work/load" enter one rmload 5
exclusive 1
sleep 0.3
rmmod ghostnv_rm
kill -USR1 "${tap_held_pid[load]}"
sleep 1
load ghostnv-rm
sleep 0.5
runs 1
echo "# ${ran[one]} us of 1 s"
ok time_hostile:bridge_holds_off_again test "${ran[one]}" -lt 100000
# What it counts is over then, and the rest can end.
sleep 3
exclusive 0
ok time_hostile:load_ends release load
is time_hostile:all_ended "$(value ended <"$work/load")" all
echo "# $(tr '\n' ' ' <"$work/load")"
ok time_hostile:ran_without_the_bridge test "$(value run_us <"$work/load")" -gt 300000
ok time_hostile:leaves_nothing empty one

remove one two

# --- a channel that the driver will not hear of ---------------------------------------------

reload "${sim_args[@]}" picky=1
container one 1 256M
container two 1 256M
echo '20000 100000' >"$(of one gpu.max)"
ok time_hostile:unused_begins hold unused "$work/unused" enter one hostile_time unused
sleep 0.5
runs 3
echo "# with a channel that cannot be stopped ${ran[one]} us of 3 s, of which 20 % are allowed"
ok time_hostile:unused_is_no_way_out test "${ran[one]}" -lt 900000
ok time_hostile:unused_keeps_the_rest test "${ran[one]}" -gt 300000
release unused
ok time_hostile:unused_leaves_nothing empty one
echo max >"$(of one gpu.max)"
ok time_hostile:group_begins hold group "$work/group" enter one hostile_time group
exclusive 1
sleep 0.3
spent=$(time_of one usage_usec)
echo go >&"${tap_held_fd[group]}"
until grep -q on=1 "$work/group"; do
	sleep 0.05
done
sleep 0.7
spent=$(($(time_of one usage_usec) - spent))
echo "# put on the runlist by its group, $spent us"
ok time_hostile:group_does_not_run test "$spent" -lt 200000
exclusive 0
kill_held group
ok time_hostile:group_leaves_nothing empty one
remove one two
reload "${sim_args[@]}"
tap_end
