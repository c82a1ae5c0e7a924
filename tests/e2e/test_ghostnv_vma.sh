#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Mapped memory costs nothing: a container's mapping is the one that the driver makes
# where there is no ghostnv, with the same flags, and takes the same faults.

set -u
. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/ghostnv.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

ok vma:reload_the_driver_alone eval 'unload_all && load ghostnv-sim "${sim_args[@]}"'
ok vma:bare vma_probe
vma_probe >"$work/bare"
ok vma:load_ghostnv eval 'load ghostnv && load ghostnv-rm'
overhead=$(gnvctl version | value overhead)
container one 1 64M
inside one vma_probe >"$work/inside"
vma_probe >"$work/outside"
is vma:container_is_charged "$(($(stat_of one peak) >= overhead + 4 * MiB))" 1
is vma:bare_one_says_its_flags "$(grep -c '^flags=. *[a-z]' "$work/bare")" 1
is vma:more_touches_take_no_fault "$(value more_faults <"$work/inside")" 0
is vma:container_has_the_bare_mapping "$(cat "$work/inside")" "$(cat "$work/bare")"
is vma:unlimited_has_the_bare_mapping "$(cat "$work/outside")" "$(cat "$work/bare")"
remove one

tap_end
