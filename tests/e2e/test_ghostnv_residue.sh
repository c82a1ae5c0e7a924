#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Memory that goes from one container to another: clean, written down, and given to
# nobody else where the driver does not clean. GHOSTNV_HANDOVERS (200) says how many
# times it changes hands; 10000 take some minutes.
#
# timeout: 600

set -u
. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/ghostnv.sh"

turns=${GHOSTNV_HANDOVERS:-200}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# As in tests/e2e/canary.c.
piece=$((128 << 10))
invalid_state=0x40
gpu=/sys/kernel/ghostnv/gpus/0
policy=/sys/kernel/ghostnv/scrub.policy

event() {
	sed -n "s/^$1 //p" "$gpu/scrub.events"
}
hand_over() {
	canary "$@" >"$work/canary"
}
found() {
	value "$1" <"$work/canary"
}
# The ids of two containers and what went between them, of the latest handovers.
went() {
	awk -v from="${id[$1]}" -v to="${id[$2]}" -v scrub="$3" \
		'$2 == from && $3 == to && $6 == scrub { n += $4 } END { print n + 0 }' \
		/sys/kernel/debug/ghostnv/handovers
}
alloc() {
	inside "$1" rmclient --gpu="${3:-0}" alloc "$2" | value status
}
containers() {
	local name

	for name; do
		container "$name" 3 64M
	done
}
no_containers() {
	local name

	for name; do
		gnvctl empty "${id[$name]}"
		remove "$name"
	done
}

# --- cleaned ------------------------------------------------------------------

ok residue:loads reload gpus=2 vram=256M
is residue:driver_cleans "$(cat $gpu/scrub)" on
is residue:refuses_if_it_would_not "$(cat $policy)" refuse
containers one two
ok residue:changes_hands hand_over "$turns" "$cgroups/one" "$cgroups/two"
is residue:all_were_given "$(found turns) $(found refused)" "$turns 0"
is residue:all_was_looked_at "$(found scanned_bytes)" $((turns * piece))
is residue:nothing_was_found "$(found canary_bytes)" 0
is residue:each_handover_is_counted "$(event handovers)" $((turns - 1))
is residue:its_bytes_too "$(event bytes)" $(((turns - 1) * piece))
is residue:none_was_unclean "$(event unscrubbed) $(event refused)" '0 0'
is residue:one_to_two_is_written_down "$(($(went one two on) > 0))" 1
is residue:two_to_one_is_written_down "$(($(went two one on) > 0))" 1
is residue:other_card_has_none "$(sed -n 's/^handovers //p' /sys/kernel/ghostnv/gpus/1/scrub.events)" 0
before=$(event handovers)
alloc two 1M >/dev/null
alloc two 1M >/dev/null
is residue:ones_own_is_no_handover "$(event handovers)" "$before"
is residue:nobody_owns_a_clean_card "$(cat $gpu/scrub.owner)" none
no_containers one two

# --- not cleaned: one container has the card ---------------------------------------

unclean='NVreg_RegistryDwords="RmMsg=1; rmdisablescrubonfree = 0x1"'
ok residue:loads_without_cleaning reload gpus=2 vram=256M "$unclean"
is residue:key_is_told "$(grep -ci scrubonfree /proc/driver/nvidia/params)" 1
is residue:driver_does_not_clean "$(cat $gpu/scrub)" off
is residue:command_says_so \
	"$(ghostnv-container devices --format json | jq -r '.[0].scrub')" off
is residue:log_says_so "$(dmesg | grep -c 'does not clean freed memory')" 2
containers one two
is residue:first_one_is_served "$(alloc one 1M) $(alloc one 1M)" '0x0 0x0'
is residue:card_is_the_first_ones "$(cat $gpu/scrub.owner)" "${id[one]}"
for via in alloc21 alloc64 vidheap; do
	is "residue:second_one_is_refused_by_$via" \
		"$(inside two rmclient --via=$via alloc 1M | value status)" $invalid_state
done
is residue:refusals_are_counted "$(event refused) $(stat_of two denied)" '3 3'
is residue:refused_one_is_not_charged "$(stat_of two allocations) $(stat_of two peak)" \
	"0 $((overhead + MiB))"
is residue:other_card_is_free "$(alloc two 1M 1) $(alloc one 1M 1)" "0x0 $invalid_state"
is residue:outside_is_served "$(rmclient alloc 1M | value status)" 0x0
ok residue:changes_no_hands hand_over 20 "$cgroups/one" "$cgroups/two"
is residue:half_was_refused "$(found refused) $(found status)" "10 $invalid_state"
gnvctl empty "${id[one]}"
no_containers one
containers one
is residue:successor_is_another_one "$(alloc one 1M)" $invalid_state

# --- the card has been reset ----------------------------------------------------

is residue:root_can_say_that_it_is_clean \
	"$(echo none >$gpu/scrub.owner && cat $gpu/scrub.owner)" none
hold two "$work/two" enter two rmclient --chunk=1M --max=4M --hold fill
is residue:then_the_next_is_first "$(cat $gpu/scrub.owner)" "${id[two]}"
is residue:not_while_memory_is_held "$(echo none 2>&1 >$gpu/scrub.owner |
	grep -o 'busy')" busy
is residue:nothing_else_is_taken "$(echo one 2>&1 >$gpu/scrub.owner | grep -o Invalid)" Invalid
release two
gnvctl empty "${id[two]}"

# --- policy ---------------------------------------------------------------------

echo strict >$policy
is residue:strict_gives_nobody "$(alloc one 1M) $(alloc two 1M)" \
	"$invalid_state $invalid_state"
is residue:no_such_policy "$(echo maybe 2>&1 >$policy | grep -o Invalid) $(cat $policy)" \
	'Invalid strict'
echo allow >$policy
before=$(event handovers)
ok residue:allowed_changes_hands hand_over 100 "$cgroups/one" "$cgroups/two"
is residue:control_all_were_given "$(found refused)" 0
is residue:control_canaries_are_found "$(($(found canary_bytes) >= 50 * piece))" 1
is residue:control_handovers_are_counted "$(($(event handovers) - before))" 100
is residue:they_are_known_as_unclean "$(event unscrubbed)" "$(event bytes)"
is residue:and_written_down "$(($(went one two off) > 0))" 1
is residue:card_is_several_ones "$(cat $gpu/scrub.owner)" several
echo refuse >$policy
is residue:then_nobody_is_served "$(alloc one 1M) $(alloc two 1M)" \
	"$invalid_state $invalid_state"

# What was left uncleaned stays so when the driver cleans again.
rmmod ghostnv_rm
rmmod ghostnv_sim
load ghostnv-sim gpus=2 vram=256M
load ghostnv-rm
is residue:cleans_again "$(cat $gpu/scrub)" on
is residue:what_was_left_is_refused "$(alloc one 1M)" $invalid_state
no_containers one two

ok residue:unloads unload_all
ok residue:policy_can_be_a_parameter load ghostnv scrub_policy=allow
is residue:parameter_counts "$(cat $policy)" allow
rmmod ghostnv
is residue:parameter_is_checked "$(load ghostnv scrub_policy=perhaps 2>/dev/null && echo loaded)" ''
ok residue:load_as_before reload "${sim_args[@]}"

tap_end
