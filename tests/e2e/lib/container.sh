# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the tests of ghostnv-container share: a small root directory as an image,
# and a look at everything that a container may leave behind. To be sourced behind
# tap.sh.

work=$(mktemp -d)
rootfs=$work/rootfs
unset GHOSTNV_STATE_ROOT

# Whatever a failed test left running ends with it.
container_cleanup() {
	local name

	for name in $(ghostnv-container list --format json | jq -r '.[].name'); do
		ghostnv-container delete --force "$name"
	done
	rm -rf "$work"
}
trap container_cleanup EXIT

make_rootfs() {
	mkdir -p "$1"/{bin,etc,proc,sys,dev,tmp,root}
	cp "$(command -v busybox)" "$1/bin/busybox"
	"$1/bin/busybox" --install "$1/bin"
	printf '%s\n' 'root:x:0:0::/root:/bin/sh' 'joe:x:1000:1001::/home:/bin/sh' >"$1/etc/passwd"
	printf '%s\n' 'root:x:0:' 'joe:x:1001:' 'team:x:1002:joe' >"$1/etc/group"
	echo 'no program' >"$1/bin/text"
	chmod 644 "$1/bin/text"
}
make_rootfs "$rootfs"

run() {
	ghostnv-container run "$@"
}

# until_true COMMAND...: at most 20 seconds, looked at 10 times in each.
until_true() {
	local i

	for ((i = 0; i < 200; i++)); do
		"$@" && return
		read -rt 0.1 <> <(:) || :
	done
	return 1
}

# status_of NAME
status_of() {
	ghostnv-container list --format json |
		jq -r --arg name "$1" '.[] | select(.name == $name) | .status'
}

# field NAME KEY
field() {
	ghostnv-container list --format json |
		jq -r --arg name "$1" --arg key "$2" '.[] | select(.name == $name) | .[$key]'
}

cgroup_root=/sys/fs/cgroup
[ -e $cgroup_root/cgroup.controllers ] || cgroup_root=$cgroup_root/unified

# What matches the patterns, one a line.
matches() {
	local path

	for path in "$@"; do
		[ ! -e "$path" ] || echo "$path"
	done
}

cgroups() {
	matches $cgroup_root/ghostnv/*/
}

# All that could be left: mounts, cgroups, records, writable layers, containers in
# the module. Starts no program: it is called often, and machines may be slow.
traces() {
	local mounts

	mapfile -t mounts </proc/self/mountinfo
	echo "${#mounts[@]} mounts"
	cgroups
	matches /run/ghostnv/* /var/lib/ghostnv/containers/* /sys/kernel/ghostnv/containers/*
}

# one_line_error STATUS NEEDLE COMMAND...: the command ends with STATUS, says one
# line on stderr that has NEEDLE and a remedy behind a semicolon, says nothing on
# stdout, and leaves nothing.
one_line_error() {
	local wanted=$1 needle=$2 before after lines rc=0

	shift 2
	before=$(traces)
	"$@" >"$work/out" 2>"$work/err" </dev/null || rc=$?
	after=$(traces)
	mapfile -t lines <"$work/err"
	printf '%s\n' "status $rc" "stdout: $(<"$work/out")" "${lines[@]}" "$after"
	[ "$rc" = "$wanted" ] || return 1
	[ ! -s "$work/out" ] && [ ${#lines[@]} = 1 ] || return 1
	[[ ${lines[0]} == *"$needle"* ]] || return 1
	[[ ${lines[0]} == 'ghostnv-container: '*'; '* ]] || return 1
	[ "$before" = "$after" ]
}
