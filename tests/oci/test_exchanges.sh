#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What changes while the runtime looks at it and uses it; see exchanges.sh. Races by chance are in
# test_races.sh.

set -u
# shellcheck source=tests/oci/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/oci/exchanges.sh
. "$(dirname "$0")/exchanges.sh"

volume=$work/volume
mkdir -p "$volume/sub"
echo mine >"$volume/file"

# --- mount points, what is masked or read-only, the working directory --------------------------
#
# What is above them, and they themselves; in the volume as well, as another container has it.

mkdir -p "$rootfs"/{race/a,point,masked,cwd}
echo mine | tee "$rootfs/race/file" "$rootfs/masked/file" >"$rootfs/masked.file"
touch "$rootfs/point.file"
exchanged "$rootfs/race=$out" "$rootfs/point=$out/a" "$rootfs/masked=$out/a" \
	"$rootfs/point.file=$out/file" "$rootfs/masked.file=$out/file" \
	"$rootfs/cwd=$out" "$volume/sub=$out"
made=("$rootfs"/race/{a/b,a/new,node} "$rootfs/cwd/made" "$volume/sub/x"
	"$rootfs$outside"/{a/b,a/new,node,made,x})
bundle ".mounts += [
		{destination: \"/race/a/b/c\", type: \"tmpfs\", source: \"tmpfs\"},
		{destination: \"/race/a/new\", source: \"$volume/file\", options: [\"bind\"]},
		{destination: \"/point\", source: \"$volume\", options: [\"bind\"]},
		{destination: \"/point/sub/x/y\", type: \"tmpfs\", source: \"tmpfs\"},
		{destination: \"/point.file\", source: \"$volume/file\", options: [\"bind\"]}] |
	.linux.devices += [{type: \"c\", path: \"/race/node\", major: 1, minor: 3}] |
	.linux.maskedPaths += [\"/masked\", \"/masked.file\", \"/race/file\"] |
	.linux.readonlyPaths += [\"/race\"] | .process.cwd = \"/cwd/made\"" \
	'echo ran; cat /race/file /point/file /point.file /masked/file /masked.file; echo >x'
# CVE-2026-24260: NVIDIA says no more of it than that a time of check is not that of use.
no_way_out 'CVE-2019-18837 CVE-2021-30465 CVE-2024-45310 CVE-2024-0132 CVE-2025-23359 CVE-2026-24260'

# --- the image's own /dev -------------------------------------------------------------------------

mkdir -p "$rootfs/dev/net"
exchanged "$rootfs/dev=$out/dev" "$rootfs/dev/net=$out/dev"
made=("$rootfs"/dev/{null,zero,full,random,urandom,tty,fd,stdin,stdout,stderr,ptmx,pts,shm,mqueue}
	"$rootfs/dev/net/tun" "$rootfs$outside"/dev/{net,null,zero,full,random,urandom,tty,tun}
	"$rootfs$outside"/dev/{fd,stdin,stdout,stderr,ptmx,pts,shm,mqueue})
bundle '.mounts |= map(select(.destination | startswith("/dev") | not)) |
	.linux.devices += [{type: "c", path: "/dev/net/tun", major: 10, minor: 200}]' 'echo ran'
no_way_out 'CVE-2026-41579 CVE-2026-47766'

# --- what masks, and the terminal ------------------------------------------------------------------
#
# /dev is a volume, where what paths are masked with and what becomes the console could be looked
# for. By a file of the kernel's in their places it could be written to, which is why it is masked.

dev=$work/dev
mkdir -p "$dev/pts" "$rootfs/fake"
for node in null:3 zero:5 full:7 random:8 urandom:9; do
	mknod -m 666 "$dev/${node%:*}" c 1 "${node#*:}"
done
mknod -m 666 "$dev/tty" c 5 0
touch "$dev/console"
ln -s pts/ptmx "$dev/ptmx"
for name in 0 1 2; do
	ln -s /proc/sys/kernel/core_pattern "$rootfs/fake/$name"
done
exchanged "$dev/null=/proc/sys/kernel/core_pattern" "$dev/console=$out/file" "$dev/pts=/fake"
made=("$rootfs/fake/ptmx")
echo secret >"$rootfs/etc/secret"
bundle ".process.terminal = true | .linux.maskedPaths += [\"/etc/secret\"] |
	.mounts |= map(select(.destination | . == \"/dev/pts\" or (startswith(\"/dev\") | not))) |
	.mounts |= [{destination: \"/dev\", source: \"$dev\", options: [\"rbind\"]},
		{destination: \"/out\", source: \"$work/out\", options: [\"bind\"]}] + ." \
	'exec >/out/seen; echo ran; cat /etc/secret | sed "s/^/theirs: /"
	[ "$(stat -c %t:%T /etc/secret)" = 1:3 ] || echo theirs: it is not masked
	grep " - proc " /proc/self/mountinfo | grep -v " /proc[ /]" | sed "s/^/theirs: /"'
perl -MIO::Socket::UNIX -e '$s = IO::Socket::UNIX->new(Local => $ARGV[0], Listen => 9);
	while ($c = $s->accept) { push @c, $c; shift @c if @c > 2 }' "$work/socket" &
listener=$!
listening "$work/socket"
no_way_out 'CVE-2025-31133 CVE-2025-52565' --console-socket "$work/socket"
kill "$listener"
wait "$listener" 2>/dev/null

tap_end
