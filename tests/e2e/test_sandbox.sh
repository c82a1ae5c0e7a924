#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A sandbox's program and its init: how it starts and ends, as whom it runs, which
# system calls it has.
# timeout: 300
#
# Programs for the inside stand in single quotes; what is listed has plain names.
# shellcheck disable=SC2016,SC2012

set -u
# shellcheck source=tests/e2e/lib/tap.sh
. "$(dirname "$0")/lib/tap.sh"
# shellcheck source=tests/e2e/lib/sandbox.sh
. "$(dirname "$0")/lib/sandbox.sh"

mounts_before=$(wc -l </proc/self/mountinfo)

# --- the program -------------------------------------------------------------------

ok sandbox:program_runs in_sandbox true
ok sandbox:exit_status_is_passed_on status 7 in_sandbox sh -c 'exit 7'
ok sandbox:signal_becomes_status status 137 in_sandbox sh -c 'kill -KILL $$'
from_threads() {
	local i

	for i in 1 2 3 4 5; do
		timeout 60 sandbox_run --threads "$@" "$rootfs" true || return
	done
}
ok sandbox:launcher_has_threads from_threads --user app
ok sandbox:launcher_has_threads_and_userns from_threads --user app --userns
is sandbox:program_is_not_pid_1 "$(in_sandbox sh -c 'echo $$')" 2
# The fourth is the directory that ls reads.
is sandbox:no_descriptor_leaks \
	"$(exec 7</etc/passwd 9</ && in_sandbox ls /proc/self/fd | tr '\n' ' ')" '0 1 2 3 '
exec 8</ # inherited by the launcher
hold fds "$work/fds" in_sandbox --hold true
exec 8<&-
is sandbox:no_descriptor_leaks_into_init \
	"$(ls "/proc/$(value pid <"$work/fds")/fd" | tr '\n' ' ')" '0 1 2 3 4 '
release fds
ok sandbox:missing_program_is_named fails_with 'execute `nothing`: No such file' \
	in_sandbox nothing
ok sandbox:directory_is_no_program fails_with 'execute `/etc`: Permission denied' \
	in_sandbox /etc
printf 'no format' >"$rootfs/tmp/junk"
chmod +x "$rootfs/tmp/junk"
ok sandbox:junk_is_no_program fails_with 'execute `/tmp/junk`: Exec format error' \
	in_sandbox /tmp/junk
is sandbox:environment_gets_home_and_path "$(in_sandbox env | grep -cE \
	'^(HOME=/root|PATH=/usr/local/sbin:)')" 2
is sandbox:environment_is_the_given "$(in_sandbox --env HOME=/x --env A=b \
	sh -c 'echo $HOME $A')" '/x b'
is sandbox:environment_is_not_the_launchers \
	"$(SECRET=x in_sandbox env | grep -c SECRET)" 0

# --- user and privileges ------------------------------------------------------------

is sandbox:user_root "$(in_sandbox id)" 'uid=0(root) gid=0(root)'
is sandbox:user_by_name "$(in_sandbox --user app id)" \
	'uid=1000(app) gid=1000(app) groups=44(video)'
is sandbox:user_by_number "$(in_sandbox --user 4711:12 sh -c 'id -u; id -g; id -G' |
	tr '\n' ' ')" '4711 12 12 '
is sandbox:user_home "$(in_sandbox --user app sh -c 'echo $HOME')" /home/app
ok sandbox:unknown_user_is_named fails_with 'user `nobody-here`' \
	in_sandbox --user nobody-here true

is sandbox:capabilities_are_dockers "$(own_status CapEff)" 00000000a80425fb
is sandbox:capabilities_are_bounded "$(own_status CapBnd)" 00000000a80425fb
is sandbox:capabilities_none_inherited "$(own_status CapInh)" 0000000000000000
is sandbox:capabilities_none_ambient "$(own_status CapAmb)" 0000000000000000
is sandbox:capabilities_of_user_none "$(own_status CapEff --user app)" 0000000000000000
is sandbox:capabilities_permitted_of_user_none "$(own_status CapPrm --user app)" \
	0000000000000000
is sandbox:no_new_privs "$(own_status NoNewPrivs)" 1
is sandbox:seccomp_filters "$(own_status Seccomp)" 2
is sandbox:seccomp_filters_init "$(in_sandbox cat /proc/1/status |
	sed -n 's/^Seccomp:[[:space:]]*//p')" 2
is sandbox:capabilities_of_init "$(in_sandbox cat /proc/1/status |
	sed -n 's/^CapEff:[[:space:]]*//p')" 00000000a80425fb

# --- system calls -------------------------------------------------------------------

probe calls >"$work/calls" 2>&1
for expected in unshare_user=EPERM unshare_mount=EPERM clone_user=EPERM clone3=ENOSYS \
	setns=EPERM mount=EPERM umount=EPERM pivot_root=EPERM open_tree=EPERM \
	fsopen=EPERM mount_setattr=EPERM chroot=ok bpf=EPERM perf_event_open=EPERM \
	keyctl=EPERM add_key=EPERM userfaultfd=EPERM io_uring_setup=EPERM \
	init_module=EPERM kexec_load=EPERM reboot=EPERM iopl=EPERM sethostname=EPERM \
	open_by_handle_at=EPERM unknown=ENOSYS socket_inet=ok socket_unix=ok \
	socket_netlink=ok socket_vsock=EPERM socket_alg=EPERM socket_vsock_high=EPERM \
	personality_ask=ok personality_no_randomization=EPERM ptrace=ok pidfd_open=ok \
	setuid=ok ptrace_init=EPERM init_exe_read=EACCES init_exe_write=EACCES \
	init_mem=EACCES init_fds=EACCES kill_init=ok stop_init=ok; do
	is "sandbox:call_${expected%=*}" "$(value "${expected%=*}" <"$work/calls")" \
		"${expected#*=}"
done

if [ "$(uname -m)" = x86_64 ] && ! grep -q 'User Mode Linux' /proc/cpuinfo; then
	probe compat >"$work/compat" 2>&1
	for expected in getpid_32=ok mount_32=EPERM unshare_32=EPERM \
		socket_vsock_32=EPERM unknown_32=ENOSYS getpid_x32=ENOSYS; do
		is "sandbox:call_${expected%=*}" "$(value "${expected%=*}" <"$work/compat")" \
			"${expected#*=}"
	done
else
	skip sandbox:call_32 "no 32-bit calls on this kernel"
fi

# --- PID 1 --------------------------------------------------------------------------

is sandbox:init_reaps_orphans "$(probe reap)" reaped=ok
is sandbox:init_leads_nowhere "$(in_sandbox /proc/self/exe sh -c 'echo ran' 2>&1)" ''
hold term "$work/term" sandbox_run "$rootfs" sh -c \
	'trap "exit 42" TERM; echo ready=1; sleep 1000 & wait'
kill -TERM "${tap_held_pid[term]}"
ok sandbox:init_forwards_signals status 42 release term
is sandbox:init_ends_the_rest "$(in_sandbox sh -c 'sleep 1000 & exit 3' || echo $?)" 3

# --- ends ---------------------------------------------------------------------------

# The launcher dies before it has let the program run.
hold orphan "$work/orphan" sandbox_run --hold "$rootfs" touch /tmp/ran
init=$(value pid <"$work/orphan")
kill_held orphan
timeout 20 tail -f --pid="$init" /dev/null
is sandbox:launcher_killed_before_release "$([ -d "/proc/$init" ]; echo $?)" 1
is sandbox:launcher_killed_program_never_ran "$([ -e "$rootfs/tmp/ran" ]; echo $?)" 1

is sandbox:no_mount_is_left "$(wc -l </proc/self/mountinfo)" "$mounts_before"

tap_end
