#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The simulator speaks the ABI of each branch that it says: for every one it is
# loaded anew, alone, and the client that picks its layouts by the driver's
# version does all its work on it. Also what the module's parameters promise: so
# many GPUs, so much memory. Afterwards everything is loaded as it was.

set -u
. "$(dirname "$0")/lib/tap.sh"

unload() {
	local name

	for name in ghostnv_rm ghostnv ghostnv_sim; do
		[ ! -d "/sys/module/$name" ] || rmmod "$name" || return
	done
}

# What is loaded now, and how: lines to load it again.
loaded=()
for name in ghostnv-sim ghostnv ghostnv-rm; do
	dir=/sys/module/${name//-/_}
	[ -d "$dir" ] || continue
	line=$GHOSTNV_MODDIR/$name.ko
	for parameter in gpus vram abi seal_frames; do
		[ ! -s "$dir/parameters/$parameter" ] ||
			line+=" $parameter=$(cat "$dir/parameters/$parameter")"
	done
	loaded+=("$line")
done

load_again() {
	local line

	for line in "${loaded[@]}"; do
		# shellcheck disable=SC2086 # a file and its parameters
		insmod $line || return
	done
}

info() {
	rmclient info | value "$1"
}

ok branch:modules_unload unload
for abi in 535 550 580 595; do
	ok "branch:${abi}_loads" \
		insmod "$GHOSTNV_MODDIR/ghostnv-sim.ko" abi=$abi gpus=2 vram=256M
	is "branch:${abi}_is_the_version" "$(info branch)" "$abi"
	is "branch:${abi}_has_the_gpus" "$(info gpus)" 2
	total=$(info gpu1.fb_total)
	ok "branch:${abi}_has_no_more_than_the_memory" test "${total:-0}" -le $((256 << 20))
	ok "branch:${abi}_has_most_of_the_memory" test "${total:-0}" -gt $((128 << 20))
	is "branch:${abi}_gpus_differ" \
		"$(rmclient info | sed -n 's/^gpu[01]\.uuid=//p' | sort -u | wc -l)" 2
	for via in alloc21 alloc64 vidheap; do
		ok "branch:${abi}_maps_via_$via" rmclient --gpu=1 --via=$via --chunk=1M map
	done
	ok "branch:${abi}_tree" rmclient --gpu=1 --chunk=1M tree
	ok "branch:${abi}_dup" rmclient --chunk=1M dup
	ok "branch:${abi}_uvm" rmclient --chunk=2M uvm
	is "branch:${abi}_fills_to_the_end" \
		"$(rmclient --gpu=1 --min-chunk=64K fill | value status)" 0x51
	is "branch:${abi}_leaves_nothing" "$(info gpu1.fb_free)" "$(info gpu1.fb_total)"
	ok "branch:${abi}_unloads" rmmod ghostnv_sim
	ok "branch:${abi}_takes_its_nodes_along" test ! -e /dev/nvidiactl
done
ok branch:unknown_is_refused test ! "$(insmod "$GHOSTNV_MODDIR/ghostnv-sim.ko" abi=111 \
	2>/dev/null && echo loaded)"

ok branch:modules_load_again load_again

tap_end
