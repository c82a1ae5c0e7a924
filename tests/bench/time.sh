#!/bin/bash
# SPDX-License-Identifier: MIT
#
# time.sh PREFIX ROUNDS SEED SECONDS [SCENE...]
#
# Runs inside the machine without checks and prints figures as tests/bench/figure.h says:
# what containers get of the simulated GPU's time. What each ran is by its own count of
# kernels that ended. A figure is the median of its rounds, and a `_max` or `_min` the
# worst of these medians. Requests of the latency class come for SECONDS.

set -eu
. "$(dirname "$0")/../e2e/lib/tap.sh"
. "$(dirname "$0")/../e2e/lib/ghostnv.sh"
. "$(dirname "$0")/../e2e/lib/loads.sh"

prefix=$1 rounds=$2 seed=$3 long=$4
scenes=("${@:5}")
[ ${#scenes[@]} -gt 0 ] ||
	scenes=(two eight many nested queues caps idle back pressure exclusive latency latency_more greedy)
seconds=10 settle=1
mkdir "$work/notes"
# What a tenant's share is of is known to a fifth of a millisecond.
busy=(--kernel-us=200)

note() {
	echo "$2" >>"$work/notes/${prefix}_$1"
}

# tenant NAME WEIGHT [MEMORY]
tenant() {
	container "$1" 1 "${3-100M}"
	echo "$2" >"$containers/${id[$1]}/gpu.weight"
}

# loads SCENE NAME [ARGUMENT...] [-- NAME...]: for $seconds. What NAME got is in got[NAME]
# then, in percent of the engine.
declare -A got
loads() {
	local scene=$1 name

	shift
	echo "# $scene" >&2
	ran=()
	together "$seconds" "$@" >&2
	for name in "${!ran[@]}"; do
		got[$name]=$(awk "BEGIN { print 100 * ${ran[$name]} / ${span[$name]} }")
	done
}

# off PERCENT... WANTED: how far the sum of what was got is from that.
off() {
	printf '%s\n' "$@" | awk '
		{ sum += last; last = $1 }
		END { x = sum - last; print x < 0 ? -x : x }'
}

# shares SCENE NAME=SHARE...: all have work. The share is in relation to the others'.
# One more argument for rmload of NAME is in more[NAME].
declare -A more
shares() {
	local scene=$1 pair all=() error jain lost

	shift
	for pair; do
		all+=("${pair%=*}" "${busy[@]}" ${more[${pair%=*}]+"${more[${pair%=*}]}"} --)
	done
	loads "$scene" "${all[@]}"
	for pair; do
		echo "${got[${pair%=*}]} ${pair#*=}"
	done | awk '
		{ got[NR] = $1; share[NR] = $2; all += $1; shares += $2 }
		END {
			for (i = 1; i <= NR; i++) {
				x = got[i] / all * shares / share[i]
				error = x > 1 ? x - 1 : 1 - x
				worst = error > worst ? error : worst
				sum += x
				squares += x * x
			}
			print worst * 100, sum * sum / (NR * squares), 100 - all
		}' >"$work/figures"
	read -r error jain lost <"$work/figures"
	note "${scene}_share_error" "$error"
	note "${scene}_jain" "$jain"
	note "${scene}_engine_lost" "$lost"
}

# weights SCENE COUNT KINDS STEP: of so many weights, from 100 on.
weights() {
	local i weight made=() pairs=()

	for ((i = 0; i < $2; i++)); do
		weight=$((100 + i % $3 * $4))
		tenant "t$i" $weight
		made+=("t$i") pairs+=("t$i=$weight")
	done
	shares "$1" "${pairs[@]}"
	remove "${made[@]}"
}

two() {
	weights equal_2 2 1 0
	weights weights_2 2 2 100
}

eight() {
	weights equal_8 8 1 0
	weights weights_8 8 8 100
}

many() {
	weights equal_64 64 1 0
	weights weights_64_of_2 64 2 100
}

# Two groups of 100 and 300, each of two, with 100 and 200; and eight in four groups on
# three levels.
nested() {
	tenant a 100
	tenant b 300
	tenant a/1 100
	tenant a/2 200
	tenant b/1 100
	tenant b/2 200
	shares nested a/1=1 a/2=2 b/1=3 b/2=6
	remove a/1 a/2 b/1 b/2 a b
	tenant top 100
	tenant a 300
	tenant a/1 100
	tenant a/c 50
	tenant a/c/1 100
	tenant a/c/2 200
	tenant b 100
	tenant b/1 100
	tenant b/2 150
	tenant b/3 200
	tenant b/4 250
	shares nested_3 top=210 a/1=420 a/c/1=70 a/c/2=140 b/1=30 b/2=45 b/3=60 b/4=75
	remove top a/1 a/c/1 a/c/2 a/c a b/1 b/2 b/3 b/4 b
}

# Who has many queues gets no more by that. The other has a whole slice of work.
queues() {
	tenant many 100 2G
	tenant one 100
	more[many]=--queues=64
	busy=(--kernel-us=1000)
	shares queues_64_beside_1 many=1 one=1
	busy=(--kernel-us=200)
	more=()
	remove many one
}

caps() {
	local percent

	tenant capped 100
	tenant other 100
	for percent in 10 25 50; do
		echo "${percent}000 100000" >"$(of capped gpu.max)"
		loads cap_$percent capped "${busy[@]}"
		note cap_${percent}_error "$(off "${got[capped]}" $percent)"
	done
	echo '25000 100000' >"$(of capped gpu.max)"
	loads cap_25_beside capped "${busy[@]}" -- other "${busy[@]}"
	note cap_25_beside_error "$(off "${got[capped]}" 25)"
	note cap_25_beside_engine_lost "$(off "${got[capped]}" "${got[other]}" 100)"
	remove capped other
}

# Beside one of nine times the weight that has queues, and work once in a second.
idle() {
	tenant light 100
	tenant heavy 900
	loads idle light "${busy[@]}" -- heavy --idle-us=1000000
	note idle_engine_lost "$(off "${got[light]}" "${got[heavy]}" 100)"
	remove light heavy
}

# One of two that has queues but no work, and then has work all the time: how long it
# waits for its first turn, of ten times, and what it gets from then on.
back() {
	local i wait most=0

	tenant back 100
	tenant other 100
	for ((i = 0; i < 10; i++)); do
		settle=1.$((RANDOM % 1000 + 1000)) seconds=1
		loads return back "${busy[@]}" --later -- other "${busy[@]}"
		wait=$(($(value first_us <"${told[back]}") - 200))
		[ $wait -lt $most ] || most=$wait
	done
	note return_wait_max "$(awk "BEGIN { print $most / 1000 }")"
	settle=1 seconds=10
	loads return back "${busy[@]}" --later -- other "${busy[@]}"
	note return_share_error "$(awk "BEGIN { x = ${got[back]} / 50 - 1; print 100 * (x < 0 ? -x : x) }")"
	note return_engine_lost "$(off "${got[back]}" "${got[other]}" 100)"
	remove back other
}

# waited NAME: when, and how long some and all of its queues have waited until then, in us.
# No process is started meanwhile: what it would take, on a busy CPU, is not theirs.
waited() {
	local lines

	mapfile -t lines <"$(of "$1" gpu.pressure)"
	echo "${EPOCHREALTIME/./} ${lines[0]##*total=} ${lines[1]##*total=}"
}

# Three that always have work wait whenever it is not their turn; of the last one's two
# queues one waits always.
pressure() {
	local name begin end

	for name in 1 2 3; do
		tenant p$name ${name}00
	done
	(
		sleep 4
		for end in '' end; do
			for name in 1 2 3; do
				echo "$name $(waited p$name)"
			done
			[ -n "$end" ] || sleep 6
		done
	) >"$work/waited" &
	loads pressure p1 "${busy[@]}" -- p2 "${busy[@]}" -- p3 "${busy[@]}" --queues=2
	wait
	cat "$work/waited" >&2
	awk '
		function off(got, want) {
			got = 100 * (got > want ? got - want : want - got)
			worst = got > worst ? got : worst
		}
		!($1 in at) { at[$1] = $2; some[$1] = $3; full[$1] = $4; next }
		{
			off(($3 - some[$1]) / ($2 - at[$1]), $1 == 3 ? 1 : 1 - $1 / 6)
			off(($4 - full[$1]) / ($2 - at[$1]), 1 - $1 / 6)
		}
		END { print worst }' "$work/waited" >"$work/figures"
	note pressure_error_max "$(cat "$work/figures")"
	remove p1 p2 p3
}

# GHOSTNV_LIMIT_GPU_EXCLUSIVE is 12. What waits has to end some time, too.
exclusive() {
	tenant alone 100
	tenant other 100
	gnvctl set "${id[alone]}" 12 0 1 >/dev/null
	(sleep 15 && gnvctl set "${id[alone]}" 12 0 0 >/dev/null) &
	loads exclusive alone "${busy[@]}" -- other "${busy[@]}"
	wait
	note exclusive_engine_lost "$(off "${got[alone]}" 100)"
	note exclusive_others_share "${got[other]}"
	remove alone other
}

# requests US...: requests of the latency class that take so long, alone and beside three
# that always have work.
requests() {
	local i us scene alone

	for i in fast slow0 slow1 slow2; do
		tenant $i 100
	done
	echo 1 >"$(of fast gpu.latency)"
	seconds=$long
	for us; do
		local ask=(fast --kernel-us="$us" --idle-us="$((us * 5))" --seed="$seed")
		scene=latency_$((us / 1000))ms
		[ "$us" != 20000 ] || scene=latency
		loads "${scene}_alone" "${ask[@]}"
		cp "${told[fast]}" "$work/alone"
		loads "$scene" "${ask[@]}" -- slow0 -- slow1 -- slow2
		for i in p50 p99; do
			alone=$(value ${i}_us <"$work/alone")
			note "${scene}_${i}_alone" "$alone"
			note "${scene}_${i}_ratio" \
				"$(awk "BEGIN { print $(value ${i}_us <"${told[fast]}") / $alone }")"
		done
	done
	seconds=10
	remove fast slow0 slow1 slow2
}

latency() {
	requests 20000 5000
}

latency_more() {
	requests 10000 2000
}

# One of the class that always has work, as the other has.
greedy() {
	tenant first 100
	tenant other 100
	echo 1 >"$(of first gpu.latency)"
	shares latency_greedy first=1 other=1
	remove first other
}

# One of two has 100 queues, and makes and frees one more all the time, for which everybody
# is looked at; the other one's work has short gaps, as that of programs which wait for what
# they asked for.
fuss() {
	tenant fussy 100 2G
	tenant other 100
	loads fuss fussy "${busy[@]}" --queues=100 --fuss-us=200 -- \
		other --kernel-us=1900 --idle-us=100
	note fuss_share_error "$(awk "BEGIN { x = ${got[fussy]} / 50 - 1; print 100 * (x < 0 ? -x : x) }")"
	remove fussy other
}

# One of the latency class has queues, so slices are short, and a change to another context
# takes a good part of them.
changes() {
	local name

	reload "${sim_args[@]}" switch_ns=50000
	for name in fast light heavy1 heavy2; do
		tenant $name 100
	done
	echo 1 >"$(of fast gpu.latency)"
	echo 300 | tee "$(of heavy1 gpu.weight)" >"$(of heavy2 gpu.weight)"
	loads changes fast --kernel-us=200 --idle-us=1000000 -- light "${busy[@]}" -- \
		heavy1 "${busy[@]}" -- heavy2 "${busy[@]}"
	note changes_share_error "$(awk "BEGIN {
		x = 7 * ${got[light]} / (${got[light]} + ${got[heavy1]} + ${got[heavy2]}) - 1
		print 100 * (x < 0 ? -x : x) }")"
	remove fast light heavy1 heavy2
	reload "${sim_args[@]}"
}

# The same, with many queues.
greedy_many() {
	tenant first 100 2G
	tenant other 100
	echo 1 >"$(of first gpu.latency)"
	more[first]=--queues=64
	shares latency_greedy_64 first=1 other=1
	more=()
	remove first other
}

unit() {
	case $1 in
	*_jain | *_ratio) echo ratio ;;
	*_alone) echo us ;;
	*_wait_max) echo ms ;;
	*) echo % ;;
	esac
}

RANDOM=$((seed % 32768))
for ((round = 0; round < rounds; round++)); do
	for scene in "${scenes[@]}"; do
		$scene
	done
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
		sed "s/^[^\t]*/${prefix}_$1/"
}
worst share_error_max gr '_(equal|weights|nested|queues)[^	]*_share_error	'
worst jain_min g '_jain	'
worst engine_lost gr '_(equal|weights|nested|queues)[^	]*_engine_lost	'
worst cap_error_max gr '_cap_[^	]*_error	'
