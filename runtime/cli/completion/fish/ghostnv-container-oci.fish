# SPDX-License-Identifier: MIT
#
# Completion of ghostnv-container-oci for fish; the verbs tell of their options.

set -l verbs create start run state kill delete list ps exec pause resume update events features spec validate checkpoint restore

function __ghostnv_container_oci_options
    set -l verb (commandline -opc)[2]
    ghostnv-container-oci $verb --help 2>/dev/null | sed -n 's/^  \(--[a-z-]*\).*   *\(.*\)/\1\t\2/p'
end

complete -c ghostnv-container-oci -n "not __fish_seen_subcommand_from $verbs" -f -a "$verbs"
complete -c ghostnv-container-oci -n "not __fish_seen_subcommand_from $verbs" -l root -x -a '(__fish_complete_directories)' -d 'Keep state in DIR'
complete -c ghostnv-container-oci -n "not __fish_seen_subcommand_from $verbs" -l log -r -d 'Append messages to FILE'
complete -c ghostnv-container-oci -n "not __fish_seen_subcommand_from $verbs" -l log-format -x -a 'text json' -d 'Form of the messages'
complete -c ghostnv-container-oci -n "not __fish_seen_subcommand_from $verbs" -l debug -d 'Say more'
complete -c ghostnv-container-oci -n "not __fish_seen_subcommand_from $verbs" -l version -d 'Show the version'
complete -c ghostnv-container-oci -n "__fish_seen_subcommand_from $verbs" -a '(__ghostnv_container_oci_options)'
complete -c ghostnv-container-oci -n '__fish_seen_subcommand_from start state kill delete ps exec pause resume update events' -a '(ghostnv-container-oci list --quiet 2>/dev/null)'
