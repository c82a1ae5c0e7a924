#!/bin/bash
# SPDX-License-Identifier: MIT
#
# NVIDIA's driver files in GPU containers: which ones come in by which capability,
# that the image's own loader finds them, and images that are made to misdirect them.
# The driver is made here, of small libraries that have the simulated one's version.
# timeout: 400
#
# Programs for the inside stand in single quotes.
# shellcheck disable=SC2016

set -u
# shellcheck source=tests/e2e/lib/tap.sh
. "$(dirname "$0")/lib/tap.sh"
# shellcheck source=tests/e2e/lib/container.sh
. "$(dirname "$0")/lib/container.sh"

version=$(ghostnv-container version --format json | jq -r .driver)
lib=/usr/lib/x86_64-linux-gnu
driver=$work/driver

# library FILE SONAME NUMBER: its cuInit() gives the number
library() {
	mkdir -p "$(dirname "$1")"
	echo "int cuInit(void); int cuInit(void) { return $3; }" |
		gcc -shared -fPIC -nostdlib -Wl,-soname,"$2" -x c - -o "$1"
}

library "$driver$lib/libcuda.so.$version" libcuda.so.1 42
cp "$driver$lib/libcuda.so.$version" "$driver$lib/libnvidia-ml.so.$version"
cp "$driver$lib/libcuda.so.$version" "$driver$lib/libnvidia-encode.so.$version"
cp "$driver$lib/libcuda.so.$version" "$driver$lib/libnvidia-cfg.so.1.2.3"
for name in cuda nvidia-ml nvidia-encode; do
	ln -s "lib$name.so.$version" "$driver$lib/lib$name.so.1"
done
mkdir -p "$driver/usr/bin" "$driver/lib/firmware/nvidia/$version" "$driver/etc"
printf '#!/bin/sh\necho smi "$@"\n' >"$driver/usr/bin/nvidia-smi"
chmod 4755 "$driver/usr/bin/nvidia-smi"
echo firmware >"$driver/lib/firmware/nvidia/$version/gsp_ga10x.bin"

# A program that wants libcuda, and what it needs to run.
echo 'int cuInit(void); int main(void) { return cuInit(); }' |
	gcc -x c - -x none "$driver$lib/libcuda.so.$version" -o "$work/cuda"
image_of() {
	local tool

	mkdir -p "$1"/{bin,dev,etc,lib64,proc,sys,tmp,usr/bin} "$1$lib"
	cp "$(command -v busybox)" "$1/bin/busybox"
	for tool in cat cp grep head ls mv sh stat test touch true; do
		ln -s busybox "$1/bin/$tool"
	done
	echo 'root:x:0:0::/:/bin/sh' >"$1/etc/passwd"
	cp "$work/cuda" "$1/bin/cuda"
	cp /lib64/ld-linux-x86-64.so.2 "$1/lib64"
	cp /lib/x86_64-linux-gnu/libc.so.6 "$1$lib"
}
image=$work/image
image_of "$image"
listing() {
	find "$image" | sort
}
listing >"$work/before"
before=$(traces)

# gpu_run [OPTION...] -- COMMAND...: in $image, with the driver made here.
gpu_run() {
	local options=()

	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	run --rm --gpu-devices 0 --driver-root "$driver" "${options[@]}" "$image" "$@"
}

# What there is of the driver, by name.
names='cd /usr/lib/x86_64-linux-gnu && ls | grep -E "cuda|nvidia"; cd /usr/bin && ls'

# --- what comes in ------------------------------------------------------------------

is driver:usual "$(gpu_run -- sh -c "$names" | xargs)" \
	"libcuda.so libcuda.so.1 libcuda.so.$version libnvidia-ml.so.1 libnvidia-ml.so.$version nvidia-smi"
is driver:utility_alone "$(gpu_run --driver-capabilities utility -- sh -c "$names" | xargs)" \
	"libnvidia-ml.so.1 libnvidia-ml.so.$version nvidia-smi"
is driver:video "$(gpu_run --driver-capabilities video -- sh -c "$names" | xargs)" \
	"libnvidia-encode.so.1 libnvidia-encode.so.$version"
is driver:none "$(gpu_run --driver-capabilities none -- sh -c "$names" | xargs)" ''
is driver:nodes_of_compute "$(gpu_run -- sh -c 'ls /dev | grep nvidia' | xargs)" \
	'nvidia-uvm nvidia0 nvidiactl'
is driver:nodes_of_utility "$(gpu_run --driver-capabilities utility -- \
	sh -c 'ls /dev | grep nvidia' | xargs)" 'nvidia0 nvidiactl'
is driver:firmware "$(gpu_run -- cat "/lib/firmware/nvidia/$version/gsp_ga10x.bin")" firmware
is driver:program_runs "$(gpu_run -- nvidia-smi -L)" 'smi -L'
is driver:nothing_without_a_gpu "$(run --rm --driver-root "$driver" "$image" sh -c "$names" |
	xargs)" ''
is driver:mounted_read_only "$(gpu_run -- grep -E 'libcuda|nvidia-smi' /proc/self/mountinfo |
	cut -d ' ' -f 6 | grep -cE '^ro,nosuid,nodev')" 2
is driver:cannot_be_written "$(gpu_run -- sh -c \
	"(echo x >$lib/libcuda.so.$version) 2>/dev/null || echo refused")" refused
is driver:volume_covers_it "$(gpu_run -v "$image/etc/passwd:/usr/bin/nvidia-smi" -- \
	head -n 1 /usr/bin/nvidia-smi)" "$(head -n 1 "$image/etc/passwd")"
ok driver:unknown_capability one_line_error 2 '`magic`' gpu_run --driver-capabilities magic -- true
ok driver:missing_root one_line_error 1 "driver root \`$work/none\`" \
	run --rm --gpu-devices 0 --driver-root "$work/none" "$image" true
mkdir "$work/empty"
is driver:no_libraries_is_said "$(run --rm --gpu-devices 0 --driver-root "$work/empty" \
	"$image" true 2>&1 | grep -c "no libraries of the driver $version")" 1

# --- the loader ---------------------------------------------------------------------

# call [OPTION...]: the status is what libcuda's function gives
call() {
	local rc=0

	gpu_run "$@" -- cuda || rc=$?
	echo $rc
}

is driver:found_without_a_cache "$(call)" 42
is driver:found_in_a_read_only_root "$(call --read-only)" 42
is driver:not_found_without_compute "$(call --driver-capabilities utility 2>/dev/null)" 127
# An image with an old libcuda that its cache names.
library "$image/opt/old/libcuda.so.1" libcuda.so.1 7
echo /opt/old >"$image/etc/ld.so.conf"
ldconfig -r "$image"
is driver:images_own_is_found_without_ours "$(call --driver-capabilities none)" 7
is driver:ours_goes_before_the_images "$(call)" 42
is driver:cache_of_the_image_is_kept "$(gpu_run -- grep -c /lib/x86_64-linux-gnu/libc.so.6 \
	/etc/ld.so.cache)" 1
is driver:cache_is_a_plain_file "$(gpu_run -- stat -c '%F %a %u' /etc/ld.so.cache)" \
	'regular file 644 0'
is driver:cache_can_be_replaced "$(gpu_run -- sh -c \
	'cd /etc && cp ld.so.cache new && mv new ld.so.cache && echo done')" 'done'
rm -r "$image/opt" "$image/etc/ld.so.conf" "$image/etc/ld.so.cache"
rm -rf "${image:?}/var"

# Where Fedora has them; the loader is told by the cache.
other=$work/fedora
image_of "$other"
mkdir -p "$other/usr/lib64"
mv "$other$lib/libc.so.6" "$other/usr/lib64"
rmdir "$other$lib"
echo /usr/lib64 >"$other/etc/ld.so.conf"
ldconfig -r "$other"
rc=0
run --rm --gpu-devices 0 --driver-root "$driver" "$other" cuda || rc=$?
is driver:found_in_lib64 "$rc" 42

# --- user namespaces ------------------------------------------------------------------

# Where owners cannot be mapped, nobody can write to the image's folders.
if run --rm --userns "$image" touch /usr/bin/x 2>/dev/null; then
	is driver:in_a_user_namespace "$(call --userns)" 42
else
	skip driver:in_a_user_namespace 'owners of files cannot be mapped on this file system'
	ok driver:unmapped_owners_are_told_of one_line_error 1 'into the image' \
		gpu_run --userns -- true
fi

# --- what an image's environment can do -----------------------------------------------

chosen() {
	run --rm --driver-root "$driver" "$@" "$image" sh -c \
		'ls /dev | grep "nvidia[0-9c]"; ls /usr/bin' 2>/dev/null | xargs
}

is driver:env_all_is_what_is_granted \
	"$(chosen --gpu-devices 0 -e NVIDIA_VISIBLE_DEVICES=all)" 'nvidia0 nvidiactl nvidia-smi'
is driver:env_adds_no_gpu "$(chosen --gpu-devices 0 -e NVIDIA_VISIBLE_DEVICES=0,1)" \
	'nvidia0 nvidiactl nvidia-smi'
is driver:env_without_a_grant "$(chosen -e NVIDIA_VISIBLE_DEVICES=all)" ''
is driver:env_chooses "$(chosen --gpu-devices 0,1 -e NVIDIA_VISIBLE_DEVICES=1)" \
	'nvidia1 nvidiactl nvidia-smi'
is driver:env_none "$(chosen --gpu-devices 0,1 -e NVIDIA_VISIBLE_DEVICES=none)" \
	'nvidiactl nvidia-smi'
is driver:env_void "$(chosen --gpu-devices 0,1 -e NVIDIA_VISIBLE_DEVICES=void)" ''
is driver:env_not_granted_is_said "$(gpu_run -e NVIDIA_VISIBLE_DEVICES=1 -- true 2>&1 |
	grep -c 'GPUs that are not granted')" 1
ok driver:env_no_such_gpu one_line_error 1 'NVIDIA_VISIBLE_DEVICES: GPU `9`' \
	gpu_run -e NVIDIA_VISIBLE_DEVICES=9 -- true
is driver:env_fewer_capabilities "$(gpu_run -e NVIDIA_DRIVER_CAPABILITIES=utility -- \
	sh -c "$names" | grep -c cuda)" 0
is driver:env_no_more_capabilities "$(gpu_run -e NVIDIA_DRIVER_CAPABILITIES=all -- \
	sh -c "$names" | grep -c encode)" 0
ok driver:env_unknown_capability one_line_error 1 NVIDIA_DRIVER_CAPABILITIES \
	gpu_run -e NVIDIA_DRIVER_CAPABILITIES=magic -- true
ok driver:env_requirement_holds gpu_run -e 'NVIDIA_REQUIRE_CUDA=cuda>=12.0' \
	-e 'NVIDIA_REQUIRE_ARCH=arch>=8.9,brand=geforcertx' -- true
ok driver:env_requirement_fails one_line_error 1 'requires `cuda>=99`' \
	gpu_run -e 'NVIDIA_REQUIRE_CUDA=cuda>=99' -- true
ok driver:env_requirement_off gpu_run -e 'NVIDIA_REQUIRE_CUDA=cuda>=99' \
	-e NVIDIA_DISABLE_REQUIRE=1 -- true

# The same from an image's own configuration.
archive() {
	local dir=$work/archive layer config

	mkdir -p "$dir"
	tar -C "$image" -cf "$dir/layer.tar" .
	layer=$(sha256sum "$dir/layer.tar" | cut -d ' ' -f 1)
	jq -n --arg layer "sha256:$layer" '{os: "linux", config: {Env: $ARGS.positional},
		rootfs: {type: "layers", diff_ids: [$layer]}}' --args "$@" >"$dir/config"
	config=$(sha256sum "$dir/config" | cut -d ' ' -f 1).json
	mv "$dir/config" "$dir/$config"
	echo "[{\"Config\": \"$config\", \"RepoTags\": [\"a:b\"], \"Layers\": [\"layer.tar\"]}]" \
		>"$dir/manifest.json"
	tar -C "$dir" -cf "$work/archive.tar" .
	rm -r "$dir"
}
archive NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=all \
	'NVIDIA_REQUIRE_CUDA=cuda>=12.0 brand=tesla'
archived() {
	run --rm --driver-root "$driver" "$@" "$work/archive.tar" sh -c "ls /dev; $names" |
		grep -E 'nvidia[0-9]|encode|ml.so.1' | xargs
}
is driver:image_adds_nothing "$(archived --gpu-devices 1)" 'nvidia1 libnvidia-ml.so.1'
is driver:image_grants_nothing "$(archived)" ''
is driver:operator_adds "$(archived --gpu-devices 1 --driver-capabilities all)" \
	"nvidia1 libnvidia-encode.so.1 libnvidia-encode.so.$version libnvidia-ml.so.1"
archive 'NVIDIA_REQUIRE_CUDA=cuda>=99.0'
ok driver:image_requires one_line_error 1 'requires `cuda>=99.0`' \
	run --rm --gpu-devices 1 "$work/archive.tar" true

# --- sockets ------------------------------------------------------------------------

mkdir -p "$driver/tmp/nvidia-mps"
is driver:no_sockets_by_itself "$(gpu_run -- sh -c '[ -e /tmp/nvidia-mps ] || echo none')" none
ok driver:sockets_on_demand gpu_run --driver-sockets -- test -d /tmp/nvidia-mps

# --- hostile images -----------------------------------------------------------------

cmp -s <(listing) "$work/before"
is driver:image_is_not_written $? 0
rm -rf "$image"

outside=$work/outside
mkdir "$outside"
echo untouched >"$outside/victim"
cp /etc/ld.so.cache "$outside/cache"
ls -lR "$outside" >"$work/outside_before"

# hostile NAME WANTED [COMMAND...]: the image as it is now; what WANTED says is its
# status, or "refused" for an error of ours that names a path in the image.
hostile() {
	local name=$1 wanted=$2 rc=0 out

	shift 2
	out=$(timeout 60 ghostnv-container run --rm --gpu-devices 0 --driver-root "$driver" \
		"$image" "${@:-cuda}" 2>&1) || rc=$?
	[[ $rc != 1 || $out != *'into the image'* ]] || rc=refused
	is "driver:hostile_$name" "$rc" "$wanted"
	rm -rf "$image"
}

image_of "$image"
ln -s "$outside/victim" "$image$lib/libcuda.so.$version"
ln -s "$outside/victim" "$image$lib/libcuda.so.1"
ln -s "../../../../../../../../../..$outside/victim" "$image/usr/bin/nvidia-smi"
hostile links_in_place_of_libraries 42

image_of "$image"
mv "$image/usr/lib" "$image/moved"
ln -s "$outside" "$image/usr/lib"
ln -s "$outside" "$image/usr/lib64"
hostile folder_links_away refused true

image_of "$image"
mv "$image/usr/lib" "$image/moved"
ln -s ../../../../../moved "$image/usr/lib"
hostile folder_links_within 42

image_of "$image"
rm -r "${image:?}/usr/bin"
ln -s /proc/self/root/proc "$image/usr/bin"
hostile folder_links_to_proc refused true

image_of "$image"
rm -r "${image:?}/usr/bin"
ln -s /dev "$image/usr/bin"
hostile folder_links_to_dev 42

image_of "$image"
mkdir "$image$lib/libcuda.so.$version"
hostile library_is_a_folder refused true

image_of "$image"
mkfifo "$image/etc/ld.so.cache" "$image$lib/libcuda.so.$version"
hostile pipes 0 true

image_of "$image"
ln -s "$outside/cache" "$image/etc/ld.so.cache"
hostile cache_links_away 42

image_of "$image"
ln -s ld.so.cache "$image/etc/ld.so.cache"
hostile cache_links_to_itself 42

image_of "$image"
mkdir "$image/etc/ld.so.cache"
hostile cache_is_a_folder 42

image_of "$image"
truncate -s 1T "$image/etc/ld.so.cache" 2>/dev/null || truncate -s 1G "$image/etc/ld.so.cache"
hostile cache_is_huge 0 true

image_of "$image"
ldconfig -r "$image"
mv "$image/etc/ld.so.cache" "$image/cache"
rm -r "${image:?}/etc"
ln -s "$outside" "$image/etc"
hostile etc_links_away 0 true

is driver:nothing_outside_was_touched "$(ls -lR "$outside")" "$(<"$work/outside_before")"
is driver:victim "$(<"$outside/victim")" untouched
is driver:nothing_is_left "$(traces)" "$before"
ghostnv-container prune >/dev/null
tap_end
