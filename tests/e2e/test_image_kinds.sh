#!/bin/bash
# SPDX-License-Identifier: MIT
#
# ghostnv-container run of every kind of image, and of what is no image.

set -u
# shellcheck source=tests/e2e/lib/tap.sh
. "$(dirname "$0")/lib/tap.sh"
# shellcheck source=tests/e2e/lib/container.sh
. "$(dirname "$0")/lib/container.sh"

store=/var/lib/ghostnv/store

digest() {
	sha256sum "$1" | cut -d ' ' -f 1
}

# blob LAYOUT FILE: takes FILE in; its digest
blob() {
	local sum

	sum=$(digest "$2")
	mkdir -p "$1/blobs/sha256"
	cp "$2" "$1/blobs/sha256/$sum"
	echo "$sum"
}

# descriptor TYPE LAYOUT DIGEST
descriptor() {
	printf '{"mediaType":"application/vnd.oci.image.%s","digest":"sha256:%s","size":%d}' \
		"$1" "$3" "$(stat -c %s "$2/blobs/sha256/$3")"
}

# layout LAYOUT NAME TAR...: adds an image of these layers, which are compressed
layout() {
	local layout=$1 name=$2 ids='' layers='' tar config manifest

	shift 2
	for tar; do
		ids+=${ids:+,}\"sha256:$(digest "$tar")\"
		gzip -nc "$tar" >"$work/blob"
		layers+=${layers:+,}$(descriptor layer.v1.tar+gzip "$layout" \
			"$(blob "$layout" "$work/blob")")
	done
	cat >"$work/config" <<-END
		{"os": "linux", "architecture": "amd64",
		 "config": {"Env": ["FROM=image"], "WorkingDir": "/etc", "User": "joe",
		            "Entrypoint": ["/bin/sh", "-c"], "Cmd": ["echo \$FROM; pwd; id -u"]},
		 "rootfs": {"type": "layers", "diff_ids": [$ids]}}
	END
	config=$(blob "$layout" "$work/config")
	echo "{\"schemaVersion\": 2, \"layers\": [$layers],
		\"config\": $(descriptor config.v1+json "$layout" "$config")}" >"$work/manifest"
	manifest=$(blob "$layout" "$work/manifest")
	[ -e "$layout/index.json" ] ||
		echo '{"schemaVersion": 2, "manifests": []}' >"$layout/index.json"
	jq -c --arg name "$name" --argjson item "$(descriptor manifest.v1+json "$layout" "$manifest")" \
		'.manifests += [$item + {annotations: {"org.opencontainers.image.ref.name": $name}}]' \
		"$layout/index.json" >"$work/index"
	mv "$work/index" "$layout/index.json"
	echo '{"imageLayoutVersion": "1.0.0"}' >"$layout/oci-layout"
}

# docker_archive FILE NAME TAR: as `docker save` writes it
docker_archive() {
	local dir=$work/docker config

	rm -rf "$dir"
	mkdir -p "$dir/one"
	cp "$3" "$dir/one/layer.tar"
	echo "{\"os\": \"linux\", \"rootfs\":
		{\"type\": \"layers\", \"diff_ids\": [\"sha256:$(digest "$3")\"]}}" >"$dir/config"
	config=$(digest "$dir/config").json
	mv "$dir/config" "$dir/$config"
	echo "[{\"Config\": \"$config\", \"RepoTags\": [\"$2\"], \"Layers\": [\"one/layer.tar\"]}]" \
		>"$dir/manifest.json"
	tar -C "$dir" -cf "$1" .
}

# A layer above the root directory: a file goes, one comes, one changes; a device.
mkdir -p "$work/top/etc" "$work/top/odd"
touch "$work/top/etc/.wh.group"
echo two >"$work/top/etc/new"
mknod -m 666 "$work/top/odd/null" c 1 3
tar -C "$rootfs" -cf "$work/base.tar" .
tar -C "$work/top" -cf "$work/top.tar" etc odd
layout "$work/layout" base "$work/base.tar"
layout "$work/layout" two "$work/base.tar" "$work/top.tar"
tar -C "$work/layout" -cf "$work/layout.tar" .
docker_archive "$work/docker.tar" example/base:1 "$work/base.tar"

before=$(traces)

# --- every kind ---------------------------------------------------------------------

is 'image:layout' "$(run --rm "$work/layout:base" 'cat passwd | head -n 1')" \
	'root:x:0:0::/root:/bin/sh'
is 'image:layers_are_shared' "$(run --rm "$work/layout:two" 'cat new' 2>&1 | xargs)" \
	"$(printf 'ghostnv-container: run: unpacking layer 2/2 (%s) two' "$(
		numfmt --to=iec-i --suffix=B "$(gzip -nc "$work/top.tar" | wc -c)"
	)")"
is 'image:whiteout' "$(run --rm "$work/layout:two" 'ls new group 2>/dev/null')" new
is 'image:configuration' "$(run --rm "$work/layout:base" | xargs)" 'image /etc 1000'
is 'image:configuration_is_overruled' \
	"$(run --rm -e FROM=user -w / -u 0 "$work/layout:base" | xargs)" 'user / 0'
is 'image:archive_of_a_layout' "$(run --rm "$work/layout.tar:two" 'cat new')" two
is 'image:docker_archive' "$(run --rm "$work/docker.tar" /bin/sh -c 'cat /etc/group' | wc -l)" 3
is 'image:docker_archive_by_name' \
	"$(run --rm "$work/docker.tar:example/base:1" /bin/echo x)" x
is 'image:unpacked_once' "$(find $store/layers/sha256 -mindepth 1 -maxdepth 1 | wc -l)" 2
is 'image:root_directory' "$(run --rm "$rootfs" cat /etc/group | wc -l)" 3

# --- what it is kept from -----------------------------------------------------------

# shellcheck disable=SC2016
is 'image:devices_of_an_image_are_dead' "$(run --rm -u 0 "$work/layout:two" \
	'ls /odd; cat /odd/null 2>/dev/null || echo $?' | xargs)" 'null 1'
run --rm -u 0 "$work/layout:two" 'rm /bin/text /etc/new; echo x >/x'
is 'image:layers_are_not_written' \
	"$(run --rm "$work/layout:two" 'ls /bin/text /etc/new /x 2>/dev/null | xargs')" \
	'/bin/text /etc/new'

# --- four at once, of layers that nobody has unpacked yet -----------------------------

cp -a "$rootfs" "$work/other"
echo fresh >"$work/other/etc/fresh"
tar -C "$work/other" -cf "$work/other.tar" .
layout "$work/fresh" a "$work/other.tar" "$work/top.tar"
four() {
	local i pids=() rc=0

	for i in 1 2 3 4; do
		run --rm "$work/fresh:a" 'cat fresh new' >"$work/four.$i" &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i" || rc=1
	done
	cat "$work"/four.?
	[ "$rc" = 0 ] && [ "$(cat "$work"/four.? | xargs)" = \
		'fresh two fresh two fresh two fresh two' ]
}
ok 'image:four_at_once' four

# --- layers that nobody needs ---------------------------------------------------------

count_layers() { find $store/layers/sha256 -mindepth 1 -maxdepth 1 | wc -l; }
hold user "$work/user" ghostnv-container run --rm "$work/layout:base" 'echo ready=1; cat'
is 'prune:what_is_used_stays' "$(ghostnv-container prune --format json | jq .layers) $(count_layers)" \
	'2 1'
ok 'prune:what_is_used_works' release user
is 'prune:the_rest' "$(ghostnv-container prune --format json | jq .layers) $(count_layers)" '1 0'
is 'prune:unpacked_again' "$(run --rm "$work/layout:two" 'cat new' 2>/dev/null)" two

# --- what is no image ---------------------------------------------------------------

cp -r "$work/layout" "$work/damaged"
for file in "$work"/damaged/blobs/sha256/*; do
	printf x | dd of="$file" bs=1 seek=20 conv=notrunc status=none
done
layout "$work/hostile" a "$work/base.tar"
mkdir -p "$work/empty"
echo text >"$work/text"
tar -C "$work" -cf "$work/hostile.tar" --transform 's,^,../../../,' text 2>/dev/null
layout "$work/hostile" bad "$work/hostile.tar"

ok 'image:missing' one_line_error 1 "$work/nothing" run "$work/nothing"
ok 'image:name_is_needed' one_line_error 1 'base, two' run "$work/layout"
# shellcheck disable=SC2016
ok 'image:no_such_name' one_line_error 1 '`three`' run "$work/layout:three"
ok 'image:damaged' one_line_error 1 'its digest is' run "$work/damaged:two"
ok 'image:empty_directory' one_line_error 1 'bin, sbin, usr, etc, lib' run "$work/empty"
ok 'image:text' one_line_error 1 "$work/text" run "$work/text"
ok 'image:archive_of_a_root_directory' one_line_error 1 'manifest.json' run "$work/base.tar"
ok 'image:device' one_line_error 1 'neither a directory nor a regular file' run /dev/zero
# shellcheck disable=SC2016
is 'image:entry_that_leads_out' \
	"$(run "$work/hostile:bad" 2>&1 | grep -c 'its entry `../../../text`: its path has `..`;')" 1

is 'image:nothing_half_done' "$(find $store/tmp -mindepth 1 | wc -l)" 0
is 'image:leaves_nothing' "$(traces)" "$before"
tap_end
