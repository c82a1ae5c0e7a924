#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Programs that mean harm: a container's charge covers what it takes from the
# card, what it sees is its share, and it reaches nobody else's clients.

set -u
. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/ghostnv.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

free_bytes() {
	rmclient info | value gpu0.fb_free
}
free_at_first=$(free_bytes)

# is_covered NAME: what the card lost while a program of container one is held is
# not more than what that container is charged for memory.
is_covered() {
	local lost=$((free_at_first - $(free_bytes)))
	local charged=$(($(stat_of one current) - overhead))

	is "ghostnv_hostile:$1" "$((lost <= charged))" 1
	[ "$lost" -le "$charged" ] || echo "# the card lost $lost, charged is $charged"
}

# attempt COMMAND: one trick of hostile's in container one, held.
attempt() {
	hold hostile "$work/hostile" enter one hostile --hold "$1"
}

container one 1 96M
container two 1 512M

# --- more than is charged -----------------------------------------------------

attempt heap
is_covered heap_handle_without_its_flag
is ghostnv_hostile:heap_junk_handle_is_no_fault "$(value bytes <"$work/hostile")" $((64 * MiB))
is ghostnv_hostile:heap_without_handle_ends_as_a_full_card \
	"$(value status <"$work/hostile")" 0x51
release hostile
ok ghostnv_hostile:heap_leaves_nothing empty one

for trick in stale stale-dup; do
	attempt $trick
	is_covered "${trick/-/_}_handle_and_read_only_arguments"
	release hostile
	ok "ghostnv_hostile:${trick/-/_}_leaves_nothing" empty one
done

attempt small
is ghostnv_hostile:small_pages_are_allocated "$(value status <"$work/hostile")" 0x0
is_covered small_pages_cost_what_the_card_loses
release hostile
ok ghostnv_hostile:small_pages_leave_nothing empty one

container endless 1 max
inside endless hostile huge >"$work/huge"
is ghostnv_hostile:huge_request_is_a_full_card "$(value status <"$work/huge")" 0x51
is ghostnv_hostile:huge_request_is_never_charged "$(stat_of endless peak)" "$overhead"
remove endless

is ghostnv_hostile:race_ends "$(inside one hostile race | value over)" 1
ok ghostnv_hostile:race_leaves_nothing empty one
is ghostnv_hostile:race_leaves_the_card_free "$(free_bytes)" "$free_at_first"

# --- what is seen -------------------------------------------------------------

inside one hostile view >"$work/view"
for key in total total_v2; do
	is "ghostnv_hostile:read_only_question_${key}" \
		"$(($(value $key <"$work/view") <= 96 * MiB))" 1
done
for key in free free_v2; do
	is "ghostnv_hostile:read_only_question_${key}" \
		"$(($(value $key <"$work/view") <= 96 * MiB - overhead))" 1
done
inside one hostile overlap >"$work/overlap"
is ghostnv_hostile:overlapping_question_is_asked "$(value status <"$work/overlap")" 0x0
is ghostnv_hostile:overlapping_question_tells_the_share \
	"$(value total <"$work/overlap")" $((96 * MiB))

# --- what is others' ----------------------------------------------------------

mkdir -p "$cgroups/two/child" "$cgroups/two/leaf"
container two/child 1 128M
hold victim "$work/victim" enter two/leaf rmclient alloc 256M --hold
client=$(value handle <"$work/victim")
client=${client%%:*}
before=$(stat_of two current)
for trick in kill free; do
	inside two/child hostile $trick "$client" >"$work/$trick"
	is "ghostnv_hostile:${trick}_of_a_client_above" \
		"$(value status <"$work/$trick")" errno=EPERM
	is "ghostnv_hostile:${trick}_leaves_the_client_above" "$(stat_of two current)" "$before"
done
inside two/leaf hostile kill "$client" >"$work/kill"
is ghostnv_hostile:kill_of_a_neighbours_client "$(value status <"$work/kill")" errno=EFAULT
is ghostnv_hostile:kill_leaves_the_neighbours_client "$(stat_of two current)" "$before"
is ghostnv_hostile:victim_has_its_memory "$((free_at_first - $(free_bytes)))" $((256 * MiB))
release victim
ok ghostnv_hostile:victim_leaves_nothing empty two

# --- without the bridge -------------------------------------------------------

hold late "$work/late" enter one hostile --hold late
before=$(stat_of one current)
rmmod ghostnv_rm
echo >&"${tap_held_fd[late]}"
timeout 60 tail -n +1 -f -s 0.05 --pid="${tap_held_pid[late]}" "$work/late" 2>/dev/null |
	grep -q -m 1 '^freed='
is ghostnv_hostile:freed_without_the_bridge "$(value freed <"$work/late")" 0x0
is ghostnv_hostile:charge_goes_without_the_bridge "$(($(stat_of one current) < before))" 1
release late
ok ghostnv_hostile:late_leaves_nothing empty one

# --- a container that lacks a GPU ---------------------------------------------

remove two/child two/leaf two one
ok ghostnv_hostile:two_gpus reload "${sim_args[@]}" gpus=2
container one 1 96M
inside one hostile attach >"$work/attach"
is ghostnv_hostile:attach_all_works "$(value status <"$work/attach")" 0x0
is ghostnv_hostile:attach_all_is_what_is_granted "$(value own_only <"$work/attach")" yes
ok ghostnv_hostile:attach_leaves_nothing empty one
remove one

tap_end
