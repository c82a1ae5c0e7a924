#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The command line: options, what help, completion and the manual say of them, and whose files
# --config and --log name.

set -u
# shellcheck source=tests/oci/lib.sh
. "$(dirname "$0")/lib.sh"

# --- help, completion, manual -----------------------------------------------------------

# options [VERB]: as help shows them, a line each.
options() {
	"$RUNTIME" "$@" --help 2>/dev/null | grep -oE '^  (-.,|   ) --[a-z0-9-]+' | tr -d ,
}

words() {
	tr -s ' ' '\n' | grep . | sort
}

if is_ours; then
	# shellcheck source=runtime/cli/completion/bash/ghostnv-container-oci
	. "$root/runtime/cli/completion/bash/ghostnv-container-oci"
	# completed WORD...: what there is for the last one.
	completed() {
		COMP_WORDS=("$RUNTIME" "$@")
		COMP_CWORD=$#
		COMPREPLY=()
		_ghostnv_container_oci
		printf '%s\n' "${COMPREPLY[@]}"
	}
	# What completion offers is all that a verb has, and the manual has both forms in a line.
	sed -E 's/\\f.//g; s/^\.BR? //; s/\\-/-/g; s/[",]//g; s/ +/ /g' \
		"$root/docs/man/ghostnv-container-oci.1" >"$work/manual"
	for verb in '' $("$RUNTIME" --help | sed '1,/^Commands/d' | grep -oE '^  [a-z]+'); do
		options ${verb:+"$verb"} >"$work/options"
		is "completion:options_of_${verb:-all}" "$(comm -13 <(completed ${verb:+"$verb"} - | sort) \
			<(words <"$work/options"))" ''
		is "manual:short_options_of_${verb:-all}" "$(sed -n 's/^  -/-/p' "$work/options" |
			while read -r both; do grep -qF -- "$both" "$work/manual" || echo "$both"; done)" ''
	done
	is completion:verbs "$(completed cre)" create
	is help:short_options "$(options exec | grep -cE '^  -. --')" 8
	is help:values "$("$RUNTIME" exec --help | grep -cE '^  -u, --user UID\[:GID\]  +as another user$')" 1
fi

# --- --config -----------------------------------------------------------------------------

# with_config FILE: what is printed with that, by who is in $work.
with_config() {
	fresh
	(cd "$work" && oci run --bundle "$bundle" --config "$1" "$id" </dev/null)
}

if [ "$(basename "$RUNTIME")" != runc ]; then
	bundle . 'echo own'
	jq '.process.args[2] = "echo other"' "$bundle/config.json" >"$work/other.json"
	cp "$work/other.json" "$bundle/third.json"
	cp "$work/other.json" "$work/config.json"
	is config:from_the_working_directory "$(with_config other.json)" other
	is config:by_its_path "$(with_config "$bundle/third.json")" other
	ok config:not_from_the_bundle refused with_config third.json
	is config:that_of_the_bundle_by_its_name "$(with_config config.json)" own
	is config:that_of_the_working_directory "$(with_config ./config.json)" other
	fresh
	is config:by_its_letter "$(oci run -b "$bundle" -f "$work/other.json" "$id" </dev/null)" other
fi

# --- --log --------------------------------------------------------------------------------

# status_with_log COMMAND...: of that, where it logs to the pipe.
status_with_log() {
	oci --log "$work/pipe" "$@" >"$work/said" 2>&1 </dev/null
	echo $?
}

if is_ours; then
	mkfifo "$work/pipe"
	bundle . true
	fresh
	is log:pipe_without_a_reader "$(status_with_log create --bundle "$bundle" "$id")" 1
	ok log:it_is_said grep -qF -- "--log \`$work/pipe\`: nobody reads this pipe" "$work/said"
	ok log:nothing_is_made [ ! -e "$work/state/$id" ]
	exec 9<>"$work/pipe"
	is log:pipe_with_a_reader "$(status_with_log state none)" 1
	read -rt 10 line <&9
	ok log:it_has_the_message grep -qF 'container `none` does not exist' <<<"$line"
	dd if=/dev/zero of="$work/pipe" bs=4096 oflag=nonblock 2>/dev/null
	is log:full_pipe "$(status_with_log state none)" 1
	ok log:standard_error_has_it grep -qF 'container `none` does not exist' "$work/said"
	exec 9>&-

	# Who read it has gone when there is something to be written.
	sleep 1000 <>"$work/pipe" >/dev/null 2>&1 &
	reader=$!
	disown
	until [ "$(readlink "/proc/$reader/fd/0")" = "$work/pipe" ]; do :; done
	bundle ".hooks.createRuntime = [{path: \"/bin/sh\", args: [\"sh\", \"-c\",
		\"kill -KILL $reader; while [ -e /proc/$reader/fd/0 ]; do :; done; exit 7\"]}]" true
	fresh
	is log:reader_that_has_gone "$(status_with_log run --bundle "$bundle" "$id")" 1
	ok log:of_the_hook grep -qF createRuntime "$work/said"
	is log:nothing_is_left "$(leftovers)" ''
fi

tap_end
