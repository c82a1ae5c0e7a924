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

# --- what Debian has beside this machine's own release -------------------------------

# Debian's entries among this machine's package sources: "URI SUITE COMPONENT".
own_sources() {
	# shellcheck disable=SC2016 # apt expands it
	apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' \
		'Created-By: Packages' 'Origin: Debian' "$@" | awk '!seen[$0]++'
}

# A folder in which apt has lists of its own, so that nothing of them reaches the
# machine, with the keys of Debian. beside_of LOG ENTRIES, each a line "deb URI
# SUITE COMPONENT", or deb-src; it is for the caller to remove.
beside_of() {
	local log=$1 entries=$2 keys=/usr/share/keyrings/debian-archive-keyring.gpg dir

	[ -n "$entries" ] || die "apt knows no sources of Debian: run apt-get update"
	dir=$(mktemp -d)
	mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial" "$dir/debs"
	chmod 755 "$dir"
	! id _apt >/dev/null 2>&1 || chown -R _apt "$dir"
	printf '%s\n' "$entries" | sed "s|^[^ ]*|& [signed-by=$keys]|" >"$dir/beside.list"
	if ! logged "$log" beside_apt "$dir" apt-get update; then
		rm -rf "$dir"
		return 1
	fi
	echo "$dir"
}

# Another suite, from the mirror that the machine's own sources name:
# beside SUITE COMPONENT LOG
beside() {
	local suite=$1 component=$2 log=$3 uri

	uri=$(own_sources 'Label: Debian' | sed -n '1s/ .*//p')
	beside_of "$log" ${uri:+"deb $uri $suite $component"}
}

# A mirror may be a snapshot, whose lists have expired: beside_apt DIR COMMAND...
beside_apt() {
	local dir=$1 program=$2

	shift 2
	"$program" -q -o Dir::Etc::SourceList="$dir/beside.list" \
		-o Dir::Etc::SourceParts=/dev/null -o Dir::State::Lists="$dir/lists" \
		-o Dir::Cache="$dir/cache" -o Acquire::Languages=none \
		-o Acquire::Check-Valid-Until=false "$@"
}

# Into $DIR/debs: beside_fetch DIR LOG PACKAGE VERSION
beside_fetch() {
	(cd "$1/debs" && logged "$2" beside_apt "$1" apt-get download "$3=$4")
}
