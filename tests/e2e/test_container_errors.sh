#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Bad input: each gets one line that names the thing and the remedy, status 1 or 2,
# and leaves nothing behind: no cgroup, mount, record, process or container in the
# module.
# timeout: 300

set -u
# shellcheck source=tests/e2e/lib/tap.sh
. "$(dirname "$0")/lib/tap.sh"
# shellcheck source=tests/e2e/lib/container.sh
. "$(dirname "$0")/lib/container.sh"

n=0

# bad STATUS NEEDLE ARGUMENT...
bad() {
	local shown=${*:3}

	n=$((n + 1))
	ok "errors:$n ${shown//$work/WORK}" \
		one_line_error "$1" "$2" ghostnv-container "${@:3}"
}

# --- use --------------------------------------------------------------------------

bad 2 'a command is missing'
bad 2 '`frobnicate`' frobnicate
bad 2 '`lst`' lst
bad 2 '`--frobnicate`' --frobnicate
bad 2 '`--gpu-memroy`' run --gpu-memroy 1G "$rootfs"
bad 2 '`-x`' run -x "$rootfs"
bad 2 '--name' run --name
bad 2 'IMAGE' run
bad 2 'IMAGE' run ''
bad 2 '`--rm`' run --rm=yes "$rootfs"
bad 2 'NAME' stop
bad 2 'NAME' delete
bad 2 'NAME' logs
bad 2 '`soon`' stop --timeout soon x
bad 2 '`xml`' list --format xml
bad 2 '`x`' list x
bad 2 '`x`' devices x

# --- values -----------------------------------------------------------------------

bad 2 '`../x`' run --name ../x "$rootfs"
bad 2 '``' run --name '' "$rootfs"
bad 2 '`0`' run --gpu-memory 0 "$rootfs"
bad 2 '`-1`' run --gpu-memory -1 "$rootfs"
bad 2 '`8EB`' run --gpu-memory 8EB "$rootfs"
bad 2 '`1 G`' run --gpu-memory '1 G' "$rootfs"
bad 2 '`1K`' run --memory 1K "$rootfs"
bad 2 '`lots`' run --memory lots "$rootfs"
bad 2 '`0`' run --cpu-cores 0 "$rootfs"
bad 2 '`1.5.5`' run --cpu-cores 1.5.5 "$rootfs"
bad 2 '`0`' run --pids 0 "$rootfs"
bad 2 '`1`' run --pids 1 "$rootfs"
bad 1 '`/.`' run -v /tmp:/. "$rootfs" true
bad 2 '/no/such' run --volume /no/such:/x "$rootfs"
bad 2 '/tmp' run --volume /tmp "$rootfs"
bad 2 'relative' run --volume /tmp:relative "$rootfs"
bad 2 '`relative`' run --workdir relative "$rootfs"
bad 2 '=x' run --env =x "$rootfs"
bad 2 '--user' run --user '' "$rootfs"
bad 2 '`a b`' run --hostname 'a b' "$rootfs"

# --- images -----------------------------------------------------------------------

bad 1 /no/such/image run /no/such/image
echo 'not an image' >"$work/text"
bad 1 "$work/text" run "$work/text"
mkdir "$work/empty"
bad 1 "$work/empty" run "$work/empty" sh
mkdir "$work/layout"
echo '{"imageLayoutVersion": "1.0.0"}' >"$work/layout/oci-layout"
bad 1 "$work/layout" run "$work/layout" sh
bad 1 "$rootfs" run --rm "$rootfs"
bad 1 nobody-there run --rm --user nobody-there "$rootfs" true
bad 127 no-such-program run --rm "$rootfs" no-such-program
bad 126 /bin/text run --rm "$rootfs" /bin/text

# --- containers -------------------------------------------------------------------

bad 1 '/no/such' --root /no/such list
bad 1 '`nothing`' stop nothing
bad 1 '`nothing`' delete nothing
bad 1 '`nothing`' delete --force nothing
bad 1 '`nothing`' logs nothing
bad 1 '`nothing`' stats nothing

run -d --name gone "$rootfs" sh -c 'while :; do sleep 1000; done' >/dev/null
cgroup=$(field gone cgroup)
while read -r pid; do
	echo "$pid" >"${cgroup%/ghostnv/container-gone}/cgroup.procs"
done < <(cat "$cgroup/cgroup.procs")
rmdir "$cgroup"
bad 1 "$cgroup" stats gone
ok 'errors:cgroup_gone_stop' ghostnv-container stop --timeout 0 gone
ok 'errors:cgroup_gone_delete' ghostnv-container delete gone

# --- GPUs -------------------------------------------------------------------------

if [ -c /dev/ghostnv ]; then
	bad 1 '`all`' run --gpu-devices all,1 "$rootfs" true
	bad 1 '`17`' run --gpu-devices 17 "$rootfs" true
	bad 1 '`GPU-none`' run --gpu-devices GPU-none "$rootfs" true
	bad 1 empty run --gpu-devices 0, "$rootfs" true
	bad 1 '1EiB' run --gpu-memory 1EB "$rootfs" true
	bad 127 no-such-program run --gpu-memory 1G "$rootfs" no-such-program
	bad 1 nobody-there run --gpu-memory 1G --user nobody-there "$rootfs" true
	bad 1 'no GPU' run --gpu-memory 1G --gpu-devices none "$rootfs" true
else
	bad 1 'module is not loaded' run --gpu-memory 1G "$rootfs" true
	bad 1 'module is not loaded' run --gpu-devices 0 "$rootfs" true
	bad 1 'module is not loaded' devices
fi

tap_end
