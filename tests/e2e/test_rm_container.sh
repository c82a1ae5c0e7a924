#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What NVIDIA's driver would give to any client, and a container must not get:
# the whole card by the old call, and memory that another owner shares.

set -u
. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/ghostnv.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

container one 1 256M
container two 1 256M

# --- the old call -----------------------------------------------------------------

rmclient old >"$work/free"
is rm:old_call_gives_an_administrator_the_card "$(value card <"$work/free")" 0x0
inside one rmclient old >"$work/old"
is rm:old_call_gives_a_container_no_card "$(value card <"$work/old" | grep -c '^0x0$')" 0
is rm:old_call_tells_a_container_no_size "$(value card_limit <"$work/old")" ''
is rm:old_call_gives_a_container_system_memory "$(value system <"$work/old")" 0x0
ok rm:old_call_leaves_nothing empty one

# --- what others share --------------------------------------------------------------

# stranger NAME FROM INTO: shared memory of FROM is not for INTO ("" is no container)
stranger() {
	local name=$1 from=$2 into=$3

	if [ -n "$from" ]; then
		hold owner "$work/owner" enter "$from" rmclient alloc 16M --share --hold
	else
		hold owner "$work/owner" rmclient alloc 16M --share --hold
	fi
	inside "$into" rmclient take "$(value handle <"$work/owner")" >"$work/take"
	is "rm:${name}_is_refused" "$(value status <"$work/take" | grep -c '^0x0$')" 0
	ok "rm:${name}_owner_ends_well" release owner
	ok "rm:${name}_leaves_nothing" empty "$into"
}
stranger dup_from_a_neighbour one two
stranger dup_from_outside '' two

hold owner "$work/owner" enter one rmclient alloc 16M --share --hold
ok rm:dup_within_a_container inside one rmclient take "$(value handle <"$work/owner")"
hold taker "$work/taker" enter one rmclient take "$(value handle <"$work/owner")" --hold
kill_held owner
held=$(stat_of one current)
ok rm:dup_is_charged_after_its_owner test "$held" -ge $((16 * MiB))
kill_held taker
ok rm:dup_leaves_nothing empty one

remove one two
tap_end
