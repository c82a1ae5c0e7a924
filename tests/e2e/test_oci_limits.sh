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
oci delete --force "$id"
wait "$events"
is events:ends_with_the_container $? 0
# Counted outside, where there is room for who counts.
is resources:pids_hold "$(run '.linux.resources.pids = {limit: 3}' \
	'(sleep 1 & sleep 1 & sleep 1 & sleep 1 & wait) 2>&1' | grep -c fork)" 1
run '.linux.resources.memory = {limit: 16777216}' \
	'exec awk "BEGIN { for (;;) s = s \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\" s }"' \
	>/dev/null 2>&1
is resources:memory_holds $? 137
run '.linux.cgroupsPath = "/own/path" | .linux.resources.pids = {limit: 9}' true >/dev/null
ok resources:own_path [ -d /sys/fs/cgroup/own ]
rmdir /sys/fs/cgroup/own
ok resources:no_such_controller_file refused run '.linux.resources.unified = {"memory.none": "1"}' true

tap_end
