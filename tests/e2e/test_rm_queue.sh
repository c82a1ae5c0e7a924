#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Work on the simulated engines, submitted by the doorbell as any program would:
# what it does, who gets the engine, what a fault leads to, and that nothing is left
# of it when it is killed, the GPU taken away, or the driver unloaded.
#
# Not on user-mode Linux with two CPUs: its own code that takes pages away from a
# process that is not the current one walks the process's map unlocked, and says so.
#
# kernels: 6.1 uml
# timeout: 300

set -u
. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/ghostnv.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# try NAME COMMAND...: one test for each line of key=yes that COMMAND says.
try() {
	local name=$1 key answer rc=0

	shift
	"$@" >"$work/out" 2>&1 || rc=$?
	while IFS='=' read -r key answer; do
		case $answer in
		yes | no) is "queue:${name}_$key" "$answer" yes ;;
		*) echo "# $key=$answer" ;;
		esac
	done <"$work/out"
	is "queue:${name}_ends_well" "$rc $(value failed <"$work/out")" '0 '
}

free_bytes() {
	rmclient info | value gpu0.fb_free
}
before=$(free_bytes)

for what in copy fill semaphore kernel share control switches fault full endless; do
	try "$what" rmqueue "$what"
done
for card in turing hopper blackwell; do
	try "${card}_copy" rmqueue --card="$card" copy
	try "${card}_kernel" rmqueue --card="$card" kernel
done
is queue:leaves_nothing "$(free_bytes)" "$before"

# ticks: how many threads the engines have, and how long they ran, in ticks.
ticks() {
	local total=0 threads=0 file fields

	for file in /proc/[0-9]*/stat; do
		read -ra fields 2>/dev/null <"$file" || continue
		case ${fields[1]} in
		"(nv0-"*) ;;
		*) continue ;;
		esac
		threads=$((threads + 1))
		total=$((total + fields[13] + fields[14]))
	done
	echo "$threads $total"
}

# --- killed while it runs -----------------------------------------------------------

ok queue:endless_is_held hold keeper "$work/keeper" rmqueue --hold endless
kill_held keeper
is queue:endless_killed_gives_everything_back "$(free_bytes)" "$before"
# An engine with nothing to do takes no time at all: what is measured is that second.
read -r threads rested <<<"$(ticks)"
sleep 1
read -r _ later <<<"$(ticks)"
is queue:engines_have_threads "$threads" 3
ok queue:engines_rest test "$later" -le $((rested + 1))
for what in copy fault full; do
	for _ in 1 2 3 4 5; do
		rmqueue "$what" >"$work/out" 2>&1 &
		pid=$!
		# Somewhere in the midst of it, or when it has just ended.
		sleep 0.0$((RANDOM % 10))
		kill -KILL $pid 2>/dev/null
		wait $pid 2>/dev/null
	done
	is "queue:${what}_killed_gives_everything_back" "$(free_bytes)" "$before"
done

# --- in virtual time ----------------------------------------------------------------

reload virtual_time=1 gpus=1
before=$(free_bytes)
for what in copy semaphore share switches fault full endless; do
	try "virtual_$what" rmqueue "$what"
done
is queue:virtual_leaves_nothing "$(free_bytes)" "$before"
# With more processors the engine runs beside those who submit, in the world's own order.
if [ "$(nproc)" = 1 ]; then
	rmqueue share >"$work/first"
	rmqueue share >"$work/second"
	is queue:virtual_share_is_always_the_same "$(cat "$work/first")" "$(cat "$work/second")"
else
	skip queue:virtual_share_is_always_the_same "only on one processor"
fi

# --- other branches' structures -----------------------------------------------------

for abi in 535 580 595; do
	reload abi="$abi" gpus=1
	try "copy_$abi" rmqueue copy
	try "kernel_$abi" rmqueue kernel
	try "switches_$abi" rmqueue switches
done

# --- the GPU taken away, the driver unloaded ----------------------------------------

reload "${sim_args[@]}"
ok queue:reader_is_held hold reader "$work/reader" rmqueue --hold switches
is queue:reader_is_right "$(grep -c '=no$' "$work/reader")" 0
ok queue:endless_is_held_again hold keeper "$work/keeper" rmqueue --hold endless
device=$(basename "$(dirname "$(grep -l '^0x2684' /sys/bus/pci/drivers/nvidia/*/device | head -n 1)")")
echo "$device" >/sys/bus/pci/drivers/nvidia/unbind
ok queue:unbound_is_gone test ! -e "/sys/bus/pci/drivers/nvidia/$device"
kill_held keeper
kill_held reader
echo "$device" >/sys/bus/pci/drivers/nvidia/bind
try after_binding rmqueue copy
ok queue:endless_before_unloading hold keeper "$work/keeper" rmqueue --hold endless
kill_held keeper
ok queue:reader_before_unloading hold reader "$work/reader" rmqueue --hold switches
kill_held reader
ok queue:unloads_at_once unload_all
load ghostnv && load ghostnv-sim "${sim_args[@]}" && load ghostnv-rm
try after_loading rmqueue copy

tap_end
