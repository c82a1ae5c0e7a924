#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What images and users ask of GPUs in bad faith, with the module loaded: it is refused, soon and
# with few words, or gives no more than what was granted. What annotations cannot say is refused
# before the module is asked (tests/oci/test_gpu.sh).
# timeout: 600
# kernels: uml

set -u
# shellcheck source=tests/oci/lib.sh
. "$(dirname "$0")/../oci/lib.sh"
# shellcheck source=tests/e2e/lib/oci_gpu.sh
. "$(dirname "$0")/lib/oci_gpu.sh"

mkdir "$work/driver"
jq -n --arg root "$work/driver" '{driverRoot: $root}' >"$work/config.json"
nodes='ls /dev | grep nvidia | xargs'

# env NAME=VALUE...: a filter.
env() {
	local one

	printf '.process.env += ['
	for one; do
		printf '%s"%s"' "${sign-}" "$one"
		local sign=,
	done
	printf ']'
}

# shut NAME WORDS FILTER: no container comes of it, soon, and it is said shortly why.
shut() {
	local from=$SECONDS

	ok "$1" says "$2" gpu_run "$3" true
	ok "$1:in_few_words" [ "$(wc -c <"$work/said")" -lt 1500 ]
	ok "$1:soon" [ $((SECONDS - from)) -lt 25 ]
}

# --- NVIDIA_VISIBLE_DEVICES -----------------------------------------------------------------

uuid=$(ghostnv-container devices --format json | jq -r '.[0].uuid')
for value in all,none void,0 all,all -1 00x '0 ' 0,,1 ',' 18446744073709551616 4294967296 64 GPU- \
	"${uuid:0:8},0,9" "${uuid}x" "MIG-$uuid/0/0" '../0' '$(id)' '0\n1' '0\u001b[2J' '\u0660' ALL; do
	shut "visible:$value" NVIDIA_VISIBLE_DEVICES "$(env "NVIDIA_VISIBLE_DEVICES=$value")"
	is "visible:is_plain:$value" "$(LC_ALL=C grep -c '[[:cntrl:]]' "$work/said")" 0
done
shut visible:huge_name NVIDIA_VISIBLE_DEVICES \
	'.process.env += ["NVIDIA_VISIBLE_DEVICES=" + ("9" * 100000)]'
shut visible:huge_list_with_a_wrong_end NVIDIA_VISIBLE_DEVICES \
	'.process.env += ["NVIDIA_VISIBLE_DEVICES=" + ("0," * 50000) + "9"]'
is visible:twice_is_once "$(gpu_run "$(env NVIDIA_VISIBLE_DEVICES=0,0,0)" "$nodes")" \
	'nvidia-uvm nvidia0 nvidiactl'
is visible:uuid_twice "$(gpu_run "$(env "NVIDIA_VISIBLE_DEVICES=$uuid,${uuid^^}")" "$nodes")" \
	'nvidia-uvm nvidia0 nvidiactl'
# What was not granted is not given for being asked for in another way.
for value in all 0,1 1 "$uuid,1"; do
	filter="$(annotate gpus 0) | $(env "NVIDIA_VISIBLE_DEVICES=$value")"
	is "visible:not_beyond_the_grant:$value" "$(gpu_run "$filter" "$nodes" 2>/dev/null | grep -c nvidia1)" 0
	is "visible:nothing_of_none:$value" "$(gpu_run "$(annotate gpus none) |
		$(env "NVIDIA_VISIBLE_DEVICES=$value")" "$nodes" 2>/dev/null | grep -c 'nvidia[0-9]')" 0
done
for value in void ''; do
	is "visible:no_gpu_by:$value" "$(gpu_run "$(env "NVIDIA_VISIBLE_DEVICES=$value")" "$nodes")" ''
done
is visible:no_gpu_by_other_names "$(gpu_run "$(env nvidia_visible_devices=all \
	' NVIDIA_VISIBLE_DEVICES=all' NVIDIA_VISIBLE_DEVICES NVIDIA_VISIBLE_DEVICES_=all \
	NVIDIA_DRIVER_CAPABILITIES=all GHOSTNV_GPUS=all)" "$nodes")" ''

# --- NVIDIA_DRIVER_CAPABILITIES, NVIDIA_REQUIRE_* ---------------------------------------------

asks=$(env NVIDIA_VISIBLE_DEVICES=0)
for value in 'compute,' ',compute' 'compute utility' Compute none,all magic '*' '-1' 'all\n' 'compute\u001b[m'; do
	shut "capabilities:$value" 'driver capability' \
		"$asks | $(env "NVIDIA_DRIVER_CAPABILITIES=$value")"
done
shut capabilities:huge 'driver capability' \
	"$asks | .process.env += [\"NVIDIA_DRIVER_CAPABILITIES=\" + (\"compute,\" * 20000)]"
require() {
	echo "$asks | .process.env += [\"NVIDIA_REQUIRE_CUDA=\" + $1]"
}
for value in cuda 'cuda>' '>=12' 'cuda=>1' 'cuda>=-1' 'cuda>=1..2' 'cuda>=1.' 'cuda>=(1)' \
	'cuda>=1|driver>1' '((((' 'cuda>=1 , x>=1' 'brand>=tesla' 'magic=1' 'cuda>=1\u0001'; do
	shut "require:$value" 'this is no requirement' "$(require "\"$value\"")"
done
shut require:huge_version 'requires' "$(require '"cuda>=" + ("9" * 100000)')"
shut require:many_parts 'requires' "$(require '"cuda>=999" + (".9" * 50000)')"
shut require:many_alternatives 'requires' "$(require '"cuda>=99 " * 12000')"
shut require:many_conditions 'requires' "$(require '("cuda>=1," * 12000) + "cuda>=99"')"
shut require:nested 'this is no requirement' "$(require '("(" * 50000) + "cuda>=1" + (")" * 50000)')"
shut require:many_variables 'requires' "$asks | .process.env += ([range(3000) |
	\"NVIDIA_REQUIRE_\(.)=cuda>=1\"] + [\"NVIDIA_REQUIRE_Z=cuda>=99\"])"

# --- CDI names ----------------------------------------------------------------------------------

for name in 9 -1 0:0 '../0' '' "${uuid}x" MIG-0 '*' '0\u001b[2J'; do
	shut "cdi:$name" 'GPU' ".annotations[\"cdi.k8s.io/x\"] = \"nvidia.com/gpu=$name\""
done
shut cdi:a_million_names 'GPU `9`' \
	'.annotations["cdi.k8s.io/x"] = ("nvidia.com/gpu=0," * 900000) + "nvidia.com/gpu=9"'
is cdi:other_kinds_are_none "$(gpu_run '.annotations["cdi.k8s.io/x"] =
	"nvidia.com/gpux=0,xnvidia.com/gpu=0,nvidia.com/GPU=0,nvidia.com/mig=0"' "$nodes")" ''

# --- limits ---------------------------------------------------------------------------------------

# limits_of FILTER: what the module has for a container by that.
limits_of() {
	local dir

	back
	bundle "$1" true
	fresh
	gpu_oci create --bundle "$bundle" "$id" </dev/null >"$work/said" 2>&1 || cat "$work/said"
	dir=/sys/kernel/ghostnv/containers/$(comm -13 <(echo "$before") <(containers))
	cat "$dir/vram.max" "$dir/gpu0/gpu.weight" "$dir/gpu0/gpu.max" | xargs
	oci delete --force "$id"
}
granted="$(annotate gpus 0) | $(annotate vram.max 64M) | $(annotate gpu.weight 50) | $(annotate gpu.max 20%)"
given=$(limits_of "$granted")
echo "# $given"
is env:annotations_hold "$given" '67108864 50 20000 100000'
for more in GHOSTNV_VRAM_MAX=max GHOSTNV_VRAM_MAX=0=max GHOSTNV_VRAM_MAX=0=1G,1G \
	GHOSTNV_GPU_WEIGHT=10000 GHOSTNV_GPU_WEIGHT=0=10000,1=10000 GHOSTNV_GPU_MAX=max \
	GHOSTNV_GPU_MAX=0=100% GHOSTNV_GPU_MAX=1000000/1000000; do
	is "env:does_not_raise:$more" "$(limits_of "$granted | $(env "$more")")" "$given"
done
for value in VRAM_MAX=18446744073709551616 VRAM_MAX=-1 VRAM_MAX=1GG 'VRAM_MAX=1G\n' GPU_WEIGHT=0 \
	GPU_MAX=101% VRAM_HIGH=64=1 OOM_POLICY=magic OOM_PRIORITY=-1; do
	shut "env:$value" "GHOSTNV_${value%%=*}" "$granted | $(env "GHOSTNV_$value")"
done
shut env:too_many 'GHOSTNV_' "$granted | .process.env += [\"GHOSTNV_GPU_WEIGHT=\" + (\"0=1,\" * 5000) + \"0=1\"]"
# The last of the same name, as all that reads JSON has it; and never a mean of both.
is annotations:of_two_the_last "$(limits_of "$granted | $(annotate vram.max 128M,64M)")" "$given"

ok life:nothing_is_registered back
is life:nothing_is_left "$(leftovers)" ''
tap_end
