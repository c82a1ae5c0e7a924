#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Nobody waits for what another container has: however much that is, a neighbour's calls
# go on while it is freed.
#
# timeout: 240

set -u
. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/ghostnv.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
count=20000

container one 1 max
container two 1 max

many() {
	hold many "$work/many" enter one hostile_wait many $count
}

# probe: a neighbour makes calls, and looks at what is charged to the many after each.
probe() {
	hold probe "$work/probe" enter two hostile_wait probe \
		"/sys/kernel/ghostnv/containers/${id[one]}/vram.current"
}

# end_probe WHAT: how often it saw that change is then in steps.
end_probe() {
	release probe
	steps=$(value steps <"$work/probe")
	echo "# $1: the neighbour's longest call $(value worst_us <"$work/probe") us, $steps steps"
}

many

ok wait:all_are_listed test "$(grep -c . /sys/kernel/debug/ghostnv/allocations)" -gt $count

# Whoever has to wait until all is given back sees that in a step or two.
probe
kill_held many
end_probe kill
ok wait:neighbour_goes_on_while_the_process_is_killed test "$steps" -gt 6
ok wait:killed_leaves_nothing empty one

# Freeing may take no longer than a time slice of a processor that the neighbour is not on.
for _ in 1 2 3 4 5; do
	many
	probe
	echo >&"${tap_held_fd[many]}"
	timeout 100 tail -n +1 -f -s 0.05 --pid="${tap_held_pid[many]}" "$work/many" \
		2>/dev/null | grep -q -m 1 '^freed='
	end_probe free
	release many
	[ "$steps" -le 6 ] || break
done
ok wait:neighbour_goes_on_while_the_device_is_freed test "$steps" -gt 6
ok wait:freed_leaves_nothing empty one

# Who waits for room is gone through by all who give some back: not by the thousand.
sys=/sys/kernel/ghostnv/containers/${id[one]}
echo 16M >"$sys/vram.max"
echo wait >"$sys/oom.policy"
echo 60000 >"$sys/oom.wait_ms"
is wait:some_wait_and_no_more "$(inside one hostile_wait queue 280 256 | value answered)" 24
ok wait:queue_leaves_nothing empty one

remove one two
tap_end
