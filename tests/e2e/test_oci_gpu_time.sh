#!/bin/bash
# SPDX-License-Identifier: MIT
#
# GPU time of OCI containers: by annotations, the administrator and environments, changed by
# `update` while they run, shown by `events`, and stopped with the container. The figures
# are loose: what the module does exactly is in test_ghostnv_time.sh.
#
# kernels: uml
# timeout: 300

set -u
# shellcheck source=tests/oci/lib.sh
. "$(dirname "$0")/../oci/lib.sh"
# shellcheck source=tests/e2e/lib/oci_gpu.sh
. "$(dirname "$0")/lib/oci_gpu.sh"

mkdir "$work/driver"
jq -n --arg root "$work/driver" '{driverRoot: $root}' >"$work/config.json"
client=$(client rmload)

# load NAME FILTER ARGUMENT...: rmload in the container NAME, in the background.
load() {
	local name=$1 filter=$2

	shift 2
	bundle "$client | $(annotate gpus 0) | $filter" "exec rmload $*"
	hold "$name" "$work/$name" "$RUNTIME" --root "$work/state" \
		--gpu-config "$work/config.json" run --bundle "$bundle" "$name"
}

# idle NAME FILTER
idle() {
	bundle "$(annotate gpus 0) | $2" 'exec sleep 1000'
	gpu_oci create --bundle "$bundle" "$1" </dev/null >"$work/out" 2>&1
}

# limit_of NAME FILE: as the module has it, on GPU 0; its id is that of the cgroup.
limit_of() {
	local inode

	inode=$(stat -c %i "/sys/fs/cgroup/ghostnv-oci/container-$1")
	cat "/sys/kernel/ghostnv/containers/$inode/gpu0/$2"
}

# time_of NAME KEY
time_of() {
	oci events --stats "$1" | jq ".data.gpu.time.$2"
}

# count NAME...: lets loads count, and waits for their end.
count() {
	local name

	for name; do
		kill -USR1 "${tap_held_pid[$name]}"
	done
	for name; do
		wait "${tap_held_pid[$name]}"
	done
}

queues() {
	grep -c handle /sys/kernel/debug/ghostnv/runlists
}

# percent A B
percent() {
	echo $(($1 * 100 / ($2 + 1)))
}

# --- asked for ----------------------------------------------------------------------------

ok time:annotations load a . 4
ok time:annotations_of_the_other load b "$(annotate gpu.weight 300) | $(annotate gpu.max 90%) |
	$(annotate gpu.burst 10000) | $(annotate gpu.latency 0=off)" 4
is time:limits_are_set "$(limit_of b gpu.weight) $(limit_of b gpu.max)" '300 90000 100000'
is time:others_are_as_ever "$(limit_of a gpu.weight) $(limit_of a gpu.max)" '100 max 100000'
count a b
ran_a=$(value run_us <"$work/a") ran_b=$(value run_us <"$work/b")
echo "# a ran $ran_a us, b $ran_b us"
ok time:weights_are_shares test "$(percent "$ran_b" "$ran_a")" -gt 230 -a \
	"$(percent "$ran_b" "$ran_a")" -lt 370
ok time:nothing_is_registered back

administrator '.limits = {"gpu.weight": "250", "gpu.latency": "on"}'
idle c .
is time:of_the_administrator "$(limit_of c gpu.weight) $(limit_of c gpu.latency)" '250 1'
idle d '.process.env += ["GHOSTNV_GPU_WEIGHT=50"]'
is time:env_lowers "$(limit_of d gpu.weight)" 50
idle e '.process.env += ["GHOSTNV_GPU_WEIGHT=1000", "GHOSTNV_GPU_EXCLUSIVE=on"]'
is time:env_does_not_raise "$(limit_of e gpu.weight)" 250
ok time:exclusive_of_one idle f "$(annotate gpu.exclusive on)"
ok time:exclusive_is_one says 'another container' gpu_oci update --gpu-exclusive d
ok time:exclusive_is_one_at_create refused idle g "$(annotate gpu.exclusive on)"
ok time:refused_leaves_nothing [ ! -e /sys/fs/cgroup/ghostnv-oci/container-g ]
for name in c d e f; do
	oci delete --force "$name"
done
administrator 'del(.limits)'

# --- changed while it runs -------------------------------------------------------------------

ok update:run load a . --kernel-us=2000 4
ok update:cap gpu_oci update --gpu-max 25% --gpu-burst 5000 --gpu-weight 0=50 --gpu-latency on a
is update:is_set "$(limit_of a gpu.weight) $(limit_of a gpu.max) $(limit_of a gpu.latency)" \
	'50 25000 100000 1'
count a
ran_a=$(percent "$(value run_us <"$work/a")" "$(value span_us <"$work/a")")
echo "# a ran $ran_a % of the time"
ok update:cap_holds test "$ran_a" -ge 18 -a "$ran_a" -le 32

idle a .
ok update:memory gpu_oci update --gpu-memory 64M --gpu-memory-high 0=32M --oom-policy wait a
is update:memory_is_set "$(limit_of a vram.high)" $((32 << 20))
ok update:resources_and_options eval 'echo "{\"pids\": {\"limit\": 50}}" |
	gpu_oci update --resources - --pids-limit 40 --gpu-weight 70 a'
is update:options_come_last "$(cat /sys/fs/cgroup/ghostnv-oci/container-a/pids.max)" 40
is update:and_the_gpu "$(limit_of a gpu.weight)" 70
ok update:no_such_gpu says 'no GPU 63' gpu_oci update --gpu-weight 63=5 a
ok update:ill_formed says 'give 1 to 10000' gpu_oci update --gpu-weight 0 a
ok update:burst_without_a_cap says gpu-max gpu_oci update --gpu-burst 5000 a
ok update:is_as_before_all_that [ "$(limit_of a gpu.weight)" = 70 ]

# All or nothing, in the cgroup and on all GPUs.
all_of() {
	echo "$(limit_of a gpu.weight) $(limit_of a gpu.max)" \
		"$(limit_of a gpu.latency) $(limit_of a vram.high)" \
		"$(cat /sys/fs/cgroup/ghostnv-oci/container-a/pids.max)"
}
ok update:cap_and_burst gpu_oci update --gpu-max 40% --gpu-burst 30000 a
before_update=$(all_of)
for last in '--gpu-weight 63=5' '--gpu-burst 900000' '--gpu-memory-low 500G'; do
	# shellcheck disable=SC2086
	ok "update:fails_at_$last" refused gpu_oci update --pids-limit 33 --gpu-weight 90 \
		--gpu-max 20% --gpu-latency on --gpu-memory-high 16M $last a
	is "update:nothing_is_changed_$last" "$(all_of)" "$before_update"
	ok "update:all_went_back_$last" refused grep -q 'set back' "$work/refused"
done
oci delete --force a
bundle . 'exec sleep 1000'
oci create --bundle "$bundle" a </dev/null >"$work/out" 2>&1
ok update:without_a_gpu says 'without a GPU' gpu_oci update --gpu-weight 5 a
is events:without_a_gpu "$(oci events --stats a | jq .data.gpu)" null
oci delete --force a

# --- paused ----------------------------------------------------------------------------------

ok pause:run load a . 60
read -rt 1 <> <(:) || :
ok pause:pauses oci pause a
read -rt 0.3 <> <(:) || :
is pause:queues_stand_still "$(time_of a paused) $(status_of a)" 'true paused'
usage=$(time_of a usage_us)
ok pause:it_had_run test "$usage" -gt 200000
ok pause:can_be_updated gpu_oci update --gpu-weight 0=60 a
read -rt 1 <> <(:) || :
is pause:nothing_is_used "$(time_of a usage_us)" "$usage"
ok resume:resumes oci resume a
read -rt 1 <> <(:) || :
ok resume:goes_on test "$(time_of a usage_us)" -gt "$usage"
kill -TERM "${tap_held_pid[a]}"
wait "${tap_held_pid[a]}"
is resume:no_work_was_lost "$(value ended <"$work/a")" all

# --- ended -----------------------------------------------------------------------------------

ok force:run load a . 60
ok force:run_another load b . 60
oci pause b
ok force:there_are_queues test "$(queues)" -gt 0
ok force:delete oci delete --force a
ok force:delete_what_is_paused oci delete --force b
wait "${tap_held_pid[a]}" "${tap_held_pid[b]}"
ok force:nothing_is_registered back
is force:leaves_no_queue "$(queues)" 0

tap_end
