#!/bin/bash
# SPDX-License-Identifier: MIT
#
# intercept.sh ROUNDS
#
# Runs inside the machine without checks, with no modules loaded, and prints figures as
# tests/bench/figure.h says. In each round the simulator alone is asked first, then
# with ghostnv beside it; what is told is the difference, or the ratio, of the two.

set -eu
. "$(dirname "$0")/../e2e/lib/tap.sh"
. "$(dirname "$0")/../e2e/lib/ghostnv.sh"

PATH=$PWD/build/tests/bench:$PATH
rounds=$1
calls=20000
many=10000
held=1000000
work=$(mktemp -d)

# inside N COMMAND...: in the cgroup of container N.
inside_container() {
	(enter "bench/c$1" "${@:2}")
}

# note NAME VALUE, note_added NAME WITH WITHOUT
note() {
	echo "$2" >>"$work/$1"
}
note_added() {
	note "$1" $(($2 - $3))
}

# time_controls NAME COMMAND...: the time that a control call takes more than bare.
time_controls() {
	local name=$1 half last

	shift
	read -r half last < <("$@" intercept control $calls)
	note_added "${name}_p50_ns" "$half" "$bare_half"
	note_added "${name}_p99_ns" "$last" "$bare_last"
	note "${name}_of_bare" "$(awk "BEGIN { print $half / $bare_half }")"
	half_ns=$((half - bare_half))
}

time_allocs() {
	local name=$1 half last

	shift
	read -r half last < <("$@")
	note_added "${name}_p50_ns" "$half" "$bare_alloc_half"
	note_added "${name}_p99_ns" "$last" "$bare_alloc_last"
}

one_round() {
	local memory ten half last

	load ghostnv-sim vram=1T
	read -r bare_half bare_last < <(intercept control $calls)
	read -r bare_alloc_half bare_alloc_last < <(intercept alloc $calls)
	memory=$(intercept memory $calls)
	load ghostnv
	load ghostnv-rm
	time_controls unlimited_alone env
	for count in 1 100; do
		intercept containers $count >"$work/out"
		time_controls "limited_of_$count" inside_container 0
	done
	read -r half last < <(intercept register 1000)
	note register_p50_us "$(awk "BEGIN { print $half / 1000 }")"
	note register_p99_us "$(awk "BEGIN { print $last / 1000 }")"
	unload_all && load ghostnv-sim vram=1T && load ghostnv && load ghostnv-rm
	intercept containers 10 >"$work/out"
	time_controls limited_of_10 inside_container 5
	ten=$half_ns
	note container_bytes "$(intercept containers $many)"
	time_controls limited inside_container $((many / 2))
	note scale_10_to_10k_ratio "$(awk "BEGIN { print $half_ns / ($ten > 0 ? $ten : 1) }")"
	time_controls unlimited env
	time_allocs alloc_limited inside_container 7 intercept alloc $calls 10
	note_added allocation_bytes "$(inside_container 8 intercept memory $calls)" "$memory"
	if [ "$1" = 1 ]; then
		time_allocs alloc_limited_beside_1m inside_container 7 intercept alloc $calls $held
	fi
	unload_all
}

unit() {
	case $1 in
	*_ns) echo ns ;;
	*_us) echo us ;;
	*_bytes) echo bytes ;;
	*) echo ratio ;;
	esac
}

load ghostnv-bench
for ((round = 1; round <= rounds; round++)); do
	one_round $round
done
rm -f "$work/out"
for file in "$work"/*; do
	name=${file##*/}
	sort -g "$file" | awk -v name="$name" -v unit="$(unit "$name")" '
		{ value[NR] = $1 }
		END { printf "%s\t%s\t%s\t%d\n", name, value[int((NR + 1) / 2)], unit, NR }'
done
rm -rf "$work"
rmmod ghostnv_bench
