# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the scripts share: where things are, how they speak, how they cache. It is
# sourced, and knows nothing of what any one script does.

# A failure inside of $(...) is a failure.
shopt -s inherit_errexit

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cache=${GHOSTNV_CACHE:-/var/cache/ghostnv}
self=${0##*/}
export KBUILD_BUILD_USER=ghostnv KBUILD_BUILD_HOST=ghostnv
export KBUILD_BUILD_TIMESTAMP="@${SOURCE_DATE_EPOCH:-0}"

say() {
	printf '%s: %s\n' "$self" "$*" >&2
}

die() {
	say "$*"
	exit 1
}

usage_error() {
	say "$*"
	say "try --help"
	exit 2
}

# The comment at the top of the script that runs, as its help.
print_help() {
	sed -n '4,/^[^#]/{/^#/{s/^# \{0,1\}//;p}}' "$0"
}

# Runs a command with its output in a file; shows the end of it on failure.
# logged FILE COMMAND...
logged() {
	local log=$1

	shift
	mkdir -p "$(dirname "$log")"
	"$@" </dev/null >"$log" 2>&1 && return
	tail -n 40 "$log" >&2
	say "failed: $* (all of its output: $log)"
	return 1
}

# Makes $cache/NAME once, whoever else wants it at the same time: COMMAND gets
# the final path (to be written into files) and the folder to fill, which is
# renamed when the command has succeeded. cached NAME COMMAND...
cached() {
	local dir=$cache/$1

	shift
	[ -e "$dir" ] && return
	mkdir -p "$cache" 2>/dev/null || :
	[ -w "$cache" ] ||
		die "cannot write to $cache: run as root, or set GHOSTNV_CACHE"
	(
		flock 9
		[ -e "$dir" ] && exit
		rm -rf "$dir.partial"
		mkdir "$dir.partial"
		"$@" "$dir" "$dir.partial" 9>&-
		mv "$dir.partial" "$dir"
	) 9>"$dir.lock"
}
