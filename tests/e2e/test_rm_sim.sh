#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Holds the driver that is loaded to what NVIDIA's does, as seen by a client that
# no container limits: status codes, handles, lifetime of memory, its bytes, and
# that it ends exactly where the card does. Written against the simulator; there
# is nothing in it that NVIDIA's own driver should not pass.

set -u
. "$(dirname "$0")/lib/tap.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

info() {
	rmclient info | value "$1"
}

free_bytes() {
	info gpu0.fb_free
}

# --- what is there ----------------------------------------------------------------

ok rm:info_answers rmclient info
rmclient info >"$work/info"
is rm:info_branch_is_known "$(value branch <"$work/info" | grep -c '^5')" 1
is rm:info_gpus_are_probed "$(value gpus <"$work/info")" "$(value probed <"$work/info")"
is rm:info_gpus_are_attached "$(value gpus <"$work/info")" "$(value attached <"$work/info")"
is rm:info_uuid_form "$(value gpu0.uuid <"$work/info" |
	grep -cE '^GPU-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$')" 1
is rm:info_name_is_there "$(value gpu0.name <"$work/info" | grep -c .)" 1
is rm:info_version_is_in_proc "$(grep -c "$(value driver <"$work/info")" \
	/proc/driver/nvidia/version)" 1
is rm:info_gpu_is_in_proc "$(grep -c "$(value gpu0.uuid <"$work/info")" \
	"/proc/driver/nvidia/gpus/$(value gpu0.pci <"$work/info")/information")" 1
is rm:info_v2_says_the_same "$(value gpu0.fb_total_v2 <"$work/info")" \
	"$(value gpu0.fb_total <"$work/info")"
is rm:info_heap_says_the_same "$(value gpu0.heap_free <"$work/info")" \
	"$(value gpu0.fb_free <"$work/info")"
is rm:info_through_transfer_ioctl "$(rmclient --xfer info)" "$(cat "$work/info")"

# --- wrong calls ------------------------------------------------------------------

rmclient errors >"$work/errors"
errors() {
	value "$1" <"$work/errors"
}
is rm:errors_unknown_class "$(errors unknown_class)" 0x22
is rm:errors_unknown_control "$(errors unknown_control)" 0x56
is rm:errors_unknown_escape "$(errors unknown_escape)" errno=EINVAL
is rm:errors_short_params "$(errors short_control)" 0x1f
is rm:errors_short_structure "$(errors short_free)" errno=EINVAL
is rm:errors_missing_object "$(errors missing_object)" 0x57
is rm:errors_missing_parent "$(errors missing_parent)" 0x57
is rm:errors_handle_in_use "$(errors handle_in_use)" 0x19
is rm:errors_call_on_wrong_node "$(errors control_on_device_node)" errno=EINVAL
is rm:errors_wrong_version "$(errors wrong_version)" errno=EINVAL
is rm:errors_right_version "$(errors right_version)" 0x0
is rm:errors_version_is_recognized "$(errors recognized)" 1
is rm:errors_more_than_the_card "$(errors too_much)" 0x51
case $(errors foreign_client) in
0x23 | 0x33) foreign=refused ;;
*) foreign=$(errors foreign_client) ;;
esac
is rm:errors_foreign_client "$foreign" refused

# --- memory -----------------------------------------------------------------------

before=$(free_bytes)
for via in alloc21 alloc64 vidheap; do
	ok "rm:alloc_via_$via" rmclient --via=$via alloc 16M
	ok "rm:map_via_$via" rmclient --via=$via --chunk=2M map
	is "rm:alloc_via_${via}_is_given_back_at_close" "$(free_bytes)" "$before"
done
rmclient alloc 1 >"$work/one"
is rm:alloc_is_rounded_to_pages "$(($(value taken <"$work/one") % 4096))" 0
ok rm:alloc_takes_what_it_says test "$(value taken <"$work/one")" -ge 1
ok rm:map_small rmclient --chunk=4K map
ok rm:map_large rmclient --chunk=64M map
ok rm:old_call_takes_no_video_memory rmclient old
ok rm:tree rmclient tree
ok rm:dup rmclient dup
for via in alloc21 vidheap; do
	ok "rm:dup_via_$via" rmclient --via=$via dup
done
is rm:all_is_given_back "$(free_bytes)" "$before"

# --- to the end of the card --------------------------------------------------------

hold full "$work/full" rmclient fill --chunk=64M --min-chunk=64K --hold
is rm:fill_ends_without_memory "$(value status <"$work/full")" 0x51
is rm:fill_takes_all_that_was_free "$(value taken <"$work/full")" "$before"
is rm:fill_leaves_nothing "$(free_bytes)" 0
is rm:fill_refuses_the_neighbour "$(rmclient alloc 64K | value status)" 0x51
kill_held full
is rm:fill_killed_gives_everything_back "$(free_bytes)" "$before"
hold half "$work/half" rmclient fill --max=64M --hold
is rm:fill_stops_at_max "$(value status <"$work/half")" 0x0
is rm:fill_counts_down "$(($(free_bytes) + $(value taken <"$work/half")))" "$before"
ok rm:fill_with_a_neighbour rmclient --chunk=2M map
ok rm:fill_ends_well release half
ok rm:fill_touches_what_it_takes rmclient fill --max=64M --chunk=4M --touch
ok rm:churn rmclient churn 20 --chunk=1M
is rm:nothing_is_left "$(free_bytes)" "$before"

# --- sessions ---------------------------------------------------------------------

hold lender "$work/lender" rmclient lend "$work/socket"
ok rm:session_works_in_another_process rmclient borrow "$work/socket"
ok rm:session_lender_ends_well release lender
is rm:session_leaves_nothing "$(free_bytes)" "$before"

# --- other processes' memory --------------------------------------------------------

hold owner "$work/owner" rmclient alloc 16M --hold
is rm:dup_of_a_stranger_is_refused \
	"$(rmclient take "$(value handle <"$work/owner")" | value status)" 0x1b
ok rm:dup_owner_ends_well release owner
hold owner "$work/owner" rmclient alloc 16M --share --hold
ok rm:dup_of_what_is_shared rmclient take "$(value handle <"$work/owner")"
hold taker "$work/taker" rmclient take "$(value handle <"$work/owner")" --hold
kill_held owner
ok rm:dup_outlives_its_owner test "$(free_bytes)" -lt "$before"
kill_held taker
is rm:dup_killed_gives_everything_back "$(free_bytes)" "$before"

# --- without privilege --------------------------------------------------------------

nobody() {
	setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all rmclient "$@"
}
ok rm:nobody_maps_memory nobody --chunk=2M map
ok rm:nobody_is_told_the_card_but_gets_nothing nobody old
is rm:nobody_leaves_nothing "$(free_bytes)" "$before"

# --- unified memory ---------------------------------------------------------------

ok rm:uvm_mapping_outlives_free rmclient uvm
hold uvm "$work/uvm" rmclient uvm --hold
ok rm:uvm_holds_memory test "$(free_bytes)" -lt "$before"
kill_held uvm
is rm:uvm_killed_gives_everything_back "$(free_bytes)" "$before"

# --- several GPUs -----------------------------------------------------------------

if [ "$(info gpus)" -gt 1 ]; then
	hold first "$work/first" rmclient fill --max=128M --hold
	is rm:gpus_have_memory_of_their_own "$(info gpu1.fb_free)" "$(info gpu1.fb_total)"
	release first
else
	skip rm:gpus_have_memory_of_their_own "there is one GPU"
fi

tap_end
