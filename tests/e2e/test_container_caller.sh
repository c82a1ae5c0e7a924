#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What the caller of ghostnv-container brings along: its descriptors, its limits, its
# own end; and what a container can do with them.
# timeout: 300
#
# Programs for the inside stand in single quotes.
# shellcheck disable=SC2016

set -u
# shellcheck source=tests/e2e/lib/tap.sh
. "$(dirname "$0")/lib/tap.sh"
# shellcheck source=tests/e2e/lib/container.sh
. "$(dirname "$0")/lib/container.sh"

before=$(traces)
forever='while :; do sleep 1000; done'

# --- directories and files ----------------------------------------------------------

# refuses COMMAND...: with status 1, in words, and with a remedy.
refuses() {
	local rc=0

	"$@" 2>"$work/err" || rc=$?
	cat "$work/err"
	[ "$rc" = 1 ] && grep -q 'standard descriptor . is a directory.*; ' "$work/err"
}
directory_in() { run --rm "$rootfs" true </; }
directory_in_userns() { run --rm --userns "$rootfs" true </; }
directory_out() { run --rm "$rootfs" true </dev/null 1</; }
ok 'stdin:directory_is_refused' refuses directory_in
ok 'stdin:directory_is_refused_with_userns' refuses directory_in_userns
ok 'stdout:directory_is_refused' refuses directory_out

printf 'one\ntwo\n' >"$work/input"
chmod 600 "$work/input"
is 'stdin:file_is_read' "$(run --rm "$rootfs" cat <"$work/input")" $'one\ntwo'
run --rm "$rootfs" sh -c 'echo changed >/proc/self/fd/0; chmod 777 /proc/self/fd/0' \
	<"$work/input" 2>/dev/null
is 'stdin:file_cannot_be_written' "$(cat "$work/input")" $'one\ntwo'
is 'stdin:file_keeps_its_mode' "$(stat -c %a "$work/input")" 600
is 'stdin:file_is_read_from_where_it_stands' "$({
	read -r _
	run --rm "$rootfs" cat
} <"$work/input")" two
exec 7<"$work/input"
rm "$work/input"
is 'stdin:file_without_a_name' "$(run --rm "$rootfs" cat <&7)" $'one\ntwo'
exec 7<&-

# --- descriptors that are closed, or too many ----------------------------------------

is 'detach:stdin_closed' "$(run -d --name one "$rootfs" sh -c "$forever" <&-)" one
run -d --name two "$rootfs" sh -c "$forever" <&- >&- 2>&-
is 'detach:all_closed' "$(status_of one) $(status_of two)" 'running running'
# A supervisor that has lost its descriptors would turn round and round.
ok 'detach:stop_after_closed' ghostnv-container stop --timeout 0 one two
is 'detach:ended_after_closed' "$(status_of one) $(status_of two)" 'exited exited'
ghostnv-container delete one two

exec 9>"$work/lock"
flock 9
run -d --name three "$rootfs" sh -c "$forever" >/dev/null
exec 9>&-
ok 'detach:keeps_no_lock' flock --nonblock "$work/lock" true
ghostnv-container delete --force three
is 'run:no_descriptor_goes_in' \
	"$(run --rm "$rootfs" sh -c '[ -e /proc/self/fd/9 ] || echo none' 9</)" none

# few_files COMMAND...
few_files() { (ulimit -S -n 8 && "$@" </dev/null); }
ok 'run:few_files' few_files ghostnv-container run --rm "$rootfs" true

# --- its own end ----------------------------------------------------------------------

has_child() { grep -qsx "PPid:[[:space:]]*$1" /proc/[0-9]*/status; }
is_running() { [ "$(status_of "$1")" = running ]; }

# The supervisor waits for the lock; when it goes on, nobody reads the name.
mkdir -p /run/ghostnv
exec 8</run/ghostnv
flock 8
ghostnv-container run -d --name four "$rootfs" sh -c "$forever" >/dev/null &
launcher=$!
ok 'pipe:launcher_has_a_supervisor' until_true has_child $launcher
kill -KILL $launcher
wait $launcher 2>/dev/null
exec 8<&-
ok 'pipe:supervisor_survives_its_launcher' until_true is_running four
ok 'pipe:supervisor_still_cleans_up' ghostnv-container stop --timeout 0 four
# What the record knows only from one that was looked after.
is 'pipe:supervisor_saw_the_end' "$(field four exit_status)" 137
ghostnv-container delete four

# --- what cannot be written -----------------------------------------------------------

cannot_write() { ! "$@" >/dev/full 2>"$work/err" && grep -q 'stdout' "$work/err"; }
ok 'version:full_disk' cannot_write ghostnv-container version
ok 'list:full_disk' cannot_write ghostnv-container list
ok 'prune:full_disk' cannot_write ghostnv-container prune

run --name five "$rootfs" echo $'raw\xff\xe2\x82byte' >/dev/null
is 'list:json_is_utf8' "$(ghostnv-container list --format json | iconv -f UTF-8 -t UTF-8 |
	jq -r '.[0].command[1]')" $'raw\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdbyte'
ghostnv-container delete five

is 'caller:leaves_nothing' "$(traces)" "$before"
tap_end
