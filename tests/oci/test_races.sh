#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Races: somebody exchanges names in the root file system (RACES times, 20), or ends the
# runtime, at each step.

set -u
# shellcheck source=tests/oci/lib.sh
. "$(dirname "$0")/lib.sh"

races=${RACES:-20}

# --- names that change -----------------------------------------------------------------

mkdir -p "$work/host/a" "$work/volume" "$rootfs/race/a" "$rootfs/cwd"
echo theirs >"$work/host/file"
echo theirs >"$work/host/a/file"
echo volume >"$work/volume/file"
untouched=$(cd "$work/host" && find . -printf '%p %y %m %U %s\n' | sort)
cc -O1 -o "$work/exchange" "$root/tests/oci/exchange.c" || exit 1
racers=()
# What the links lead to inside the root, where they are taken from there, as is right.
mkdir -p "$rootfs$work/host/a"
cp "$work/volume/file" "$rootfs$work/host/file"
cp "$work/volume/file" "$rootfs$work/host/a/file"

# exchange NAME: for a link that leads out of the root, until all is over.
exchange() {
	ln -sfn "../../../../../../../../../..$work/host${2-}" "$1.link"
	"$work/exchange" "$1" "$1.link" &
	racers+=($!)
}

# The directory above a mount point, and mount points themselves: of a directory, of a file;
# what is masked, what is to be read-only, where the program is to start.
mkdir -p "$rootfs/point" "$rootfs/masked"
touch "$rootfs/point.file"
exchange "$rootfs/race"
exchange "$rootfs/point" /a
exchange "$rootfs/point.file" /file
exchange "$rootfs/masked" /a
exchange "$rootfs/cwd"
all=".mounts += [
		{destination: \"/race/a/b\", type: \"tmpfs\", source: \"tmpfs\"},
		{destination: \"/point\", source: \"$work/volume\", options: [\"bind\"]},
		{destination: \"/point.file\", source: \"$work/volume/file\", options: [\"bind\"]}] |
	.linux.maskedPaths += [\"/masked\", \"/race/a\"] | .linux.readonlyPaths += [\"/race\", \"/cwd\"] |
	.process.cwd = \"/cwd\""
bundle "$all" 'pwd; find . -xdev -maxdepth 2; cat /race/file /point/file /masked/file; echo >x'
# The kernel refuses most of what it is asked while names change that fast: it may take more turns.
ran=0
for ((turn = 0; turn < races || (ran == 0 && turn < 10 * races); turn++)); do
	fresh
	! oci run --bundle "$bundle" "$id" </dev/null >>"$work/seen" 2>/dev/null || ran=$((ran + 1))
	fresh
	! oci create --bundle "$bundle" "$id" </dev/null >>"$work/seen" 2>/dev/null ||
		oci start "$id" >/dev/null 2>&1
	oci exec --cwd /race "$id" sh -c 'cat file; echo >made' >>"$work/seen" 2>/dev/null
	oci delete --force "$id" >/dev/null 2>&1
done
kill "${racers[@]}"
wait "${racers[@]}" 2>/dev/null
ok races:some_come_through [ "$ran" -gt 0 ]
# By chance it seldom comes between a look and what is done then: for that, test_exchanges.sh.
is races:nothing_of_the_hosts_is_seen "$(grep -c theirs "$work/seen")" 0
is races:nothing_of_the_hosts_is_changed \
	"$(cd "$work/host" && find . -printf '%p %y %m %U %s\n' | sort)" "$untouched"
ok races:no_mount_is_left eval '! grep -q "$work/\(host\|rootfs\)" /proc/self/mountinfo'

# --- a runtime that is killed -------------------------------------------------------------

# at_each_step PREPARE COMMAND...: kills COMMAND at each of its system calls; what is then
# left after `delete --force`, once as a container called $id was prepared; and what `check` says
# before. `program` are more arguments.
program=()
check=:
at_each_step() {
	local prepare=$1 n rc

	shift
	for ((n = 1; n < 2000; n++)); do
		fresh
		$prepare
		"$work/kill_at" "$n" "$RUNTIME" --root "$work/state" "$@" "$id" "${program[@]}" \
			</dev/null >/dev/null 2>&1
		rc=$?
		$check | sed "s/^/step $n: /"
		oci delete --force "$id" >"$work/out" 2>&1 || echo "step $n: $(cat "$work/out")"
		leftovers | sed "s/^/step $n: /"
		[ "$rc" = 0 ] || break
	done
	[ "$rc" = 3 ] && [ "$n" -gt 20 ] || echo "no end: $rc at $n"
}

prepared() {
	oci create --bundle "$bundle" "$id" </dev/null >/dev/null 2>&1
}

started() {
	prepared && oci start "$id" >/dev/null 2>&1
}

paused() {
	started && oci pause "$id" >/dev/null 2>&1
}

# Whatever was come to of it, the container runs or is paused, and can be told to go on.
goes_on() {
	local status

	status=$(status_of "$id")
	[ "$status" = running ] || oci resume "$id" || echo "it is $status"
	oci exec "$id" true </dev/null || echo 'no exec'
}

# An update that is killed may be done in part; the next one does all of it.
updates() {
	goes_on
	oci update --resources "$work/update.json" "$id" || echo 'no update'
}

# Of a signal that ends it.
ends() {
	[ "$(status_of "$id")" != paused ] || oci resume "$id" || echo 'no resume'
	oci kill --all "$id" KILL 2>&1 | grep -v 'is not running'
	stopped "$id" || echo 'it does not end'
	oci delete "$id" || echo 'no delete'
}

# at_random ROUNDS PREPARE COMMAND...: kills it after a time that is within what it takes.
at_random() {
	local rounds=$1 prepare=$2 n delay pid

	shift 2
	for ((n = 0; n < rounds; n++)); do
		fresh
		$prepare
		"$RUNTIME" --root "$work/state" "$@" "$id" "${program[@]}" </dev/null >/dev/null 2>&1 &
		# Waiting makes a process, too.
		pid=$!
		printf -v delay 0.%06d $((RANDOM % 20000))
		read -rt "$delay" <> <(:) || :
		kill -9 "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
		$check | sed "s/^/round $n, $delay: /"
		oci delete --force "$id" >"$work/out" 2>&1 || echo "round $n, $delay: $(cat "$work/out")"
		leftovers | sed "s/^/round $n, $delay: /"
	done
}

# Either it was started, or it still can be; what was asked of the gate may come to pass between
# a look and the second `start`, which then says so.
starts_in_the_end() {
	local n rc=0

	for ((n = 1; rc == 0; n++)); do
		fresh
		prepared
		"$work/kill_at" "$n" "$RUNTIME" --root "$work/state" start "$id" >/dev/null 2>&1
		rc=$?
		[ "$(status_of "$id")" = running ] || oci start "$id" >"$work/out" 2>&1
		comes_to running "$id" || echo "step $n: $(cat "$work/out")"
		oci delete --force "$id"
	done
}

# With sanitizers it takes many more calls, and ends the same.
if [ "$RUNTIME" = "$root/build/runtime/ghostnv-container-oci" ]; then
	cc -O1 -o "$work/kill_at" "$root/tests/oci/kill_at.c" || exit 1
	bundle '.process.args = ["sleep", "100"]' ''
	is killed:create_leaves_nothing_that_delete_does_not_find \
		"$(at_each_step : create --bundle "$bundle")" ''
	is killed:run_neither "$(at_each_step : run --detach --bundle "$bundle")" ''
	is killed:start_neither "$(at_each_step prepared start)" ''
	is killed:delete_neither "$(at_each_step started delete --force)" ''
	program=(sleep 50)
	is killed:exec_neither "$(at_each_step started exec --detach)" ''
	program=()
	check=goes_on
	is killed:pause_can_be_resumed "$(at_each_step started pause)" ''
	is killed:resume_can_be_repeated "$(at_each_step paused resume)" ''
	# The one controller that machines leave to cgroup2 everywhere, if any.
	echo '{}' >"$work/update.json"
	! grep -q hugetlb /sys/fs/cgroup/cgroup.controllers ||
		echo '{"unified": {"hugetlb.2MB.max": "4194304", "hugetlb.2MB.rsvd.max": "4194304"}}' \
			>"$work/update.json"
	check=updates
	is killed:update_can_be_repeated \
		"$(at_each_step started update --resources "$work/update.json")" ''
	check=goes_on
	program=(USR1)
	bundle . 'trap : USR1; while :; do sleep 0.05; done'
	is killed:kill_all_may_leave_it_paused_at_worst "$(at_each_step started kill --all)" ''
	bundle '.process.args = ["sleep", "100"]' ''
	check=ends program=()
	is killed:kill_can_be_repeated "$(at_each_step started kill)" ''
	# The moments that are not those of system calls.
	seed=${SEED:-$$} rounds=${ROUNDS:-5}
	RANDOM=$seed
	echo "# SEED=$seed ROUNDS=$rounds"
	check=: program=()
	is random:create "$(at_random "$rounds" : create --bundle "$bundle")" ''
	is random:start "$(at_random "$rounds" prepared start)" ''
	is random:delete "$(at_random "$rounds" started delete --force)" ''
	check=ends
	is random:kill "$(at_random "$rounds" started kill)" ''
	check=goes_on
	is random:pause "$(at_random "$rounds" started pause)" ''
	is random:resume "$(at_random "$rounds" paused resume)" ''
	program=(sleep 50)
	check=updates
	is random:update "$(at_random "$rounds" started update --resources "$work/update.json")" ''
	check=goes_on
	is random:exec "$(at_random "$rounds" started exec --detach)" ''
	program=() check=:
	is killed:start_can_be_repeated "$(starts_in_the_end)" ''
fi

tap_end
