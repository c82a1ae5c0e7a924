#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The fuzzer of the devices' ioctls and of /dev/ghostnv, in several containers at
# once: whatever they are sent, nobody holds more than the limit, the charges cover
# what the card has lost, and nothing is left in the end. FUZZ_SEED repeats a run,
# FUZZ_CALLS (2000 a process) and FUZZ_ROUNDS (2) make it longer: `make fuzz` does. Most
# of what it may find only a kernel that checks itself tells.
#
# kernels: uml uml-smp debug
# timeout: 300

set -u
. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/ghostnv.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
seed=${FUZZ_SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
calls=${FUZZ_CALLS:-2000}
rounds=${FUZZ_ROUNDS:-2}
names=(one two two/below three)
RANDOM=$((seed & 32767))
echo "# FUZZ_SEED=$seed FUZZ_CALLS=$calls FUZZ_ROUNDS=$rounds"

free_bytes() {
	rmclient info | value gpu0.fb_free
}
free_at_first=$(free_bytes)

# Each container has one that dies or ends, and one that holds what it has.
start_all() {
	local name n=0

	fuzz_ioctl --admin "$cgroups/scratch" $((seed + 1000 * round)) "$calls" &
	for name in "${names[@]}"; do
		n=$((n + 1))
		enter "$name" fuzz_ioctl $((seed + 1000 * round + n)) $((2 * calls)) &
	done
	for name in "${names[@]}"; do
		n=$((n + 1))
		ok "fuzz_ioctl:${name//\//_}_ends_$round" hold "$name" "$work/${name//\//_}" \
			enter "$name" fuzz_ioctl --hold $((seed + 1000 * round + n)) "$calls"
	done
}

# Those that were not held.
wait_for_others() {
	local pid held

	for pid in $(jobs -p); do
		for held in "${tap_held_pid[@]}"; do
			[ "$pid" != "$held" ] || continue 2
		done
		wait "$pid" 2>/dev/null
	done
}

mkdir -p "$cgroups/scratch"
for name in "${names[@]}"; do
	container "$name" 1 $((32 + RANDOM % 96))M
done
for ((round = 1; round <= rounds; round++)); do
	start_all
	wait_for_others
	charged=0
	for name in "${names[@]}"; do
		max=$(stat_of "$name" max)
		ok "fuzz_ioctl:${name//\//_}_never_over_its_limit_$round" \
			test "$(stat_of "$name" peak)" -le "$max"
		[ "$name" != "${name%/*}" ] || charged=$((charged + $(stat_of "$name" current) -
			overhead * $(stat_of "$name" contexts)))
	done
	lost=$((free_at_first - $(free_bytes)))
	echo "# the card lost $lost, charged is $charged"
	ok "fuzz_ioctl:charges_cover_the_card_$round" test "$lost" -le "$charged"
	for name in "${names[@]}"; do
		kill_held "$name"
	done
	for name in "${names[@]}"; do
		ok "fuzz_ioctl:${name//\//_}_leaves_nothing_$round" empty "$name"
	done
	is "fuzz_ioctl:card_is_as_free_as_at_first_$round" "$(free_bytes)" "$free_at_first"
done
is fuzz_ioctl:nobody_is_charged "$(gnvctl gpu 0 | value used)" 0
for file in sessions clients; do
	is "fuzz_ioctl:no_${file%s}_is_left" \
		"$(grep -vc '^#' "/sys/kernel/debug/ghostnv/$file")" 0
done
remove two/below two one three scratch

tap_end
