# SPDX-License-Identifier: MIT
#
# Completion of ghostnv-container for fish.

set -l verbs devices run list ls stats monitor update logs pause resume unpause stop delete rm prune version help

function __ghostnv_container_names
    ghostnv-container list 2>/dev/null | awk 'NR > 1 { print $1 }'
end

function __ghostnv_container_gpus
    echo all\nnone
    ghostnv-container devices 2>/dev/null | awk 'NR > 1 { print $1 }'
end

complete -c ghostnv-container -n "not __fish_seen_subcommand_from $verbs" -f
complete -c ghostnv-container -n "not __fish_seen_subcommand_from $verbs" -a devices -d 'List the GPUs that containers can have'
complete -c ghostnv-container -n "not __fish_seen_subcommand_from $verbs" -a run -d 'Run a program in a new container'
complete -c ghostnv-container -n "not __fish_seen_subcommand_from $verbs" -a list -d 'List the containers'
complete -c ghostnv-container -n "not __fish_seen_subcommand_from $verbs" -a stats -d 'Show what running containers use'
complete -c ghostnv-container -n "not __fish_seen_subcommand_from $verbs" -a monitor -d 'Follow what happens to containers'
complete -c ghostnv-container -n "not __fish_seen_subcommand_from $verbs" -a update -d 'Change the GPU limits of a container that runs'
complete -c ghostnv-container -n "not __fish_seen_subcommand_from $verbs" -a logs -d 'Show what a detached container has written'
complete -c ghostnv-container -n "not __fish_seen_subcommand_from $verbs" -a pause -d 'Stop the processes of containers and their work on GPUs'
complete -c ghostnv-container -n "not __fish_seen_subcommand_from $verbs" -a resume -d 'Let paused containers go on'
complete -c ghostnv-container -n "not __fish_seen_subcommand_from $verbs" -a stop -d 'End containers'
complete -c ghostnv-container -n "not __fish_seen_subcommand_from $verbs" -a delete -d 'Remove what is kept of containers'
complete -c ghostnv-container -n "not __fish_seen_subcommand_from $verbs" -a prune -d 'Remove layers that no container uses'
complete -c ghostnv-container -n "not __fish_seen_subcommand_from $verbs" -a version -d 'Show the versions'
complete -c ghostnv-container -n "not __fish_seen_subcommand_from $verbs" -a help -d 'Show help'
complete -c ghostnv-container -n "not __fish_seen_subcommand_from $verbs" -l root -x -a '(__fish_complete_directories)' -d 'Put DIR before the state'
complete -c ghostnv-container -n "not __fish_seen_subcommand_from $verbs" -l version -d 'Show the version'

complete -c ghostnv-container -s h -l help -d 'Show help'
complete -c ghostnv-container -n '__fish_seen_subcommand_from devices list ls stats monitor prune version' -f -l format -x -a 'table json' -d 'How to answer'
complete -c ghostnv-container -n '__fish_seen_subcommand_from stats monitor update logs pause resume unpause stop delete rm' -f -a '(__ghostnv_container_names)'
complete -c ghostnv-container -n '__fish_seen_subcommand_from stats' -l watch -d 'Once a second'
complete -c ghostnv-container -n '__fish_seen_subcommand_from monitor' -l interval -x -d 'Seconds between figures'
complete -c ghostnv-container -n '__fish_seen_subcommand_from stop' -s t -l timeout -x -d 'Seconds before killing'
complete -c ghostnv-container -n '__fish_seen_subcommand_from delete rm' -s f -l force -d 'Kill those that run'

set -l run '__fish_seen_subcommand_from run'
complete -c ghostnv-container -n $run -l name -x -d 'Name of the container'

set -l limited '__fish_seen_subcommand_from run update'
complete -c ghostnv-container -n $limited -l gpu-memory -x -d 'Limit of video memory'
complete -c ghostnv-container -n $limited -l gpu-memory-high -x -d 'Allocations above it are slowed down'
complete -c ghostnv-container -n $limited -l gpu-memory-low -x -d 'Video memory that nobody else can take'
complete -c ghostnv-container -n $limited -l oom-policy -x -a 'fail wait evict kill' -d 'For want of room'
complete -c ghostnv-container -n $limited -l oom-priority -x -d 'Whom others may not evict'
complete -c ghostnv-container -n $limited -l oom-wait -x -d 'Seconds that an allocation may wait'
complete -c ghostnv-container -n $limited -l gpu-weight -x -d 'Share of GPU time'
complete -c ghostnv-container -n $limited -l gpu-max -x -d 'Cap on GPU time'
complete -c ghostnv-container -n $limited -l gpu-burst -x -d 'How much of an unused cap it may keep'
complete -c ghostnv-container -n $limited -l gpu-latency -x -a 'on off' -d 'Its work comes first'
complete -c ghostnv-container -n $limited -l gpu-exclusive -d 'Nobody else gets GPU time'

complete -c ghostnv-container -n $run -l gpu-realtime -d 'Its environment may ask for --gpu-latency'
complete -c ghostnv-container -n $run -l gpu-devices -x -a '(__ghostnv_container_gpus)' -d 'Which GPUs'
complete -c ghostnv-container -n $run -l driver-capabilities -x -a 'all none utility compute video graphics display ngx compat32' -d 'Which of NVIDIA\'s libraries'
complete -c ghostnv-container -n $run -l driver-root -x -a '(__fish_complete_directories)' -d 'Where NVIDIA\'s driver is installed'
complete -c ghostnv-container -n $run -l driver-sockets -d 'It may talk to NVIDIA\'s daemons'
complete -c ghostnv-container -n $run -s m -l memory -x -d 'Limit of memory'
complete -c ghostnv-container -n $run -l cpu-cores -x -d 'Limit of processor time'
complete -c ghostnv-container -n $run -l pids -x -d 'Limit of processes'
complete -c ghostnv-container -n $run -s v -l volume -r -d 'Mount a file or directory'
complete -c ghostnv-container -n $run -s e -l env -x -a '(set --names --export)' -d 'Set a variable'
complete -c ghostnv-container -n $run -s w -l workdir -x -d 'Where the program starts'
complete -c ghostnv-container -n $run -s u -l user -x -a '(__fish_complete_users)' -d 'Whom it runs as'
complete -c ghostnv-container -n $run -l hostname -x -d 'Host name'
complete -c ghostnv-container -n $run -l entrypoint -x -d 'In place of the image\'s'
complete -c ghostnv-container -n $run -l userns -d 'Map its root to an unprivileged user'
complete -c ghostnv-container -n $run -l read-only -d 'Its root file system cannot be written'
complete -c ghostnv-container -n $run -l rm -d 'Keep nothing when it has ended'
complete -c ghostnv-container -n $run -s d -l detach -d 'Return when it runs'
