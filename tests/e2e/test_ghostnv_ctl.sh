#!/bin/bash
# SPDX-License-Identifier: MIT
#
# /dev/ghostnv and /sys/kernel/ghostnv as such: lengths of structures, fields,
# who may do what, the life of containers, events.

set -u
. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/ghostnv.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sys=/sys/kernel/ghostnv

# A process that may do nothing special.
nobody() {
	setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all \
		--bounding-set=-all "$@"
}

# --- lengths ------------------------------------------------------------------

gnvctl lengths >"$work/lengths"
for command in version gpu create find next destroy limit_set limit_get stats subscribe; do
	is "ctl:${command}_too_short" "$(value $command.short <"$work/lengths")" EINVAL
	is "ctl:${command}_first_version" "$(value $command.first <"$work/lengths")" \
		"$(value $command.exact <"$work/lengths")"
	is "ctl:${command}_longer_with_zeros" "$(value $command.longer_zero <"$work/lengths")" \
		"$(value $command.exact <"$work/lengths")"
	is "ctl:${command}_longer_with_something" \
		"$(value $command.longer_nonzero <"$work/lengths")" E2BIG
	is "ctl:${command}_longer_than_a_page" "$(value $command.page <"$work/lengths")" E2BIG
	is "ctl:${command}_nowhere" "$(value $command.null <"$work/lengths")" EFAULT
done
is ctl:unknown_number "$(value unknown <"$work/lengths")" ENOTTY

# --- what is there ------------------------------------------------------------

is ctl:version_says_attached "$(gnvctl version | value flags)" 7
is ctl:version_has_no_complaint "$(gnvctl version | value reason)" ''
is ctl:version_is_in_sysfs "$(gnvctl version | value driver)" "$(cat $sys/driver)"
is ctl:gpu_uuid_is_in_sysfs "$(gnvctl gpu 0 | value uuid)" "$(cat $sys/gpus/0/uuid)"
is ctl:gpu_is_the_clients "$(gnvctl gpu 0 | value uuid)" "$(rmclient info | value gpu0.uuid)"
is ctl:gpu_minor "$(gnvctl gpu 0 | value minor)" "$(rmclient info | value gpu0.minor)"
is ctl:gpu_vram "$(gnvctl gpu 0 | value vram)" "$(rmclient info | value gpu0.fb_total)"
is ctl:gpu_absent "$(gnvctl gpu 63 | value error)" ENOENT
is ctl:gpu_out_of_range "$(gnvctl gpu 64 | value error)" EINVAL

# --- the life of a container --------------------------------------------------

is ctl:no_container_at_first "$(gnvctl list)" ''
is ctl:caller_is_in_none "$(gnvctl find self | value error)" ENOENT
mkdir -p "$cgroups/a/b/c"
ok ctl:create container a/b 1 1G
is ctl:create_is_listed "$(gnvctl list)" "id=${id[a/b]}"
is ctl:create_id_is_the_cgroups "${id[a/b]}" "$(stat -c %i "$cgroups/a/b")"
is ctl:create_is_in_sysfs "$(cat "$sys/containers/${id[a/b]}/cgroup")" /a/b
is ctl:find_below "$(gnvctl find "$cgroups/a/b/c" | value id)" "${id[a/b]}"
is ctl:find_above "$(gnvctl find "$cgroups/a" | value error)" ENOENT
is ctl:find_self "$(inside a/b/c gnvctl find self | value id)" "${id[a/b]}"
gnvctl fields "$cgroups/a/b" "${id[a/b]}" >"$work/fields"
for case in create_flags=EINVAL create_reserved=EINVAL create_gpus=ENOENT \
	create_zero=EINVAL create_no_cgroup=EBADF create_root=EINVAL create_twice=EEXIST \
	limit_unknown=EOPNOTSUPP limit_policy=EINVAL limit_policy_of_gpu=EINVAL \
	limit_priority=EINVAL limit_wait_ms=EINVAL limit_high_zero=EINVAL \
	limit_low_max=ERANGE limit_zero=EINVAL limit_gpu_range=EINVAL \
	limit_gpu_absent=ENOENT limit_gpus_of_gpu=EINVAL limit_gpus_absent=ENOENT \
	stats_gpu_range=EINVAL; do
	is "ctl:${case%=*}" "$(value "${case%=*}" <"$work/fields")" "${case#*=}"
done

hold sleeper "$work/sleeper" enter a/b/c sh -c 'echo ready=1; read -r line'
is ctl:destroy_with_processes "$(gnvctl destroy "${id[a/b]}" | value error)" EBUSY
release sleeper
unpopulated a/b
ok ctl:create_above container a 1 max
is ctl:destroy_with_children "$(gnvctl destroy "${id[a]}" | value error)" EBUSY
ok ctl:destroy gnvctl destroy "${id[a/b]}"
is ctl:destroy_is_gone "$(gnvctl list)" "id=${id[a]}"
is ctl:destroy_twice "$(gnvctl destroy "${id[a/b]}" | value error)" ENOENT
is ctl:destroy_leaves_no_directory "$(ls $sys/containers)" "${id[a]}"
remove a/b/c a/b a
is ctl:removed_cgroup_is_no_container "$(gnvctl list)" ''
is ctl:removed_cgroup_has_no_stats "$(gnvctl stats "${id[a]}" total | value error)" ENOENT
is ctl:removed_cgroup_has_no_directory "$(ls $sys/containers)" ''

# --- limits -------------------------------------------------------------------

ok ctl:create_for_limits container p 1 1G
ok ctl:create_below container p/c 1 512M
is ctl:limit_get "$(gnvctl get "${id[p/c]}" 1 total | value value)" $((512 * MiB))
ok ctl:limit_set gnvctl set "${id[p/c]}" 1 total 256M
is ctl:limit_set_is_got "$(gnvctl get "${id[p/c]}" 1 total | value value)" $((256 * MiB))
ok ctl:limit_of_gpu gnvctl set "${id[p/c]}" 1 0 128M
is ctl:limit_is_the_tightest "$(stat_of p/c limit 0)" $((128 * MiB))
is ctl:limit_of_total_is_its_own "$(stat_of p/c limit)" $((256 * MiB))
ok ctl:limit_none gnvctl set "${id[p/c]}" 1 total max
is ctl:limit_none_takes_the_parents "$(stat_of p/c limit)" $GiB
is ctl:gpus_get "$(gnvctl get "${id[p/c]}" 2 total | value value)" 1

file=$sys/containers/${id[p/c]}
for case in 300M=$((300 * MiB)) 1G=$GiB 4096=4096 max=max; do
	ok "ctl:sysfs_write_${case%=*}" sh -c "echo ${case%=*} > $file/vram.max"
	is "ctl:sysfs_read_${case%=*}" "$(cat "$file/vram.max")" "${case#*=}"
done
for bad in 0 -1 1X K 17E 1MM '' 'max max' 99999999999999999999999999999999; do
	ok "ctl:sysfs_write_bad_[$bad]" sh -c "! echo '$bad' > $file/vram.max"
done
is ctl:sysfs_bad_changes_nothing "$(cat "$file/vram.max")" max
ok ctl:sysfs_write_gpu sh -c "echo 64M > $file/gpu0/vram.max"
is ctl:sysfs_write_gpu_is_got "$(gnvctl get "${id[p/c]}" 1 0 | value value)" $((64 * MiB))
is ctl:sysfs_gpus "$(cat "$file/gpus")" 0
ok ctl:sysfs_gpus_none sh -c "echo > $file/gpus"
is ctl:sysfs_gpus_none_is_got "$(gnvctl get "${id[p/c]}" 2 total | value value)" 0
ok ctl:sysfs_gpus_absent sh -c "! echo 5 > $file/gpus"
is ctl:sysfs_events "$(tr '\n' ' ' <"$file/vram.events")" \
	'low 0 high 0 max 0 oom 0 oom_kill 0 evict 0 wait 0 refused 0 denied 0 '

# --- who may ------------------------------------------------------------------

is ctl:nobody_create "$(nobody gnvctl create "$cgroups/p" 0 1G | value error)" EPERM
is ctl:nobody_destroy "$(nobody gnvctl destroy "${id[p]}" | value error)" EPERM
is ctl:nobody_set "$(nobody gnvctl set "${id[p/c]}" 1 total 1M | value error)" EPERM
is ctl:nobody_subscribe "$(nobody gnvctl events 0 1 | value error)" EPERM
is ctl:nobody_subscribe_to_one "$(nobody gnvctl events "${id[p]}" 1 | value error)" EPERM
ok ctl:nobody_reads_stats nobody gnvctl stats "${id[p]}" total
ok ctl:nobody_reads_version nobody gnvctl version
ok ctl:nobody_writes_no_sysfs sh -c "! setpriv --reuid 65534 sh -c 'echo 1 > $file/vram.max' 2>/dev/null"
gnvctl set "${id[p/c]}" 1 total 512M
ok ctl:parent_lowers_child inside p setpriv --reuid 65534 --bounding-set=-all \
	gnvctl set "${id[p/c]}" 1 total 256M
is ctl:parent_raises_child "$(inside p setpriv --reuid 65534 --bounding-set=-all \
	gnvctl set "${id[p/c]}" 1 total 1G | value error)" EPERM
is ctl:parent_lowers_itself "$(inside p setpriv --reuid 65534 --bounding-set=-all \
	gnvctl set "${id[p]}" 1 total 1M | value error)" EPERM
is ctl:child_lowers_parent "$(inside p/c setpriv --reuid 65534 --bounding-set=-all \
	gnvctl set "${id[p]}" 1 total 1M | value error)" EPERM

# --- events -------------------------------------------------------------------

gnvctl read-nothing >"$work/nothing"
is ctl:read_unsubscribed "$(value unsubscribed <"$work/nothing")" EINVAL
is ctl:read_too_short "$(value short <"$work/nothing")" EINVAL
is ctl:read_nothing_waits "$(value empty <"$work/nothing")" EAGAIN

hold all "$work/all" gnvctl events 0 2
hold some "$work/some" gnvctl events "${id[p]}" 2
hold own "$work/own" enter p setpriv --reuid 65534 --bounding-set=-all \
	gnvctl events "${id[p/c]}" 2
container q 0 1G
gnvctl set "${id[p/c]}" 1 total 128M
remove p/c
release own
release some
release all
is ctl:events_of_all "$(grep -c "event=created id=${id[q]} " "$work/all")" 1
is ctl:events_of_others "$(grep -c "id=${id[q]} " "$work/some")" 0
is ctl:events_of_limit "$(grep -c "event=limit id=${id[p/c]} bytes=$((128 * MiB)) gpu=-1" \
	"$work/some")" 1
is ctl:events_of_removed_cgroup "$(grep -c "event=destroyed id=${id[p/c]} bytes=0" \
	"$work/own")" 1
unpopulated p
remove p q
is ctl:nothing_is_left "$(gnvctl list)" ''

tap_end
