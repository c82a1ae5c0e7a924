#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Every allocation that the modules make fails once: the call fails or does without,
# and what GhostNV and the card hold is as before. That nothing is lost or misused
# is judged by KASAN, lockdep and kmemleak of the machine. Two kernels have these and let
# allocations fail; `debug`, which is emulated, is too slow for thousands of worlds.
#
# kernels: uml
# timeout: 600

set -u
. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/ghostnv.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# swept NAME COMMAND...: the sweep finds nothing; how many failures it met is said.
swept() {
	ok "fault_sweep:$1" "${@:2}"
	sed -n 's/^\([^ #]*\) \([0-9]*\)$/# \1: \2 failures/p' "$tap_out" | tee -a "$work/met"
}

swept every_operation fault_sweep all

met=$(awk '{ sum += $3 } END { print sum + 0 }' "$work/met")
is fault_sweep:failures_were_met "$((met > 500))" 1
echo "# $met failures in all"

tap_end
