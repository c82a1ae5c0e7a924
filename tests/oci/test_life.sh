#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The life of a container: operations, their order, what they print and leave.

set -u
# shellcheck source=tests/oci/lib.sh
. "$(dirname "$0")/lib.sh"

create . 'echo ran >/tmp/ran; exec sleep 100'
ok life:create_makes_no_program [ ! -e "$rootfs/tmp/ran" ]
is life:state_after_create "$(status_of "$id")" created
is life:pid_file_names_the_process "$(cat "$work/pid")" "$(oci state "$id" | jq .pid)"
is life:state_has_the_bundle "$(oci state "$id" | jq -r .bundle)" "$bundle"
is life:state_has_the_id "$(oci state "$id" | jq -r .id)" "$id"
ok life:an_id_is_there_once refused oci create --bundle "$bundle" "$id"
ok life:start oci start "$id"
is life:state_after_start "$(status_of "$id")" running
for _ in $(seq 100); do [ -e "$rootfs/tmp/ran" ] || read -rt 0.05 <> <(:) || :; done
ok life:the_program_runs [ -e "$rootfs/tmp/ran" ]
ok life:start_once_only refused oci start "$id"
ok life:one_that_runs_is_not_deleted refused oci delete "$id"
is life:list_shows_it "$(oci list --format json | jq -r --arg id "$id" \
	'.[] | select(.id == $id).status')" running
ok life:kill oci kill "$id" KILL
ok life:it_stops stopped "$id"
ok life:one_that_stopped_is_not_signalled refused oci kill "$id" KILL
ok life:one_that_stopped_is_not_started refused oci start "$id"
ok life:delete oci delete "$id"
ok life:nothing_is_known_of_it refused oci state "$id"
ok life:nothing_is_deleted_twice refused oci delete "$id"
ok life:its_id_is_free create . true
ok life:what_was_created_is_deleted_by_force_only refused oci delete "$id"
ok life:delete_what_was_created oci delete --force "$id"
# As kubelet has it, who takes a container away that was never started: by TERM, and then it waits.
create . 'echo ran >/tmp/never' && oci kill "$id" WINCH
is life:what_signals_do_not_end_waits "$(status_of "$id")" created
oci kill "$id" TERM
ok life:term_ends_what_waits_for_its_start stopped "$id"
ok life:its_program_has_not_run [ ! -e "$rootfs/tmp/never" ]
oci delete "$id"
create '.linux.namespaces |= map(select(.type != "pid"))' true && oci kill "$id" 64
ok life:so_does_any_other_without_a_pid_namespace stopped "$id"
oci delete "$id"
create . 'exec grep -E "^Sig(Blk|Ign|Cgt)" /proc/self/status' && oci start "$id"
stopped "$id"
is life:the_program_has_signals_as_they_were "$(tr -d '\t' <"$work/out")" \
	"$(printf 'Sig%s:0000000000000000\n' Blk Ign Cgt)"
oci delete "$id"

is life:run_has_the_status "$(run . 'exit 7'; echo $?)" 7
run '.linux.namespaces |= map(select(.type != "pid"))' 'kill -9 $$' >/dev/null
is life:run_tells_of_a_signal $? 137
is life:run_leaves_nothing "$(oci list --format json | jq 'if . == null then 0 else length end')" 0
ok life:no_cgroup_is_left eval '! find /sys/fs/cgroup -name "*'"$prefix"'*" | grep -q .'

is life:signals_are_not_ignored "$(trap '' HUP USR1 RTMIN RTMAX
	run '.process.args = ["grep", "SigIgn", "/proc/self/status"]' '')" "$(printf 'SigIgn:\t0000000000000000')"
ok life:no_such_program refused run '.process.args = ["/no/such"]' ''
is life:what_failed_leaves_nothing "$(oci list --format json | jq 'if . == null then 0 else length end')" 0
ok life:ids_are_checked refused oci create --bundle "$bundle" ../x
ok life:no_such_bundle refused oci create --bundle "$work/nothing" "$prefix-x"
ok life:unknown_id refused oci start "$prefix-unknown"

create . 'trap "exit 3" TERM; while :; do sleep 0.05; done'
oci start "$id"
ok life:pause oci pause "$id"
is life:paused "$(status_of "$id")" paused
ok life:no_exec_in_a_paused_one refused oci exec "$id" true
ok life:resume oci resume "$id"
is life:resumed "$(status_of "$id")" running
is life:ps "$(oci ps --format json "$id" | jq "index($(cat "$work/pid")) != null")" true
ok life:kill_all oci kill --all "$id" KILL
ok life:all_stop stopped "$id"
ok life:delete_it oci delete "$id"
if is_ours; then
	# By the numbers that programs for glibc go by.
	create . 'trap "echo 36 >/signal; exit" 36; : >/ready; while :; do sleep 0.05; done'
	oci start "$id"
	until [ -e "$rootfs/ready" ]; do :; done
	ok life:no_such_signal refused oci kill "$id" RTMIN+31
	ok life:kill_by_a_realtime_name oci kill "$id" rtmin+2
	ok life:it_stops stopped "$id"
	is life:that_was_36 "$(cat "$rootfs/signal")" 36
	oci delete --force "$id"
fi

# --- exec -----------------------------------------------------------------------------

create . 'exec sleep 100'
oci start "$id"
is exec:in_its_namespaces "$(oci exec "$id" sh -c 'hostname; readlink /proc/self/ns/pid')" \
	"ghostnv
$(readlink "/proc/$(cat "$work/pid")/ns/pid")"
oci exec "$id" sh -c 'exit 9'
is exec:status $? 9
is exec:env "$(oci exec --env A=b "$id" sh -c 'echo $A')" b
is exec:cwd "$(oci exec --cwd /tmp "$id" pwd)" /tmp
is exec:user "$(oci exec --user 1000:1001 "$id" sh -c 'echo $(id -u):$(id -g)')" 1000:1001
ok exec:no_such_program refused oci exec "$id" /no/such
jq '.process | .args = ["sh", "-c", "echo $HOME; id -u"] | .user.uid = 1000' "$bundle/config.json" \
	>"$work/process.json"
is exec:process_file "$(oci exec --process "$work/process.json" "$id")" "/home/user
1000"
is exec:in_its_cgroup "$(oci exec "$id" cat /proc/self/cgroup | grep -c ':/$')" "$(
	oci exec "$id" cat /proc/1/cgroup | grep -c ':/$')"
if is_ours; then
	ok exec:relative_cwd refused oci exec --cwd x "$id" true
	ok exec:it_is_named grep -qF -- '--cwd `x`: it is not an absolute path' "$work/refused"
	ln -s process.json "$work/link.json"
	ok exec:process_by_a_link refused oci exec --process "$work/link.json" "$id"
	ok exec:remedy grep -q 'name the file that the link leads to' "$work/refused"
fi
oci exec --detach --pid-file "$work/pid2" "$id" sleep 50
ok exec:detached kill -0 "$(cat "$work/pid2")"
ok exec:delete_ends_all oci delete --force "$id"
ok exec:those_too eval '! kill -0 "$(cat "$work/pid2")" 2>/dev/null'

# --- the words by which engines know why ------------------------------------------------

# Docker's command ends with 126 and 127 by them, and by their letters' case.
: >"$rootfs/bin/no_program"
for case in 'nosuch executable file not found in $PATH' '/nosuch no such file or directory' \
	'/bin/no_program permission denied' '/bin permission denied'; do
	program=${case%% *} words=${case#* }
	base | jq --arg program "$program" '.process.args = [$program]' >"$bundle/config.json"
	fresh
	rm -f "$work/log"
	ok "words:$program" refused oci --log "$work/log" --log-format json create \
		--bundle "$bundle" "$id"
	is_ours || continue
	is "words:${program}_level" "$(jq -r .level "$work/log")" error
	ok "words:${program}_in_the_log" grep -qF "$words" "$work/log"
	ok "words:${program}_on_standard_error" grep -qF "$words" "$work/refused"
done
if is_ours; then
	cp "$rootfs/bin/busybox" "$rootfs/bin/roots"
	chmod 700 "$rootfs/bin/roots"
	create '.process.user.uid = 1000 | .process.args = ["/bin/roots", "true"]' true
	ok words:not_for_this_user refused oci start "$id"
	ok words:not_for_this_user_in_words grep -qF 'permission denied' "$work/refused"
	oci delete --force "$id"
fi

# An image's own words do not move a cursor or begin a line, and what nobody could write is said.
if is_ours; then
	# plain FILE: it has no control characters but newlines.
	plain() {
		[ -s "$1" ] && ! LC_ALL=C grep -q '[^[:print:]]' "$1"
	}
	base | jq '.process.args = ["\u001b[31m\n\u009btime=\"x\""]' >"$bundle/config.json"
	fresh
	ok words:escapes_of_an_image refused oci --log "$work/plain" run --bundle "$bundle" "$id"
	ok words:are_plain plain "$work/refused"
	is words:are_one_line "$(wc -l <"$work/refused")" 1
	ok words:are_plain_in_the_log plain "$work/plain"
	ok words:are_quoted_in_the_log grep -qF '?time=\"x\"' "$work/plain"
	base | jq '.linux.namespaces += [{type: "\u001b[31m\nall is well"}]' >"$bundle/config.json"
	oci validate "$bundle" >"$work/valid"
	ok validate:is_plain plain "$work/valid"
	is validate:is_one_line "$(wc -l <"$work/valid")" 1
	for verb in features list 'spec --print' --help; do
		ok "full:$verb" refused eval "oci $verb 2>&1 >/dev/full"
		ok "full:it_is_said:$verb" grep -q 'write to standard output: No space left' "$work/refused"
	done
fi

# Who has no directory for records can do what needs none.
if is_ours; then
	bundle . true
	chmod 755 "$work"
	nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups env -u XDG_RUNTIME_DIR "$RUNTIME")
	ok nobody:validate "${nobody[@]}" validate "$bundle"
	ok nobody:features eval '"${nobody[@]}" features | jq -e .ociVersionMin'
	for verb in list "state $id" 'register --config x'; do
		ok "nobody:$verb" refused eval "\"\${nobody[@]}\" $verb"
		ok "nobody:is_told:$verb" grep -q 'give --root or XDG_RUNTIME_DIR' "$work/refused"
	done
fi

# A record that cannot be read is nobody's way out: whatever its state is, nobody hangs, is led
# elsewhere, or is kept from the other containers.
spoil() {
	case $1 in
	truncated) head -c 40 "$work/state.json" >"$2" ;;
	empty) : >"$2" ;;
	huge) truncate -s 1T "$2" ;;
	directory) mkdir -p "$2/a/b" && echo theirs >"$2/a/file" ;;
	pipe) mkfifo "$2" ;;
	pipe_with_a_writer) mkfifo "$2" && { sleep 1000 <>"$2" >&0 2>&0 & writer=$!; } ;;
	socket) python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$2" ;;
	device) mknod "$2" c 1 5 ;;
	link) cp "$work/state.json" "$work/elsewhere" && ln -s "$work/elsewhere" "$2" ;;
	dangling) ln -s "$work/nowhere" "$2" ;;
	of_another) cp "$work/state.json" "$2" && chown 1234 "$2" ;;
	esac
}

# at_once COMMAND...: it ends, and before anybody could think that it hangs.
at_once() {
	timeout -k 1 10 "$RUNTIME" --root "$work/state" "$@" >"$work/refused" 2>&1
	[ $? = 1 ]
}

if is_ours; then
	create . 'exec sleep 1000'
	oci start "$id"
	other=$id
	for kind in truncated empty huge directory pipe pipe_with_a_writer socket device link dangling \
		of_another; do
		create . 'exec sleep 1000'
		oci start "$id"
		state=$work/state/$id/state.json
		mv "$state" "$work/state.json"
		spoil $kind "$state"
		for verb in state kill pause "exec $id true" update delete start; do
			# shellcheck disable=SC2086
			ok "spoilt:$kind:${verb%% *}" at_once ${verb%% *} "$id" ${verb#"${verb%% *}"}
			ok "spoilt:$kind:${verb%% *}_names_it" grep -q \
				'`state.json` of container `'"$id"'`: .*`delete --force`' "$work/refused"
		done
		ok "spoilt:$kind:list_warns" eval \
			'oci list 2>&1 | grep "warning: .*`$id`.*`delete --force`"'
		is "spoilt:$kind:the_other_is_listed_alone" "$(oci list --quiet 2>/dev/null)" "$other"
		ok "spoilt:$kind:delete_force" oci delete --force "$id"
		ok "spoilt:$kind:its_process_has_ended" eval \
			'[ -z "$(tr -d "\\0" <"/proc/$(cat "$work/pid")/cmdline")" ]'
		ok "spoilt:$kind:its_cgroup_has_gone" [ ! -e "/sys/fs/cgroup/ghostnv-oci/container-$id" ]
		ok "spoilt:$kind:nothing_is_left" [ ! -e "$work/state/$id" ]
	done
	kill "$writer"
	wait "$writer" 2>/dev/null
	ok spoilt:no_link_is_followed [ -s "$work/elsewhere" ]

	# A configuration of another's does not choose what cgroup is killed.
	create . 'exec sleep 1000'
	echo x >"$work/state/$id/state.json"
	jq '.linux.cgroupsPath = $path' --arg path "/ghostnv-oci/container-$other" \
		"$bundle/config.json" >"$work/state/$id/config.json"
	chown 1234 "$work/state/$id/config.json"
	ok spoilt:configuration_of_another oci delete --force "$id"
	is spoilt:the_other_runs "$(status_of "$other")" running
	kill -KILL "$(cat "$work/pid")"

	# Whoever a record belongs to could hold its lock for ever.
	mkdir "$work/state/theirs"
	chown 1234 "$work/state/theirs"
	flock --no-fork "$work/state/theirs" sleep 1000 >/dev/null 2>&1 &
	holder=$!
	for verb in state delete 'delete --force' start; do
		# shellcheck disable=SC2086
		ok "theirs:$verb" at_once $verb theirs
		ok "theirs:${verb}_says_so" grep -q '`theirs` belongs to another user' "$work/refused"
	done
	is theirs:list_goes_on "$(oci list --quiet 2>/dev/null)" "$other"
	kill "$holder"
	wait "$holder" 2>/dev/null
	rm -rf "$work/state/theirs"
	# What is no directory is no record.
	ln -s / "$work/state/link"
	: >"$work/state/file"
	for name in link file; do
		ok "no_record:$name" at_once delete --force "$name"
	done
	is no_record:list_says_nothing "$(oci list --quiet 2>&1)" "$other"
	rm "$work/state/link" "$work/state/file"
	oci delete --force "$other"
fi

tap_end
