#!/bin/bash
# SPDX-License-Identifier: MIT
#
# linux.intelRdt, where processors and kernel have resctrl (allocation of L3 and of memory's
# bandwidth, monitoring) and it is mounted.

set -u
# shellcheck source=tests/oci/lib.sh
. "$(dirname "$0")/lib.sh"

resctrl=/sys/fs/resctrl
if ! grep -qs '^ *L3:' $resctrl/schemata || ! grep -qs '^ *MB:' $resctrl/schemata; then
	skip rdt:groups 'there is no resctrl with L3 and MB on /sys/fs/resctrl'
	tap_end
	exit
fi
# Half of the cache's ways, the other half, and a hole, which it does not take.
full=$(cat $resctrl/info/L3/cbm_mask)
ways=$((16#$full))
half=$(printf %x $((ways & ways >> ${#full} * 2)))
hole=$(printf %x $((ways & ~(1 << 1))))
domain=$(sed -n 's/^ *L3:\([0-9]*\)=.*/\1/p' $resctrl/schemata)
band=$(cat $resctrl/info/MB/bandwidth_gran)

rdt() {
	echo ".linux.intelRdt = {$1}"
}

# says GROUP RESOURCE: its line of the schemata, without the kernel's padding.
says() {
	sed -n "s/^ *$2:$domain= *0*\([^;]*\).*/\1/p" "$resctrl/$1/schemata"
}

# has GROUP PID
has() {
	grep -qx "$2" "$resctrl/$1/tasks"
}

started() {
	create "$1" "${2-exec sleep 100}"
	oci start "$id"
	pid=$(cat "$work/pid")
}

groups() {
	(cd $resctrl && ls -d ./*/mon_groups/* mon_groups/*; find . -maxdepth 1 -type d ! -name info \
		! -name mon_data ! -name mon_groups) 2>/dev/null | sort
}
before=$(groups)

# --- a group of its own ----------------------------------------------------------------------------

started "$(rdt "l3CacheSchema: \"L3:$domain=$half\"")"
ok rdt:own_group has "$id" "$pid"
is rdt:own_group_cache "$(says "$id" L3)" "$half"
oci exec --detach --pid-file "$work/exec" "$id" sleep 100
ok rdt:exec_joins has "$id" "$(cat "$work/exec")"
ok rdt:delete oci delete --force "$id"
is rdt:own_group_goes "$(groups)" "$before"

started "$(rdt "l3CacheSchema: \"L3:$domain=$half\", memBwSchema: \"MB:$domain=$band\"")"
is rdt:both "$(says "$id" L3) $(says "$id" MB)" "$half $band"
oci delete --force "$id"
started "$(rdt "l3CacheSchema: \"L3:$domain=$half\nMB:$domain=100\", memBwSchema: \"MB:$domain=$band\"")"
is rdt:bandwidth_beside_the_cache "$(says "$id" L3) $(says "$id" MB)" "$half $band"
oci delete --force "$id"
started "$(rdt "schemata: [\"MB:$domain=$band\", \"L3:$domain=$half\"]")"
is rdt:schemata "$(says "$id" L3) $(says "$id" MB)" "$half $band"
oci delete --force "$id"
started "$(rdt "l3CacheSchema: \"L3:$domain=$full\", schemata: [\"L3:$domain=$half\"]")"
is rdt:schemata_come_last "$(says "$id" L3)" "$half"
oci delete --force "$id"
started "$(rdt '')"
is rdt:nothing_asked "$(says "$id" L3)" "$(says . L3)"
oci delete --force "$id"
ok rdt:refused_by_the_kernel refused run "$(rdt "schemata: [\"L3:$domain=$hole\"]")" true
! is_ours || ok rdt:refused_by_the_kernel_says_why grep -qi 'linux.intelRdt: write .*mask' "$work/refused"
ok rdt:no_such_resource refused run "$(rdt 'schemata: ["L9:0=f"]')" true
ok rdt:program_is_missing refused run "$(rdt "l3CacheSchema: \"L3:$domain=$half\"") |
	.process.args = [\"/no/such\"]" true
is rdt:nothing_is_left_when_refused "$(groups)" "$before"

# --- named groups ----------------------------------------------------------------------------------

named="closID: \"$prefix-named\", l3CacheSchema: \"L3:$domain=$half\""
started "$(rdt "$named")"
maker=$id
ok rdt:named has "$prefix-named" "$pid"
started "$(rdt "$named")"
ok rdt:named_is_joined has "$prefix-named" "$pid"
oci delete --force "$id"
ok rdt:named_stays_with_who_made_it [ -d "$resctrl/$prefix-named" ]
started "$(rdt "closID: \"$prefix-named\", l3CacheSchema: \"L3:$domain=$half\nMB:$domain=$band\",
	memBwSchema: \"MB:$domain=100\"")"
ok rdt:named_is_compared_with_the_bandwidth_beside has "$prefix-named" "$pid"
oci delete --force "$id"
ok rdt:named_has_to_be_the_same refused run "$(rdt "closID: \"$prefix-named\", l3CacheSchema: \"L3:$domain=$full\"")" true
oci delete --force "$maker"
is rdt:named_goes "$(groups)" "$before"

ok rdt:named_is_not_there refused run "$(rdt "closID: \"$prefix-none\"")" true
mkdir "$resctrl/$prefix-given"
started "$(rdt "closID: \"$prefix-given\"")"
ok rdt:given has "$prefix-given" "$pid"
oci delete --force "$id"
ok rdt:given_stays rmdir "$resctrl/$prefix-given"
if is_ours; then
	started "$(rdt 'closID: "/"')"
	ok rdt:default has . "$pid"
	oci delete --force "$id"
fi

# --- monitoring ------------------------------------------------------------------------------------

if is_ours && [ -d $resctrl/info/L3_MON ]; then
	started "$(rdt "enableMonitoring: true, l3CacheSchema: \"L3:$domain=$half\"")"
	ok rdt:monitored has "$id/mon_groups/$id" "$pid"
	ok rdt:monitored_has_the_cache has "$id" "$pid"
	oci exec --detach --pid-file "$work/exec" "$id" sleep 100
	ok rdt:monitored_exec has "$id/mon_groups/$id" "$(cat "$work/exec")"
	oci delete --force "$id"
	is rdt:monitored_goes "$(groups)" "$before"
	mkdir "$resctrl/$prefix-given"
	given=$(groups)
	started "$(rdt "enableMonitoring: true, closID: \"$prefix-given\"")"
	ok rdt:monitored_in_a_given_one has "$prefix-given/mon_groups/$id" "$pid"
	oci delete --force "$id"
	is rdt:monitored_in_a_given_one_goes "$(groups)" "$given"
	ok rdt:given_stays_when_monitored rmdir "$resctrl/$prefix-given"
	started "$(rdt 'enableMonitoring: true, closID: "/"')"
	ok rdt:monitored_in_the_default has "mon_groups/$id" "$pid"
	oci delete --force "$id"
fi

# --- when there are no more ------------------------------------------------------------------------

n=0
while mkdir "$resctrl/$prefix-fill-$n" 2>/dev/null; do
	n=$((n + 1))
done
ok rdt:no_more_groups refused run "$(rdt "l3CacheSchema: \"L3:$domain=$half\"")" true
! is_ours || ok rdt:no_more_groups_says_so \
	grep -q 'linux.intelRdt: make the group `.*`: No space left' "$work/refused"
rmdir "$resctrl/$prefix"-fill-*

is rdt:nothing_is_left "$(groups; leftovers)" "$before"

tap_end
