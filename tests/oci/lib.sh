# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the conformance tests share. RUNTIME is the program that is tested
# (ghostnv-container-oci as it was built; crun, runc). To be sourced as root; the
# script then runs in a mount namespace of its own with cgroup2 on /sys/fs/cgroup,
# where every runtime looks for it.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
RUNTIME=${RUNTIME-$root/build/runtime/ghostnv-container-oci}

if [ -z "${GHOSTNV_OCI_INSIDE-}" ]; then
	GHOSTNV_OCI_INSIDE=1 exec unshare --mount --propagation private bash "$0" "$@"
fi
if [ ! -e /sys/fs/cgroup/cgroup.controllers ]; then
	! mountpoint -q /sys/fs/cgroup || umount --recursive --lazy /sys/fs/cgroup
	mount -t cgroup2 cgroup2 /sys/fs/cgroup
fi

# shellcheck source=tests/e2e/lib/tap.sh
. "$root/tests/e2e/lib/tap.sh"

work=$(mktemp -d)
rootfs=$work/rootfs
bundle=$work/bundle
prefix=t$$
count=0

mkdir -p "$rootfs"/{bin,etc,proc,sys,dev,tmp,root,mnt} "$bundle"
cp "$(command -v busybox)" "$rootfs/bin/busybox"
# By one process: a program is not started in no time where the processor is emulated.
"$rootfs/bin/busybox" --list | bin=$rootfs/bin perl -lne 'symlink "busybox", "$ENV{bin}/$_"'
echo 'root:x:0:0:root:/root:/bin/sh' >"$rootfs/etc/passwd"
echo 'user:x:1000:1000::/home/user:/bin/sh' >>"$rootfs/etc/passwd"

is_ours() {
	[ "$(basename "$RUNTIME")" = ghostnv-container-oci ]
}

oci() {
	timeout -k 5 30 "$RUNTIME" --root "$work/state" "$@"
}

end() {
	local state

	for state in "$work"/state/*/; do
		oci delete --force "$(basename "$state")"
	done >/dev/null 2>&1
	rm -rf --one-file-system "$work"
}
trap end EXIT

# The configuration to begin with; crun cannot load a device program everywhere.
base() {
	"$root/build/runtime/ghostnv-container-oci" spec --print |
		jq --arg rootfs "$rootfs" '.process.terminal = false | .root.path = $rootfs |
			.root.readonly = false | .ociVersion = "1.0.2"' |
		if [ "$(basename "$RUNTIME")" = crun ]; then jq 'del(.linux.resources)'; else cat; fi
}

# bundle FILTER [SCRIPT]: a bundle that runs SCRIPT by sh.
bundle() {
	base | jq --arg script "${2-true}" \
		".process.args = [\"sh\", \"-c\", \$script] | $1" >"$bundle/config.json"
}

# fresh: an id that nobody has had; in $id.
fresh() {
	count=$((count + 1))
	id=$prefix-$count
}

# run FILTER SCRIPT: what SCRIPT prints in a container by that configuration.
run() {
	bundle "$1" "$2"
	fresh
	oci run --bundle "$bundle" "$id" </dev/null
}

# create FILTER SCRIPT: up to `start`; its output goes to $work/out.
create() {
	bundle "$1" "$2"
	fresh
	oci create --bundle "$bundle" --pid-file "$work/pid" "$id" </dev/null >"$work/out" 2>&1
}

status_of() {
	oci state "$1" 2>/dev/null | jq -r .status
}

# comes_to STATUS ID: waits for that.
comes_to() {
	local i

	for i in $(seq 200); do
		[ "$(status_of "$2")" != "$1" ] || return 0
		read -rt 0.05 <> <(:) || :
	done
	return 1
}

# stopped ID: waits for the end of its process.
stopped() {
	comes_to stopped "$1"
}

refused() {
	! "$@" >"$work/refused" 2>&1
}

# with_probe: tests/oci/probe.c, as $probe here and as `probe` in containers.
with_probe() {
	probe=$rootfs/bin/probe
	cc -static -O1 -o "$probe" "$root/tests/oci/probe.c"
}

# listening SOCKET: waits until somebody listens there.
listening() {
	local i

	for i in $(seq 200); do
		! grep -q " 00010000 .*$1\$" /proc/net/unix || return 0
		read -rt 0.05 <> <(:) || :
	done
	return 1
}

# What is left of the last container: records, cgroups, mounts, and processes, which would
# keep their root.
leftovers() {
	local record

	for record in "$work"/state/*/; do
		case $record in *"/@seccomp/" | *"/*/") ;; *) echo "$record" ;; esac
	done
	find /sys/fs/cgroup -name "*$prefix*" 2>/dev/null
	grep "$rootfs" /proc/self/mountinfo
	# One that has ended and that nobody waits for has a cgroup that is "(deleted)".
	grep -l "${prefix}[^ ]*\$" /proc/[0-9]*/cgroup 2>/dev/null
}
