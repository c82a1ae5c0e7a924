#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A real engine calls the runtime: Podman, by the name under which `register` made it known.
# Where it is not installed the test is skipped. It wants no image and no network. Limits
# are tried where there are controllers: tests/e2e/test_oci_engines.sh.

set -u
# shellcheck source=tests/oci/lib.sh
. "$(dirname "$0")/lib.sh"

if ! is_ours || ! command -v podman >/dev/null || ! command -v conmon >/dev/null; then
	skip engines:all 'podman or conmon is missing, or the runtime is another'
	tap_end
	exit
fi

# Files of containers.conf that are named in the environment replace all others.
export CONTAINERS_CONF=$work/containers.conf
ok engines:registered oci register --target podman --config "$CONTAINERS_CONF" \
	--runtime-path "$RUNTIME"
# There may be no controllers, and not all capabilities: Podman limits processes and
# raises limits of its own accord.
printf '[containers]\npids_limit = 0\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n' \
	>>"$CONTAINERS_CONF"

podman() {
	timeout --foreground -k 5 60 podman --root "$work/storage" --runroot "$work/run" \
		--storage-driver vfs --cgroup-manager cgroupfs --events-backend none \
		--runtime ghostnv "$@"
}

# engine OPTION... -- COMMAND...: in a container of its own.
engine() {
	local options=()

	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	podman run --rm --network none "${options[@]}" --rootfs "$rootfs" "$@" </dev/null 2>"$work/err"
}

leave() {
	podman rm --all --force --time 0
	end
}
trap 'leave >/dev/null 2>&1' EXIT

is engines:runs "$(engine -- echo hello)" hello
engine -- sh -c 'exit 7'
is engines:status $? 7
engine -- nosuch
is engines:no_such_program $? 127
engine -- /etc/passwd
is engines:no_program $? 126
is engines:user "$(engine --user 1000:1000 -- id -u)" 1000
is engines:filter "$(engine -- grep Seccomp: /proc/self/status | tr -d '\t')" Seccomp:2
engine --read-only -- touch /x
is engines:read_only $? 1
is engines:tmpfs "$(engine --tmpfs /mnt:size=1m -- sh -c 'df /mnt | tail -n 1 | tr -s " "' |
	cut -d' ' -f2)" 1024
mkdir "$work/volume"
: >"$work/volume/file"
is engines:volume "$(engine -v "$work/volume:/mnt:ro" -- sh -c 'ls /mnt; touch /mnt/x 2>&1')" \
	$'file\ntouch: /mnt/x: Read-only file system'
# Its root has to get to the root file system.
chmod 755 "$work"
is engines:user_namespace "$(engine --uidmap 0:100000:65536 -- cat /proc/self/uid_map |
	tr -s ' ')" ' 0 100000 65536'
engine --annotation dev.ghostnv/nosuch=1 -- true
ok engines:annotation_is_refused grep -q 'there is no such limit' "$work/err"

held=$(podman run --detach --name held --network none --rootfs "$rootfs" sh -c \
	'trap "echo ended; exit 3" TERM; echo up; while :; do sleep 0.1; done' 2>/dev/null)
ok engines:known_by_its_own_name eval '[ "$(oci --root /run/ghostnv-oci state $held |
	jq -r .status)" = running ]'
is engines:exec "$(podman exec held echo inside 2>/dev/null)" inside
podman exec held sh -c 'exit 9' 2>/dev/null
is engines:exec_status $? 9
ok engines:terminal eval 'script -qec "$(declare -f podman); work=$work podman exec -it held tty" \
	/dev/null </dev/null | grep /dev/pts/0'
ok engines:top eval 'podman top held 2>&1 | grep sleep'
ok engines:pause podman pause held
is engines:paused "$(podman inspect --format '{{.State.Status}}' held 2>/dev/null)" paused
ok engines:unpause podman unpause held
ok engines:stop podman stop --time 10 held
is engines:stopped "$(podman inspect --format '{{.State.ExitCode}}' held 2>/dev/null)" 3
is engines:log "$(podman logs held 2>/dev/null)" $'up\nended'
ok engines:again podman start held
ok engines:restart podman restart --time 10 held
ok engines:removed podman rm --force --time 0 held
ok engines:nothing_is_left [ ! -e "/run/ghostnv-oci/$held" ]

# in_cgroup FILE: of the container called `limited`.
in_cgroup() {
	cat "/sys/fs/cgroup$(cut -d : -f 3 "/proc/$pid/cgroup")/$1"
}

if grep -qw memory /sys/fs/cgroup/cgroup.controllers; then
	podman run --detach --name limited --network none --memory 32m --memory-swap 48m \
		--memory-reservation 16m --pids-limit 17 --cpus 0.5 --rootfs "$rootfs" \
		sleep 1000 >"$work/out" 2>&1 || cat "$work/out"
	pid=$(podman inspect --format '{{.State.Pid}}' limited)
	is engines:limit_of_memory "$(in_cgroup memory.max)" 33554432
	is engines:limit_of_swap "$(in_cgroup memory.swap.max)" 16777216
	is engines:reservation "$(in_cgroup memory.low)" 16777216
	is engines:limit_of_processes "$(in_cgroup pids.max)" 17
	is engines:limit_of_processors "$(in_cgroup cpu.max)" '50000 100000'
	is engines:limit_of_processes_holds "$(podman exec limited sh -c \
		'for i in $(seq 30); do sleep 100 >/dev/null 2>&1 & done' 2>&1 | grep -c 'fork')" 1
	ok engines:update podman update --memory 64m --cpus 0.25 limited
	is engines:updated "$(in_cgroup memory.max; in_cgroup cpu.max)" "67108864
25000 100000"
	podman rm --force --time 0 limited >"$work/out" 2>&1
	podman run --name limited --network none --memory 16m --memory-swap 16m \
		--rootfs "$rootfs" tail /dev/zero >"$work/out" 2>&1
	is engines:out_of_memory $? 137
	ok engines:limited_removed podman rm limited
else
	skip engines:limits 'cgroup2 has no controllers'
fi

tap_end
