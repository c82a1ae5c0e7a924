#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Branches of the driver: limits hold on each that is known; on one that is not, or
# that has limits of its own, who is limited is refused and told why, nobody is
# charged, and who is not limited notices nothing.
#
# timeout: 240

set -u
. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/ghostnv.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
known='535, 550, 580, 595'
attached=1 good=7 own=8

version_says() {
	gnvctl version | value "$1"
}

# The kernel's log since the mark of the last call.
mark() {
	echo "branches: $1" >/dev/kmsg
	log_mark=$1
}
log_says() {
	dmesg | sed -n "/branches: $log_mark\$/,\$p" | grep -qF "$1"
}

# --- known --------------------------------------------------------------------

for branch in 535 550 580 595; do
	ok "branches:${branch}_loads" reload gpus=2 vram=256M abi=$branch
	is "branches:${branch}_is_served" "$(version_says flags)$(version_says reason)" $good
	container one 3 128M
	for via in alloc21 alloc64 vidheap; do
		inside one rmclient --via=$via --chunk=16M --min-chunk=64K fill >"$work/fill"
		is "branches:${branch}_${via}_is_limited" "$(value bytes <"$work/fill")" \
			$((128 * MiB - overhead))
	done
	is "branches:${branch}_shows_the_share" \
		"$(inside one rmclient info | value gpu1.fb_total_v2)" $((128 * MiB))
	ok "branches:${branch}_uvm" inside one rmclient --chunk=2M uvm
	ok "branches:${branch}_leaves_nothing" empty one
	remove one
done

# --- not known ------------------------------------------------------------------

# refuses NAME VERSION BRANCH FLAGS SAID: loads a driver of that version and looks.
refuses() {
	local name=$1 version=$2 flags=$4 said=$5

	export RM_BRANCH=$3
	mark "$name"
	ok "branches:${name}_unloads" unload_all
	load ghostnv
	load ghostnv-sim gpus=2 vram=256M "abi=$3" "version=$version"
	is "branches:${name}_is_what_the_driver_says" "$(rmclient info | value driver)" "$version"
	is "branches:${name}_attached_without_limits" "$(version_says flags)" "$flags"
	is "branches:${name}_reason" "$(version_says reason)" "$said"
	is "branches:${name}_reason_in_sysfs" "$(cat /sys/kernel/ghostnv/reason)" "$said"
	ok "branches:${name}_reason_in_the_log" log_says "attached to NVIDIA driver $version: $said"
	container one 3 128M
	is "branches:${name}_limited_is_refused" "$(inside one rmclient alloc 1M | value status)" \
		errno=EOPNOTSUPP
	is "branches:${name}_refusal_is_counted" "$(($(stat_of one refused) > 0))" 1
	is "branches:${name}_nobody_is_charged" "$(stat_of one peak)" 0
	rmclient --chunk=4M fill >"$work/free"
	is "branches:${name}_unlimited_fills_the_card" \
		"$(value bytes <"$work/free") $(value status <"$work/free")" \
		"$(rmclient info | value gpu0.fb_total) 0x51"
	ok "branches:${name}_unlimited_maps" rmclient --gpu=1 --chunk=1M map
	ok "branches:${name}_unlimited_uvm" rmclient --chunk=2M uvm
	is "branches:${name}_unlimited_is_not_charged" "$(gnvctl gpu 0 | value used)" 0
	remove one
	ghostnv-container run --gpu-devices all --gpu-memory 128M "$work" true 2>"$work/error"
	ok "branches:${name}_reason_in_the_command" grep -qF "$said" "$work/error"
	unset RM_BRANCH
}

refuses newer 596.10 595 $attached \
	"driver 596.10 is of no known branch ($known): limited containers are refused"
ok branches:bridge_does_not_load test ! "$(load ghostnv-rm 2>/dev/null && echo loaded)"
ok branches:bridge_says_why log_says "NVIDIA driver 596.10 is of no known branch ($known)"
refuses early 535.43.02 535 $attached \
	"driver 535.43.02 is of no known branch ($known): limited containers are refused"

# --- limits of its own ----------------------------------------------------------

both="is of no known branch ($known) and has limits of its own"
refuses own_limits 615.10.01 595 $((attached | own)) \
	"driver 615.10.01 $both: limited containers are refused"
refuses far_newer 999.10 595 $((attached | own)) \
	"driver 999.10 $both: limited containers are refused"

ok branches:load_as_before reload "${sim_args[@]}"

tap_end
