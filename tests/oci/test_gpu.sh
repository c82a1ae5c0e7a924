#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What a bundle asks of GPUs, as far as it can be told without one: what is refused and with
# what words, what is not looked at, and NVIDIA's hooks. With GPUs: tests/e2e/test_oci_gpu.sh.

set -u
# shellcheck source=tests/oci/lib.sh
. "$(dirname "$0")/lib.sh"

if ! is_ours; then
	echo '1..0 # SKIP annotations are of this runtime'
	exit 0
fi

# says TEXT COMMAND...: it fails, and that is in what it says.
says() {
	local text=$1

	shift
	! "$@" >"$work/said" 2>&1 && grep -qF "$text" "$work/said"
}

annotate() {
	echo ".annotations[\"dev.ghostnv/$1\"] = \"$2\""
}

ok gpu:unknown_annotation says 'dev.ghostnv/vram.maxx: there is no such limit' \
	run "$(annotate vram.maxx 1G)" true
ok gpu:nearest_is_told says 'did you mean `dev.ghostnv/vram.max`' \
	run "$(annotate vram.mx 1G)" true
ok gpu:ill_formed_size says 'dev.ghostnv/vram.max `lots`' run "$(annotate vram.max lots)" true
ok gpu:ill_formed_in_a_list says '`x=1G`' run "$(annotate vram.high 1G,x=1G)" true
ok gpu:ill_formed_policy says 'dev.ghostnv/oom.policy' run "$(annotate oom.policy magic)" true
ok gpu:ill_formed_capability says '`magic`' run "$(annotate driver.capabilities magic)" true
bundle "$(annotate vram.maxx 1G)"
ok gpu:validate_tells_too says 'annotations: dev.ghostnv/vram.maxx' oci validate "$bundle"

# Annotations of others, and an environment that asks for nothing, are no GPU's matter.
is gpu:others_annotations "$(run '.annotations = {"cdi.k8s.io/x": "vendor.com/net=0", "a": "b"}' \
	'echo ran')" ran
is gpu:void "$(run '.process.env += ["NVIDIA_VISIBLE_DEVICES=void"]' 'echo ran')" ran
is gpu:last_of_the_same_name_counts "$(run '.process.env +=
	["NVIDIA_VISIBLE_DEVICES=all", "NVIDIA_VISIBLE_DEVICES=void"]' 'echo ran')" ran

# NVIDIA's hook would fail, as it is not there.
hook='.hooks.prestart = [{path: "/no/nvidia-container-runtime-hook", args: ["x", "prestart"]}]'
is gpu:nvidias_hook_is_not_run "$(run "$hook" 'echo ran')" ran
ok gpu:other_hooks_are refused run "${hook/nvidia-container-runtime-hook/other-hook}" true

echo '{"driverRoot": "x", "limit": {}, "limits": {"vram.maxx": "1G"}}' >"$work/config.json"
bundle "$(annotate vram.max 1G)"
fresh
ok gpu:faults_of_the_administrators_file says 'limit: is unknown' \
	oci --gpu-config "$work/config.json" run --bundle "$bundle" "$id"
ok gpu:no_such_file says "$work/none" oci --gpu-config "$work/none" run --bundle "$bundle" "$id"

if [ -e /dev/ghostnv ]; then
	skip gpu:no_module 'there is one'
else
	for asks in "$(annotate vram.max 1G)" "$(annotate gpus all)" \
		'.process.env += ["NVIDIA_VISIBLE_DEVICES=all"]' \
		'.process.env += ["CUDA_VERSION=10.0"]' \
		'.annotations["cdi.k8s.io/x"] = "nvidia.com/gpu=0"' \
		'.annotations["cdi.k8s.io/x"] = "ghostnv.dev/gpu=all"' \
		'.mounts += [{destination: "/var/run/nvidia-container-devices/0", type: "bind",
			source: "/dev/null", options: ["bind"]}]'; do
		ok "gpu:no_module:${asks:0:40}" says 'the ghostnv module is not loaded' run "$asks" true
	done
	# Long lists of an image's or a user's take no longer than reading them does.
	bundle '.annotations["cdi.k8s.io/x"] = "nvidia.com/gpu=0," * 900000'
	fresh
	ok gpu:no_module:a_million_names says 'the ghostnv module is not loaded' \
		oci run --bundle "$bundle" "$id"
	# A privileged container has all nodes that the host has.
	is gpu:nodes_alone_go_without "$(run '.linux.devices = [{path: "/dev/nvidia0", type: "c",
		major: 195, minor: 0}]' 'echo ran')" ran
fi
is gpu:features_tell_of_annotations "$(oci features | jq -c \
	'.potentiallyUnsafeConfigAnnotations | [index("dev.ghostnv/gpus", "dev.ghostnv/vram.max")
	!= null]')" '[true,true]'
is gpu:nothing_is_left "$(oci list --quiet | wc -l)" 0
tap_end
