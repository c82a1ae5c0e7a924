#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What becomes of an allocation for which there is no room: each policy, the events
# of it by poll and inotify, the report; and what waits when others die, limits
# change, the waiter is killed, or the module goes.

set -u
. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/ghostnv.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sys=/sys/kernel/ghostnv/containers

# put NAME FILE VALUE
put() {
	echo "$3" >"$sys/${id[$1]}/$2"
}

# event NAME KEY
event() {
	sed -n "s/^$2 //p" "$sys/${id[$1]}/vram.events"
}

# start NAME CONTAINER SIZE: an allocation in the background; its pid is in $!. It
# keeps no end of a pipe that tells a held program to go on.
start() {
	{
		for fd in "${tap_held_fd[@]}"; do
			exec {fd}>&-
		done
		enter "$2" rmclient alloc "$3"
	} >"$work/$1" &
}

# waiting NAME N: as many allocations of it have begun to wait, or will soon.
waiting() {
	gnvctl await "${id[$1]}" events_wait least "$2"
}

container p 1 256M
container p/a 1 max
container p/b 1 max
container p/c 1 max

# --- the files ----------------------------------------------------------------

is limits_oom:default "$(cd "$sys/${id[p]}" && cat oom.policy oom.priority oom.wait_ms |
	tr '\n' ' ')" 'fail 0 10000 '
ok limits_oom:bad_policy sh -c "! echo perhaps >$sys/${id[p]}/oom.policy"
ok limits_oom:bad_priority sh -c "! echo 1001 >$sys/${id[p]}/oom.priority"
ok limits_oom:bad_time sh -c "! echo 0 >$sys/${id[p]}/oom.wait_ms"
is limits_oom:no_report "$(cat "$sys/${id[p]}/oom.report")" ''
ok limits_oom:nobody_reads_reports sh -c \
	"! setpriv --reuid 65534 cat $sys/${id[p]}/oom.report"

# --- fail ---------------------------------------------------------------------

for how in poll inotify; do
	hold watcher "$work/$how" watchfile "$how" "$sys/${id[p]}/vram.events"
	is "limits_oom:fails_for_$how" "$(inside p/a rmclient alloc 512M | value status)" 0x51
	ok "limits_oom:${how}_wakes" release watcher
	is "limits_oom:${how}_reads_what_is_new" "$(sed -n 's/^max //p' "$work/$how")" \
		"$(event p max)"
done
is limits_oom:counts_in_the_parent "$(event p oom) $(event p/a oom) $(event p/b oom)" '2 2 0'

# --- wait ---------------------------------------------------------------------

put p/a oom.policy wait
put p/a oom.wait_ms 300
hold hog "$work/hog" enter p/b rmclient --chunk=16M --max=192M --hold fill
is limits_oom:waits_no_longer_than_told "$(inside p/a rmclient alloc 64M | value status)" 0x51
is limits_oom:wait_is_counted "$(event p/a wait) $(event p/a oom)" '1 3'

put p/a oom.wait_ms 60000
start waiter p/a 64M
waiter=$!
waiting p/a 2
release hog
wait $waiter
is limits_oom:wakes_when_memory_is_given_back "$(value status <"$work/waiter")" 0x0

hold hog "$work/hog" enter p/b rmclient --chunk=16M --max=192M --hold fill
start waiter p/a 64M
waiter=$!
waiting p/a 3
kill_held hog
wait $waiter
is limits_oom:wakes_when_the_neighbour_dies "$(value status <"$work/waiter")" 0x0

hold hog "$work/hog" enter p/b rmclient --chunk=16M --max=192M --hold fill
start waiter p/a 64M
waiter=$!
waiting p/a 4
put p vram.max 512M
wait $waiter
is limits_oom:wakes_when_the_limit_grows "$(value status <"$work/waiter")" 0x0
put p vram.max 256M

start waiter p/a 64M
waiter=$!
waiting p/a 5
kill -KILL $waiter
wait $waiter 2>/dev/null
ok limits_oom:waiter_can_be_killed empty p/a
is limits_oom:killed_waiter_leaves_the_rest "$(stat_of p current)" $((192 * MiB + overhead))

# Another thread frees with the very client on which the first one waits.
hold threads "$work/threads" enter p/a rmclient --chunk=24M waitfree
waiting p/a 6
ok limits_oom:waiter_holds_nothing_that_who_frees_needs release threads
is limits_oom:thread_frees_while_the_other_waits "$(value freed <"$work/threads")" 0x0

# First come, first served: the later one is smaller, and has to wait behind.
put p/c oom.policy wait
put p/c oom.wait_ms 60000
before=$(event p/a wait)
start large p/a 128M
large=$!
waiting p/a $((before + 1))
start small p/c 16M
small=$!
waiting p/c 1
release hog
wait $large $small
is limits_oom:both_are_served "$(value status <"$work/large") $(value status <"$work/small")" \
	'0x0 0x0'
ok limits_oom:waiters_leave_nothing empty p

# --- evict --------------------------------------------------------------------

put p/a oom.policy evict
put p/a oom.priority 10
put p/a oom.wait_ms 500
put p/b oom.priority 5
put p/c oom.policy fail
hold medium "$work/medium" enter p/b rmclient --chunk=16M --max=64M --hold fill
hold lowest "$work/lowest" enter p/c rmclient --chunk=16M --max=96M --hold fill
hold reader "$work/reader" gnvctl events "${id[p]}" 14
is limits_oom:evicts "$(inside p/a rmclient alloc 64M | value status)" 0x0
release reader
is limits_oom:evicts_the_lowest "$(event p/c evict) $(event p/b evict)" '1 0'
is limits_oom:asks_before_it_takes "$(grep -Eo 'event=(evict|oom_kill) id=[0-9]+' \
	"$work/reader" | tr '\n' ' ')" \
	"event=evict id=${id[p/c]} event=oom_kill id=${id[p/c]} "
is limits_oom:others_are_left_alone "$(stat_of p/b current)" $((64 * MiB + overhead))
release lowest
is limits_oom:the_lowest_was_killed $? 137
is limits_oom:evict_reports "$(sed -n 's/^holder \([0-9]*\) .*victim$/\1/p' \
	"$sys/${id[p/a]}/oom.report")" "${id[p/c]}"

# Who makes room in time is not killed.
put p/a oom.wait_ms 30000
hold lowest "$work/lowest" enter p/c rmclient --chunk=16M --max=96M --hold fill
start asker p/a 64M
asker=$!
gnvctl await "${id[p/c]}" events_evict least 2
release lowest
is limits_oom:who_makes_room_ends_well $? 0
wait $asker
is limits_oom:who_asked_has_it "$(value status <"$work/asker")" 0x0
# Equals and those above are nobody's to evict.
put p/b oom.priority 10
put p/a oom.wait_ms 100
is limits_oom:equals_are_safe "$(inside p/a rmclient alloc 192M | value status)" 0x51
put p/b oom.priority 0
put p/b vram.low 128M
is limits_oom:a_guarantee_is_safe "$(inside p/a rmclient alloc 144M | value status)" 0x51
is limits_oom:nobody_was_asked "$(event p/b evict)" 0
put p/b vram.low 0
release medium

# --- kill ---------------------------------------------------------------------

put p oom.policy kill
put p/a oom.policy kill
put p/b oom.policy fail
hold large "$work/large" enter p/b rmclient --chunk=16M --max=128M --hold fill
hold small "$work/small" enter p/c rmclient --chunk=16M --max=32M --hold fill
is limits_oom:kills "$(inside p/a rmclient alloc 64M | value status)" 0x0
release large
is limits_oom:kills_the_largest $? 137
release small
is limits_oom:spares_the_small $? 0
report=$sys/${id[p]}/oom.report
is limits_oom:report_names_who_asked "$(grep -c "^asked $((64 * MiB)) gpu 0 container ${id[p/a]} pid [1-9]" \
	"$report")" 1
is limits_oom:report_names_the_limit "$(grep '^full' "$report")" "full total container ${id[p]}"
is limits_oom:report_names_the_victim "$(grep "^holder ${id[p/b]} " "$report")" \
	"holder ${id[p/b]} bytes $((128 * MiB + overhead)) priority 0 pids ${tap_held_pid[large]} victim"
is limits_oom:report_names_the_others "$(grep "^holder ${id[p/c]} " "$report")" \
	"holder ${id[p/c]} bytes $((32 * MiB + overhead)) priority 0 pids ${tap_held_pid[small]}"
is limits_oom:kill_is_counted "$(event p oom_kill) $(event p/b oom_kill)" '2 1'
# A container that says `kill` reaches nobody beside it.
put p oom.policy fail
hold large "$work/large" enter p/b rmclient --chunk=16M --max=192M --hold fill
is limits_oom:kills_nobody_beside_it "$(inside p/a rmclient alloc 64M | value status)" ''
ok limits_oom:who_was_beside_lives release large
ok limits_oom:kill_leaves_nothing empty p

# --- the module goes ----------------------------------------------------------

put p/a oom.policy wait
put p/a oom.wait_ms 60000
hold hog "$work/hog" enter p/b rmclient --chunk=16M --max=192M --hold fill
before=$(event p/a wait)
start waiter p/a 64M
waiter=$!
waiting p/a $((before + 1))
rmmod ghostnv_rm
ok limits_oom:module_goes_while_somebody_waits timeout 30 rmmod ghostnv
wait $waiter
is limits_oom:waiter_gets_an_answer "$(value status <"$work/waiter")" 0x51
release hog
unpopulated p
remove p/a p/b p/c p
ok limits_oom:everything_can_be_loaded_again reload "${sim_args[@]}"

tap_end
