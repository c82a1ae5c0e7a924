#!/bin/bash
# SPDX-License-Identifier: MIT
#
# register and unregister: files of engines, good ones and bad ones. Whether engines take
# them is test_engines.sh's.

set -u
# shellcheck source=tests/oci/lib.sh
. "$(dirname "$0")/lib.sh"

if ! is_ours; then
	skip register:all 'other runtimes have no such command'
	tap_end
	exit
fi

folder=$work/etc
file=$folder/engine.conf
mkdir "$folder"

# register TARGET [OPTION...], unregister TARGET [OPTION...]: in $file.
register() {
	local target=$1

	shift
	oci register --target "$target" --config "$file" --runtime-path /opt/oci "$@"
}
unregister() {
	local target=$1

	shift
	oci unregister --target "$target" --config "$file" "$@"
}

# fresh_file TEXT: $file with that text, and a copy of it.
fresh_file() {
	rm -rf "$folder"
	mkdir "$folder"
	printf %s "$1" >"$file"
	cp "$file" "$work/before"
}

# round NAME TARGET TEXT: there and back again leaves nothing.
round() {
	fresh_file "$3"
	ok "$1:registered" register "$2"
	ok "$1:changed" refused cmp "$file" "$work/before"
	cp "$file" "$work/once"
	ok "$1:again" eval "register $2 | grep 'nothing to change'"
	ok "$1:again_changes_nothing" cmp "$file" "$work/once"
	ok "$1:path_is_changed" eval "register $2 --runtime-path /opt/new && grep /opt/new $file"
	ok "$1:old_one_is_gone" refused grep /opt/oci "$file"
	ok "$1:unregistered" unregister "$2"
	ok "$1:is_as_it_was" cmp "$file" "$work/before"
	ok "$1:nothing_else_is_left" eval "[ \$(ls -A $folder | wc -l) = 1 ]"
}

# bad NAME TARGET TEXT WORDS [OPTION]: refused with WORDS, and untouched.
bad() {
	fresh_file "$3"
	ok "$1:refused" refused register "$2" "${@:5}"
	ok "$1:named" grep -qF "\`$file\`: $4" "$work/refused"
	ok "$1:remedy" grep -q ';' "$work/refused"
	ok "$1:untouched" cmp "$file" "$work/before"
	ok "$1:no_backup" eval "[ \$(ls -A $folder | wc -l) = 1 ]"
}

# --- Docker --------------------------------------------------------------------------------

docker_text='{
  "log-level": "warn",
  "runtimes": {
    "kata": { "path": "/opt/kata", "runtimeArgs": ["\"}"] }
  },
  "x": [1.50, {"runtimes": "}"}]
}'
round docker docker "$docker_text"
round docker_compact docker '{"a":1}'
round docker_other_entry docker '{"runtimes": {"x": {"path": "/x"}}}'
fresh_file "$docker_text"
register docker --set-default >/dev/null
is docker:path "$(jq -r .runtimes.ghostnv.path "$file")" /opt/oci
is docker:default "$(jq -r '."default-runtime"' "$file")" ghostnv
is docker:others "$(jq -c '[.x, .runtimes.kata.path]' "$file")" \
	"$(jq -c '[.x, .runtimes.kata.path]' "$work/before")"
ok docker:default_stays eval "register docker | grep 'nothing to change'"
ok docker:default_is_taken_away unregister docker
ok docker:as_it_was cmp "$file" "$work/before"
fresh_file '{"runtimes": {"a": {"path": "/a"}}, "default-runtime": "a"}'
register docker --set-default >/dev/null
is docker:default_over_another "$(jq -r '."default-runtime"' "$file")" ghostnv
unregister docker >/dev/null
is docker:default_is_the_other_again "$(jq -r '."default-runtime"' "$file")" a
fresh_file '{"runtimes": {"ghostnv": {"path": "/old", "runtimeArgs": ["--debug"]}}}'
register docker >/dev/null
is docker:arguments_stay "$(jq -c .runtimes.ghostnv "$file")" \
	'{"path":"/opt/oci","runtimeArgs":["--debug"]}'
fresh_file ''
ok docker:empty_file register docker
is docker:empty_file_is_filled "$(jq -r .runtimes.ghostnv.path "$file")" /opt/oci
fresh_file '{"runtimes": null}'
ok docker:null register docker
is docker:null_is_replaced "$(jq -r .runtimes.ghostnv.path "$file")" /opt/oci

bad docker_truncated docker $'{\n"a": 1,\n"b": [1' 'line 3: it is not JSON'
bad docker_array docker '[]' 'it is a JSON array'
bad docker_runtimes docker '{"runtimes": ["a"]}' '`runtimes` is a JSON array'
bad docker_entry docker '{"runtimes": {"ghostnv": 1}}' 'runtimes: `ghostnv` is a JSON int'
bad docker_shim docker '{"runtimes": {"ghostnv": {"runtimeType": "x"}}}' \
	'runtimes: `ghostnv` is a shim'
bad docker_twice docker '{"runtimes": {"a": {}}, "runtimes": {"b": {}}}' 'one of `runtimes`'
bad docker_escaped docker '{"\u0072untimes": {"a": {"path": "/a"}}}' 'one of `runtimes`'
bad docker_comment docker $'{\n// no\n}' 'line 2: it is not JSON'
bad docker_latin1 docker $'{\n"a": "\xe4"}' 'line 2: it is no text of UTF-8'
bad docker_huge docker "$(head -c 1100000 /dev/zero | tr '\0' ' ')" 'it has more than 1048576'
fresh_file '{}'
printf '{"a": 1}\0{}' >"$file"
ok docker:nul refused register docker
rm "$file"
mkfifo "$file"
ok docker:fifo refused register docker
rm "$file"
mkdir "$file"
ok docker:directory refused register docker

bad docker_byte_order_mark docker $'\xef\xbb\xbf{}' 'line 1: it begins with a byte order mark'
# Built in, or a shim's: no entry of the file names it.
fresh_file '{"default-runtime": "io.containerd.kata.v2"}'
register docker --set-default >/dev/null
unregister docker >/dev/null
ok docker:default_from_elsewhere_is_so_again cmp "$file" "$work/before"

# --- containerd ----------------------------------------------------------------------------

cri2='plugins."io.containerd.grpc.v1.cri".containerd'
cri3="plugins.'io.containerd.cri.v1.runtime'.containerd"
containerd_text="# mine, ghostnv = 1
version = 2
[$cri2]
  default_runtime_name = \"runc\" # why
  [$cri2.runtimes.runc]
    runtime_type = 'io.containerd.runc.v2'
    [$cri2.runtimes.runc.options]
      SystemdCgroup = true
[a]
b = \"\"\"
[$cri2.runtimes.ghostnv]
\"\"\""
round containerd containerd "$containerd_text
"
round containerd_no_newline containerd "$containerd_text"
round containerd_crlf containerd $'version = 2\r\n[a]\r\nb = 1'
round containerd_comments_only containerd '# nothing
'
fresh_file "$containerd_text"
register containerd >/dev/null
ok containerd:systemd_like_runc eval "[ \$(grep -c 'SystemdCgroup = true' $file) = 2 ]"
ok containerd:annotations grep -q '^pod_annotations = \["dev.ghostnv/\*"\]' "$file"
ok containerd:name eval "register containerd --name other"
is containerd:both "$(grep -c '^BinaryName = "/opt/oci"' "$file")" 2
unregister containerd >/dev/null
ok containerd:one_is_left grep -qF "[$cri2.runtimes.other]" "$file"
unregister containerd --name other >/dev/null
ok containerd:none_is_left cmp "$file" "$work/before"
register containerd --set-default >/dev/null
ok containerd:default grep -qxF '  default_runtime_name = "ghostnv" # why' "$file"
unregister containerd >/dev/null
ok containerd:default_is_the_other_again cmp "$file" "$work/before"
fresh_file "version = 3
[$cri3.runtimes.x]
"
register containerd --set-default >/dev/null
ok containerd:version_3 grep -qF '[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.ghostnv]' "$file"
ok containerd:version_3_default grep -qxF 'default_runtime_name = "ghostnv"' "$file"
ok containerd:hand_written_is_known eval "sed -i /ghostnv-container-oci/d $file;
	register containerd | grep 'nothing to change'"
ok containerd:not_ours_to_remove eval "unregister containerd; grep -q /opt/oci $file"

bad containerd_version_1 containerd '[a]' 'it has no `version`'
bad containerd_version_9 containerd $'\nversion = 9' 'line 2: `version` is neither'
bad containerd_other containerd "version = 2
[$cri2.runtimes.ghostnv]" 'line 2: `plugins'
bad containerd_inline containerd $'version = 2\nplugins = {}' 'line 2: `plugins` is there'
bad containerd_truncated containerd $'version = 2\n[plugins' 'line 2: the ]'
bad containerd_value containerd $'version = 2\nb = yes' 'line 2: a value is missing'
bad containerd_string containerd $'version = 2\nb = "x\n' 'line 2: a string without'
bad containerd_long_string containerd $'version = 2\nb = """\n\nx' 'line 4: a string without'
bad containerd_array containerd $'version = 2\nb = [1,\n2 3]' 'line 3: a comma'
bad containerd_nested containerd "version = 2
b = $(printf '[%.0s' $(seq 100))" 'line 2: arrays or tables are nested'
bad containerd_no_end containerd $'version = 2\n# >>> ghostnv-container-oci register: ghostnv\n[a]' \
	'line 2: the end of this block'
fresh_file $'version = 2\n'
register containerd >/dev/null
printf 'x = 1\n' >>"$file"
cp "$file" "$work/before"
ok containerd:key_in_our_table refused unregister containerd
ok containerd:key_in_our_table_is_named grep -q 'belongs to a table of the block' "$work/refused"
ok containerd:key_in_our_table_stays cmp "$file" "$work/before"

# What is added to a block by hand stays; what another registration has put there, too.
fresh_file $'version = 2\n'
register containerd --set-default >/dev/null
sed -i '/^BinaryName/a privileged_without_host_devices = true' "$file"
ok containerd:path_is_changed_in_the_block register containerd --runtime-path /opt/new
ok containerd:line_in_our_block_stays grep -q '^privileged_without' "$file"
register containerd --name other --set-default >/dev/null
is containerd:one_default "$(grep '^default_runtime_name' "$file")" 'default_runtime_name = "other"'
ok containerd:default_of_another_in_our_block refused unregister containerd
ok containerd:it_is_named grep -q 'is of another runtime; `unregister` that first' "$work/refused"
ok containerd:others_first unregister containerd --name other
ok containerd:and_then_ours unregister containerd
ok containerd:nothing_of_both_is_left cmp "$file" "$work/before"

# TOML lets a table that was made by dots not be opened again.
bad containerd_no_header containerd "version = 2
[plugins.\"io.containerd.grpc.v1.cri\"]
containerd.snapshotter = 'x'" 'line 3: `plugins."io.containerd.grpc.v1.cri".containerd.snapshotter` has no' \
	--set-default
bad podman_no_header podman $'[engine]\nruntimes.a = ["/a"]' 'line 2: `engine.runtimes.a` has no line'
bad podman_escaped_key podman $'[engine."run\\u0074imes"]\na = ["/a"]' 'line 1: a key with an escape'

# What is there twice is no TOML, and no engine reads the file; one more line would not mend it.
bad twice_key containerd $'version = 2\n[a]\nb = 1\nc = 1\nb = 2' 'line 5: `a.b` is in line 3 already'
bad twice_key_of_the_root containerd $'version = 2\nversion = 3' 'line 2: `version` is in line 1'
bad twice_table containerd $'version = 2\n[a]\n[b]\n[a]' 'line 4: `a` is in line 2 already'
bad twice_default crio $'[crio.runtime]\ndefault_runtime = "a"\ndefault_runtime = "b"' \
	'line 3: `crio.runtime.default_runtime` is in line 2' --set-default
bad twice_by_quotes podman $'[engine]\nruntime = "a"\n"runtime" = "b"' 'line 3: `engine.runtime` is in line 2'
bad twice_by_dots podman $'engine.runtime = "a"\n[engine]\nruntime = "b"' 'line 3: `engine.runtime` is in line 1'
bad twice_key_and_table podman $'[a]\nb = 1\n[a.b]' 'line 3: `a.b` is in line 2'
bad twice_table_and_array podman $'[a]\n[[a]]' 'line 2: `a` is in line 1'
bad twice_array_and_table podman $'[[a]]\n[a]' 'line 2: `a` is in line 1'
bad twice_inline podman $'[a]\nb = [{c = 1, d = {e = 1, f = 2, e = 3}}]' 'line 2: an inline table has a key twice'
bad twice_in_an_element podman $'[[a]]\nb = 1\n[[a]]\nb = 1\nb = 2' 'line 5: `a.b` is in line 4'
bad twice_below_an_element podman $'[[a]]\n[a.c]\n[[a]]\n[a.c]\n[a.c]' 'line 5: `a.c` is in line 4'
round each_element_once podman $'[[a]]\nb = 1\n[a.c]\nd = 1\n[[a]]\nb = 1\n[a.c]\nd = 1\n[[a.e]]\nf = 1\n[[a.e]]\nf = 1\n'
round table_behind_those_in_it podman $'[a.b]\nc = 1\n[a]\nc = 1\n'
fresh_file $'[engine]\nruntime = "a"\nruntime = "b"\n'
ok twice:unregister refused unregister podman
ok twice:unregister_leaves_it cmp "$file" "$work/before"

# --- CRI-O, Podman -------------------------------------------------------------------------

round crio crio $'[crio.runtime]\ndefault_runtime = "crun"\n'
round podman podman $'[engine]\nruntime = "crun"'
# What neither text names is built in, or in another file.
fresh_file $'[engine]\nruntime = "crun" # mine\n'
register podman --set-default >/dev/null
ok podman:default grep -qxF 'runtime = "ghostnv" # mine' "$file"
unregister podman >/dev/null
ok podman:default_is_the_other_again cmp "$file" "$work/before"
fresh_file $'[engine]\n'
register podman >/dev/null
register podman --name other >/dev/null
ok podman:table_in_a_block_of_another refused unregister podman
unregister podman --name other >/dev/null
unregister podman >/dev/null
ok podman:none_is_left cmp "$file" "$work/before"
round podman_runtimes podman $'[engine.runtimes]\na = ["/a"]\n'
fresh_file $'[engine.runtimes]\n'
register podman >/dev/null
ok podman:in_the_table_that_is_there grep -q '^ghostnv = \["/opt/oci"\]' "$file"
is podman:table_once "$(grep -c 'engine.runtimes' "$file")" 1
rm -rf "$folder"
file=$folder/x.conf.d/99.conf
ok crio:folder_is_made register crio
ok crio:path grep -q '^runtime_path = "/opt/oci"' "$file"
is crio:mode "$(stat -c %a "$file")" 644
ok crio:unregistered unregister crio
ok crio:file_is_gone [ ! -e "$file" ]
echo '[a]' >"$file"
register crio >/dev/null
is crio:no_backup_in_a_folder_of_drop_ins "$(ls -A "$folder/x.conf.d")" 99.conf
file=$folder/engine.conf

# --- the file ------------------------------------------------------------------------------

fresh_file '{}'
ok file:dry_run eval "register docker --dry-run | grep '^+.*/opt/oci'"
ok file:dry_run_changes_nothing cmp "$file" "$work/before"
ok file:dry_run_makes_nothing eval "[ \$(ls -A $folder | wc -l) = 1 ]"
ok file:dry_run_without_a_folder oci register --dry-run --config "$work/none/x"
ok file:no_folder_is_made [ ! -e "$work/none" ]
chmod 640 "$file"
chown 12:34 "$file"
mkdir "$work/links"
ln -s ../etc/engine.conf "$work/links/one"
ln -s one "$work/links/two"
ok file:link eval "oci register --config $work/links/two --format json >$work/json"
ok file:link_stays [ -L "$work/links/two" ]
is file:mode_and_owner "$(stat -c '%a %u %g' "$file")" '640 12 34'
is file:json "$(jq -c '[.target, .config, .name, .changed, .dry_run, .backup, .apply]' "$work/json")" \
	"[\"docker\",\"$file\",\"ghostnv\",true,false,\"$file.before-ghostnv\",\"systemctl reload docker\"]"
is file:backup "$(cat "$file.before-ghostnv")" '{}'
is file:backup_mode "$(stat -c '%a %u' "$file.before-ghostnv")" '640 12'
is file:own_path "$(jq -r .runtimes.ghostnv.path "$file")" "$(realpath "$RUNTIME")"
register docker --name second >/dev/null
is file:backup_is_made_once "$(cat "$file.before-ghostnv")" '{}'
is file:nothing_changed_json "$(oci register --config "$file" --name second \
	--runtime-path /opt/oci --format json | jq -c '[.changed, .apply]')" '[false,null]'
ln -s nowhere "$work/links/dangling"
ok file:dangling_link refused oci register --config "$work/links/dangling"
ok file:dangling_link_is_named grep -q 'link to what does not exist' "$work/refused"
rm -rf "$folder"
ok file:new_one register docker
is file:new_mode "$(stat -c %a "$file")" 644
ok file:unregister_removes_it eval "unregister docker && [ ! -e $file ]"
ok file:unregister_without_one eval "unregister docker | grep 'nothing to change'"

# Whoever can read the folder cannot keep us from it.
fresh_file '{}'
flock "$folder" sleep 100 &
ok file:lock_of_others_on_the_folder timeout 20 "$RUNTIME" --root "$work/state" register --config "$file"
kill $!
wait $! 2>/dev/null
fresh_file '{}'
for name in $(seq 20); do
	register docker --name "n$name" >/dev/null &
done
wait
is file:many_at_a_time "$(jq '.runtimes | length' "$file")" 20
for name in /dev/zero /dev/null / "$folder"; do
	ok "file:no_regular_file:$name" refused oci register --config "$name"
	ok "file:it_is_said:$name" grep -q 'is no\( regular\)\? file' "$work/refused"
done

# Nothing can be written: the file stays what it was.
mkdir "$work/full"
mount -t tmpfs -o size=16k tmpfs "$work/full"
echo '{"a": 1}' >"$work/full/x"
head -c 64k /dev/zero >"$work/full/fill" 2>/dev/null
ok file:disk_full refused oci register --config "$work/full/x"
is file:disk_full_leaves_it "$(cat "$work/full/x")" '{"a": 1}'
is file:disk_full_leaves_nothing_else "$(ls -A "$work/full")" $'fill\nx'
rm "$work/full/fill"
mount -o remount,ro "$work/full"
ok file:read_only refused oci register --config "$work/full/x"
ok file:read_only_is_named grep -q 'Read-only file system' "$work/refused"
umount "$work/full"

for name in '' a.b 'a b' runc -x "$(printf 'x%.0s' $(seq 65))"; do
	ok "option:name_$name" refused oci register --config "$file" --name="$name"
done
ok option:relative_path refused oci register --config "$file" --runtime-path oci
ok option:control_in_path refused oci register --config "$file" --runtime-path $'/a\nb'
ok option:target refused oci register --target lxc
ok option:operand refused oci register docker
ok option:path_with_quotes oci register --config "$file" --runtime-path "/a \"b\\"
is option:path_with_quotes_is_quoted "$(jq -r .runtimes.ghostnv.path "$file")" "/a \"b\\"

tap_end
