#!/bin/bash
# SPDX-License-Identifier: MIT
#
# GPU time as ghostnv-container has it: asked for, shown, followed, and stopped with
# the container. The figures are loose: what the module does exactly is in
# test_ghostnv_time.sh.
#
# On the kernels of test_rm_queue.sh, which says why.
#
# kernels: 6.1 uml
# timeout: 300

set -u
# shellcheck source=tests/e2e/lib/tap.sh
. "$(dirname "$0")/lib/tap.sh"
# shellcheck source=tests/e2e/lib/container.sh
. "$(dirname "$0")/lib/container.sh"

client=(-v "$(command -v rmload):/bin/rmload:ro" -v "$(command -v rmclient):/bin/rmclient:ro")
touch "$rootfs/bin/rmload" "$rootfs/bin/rmclient"
for lib in /lib /lib64 /usr/lib; do
	[ ! -e $lib ] || client+=(-v "$lib:$lib:ro")
	mkdir -p "$rootfs$lib"
done

# load NAME OPTION... -- ARGUMENT...: rmload in a container, in the background.
load() {
	local name=$1 options=()

	shift
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	hold "$name" "$work/$name" ghostnv-container run --name "$name" --gpu-devices 0 \
		"${client[@]}" "${options[@]}" "$rootfs" rmload "$@"
}

# time_of NAME KEY
time_of() {
	ghostnv-container stats --format json "$1" | jq -r ".[0].gpu_time.$2"
}

# limit_of NAME FILE: as the module has it, on GPU 0.
limit_of() {
	cat "/sys/kernel/ghostnv/containers/$(field "$1" container_id)/gpu0/$2"
}

has_line() {
	grep -q "$2" "$1"
}

# --- followed -----------------------------------------------------------------------------

ghostnv-container monitor --format json --interval 1 >"$work/json" 2>"$work/json.err" &
json_pid=$!
ghostnv-container monitor >"$work/lines" 2>&1 &
lines_pid=$!

# --- asked for ----------------------------------------------------------------------------

ok time_cli:run load a --gpu-memory 256M -- 4
ok time_cli:run_with_limits load b --gpu-weight 300 --gpu-max 90% --gpu-burst 10000 \
	--gpu-latency 0=off -- 4
is time_cli:limits_are_set "$(limit_of b gpu.weight) $(limit_of b gpu.max)" '300 90000 100000'
is time_cli:others_are_as_ever "$(limit_of a gpu.weight) $(limit_of a gpu.max)" '100 max 100000'
kill -USR1 "${tap_held_pid[a]}" "${tap_held_pid[b]}"
wait "${tap_held_pid[a]}" "${tap_held_pid[b]}"
ran_a=$(value run_us <"$work/a") ran_b=$(value run_us <"$work/b")
echo "# a ran $ran_a us, b $ran_b us"
ok time_cli:weights_are_shares test $((ran_b * 100 / (ran_a + 1))) -gt 230 -a \
	$((ran_b * 100 / (ran_a + 1))) -lt 370
ghostnv-container delete a b

# priority NAME OPTION...: the class of a container whose environment asks for it.
priority() {
	run -d --name "$1" --gpu-devices 0 -e GHOSTNV_REALTIME_PRIORITY=high "${@:2}" \
		"$rootfs" sleep 1000 >/dev/null 2>"$work/told"
	limit_of "$1" gpu.latency
	ghostnv-container delete --force "$1"
}
is time_cli:priority_is_not_granted "$(priority c)" 0
ok time_cli:priority_that_is_not_granted_is_told has_line "$work/told" gpu-realtime
is time_cli:priority_is_granted "$(priority c --gpu-realtime)" 1
is time_cli:priority_is_not_the_operators "$(priority c --gpu-realtime --gpu-latency off)" 0

# --- shown, and stopped -------------------------------------------------------------------

ok time_cli:run_again load a --gpu-memory 256M -- --kernel-us=2000 60
ok time_cli:update ghostnv-container update a --gpu-weight 0=50 --gpu-max 40% \
	--gpu-burst 5000 --gpu-latency on
is time_cli:update_is_set "$(limit_of a gpu.weight) $(limit_of a gpu.max) $(limit_of a gpu.latency)" \
	'50 40000 100000 1'
ok time_cli:exclusive ghostnv-container update a --gpu-exclusive
sleep 1.5
ok time_cli:usage_is_shown test "$(time_of a usage_us)" -gt 200000
ok time_cli:throttling_is_shown test "$(time_of a throttled)" -gt 2
is time_cli:of_the_gpu_too "$(time_of a 'gpus[0].index')" 0
ok time_cli:table_has_it eval "ghostnv-container stats a | grep -q 'GPU TIME *THROTTLED *WAITING'"
timeout 4 ghostnv-container stats --watch a >"$work/watch"
ok time_cli:watch_has_shares grep -q '[0-9]\.[0-9]%' "$work/watch"

ok pause:pauses ghostnv-container pause a
sleep 0.3
is pause:queues_stand_still "$(time_of a paused) $(status_of a)" 'true paused'
usage=$(time_of a usage_us)
sleep 1
is pause:nothing_is_used "$(time_of a usage_us)" "$usage"
ok resume:resumes ghostnv-container resume a
sleep 1
ok resume:goes_on test "$(time_of a usage_us)" -gt "$usage"
kill -TERM "${tap_held_pid[a]}"
wait "${tap_held_pid[a]}"
is resume:no_work_was_lost "$(value ended <"$work/a")" all
ghostnv-container delete a

ok pause:run_again load a --rm -- 60
ghostnv-container pause a
ok pause:stop_ends_it ghostnv-container stop --timeout 5 a
is pause:leaves_nothing "$(grep -c handle /sys/kernel/debug/ghostnv/runlists)" 0

# --- what cannot be -------------------------------------------------------------------------

run -d --name x --gpu-devices 0 "$rootfs" sleep 1000 >/dev/null
run -d --name y --gpu-devices 0 --gpu-exclusive "$rootfs" sleep 1000 >/dev/null
ok time_cli:exclusive_is_one one_line_error 1 'another container' ghostnv-container update x \
	--gpu-exclusive=0=on
ok time_cli:exclusive_ends ghostnv-container update y --gpu-exclusive=off
ok time_cli:exclusive_then ghostnv-container update x --gpu-exclusive=0=on
ok time_cli:burst_without_a_cap one_line_error 1 gpu-max ghostnv-container update x --gpu-burst 5000
ok time_cli:no_such_gpu one_line_error 1 'no GPU 63' ghostnv-container update x --gpu-weight 63=5
ghostnv-container monitor x >"$work/named" &
named_pid=$!
read -rt 1 <> <(:) || :
run --rm --gpu-devices 0 --gpu-memory 256M "${client[@]}" "$rootfs" rmclient alloc 512M >/dev/null 2>&1
ghostnv-container delete --force x y
ok monitor:ends_with_what_is_named wait $named_pid
ok monitor:named_tells_of_its_end grep -q ' x destroyed' "$work/named"
is monitor:named_tells_of_no_other "$(grep -vc ' x ' "$work/named")" 0
ok monitor:refuses_what_ended one_line_error 1 nobody ghostnv-container monitor nobody
ok monitor:wants_an_interval one_line_error 2 interval ghostnv-container monitor --interval 0

# --- what was followed ----------------------------------------------------------------------

ok monitor:lines until_true has_line "$work/lines" ' destroyed'
kill -INT $lines_pid
ok monitor:ends_well_at_sigint wait $lines_pid
kill -TERM $json_pid
ok monitor:ends_well_at_sigterm wait $json_pid
ok monitor:is_json jq -es 'all(has("time") and has("type") and has("container_id"))' "$work/json"
kinds=$(jq -r .type "$work/json" | sort -u | xargs)
echo "# $kinds"
for kind in created destroyed limit max figures; do
	ok "monitor:tells_of_$kind" eval "[[ ' $kinds ' == *' $kind '* ]]"
done
ok monitor:knows_names jq -es 'any(.type == "limit" and .name == "b")' "$work/json"
ok monitor:figures_have_usage jq -es 'any(.type == "figures" and .gpu_percent > 20 and
	.gpu_pressure_avg10 != null and .vram_current_bytes > 0)' "$work/json"
ok monitor:lines_have_limits grep -q ' a limit 50 gpu 0' "$work/lines"

# --- without the bridge ---------------------------------------------------------------------

run -d --name x --gpu-devices 0 "$rootfs" sleep 1000 >/dev/null
rmmod ghostnv_rm
ok time_cli:without_the_bridge one_line_error 1 'modprobe ghostnv-rm' \
	ghostnv-container update x --gpu-weight 200
insmod "$GHOSTNV_MODDIR/ghostnv-rm.ko"
ok time_cli:with_it_again until_true ghostnv-container update x --gpu-weight 200

tap_end
