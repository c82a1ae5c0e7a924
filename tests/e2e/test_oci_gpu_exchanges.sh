#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Folders of the image, where the driver's files are put, change places with links that lead out
# of it, at each step of the runtime; see tests/oci/exchanges.sh. Other mounts than those of GPUs
# are in tests/oci/test_exchanges.sh, and every step of putting files in tests/unit/test_put.c; here it
# is one of EVERY (4), from FROM on, by chance: each takes two seconds.
# timeout: 600
# kernels: uml

set -u
# shellcheck source=tests/oci/lib.sh
. "$(dirname "$0")/../oci/lib.sh"
# shellcheck source=tests/oci/exchanges.sh
. "$(dirname "$0")/../oci/exchanges.sh"
# shellcheck source=tests/e2e/lib/oci_gpu.sh
. "$(dirname "$0")/lib/oci_gpu.sh"

make_driver
# The loader's cache outside names what nobody inside is to hear of.
mkdir -p "$rootfs$outside"/{usr,etc,lib} "$outside"/{usr,etc,lib}
echo 'int theirs;' | gcc -shared -nostdlib -Wl,-soname,libtheirs.so.1 -x c - -o "$outside/lib/libtheirs.so.1"
ldconfig -X -f /dev/null -C "$outside/etc/ld.so.cache" "$outside/lib"
ldconfig -X -f /dev/null -C "$rootfs/etc/ld.so.cache" "$driver$lib"
ok caches:are_there grep -q theirs "$outside/etc/ld.so.cache"
keep_outside
exchanged "$rootfs/usr=$out/usr" "$rootfs$lib=$out/lib" "$rootfs/etc=$out/etc"
made=("$rootfs/usr/bin/nvidia-smi" "$rootfs$lib"/lib{cuda,nvidia-ml}.so{,.1,".$version"}
	"$rootfs$outside"/{usr/bin,usr/lib,etc/ld.so.cache}
	"$rootfs$outside"/lib/lib{cuda,nvidia-ml}.so{,.1,".$version"})
global=(--gpu-config "$work/config.json")
bundle '.process.env += ["NVIDIA_VISIBLE_DEVICES=0"]' \
	'echo ran; grep -q theirs /etc/ld.so.cache && echo theirs: the cache'
every=${EVERY:-4}
from=${FROM:-$((1 + RANDOM % every))}
echo "# FROM=$from EVERY=$every"
no_way_out 'CVE-2024-0132 CVE-2025-23359 CVE-2026-24260 CVE-2025-23267'
ok life:nothing_is_registered back
tap_end
