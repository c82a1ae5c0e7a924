#!/bin/bash
# SPDX-License-Identifier: MIT
#
# scripts/vm gives back what its command did, sees every seeded fault of the kernel,
# and neither hangs nor leaves a process.

set -u
. "$(dirname "$0")/tap.sh"

modules=$root/build/modules/coverage
seeded="insmod \$GHOSTNV_MODDIR/ghostnv-seeded.ko"

# vm KERNEL [OPTION...] -- COMMAND...
vm() {
	local kernel=$1 options=(--timeout 180)

	shift
	case $kernel in
	uml) options+=(--modules "$modules") ;;
	# Emulated: a look for leaks alone takes a minute or two.
	debug) options=(--timeout 600) ;;
	esac
	scripts/vm --kernel "$kernel" "${options[@]}" --no-build --no-modules \
		--log "$scratch/kernel.log" "$@" </dev/null
}

gives_output() {
	local bytes=$scratch/bytes

	head -c 300000 /dev/urandom >"$bytes"
	vm "$1" --share "$scratch" -- sh -c "cat $bytes; echo aside >/dev/stderr; exit 5" \
		>"$scratch/out" 2>"$scratch/err"
	[ $? = 5 ] || { echo "status is lost" && return 1; }
	cmp "$bytes" "$scratch/out" || return 1
	grep -qx aside "$scratch/err"
}

keeps_host() {
	local file=/var/tmp/ghostnv-vm-wrote-this.$$

	vm "$1" -- sh -c "pwd; touch $file && test -e $file" >"$scratch/out" || return 1
	[ "$(cat "$scratch/out")" = "$root" ] || return 1
	[ ! -e "$file" ]
}

# Whether a seeded fault is reported as one, by its name in the log.
reports() {
	local kernel=$1 fault=$2 name=$3 leaks=()

	[ "$fault" != leak ] || leaks=(--leaks)
	vm "$kernel" "${leaks[@]}" -- sh -c "$seeded fault=$fault" >"$scratch/out" 2>&1
	[ $? = 70 ] && grep -qE "$name" "$scratch/out" && return
	cat "$scratch/out"
	return 1
}

ends_on_time() {
	local started=$SECONDS

	ends 124 vm "$1" --timeout "$2" --memory 700M -- sleep 4711 || return 1
	[ $((SECONDS - started)) -le $(($2 + 10)) ] || return 1
	! machines 700M
}

# The processes of a run, by the amount of memory that no other run has.
machines() {
	pgrep -fa -- "(-m |mem=|--memory )$1"
}

# A run whose script, or the script's parent, is killed while the machine is up.
dies_with() {
	local victim=$1 kernel=$2 parent word pid

	rm -f "$scratch/up"
	mkfifo "$scratch/up"
	log=$scratch/kernel.log bash -c "scripts/vm --kernel $kernel --no-build \
		--no-modules --memory 701M --log \$log -- sh -c 'echo up; exec sleep 4712'
		true" >"$scratch/up" 2>/dev/null </dev/null &
	parent=$!
	exec 3<"$scratch/up"
	read -rt 60 word <&3
	[ "$word" = up ] || return 1
	mapfile -t pids < <(pgrep -f -- '(-m |mem=)701M')
	[ ${#pids[@]} -gt 0 ] || return 1
	if [ "$victim" = parent ]; then
		kill -KILL $parent
	else
		pkill -KILL -P $parent
	fi
	for pid in "${pids[@]}"; do
		timeout 10 tail --pid="$pid" -f /dev/null || return 1
	done
	exec 3<&-
	wait $parent
	! machines 701M
}

kernels=(uml uml-smp 6.1)
if scripts/kernel/get debug --if-cached >"$scratch/debug"; then
	kernels+=(debug)
fi
for kernel in "${kernels[@]}"; do
	check "vm:output_and_status_come_back_on_$kernel" gives_output "$kernel"
	check "vm:module_without_fault_is_silent_on_$kernel" ends 0 vm "$kernel" -- sh -c "$seeded"
	check "vm:warning_is_reported_on_$kernel" reports "$kernel" warning WARNING:
done
for kernel in uml 6.1; do
	check "vm:host_is_not_changed_by_$kernel" keeps_host "$kernel"
	check "vm:command_that_is_not_there_is_127_on_$kernel" ends 127 vm "$kernel" -- no-such-command
	check "vm:oops_is_reported_on_$kernel" reports "$kernel" oops 'Oops|panic'
done
# Faults that only a kernel which checks itself can tell of.
for kernel in "${kernels[@]}"; do
	[ "$kernel" != 6.1 ] || continue
	check "vm:lock_inversion_is_reported_on_$kernel" reports "$kernel" inversion 'possible circular'
	check "vm:unprotected_rcu_is_reported_on_$kernel" reports "$kernel" rcu 'suspicious RCU'
done
for kernel in "${kernels[@]}"; do
	case $kernel in
	uml | debug)
		check "vm:overflow_is_reported_on_$kernel" reports "$kernel" overflow \
			'KASAN: slab-out-of-bounds'
		check "vm:use_after_free_is_reported_on_$kernel" reports "$kernel" late \
			'KASAN: (slab-)?use-after-free'
		check "vm:leak_is_reported_on_$kernel" reports "$kernel" leak 'unreferenced object'
		;;
	esac
	case $kernel in
	uml-smp | debug)
		check "vm:sleep_in_atomic_context_is_reported_on_$kernel" \
			reports "$kernel" atomic 'sleeping function called from invalid'
		check "vm:two_cpus_race_on_$kernel" reports "$kernel" race WARNING:
		;;
	esac
done
[[ " ${kernels[*]} " == *' debug '* ]] ||
	skip vm:faults_on_debug 'the kernel debug is not in the cache; scripts/test --full builds it'
check vm:one_cpu_does_not_race ends 0 vm uml -- sh -c "$seeded fault=race"
check vm:undefined_behaviour_is_reported reports uml undefined UBSAN
check vm:hang_is_124_on_uml ends_on_time uml 4
check vm:hang_is_124_on_6.1 ends_on_time 6.1 15
check vm:nothing_is_left_when_it_is_killed_on_uml dies_with self uml
check vm:nothing_is_left_when_its_parent_is_killed_on_uml dies_with parent uml
check vm:nothing_is_left_when_it_is_killed_on_6.1 dies_with self 6.1

check vm:unknown_argument_is_2 ends 2 scripts/vm --no-such-option
check vm:unknown_kernel_is_2 ends 2 scripts/vm --kernel 2.4 -- true
check vm:bad_number_of_gpus_is_2 ends 2 scripts/vm --gpus many -- true
check vm:option_without_value_is_2 ends 2 scripts/vm --vram
check vm:no_command_without_terminal_is_2 ends 2 scripts/vm </dev/null
check vm:no_look_for_leaks_where_there_is_none_is_2 ends 2 scripts/vm --leaks -- true
check vm:no_virtual_time_in_qemu_is_2 ends 2 scripts/vm --kernel 6.1 --time virtual -- true
check vm:no_such_time_is_2 ends 2 scripts/vm --kernel uml --time imaginary -- true
check vm:missing_module_is_72 ends 72 scripts/vm --kernel uml --no-build \
	--modules "$scratch" -- true
done_testing
