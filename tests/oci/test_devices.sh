#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What is the host's and becomes a container's: network interfaces, and its own cgroup.

set -u
# A network namespace of our own, so that nothing of the machine's is touched.
if [ -z "${GHOSTNV_OCI_NET-}" ]; then
	GHOSTNV_OCI_NET=1 exec unshare --net bash "$0" "$@"
fi
# shellcheck source=tests/oci/lib.sh
. "$(dirname "$0")/lib.sh"

# --- netDevices -------------------------------------------------------------------------

# veth NAME PEER
veth() {
	ip link delete "$2" 2>/dev/null
	ip link add "$1" type veth peer name "$2"
}

if ! veth gnv0 gnv1 2>/dev/null; then
	skip netdev:all 'this kernel has no veth'
elif ! is_ours; then
	skip netdev:all 'specified in 1.3 only'
else
	ip address add 10.9.8.7/24 dev gnv0
	ip -6 address add fd00::7/64 dev gnv0 nodad
	ip link set gnv0 mtu 1400 address 02:00:00:00:00:77
	is netdev:moved "$(run '.linux.netDevices = {gnv0: {}}' \
		'cd /sys/class/net/gnv0 && cat mtu address && ip -4 -o address show dev gnv0 | grep -o "10.9.8.7/24"
		ip -6 -o address show dev gnv0 | grep -o "fd00::7/64"; ip link show gnv0 | grep -o "[<,]UP[,>]"')" '1400
02:00:00:00:00:77
10.9.8.7/24
fd00::7/64
,UP,'
	veth gnv0 gnv1
	is netdev:renamed "$(run '.linux.netDevices = {gnv0: {name: "eth0"}}' 'ls /sys/class/net')" 'eth0
lo'
	veth gnv0 gnv1
	is netdev:template "$(run '.linux.netDevices = {gnv0: {name: "net%d"}}' 'ls /sys/class/net')" 'lo
net0'
	maps='.linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1000}] |
		.linux.gidMappings = .linux.uidMappings'
	chmod 0755 "$work"
	veth gnv0 gnv1
	is netdev:in_a_user_namespace "$(run "$maps"' | .linux.netDevices = {gnv0: {name: "eth0"}}' \
		'ls /sys/class/net')" 'eth0
lo'
	veth gnv0 gnv1
	ok netdev:name_is_taken refused run '.linux.netDevices = {gnv0: {name: "lo"}}' true
	ok netdev:and_it_stays ip link show gnv0
	ok netdev:there_is_none refused run '.linux.netDevices = {none0: {}}' true
	ok netdev:that_is_named grep -q 'linux.netDevices\["none0"\]: No such device' "$work/refused"
	ok netdev:bad_name refused run '.linux.netDevices = {gnv0: {name: "a/b"}}' true
	ok netdev:needs_a_namespace refused run '.linux.netDevices = {gnv0: {}} |
		.linux.namespaces |= map(select(.type != "network"))' true
fi

# --- the cgroup's owner -----------------------------------------------------------------------

writable='.mounts |= map(if .destination == "/sys/fs/cgroup" then .options -= ["ro"] else . end)'
maps='.linux.namespaces += [{type: "user"}] |
	.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 10000}] |
	.linux.gidMappings = .linux.uidMappings'
chmod 0755 "$work"
owners() {
	stat -c %u "/sys/fs/cgroup/owner/$id" "/sys/fs/cgroup/owner/$id/cgroup.procs" \
		"/sys/fs/cgroup/owner/$id/cgroup.freeze" | tr '\n' ' '
}
# owned FILTER: up to `create`, in a cgroup that every runtime makes at the same place.
owned() {
	bundle "$1 | .linux.cgroupsPath = \"/owner/$prefix\"" 'exec sleep 100'
	fresh
	jq --arg path "/owner/$id" '.linux.cgroupsPath = $path' "$bundle/config.json" >"$work/new"
	mv "$work/new" "$bundle/config.json"
	oci create --bundle "$bundle" "$id" </dev/null
}
owned "$maps | $writable"
is owner:root_of_the_container "$(owners)" '100000 100000 0 '
oci start "$id"
ok owner:may_make_cgroups oci exec "$id" mkdir /sys/fs/cgroup/mine
oci delete --force "$id"
owned "$maps | $writable | .process.user.uid = 7"
is owner:user_of_the_program "$(owners)" '100007 100007 0 '
oci delete --force "$id"
owned "$maps"
is owner:not_when_it_is_read_only "$(owners)" '0 0 0 '
oci delete --force "$id"
owned "$maps | $writable | .linux.namespaces |= map(select(.type != \"cgroup\"))"
is owner:not_without_a_cgroup_namespace "$(owners)" '0 0 0 '
oci delete --force "$id"
rmdir /sys/fs/cgroup/owner

tap_end
