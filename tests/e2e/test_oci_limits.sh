#!/bin/bash
# SPDX-License-Identifier: MIT
#
# linux.resources of the OCI face, where there are controllers: what is written into the
# cgroup, that it holds, and that `update` changes it. And exec where cgroup namespaces are
# delegation boundaries.
#
# kernels: 6.1 uml

set -u
# shellcheck source=tests/oci/lib.sh
. "$(dirname "$0")/../oci/lib.sh"

# in_cgroup FILE: of the container that was made last.
in_cgroup() {
	cat "/sys/fs/cgroup/ghostnv-oci/container-$id/$1"
}

mount -o remount,nsdelegate /sys/fs/cgroup
create '.linux.resources += {memory: {limit: 33554432, swap: 33554432, reservation: 1048576},
	cpu: {shares: 512, quota: 50000, period: 100000}, pids: {limit: 17},
	unified: {"memory.high": "30M"}}' 'exec sleep 1000'
cat "$work/out"
is resources:memory "$(in_cgroup memory.max)" 33554432
is resources:reservation "$(in_cgroup memory.low)" 1048576
is resources:unified "$(in_cgroup memory.high)" 31457280
is resources:quota "$(in_cgroup cpu.max)" '50000 100000'
is resources:shares "$(in_cgroup cpu.weight)" 20
is resources:pids "$(in_cgroup pids.max)" 17
oci start "$id"
is events:has_the_limit "$(oci events --stats "$id" | jq .data.memory.usage.limit)" 33554432
# Between two lines it waits: what was said to it of the kernel's events has been read.
"$RUNTIME" --root "$work/state" events --interval 1h "$id" >"$work/events" &
events=$!
for _ in $(seq 200); do [ -s "$work/events" ] || read -rt 0.05 <> <(:) || :; done
# Of a second it takes nothing that is worth mentioning.
ticks() {
	sed 's/.*) //' "/proc/$events/stat" | awk '{ print $12 + $13 }'
}
before=$(ticks)
read -rt 1 <> <(:) || :
ok events:takes_no_time_between_two_lines [ $(($(ticks) - before)) -lt 40 ]
# Where cgroup2 is mounted with nsdelegate, as systemd does it, this takes some care.
is exec:in_its_cgroup "$(oci exec "$id" cat /proc/self/cgroup)" 0::/
is exec:in_its_cgroup_namespace "$(oci exec "$id" readlink /proc/self/ns/cgroup)" \
	"$(readlink "/proc/$(cat "$work/pid")/ns/cgroup")"
ok update:by_options oci update --memory 64M --pids-limit 5 --cpu-quota 20000 "$id"
is update:memory "$(in_cgroup memory.max)" 67108864
is update:pids "$(in_cgroup pids.max)" 5
is update:quota "$(in_cgroup cpu.max)" '20000 100000'
ok update:by_json eval 'echo "{\"pids\": {\"limit\": -1}}" | oci update --resources - "$id"'
is update:no_limit "$(in_cgroup pids.max)" max
ok update:what_is_wrong_is_refused refused eval 'echo "{\"pids\": {\"limit\": \"x\"}}" |
	oci update --resources - "$id"'
ok update:devices_are_refused refused eval 'echo "{\"devices\": [{\"allow\": true}]}" |
	oci update --resources - "$id"'

# All or nothing: what was written before something that is refused is as it was, be it because of
# the value, the file or the controller.
limits_of() {
	for file in memory.max memory.low memory.high memory.swap.max cpu.weight cpu.idle cpu.max pids.max; do
		in_cgroup $file
	done | xargs
}
# update_by JSON
update_by() {
	echo "$1" | oci update --resources - "$id"
}
before=$(limits_of)
echo "# $before"
much='"memory": {"limit": 50331648, "swap": 100663296, "reservation": 2097152},
	"cpu": {"shares": 3000, "quota": 30000, "period": 50000}, "pids": {"limit": 9}'
for last in '"memory.high": "x"' '"memory.none": "1"' '"dmem.max": "a b=1"' '"cpuset.cpus": "900"'; do
	ok "all_or_nothing:fails_at_$last" refused update_by "{$much, \"unified\": {$last}}"
	is "all_or_nothing:nothing_is_changed_$last" "$(limits_of)" "$before"
	ok "all_or_nothing:it_is_named_$last" eval 'cut -d "\"" -f 2 <<<"$last" | grep -qFf - "$work/refused"'
	ok "all_or_nothing:all_went_back_$last" refused grep -q 'set back' "$work/refused"
done
ok all_or_nothing:weight_that_idling_forgets refused update_by \
	'{"cpu": {"idle": 1}, "pids": {"limit": 4}, "unified": {"memory.none": "1"}}'
is all_or_nothing:weight_is_as_it_was "$(limits_of)" "$before"
ok all_or_nothing:options_behind_a_file refused eval "echo '{\"pids\": {\"limit\": 3}}' |
	oci update --resources - --memory 40M --cpuset-cpus 900 $id"
is all_or_nothing:of_both_nothing_is_changed "$(limits_of)" "$before"
# Less than is in use is what the kernel may well take, at the price of processes; it is the next
# that fails.
ok all_or_nothing:below_what_is_in_use refused update_by \
	'{"memory": {"limit": 30000000}, "unified": {"memory.none": "1"}}'
is all_or_nothing:limit_is_as_it_was "$(limits_of)" "$before"
ok all_or_nothing:without_a_gpu refused oci update --memory 40M --gpu-weight 5 "$id"
is all_or_nothing:nothing_is_changed_for_want_of_a_gpu "$(limits_of)" "$before"
ok all_or_nothing:all_that_is_right update_by "{$much}"
is all_or_nothing:is_written "$(in_cgroup memory.max) $(in_cgroup cpu.max) $(in_cgroup pids.max)" \
	'50331648 30000 50000 9'
oci delete --force "$id"
wait "$events"
is events:ends_with_the_container $? 0
# Counted outside, where there is room for who counts.
is resources:pids_hold "$(run '.linux.resources.pids = {limit: 3}' \
	'(sleep 1 & sleep 1 & sleep 1 & sleep 1 & wait) 2>&1' | grep -c fork)" 1
# One that is there already is all that there can be, as the specification has it from 1.3 on;
# what engines wrote before that meant no limit.
for limit in 0 1; do
	is "resources:pids_of_$limit" "$(run ".ociVersion = \"1.3.0\" | .linux.resources.pids = {limit: $limit}" \
		'echo ran; (true); exit' 2>&1 | sed 's/.*fork.*/fork/')" 'ran
fork'
done
create '.linux.resources.pids = {limit: 0}' true
is resources:pids_of_0_before_1_3 "$(in_cgroup pids.max)" max
ok update:pids_of_0 oci update --pids-limit 0 "$id"
is update:pids_of_0_are_who_is_there "$(in_cgroup pids.max)" 1
oci delete --force "$id"
run '.linux.resources.memory = {limit: 16777216}' \
	'exec awk "BEGIN { for (;;) s = s \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\" s }"' \
	>/dev/null 2>&1
is resources:memory_holds $? 137
run '.linux.cgroupsPath = "/own/path" | .linux.resources.pids = {limit: 9}' true >/dev/null
ok resources:own_path [ -d /sys/fs/cgroup/own ]
rmdir /sys/fs/cgroup/own
ok resources:no_such_controller_file refused run '.linux.resources.unified = {"memory.none": "1"}' true

tap_end
