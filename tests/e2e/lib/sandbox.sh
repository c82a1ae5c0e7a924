# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the tests of runtime/sandbox share: a root file system of busybox, and ways
# to run programs in it. To be sourced after tap.sh.

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rootfs=$work/rootfs
outside=$work/outside

# A root file system of busybox alone.
make_rootfs() {
	local tool

	# With what the tests mount on: where owners cannot be mapped, root in a user
	# namespace can make nothing in an image.
	mkdir -p "$1"/{bin,data,dev,etc,lib,lib64,proc,root,sys,tmp,usr/lib}
	touch "$1/probe"
	chmod 1777 "$1/tmp"
	cp "$(command -v busybox)" "$1/bin/busybox"
	for tool in cat chmod echo env grep head hostname id ls mkdir pwd readlink \
		sh sleep stat touch true wc yes; do
		ln -s busybox "$1/bin/$tool"
	done
	printf '%s\n' 'root:x:0:0:root:/root:/bin/sh' \
		'app:x:1000:1000::/home/app:/bin/sh' >"$1/etc/passwd"
	printf '%s\n' 'root:x:0:' 'app:x:1000:' 'video:x:44:other,app' >"$1/etc/group"
}

make_rootfs "$rootfs"
mkdir -m 700 "$rootfs/closed"
mkdir "$outside"

# The host's libraries, for programs that are not static.
libraries=()
for directory in /lib /lib64 /usr/lib; do
	[ ! -d "$directory" ] || libraries+=(--volume "$directory:$directory:ro")
done

# in_sandbox [OPTION...] COMMAND...: with the usual root file system.
in_sandbox() {
	local options=()

	while [[ ${1-} == --* ]]; do
		case $1 in
		--hold | --read-only | --threads | --userns) options+=("$1") ;;
		*)
			options+=("$1" "$2")
			shift
			;;
		esac
		shift
	done
	sandbox_run "${options[@]}" "$rootfs" "$@"
}

probe() {
	in_sandbox "${@:2}" "${libraries[@]}" \
		--volume "$(command -v sandbox_probe):/probe:ro" /probe "$1"
}

# status WANTED COMMAND...
status() {
	local wanted=$1 rc=0

	shift
	"$@" || rc=$?
	[ "$rc" = "$wanted" ] || {
		echo "status $rc, wanted $wanted"
		return 1
	}
}

fails_with() {
	local text=$1 out

	shift
	out=$("$@" 2>&1)
	status 125 test $? = 125 || :
	case $out in
	*"$text"*) return 0 ;;
	esac
	echo "said: $out"
	return 1
}

own_status() {
	in_sandbox "${@:2}" cat /proc/self/status | sed -n "s/^$1:[[:space:]]*//p"
}
