#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What a container is told of memory, GPUs and processes: its own share. The host
# is told all of it.

set -u
# shellcheck source=tests/e2e/lib/tap.sh
. "$(dirname "$0")/lib/tap.sh"
# shellcheck source=tests/e2e/lib/ghostnv.sh
. "$(dirname "$0")/lib/ghostnv.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# values KEY...: of a program's lines on standard input, one after the other
values() {
	local text key out=()

	text=$(cat)
	for key in "$@"; do
		out+=("$(value "$key" <<<"$text")")
	done
	echo "${out[*]}"
}

container one 1 1G
container two 2 512M
container one/below 1 256M
ram=$(rmview card | value ram_kib)

# --- GPUs ---------------------------------------------------------------------------

is view:host_has_all_gpus "$(rmview gpus | values devices attachable)" '0x3 2'
is view:one_has_the_first "$(inside one rmview gpus | values devices attachable)" '0x1 1'
is view:two_has_the_second "$(inside two rmview gpus | values devices attachable)" '0x2 1'

# --- memory -------------------------------------------------------------------------

hold one "$work/one" enter one rmclient --chunk=16M --max=128M --hold fill
free=$((1024 - 128 - overhead / MiB - overhead / MiB))
is view:one_has_its_limit "$(inside one rmview card | values ram_kib free_kib)" \
	"$((1 << 20)) $((free << 10))"
is view:two_has_its_own "$(inside two rmview card | values ram_kib free_kib)" \
	"$((512 << 10)) $(((512 - overhead / MiB) << 10))"
is view:below_has_the_tightest "$(inside one/below rmview card | values ram_kib free_kib)" \
	"$((256 << 10)) $(((256 - overhead / MiB) << 10))"
is view:host_has_the_card "$(rmview card | value ram_kib)" "$ram"
is view:where_others_lie_is_not_told "$(inside one rmview card | value free_base_kib)" 0
ok view:and_the_host_knows test "$(rmview card | value free_base_kib)" -gt 0

# What one maps of the first GPU's window, nobody else inside is told.
hold mapper "$work/mapper" rmview map
is view:window_is_told_whole "$(inside one rmview card | values bar1_free_kib)" \
	"$(rmview card | value bar1_kib)"
ok view:window_of_the_host_is_less test \
	"$(rmview card | value bar1_free_kib)" -lt "$(rmview card | value bar1_kib)"
release mapper

# --- processes ----------------------------------------------------------------------

pid=${tap_held_pid[one]}
is view:host_lists_the_process "$(rmview processes | grep -c "^pid=$pid$")" 1
is view:host_knows_its_memory "$(rmview process "$pid" | values result private)" \
	"0x0 $((128 * MiB))"
is view:one_lists_its_own "$(inside one rmview processes | grep -c "^pid=$pid$")" 1
is view:one_knows_its_memory "$(inside one rmview process "$pid" | values result private)" \
	"0x0 $((128 * MiB))"
is view:one_below_lists_itself_alone "$(inside one/below rmview processes | value count)" 1
is view:one_below_is_not_told_of_it \
	"$(inside one/below rmview process "$pid" | values result private)" '0x57 0'
is view:nobody_is_answered_alike \
	"$(inside one/below rmview process 999999 | values result private)" '0x57 0'
# In a namespace the driver's list has its numbers; they are not the host's.
is view:namespace_lists_itself \
	"$(inside one unshare --pid --fork rmview processes | values count pid)" '1 1'

# --- what is not there for a container ------------------------------------------------

is view:host_reads_the_state "$(rmview card | value pstate)" 0x0
is view:one_reads_the_state "$(inside one rmview card | value pstate)" 0x0
refused=$(stat_of one refused)
inside one rmview card >"$work/card"
is view:others_activity_is_absent "$(value samples <"$work/card")" 0x56
is view:page_of_the_cards_figures_is_absent "$(value shared_data <"$work/card")" 0x22
is view:unknown_is_answered_as_the_driver_does "$(value unknown <"$work/card")" 0x56
is view:only_the_unknown_is_counted $(($(stat_of one refused) - refused)) 1

release one
remove one/below one two
tap_end
