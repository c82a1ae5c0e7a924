#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Without ghostnv-rm, as with the driver's proprietary flavour: limits of memory hold,
# also against who lies and dies; of GPU time there are none, and that is said.
#
# timeout: 300

set -u
here=$(dirname "$0")
. "$here/lib/tap.sh"
. "$here/lib/ghostnv.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

free_bytes() {
	rmclient info | value gpu0.fb_free
}
limit=$((256 * MiB))
vram=$(gnvctl gpu 0 | value vram)
uuid=$(gnvctl gpu 0 | value uuid)
free_at_first=$(free_bytes)

# --- what there is, and what there is not -------------------------------------

ok no_bridge:it_leaves rmmod ghostnv_rm
is no_bridge:nothing_is_refused "$(gnvctl version | value reason)" ''
is no_bridge:gpus_are_described "$(gnvctl gpu 0 | value vram) $(gnvctl gpu 0 | value uuid)" \
	"$vram $uuid"
is no_bridge:gpus_are_cleaned "$(cat /sys/kernel/ghostnv/gpus/0/scrub)" on
ok no_bridge:a_container eval 'container one 1 $limit && container two 2 $limit'
dir=/sys/kernel/ghostnv/containers/${id[one]}
for file in gpu.stat gpu.weight gpu.max gpu.pressure gpu0/gpu.stat; do
	ok "no_bridge:${file/\//_}_is_not_supported" \
		eval "LC_ALL=C cat $dir/$file 2>&1 | grep -q 'not supported'"
done
ok no_bridge:weight_is_not_taken eval "! echo 200 >$dir/gpu.weight"
for file in gpu.pressure gpu0/gpu.pressure; do
	ok "no_bridge:${file/\//_}_takes_no_trigger" \
		eval "! echo 'some 200000 1000000' >$dir/$file"
done
ok no_bridge:memory_can_be_waited_for eval "echo 'some 200000 1000000' >$dir/vram.pressure &&
	echo 'some 0 1000000' >$dir/vram.pressure && cat $dir/vram.pressure"
is no_bridge:it_sees_its_gpu "$(inside one rmclient info | value gpus)" 1
is no_bridge:the_other_sees_the_other "$(inside two rmclient info | value gpu0.uuid)" \
	"$(gnvctl gpu 1 | value uuid)"
is no_bridge:it_sees_its_share "$(inside one rmclient info | value gpu0.fb_free)" \
	$((limit - overhead))
ok no_bridge:queues_work inside one rmqueue copy

# Nobody accounts what removed queues ran: they are not kept for that.
nothing_kept() {
	local i

	for ((i = 0; i < 100; i++)); do
		! grep -q '^gpu 0 queues 0 gone 0 ' /sys/kernel/debug/ghostnv/runlists || return 0
		sleep 0.05
	done
	return 1
}
ok no_bridge:queues_that_go_are_not_kept nothing_kept

# --- limits -------------------------------------------------------------------

# fills NAME: who fills the container gets all of it and no more, by every call, and the
# card loses what is charged.
fills() {
	local via lost

	for via in alloc21 alloc64 vidheap; do
		inside one rmclient --via=$via --chunk=8M --min-chunk=64K fill >"$work/fill"
		is "no_bridge:$1_${via}_exact" "$(value bytes <"$work/fill") $(value status <"$work/fill")" \
			"$((limit - overhead)) 0x51"
		ok "no_bridge:$1_${via}_leaves_nothing" empty one
	done
	hold filled "$work/held" enter one rmclient --chunk=8M --hold fill
	lost=$((free_at_first - $(free_bytes)))
	is "no_bridge:$1_card_loses_what_is_charged" "$(stat_of one current)" $((lost + overhead))
	kill_held filled
	ok "no_bridge:$1_killed_leaves_nothing" empty one
}
fills loaded_by_who_lives
inside one rmclient --chunk=1M churn 100 >"$work/churn"
is no_bridge:freed_is_given_back "$(value status <"$work/churn")" 0x0
mkdir -p "$cgroups/one/low"
container one/low 1 max
is no_bridge:limit_above_counts "$(inside one/low rmclient --chunk=8M fill | value bytes)" \
	$((limit - overhead))
for command in dup uvm tree map; do
	ok "no_bridge:$command" inside one rmclient $command
	ok "no_bridge:${command}_leaves_nothing" empty one
done

# What another's program holds is freed on its own file, by whoever needs the room.
mkdir -p "$cgroups/one/high"
container one/high 1 max
hold victim "$work/victim" enter one/low rmclient --chunk=8M --max=200M --hold fill
high=/sys/kernel/ghostnv/containers/${id[one/high]}
ok no_bridge:may_evict eval "echo 10 >$high/oom.priority && echo 100 >$high/oom.wait_ms &&
	echo evict >$high/oom.policy"
is no_bridge:evicts "$(inside one/high rmclient alloc 100M | value status)" 0x0
release victim
is no_bridge:evicted_was_killed $? 137
ok no_bridge:evicted_leaves_nothing empty one
remove one/high

# A file that is tied to another one while memory is made on it: none is charged less
# than the card loses.
container late 1 max
free_before=$(free_bytes)
hold late "$work/late" hostile --hold tied "$cgroups/late"
contexts=$(value contexts <"$work/late")
if [ -z "$contexts" ]; then
	release late
	if [ $? = 77 ]; then
		skip no_bridge:tied_late_is_charged "this kernel has no userfaultfd"
	else
		ok no_bridge:tied_late_is_charged false
	fi
else
	lost=$((free_before - $(free_bytes)))
	charged=$(($(stat_of late current) - contexts * overhead))
	echo "# $charged bytes are charged for $(value made <"$work/late") pieces, $lost lost"
	ok no_bridge:tied_late_is_charged test "$charged" -ge "$lost"
	kill_held late
fi
ok no_bridge:tied_late_leaves_nothing empty late
remove late

# --- who comes and goes -------------------------------------------------------

hold both "$work/both" enter one rmclient --chunk=8M --max=64M --hold fill
ok no_bridge:it_comes load ghostnv-rm
is no_bridge:then_time_has_limits "$(cat "$dir/gpu.weight")" 100
ok no_bridge:it_leaves_again rmmod ghostnv_rm
is no_bridge:what_is_held_stays_charged "$(stat_of one current)" $((64 * MiB + overhead))
release both
ok no_bridge:and_ends_with_its_program empty one
ok no_bridge:unloads rmmod ghostnv
# Now by a program that ends: its memory is nobody's from then on.
ok no_bridge:loads load ghostnv
container one 1 $limit
fills loaded_by_who_is_gone
is no_bridge:race_ends "$(inside one hostile race | value over)" 1
ok no_bridge:race_leaves_nothing empty one
is no_bridge:card_is_as_it_was "$(free_bytes)" "$free_at_first"
remove one/low one two

# --- each branch of the driver -------------------------------------------------

for branch in 535 550 580 595; do
	ok "no_bridge:${branch}_loads" eval "unload_all && load ghostnv &&
		load ghostnv-sim gpus=2 vram=256M abi=$branch"
	is "no_bridge:${branch}_describes_gpus" "$(gnvctl gpu 1 | value uuid)" \
		"$(rmclient --gpu=1 info | value gpu1.uuid)"
	container one 1 96M
	is "no_bridge:${branch}_limits" "$(inside one rmclient --chunk=4M fill | value bytes)" \
		$((96 * MiB - overhead))
	ok "no_bridge:${branch}_leaves_nothing" empty one
	remove one
done
ok no_bridge:all_as_before reload "${sim_args[@]}"

# --- vectors past the quota ---------------------------------------------------

for pattern in 'race_[chs]*' 'dup_*' 'killed*' '*before_entering' many_clients; do
	ok "no_bridge:escape_${pattern//[^a-z_]/}" escape --no-bridge --only "$pattern"
done

tap_end
