#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The command line: options, what help, completion and the manual say of them, and whose file
# --config names.

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

tap_end
