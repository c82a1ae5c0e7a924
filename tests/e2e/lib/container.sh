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

cgroups() {
	local root=/sys/fs/cgroup

	[ -e $root/cgroup.controllers ] || root=$root/unified
	find $root/ghostnv -mindepth 1 -type d 2>/dev/null | sort
}

# All that could be left: cgroups, mounts, records, writable layers, containers in
# the module.
traces() {
	cgroups
	grep -c . /proc/self/mountinfo
	find /run/ghostnv /var/lib/ghostnv/containers -mindepth 1 2>/dev/null | sort
	[ ! -d /sys/kernel/ghostnv/containers ] || ls /sys/kernel/ghostnv/containers
}

# one_line_error STATUS NEEDLE COMMAND...: the command ends with STATUS, says one
# line on stderr that has NEEDLE and a remedy behind a semicolon, says nothing on
# stdout, and leaves nothing.
one_line_error() {
	local wanted=$1 needle=$2 before rc=0

	shift 2
	before=$(traces)
	"$@" >"$work/out" 2>"$work/err" </dev/null || rc=$?
	cat "$work/out" "$work/err"
	[ "$rc" = "$wanted" ] || {
		echo "status $rc, not $wanted"
		return 1
	}
	[ ! -s "$work/out" ] || return 1
	[ "$(wc -l <"$work/err")" = 1 ] || return 1
	grep -qF -- "$needle" "$work/err" || {
		echo "no \`$needle\` in it"
		return 1
	}
	grep -q '^ghostnv-container: .*; ' "$work/err" || {
		echo "no remedy in it"
		return 1
	}
	diff <(echo "$before") <(traces)
}
