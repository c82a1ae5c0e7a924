#!/bin/bash
# SPDX-License-Identifier: MIT
#
# ghostnv-container run in front: what the program meets, and what comes back.
# timeout: 300

set -u
# shellcheck source=tests/e2e/lib/tap.sh
. "$(dirname "$0")/lib/tap.sh"
# shellcheck source=tests/e2e/lib/container.sh
. "$(dirname "$0")/lib/container.sh"

# status WANTED COMMAND...
status() {
	local wanted=$1 rc=0

	shift
	"$@" </dev/null || rc=$?
	[ "$rc" = "$wanted" ] || {
		echo "status $rc, not $wanted"
		return 1
	}
}

before=$(traces)

# --- what comes back --------------------------------------------------------------

ok 'run:exit_0' status 0 run --rm "$rootfs" true
ok 'run:exit_status' status 3 run --rm "$rootfs" sh -c 'exit 3'
# shellcheck disable=SC2016
ok 'run:killed_by_signal' status 137 run --rm "$rootfs" sh -c 'kill -KILL $$'
ok 'run:program_not_found' status 127 run --rm "$rootfs" no-such-program
ok 'run:program_not_executable' status 126 run --rm "$rootfs" /bin/text
is 'run:stdout' "$(run --rm "$rootfs" echo 'a  b')" 'a  b'
is 'run:stderr' "$(run --rm "$rootfs" sh -c 'echo x >&2' 2>&1 >/dev/null)" x
is 'run:stdin' "$(echo y | run --rm "$rootfs" cat)" y

# --- what the program meets -------------------------------------------------------

is 'run:environment' "$(HERE=1 run --rm -e A='x y' --env=HERE "$rootfs" \
	sh -c 'echo "$A,$HERE,$HOME"')" 'x y,1,/root'
is 'run:environment_is_not_the_callers' \
	"$(GNV_SECRET=1 run --rm "$rootfs" env | grep -c GNV_SECRET)" 0
is 'run:workdir' "$(run --rm -w /tmp "$rootfs" pwd)" /tmp
is 'run:workdir_default' "$(run --rm "$rootfs" pwd)" /
is 'run:user' "$(run --rm -u joe "$rootfs" id | sed 's/([^)]*)//g')" \
	'uid=1000 gid=1001 groups=1002'
is 'run:user_by_number' "$(run --rm --user 7:8 "$rootfs" sh -c 'id -u; id -g' | xargs)" '7 8'
is 'run:hostname' "$(run --rm --name its-name "$rootfs" hostname)" its-name
is 'run:hostname_given' "$(run --rm --hostname other "$rootfs" hostname)" other
is 'run:entrypoint' "$(run --rm --entrypoint echo "$rootfs" x)" x
is 'run:operands_are_the_programs' "$(run --rm "$rootfs" echo --rm --name)" '--rm --name'
is 'run:processes_of_its_own' "$(run --rm "$rootfs" sh -c 'set -- /proc/[0-9]*; echo $#')" 2
is 'run:loopback_is_up' "$(run --rm "$rootfs" sh -c 'ping -c 1 127.0.0.1 >/dev/null; echo $?')" 0
is 'run:userns' "$(run --rm --userns "$rootfs" sh -c 'id -u; cut -c 1-30 /proc/self/uid_map' |
	xargs | awk '{ print $1, ($3 != 0) }')" '0 1'

# --- its files --------------------------------------------------------------------

run --rm "$rootfs" sh -c 'echo x >/etc/new; rm /etc/group'
is 'run:image_is_not_written' "$(cd "$rootfs/etc" && echo *)" 'group passwd'
ok 'run:read_only' status 1 run --rm --read-only "$rootfs" touch /x
mkdir "$work/shared"
echo outside >"$work/shared/file"
is 'run:volume' "$(run --rm -v "$work/shared:/mnt/v" "$rootfs" \
	sh -c 'cat /mnt/v/file; echo inside >/mnt/v/file')" outside
is 'run:volume_is_written' "$(cat "$work/shared/file")" inside
ok 'run:volume_read_only' status 1 run --rm -v "$work/shared:/mnt/v:ro" "$rootfs" \
	touch /mnt/v/file
is 'run:volume_of_a_file' "$(run --rm -v "$work/shared/file:/f" "$rootfs" cat /f)" inside

# --- signals ----------------------------------------------------------------------

# shellcheck disable=SC2016
for signal in TERM INT HUP USR1; do
	hold "$signal" "$work/signal" ghostnv-container run --rm "$rootfs" sh -c \
		"trap 'exit 42' $signal; echo ready=1; while :; do sleep 1000 & wait; done"
	kill -"$signal" "${tap_held_pid[$signal]}"
	wait "${tap_held_pid[$signal]}"
	is "run:forwards_$signal" $? 42
done

# --- limits -----------------------------------------------------------------------

# limit FILE OPTION...: what the container's cgroup says
limit() {
	local file=$1

	shift
	hold limited "$work/limited" ghostnv-container run --rm --name limited "$@" \
		"$rootfs" sh -c 'echo ready=1; cat'
	cat "$(field limited cgroup)/$file"
	release limited
}

is 'limits:memory' "$(limit memory.max --memory 64M)" 67108864
is 'limits:cpu' "$(limit cpu.max --cpu-cores 1.5)" '150000 100000'
is 'limits:pids' "$(limit pids.max --pids 20)" 20
is 'limits:out_of_memory' "$(run --rm --memory 16M "$rootfs" \
	sh -c 'dd if=/dev/zero of=/dev/null bs=64M count=1' 2>&1 |
	grep -c 'ran out of memory')" 1

is 'run:leaves_nothing' "$(traces)" "$before"
tap_end
