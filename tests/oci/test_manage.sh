#!/bin/bash
# SPDX-License-Identifier: MIT
#
# update, events, checkpoint and restore: options, and what is printed. Whether limits hold
# is tested where there are controllers (tests/e2e/test_oci_limits.sh).

set -u
# shellcheck source=tests/oci/lib.sh
. "$(dirname "$0")/lib.sh"

create '.linux.resources.devices = [{allow: false, access: "rwm"}, {allow: true, type: "c",
	major: 10, minor: 229, access: "rw"}]' 'exec sleep 100'
oci start "$id"

# --- events -------------------------------------------------------------------------------

oci events --stats "$id" >"$work/stats"
is events:type "$(jq -r .type "$work/stats")" stats
is events:id "$(jq -r .id "$work/stats")" "$id"
is events:cpu "$(jq '.data.cpu.usage.total > 0' "$work/stats")" true
is events:once "$(wc -l <"$work/stats")" 1
if is_ours; then
	oci events --interval 200ms "$id" >"$work/many" &
	events=$!
	for _ in $(seq 100); do
		[ "$(wc -l <"$work/many")" -lt 3 ] || break
		read -rt 0.05 <> <(:) || :
	done
	ok events:again_and_again [ "$(wc -l <"$work/many")" -ge 3 ]
	for value in 0 -1 5x 1m3y '' 99999999h; do
		ok "events:interval_$value" refused oci events --interval "$value" "$id"
	done
fi

# --- update --------------------------------------------------------------------------------

ok update:resources_from_standard_input eval 'echo "{}" | oci update --resources=- "$id"'
ok update:resources_from_there_by_two_words eval 'echo "{}" | oci update -r - "$id"'
ok update:no_json refused eval 'echo "{" | oci update --resources=- "$id"'
if is_ours; then
	ok update:same_devices eval 'jq "{devices: .linux.resources.devices}" "$bundle/config.json" |
		oci update --resources=- "$id"'
	ok update:other_devices refused eval 'echo "{\"devices\": [{\"allow\": true}]}" |
		oci update --resources=- "$id"'
	ok update:that_is_named grep -q 'devices: differ' "$work/refused"
	echo '{"memory": {"limit": -7}}' >"$work/bad"
	ok update:bad_value refused oci update --resources "$work/bad" "$id"
	ok update:path_of_the_value grep -q 'memory.limit: `-7` is not between' "$work/refused"
	ok update:swap_wants_memory refused oci update --memory-swap 1G "$id"
	ok update:swap_wants_a_limit refused oci update --memory -1 --memory-swap 1G "$id"
	ok update:swap_is_named grep -q -- '--memory-swap is memory and swap together' "$work/refused"
	for option in memory memory-reservation memory-swap cpu-share cpu-period cpu-quota cpu-burst \
		cpu-idle cpuset-cpus cpuset-mems pids-limit blkio-weight cpu-rt-period cpu-rt-runtime \
		kernel-memory kernel-memory-tcp l3-cache-schema mem-bw-schema; do
		ok "update:option_$option" eval 'oci update --help | grep -q -- "--$option "'
	done
	ok update:gone_with_v1 refused oci update --cpu-rt-period 5 "$id"
	ok update:that_is_said grep -q 'cgroup v2 has no such limit' "$work/refused"
fi
oci delete --force "$id"
if is_ours; then
	wait "$events"
	is events:end_with_the_container $? 0
	for verb in checkpoint restore; do
		ok "$verb:not_yet" refused oci "$verb" --image-path /tmp/x --tcp-established --no-such "$id"
		ok "$verb:it_says_so" grep -q 'not yet' "$work/refused"
	done
fi

tap_end
