# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Loads of the GPU from containers, and what each of them got. To be sourced after
# ghostnv.sh.

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

containers=/sys/kernel/ghostnv/containers

# of NAME FILE: a file of the container on GPU 0.
# shellcheck disable=SC2154 # id is of ghostnv.sh
of() {
	echo "$containers/${id[$1]}/gpu0/$2"
}

# time_of NAME KEY: of its gpu.stat.
time_of() {
	awk -v k="$2" '$1 == k { print $2 }' "$(of "$1" gpu.stat)"
}

# together SECONDS NAME [ARGUMENT...] [-- NAME [ARGUMENT...]]...: loads the GPU from
# containers at the same time, and counts from when all are there and $settle seconds
# have passed. What NAME ran is in ran[NAME] then, in us, of the span[NAME] that was
# counted; total[NAME] is all that it ran, used[NAME] what gpu.stat says, and what rmload
# wrote is in the file told[NAME], in $work.
declare -A ran span total used told
settle=0.3
together() {
	local seconds=$1 names=() pids=() arguments name out i

	shift
	while [ $# -gt 0 ]; do
		name=$1 arguments=()
		shift
		while [ $# -gt 0 ] && [ "$1" != -- ]; do
			arguments+=("$1")
			shift
		done
		[ $# -eq 0 ] || shift
		used[$name]=$(time_of "$name" usage_usec)
		told[$name]=$work/load.${name//\//_}
		# Nobody is to find what the one before wrote.
		: >"${told[$name]}"
		(enter "$name" rmload "${arguments[@]}" "$seconds") >"${told[$name]}" 2>&1 &
		names+=("$name") pids+=($!)
	done
	for i in "${!names[@]}"; do
		until grep -q '^ready=1' "${told[${names[i]}]}"; do
			kill -0 "${pids[i]}" || { cat "${told[${names[i]}]}" && return 1; }
			sleep 0.05
		done
	done
	# What was submitted last shall be under way everywhere.
	sleep "$settle"
	kill -USR1 "${pids[@]}"
	wait "${pids[@]}"
	for name in "${names[@]}"; do
		out=${told[$name]}
		ran[$name]=$(value run_us <"$out")
		span[$name]=$(value span_us <"$out")
		total[$name]=$(value total_us <"$out")
		used[$name]=$(($(time_of "$name" usage_usec) - used[$name]))
		echo "# $name ran ${ran[$name]} us of ${span[$name]}, in all ${total[$name]}, used ${used[$name]}: $(tr '\n' ' ' <"$(of "$name" gpu.stat)")"
	done
}
