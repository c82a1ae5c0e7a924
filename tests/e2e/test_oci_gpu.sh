#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The OCI face with GPUs: what comes into the container, limits by annotations that hold,
# and that nothing is left of containers however they end. The driver is made here, of files
# that have the simulated one's version.
# timeout: 300
# kernels: uml

set -u
# shellcheck source=tests/oci/lib.sh
. "$(dirname "$0")/../oci/lib.sh"
# shellcheck source=tests/e2e/lib/oci_gpu.sh
. "$(dirname "$0")/lib/oci_gpu.sh"

overhead=$(ghostnv-container version --format json | jq .context_overhead_bytes)
MiB=$((1 << 20))
make_driver

client=$(client rmclient)

used() {
	ghostnv-container devices --format json | jq '[.[].vram_used_bytes] | add'
}

value() {
	sed -n "s/.*\b$1=\([^ ]*\).*/\1/p"
}

used_before=$(used)
env='.process.env += ["NVIDIA_VISIBLE_DEVICES=%s"]'
# shellcheck disable=SC2059
asks() {
	printf "$env" "$1"
}
nodes='ls /dev | grep nvidia | xargs'

# --- what comes in ------------------------------------------------------------------------

is gpu:none_by_itself "$(gpu_run . "$nodes")" ''
is gpu:nodes_by_env "$(gpu_run "$(asks 0)" "$nodes")" 'nvidia-uvm nvidia0 nvidiactl'
is gpu:nodes_by_annotation "$(gpu_run "$(annotate gpus 0)" "$nodes")" \
	'nvidia-uvm nvidia0 nvidiactl'
is gpu:nodes_by_cdi "$(gpu_run '.annotations["cdi.k8s.io/x"] = "nvidia.com/gpu=0"' "$nodes")" \
	'nvidia-uvm nvidia0 nvidiactl'
is gpu:files_alone "$(gpu_run "$(asks none)" "$nodes; nvidia-smi -L" | xargs)" \
	'nvidia-uvm nvidiactl smi -L'
is gpu:libraries "$(gpu_run "$(asks all)" "cd $lib && ls | xargs")" \
	"libcuda.so libcuda.so.1 libcuda.so.$version libnvidia-ml.so.1 libnvidia-ml.so.$version"
is gpu:read_only_mounts "$(gpu_run "$(asks all)" \
	"grep -E 'libcuda|nvidia-smi' /proc/self/mountinfo | cut -d ' ' -f 6 |
		grep -c '^ro,nosuid,nodev'")" 2
is gpu:capabilities "$(gpu_run "$(asks all) | .process.env += [\"NVIDIA_DRIVER_CAPABILITIES=utility\"]" \
	"$nodes")" 'nvidia0 nvidia1 nvidiactl'
is gpu:proc_shows_what_is_granted "$(gpu_run "$(asks 0)" 'ls /proc/driver/nvidia/gpus | wc -l')" 1
is gpu:proc_cannot_be_written "$(gpu_run "$(asks 0)" \
	'grep -c "ModifyDeviceFiles: 0" /proc/driver/nvidia/params')" 1
ok gpu:unknown_gpu says 'GPU `9`' gpu_run "$(asks 9)" true
ok gpu:not_granted says 'not granted' gpu_run "$(annotate gpus none) |
	.annotations[\"cdi.k8s.io/x\"] = \"nvidia.com/gpu=0\"" true
ok gpu:requirement says 'requires `cuda>=99`' \
	gpu_run "$(asks all) | .process.env += [\"NVIDIA_REQUIRE_CUDA=cuda>=99\"]" true

outside=$work/outside
mkdir "$outside"
echo untouched >"$outside/victim"
rm -f "$rootfs$lib/libcuda.so.$version"
ln -s "$outside/victim" "$rootfs$lib/libcuda.so.$version"
ok gpu:link_in_place_of_a_library gpu_run "$(asks 0)" true
is gpu:link_is_not_followed "$(cat "$outside/victim")" untouched

# --- the loader's cache (CVE-2025-23267) --------------------------------------------------------
#
# The image brings an old libcuda, which its cache names, and an ldconfig of its own. NVIDIA's
# hook ran ldconfig in the container's root, and links there led to files of the host's.

mkdir -p "$rootfs/opt/old" "$rootfs/sbin"
cp "$driver$lib/libcuda.so.$version" "$rootfs/opt/old/libcuda.so.1"
echo /opt/old >"$rootfs/etc/ld.so.conf"
ldconfig -r "$rootfs"
cp "$rootfs/etc/ld.so.cache" "$work/image.cache"
for path in bin/ldconfig sbin/ldconfig sbin/ldconfig.real; do
	printf '#!/bin/sh\necho ran >/ldconfig.ran\n' >"$rootfs/$path"
	chmod 755 "$rootfs/$path"
done

# cached: what the cache says of libcuda.so.1.
cached() {
	ldconfig -p -C "$1" | sed -n 's/^\tlibcuda.so.1 .*=> //p'
}

cache_inside() {
	gpu_run "$(asks 0)" 'cat /etc/ld.so.cache' >"$work/inside.cache"
	cached "$work/inside.cache"
}

untouched() {
	[ "$(cat "$outside/victim") $(stat -c '%i %Y %s' "$outside/victim")" = "$victim" ] &&
		[ "$(ls "$outside")" = victim ] && [ ! -e "$rootfs/ldconfig.ran" ]
}

victim="$(cat "$outside/victim") $(stat -c '%i %Y %s' "$outside/victim")"
is CVE-2025-23267:the_images_cache_names_its_own "$(cached "$work/image.cache")" \
	/opt/old/libcuda.so.1
is CVE-2025-23267:ours_is_in_its_place "$(cache_inside)" "$lib/libcuda.so.1"
ok CVE-2025-23267:ldconfig_is_not_run untouched
for target in "$outside/victim" "../../..$outside/victim" "$outside/new"; do
	ln -sfn "$target" "$rootfs/etc/ld.so.cache"
	ok "CVE-2025-23267:link_to_${target#"$work"}" gpu_run "$(asks 0)" true
	ok "CVE-2025-23267:link_to_${target#"$work"}_is_not_followed" untouched
done
# One that it cannot replace by a file.
rm -f "$rootfs/etc/ld.so.cache"
mkdir "$rootfs/etc/ld.so.cache"
gpu_run "$(asks 0)" true >/dev/null 2>&1
ok CVE-2025-23267:directory untouched
rmdir "$rootfs/etc/ld.so.cache"
mv "$rootfs/etc" "$rootfs/etc.real"
for target in "$outside" "../../..$outside"; do
	ln -sfn "$target" "$rootfs/etc"
	gpu_run "$(asks 0)" true >/dev/null 2>&1
	ok "CVE-2025-23267:etc_is_a_link_to_${target#"$work"}" untouched
done
rm -f "$rootfs/etc"
mv "$rootfs/etc.real" "$rootfs/etc"
# What is exchanged while it is put: tests/e2e/test_oci_gpu_exchanges.sh.

# Two at once in the same root file system, from which all that was put is taken before.
at_once() {
	local i one other

	bundle "$(asks 0)" true
	for i in 1 2; do
		rm -rf "${rootfs:?}$lib" "$rootfs/usr/bin/nvidia-smi"
		mkdir -p "$rootfs$lib"
		fresh && gpu_oci run --bundle "$bundle" "$id" </dev/null &
		one=$!
		fresh && fresh && gpu_oci run --bundle "$bundle" "$id" </dev/null &
		other=$!
		wait $one && wait $other || return 1
	done
}
ok gpu:two_at_once at_once
is gpu:nothing_half_written_is_left "$(find "$rootfs" -name '.ghostnv.*' | wc -l)" 0

# --- limits -----------------------------------------------------------------------------------

fill() {
	gpu_run "$1 | $client" 'rmclient --chunk=1M --min-chunk=4K fill' | value bytes
}

is limits:vram_max "$(fill "$(annotate vram.max 256M)")" $((256 * MiB - overhead))
is limits:env_lowers "$(fill "$(annotate vram.max 256M) |
	.process.env += [\"GHOSTNV_VRAM_MAX=128M\"]")" $((128 * MiB - overhead))
is limits:env_does_not_raise "$(fill "$(annotate vram.max 128M) |
	.process.env += [\"GHOSTNV_VRAM_MAX=256M\"]")" $((128 * MiB - overhead))
administrator '.limits = {"vram.max": "64M"}'
is limits:of_the_administrator "$(fill "$(asks all)")" $((64 * MiB - overhead))
is limits:annotation_goes_before "$(fill "$(annotate vram.max 128M)")" $((128 * MiB - overhead))
administrator 'del(.limits)'
ok limits:guarantee_above_the_limit says dev.ghostnv/vram.low \
	gpu_run "$(annotate vram.max 64M) | $(annotate vram.low 128M)" true

# priority FILTER: the class of a container whose environment asks for it.
priority() {
	back
	bundle "$(asks 0) | .process.env += [\"GHOSTNV_REALTIME_PRIORITY=high\"] | $1" true
	fresh
	gpu_oci create --bundle "$bundle" "$id" </dev/null >/dev/null 2>&1
	cat "/sys/kernel/ghostnv/containers/$(comm -13 <(echo "$before") <(containers))/gpu.latency"
	oci delete --force "$id"
}
is limits:priority_is_not_granted "$(priority .)" 0
jq '.realtimePriority = true' "$work/config.json" >"$work/new"
mv "$work/new" "$work/config.json"
is limits:priority_is_granted "$(priority .)" 1
is limits:priority_is_not_above_annotations "$(priority "$(annotate gpu.latency off)")" 0

# --- life -------------------------------------------------------------------------------------

ok life:nothing_is_left_of_those back
ids=()
for size in 64M 128M; do
	bundle "$(annotate vram.max $size) | $client" 'rmclient --chunk=1M --min-chunk=4K fill >/tmp/fill; exec sleep 1000'
	fresh
	ids+=("$id")
	gpu_oci create --bundle "$bundle" "$id" </dev/null >"$work/out" 2>&1
done
is life:registered_before_the_start "$(($(containers | wc -w) - $(wc -w <<<"$before")))" 2
oci start "${ids[0]}"
oci start "${ids[1]}"
oci kill "${ids[0]}" KILL
stopped "${ids[0]}"
oci delete "${ids[0]}"
ok life:delete_force oci delete --force "${ids[1]}"
ok life:nothing_is_registered back
is life:nothing_is_charged "$(used)" "$used_before"
ok life:what_failed_is_undone refused gpu_run "$(annotate vram.max 64M) |
	.process.args = [\"/no/such\"]" true
ok life:nothing_is_registered_of_it back

# The runtime is killed at some moment of create; then it is deleted.
bundle "$(annotate vram.max 64M)" 'exec sleep 1000'
for i in $(seq 20); do
	fresh
	"$RUNTIME" --root "$work/state" --gpu-config "$work/config.json" create \
		--bundle "$bundle" "$id" </dev/null >/dev/null 2>&1 &
	runtime=$! # below, the process of <(:) is the last one
	read -rt "$(printf 0.%03d $((i * 5)))" <> <(:) || :
	kill -9 "$runtime" 2>/dev/null
	wait "$runtime" 2>/dev/null
	oci delete --force "$id" >/dev/null 2>&1
done
ok life:nothing_is_left_of_the_killed back

tap_end
