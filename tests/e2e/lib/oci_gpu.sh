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
