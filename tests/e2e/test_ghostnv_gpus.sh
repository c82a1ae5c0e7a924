#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Which GPUs a container sees, and how large they look: two cards, of which a
# container gets one, the other, both or none.

set -u
. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/ghostnv.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

ok gpus:load_with_two reload gpus=2 vram=1G
is gpus:two_are_there "$(gnvctl version | value gpus)" 2

rmclient info >"$work/all"
container first 1 512M
container second 2 max
container both 3 max
container none 0 max

inside first rmclient info >"$work/first"
inside second rmclient info >"$work/second"
inside both rmclient info >"$work/both"
inside none rmclient info >"$work/none"
is gpus:first_sees_one "$(value gpus <"$work/first")" 1
is gpus:first_probes_one "$(value probed <"$work/first")" 1
is gpus:first_attaches_one "$(value attached <"$work/first")" 1
is gpus:first_is_the_first "$(value gpu0.uuid <"$work/first")" "$(value gpu0.uuid <"$work/all")"
is gpus:second_sees_one "$(value gpus <"$work/second")" 1
is gpus:second_is_the_second "$(value gpu0.uuid <"$work/second")" \
	"$(value gpu1.uuid <"$work/all")"
is gpus:both_sees_both "$(value gpus <"$work/both")" 2
is gpus:none_sees_none "$(value gpus <"$work/none")" 0

# --- nodes --------------------------------------------------------------------

first_node=/dev/nvidia$(value gpu0.minor <"$work/all")
second_node=/dev/nvidia$(value gpu1.minor <"$work/all")
can_open() {
	inside "$1" sh -c "exec 3<>$2" 2>"$work/open"
}
ok gpus:granted_node_opens can_open first "$first_node"
is gpus:other_node_says_no_such_device "$(can_open first "$second_node"
	grep -c 'No such device or address' "$work/open")" 1
ok gpus:other_node_opens_outside sh -c "exec 3<>$second_node"
ok gpus:control_node_opens_without_gpu can_open none /dev/nvidiactl
is gpus:reaching_for_others_is_counted "$(($(stat_of first denied) > 0))" 1
is gpus:other_one_did_not_reach "$(stat_of second denied)" 0

# --- figures ------------------------------------------------------------------

for key in fb_total fb_total_v2 heap_total; do
	is "gpus:limit_is_the_total_$key" "$(value gpu0.$key <"$work/first")" $((512 * MiB))
	is "gpus:no_limit_is_the_cards_$key" "$(value gpu0.$key <"$work/second")" \
		"$(value gpu1.$key <"$work/all")"
done
for key in fb_free fb_free_v2 heap_free; do
	is "gpus:what_is_left_is_free_$key" "$(value gpu0.$key <"$work/first")" \
		$((512 * MiB - overhead))
done
hold holder "$work/held" enter first rmclient --chunk=16M --max=128M --hold fill
is gpus:held_is_not_free "$(inside first rmclient info | value gpu0.fb_free)" \
	$((512 * MiB - 128 * MiB - 2 * overhead))
release holder
gnvctl set "${id[both]}" 1 0 100M
is gpus:limit_of_one_gpu "$(inside both rmclient info | value gpu0.fb_total)" $((100 * MiB))
is gpus:and_not_of_the_other "$(inside both rmclient info | value gpu1.fb_total)" \
	"$(value gpu1.fb_total <"$work/all")"

# --- memory on two cards --------------------------------------------------------

hold zero "$work/zero" enter both rmclient --gpu=0 --chunk=4M --hold fill
hold one "$work/one" enter both rmclient --gpu=1 --chunk=16M --max=256M --hold fill
is gpus:first_card_up_to_its_limit "$(stat_of both current 0)" $((100 * MiB))
is gpus:second_card_beyond "$(stat_of both current 1)" $((256 * MiB + overhead))
is gpus:total_of_both "$(stat_of both current)" $((356 * MiB + overhead))
is gpus:contexts_by_card "$(stat_of both contexts 0) $(stat_of both contexts 1)" '1 1'
is gpus:card_in_sysfs "$(cat "/sys/kernel/ghostnv/containers/${id[both]}/gpu1/vram.current")" \
	$((256 * MiB + overhead))
# The later one has the earlier one's pipe open too.
release one
release zero

# --- taking a card away ---------------------------------------------------------

hold holder "$work/held" enter both rmclient --gpu=1 --chunk=16M --max=64M --hold fill
gnvctl set "${id[both]}" 2 total 1
is gpus:taken_away_keeps_what_is_held "$(stat_of both current 1)" $((64 * MiB + overhead))
is gpus:taken_away_is_not_seen "$(inside both rmclient info | value gpus)" 1
release holder

# What a container may not have its children cannot get.
mkdir -p "$cgroups/first/child"
container first/child 3 max
is gpus:child_sees_what_the_parent_has "$(inside first/child rmclient info | value gpus)" 1

for name in first second both none; do
	ok "gpus:nothing_is_left_in_$name" empty $name
done
remove first/child first second both none

ok gpus:load_as_before reload "${sim_args[@]}"

tap_end
