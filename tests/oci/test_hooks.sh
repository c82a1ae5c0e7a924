#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Hooks: all six kinds, their order, where they run, what they read, time-outs.

set -u
# shellcheck source=tests/oci/lib.sh
. "$(dirname "$0")/lib.sh"

log=$work/log

cat >"$work/hook" <<END
#!/bin/sh
state=\$(cat)
echo "\$1 \$(echo "\$state" | sed 's/.*"status": *"\([a-z]*\)".*/\1/') \$(readlink /proc/self/ns/mnt)" >>$log
echo "\$state" | grep -q '"id": *"$prefix-' || exit 1
echo "\$state" | grep -q '"bundle": *"$bundle"' || exit 1
END
cat >"$rootfs/bin/hook" <<'END'
#!/bin/sh
state=$(cat)
echo "startContainer $(echo "$state" | sed 's/.*"status": *"\([a-z]*\)".*/\1/') $(readlink /proc/self/ns/mnt)" >>/tmp/log
END
chmod +x "$work/hook" "$rootfs/bin/hook"

hook() {
	printf '[{path: "%s", args: ["hook", "%s"], env: ["PATH=/bin:/usr/bin", "A=b"]}]' \
		"$work/hook" "$1"
}
all=".hooks = {prestart: $(hook prestart), createRuntime: $(hook createRuntime),
	createContainer: $(hook createContainer), poststart: $(hook poststart),
	poststop: $(hook poststop),
	startContainer: [{path: \"/bin/hook\", env: [\"PATH=/bin\"]}]}"

create "$all" 'echo program >>/tmp/log; exec sleep 100'
cat "$work/out"
is hooks:those_of_create "$(cut -d ' ' -f 1 "$log" | tr '\n' ' ')" \
	'prestart createRuntime createContainer '
is hooks:runtime_namespace "$(sed -n 's/^createRuntime [a-z]* //p' "$log")" \
	"$(readlink /proc/self/ns/mnt)"
is hooks:container_namespace "$(sed -n 's/^createContainer [a-z]* //p' "$log")" \
	"$(readlink "/proc/$(cat "$work/pid")/ns/mnt")"
ok hooks:start oci start "$id"
for _ in $(seq 100); do grep -qs program "$rootfs/tmp/log" || read -rt 0.05 <> <(:) || :; done
is hooks:those_of_start "$(cut -d ' ' -f 1 "$rootfs/tmp/log" | tr '\n' ' ')" \
	'startContainer program '
is hooks:start_in_the_container "$(sed -n 's/^startContainer [a-z]* //p' "$rootfs/tmp/log")" \
	"$(readlink "/proc/$(cat "$work/pid")/ns/mnt")"
is hooks:poststart "$(sed -n 's/^poststart \([a-z]*\).*/\1/p' "$log")" running
oci delete --force "$id"
is hooks:poststop "$(sed -n 's/^poststop \([a-z]*\).*/\1/p' "$log")" stopped

cat >"$work/asks" <<END
#!/bin/sh
id=\$(sed 's/.*"id": *"\([^"]*\)".*/\1/')
$RUNTIME --root $work/state state \$id >$work/asked
END
chmod +x "$work/asks"
run ".hooks.createRuntime = [{path: \"$work/asks\", env: [\"PATH=$PATH\"]}]" true >/dev/null
is hooks:may_ask_for_the_state "$(jq -r .status "$work/asked")" creating

ok hooks:one_that_fails_ends_create refused run '.hooks.createRuntime = [{path: "/bin/false"}]' true
is hooks:and_leaves_nothing "$(oci list --format json | jq 'if . == null then 0 else length end')" 0
ok hooks:no_such_program refused run '.hooks.prestart = [{path: "/no/such"}]' true
ok hooks:one_that_fails_ends_start refused run '.hooks.startContainer = [{path: "/bin/false"}]' \
	'touch /tmp/started'
ok hooks:before_the_program [ ! -e "$rootfs/tmp/started" ]
started=$SECONDS
ok hooks:timeout refused run '.hooks.createRuntime = [{path: "/bin/sleep", args: ["sleep", "20"],
	timeout: 1}]' true
ok hooks:timeout_is_kept [ $((SECONDS - started)) -lt 10 ]
if is_ours; then
	started=$SECONDS
	ok hooks:timeout_in_the_container refused run '.hooks.startContainer = [{path: "/bin/sleep",
		args: ["sleep", "20"], timeout: 1}]' true
	ok hooks:timeout_in_the_container_is_kept [ $((SECONDS - started)) -lt 10 ]
fi
is hooks:poststop_that_fails_is_passed_over "$(run '.hooks.poststop = [{path: "/bin/false"}]' \
	'echo fine' 2>/dev/null)" fine

tap_end
