#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What a process gets besides its identity: descriptors, schedulers, memory policy; and
# what its caller gets of it.

set -u
# shellcheck source=tests/oci/lib.sh
. "$(dirname "$0")/lib.sh"
with_probe

# --- pidfd ------------------------------------------------------------------------------

bundle . 'exec sleep 100'
fresh
timeout 10 "$probe" take "$work/pidfd" >"$work/got" &
taker=$!
listening "$work/pidfd"
ok pidfd:create oci create --bundle "$bundle" --pid-file "$work/pid" \
	--pidfd-socket "$work/pidfd" "$id" </dev/null
wait "$taker"
is pidfd:is_of_the_process "$(sed -n 's/^Pid:[[:space:]]*//p' "$work/got")" "$(cat "$work/pid")"
oci start "$id"
timeout 10 "$probe" take "$work/pidfd2" >"$work/got" &
taker=$!
listening "$work/pidfd2"
ok pidfd:exec oci exec --detach --pid-file "$work/pid2" --pidfd-socket "$work/pidfd2" "$id" sleep 50
wait "$taker"
is pidfd:is_of_the_process_that_joins "$(sed -n 's/^Pid:[[:space:]]*//p' "$work/got")" \
	"$(cat "$work/pid2")"
oci delete --force "$id"
ok pidfd:nobody_listens refused oci run --bundle "$bundle" --pidfd-socket "$work/nobody" "$prefix-x"
is pidfd:what_failed_leaves_nothing "$(oci list --format json | jq 'if . == null then 0 else length end')" 0

# --- descriptors --------------------------------------------------------------------------

echo preserved >"$work/file"
bundle . 'cat <&3; [ -e /proc/self/fd/4 ] || echo no more'
fresh
is fds:preserved "$(oci run --bundle "$bundle" --preserve-fds 1 "$id" 3<"$work/file" 4<"$work/file")" \
	'preserved
no more'
ok fds:one_that_is_not_there refused oci run --bundle "$bundle" --preserve-fds 1 "$id" 3<&-
create . 'exec sleep 100'
oci start "$id"
is fds:preserved_by_exec "$(oci exec --preserve-fds 1 "$id" sh -c 'cat <&3' 3<"$work/file")" preserved
oci delete --force "$id"

bundle . 'echo "$LISTEN_FDS $(($LISTEN_PID - $$))"; cat <&3'
# As systemd does it: the number is that of the program that it executes.
listen() {
	fresh
	timeout 30 bash -c 'LISTEN_FDS=1 LISTEN_PID=$(($$ + '"$1"')) exec "$@"' - \
		"$RUNTIME" --root "$work/state" run --bundle "$bundle" "$id" 3<"$work/file"
}
is fds:listen_fds "$(listen 0)" '1 0
preserved'
if is_ours; then
	is fds:another_ones_listen_fds "$(listen 1 2>/dev/null | head -n 1 | cut -d ' ' -f 1)" ''
fi

# --- schedulers -------------------------------------------------------------------------------

task() {
	run "$1 | .process.args = [\"probe\", \"task\"]" '' | grep "^$2 "
}
is io:best_effort "$(task '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 6}' io)" 'io 2 6'
is io:idle "$(task '.process.ioPriority = {class: "IOPRIO_CLASS_IDLE"}' io)" 'io 3 0'
is sched:batch "$(task '.process.scheduler = {policy: "SCHED_BATCH", nice: 7}' sched)" \
	'sched 3 flags 0 nice 7 priority 0'
is sched:round_robin "$(task '.process.scheduler = {policy: "SCHED_RR", priority: 5,
	flags: ["SCHED_FLAG_RESET_ON_FORK"]}' sched)" 'sched 2 flags 1 nice 0 priority 5'
maps='.linux.namespaces += [{type: "user"}] |
	.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1000}] |
	.linux.gidMappings = [{containerID: 0, hostID: 100000, size: 1000}]'
chmod 0755 "$work"
is sched:in_a_user_namespace "$(task "$maps"' | .process.scheduler = {policy: "SCHED_FIFO",
	priority: 2}' sched)" 'sched 1 flags 0 nice 0 priority 2'
is io:in_a_user_namespace "$(task "$maps"' | .process.ioPriority = {class: "IOPRIO_CLASS_RT",
	priority: 1}' io)" 'io 1 1'
ok sched:priority_of_none refused run '.process.scheduler = {policy: "SCHED_OTHER", priority: 5}' true
ok sched:unknown_policy refused run '.process.scheduler = {policy: "SCHED_MAYBE"}' true
create . 'exec sleep 100'
oci start "$id"
jq '.process | .args = ["probe", "task"] | .ioPriority = {class: "IOPRIO_CLASS_BE", priority: 3} |
	.scheduler = {policy: "SCHED_IDLE"}' "$bundle/config.json" >"$work/process.json"
is sched:exec "$(oci exec --process "$work/process.json" "$id" | grep -oE '^(io .*|sched [0-9]+)')" 'io 2 3
sched 5'
if is_ours; then
	first=$(taskset -cp $$ | sed 's/.*: \([0-9]*\).*/\1/')
	jq --arg cpu "$first" '.process | .args = ["probe", "task"] | .execCPUAffinity =
		{initial: $cpu, final: $cpu}' "$bundle/config.json" >"$work/process.json"
	is affinity:final "$(oci exec --process "$work/process.json" "$id" | grep ^cpus)" "cpus $first"
	jq --arg cpu "$first" '.process | .args = ["probe", "task"] | .execCPUAffinity =
		{initial: $cpu}' "$bundle/config.json" >"$work/process.json"
	is affinity:only_initial_leaves_all "$(oci exec --process "$work/process.json" "$id" | grep ^cpus)" \
		"$(oci exec "$id" probe task | grep ^cpus)"
	jq '.process | .execCPUAffinity = {initial: "3-1"}' "$bundle/config.json" >"$work/process.json"
	ok affinity:no_list refused oci exec --process "$work/process.json" "$id"
	ok affinity:is_named grep -q 'execCPUAffinity.initial: `3-1` is no list of numbers' "$work/refused"
fi
oci delete --force "$id"

# --- memory ---------------------------------------------------------------------------------------

if is_ours && [ -d /sys/devices/system/node ]; then
	is memory:bind "$(task '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0",
		flags: ["MPOL_F_STATIC_NODES"]}' memory)" 'memory 32770 0'
	is memory:interleave "$(task '.linux.memoryPolicy = {mode: "MPOL_INTERLEAVE", nodes: "0"}' memory)" \
		'memory 3 0'
	is memory:local "$(task '.linux.memoryPolicy = {mode: "MPOL_LOCAL"}' memory | cut -d ' ' -f 2)" 4
	ok memory:no_such_node refused run '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "900"}' true
	ok memory:nodes_are_missing refused run '.linux.memoryPolicy = {mode: "MPOL_BIND"}' true
	create '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0"}' 'exec sleep 100'
	oci start "$id"
	is memory:exec "$(oci exec "$id" probe task | grep ^memory)" 'memory 2 0'
	oci delete --force "$id"
else
	skip memory:policy 'this runtime or this kernel has none'
fi

# --- resctrl --------------------------------------------------------------------------------------

if is_ours && [ ! -e /sys/fs/resctrl/schemata ]; then
	ok rdt:is_not_passed_over refused run '.linux.intelRdt = {closID: "some"}' true
	ok rdt:says_why grep -q 'linux.intelRdt: no resctrl on' "$work/refused"
	ok rdt:bad_name refused run '.linux.intelRdt = {closID: "../x"}' true
	ok rdt:is_named grep -q 'linux.intelRdt.closID: `../x` is no name of a group' "$work/refused"
fi

# --- tmpcopyup --------------------------------------------------------------------------------------

mkdir -p "$rootfs/var/up/sub"
echo one >"$rootfs/var/up/sub/file"
ln -s sub/file "$rootfs/var/up/link"
ln -s /proc/self/exe "$rootfs/var/up/exe"
mkfifo "$rootfs/var/up/fifo"
chown 7:8 "$rootfs/var/up/sub/file"
chmod 4755 "$rootfs/var/up/sub/file"
chmod 0711 "$rootfs/var/up"
up='.mounts += [{destination: "/var/up", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup"OPTS]}]'
is tmpcopyup:copies "$(run "${up/OPTS/}" 'cd /var/up; cat link; stat -c "%a %u %g" sub/file; [ -p fifo ] &&
	echo fifo; readlink exe; stat -c %a .; df -P . | tail -n 1 | cut -d " " -f 1')" 'one
4755 7 8
fifo
/proc/self/exe
711
tmpfs'
is tmpcopyup:original_stays "$(run "${up/OPTS/}" 'rm -r /var/up/sub; echo two >/var/up/new'
	cat "$rootfs/var/up/sub/file"; ls "$rootfs/var/up")" 'one
exe
fifo
link
sub'
is tmpcopyup:mode_is_kept "$(run "${up/OPTS/, \"mode=1700\"}" 'stat -c %a /var/up')" 1700
if is_ours; then
	is tmpcopyup:read_only "$(run "${up/OPTS/, \"ro\"}" 'cat /var/up/link; touch /var/up/x 2>/dev/null || echo no')" \
		'one
no'
	chmod 0755 "$rootfs/var/up"
	is tmpcopyup:owners_beyond_the_map_lend_nothing "$(run "$maps | ${up/OPTS/}" \
		'stat -c "%a" /var/up/sub/file')" 755
	ok tmpcopyup:only_a_tmpfs refused run '.mounts += [{destination: "/mnt", source: "/tmp",
		options: ["bind", "tmpcopyup"]}]' true
fi

tap_end
