#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The quota: exact by every call that allocates, in a hierarchy, for as long as
# the memory lives, and nothing is left when its owners are gone.

set -u
. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/ghostnv.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

free_bytes() {
	rmclient info | value gpu0.fb_free
}
free_at_first=$(free_bytes)

# --- exact --------------------------------------------------------------------

container one 1 1G
for via in alloc21 alloc64 vidheap; do
	inside one rmclient --via=$via --chunk=8M --min-chunk=64K fill >"$work/fill"
	is "quota:${via}_exact" "$(value bytes <"$work/fill")" $((GiB - overhead))
	is "quota:${via}_ends_as_a_full_card" "$(value status <"$work/fill")" 0x51
	ok "quota:${via}_leaves_nothing" empty one
done
inside one rmclient --xfer --chunk=8M fill >"$work/fill"
is quota:wrapped_exact "$(value bytes <"$work/fill")" $((GiB - overhead))
is quota:peak_is_the_limit "$(stat_of one peak)" $GiB
is quota:max_is_counted "$(($(stat_of one events_max) >= 4))" 1
inside one rmclient alloc 1 >"$work/alloc"
is quota:small_is_charged_what_is_taken "$(value status <"$work/alloc" | grep -vc '^0x0$')" 0
is quota:huge_is_refused "$(inside one rmclient alloc 1T | value status)" 0x51
ok quota:after_small_and_huge empty one

# --- neighbours ---------------------------------------------------------------

container two 1 512M
hold neighbour "$work/two" enter two rmclient --chunk=16M --max=256M --hold fill
before=$(stat_of two current)
is quota:neighbour_holds "$before" $((256 * MiB + overhead))
inside one rmclient --chunk=16M fill >"$work/fill"
is quota:neighbour_takes_nothing_away "$(value bytes <"$work/fill")" $((GiB - overhead))
is quota:neighbour_is_untouched "$(stat_of two current)" "$before"
is quota:neighbour_was_not_refused "$(stat_of two events_max)" 0
is quota:machine_counts_both "$(gnvctl gpu 0 | value used)" "$before"
is quota:unlimited_is_not_counted \
	"$(rmclient --chunk=16M --max=128M fill | value bytes) $(gnvctl gpu 0 | value used)" \
	"$((128 * MiB)) $before"
ok quota:neighbour_ends release neighbour
ok quota:neighbour_leaves_nothing empty two

# --- hierarchy ----------------------------------------------------------------

mkdir -p "$cgroups/one/left" "$cgroups/one/right"
container one/left 1 768M
container one/right 1 768M
hold left "$work/left" enter one/left rmclient --chunk=16M --hold fill
is quota:child_gets_its_own_limit "$(value bytes <"$work/left")" $((768 * MiB - overhead))
is quota:parent_counts_its_children "$(stat_of one current)" $((768 * MiB))
inside one/right rmclient --chunk=16M fill >"$work/fill"
is quota:sibling_gets_what_the_parent_has "$(value bytes <"$work/fill")" \
	$((256 * MiB - overhead))
is quota:parent_was_full "$(($(stat_of one events_max) > 0))" 1
is quota:child_was_not_full "$(stat_of one/right events_max)" 0
mkdir -p "$cgroups/one/left/deep"
gnvctl set "${id[one/left]}" 1 total 1G
is quota:limit_counts_what_is_held "$(inside one/left/deep rmclient --chunk=16M fill |
	value bytes)" $((256 * MiB - overhead))
ok quota:child_ends release left
ok quota:children_leave_nothing empty one

# A container that comes between takes over what is below it.
hold left "$work/left" enter one/left rmclient --chunk=16M --max=64M --hold fill
gnvctl destroy "${id[one/right]}" >"$work/destroy"
held=$(stat_of one/left current)
mkdir -p "$cgroups/one/left/mid/low"
container one/left/mid/low 1 max
hold low "$work/low" enter one/left/mid/low rmclient --chunk=16M --max=32M --hold fill
container one/left/mid 1 100M
is quota:between_counts_what_is_below "$(stat_of one/left/mid current)" \
	$((32 * MiB + overhead))
is quota:above_counts_it_once "$(stat_of one/left current)" $((held + 32 * MiB + overhead))
is quota:between_limits_what_is_below "$(inside one/left/mid/low rmclient --chunk=4M fill |
	value bytes)" $((100 * MiB - 32 * MiB - 2 * overhead))
release low
release left
ok quota:between_leaves_nothing empty one/left/mid
ok quota:above_leaves_nothing empty one

# --- limits of one GPU, limits below what is held -----------------------------

gnvctl set "${id[two]}" 1 0 96M
is quota:limit_of_gpu "$(inside two rmclient --chunk=8M fill | value bytes)" \
	$((96 * MiB - overhead))
gnvctl set "${id[two]}" 1 0 max
hold holder "$work/two" enter two rmclient --chunk=16M --max=128M --hold fill
gnvctl set "${id[two]}" 1 total 64M
is quota:lower_limit_keeps_what_is_held "$(stat_of two current)" $((128 * MiB + overhead))
is quota:lower_limit_refuses_more "$(inside two rmclient alloc 1M | value status)" 0x51
release holder
gnvctl set "${id[two]}" 1 total 512M
is quota:no_room_for_a_context "$(gnvctl set "${id[two]}" 1 total 1M
	inside two rmclient alloc 4K | value status)" 0x51
gnvctl set "${id[two]}" 1 total 512M
ok quota:after_limits empty two

# --- death --------------------------------------------------------------------

hold victim "$work/two" enter two rmclient --chunk=16M --max=256M --hold fill
kill_held victim
ok quota:killed_with_memory empty two
for round in 1 2 3; do
	enter two rmclient --chunk=4M churn 0 >"$work/churn" &
	churn=$!
	gnvctl await "${id[two]}" allocations least 1
	kill -KILL $churn
	wait $churn 2>/dev/null
	ok "quota:killed_in_mid_allocation_$round" empty two
done

# --- references ---------------------------------------------------------------

for command in dup uvm tree map; do
	ok "quota:${command}_in_a_container" inside two rmclient $command
	ok "quota:${command}_leaves_nothing" empty two
done

# A session that is passed on: whoever calls is charged, and only relatives may.
hold lender "$work/lender" enter two rmclient --hold lend "$work/socket"
is quota:stranger_may_not_borrow "$(inside one rmclient borrow "$work/socket" |
	grep -c EPERM)" 1
release lender
ok quota:lender_leaves_nothing empty two

# What a removed cgroup's container holds stays with the one above.
mkdir -p "$cgroups/two/gone"
container two/gone 1 max
hold emigrant "$work/gone" enter two/gone rmclient --chunk=16M --max=64M --hold fill
echo "${tap_held_pid[emigrant]}" >"$cgroups/two/cgroup.procs"
remove two/gone
is quota:removed_container_is_gone "$(gnvctl stats "${id[two/gone]}" total | value error)" ENOENT
is quota:removed_containers_charge_stays_above "$(stat_of two current)" \
	$((64 * MiB + overhead))
release emigrant
ok quota:removed_containers_charge_ends empty two

# --- the end ------------------------------------------------------------------

is quota:card_is_as_free_as_at_first "$(free_bytes)" "$free_at_first"
is quota:nobody_is_charged "$(gnvctl gpu 0 | value used)" 0
is quota:no_session_is_left "$(grep -vc '^#' /sys/kernel/debug/ghostnv/sessions)" 0
is quota:no_client_is_left "$(grep -vc '^#' /sys/kernel/debug/ghostnv/clients)" 0
remove one/left/mid/low one/left/mid one/left/deep one/left one/right one two
is quota:no_container_is_left "$(gnvctl list)" ''

tap_end
