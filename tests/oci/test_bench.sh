#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The benchmark works and tells all that it promises; how much is no test's business.

set -u
# shellcheck source=tests/oci/lib.sh
. "$(dirname "$0")/lib.sh"

if [ "$RUNTIME" != "$root/build/runtime/ghostnv-container-oci" ]; then
	skip bench:run "it measures what is installed, and nothing else"
	tap_end
	exit
fi

programs=()
for file in "$root"/tests/bench/*.c; do
	programs+=("build/tests/bench/$(basename "$file" .c)")
done
ok bench:builds make -s -C "$root" runtime "${programs[@]}"
ok bench:run env GHOSTNV_BENCH_RESULTS="$work/bench" \
	"$root/tests/bench/run" --rounds 1 run
is bench:run_has_all_keys "$(jq -r 'with_entries(select(.value.value | type == "number" and . > 0)) as
	$has | ["run_cpu_vs_crun", "csd_cpu_vs_crun", "csd_seccomp_cpu_vs_crun", "run_cpu_vs_floor",
	"hundred_csd_vs_crun", "rss_mib", "syscalls_run", "run_cpu_vs_runc"][] |
	select($has[.] | not)' "$work/bench/run.json")" ''
is bench:all_are_numbers "$(jq '[.[] | select(.value | type != "number")] | length' \
	"$work/bench/run.json")" 0

tap_end
