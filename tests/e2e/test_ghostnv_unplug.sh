#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Several GPUs: limits of each and of all together, access to each other, and what
# becomes of containers when a GPU is unbound, pulled out and put back, or the driver
# is loaded anew.
#
# timeout: 240

set -u
. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/ghostnv.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sysfs=/sys/kernel/ghostnv
# NV_ERR_GPU_UUID_NOT_FOUND
unknown_gpu=0x12

gpus() {
	gnvctl version | value gpus
}
# A GPU is noticed a moment after it has come.
gpus_become() {
	local i

	for ((i = 0; i < 200; i++)); do
		[ "$(gpus)" != "$1" ] || return 0
		sleep 0.05
	done
	return 1
}
pci_of() {
	cat "$sysfs/gpus/$1/pci"
}
# fill NAME GPU: what a program of the container gets of a GPU.
fill() {
	inside "$1" rmclient --gpu="$2" --chunk=16M --min-chunk=64K fill | value bytes
}

ok unplug:load_with_four reload gpus=4 vram=256M
is unplug:four_are_there "$(gpus)" 4

# --- limits of each and of all ----------------------------------------------------

container all 15 300M
for gpu in 0 1 2 3; do
	gnvctl set "${id[all]}" 1 $gpu 128M
done
for gpu in 0 1; do
	hold $gpu "$work/$gpu" enter all rmclient --gpu=$gpu --chunk=16M --min-chunk=64K --hold fill
	is "unplug:limit_of_gpu_$gpu" "$(stat_of all current $gpu)" $((128 * MiB))
done
is unplug:the_third_gets_what_the_total_leaves "$(fill all 2)" $((44 * MiB - overhead))
is unplug:total_is_kept "$(stat_of all peak)" $((300 * MiB))
is unplug:fourth_gets_the_same "$(fill all 3)" $((44 * MiB - overhead))

# --- access to each other -----------------------------------------------------------

mapfile -t uuid < <(cat $sysfs/gpus/[0-3]/uuid)
container pair 3 64M
peer "${uuid[0]}" "${uuid[1]}" >"$work/outside"
is unplug:granted_pair_is_left_to_the_driver \
	"$(inside pair peer "${uuid[0]}" "${uuid[1]}")" "$(cat "$work/outside")"
denied=$(stat_of pair denied)
for names in '0 2' '2 0' '2 3'; do
	read -r a b <<<"$names"
	is "unplug:no_access_between_${a}_and_$b" \
		"$(inside pair peer "${uuid[$a]}" "${uuid[$b]}" | grep -c "=$unknown_gpu")" 2
done
is unplug:asking_for_others_is_counted $(($(stat_of pair denied) - denied)) 6

# --- NUMA -----------------------------------------------------------------------

node=/sys/bus/pci/devices/$(pci_of 3)/numa_node
wanted=-1
[ ! -e "$node" ] || wanted=$(cat "$node")
is unplug:node_is_shown "$(cat $sysfs/gpus/3/numa_node)" "$wanted"
[ "$wanted" != -1 ] || wanted=null
is unplug:node_is_in_the_command \
	"$(ghostnv-container devices --format json | jq '.[3].numa_node')" "$wanted"

# --- a GPU goes and comes while containers hold memory --------------------------------

driver=/sys/bus/pci/drivers/nvidia
lost=$(pci_of 1)
echo "$lost" >$driver/unbind
is unplug:unbound_is_gone "$(gpus) $(ls -d $sysfs/gpus/1 2>/dev/null)" '3 '
is unplug:unbound_is_not_seen "$(inside all rmclient info | value gpus)" 3
ok unplug:its_program_ends release 1
is unplug:its_charge_goes "$(stat_of all current)" $((128 * MiB))
is unplug:others_keep_theirs "$(stat_of all current 0)" $((128 * MiB))
echo "$lost" >$driver/bind
ok unplug:bound_is_back gpus_become 4
is unplug:with_its_index "$(pci_of 1)" "$lost"
is unplug:and_its_limit "$(cat "$sysfs/containers/${id[all]}/gpu1/vram.max")" $((128 * MiB))
is unplug:and_serves "$(inside all rmclient --gpu=1 --chunk=16M fill | value bytes)" \
	$((112 * MiB))

hold two "$work/two" enter all rmclient --gpu=2 --chunk=16M --max=16M --hold fill
lost=$(pci_of 2)
echo 1 >"/sys/bus/pci/devices/$lost/remove"
is unplug:pulled_out_is_gone "$(gpus) $(ls -d "/sys/bus/pci/devices/$lost" 2>/dev/null)" '3 '
is unplug:pulled_out_gives_nothing \
	"$(inside all rmclient --gpu=2 --chunk=1M --max=1M fill | grep -c "^bytes=1048576")" 1
kill_held two
is unplug:killed_leaves_nothing "$(stat_of all current)" $((128 * MiB))
echo 1 >/sys/bus/pci/rescan
ok unplug:put_back_is_there gpus_become 4
is unplug:put_back_has_its_index "$(pci_of 2)" "$lost"
is unplug:put_back_has_its_limit "$(cat "$sysfs/containers/${id[all]}/gpu2/vram.max")" \
	$((128 * MiB))
ok unplug:put_back_serves inside all rmclient --gpu=2 --chunk=1M map
release 0

# --- the driver goes and comes ------------------------------------------------------

ok unplug:all_is_let_go empty all
ok unplug:driver_unloads rmmod ghostnv_rm
rmmod ghostnv_sim
ok unplug:gpus_are_gone gpus_become 0
is unplug:containers_stay "$(gnvctl list | wc -l)" 2
is unplug:limit_stays "$(cat "$sysfs/containers/${id[all]}/vram.max")" $((300 * MiB))
load ghostnv-sim gpus=4 vram=256M
load ghostnv-rm
ok unplug:gpus_are_back gpus_become 4
is unplug:nothing_is_charged "$(stat_of all current)" 0
is unplug:limit_of_a_gpu_stays "$(fill all 3)" $((128 * MiB - overhead))
is unplug:what_is_granted_stays "$(inside pair rmclient info | value gpus)" 2
ok unplug:all_is_let_go_again empty all
remove all pair

# --- the only GPU, and one more -----------------------------------------------------

# files NAME: what its directory of the first GPU is, a limit there, and that of all.
files() {
	local dir=$sysfs/containers/${id[$1]}

	echo "$(stat -c %F "$dir/gpu0") $(cat "$dir/gpu0/vram.max" "$dir/vram.max" | xargs)"
}

unload_all
load ghostnv-sim gpus=2 vram=256M
second=$(basename "$(printf '%s\n' $driver/*:* | tail -n 1)")
echo "$second" >$driver/unbind
load ghostnv && load ghostnv-rm
ok unplug:one_of_two_is_there gpus_become 1
for name in plain own; do
	container $name 1 200M
done
is unplug:only_gpu_is_the_container_itself "$(files plain)" \
	"symbolic link $((200 * MiB)) $((200 * MiB))"
echo 100M >"$sysfs/containers/${id[plain]}/gpu0/vram.max"
is unplug:so_is_its_limit "$(fill plain 0)" $((100 * MiB - overhead))
gnvctl set "${id[own]}" 1 0 64M
is unplug:limit_of_the_only_gpu_has_a_file "$(files own)" "directory $((64 * MiB)) $((200 * MiB))"
is unplug:and_holds "$(fill own 0)" $((64 * MiB - overhead))
echo "$second" >$driver/bind
ok unplug:second_comes gpus_become 2
is unplug:then_each_has_files "$(files plain) $(stat -c %F "$sysfs/containers/${id[plain]}/gpu1")" \
	"directory max $((100 * MiB)) directory"
is unplug:what_was_set_stays "$(files own)" "directory $((64 * MiB)) $((200 * MiB))"
remove plain own

ok unplug:load_as_before reload "${sim_args[@]}"

tap_end
