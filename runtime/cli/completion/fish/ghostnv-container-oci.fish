# SPDX-License-Identifier: MIT
#
# Completion of ghostnv-container-oci for fish; the verbs tell of their options.

set -l verbs create start run state kill delete list ps exec pause resume update events features spec validate register unregister checkpoint restore

function __ghostnv_container_oci_options
    set -l verb (commandline -opc)[2]
    ghostnv-container-oci $verb --help 2>/dev/null | sed -nE 'h; s/^  (-.), .*  +(.*)/\1\t\2/p; g; s/^  (-.,|   ) (--[^ ]*).*  +(.*)/\2\t\3/p'
end

complete -c ghostnv-container-oci -n "not __fish_seen_subcommand_from $verbs" -f -a "$verbs"
complete -c ghostnv-container-oci -n "not __fish_seen_subcommand_from $verbs" -l root -x -a '(__fish_complete_directories)' -d 'Keep state in DIR'
complete -c ghostnv-container-oci -n "not __fish_seen_subcommand_from $verbs" -l log -r -d 'Append messages to FILE'
complete -c ghostnv-container-oci -n "not __fish_seen_subcommand_from $verbs" -l log-format -x -a 'text json' -d 'Form of the messages'
complete -c ghostnv-container-oci -n "not __fish_seen_subcommand_from $verbs" -l debug -d 'Say more'
complete -c ghostnv-container-oci -n "not __fish_seen_subcommand_from $verbs" -l systemd-cgroup -d 'Have systemd make cgroups'
complete -c ghostnv-container-oci -n "not __fish_seen_subcommand_from $verbs" -l cgroup-manager -x -a 'cgroupfs systemd' -d 'Who makes cgroups'
complete -c ghostnv-container-oci -n "not __fish_seen_subcommand_from $verbs" -l rootless -x -a 'true false auto' -d 'It is seen without'
complete -c ghostnv-container-oci -n "not __fish_seen_subcommand_from $verbs" -l gpu-config -r -d 'The administrator\'s configuration of GPUs'
complete -c ghostnv-container-oci -n "not __fish_seen_subcommand_from $verbs" -s v -l version -d 'Show the version'
complete -c ghostnv-container-oci -n "not __fish_seen_subcommand_from $verbs" -s h -l help -d 'Show help'
complete -c ghostnv-container-oci -n "__fish_seen_subcommand_from $verbs" -a '(__ghostnv_container_oci_options)'
complete -c ghostnv-container-oci -n '__fish_seen_subcommand_from start state kill delete ps exec pause resume update events' -a '(ghostnv-container-oci list --quiet 2>/dev/null)'
complete -c ghostnv-container-oci -n '__fish_seen_subcommand_from register unregister' -l target -x -a 'docker containerd crio podman' -d 'Which engine'
complete -c ghostnv-container-oci -n '__fish_seen_subcommand_from register unregister' -l config -r -d 'Its configuration'
complete -c ghostnv-container-oci -n '__fish_seen_subcommand_from register unregister' -l format -x -a 'text json' -d 'How to answer'
complete -c ghostnv-container-oci -n '__fish_seen_subcommand_from register' -l runtime-path -r -d 'The program'
