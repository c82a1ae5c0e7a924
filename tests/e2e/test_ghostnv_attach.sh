#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Coming and going: whichever module is first, with and without the bridge, under
# load, and with containers there. GHOSTNV_ATTACH_TURNS (10) says how often.
#
# timeout: 300

set -u
. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/ghostnv.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
gpus=$(gnvctl version | value gpus)
all=$(((1 << gpus) - 1))

flags() {
	gnvctl version | value flags
}

# The driver is noticed a moment after it has come or gone.
flags_become() {
	local i

	for ((i = 0; i < 200; i++)); do
		[ "$(flags)" != "$1" ] || return 0
		sleep 0.05
	done
	return 1
}

ok attach:unload_what_is_loaded unload_all
ok attach:nothing_of_it_is_left test ! -e /sys/kernel/ghostnv -a ! -e /dev/ghostnv

# --- order --------------------------------------------------------------------

load ghostnv
is attach:without_driver_not_attached "$(flags)" 0
is attach:without_driver_says_why "$(gnvctl version | value reason)" \
	'no NVIDIA driver is loaded'
load ghostnv-sim "${sim_args[@]}"
ok attach:driver_later_is_attached flags_become 3
is attach:without_bridge_all_is_well "$(gnvctl version | value reason)" ''
container one $all 256M
is attach:without_bridge_memory_is_given "$(inside one rmclient alloc 1M | value status)" 0x0
is attach:without_bridge_gpus_are_seen "$(inside one rmclient info | value gpus)" "$gpus"
is attach:without_bridge_unlimited_pass "$(rmclient alloc 1M | value status)" 0x0
load ghostnv-rm
is attach:with_bridge_all_is_well "$(flags) $(gnvctl version | value reason)" '7 '
is attach:with_bridge_memory_is_given "$(inside one rmclient alloc 1M | value status)" 0x0
is attach:gpus_are_there "$(gnvctl version | value gpus)" "$gpus"
ok attach:bridge_leaves rmmod ghostnv_rm
is attach:bridge_gone_memory_is_given "$(inside one rmclient alloc 1M | value status)" 0x0
ok attach:ghostnv_leaves_with_a_container rmmod ghostnv
is attach:then_nobody_is_limited "$(inside one rmclient --chunk=16M --max=512M fill |
	value bytes)" $((512 * MiB))
load ghostnv
load ghostnv-rm
is attach:driver_first_is_attached "$(flags)" 7
is attach:containers_do_not_come_back "$(gnvctl list)" ''
ok attach:driver_unloads rmmod ghostnv_rm
ok attach:driver_is_not_held rmmod ghostnv_sim
ok attach:driver_gone_is_noticed flags_become 0
is attach:gpus_are_gone_with_it "$(gnvctl version | value gpus)" 0
load ghostnv-sim "${sim_args[@]}"
load ghostnv-rm
ok attach:driver_comes_again flags_become 7
is attach:gpus_come_again "$(gnvctl version | value gpus)" "$gpus"

# --- files that were opened before, memory that is held meanwhile ---------------

rmmod ghostnv_rm
rmmod ghostnv
mkdir -p "$cgroups/one"
hold early "$work/early" enter one rmclient --chunk=16M --max=64M --hold fill
load ghostnv
load ghostnv-rm
container one $all 256M
is attach:earlier_memory_is_not_charged "$(stat_of one current)" 0
ok attach:earlier_program_ends release early
ok attach:earlier_program_leaves_nothing empty one
hold during "$work/during" enter one rmclient --chunk=16M --max=64M --hold fill
rmmod ghostnv_rm
ok attach:leaves_while_memory_is_held rmmod ghostnv
ok attach:program_ends_without_us release during
load ghostnv
load ghostnv-rm
is attach:nothing_is_charged_afterwards "$(gnvctl gpu 0 | value used)" 0

# --- under load ---------------------------------------------------------------

# Programs that do all that there is, whatever is refused meanwhile: calls, mappings,
# external ranges, files that are closed; in containers and outside. And one that
# may not be refused anything, for nobody limits it.
turns=${GHOSTNV_ATTACH_TURNS:-10}
free_bytes() {
	rmclient info | value gpu0.fb_free
}
free_at_first=$(free_bytes)
container one $all 256M
container two 1 128M
load_pids=()
for name in one two two; do
	enter $name soak --live ${#load_pids[@]} &
	load_pids+=($!)
done
soak --live ${#load_pids[@]} &
load_pids+=($!)
rmclient --chunk=4M churn 0 >"$work/churn" 2>&1 &
load_pids+=($!)
good=0
for ((i = 0; i < turns; i++)); do
	rmmod ghostnv_rm || break
	rmmod ghostnv || break
	load ghostnv || break
	load ghostnv-rm || break
	container one $all 256M || break
	container two 1 128M || break
	good=$((good + 1))
done
is attach:comes_and_goes_under_load $good "$turns"
good=0
for ((i = 0; i < turns; i++)); do
	rmmod ghostnv_rm || break
	load ghostnv-rm || break
	good=$((good + 1))
done
is attach:bridge_comes_and_goes_under_load $good "$turns"
ok attach:load_lives_on kill -KILL "${load_pids[@]}"
wait 2>/dev/null
ok attach:load_leaves_nothing_in_one empty one
ok attach:load_leaves_nothing_in_two empty two
is attach:load_leaves_no_charge "$(gnvctl gpu 0 | value used)" 0
is attach:load_leaves_the_card_as_free "$(free_bytes)" "$free_at_first"
is attach:nobody_is_inside "$(sed -n 's/^callers //p' /sys/kernel/debug/ghostnv/intercept)" 0
is attach:quota_holds_afterwards "$(inside two rmclient --chunk=4M fill | value bytes)" \
	$((128 * MiB - overhead))
remove one two

tap_end
