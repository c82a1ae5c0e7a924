#!/bin/bash
# SPDX-License-Identifier: MIT
#
# linux.seccomp: actions, flags; and where an agent answers: SCMP_ACT_NOTIFY, listenerPath,
# listenerMetadata.

set -u
# shellcheck source=tests/oci/lib.sh
. "$(dirname "$0")/lib.sh"
with_probe

# agent ERRNO: one that listens at $work/agent; what it was told goes to $work/told.
agent() {
	rm -f "$work/agent"
	timeout 30 "$probe" agent "$work/agent" "$1" >"$work/told" &
	agent=$!
	listening "$work/agent"
}

# notify CALLS: a filter with a listener.
notify() {
	printf '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: "%s",
		listenerMetadata: "a=b", syscalls: [{names: %s, action: "SCMP_ACT_NOTIFY"}]} |
		.process.args = ["probe", "call", "/tmp/made"]' "$work/agent" "$1"
}

told() {
	head -n -1 "$work/told" | jq -r "$1"
}

agent 95
is notify:the_agent_answers "$(run "$(notify '["mkdir", "mkdirat"]')" '')" 95
wait "$agent"
ok notify:and_not_the_kernel [ ! -e "$rootfs/tmp/made" ]
is notify:descriptor "$(tail -n 1 "$work/told")" 'anon_inode:seccomp notify'
is notify:names_it "$(told '.fds[0]')" seccompFd
is notify:metadata "$(told .metadata)" a=b
is notify:state "$(told .state.id) $(told .state.bundle)" "$prefix-1 $bundle"
is notify:pid "$(told '.pid == .state.pid')" true

agent 0
is notify:a_call_may_go_on "$(run "$(notify '["mkdir", "mkdirat"]')" '')" 0
wait "$agent"
ok notify:and_does [ -d "$rootfs/tmp/made" ]
rmdir "$rootfs/tmp/made"

agent 95
bundle "$(notify '["mkdir", "mkdirat"]') | .process.noNewPrivileges = false |
	.process.args = [\"sleep\", \"100\"]" ''
fresh
ok notify:create oci create --bundle "$bundle" "$id" </dev/null
ok notify:start_without_no_new_privs oci start "$id"
if is_ours; then
	is notify:pid_is_the_process "$(told .pid)" "$(oci state "$id" | jq .pid)"
fi
first=$agent
agent 38
is notify:exec_has_its_own "$(oci exec "$id" probe call /tmp/made)" 38
wait "$agent"
is notify:exec_is_told_of "$(told .state.status) $(told '.pid != .state.pid')" 'running true'
oci delete --force "$id"
wait "$first"

ok notify:nobody_listens refused run "$(notify '["mkdir"]')" ''
is notify:what_failed_leaves_nothing "$(oci list --format json | jq 'if . == null then 0 else length end')" 0
ok notify:path_is_needed refused run "$(notify '["mkdir"]') | del(.linux.seccomp.listenerPath)" ''
is notify:path_without_notify_is_nothing "$(run '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
	listenerPath: "/no/such"}' 'echo good')" good
if is_ours; then
	# Every call from the moment on when there is a listener, sending it included.
	agent 0
	is notify:all_calls "$(run "$(notify '["mkdir"]') | .linux.seccomp.defaultAction =
		\"SCMP_ACT_NOTIFY\" | .linux.seccomp.syscalls = []" '')" 0
	wait "$agent"
	rmdir "$rootfs/tmp/made"
	# A profile under which only the program's own calls are possible.
	agent 95
	is notify:no_calls_of_ours "$(run "$(notify '["mkdir"]') | .linux.seccomp.defaultAction =
		\"SCMP_ACT_KILL_PROCESS\" | .linux.seccomp.syscalls += [{action: \"SCMP_ACT_ALLOW\",
		names: [\"execve\", \"brk\", \"mmap\", \"mprotect\", \"munmap\", \"arch_prctl\", \"readlink\",
		\"readlinkat\", \"set_tid_address\", \"set_robust_list\", \"rseq\", \"prlimit64\",
		\"getrandom\", \"newfstatat\", \"fstat\", \"write\", \"exit_group\", \"uname\"]}]" '')" 95
	wait "$agent"
fi

# What a call is answered with, by each action; TRACE without a tracer is ENOSYS.
answer() {
	run ".linux.seccomp = {defaultAction: \"SCMP_ACT_ALLOW\", syscalls: [{names: [\"mkdir\", \"mkdirat\"],
		action: \"SCMP_ACT_$1\"}]} | .process.args = [\"probe\", \"call\", \"/tmp/made\"]" '' 2>/dev/null
	echo "$?"
	rm -rf "$rootfs/tmp/made"
}
for action in KILL=159 KILL_THREAD=159 KILL_PROCESS=159 TRAP=159 'ERRNO=1 0' 'TRACE=38 0' 'LOG=0 0' 'ALLOW=0 0'; do
	is "action:${action%=*}" "$(answer "${action%=*}" | xargs)" "${action#*=}"
done
is action:default_errno "$(run '.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 77,
	syscalls: [{action: "SCMP_ACT_ALLOW", names: ["execve", "brk", "mmap", "mprotect", "munmap",
	"arch_prctl", "readlink", "readlinkat", "set_tid_address", "set_robust_list", "rseq", "prlimit64",
	"getrandom", "newfstatat", "fstat", "write", "exit_group", "uname"]}]} |
	.process.args = ["probe", "call", "/tmp/made"]' '')" 77
for flag in TSYNC LOG SPEC_ALLOW WAIT_KILLABLE_RECV; do
	is "flag:$flag" "$(run ".linux.seccomp = {defaultAction: \"SCMP_ACT_ALLOW\",
		flags: [\"SECCOMP_FILTER_FLAG_$flag\"], syscalls: [{names: [\"mkdir\", \"mkdirat\"],
		action: \"SCMP_ACT_ERRNO\", errnoRet: 5}]} | .process.args = [\"probe\", \"call\", \"/tmp/made\"]" '')" 5
done
ok flag:unknown refused run '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", flags: ["X"]}' true

tap_end
