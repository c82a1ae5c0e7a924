#!/bin/bash
# SPDX-License-Identifier: MIT
#
# nvidia-uvm and a container that means to get more than it is given: mappings
# that fail, more of them than anybody wants, pools that are gone, HMM.

set -u
. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/ghostnv.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# What ghostnv.ko keeps of a session at most, less one range, and a little more.
bound=$(((1 << 18) - 1))
more=$((bound + 1000))

# --- mappings that fail -------------------------------------------------------

container one 1 $((80 * MiB + overhead))
inside one hostile_uvm replace >"$work/replace"
is ghostnv_uvm:charge_stays_where_a_map_over_it_fails \
	"$(value kept <"$work/replace") $(value status <"$work/replace")" \
	"$((64 * MiB)) NV_ERR_NO_MEMORY"
ok ghostnv_uvm:charge_ends_with_the_session empty one

hold repeat "$work/repeat" enter one hostile_uvm repeat
# Its last column counts who refers to it: the object, and the mapping.
is ghostnv_uvm:map_that_fails_again_is_noted_once \
	"$(awk '$3 == "00000040" && $5 == 65536 { print $NF }' /sys/kernel/debug/ghostnv/allocations)" 2
ok ghostnv_uvm:map_that_fails_again_ends release repeat

inside one hostile_uvm fill $more >"$work/fill"
is ghostnv_uvm:maps_are_bounded \
	"$(value tried <"$work/fill") $(value status <"$work/fill")" "$bound ENOMEM"
ok ghostnv_uvm:maps_leave_nothing empty one

inside one hostile_uvm overlap >"$work/overlap"
for key in same larger inside; do
	is "ghostnv_uvm:range_is_made_once_$key" "$(value $key <"$work/overlap")" \
		NV_ERR_UVM_ADDRESS_IN_USE
done
for key in beside across; do
	is "ghostnv_uvm:map_lies_in_one_range_$key" "$(value $key <"$work/overlap")" \
		NV_ERR_INVALID_ADDRESS
done
for key in range map freed anew; do
	is "ghostnv_uvm:ranges_work_$key" "$(value $key <"$work/overlap")" NV_OK
done
ok ghostnv_uvm:ranges_leave_nothing empty one

# --- pools --------------------------------------------------------------------

before=$(stat_of one refused)
inside one hostile_uvm pool >"$work/pool"
is ghostnv_uvm:pool_can_be_mapped_again \
	"$(value create <"$work/pool") $(value map <"$work/pool") $(value again <"$work/pool")" \
	'NV_OK NV_OK NV_OK'
is ghostnv_uvm:free_of_a_pool_is_not_answered "$(value free <"$work/pool")" EFAULT
is ghostnv_uvm:mmap_refused_outside_a_pool "$(value elsewhere <"$work/pool")" EOPNOTSUPP
is ghostnv_uvm:mmap_refused_after_a_free "$(value after <"$work/pool")" EOPNOTSUPP
is ghostnv_uvm:mmap_refusals_are_ours "$(($(stat_of one refused) - before))" 2

# --- HMM ----------------------------------------------------------------------

is ghostnv_uvm:session_without_hmm "$(inside one hostile_uvm session | value session)" NV_OK
reload "${sim_args[@]}" uvm_disable_hmm=0
container one 1 $((80 * MiB + overhead))
is ghostnv_uvm:session_refused_with_hmm \
	"$(inside one hostile_uvm session | value session) $(stat_of one refused)" 'EOPNOTSUPP 1'
is ghostnv_uvm:reason_told_with_hmm \
	"$(grep -o 'uvm_disable_hmm=1' /sys/kernel/ghostnv/reason)" uvm_disable_hmm=1
is ghostnv_uvm:session_of_unlimited_with_hmm "$(hostile_uvm session | value session)" NV_OK
reload "${sim_args[@]}"
remove one

tap_end
