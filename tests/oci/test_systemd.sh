#!/bin/bash
# SPDX-License-Identifier: MIT
#
# --cgroup-manager=systemd, with a real systemd: a user manager of our own on a bus of our own,
# which the runtime is told to take for the system's.

set -u
# shellcheck source=tests/oci/lib.sh
. "$(dirname "$0")/lib.sh"

systemd=/usr/lib/systemd/systemd
if [ ! -x "$systemd" ] || ! command -v dbus-daemon >/dev/null; then
	skip systemd:all 'systemd or dbus-daemon is missing'
	tap_end
	exit
fi

# It asks whether the machine was booted with systemd.
mkdir -p /run/systemd
mount -t tmpfs tmpfs /run/systemd
mkdir /run/systemd/system "$work/run"
chmod 0700 "$work/run"
export XDG_RUNTIME_DIR=$work/run DBUS_SESSION_BUS_ADDRESS=unix:path=$work/run/bus
export DBUS_SYSTEM_BUS_ADDRESS=$DBUS_SESSION_BUS_ADDRESS
export GHOSTNV_OCI_SYSTEMD=$root/build/runtime/ghostnv-oci-systemd
base=/sys/fs/cgroup/$prefix-systemd
mkdir "$base"
read -ra controllers </sys/fs/cgroup/cgroup.controllers
for controller in "${controllers[@]}"; do
	echo "+$controller" >/sys/fs/cgroup/cgroup.subtree_control
done 2>/dev/null
dbus-daemon --session --address="$DBUS_SESSION_BUS_ADDRESS" --nofork --nopidfile >"$work/bus.log" 2>&1 &
bus=$!
listening "$work/run/bus"
(
	echo "$BASHPID" >"$base/cgroup.procs"
	exec env HOME="$work" "$systemd" --user --unit=basic.target
) >"$work/systemd.log" 2>&1 &
manager=$!

leave() {
	kill -KILL "$manager" "$bus"
	wait "$manager" "$bus"
	echo 1 >"$base/cgroup.kill"
	for _ in $(seq 50); do
		find "$base" -depth -type d -exec rmdir {} \; && break
		read -rt 0.05 <> <(:) || :
	done
	end
} 2>/dev/null
trap leave EXIT

for _ in $(seq 200); do
	busctl --address="$DBUS_SESSION_BUS_ADDRESS" status org.freedesktop.systemd1 >/dev/null 2>&1 && break
	read -rt 0.05 <> <(:) || :
done

oci() {
	timeout -k 5 30 "$RUNTIME" --root "$work/state" --systemd-cgroup "$@"
}
# unit ID: as it is on the bus.
unit() {
	printf 'pre-%s.scope' "$1"
}
path() {
	local name

	name=$(unit "$1")
	name=${name//-/_2d}
	printf '%s' "${name//./_2e}"
}
get() {
	busctl --address="$DBUS_SESSION_BUS_ADDRESS" get-property org.freedesktop.systemd1 \
		"/org/freedesktop/systemd1/unit/$(path "$1")" "org.freedesktop.systemd1.$2" "$3" |
		cut -d ' ' -f 2-
}

fresh
limits='.linux.resources.cpu = {shares: 512, quota: 50000, period: 100000} |
	.linux.resources.memory = {limit: 33554432} | .linux.resources.pids = {limit: 17}'
grep -q memory "$base/cgroup.controllers" && grep -q pids "$base/cgroup.controllers" || limits=.
bundle ".linux.cgroupsPath = \"test-a.slice:pre:$id\" | $limits |
	.annotations = {\"org.systemd.property.TimeoutStopUSec\": \"uint64 5000000\"}" 'exec sleep 100'
ok systemd:create oci create --bundle "$bundle" --pid-file "$work/pid" "$id" </dev/null
is systemd:cgroup "$(sed -n 's/^0:://p' "/proc/$(cat "$work/pid")/cgroup")" \
	"/$prefix-systemd/test.slice/test-a.slice/$(unit "$id")"
is systemd:nobody_else_is_in_it "$(cat "$base/test.slice/test-a.slice/$(unit "$id")/cgroup.procs")" \
	"$(cat "$work/pid")"
ok systemd:start oci start "$id"
is systemd:active "$(get "$id" Unit ActiveState)" '"active"'
is systemd:delegated "$(get "$id" Scope Delegate)" true
is systemd:description "$(get "$id" Unit Description)" "\"container $id\""
is systemd:annotation "$(get "$id" Scope TimeoutStopUSec)" 5000000
if [ "$limits" != . ]; then
	is systemd:memory "$(get "$id" Scope MemoryMax)" 33554432
	is systemd:pids "$(get "$id" Scope TasksMax)" 17
	is systemd:quota "$(get "$id" Scope CPUQuotaPerSecUSec)" 500000
	is systemd:in_the_kernel "$(cat "$base/test.slice/test-a.slice/$(unit "$id")/pids.max")" 17
	ok systemd:update_to_no_processes oci update --pids-limit 0 "$id"
	is systemd:the_one_that_is_there "$(get "$id" Scope TasksMax)" 1
	ok systemd:update oci update --pids-limit 23 "$id"
	is systemd:updated "$(get "$id" Scope TasksMax)" 23
fi
is systemd:devices "$(oci exec "$id" sh -c 'mknod /tmp/k c 10 229 2>/dev/null || echo no')" no
ok systemd:exec_is_in_it oci exec --detach --pid-file "$work/pid2" "$id" sleep 50
is systemd:cgroup_of_exec "$(sed -n 's/^0:://p' "/proc/$(cat "$work/pid2")/cgroup")" \
	"/$prefix-systemd/test.slice/test-a.slice/$(unit "$id")"
ok systemd:pause oci pause "$id"
ok systemd:resume oci resume "$id"
bundle ".linux.cgroupsPath = \"test-a.slice:pre:$id\"" true
ok systemd:a_unit_is_somebodys refused oci run --bundle "$bundle" "$prefix-other"
is systemd:which_still_runs "$(status_of "$id")" running
ok systemd:delete oci delete --force "$id"
ok systemd:unit_is_gone eval '! get "$id" Unit LoadState | grep -q loaded'
ok systemd:cgroup_is_gone [ ! -e "$base/test.slice/test-a.slice/$(unit "$id")" ]

ok systemd:path_has_three_parts refused run '.linux.cgroupsPath = "/a/b"' true
ok systemd:it_says_so grep -q 'linux.cgroupsPath: `/a/b` is not like slice:prefix:name' "$work/refused"
ok systemd:bad_property refused run '.annotations = {"org.systemd.property.X": "[1, 2]"}' true
is systemd:run "$(run '.linux.cgroupsPath = "test-a.slice::name"' 'echo runs')" runs
# The scope goes when the last process has ended: what is left to be stopped is nothing.
create '.linux.cgroupsPath = "test-a.slice::gone"' true && oci start "$id"
for _ in $(seq 200); do
	answer=$(busctl --address="$DBUS_SESSION_BUS_ADDRESS" call org.freedesktop.systemd1 \
		/org/freedesktop/systemd1 org.freedesktop.systemd1.Manager GetUnit s ghostnv-gone.scope 2>&1) || break
	read -rt 0.05 <> <(:) || :
done
ok systemd:unit_has_gone_by_itself grep -q 'not loaded' <<<"$answer"
ok systemd:delete_without_a_unit oci delete "$id"
ok systemd:no_program refused env GHOSTNV_OCI_SYSTEMD=/no/such "$RUNTIME" --root "$work/state" \
	--cgroup-manager=systemd run --bundle "$bundle" "$prefix-z"
is systemd:nothing_is_left "$(oci list --format json)" '[]'

tap_end
