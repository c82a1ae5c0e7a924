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

# inside NAME COMMAND...: runs COMMAND in a cgroup.
inside() {
	local cgroup=$cgroups/$1

	shift
	(
		echo "$BASHPID" >"$cgroup/cgroup.procs"
		exec "$@"
	)
}

# stat_of NAME KEY [GPU]
stat_of() {
	gnvctl stats "${id[$1]}" "${3:-total}" | value "$2"
}

# becomes WANTED COMMAND...: COMMAND prints WANTED, at once or soon: what a closing
# file gives back may come a moment after its process is gone.
becomes() {
	local wanted=$1 got='' i

	shift
	for ((i = 0; i < 100; i++)); do
		got=$("$@")
		[ "$got" != "$wanted" ] || return 0
		read -r -t 0.05 <> <(:) || :
	done
	echo "got: $got, wanted: $wanted"
	return 1
}

# empty NAME: all counters of a container are 0.
empty() {
	becomes 0 stat_of "$1" current &&
		becomes 0 stat_of "$1" allocations &&
		becomes 0 stat_of "$1" contexts &&
		becomes 0 stat_of "$1" clients &&
		becomes 0 stat_of "$1" sessions
}

# remove NAME: removes the cgroup, and the container with it.
remove() {
	rmdir "$cgroups/$1"
}
