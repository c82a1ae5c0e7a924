#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Limits that ghostnv-container sets: when a container starts, while it runs, and
# what it says where they cannot be.

set -u
# shellcheck source=tests/e2e/lib/tap.sh
. "$(dirname "$0")/lib/tap.sh"
# shellcheck source=tests/e2e/lib/container.sh
. "$(dirname "$0")/lib/container.sh"

MiB=$((1 << 20))

# vram NAME KEY
vram() {
	ghostnv-container stats --format json "$1" | jq -r ".[0].vram.$2"
}

# fails STATUS WORD... -- ARGUMENT...: it ends so, with one line that has each WORD.
fails() {
	local status=$1 words=() word rc=0 line

	shift
	while [ "$1" != -- ]; do
		words+=("$1")
		shift
	done
	shift
	line=$(ghostnv-container "$@" 2>&1 >/dev/null) || rc=$?
	echo "$rc: $line"
	[ $rc = "$status" ] && [ "$(wc -l <<<"$line")" = 1 ] || return 1
	for word in "${words[@]}"; do
		[[ $line == *"$word"* ]] || return 1
	done
}

ok limits_cli:run run -d --rm --name a --gpu-devices 0 --gpu-memory 1G \
	--gpu-memory-high 512M --gpu-memory-low 0=256M --oom-policy wait --oom-priority 7 \
	--oom-wait 3 "$rootfs" sleep 1000
is limits_cli:high "$(vram a high_bytes)" $((512 * MiB))
is limits_cli:low_of_a_gpu "$(vram a 'gpus[0].low_bytes') $(vram a low_bytes)" \
	"$((256 * MiB)) 0"
is limits_cli:policy "$(vram a oom_policy) $(vram a oom_priority)" 'wait 7'
id=$(field a container_id)
is limits_cli:wait "$(cat "/sys/kernel/ghostnv/containers/$id/oom.wait_ms")" 3000
is limits_cli:table "$(ghostnv-container stats | awk 'NR == 2 { print $(NF - 2), $(NF - 1), $NF }')" \
	'1GiB 512MiB -'

ok limits_cli:update ghostnv-container update a --gpu-memory 2G --gpu-memory 0=1G \
	--gpu-memory-high max --gpu-memory-low 0=0 --gpu-memory-low 128M --oom-policy fail
is limits_cli:update_is_read "$(vram a max_bytes) $(vram a 'gpus[0].max_bytes') $(
	vram a high_bytes) $(vram a low_bytes) $(vram a oom_policy)" \
	"$((2048 * MiB)) $((1024 * MiB)) null $((128 * MiB)) fail"
is limits_cli:list_tells_the_new_limit "$(field a vram_max_bytes)" $((2048 * MiB))
ok limits_cli:shrink ghostnv-container update a --gpu-memory=128M
is limits_cli:list_tells_it_again "$(ghostnv-container list | awk 'NR == 2 { print $6 }')" 128MiB

ok limits_cli:below_the_guarantee fails 1 --gpu-memory guarantee --gpu-memory-low -- \
	update a --gpu-memory 64M
ok limits_cli:above_the_limit fails 1 --gpu-memory-low 'raise --gpu-memory' -- \
	update a --gpu-memory-low 1G
ok limits_cli:more_than_the_card fails 1 --gpu-memory-low 'promised' stats -- \
	update a --gpu-memory max --gpu-memory-low 1024G
ok limits_cli:no_such_gpu fails 1 'no GPU 63' devices -- update a --gpu-memory 63=1G
ok limits_cli:no_such_container fails 1 nobody -- update nobody --gpu-memory 1G
ok limits_cli:no_name fails 2 NAME -- update --gpu-memory 1G
ok limits_cli:nothing_to_change fails 2 'nothing to change' -- update a
for bad in '--gpu-memory 0' '--gpu-memory 64=1G' '--gpu-memory =1G' '--gpu-memory-low max' \
	'--gpu-memory-high 1Q' '--oom-policy perhaps' '--oom-priority 1001' '--oom-wait 0' \
	'--oom-wait 601' '--gpu-weight 0' '--gpu-weight 10001' '--gpu-max 101%' '--gpu-max 999' \
	'--gpu-burst x' '--gpu-latency perhaps'; do
	# shellcheck disable=SC2086 # an option and its value
	ok "limits_cli:bad_[$bad]" fails 2 "${bad%% *}" "${bad##* }" -- update a $bad
done
ok limits_cli:bad_exclusive fails 2 --gpu-exclusive 1=x -- update a --gpu-exclusive=1=x
ok limits_cli:time_without_a_gpu fails 1 --gpu-weight 'no GPU' -- run --gpu-devices none \
	--gpu-weight 200 "$rootfs" true
ok limits_cli:without_a_gpu fails 1 --oom-policy 'no GPU' -- run --gpu-devices none \
	--oom-policy wait "$rootfs" true
ok limits_cli:run_that_cannot_have_it fails 1 --gpu-memory-low promised -- run --rm --name b \
	--gpu-memory-low 1024G "$rootfs" true
is limits_cli:it_leaves_nothing "$(ghostnv-container list --format json | jq length)" 1
run -d --name none "$rootfs" sleep 1000 >/dev/null
ok limits_cli:update_without_a_gpu fails 1 'no GPU' -- update none --gpu-memory 1G

tap_end
