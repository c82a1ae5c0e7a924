#!/bin/bash
# SPDX-License-Identifier: MIT
#
# GPU clients in containers are killed at whatever they do, and nothing is left of
# them. SOAK_SEED repeats a run, SOAK_CYCLES (300) says how many: `make soak` kills 10^5.
#
# timeout: 600

set -u
. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/ghostnv.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
seed=${SOAK_SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
cycles=${SOAK_CYCLES:-300}
names=(one two two/below)
# What the kernel's own memory moves by whatever it does; pages that wait on a CPU's
# list are counted. 10^5 clients that leave 32 bytes each in slabs, or a page each, are
# told from it; with fewer it is the checking kernels' matter.
slab_noise=$MiB
kernel_noise=$((64 * MiB))
echo "# SOAK_SEED=$seed SOAK_CYCLES=$cycles"

said() {
	value "$1" <"$work/soak"
}

free_at_first=$(rmclient info | value gpu0.fb_free)
for name in "${names[@]}"; do
	container "$name" 1 128M
done
# Its lines are shown as they come: it may take hours.
soak "$cycles" "$seed" "${names[@]/#/$cgroups/}" 2>&1 | tee "$work/soak"
is soak:ends_well "${PIPESTATUS[0]}" 0
ok soak:clients_were_killed test "$(said killed)" -gt $((cycles * 9 / 10))
is soak:none_ends_otherwise "$(said faults) $(said stalled)" '0 0'
ok soak:memory_was_looked_at test "$(said scanned_bytes)" -gt $((cycles * 65536))
is soak:no_byte_was_anothers "$(said canary_bytes)" 0
is soak:state_is_as_before "$(said changed)" 0
is soak:survivors_keep_theirs "$(said harmed)" 0
if grep -qw kasan_report /proc/kallsyms; then
	skip soak:slabs_do_not_grow 'KASAN keeps what was freed; kmemleak looks for what was lost'
	skip soak:kernel_does_not_grow 'KASAN keeps what was freed'
else
	ok soak:slabs_do_not_grow test "$(said slab_grew)" -lt "$slab_noise"
	ok soak:kernel_does_not_grow test "$(said kernel_grew)" -lt "$kernel_noise"
fi
for name in "${names[@]}"; do
	ok "soak:nothing_is_left_in_${name//\//_}" empty "$name"
done
is soak:card_is_as_free_as_at_first "$(rmclient info | value gpu0.fb_free)" "$free_at_first"
is soak:nobody_is_charged "$(gnvctl gpu 0 | value used)" 0
remove two/below two one

# The same where the driver does not clean what is freed, and is allowed not to.
ok soak:loads_without_cleaning reload "${sim_args[@]}" 'NVreg_RegistryDwords="RmDisableScrubOnFree=1"'
echo allow >/sys/kernel/ghostnv/scrub.policy
for name in "${names[@]}"; do
	container "$name" 1 128M
done
soak 60 "$seed" "${names[@]/#/$cgroups/}" >"$work/soak" 2>&1
ok soak:control_canaries_are_found test "$(said canary_bytes)" -gt 0
for name in "${names[@]}"; do
	gnvctl empty "${id[$name]}"
done
remove two/below two one
ok soak:load_as_before reload "${sim_args[@]}"

tap_end
