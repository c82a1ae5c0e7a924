#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A GPU in containers: the nodes that they get, the quota that holds to the byte,
# the neighbour that does not notice, and the memory that comes back.
# timeout: 300

set -u
# shellcheck source=tests/e2e/lib/tap.sh
. "$(dirname "$0")/lib/tap.sh"
# shellcheck source=tests/e2e/lib/container.sh
. "$(dirname "$0")/lib/container.sh"

# The client is the host's program, with the host's libraries.
client=(-v "$(command -v rmclient):/bin/rmclient:ro")
touch "$rootfs/bin/rmclient"
for lib in /lib /lib64 /usr/lib; do
	[ ! -e $lib ] || client+=(-v "$lib:$lib:ro")
	mkdir -p "$rootfs$lib"
done

# gpu_run OPTION... -- COMMAND...
gpu_run() {
	local options=()

	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	run --rm "${client[@]}" "${options[@]}" "$rootfs" "$@"
}

used() {
	ghostnv-container devices --format json | jq '[.[].vram_used_bytes] | add'
}

GiB=$((1 << 30))
before=$(traces)
used_before=$(used)

# --- nodes ------------------------------------------------------------------------

is 'gpu:none_without_an_option' "$(run --rm "$rootfs" sh -c 'ls /dev | grep -c nvidia')" 0
is 'gpu:nodes' "$(gpu_run --gpu-devices 0 -- sh -c 'ls /dev | grep nvidia' | xargs)" \
	'nvidia-uvm nvidia0 nvidiactl'
is 'gpu:all_with_a_limit_alone' \
	"$(gpu_run --gpu-memory 1G -- sh -c 'ls /dev | grep -c "nvidia[0-9]"')" \
	"$(ghostnv-container devices --format json | jq length)"
# Making a node is allowed, opening it is not.
is 'gpu:a_node_made_by_hand_does_not_open' "$(run --rm "$rootfs" sh -c \
	'mknod /dev/n c 195 255 && cat /dev/n' 2>&1)" "cat: can't open '/dev/n': Operation not permitted"

# --- quota ------------------------------------------------------------------------

# fill OPTION... -- ARGUMENT...: what rmclient gets before it is refused
fill() {
	local options=()

	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	gpu_run "${options[@]}" -- rmclient "$@" fill
}

overhead=$(ghostnv-container version --format json | jq .context_overhead_bytes)
out=$(fill --gpu-memory 1G -- --chunk=16M --min-chunk=4K)
bytes=$(value bytes <<<"$out")
is 'quota:refusal_is_the_drivers' "$(value status <<<"$out")" 0x51
is 'quota:limit_less_the_overhead' "$bytes" $((GiB - overhead))
is 'quota:same_by_another_call' \
	"$(fill --gpu-memory 1G -- --via=vidheap --chunk=16M --min-chunk=4K | value bytes)" "$bytes"
is 'quota:same_in_a_user_namespace' \
	"$(fill --gpu-memory 1G --userns -- --chunk=16M --min-chunk=4K | value bytes)" "$bytes"
is 'quota:twice_the_limit' \
	"$(fill --gpu-memory 2G -- --chunk=16M --min-chunk=4K | value bytes)" $((bytes + GiB))
is 'quota:all_is_given_back' "$(used)" "$used_before"

# --- neighbours -------------------------------------------------------------------

hold left "$work/left" ghostnv-container run --rm --name left "${client[@]}" \
	--gpu-memory 1G "$rootfs" rmclient --chunk=16M --min-chunk=4K --hold fill
hold right "$work/right" ghostnv-container run --rm --name right "${client[@]}" \
	--gpu-memory 512M "$rootfs" rmclient --chunk=16M --min-chunk=4K --hold fill
is 'neighbours:left_has_its_share' "$(value bytes <"$work/left")" "$bytes"
is 'neighbours:right_has_its_share' "$(value bytes <"$work/right")" $((bytes - GiB / 2))
is 'stats:current' "$(ghostnv-container stats --format json left |
	jq '.[0].vram.current_bytes')" "$GiB"
is 'stats:max' "$(ghostnv-container stats --format json left | jq '.[0].vram.max_bytes')" "$GiB"
ok 'stats:refusals_are_counted' test "$(ghostnv-container stats --format json left |
	jq '.[0].vram.events_max')" -gt 0
is 'list:vram' "$(field left vram_current_bytes) $(field right vram_max_bytes)" \
	"$GiB $((GiB / 2))"
is 'devices:used' "$(used)" $((used_before + GiB + GiB / 2))
release right
is 'neighbours:right_gives_back' "$(used)" $((used_before + GiB))
pid=$(field left pid)
kill -KILL "$pid"
wait "${tap_held_pid[left]}"
is 'kill:memory_comes_back' "$(used)" "$used_before"

# --- killed in the middle of it ---------------------------------------------------

run -d --rm --name churner "${client[@]}" --gpu-memory 1G "$rootfs" \
	rmclient --chunk=1M churn 0 >/dev/null
ok 'kill:while_it_allocates' ghostnv-container stop --timeout 0 churner
is 'kill:nothing_stays_charged' "$(used)" "$used_before"

# --- its launcher killed ----------------------------------------------------------

hold orphan "$work/orphan" ghostnv-container run --name orphan "${client[@]}" \
	--gpu-memory 1G "$rootfs" rmclient --chunk=16M --max=256M --hold fill
kill -KILL "${tap_held_pid[orphan]}"
wait "${tap_held_pid[orphan]}"
is 'crash:limit_holds_on' "$(ghostnv-container stats --format json orphan |
	jq '.[0].vram | .current_bytes, .max_bytes' | xargs)" "$(((256 << 20) + overhead)) $GiB"
ok 'crash:delete' ghostnv-container delete --force orphan
is 'crash:memory_comes_back' "$(used)" "$used_before"
fd=${tap_held_fd[orphan]}
exec {fd}>&-

is 'gpu:leaves_nothing' "$(traces)" "$before"
tap_end
