# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# TAP for the tests of the harness: sourced by them.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
cd "$root" || exit 1
scratch=$(mktemp -d "${TMPDIR:-/tmp}/ghostnv-rig.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
tests=0 failures=0

# check NAME COMMAND...: a test that passes when the command's status is 0; what it
# printed is shown when not.
check() {
	local name=$1

	shift
	tests=$((tests + 1))
	if "$@" >"$scratch/said" 2>&1; then
		echo "ok $tests - $name"
	else
		failures=$((failures + 1))
		echo "not ok $tests - $name"
		sed 's/^/# /' "$scratch/said"
	fi
}

# skip NAME REASON
skip() {
	tests=$((tests + 1))
	echo "ok $tests - $1 # SKIP $2"
}

# ends STATUS COMMAND...: whether the command ends with that status.
ends() {
	local expected=$1 status=0

	shift
	"$@" || status=$?
	[ "$status" = "$expected" ] && return
	echo "ended with status $status, not $expected: $*"
	return 1
}

# says TEXT COMMAND...: whether the command writes the text, whatever its status.
says() {
	local text=$1

	shift
	("$@" || :) >"$scratch/says" 2>&1
	grep -qF -- "$text" "$scratch/says" && return
	echo "no \`$text\` in what this wrote: $*"
	cat "$scratch/says"
	return 1
}

done_testing() {
	echo "1..$tests"
	[ "$failures" = 0 ]
}
