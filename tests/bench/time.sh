#!/bin/bash
# SPDX-License-Identifier: MIT
#
# time.sh ROUNDS
#
# Runs inside the machine without checks and prints figures as tests/bench/figure.h says:
# what containers get of the simulated GPU's time. What each ran is by its own count of
# kernels that ended. A figure is the median of its rounds, and a `_max` or `_min` the
# worst of these medians.

set -eu
. "$(dirname "$0")/../e2e/lib/tap.sh"
. "$(dirname "$0")/../e2e/lib/ghostnv.sh"

rounds=$1
seconds=10
work=$(mktemp -d)
mkdir "$work/out" "$work/notes"
sys=/sys/kernel/ghostnv/containers

note() {
	echo "$2" >>"$work/notes/machine_$1"
}

# tenant NAME WEIGHT
tenant() {
	container "$1" 1 100M
	echo "$2" >"$sys/${id[$1]}/gpu.weight"
}

# start NAME [ARGUMENT...]: a load in the container NAME.
start() {
	(enter "$1" rmload "${@:2}" $seconds) >"$work/out/${1//\//_}" 2>&1 &
	pids+=($!) names+=("$1")
}

# finish: lets all that were started count from now on. What NAME ran is in ran[NAME]
# then, in millionths of the time that it counted.
declare -A ran
pids=() names=()
finish() {
	local name out i

	for name in "${names[@]}"; do
		for ((i = 0; ; i++)); do
			! grep -q '^ready=1' "$work/out/${name//\//_}" || break
			[ $i -lt 1200 ] || { cat "$work/out/${name//\//_}" >&2 && exit 1; }
			sleep 0.05
		done
	done
	sleep 1
	kill -USR1 "${pids[@]}"
	wait "${pids[@]}"
	for name in "${names[@]}"; do
		out=$work/out/${name//\//_}
		ran[$name]=$(($(value run_us <"$out") * 1000000 / $(value span_us <"$out")))
		echo "# $scene: $name ran ${ran[$name]} ppm" >&2
	done
	pids=() names=()
}

# shares SCENE NAME=SHARE...: all have work. The share is in relation to the others'.
shares() {
	local scene=$1 pair

	shift
	for pair; do
		start "${pair%=*}"
	done
	finish
	for pair; do
		echo "${ran[${pair%=*}]} ${pair#*=}"
	done | awk '
		{ ran[NR] = $1; share[NR] = $2; all += $1; shares += $2 }
		END {
			for (i = 1; i <= NR; i++) {
				x = ran[i] / all * shares / share[i]
				error = x > 1 ? x - 1 : 1 - x
				worst = error > worst ? error : worst
				sum += x
				squares += x * x
			}
			print worst * 100, sum * sum / (NR * squares), 100 - all / 10000
		}' >"$work/figures"
	read -r error jain lost <"$work/figures"
	note "${scene}_share_error" "$error"
	note "${scene}_jain" "$jain"
	note "${scene}_engine_lost" "$lost"
}

# equal N, weights N: of weights 100, 200, ...
equal() {
	many "equal_$1" "$1" 0
}
weights() {
	many "weights_$1" "$1" 100
}
many() {
	local i made=() pairs=()

	for ((i = 0; i < $2; i++)); do
		tenant "t$i" $((100 + i * $3))
		made+=("t$i") pairs+=("t$i=$((100 + i * $3))")
	done
	shares "$1" "${pairs[@]}"
	remove "${made[@]}"
}

# Two groups of 100 and 300, each of two, with 100 and 200.
nested() {
	tenant a 100
	tenant b 300
	tenant a/1 100
	tenant a/2 200
	tenant b/1 100
	tenant b/2 200
	shares nested a/1=1 a/2=2 b/1=3 b/2=6
	remove a/1 a/2 b/1 b/2 a b
}

caps() {
	local percent scene

	tenant capped 100
	tenant other 100
	for percent in 10 25 50; do
		scene=cap_$percent
		echo "${percent}000 100000" >"$sys/${id[capped]}/gpu.max"
		start capped
		finish
		note "${scene}_error" "$(off "${ran[capped]}" "$percent")"
	done
	scene=cap_25_beside
	echo '25000 100000' >"$sys/${id[capped]}/gpu.max"
	start capped
	start other
	finish
	note cap_25_beside_error "$(off "${ran[capped]}" 25)"
	note cap_25_beside_engine_lost "$(off $((ran[capped] + ran[other])) 100)"
	remove capped other
}

off() {
	awk "BEGIN { x = $1 / 10000 - $2; print x < 0 ? -x : x }"
}

# Beside one of nine times the weight that has queues, and work once in a second.
idle() {
	local scene=idle

	tenant light 100
	tenant heavy 900
	start light
	start heavy --idle-us=1000000
	finish
	note idle_engine_lost "$(off $((ran[light] + ran[heavy])) 100)"
	remove light heavy
}

latency() {
	local scene=latency alone i

	for i in fast slow0 slow1 slow2; do
		tenant $i 100
	done
	echo 1 >"$sys/${id[fast]}/gpu.latency"
	start fast --kernel-us=20000 --idle-us=100000
	finish
	cp "$work/out/fast" "$work/alone"
	start fast --kernel-us=20000 --idle-us=100000
	for i in slow0 slow1 slow2; do
		start $i
	done
	finish
	for i in p50 p99; do
		alone=$(value ${i}_us <"$work/alone")
		note latency_${i}_alone "$alone"
		note latency_${i}_ratio "$(awk "BEGIN { print $(value ${i}_us <"$work/out/fast") / $alone }")"
	done
	remove fast slow0 slow1 slow2
}

unit() {
	case $1 in
	*_jain | *_jain_min | *_ratio) echo ratio ;;
	*_alone) echo us ;;
	*) echo % ;;
	esac
}

for ((round = 0; round < rounds; round++)); do
	equal 2
	weights 2
	equal 8
	weights 8
	nested
	caps
	idle
	latency
done
for file in "$work/notes"/*; do
	name=${file##*/}
	sort -g "$file" | awk -v name="$name" -v unit="$(unit "$name")" '
		{ value[NR] = $1 }
		END { printf "%s\t%s\t%s\t%d\n", name, value[int((NR + 1) / 2)], unit, NR }'
done >"$work/medians"
cat "$work/medians"
# worst NAME ORDER PATTERN: the first in that order.
worst() {
	grep -E "$3" "$work/medians" | sort -t $'\t' -k 2,2"$2" | head -n 1 |
		sed "s/^[^\t]*/machine_$1/"
}
worst share_error_max gr '_share_error	'
worst jain_min g '_jain	'
worst engine_lost gr '_(equal|weights|nested)[^	]*_engine_lost	'
worst cap_error_max gr '_cap_[^	]*_error	'
rm -rf "$work"
