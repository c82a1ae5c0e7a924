#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Queues in containers: programs submit work there as they do outside, and cannot
# change the time that their queues, or others', get.
#
# On the kernels of test_rm_queue.sh, which says why.
#
# kernels: 6.1 uml

set -u
. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/ghostnv.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

container one 1 256M
container two 1 256M

# try NAME COMMAND...: one test for each line of key=yes that COMMAND says.
try() {
	local name=$1 key answer rc=0

	shift
	"$@" >"$work/out" 2>&1 || rc=$?
	while IFS='=' read -r key answer; do
		case $answer in
		yes | no) is "queue:${name}_$key" "$answer" yes ;;
		*) echo "# $key=$answer" ;;
		esac
	done <"$work/out"
	is "queue:${name}_ends_well" "$rc $(value failed <"$work/out")" '0 '
}

for what in copy fill semaphore kernel full endless; do
	try "$what" inside one rmqueue "$what"
done
ok queue:leaves_nothing empty one

inside one rmqueue share >"$work/out"
is queue:slice_is_not_a_containers "$(value failed <"$work/out")" tenants
inside one rmqueue control >"$work/out"
for what in is_switched_off level_is_set slice_is_set is_preempted; do
	is "queue:${what}_by_no_container" "$(value "$what" <"$work/out")" no
done

# --- neighbours -----------------------------------------------------------------------

hold endless "$work/endless" enter two rmqueue endless --hold
try beside_endless inside one rmqueue copy
try beside_endless_kernel inside one rmqueue full
kill_held endless
ok queue:killed_leaves_nothing empty two
(inside two rmqueue fault >"$work/fault") &
try beside_faults inside one rmqueue copy
wait $!
is queue:faults_are_the_neighbours "$(grep -c '=no' "$work/fault")" 0
ok queue:faults_leave_nothing empty two

remove one two
tap_end
