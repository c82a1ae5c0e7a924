#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Programs that go for the memory from which the driver reads their arguments, or
# change these between two reads.

set -u
. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/ghostnv.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

load_anew() {
	rmmod ghostnv_rm && rmmod ghostnv && load ghostnv "$@" && load ghostnv-rm
}

free_bytes() {
	rmclient info | value gpu0.fb_free
}
free_at_first=$(free_bytes)
whole_kib=$(($(rmclient info | value gpu0.fb_total) >> 10))

container one 1 256M
container two 1 256M

# --- nobody writes to it ------------------------------------------------------

inside one hostile_frame probe >"$work/probe"
for key in found works; do
	is "ghostnv_frame:${key}" "$(value $key <"$work/probe")" yes
done
for key in write read_into memory debugger protect protect_part unmap_part map_over_part \
	move copy drop keep_in_children remap write_after_all child; do
	is "ghostnv_frame:nobody_gets_there_by_$key" "$(value $key <"$work/probe")" no
done

# --- nobody takes it away -----------------------------------------------------

# taken_away NAME CAN: whether a program can take its frame away between two calls.
taken_away() {
	local key

	inside one hostile_frame take >"$work/take"
	for key in unmap map_over move_over attach_over; do
		is "ghostnv_frame:${1}_by_$key" "$(value $key <"$work/take")" "$2"
	done
	if [ -n "$(value heap_was_said <"$work/take")" ]; then
		is "ghostnv_frame:${1}_by_give_up_as_heap" \
			"$(value give_up_as_heap <"$work/take")" "$2"
	else
		skip "ghostnv_frame:${1}_by_give_up_as_heap" "no CONFIG_CHECKPOINT_RESTORE"
	fi
	is "ghostnv_frame:${1}_works_after_each" \
		"$(grep -c '^found=yes' "$work/take") $(grep -c '^works=yes' "$work/take")" "5 5"
}

# What can keep it there, does.
kind=none
[ ! -e /sys/kernel/debug/kprobes/enabled ] || kind=kprobe
[ "$(printf '6.10\n%s\n' "$(uname -r)" | sort -V | head -n 1)" != 6.10 ] || kind=kernel
is ghostnv_frame:it_is_kept_in_place "$(cat /sys/kernel/ghostnv/frame.seal)" $kind
[ $kind = none ] || taken_away nobody_takes_it_away no

# What cannot be kept is not served, but by an administrator's will.
if [ $kind = none ]; then
	remove one two
	ok ghostnv_frame:module_that_is_to_keep_them_loads load_anew seal_frames=Y
	is ghostnv_frame:nothing_keeps_them "$(cat /sys/kernel/ghostnv/reason)" \
		'nothing keeps frames in place (seal_frames=N: does without): limited containers are refused'
	container one 1 256M
	is ghostnv_frame:limited_containers_are_refused \
		"$(inside one rmclient alloc 32M | value status)" errno=EOPNOTSUPP
	ok ghostnv_frame:others_are_served rmclient alloc 32M
	remove one
	ok ghostnv_frame:module_that_does_without_loads load_anew
	container one 1 256M
	container two 1 256M
fi

inside one hostile_frame view $whole_kib >"$work/view"
is ghostnv_frame:view_has_a_frame "$(value found <"$work/view")" yes
is ghostnv_frame:whole_card_is_not_left_in_it "$(value told <"$work/view")" no

inside one hostile_frame aim >"$work/aim"
is ghostnv_frame:parameters_in_it_are_refused "$(value params <"$work/aim")" errno=EFAULT
is ghostnv_frame:memory_of_it_is_not_for_a_gpu "$(value descriptor <"$work/aim")" errno=EFAULT
ok ghostnv_frame:probes_leave_nothing empty one

# --- arguments that change ----------------------------------------------------

# traps NAME: whether the kernel has what the trick takes; skips NAME otherwise.
traps() {
	[ "$trick" != 77 ] || skip "ghostnv_frame:$1" "no userfaultfd in this kernel"
	[ "$trick" != 77 ]
}

inside one hostile_frame size >"$work/size"
trick=$?
if traps size_that_changes_is_the_one_that_was_judged; then
	is ghostnv_frame:size_that_changes_is_the_one_that_was_judged \
		"$(value status <"$work/size") $(value bytes <"$work/size")" "0x0 65536"
fi

if [ $trick != 77 ]; then
	hold map "$work/map" enter one hostile_frame map
	is ghostnv_frame:map_that_changes_works "$(value status <"$work/map")" 0x0
	lost=$((free_at_first - $(free_bytes)))
	charged=$(($(stat_of one current) - overhead))
	is ghostnv_frame:map_that_changes_keeps_no_more_than_is_charged \
		"$((lost <= charged))" 1
	release map
fi
ok ghostnv_frame:changes_leave_nothing empty one

# --- a call that waits for its caller's memory ---------------------------------

inside one hostile_frame wait >"$work/wait"
trick=$?
if traps who_waits_for_a_call_can_be_killed; then
	is ghostnv_frame:who_waits_for_a_call_can_be_killed \
		"$(value waits <"$work/wait") $(value killed <"$work/wait")" 'yes yes'
	is ghostnv_frame:the_call_goes_on "$(value freed <"$work/wait")" 0x0
fi
ok ghostnv_frame:waiting_leaves_nothing empty one

# --- without the module -------------------------------------------------------

hold sleeper "$work/sleeper" enter one rmclient alloc 32M --hold
pid=${tap_held_pid[sleeper]}
is ghostnv_frame:frame_is_there "$(grep -c '\[ghostnv\]' "/proc/$pid/maps")" 1
rmmod ghostnv_rm && rmmod ghostnv
is ghostnv_frame:frame_goes_with_the_module "$(grep -c '\[ghostnv\]' "/proc/$pid/maps")" 0
ok ghostnv_frame:program_goes_on release sleeper
ok ghostnv_frame:module_comes_back eval 'load ghostnv && load ghostnv-rm'
remove one two

# --- taken away in a call -----------------------------------------------------

if [ $kind != none ]; then
	container one 1 256M
	inside one hostile_frame tear >"$work/tear" 2>&1
	trick=$?
	if traps it_stays_in_a_call; then
		is ghostnv_frame:it_stays_in_a_call \
			"$trick $(value sealed <"$work/tear") $(value status <"$work/tear")" "0 1 0x0"
	fi
	inside one hostile_frame hammer >"$work/hammer"
	is ghostnv_frame:it_stays_under_the_hammer \
		"$(value killed <"$work/hammer") $(value failed <"$work/hammer")" "0 0"
	ok ghostnv_frame:it_stays_and_leaves_nothing empty one
	remove one
fi

# Where a kprobe keeps it in place, without that.
[ $kind != kprobe ] || ok ghostnv_frame:module_without_the_kprobe load_anew seal_frames=N
container one 1 256M
container two 1 256M
if [ $kind != kernel ]; then
	is ghostnv_frame:it_is_not_kept_in_place "$(cat /sys/kernel/ghostnv/frame.seal)" none
	taken_away it_is_taken_away yes
fi
hold bystander "$work/bystander" enter two rmclient alloc 32M --hold
before=$(stat_of two current)
inside one hostile_frame tear >"$work/tear" 2>&1
trick=$?
if ! traps torn_frame_ends_its_process; then
	:
elif [ $kind = kernel ]; then
	skip ghostnv_frame:torn_frame_ends_its_process "this kernel keeps it in place"
else
	is ghostnv_frame:torn_frame_ends_its_process "$trick" 137
	timeout 60 tail -n +1 -f -s 0.05 "$work/tear" 2>/dev/null | grep -q -m 1 '^child='
	is ghostnv_frame:torn_frame_ends_its_files "$(value child <"$work/tear")" errno=EPERM
	ok ghostnv_frame:torn_frame_leaves_nothing empty one
	is ghostnv_frame:torn_frame_leaves_the_card \
		"$((free_at_first - $(free_bytes)))" $((32 * MiB))
fi
is ghostnv_frame:neighbour_keeps_what_it_has "$(stat_of two current)" "$before"
release bystander
ok ghostnv_frame:neighbour_leaves_nothing empty two
is ghostnv_frame:card_is_as_it_was "$(free_bytes)" "$free_at_first"
remove one two
[ $kind != kprobe ] || ok ghostnv_frame:module_with_the_kprobe load_anew

tap_end
