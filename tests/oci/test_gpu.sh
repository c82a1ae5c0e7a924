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
# What no size, number or name is, by whatever trick; it is said with few words.
while read -r name value; do
	ok "hostile:${name:0:30}=${value:0:30}" says "dev.ghostnv/${name:0:50}" \
		run "$(annotate "$name" "$value")" true
	ok "hostile:${name:0:30}_in_few_words=${value:0:30}" [ "$(wc -c <"$work/said")" -lt 1000 ]
done <<-END
	vram.max 18446744073709551616
	vram.max 18446744073709551615
	vram.max 17179869184G
	vram.max 99999999999999999999999999999999G
	vram.max -1
	vram.max -1G
	vram.max +1G
	vram.max 0
	vram.max 0x10G
	vram.max 1GG
	vram.max 1G1
	vram.max 1e3G
	vram.max 1.G.
	vram.max 1\u0000
	vram.max 1G\u0000
	vram.max 1G\u001b[2J
	vram.max 1G\n
	vram.max \u0661G
	vram.max MAX
	vram.max 1G,
	vram.max ,1G
	vram.max 64=1G
	vram.max -1=1G
	vram.max 18446744073709551616=1G
	vram.max 0=0=1G
	vram.max $(printf '9%.0s' $(seq 5000))
	vram.max $(printf '1G,%.0s' $(seq 5000))1G
	vram.low 9223372036854775808
	vram.low max
	oom.priority 1001
	oom.priority 0=1
	oom.wait 0
	oom.wait 4294967296
	oom.policy 0
	oom.policy fail,
	gpu.weight 4294967297
	gpu.weight 0
	gpu.max 0/0
	gpu.max 18446744073709551616/20000
	gpu.max 1000/4294968296
	gpu.max 100.0000001%
	gpu.max 0%
	gpu.max -1%
	gpu.burst 4294967296
	gpu.exclusive 1
	gpu.latency on\u0000off
	driver.capabilities compute,
	driver.capabilities $(printf 'compute%.0s' $(seq 5000))
	$(printf 'x%.0s' $(seq 5000)) 1
END
ok hostile:key_with_a_nul says 'holds a NUL' run "$(annotate 'vram.max\u0000x' 1G)" true
# As many as there may be: it takes no longer than reading them does.
many() {
	bundle ".annotations = ([range(65000) | {key: \"$1\\(.)\", value: \"v\"}] | from_entries)"
	timeout 15 "$RUNTIME" validate "$bundle" >"$work/said" 2>&1
}
ok hostile:many_keys many a
many dev.ghostnv/
is hostile:many_unknown_ones "$?" 1
ok hostile:key_with_escapes says 'there is no such limit' run "$(annotate '\u001b[2Jvram.max' 1G)" true
ok hostile:key_with_escapes_is_plain eval '! LC_ALL=C grep -q "[^[:print:]]" "$work/said"'
bundle "$(annotate vram.maxx 1G)"
ok gpu:validate_tells_too says 'annotations: dev.ghostnv/vram.maxx' oci validate "$bundle"

# Annotations of others, and an environment that asks for nothing, are no GPU's matter.
is gpu:others_annotations "$(run '.annotations = {"cdi.k8s.io/x": "vendor.com/net=0", "a": "b"}' \
	'echo ran')" ran
is gpu:void "$(run '.process.env += ["NVIDIA_VISIBLE_DEVICES=void"]' 'echo ran')" ran
is gpu:last_of_the_same_name_counts "$(run '.process.env +=
	["NVIDIA_VISIBLE_DEVICES=all", "NVIDIA_VISIBLE_DEVICES=void"]' 'echo ran')" ran

# What keeps the namespaces of a pod has the pod's annotations, which are to be good ones.
for key in io.kubernetes.cri.container-type io.kubernetes.cri-o.ContainerType; do
	sandbox=".annotations[\"$key\"] = \"sandbox\""
	is "gpu:none_for_the_sandbox_of_a_pod:$key" \
		"$(run "$(annotate vram.max 1G) | $(annotate gpus all) | $sandbox" \
			'echo ran; ls /dev | grep -c nvidia')" $'ran\n0'
	ok "gpu:its_annotations_are_checked:$key" says 'there is no such limit' \
		run "$(annotate vram.maxx 1G) | $sandbox" true
done

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
