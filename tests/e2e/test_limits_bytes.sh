#!/bin/bash
# SPDX-License-Identifier: MIT
#
# vram.max, vram.high and vram.low while containers run: of one GPU and of all, in
# a hierarchy, larger and smaller than what is held; and a guarantee that a
# neighbour wants.

set -u
. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/ghostnv.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sys=/sys/kernel/ghostnv/containers
card=$(gnvctl gpu 0 | value vram)

# limit NAME FILE VALUE: what the kernel says to it, OK when it is taken.
limit() {
	local out

	out=$( (echo "$3" >"$sys/${id[$1]}/$2") 2>&1) && echo OK && return
	sed -n 's/.*: //p' <<<"$out"
}

fill() {
	inside "$1" rmclient --chunk=16M --min-chunk=64K "${@:2}" fill | value bytes
}

# event NAME KEY [GPU]
event() {
	sed -n "s/^$2 //p" "$sys/${id[$1]}${3+/gpu$3}/vram.events"
}

container a 1 1G
container b 1 max

# --- max ----------------------------------------------------------------------

hold holder "$work/holder" enter a rmclient --chunk=16M --max=256M --hold fill
is limits_bytes:shrinks_below_use "$(limit a vram.max 64M)" OK
is limits_bytes:what_is_held_stays "$(stat_of a current)" $((256 * MiB + overhead))
is limits_bytes:more_is_refused "$(inside a rmclient alloc 64K | value status)" 0x51
is limits_bytes:refusals_are_counted "$(($(event a max) > 0 && $(event a oom) > 0))" 1
is limits_bytes:grows "$(limit a vram.max 512M)" OK
is limits_bytes:more_is_given "$(fill a)" $((256 * MiB - 2 * overhead))
release holder
ok limits_bytes:nothing_is_left empty a
is limits_bytes:of_a_gpu "$(limit a gpu0/vram.max 128M)" OK
is limits_bytes:of_a_gpu_holds "$(fill a)" $((128 * MiB - overhead))
is limits_bytes:of_a_gpu_is_counted "$(($(event a max 0) > 0))" 1
is limits_bytes:of_a_gpu_goes "$(limit a gpu0/vram.max max)" OK

# --- high ---------------------------------------------------------------------

# taken_ms COMMAND...: how long it takes.
taken_ms() {
	local start=${EPOCHREALTIME/./}

	"$@" >/dev/null
	echo $(((${EPOCHREALTIME/./} - start) / 1000))
}

is limits_bytes:high "$(limit a vram.high 100M)" OK
is limits_bytes:high_is_read "$(cat "$sys/${id[a]}/vram.high")" $((100 * MiB))
is limits_bytes:below_high_is_no_event "$(fill a --max=64M) $(event a high)" \
	"$((64 * MiB)) 0"
# 150 MiB and the context: two thirds above, that is more than a second.
slow=$(taken_ms inside a rmclient alloc 150M)
is limits_bytes:above_high_is_slow "$((slow >= 1000 && slow < 10000))" 1
is limits_bytes:above_high_is_done "$(inside a rmclient alloc 102M | value status)" 0x0
is limits_bytes:above_high_is_an_event "$(($(event a high) >= 2))" 1
is limits_bytes:above_high_is_no_refusal "$(stat_of a events_high) $(stat_of a events_max)" \
	"$(event a high) $(stat_of a events_max)"
# Who is slowed down can be killed, and has left nothing.
enter a rmclient alloc 500M >"$work/slow" &
slowed=$!
gnvctl await "${id[a]}" current least 400M
kill -KILL $slowed
wait $slowed 2>/dev/null
ok limits_bytes:slowed_can_be_killed empty a
is limits_bytes:high_none "$(limit a vram.high max)" OK

# --- low ----------------------------------------------------------------------

is limits_bytes:grows_again "$(limit a vram.max 1G)" OK
is limits_bytes:low_above_max "$(limit a vram.low 2G)" 'Numerical result out of range'
is limits_bytes:low_max_is_no_guarantee "$(limit a vram.low max)" 'Invalid argument'
is limits_bytes:low "$(limit a gpu0/vram.low 1G)" OK
is limits_bytes:low_is_read "$(cat "$sys/${id[a]}/gpu0/vram.low")" $GiB
is limits_bytes:low_keeps_max "$(limit a vram.max 512M)" 'Device or resource busy'
is limits_bytes:low_of_all_the_card "$(limit b gpu0/vram.low $((card - GiB + 1)))" \
	'No space left on device'
is limits_bytes:low_of_the_rest "$(limit b gpu0/vram.low $((card - GiB)))" OK
is limits_bytes:low_of_the_rest_goes "$(limit b gpu0/vram.low 0)" OK

# The neighbour takes all that it can get, again and again: never the guarantee.
hold attacker "$work/attacker" enter b rmclient --chunk=256M --min-chunk=64K --hold fill
is limits_bytes:neighbour_gets_the_rest "$(value bytes <"$work/attacker")" \
	$((card - GiB - overhead))
is limits_bytes:neighbour_is_told "$(($(event b low) > 0))" 1
enter b rmclient --chunk=16M churn 0 >"$work/churn" &
churn=$!
for round in 1 2 3; do
	is "limits_bytes:guarantee_holds_$round" "$(fill a)" $((GiB - overhead))
done
kill -KILL $churn
wait $churn 2>/dev/null
is limits_bytes:guarantee_that_is_taken "$(limit a gpu0/vram.low 0) $(
	hold late "$work/late" enter b rmclient --chunk=16M --max=512M --hold fill
	limit a gpu0/vram.low 1G
	release late)" 'OK No space left on device'
release attacker
ok limits_bytes:attacker_leaves_nothing empty b

# --- guarantees in a hierarchy ------------------------------------------------

mkdir -p "$cgroups/a/x" "$cgroups/a/y"
container a/x 1 max
container a/y 1 max
is limits_bytes:low_in_total "$(limit a vram.low 512M)" OK
is limits_bytes:low_of_a_gpu_below "$(limit a/x gpu0/vram.low 256M)" OK
is limits_bytes:low_of_a_gpu_above_total "$(limit a/x gpu0/vram.low 0
	limit a/x vram.low 256M
	gnvctl set "${id[a]}" 4 0 1M | value error)" "$(printf 'OK\nOK\nEBUSY')"
is limits_bytes:sibling_gets_the_rest "$(fill a/y)" $((GiB - 256 * MiB - overhead))
is limits_bytes:child_gets_its_own "$(fill a/x --max=200M)" $((200 * MiB))
is limits_bytes:more_than_the_parent_has "$(limit a/y vram.low 800M)" \
	'No space left on device'

# What a dying container holds is its parent's, and its guarantee is nobody's.
hold emigrant "$work/emigrant" enter a/x rmclient --chunk=16M --max=64M --hold fill
echo "${tap_held_pid[emigrant]}" >"$cgroups/a/cgroup.procs"
remove a/x
gnvctl list >/dev/null
is limits_bytes:orphan_is_the_parents "$(stat_of a orphaned)" $((64 * MiB + overhead))
is limits_bytes:orphan_is_in_sysfs "$(sed -n 's/^orphaned //p' "$sys/${id[a]}/vram.stat")" \
	$((64 * MiB + overhead))
is limits_bytes:dead_guarantee_is_free "$(fill a/y)" $((GiB - 64 * MiB - 2 * overhead))
release emigrant
ok limits_bytes:orphan_ends empty a
is limits_bytes:orphan_is_no_more "$(stat_of a orphaned)" 0

# --- who may ------------------------------------------------------------------

is limits_bytes:who_is_above_lowers "$(inside a setpriv --reuid 65534 --bounding-set=-all \
	gnvctl set "${id[a/y]}" 3 total 1G | value error)" ''
is limits_bytes:who_is_above_raises_nothing "$(inside a setpriv --reuid 65534 \
	--bounding-set=-all gnvctl set "${id[a/y]}" 4 total 1M | value error)" EPERM
is limits_bytes:who_is_above_sets_no_policy "$(inside a setpriv --reuid 65534 \
	--bounding-set=-all gnvctl set "${id[a/y]}" 5 total fail | value error)" EPERM

unpopulated a
unpopulated b
remove a/y a b
is limits_bytes:no_container_is_left "$(gnvctl list)" ''

tap_end
