# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the tests of GPUs in the OCI face share. To be sourced behind tests/oci/lib.sh,
# which has $work, $rootfs, $bundle and $id.
# shellcheck disable=SC2154

containers() {
	ls /sys/kernel/ghostnv/containers
}
before=$(containers)

# make_driver: a driver in $driver, of files that have the simulated one's $version, and a root file
# system that has a place for it, where libraries are in $lib.
make_driver() {
	local name

	version=$(ghostnv-container version --format json | jq -r .driver)
	lib=/usr/lib/x86_64-linux-gnu
	driver=$work/driver
	mkdir -p "$driver$lib" "$driver/usr/bin" "$rootfs$lib" "$rootfs/usr/bin" "$rootfs/lib64"
	for name in cuda nvidia-ml; do
		echo 'int cuInit(void); int cuInit(void) { return 42; }' |
			gcc -shared -fPIC -nostdlib -Wl,-soname,"lib$name.so.1" -x c - \
				-o "$driver$lib/lib$name.so.$version"
		ln -s "lib$name.so.$version" "$driver$lib/lib$name.so.1"
	done
	printf '#!/bin/sh\necho smi "$@"\n' >"$driver/usr/bin/nvidia-smi"
	chmod 755 "$driver/usr/bin/nvidia-smi"
	jq -n --arg root "$driver" '{driverRoot: $root}' >"$work/config.json"
}

# client PROGRAM...: a filter that puts programs of the tests in, which are the host's, with the
# host's libraries.
client() {
	local path filter=.

	for path in /lib /lib64; do
		mkdir -p "$rootfs$path"
		filter+=' | .mounts += [{destination: "'$path'", source: "'$path'", type: "bind",
			options: ["rbind", "ro"]}]'
	done
	for path; do
		touch "$rootfs/bin/$path"
		filter+=' | .mounts += [{destination: "/bin/'$path'", type: "bind",
			source: "'$(command -v "$path")'", options: ["bind", "ro"]}]'
	done
	echo "$filter"
}

gpu_oci() {
	timeout -k 5 60 "$RUNTIME" --root "$work/state" --gpu-config "$work/config.json" "$@"
}

gpu_run() {
	bundle "$1" "$2"
	fresh
	gpu_oci run --bundle "$bundle" "$id" </dev/null
}

# annotate NAME VALUE: a filter.
annotate() {
	echo ".annotations[\"dev.ghostnv/$1\"] = \"$2\""
}

# administrator FILTER: changes /etc/ghostnv/config.json, as it were.
administrator() {
	jq "$1" "$work/config.json" >"$work/new"
	mv "$work/new" "$work/config.json"
}

# says TEXT COMMAND...: it fails, and that is in what it says.
says() {
	local text=$1

	shift
	! "$@" >"$work/said" 2>&1 && grep -qF "$text" "$work/said"
}

# back: nothing is registered but what was before; the kernel takes a moment to see that a
# cgroup has gone.
back() {
	local i

	for i in $(seq 100); do
		[ "$(containers)" != "$before" ] || return 0
		read -rt 0.05 <> <(:) || :
	done
	return 1
}
