#!/bin/bash
# SPDX-License-Identifier: MIT
#
# File systems that are full, or read-only, below --root, --log and --pid-file: what cannot be
# made is refused, with its name, and leaves nothing; what is there can be used and deleted.

set -u
# shellcheck source=tests/oci/lib.sh
. "$(dirname "$0")/lib.sh"

if ! is_ours; then
	echo '1..0 # SKIP others leave things'
	exit 0
fi

# The records are in $work/state, as with the others.
mkdir "$work/state" "$work/disk"

# room BYTES [INODES]: a file system for the records with that room.
room() {
	! mountpoint -q "$work/state" || umount "$work/state"
	mount -t tmpfs -o "size=$1,nr_inodes=${2:-0}" tmpfs "$work/state"
}

fill() {
	dd if=/dev/zero of="$1/fill" bs=4k count=16k 2>/dev/null
	[ "$(df --output=avail "$1" | tail -1)" -eq 0 ]
}

says() {
	local text=$1

	shift
	! "$@" >"$work/said" 2>&1 && grep -qiF -- "$text" "$work/said"
}

# goes_through WHAT: create, start, exec, kill and delete, each of which does its work or fails
# with those words; then nothing is left.
goes_through() {
	local words='no space left'

	fresh
	if ! oci create --bundle "$bundle" "$id" </dev/null >"$work/said" 2>&1; then
		grep -qi "$words" "$work/said" || echo "$1: $(cat "$work/said")"
		leftovers | sed "s/^/$1: /"
		return
	fi
	created=$((created + 1))
	oci start "$id" >"$work/said" 2>&1 || echo "$1: start: $(cat "$work/said")"
	comes_to running "$id" || echo "$1: it is $(status_of "$id")"
	oci exec "$id" true </dev/null || echo "$1: exec"
	oci kill "$id" KILL || echo "$1: kill"
	stopped "$id" || echo "$1: it is $(status_of "$id")"
	oci delete "$id" || echo "$1: delete"
	leftovers | sed "s/^/$1: /"
}

bundle '.process.args = ["sleep", "100"]' ''

# --- no room for something ------------------------------------------------------------------

created=0
for pages in $(seq 1 12); do
	room $((pages * 4096))
	goes_through "$pages pages"
done >"$work/pages"
is room:every_page_that_is_missing "$(cat "$work/pages")" ''
ok room:some_come_through [ "$created" -gt 0 ]
ok room:some_do_not [ "$created" -lt 12 ]
created=0
for inodes in $(seq 2 12); do
	room 1M "$inodes"
	goes_through "$inodes inodes"
done >"$work/inodes"
is room:every_inode_that_is_missing "$(cat "$work/inodes")" ''
ok room:some_come_through_inodes [ "$created" -gt 0 ]
ok room:some_do_not_inodes [ "$created" -lt 11 ]

# --- full while it is there -------------------------------------------------------------------

room 1M
create '.process.args = ["sleep", "100"]' ''
ok full:it_is fill "$work/state"
ok full:start oci start "$id"
ok full:it_runs comes_to running "$id"
ok full:start_once_only says 'is running, and not created' oci start "$id"
ok full:pause oci pause "$id"
ok full:resume oci resume "$id"
ok full:exec oci exec "$id" true
ok full:list eval 'oci list --quiet | grep -x "$id"'
ok full:update eval 'echo "{}" | oci update --resources - "$id"'
running=$id
fresh
ok full:no_other_one says 'no space left' oci create --bundle "$bundle" "$id"
is full:of_which_nothing_is_left "$(leftovers | grep -v "$running\$\|$running/\|$running:" |
	grep -c "$id")" 0
ok full:delete_force oci delete --force "$running"
rm "$work/state/fill"
is full:nothing_is_left "$(leftovers)" ''

# --- read-only --------------------------------------------------------------------------------

create '.process.args = ["sleep", "100"]' ''
mount -o remount,ro "$work/state"
running=$id
ok read_only:start oci start "$id"
ok read_only:it_runs comes_to running "$id"
ok read_only:exec oci exec "$id" true
fresh
ok read_only:create says 'read-only file system' oci create --bundle "$bundle" "$id"
ok read_only:run says 'read-only file system' oci run --bundle "$bundle" "$id"
ok read_only:no_cgroup_is_left [ ! -e "/sys/fs/cgroup/ghostnv-oci/container-$id" ]
ok read_only:kill oci kill "$running" KILL
ok read_only:stopped stopped "$running"
ok read_only:delete_says_so says 'read-only file system' oci delete "$running"
is read_only:it_has_stopped "$(status_of "$running")" stopped
mount -o remount,rw "$work/state"
ok read_only:delete_when_it_is_not oci delete "$running"
is read_only:nothing_is_left "$(leftovers)" ''

# --- --pid-file and --log -----------------------------------------------------------------------

mount -t tmpfs -o size=16k tmpfs "$work/disk"
fill "$work/disk"
create '.process.args = ["sleep", "100"]' ''
oci start "$id"
running=$id
processes() {
	oci ps "$running" | wc -l
}
for words in 'no space left' 'read-only file system'; do
	fresh
	ok "pid_file:create:$words" says "$words" oci create --bundle "$bundle" \
		--pid-file "$work/disk/pid" "$id"
	ok "pid_file:names_it:$words" grep -qF -- "--pid-file \`$work/disk/pid\`" "$work/said"
	ok "pid_file:run:$words" says "$words" oci run --detach --bundle "$bundle" \
		--pid-file "$work/disk/pid" "$id"
	ok "pid_file:no_record:$words" [ ! -e "$work/state/$id" ]
	ok "pid_file:no_cgroup:$words" [ ! -e "/sys/fs/cgroup/ghostnv-oci/container-$id" ]
	ok "pid_file:exec:$words" says "$words" oci exec --detach --pid-file "$work/disk/pid" \
		"$running" sleep 50
	for _ in $(seq 100); do [ "$(processes)" = 2 ] || read -rt 0.05 <> <(:) || :; done
	is "pid_file:no_process:$words" "$(processes)" 2
	is "pid_file:nothing_else:$words" "$(ls -A "$work/disk")" fill
	if [ "$words" = 'no space left' ]; then
		# A log that does not take it is nobody's to be told; standard error has it.
		ok log:full oci --log "$work/disk/log" state "$running"
		ok log:full_and_an_error says 'does not exist' oci --log "$work/disk/log" state no
		rm -f "$work/disk/log"
		mount -o remount,ro "$work/disk"
	fi
done
ok log:read_only says "--log \`$work/disk/log\`: read-only file system" \
	oci --log "$work/disk/log" create --bundle "$bundle" "$id"
ok log:read_only_makes_nothing [ ! -e "$work/state/$id" ]
ok pid_file:delete oci delete --force "$running"
is pid_file:nothing_is_left "$(leftovers)" ''
umount "$work/disk" "$work/state"

tap_end
