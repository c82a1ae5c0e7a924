# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the tests of ghostnv.ko share: cgroups that are containers, programs that
# run in them, and figures of them. To be sourced after tap.sh.

cgroups=/sys/fs/cgroup
MiB=$((1 << 20))
GiB=$((1 << 30))
overhead=$(gnvctl version 2>/dev/null | value overhead)

# container NAME GPUS MAX: makes a cgroup and a container of it; its id is then
# in id[NAME].
declare -A id
container() {
	mkdir -p "$cgroups/$1"
	id[$1]=$(gnvctl create "$cgroups/$1" "$2" "$3" | value id)
	[ -n "${id[$1]}" ]
}

# enter CGROUP COMMAND...: this very shell goes there and becomes COMMAND. For what
# runs in the background, so that $! is COMMAND itself.
enter() {
	echo "$BASHPID" >"$cgroups/$1/cgroup.procs"
	shift
	exec "$@"
}

# inside CGROUP COMMAND...: runs COMMAND there.
inside() {
	(enter "$@")
}

# stat_of NAME KEY [GPU]
stat_of() {
	gnvctl stat "${id[$1]}" "${3:-total}" "$2"
}

# empty NAME: nothing is charged to it and nothing open in it, or soon.
empty() {
	gnvctl empty "${id[$1]}"
}

# becomes CGROUP KEY VALUE: its cgroup.events says so, or will soon.
becomes() {
	local i key state

	for ((i = 0; i < 200; i++)); do
		while read -r key state; do
			[ "$key $state" != "$2 $3" ] || return 0
		done <"$cgroups/$1/cgroup.events"
		sleep 0.05
	done
	return 1
}

# unpopulated CGROUP: the last process has left it, or will soon.
unpopulated() {
	becomes "$1" populated 0
}

# remove CGROUP...: the deepest first. A killed process leaves a moment later.
remove() {
	local name i status=0

	for name; do
		for ((i = 0; i < 200; i++)); do
			! rmdir "$cgroups/$name" 2>/dev/null || continue 2
			sleep 0.05
		done
		echo "# $name stays with the processes $(tr '\n' ' ' <"$cgroups/$name/cgroup.procs")"
		status=1
	done
	return $status
}

# load NAME [ARGUMENT...]: one of GhostNV's modules, as the machine loads it but for
# ARGUMENTs.
load() {
	local seal=''

	[ "$1" != ghostnv ] || seal=$GHOSTNV_SEAL
	insmod "$GHOSTNV_MODDIR/$1.ko" ${seal:+"$seal"} "${@:2}"
}

# unload_all: GhostNV's modules, in the order in which they let go.
unload_all() {
	local name

	for name in ghostnv_rm ghostnv ghostnv_sim; do
		! grep -q "^$name " /proc/modules || rmmod "$name" || return 1
	done
}

# How the simulator was loaded, so that it can be loaded that way again.
sim_args=()
for parameter in /sys/module/ghostnv_sim/parameters/*; do
	[ ! -s "$parameter" ] || sim_args+=("${parameter##*/}=$(cat "$parameter")")
done

# reload [ARGUMENT...]: everything anew, the simulator with ARGUMENTs.
reload() {
	unload_all && load ghostnv && load ghostnv-sim "$@" && load ghostnv-rm
}
