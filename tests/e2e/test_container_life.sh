#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Containers that outlive the command that started them: detached, listed, stopped,
# deleted; names that are raced for; launchers and supervisors that are killed.
# timeout: 300

set -u
# shellcheck source=tests/e2e/lib/tap.sh
. "$(dirname "$0")/lib/tap.sh"
# shellcheck source=tests/e2e/lib/container.sh
. "$(dirname "$0")/lib/container.sh"

before=$(traces)

# A program that ends by SIGTERM with 5, and one that does not.
# shellcheck disable=SC2016
gentle='trap "echo ending; exit 5" TERM; echo begun; while :; do sleep 1000 & wait; done'
# shellcheck disable=SC2016
stubborn='trap "" TERM; while :; do sleep 1000; done'

has_logged() {
	ghostnv-container logs "$1" | grep -q "$2"
}

is_gone() {
	! kill -0 "$1" 2>/dev/null
}

# The process that looks after a detached container.
supervisor_of() {
	awk '/^PPid:/ { print $2 }' "/proc/$(field "$1" pid)/status"
}

# --- detached ---------------------------------------------------------------------

is 'detach:prints_the_name' "$(run -d --name one "$rootfs" sh -c "$gentle")" one
is 'detach:runs' "$(status_of one)" running
ok 'detach:log' until_true has_logged one begun
is 'list:table_has_it' "$(ghostnv-container list | awk '$1 == "one" { print $2 }')" running
ok 'list:json_is_whole' jq -e '.[0] | has("name") and has("image") and has("command")
	and has("status") and has("pid") and has("exit_status") and has("created")
	and has("cgroup") and has("container_id") and has("gpus") and has("vram_max_bytes")
	and has("vram_current_bytes") and has("memory_max_bytes") and has("cpu_millicores")
	and has("pids_max")' <<<"$(ghostnv-container list --format json)"
is 'stats:json' "$(ghostnv-container stats --format json one |
	jq -r '.[0] | .name, (.pids >= 2), (.memory_bytes > 0), .vram' | xargs)" 'one true true null'
ok 'delete:refuses_one_that_runs' one_line_error 1 one ghostnv-container delete one
ok 'run:refuses_a_name_that_exists' one_line_error 1 one ghostnv-container run --name one "$rootfs" true
ok 'stop:gentle' ghostnv-container stop one
is 'stop:status' "$(status_of one) $(field one exit_status)" 'exited 5'
ok 'stop:log_is_kept' has_logged one ending
is 'stop:cgroup_is_gone' "$(cgroups)" ''
ok 'stop:again_is_well' ghostnv-container stop one
ok 'stats:refuses_one_that_exited' one_line_error 1 one ghostnv-container stats one
ok 'run:refuses_a_name_that_is_kept' one_line_error 1 one ghostnv-container run --name one "$rootfs" true
ok 'delete:exited' ghostnv-container rm one
is 'delete:leaves_nothing' "$(traces)" "$before"

run -d --rm --name two "$rootfs" sh -c "$stubborn" >/dev/null
ok 'stop:kills_the_stubborn' ghostnv-container stop --timeout 0 two
is 'stop:with_rm_leaves_nothing' "$(traces)" "$before"

run -d --rm --name three "$rootfs" sh -c "$stubborn" >/dev/null
ok 'delete:force' ghostnv-container delete --force three
is 'delete:force_leaves_nothing' "$(traces)" "$before"

# --- paused -------------------------------------------------------------------------

# What it counts stands still with it.
# shellcheck disable=SC2016
counter='trap "exit 5" TERM; i=0; while :; do i=$((i + 1)); echo $i >/tmp/count; sleep 0.05; done'
count() {
	cat "/proc/$(field four pid)/root/tmp/count"
}
counts_on() {
	[ "$(count)" != "$1" ]
}
run -d --name four "$rootfs" sh -c "$counter" >/dev/null
ok 'pause:runs_before' until_true counts_on "$(count)"
ok 'pause:pauses' ghostnv-container pause four
is 'pause:is_shown' "$(status_of four) $(ghostnv-container list | awk '$1 == "four" { print $2 }')" \
	'paused paused'
before_pause=$(count)
sleep 0.3
is 'pause:stands_still' "$(count)" "$before_pause"
ok 'pause:again_is_well' ghostnv-container pause four
is 'pause:is_measured' "$(ghostnv-container stats --format json | jq -r '.[0].name')" four
ok 'pause:keeps_it_from_delete' one_line_error 1 paused ghostnv-container delete four
ok 'resume:resumes' ghostnv-container resume four
ok 'resume:goes_on' until_true counts_on "$before_pause"
is 'resume:is_shown' "$(status_of four)" running
ok 'resume:again_is_well' ghostnv-container unpause four
ghostnv-container pause four
ok 'pause:stop_is_gentle' ghostnv-container stop four
is 'pause:stop_lets_it_end' "$(field four exit_status)" 5
ok 'pause:refuses_one_that_exited' one_line_error 1 exited ghostnv-container pause four
ok 'resume:refuses_one_that_exited' one_line_error 1 exited ghostnv-container resume four
ok 'pause:refuses_one_that_is_not' one_line_error 1 nobody ghostnv-container pause nobody
ok 'pause:wants_a_name' one_line_error 2 NAME ghostnv-container pause
ghostnv-container delete four

run -d --name four "$rootfs" sh -c "$stubborn" >/dev/null
ghostnv-container pause four
ok 'pause:stop_at_once' ghostnv-container stop --timeout 0 four
ghostnv-container delete four
run -d --rm --name four "$rootfs" sh -c "$stubborn" >/dev/null
run -d --name five "$rootfs" sh -c "$stubborn" >/dev/null
ok 'pause:goes_on_behind_a_failure' one_line_error 1 nobody ghostnv-container pause nobody four five
is 'pause:of_several' "$(status_of four) $(status_of five)" 'paused paused'
ok 'pause:delete_force' ghostnv-container delete --force four five
is 'pause:leaves_nothing' "$(traces)" "$before"

run -d --name long "$rootfs" sh -c 'echo text; truncate -s 100G /proc/self/fd/1' >/dev/null
exited() { [ "$(status_of "$1")" = exited ]; }
until_true exited long
is 'logs:of_holes' "$(ghostnv-container logs long | head -c 100000 | tr -d '\0' | wc -c)" 5
ok 'logs:are_not_longer_than_their_data' [ "$(ghostnv-container logs long | head -c 100000 | wc -c)" -lt 10000 ]
ghostnv-container delete long

ok 'detach:program_not_found' one_line_error 127 no-such ghostnv-container run -d "$rootfs" no-such
run -d --name four "$rootfs" sh -c 'exit 9' >/dev/null
until_true exited four
is 'detach:exit_status_is_kept' "$(field four exit_status)" 9
ghostnv-container delete four

run --name five "$rootfs" true
ok 'logs:not_detached' one_line_error 1 five ghostnv-container logs five
ghostnv-container delete five

# --- what looks after a container dies ----------------------------------------------

hold launcher "$work/launcher" ghostnv-container run --name six "$rootfs" \
	sh -c 'echo ready=1; while :; do sleep 1000; done'
kill_held launcher
is 'crash:launcher_leaves_it_running' "$(status_of six)" running
ok 'crash:stats_still_work' ghostnv-container stats six
ok 'crash:name_is_still_taken' one_line_error 1 six ghostnv-container run --name six "$rootfs" true
ok 'crash:stop_still_works' ghostnv-container stop --timeout 0 six
is 'crash:stop_cleans_up' "$(cgroups)" ''
is 'crash:record_is_kept' "$(status_of six) $(field six exit_status)" 'exited null'
ghostnv-container delete six

run -d --name seven "$rootfs" sh -c "$gentle" >/dev/null
pid=$(field seven pid)
kill -KILL "$(supervisor_of seven)"
kill -KILL "$pid"
until_true is_gone "$pid"
is 'crash:both_died' "$(status_of seven)" dead
is 'crash:name_can_be_used_again' "$(run --rm --name seven "$rootfs" echo again)" again
is 'crash:next_run_cleans_up' "$(traces)" "$before"

run -d --name eight "$rootfs" sh -c "$gentle" >/dev/null
pid=$(field eight pid)
kill -KILL "$(supervisor_of eight)"
kill -KILL "$pid"
until_true is_gone "$pid"
ok 'crash:delete_takes_the_dead' ghostnv-container delete eight
is 'crash:delete_cleans_up' "$(traces)" "$before"

run -d --name nine "$rootfs" sh -c "$gentle" >/dev/null
run --name ten "$rootfs" true
echo '{"damaged' >/run/ghostnv/nine/state.json
is 'damage:list_shows_all' "$(ghostnv-container list | awk 'NR > 1 { print $1 }' | xargs)" 'nine ten'
ok 'damage:is_told' one_line_error 1 nine ghostnv-container delete nine
ok 'damage:force_removes_it' ghostnv-container delete --force nine
ghostnv-container delete ten
is 'damage:leaves_nothing' "$(traces)" "$before"

# --- names and lost records -----------------------------------------------------------

for name in cgroup.procs cpu.stat memory.max; do
	ok "names:$name" ghostnv-container run --name $name "$rootfs" true
	ok "names:delete_$name" ghostnv-container delete $name
done
is 'names:leave_nothing' "$(traces)" "$before"

# As after a boot: what was in /run is gone, what is in /var is there.
for name in old gone; do
	run -d --name $name "$rootfs" sh -c "$gentle" >/dev/null
	pid=$(field $name pid)
	kill -KILL "$(supervisor_of $name)"
	kill -KILL "$pid"
	until_true is_gone "$pid"
	rmdir "$(field $name cgroup)"
	rm -r /run/ghostnv/$name
done
is 'lost:name_can_be_used_at_once' "$(run --rm --name old "$rootfs" echo again)" again
is 'lost:run_cleans_up_after_others' "$(traces)" "$before"

run -d --name alive "$rootfs" sh -c "$gentle" >/dev/null
pid=$(field alive pid)
supervisor=$(supervisor_of alive)
mv /run/ghostnv/alive "$work/alive"
ok 'lost:name_of_one_that_runs' one_line_error 1 alive ghostnv-container run --name alive "$rootfs" true
run --rm "$rootfs" true
ghostnv-container prune >/dev/null
ok 'lost:it_goes_on' kill -0 "$pid"
ok 'lost:its_files_stay' [ -e /var/lib/ghostnv/containers/alive/log ]
mv "$work/alive" /run/ghostnv/alive
ok 'lost:found_again' ghostnv-container delete --force alive
until_true is_gone "$supervisor"
is 'lost:leaves_nothing' "$(traces)" "$before"

mkdir -p /var/lib/ghostnv/containers/left
is 'prune:lost_containers' "$(ghostnv-container prune --format json | jq -c .)" \
	'{"layers":0,"containers":1}'
is 'prune:again' "$(ghostnv-container prune | tail -n 1 | xargs)" '0 0'

# --- two of everything --------------------------------------------------------------

for i in 1 2 3 4 5 6; do
	run -d --name raced "$rootfs" sh -c "$gentle" >"$work/race.$i" 2>&1 &
done
wait
is 'race:one_run_gets_the_name' "$(cat "$work"/race.? | grep -cx raced)" 1
is 'race:the_others_are_told' "$(cat "$work"/race.? | grep -c 'exists')" 5
ghostnv-container stop --timeout 0 raced &
ghostnv-container stop --timeout 0 raced &
ghostnv-container delete --force raced &
wait
ghostnv-container delete --force raced 2>/dev/null
is 'race:stop_and_delete_leave_nothing' "$(traces)" "$before"

for i in 1 2 3; do
	run -d --rm --name start "$rootfs" sh -c "$stubborn" >/dev/null 2>&1 &
	ghostnv-container stop --timeout 0 start 2>/dev/null &
	ghostnv-container delete --force start 2>/dev/null &
	wait
done
ghostnv-container delete --force start 2>/dev/null
is 'race:stop_during_start_leaves_nothing' "$(traces)" "$before"

tap_end
