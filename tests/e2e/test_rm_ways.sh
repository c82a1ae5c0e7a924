#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The ways in which a program comes by video memory without an allocation, or by
# other programs' time: that the driver has each of them, for who is not limited.
# Where a container is kept from one, that proves something only because it works
# here.

set -u
. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/ghostnv.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# try NAME COMMAND...: one test for each line of key=yes that COMMAND says.
try() {
	local name=$1 key answer rc=0

	shift
	"$@" >"$work/out" 2>&1 || rc=$?
	if [ "$rc" = 3 ]; then
		skip "ways:$name" "the kernel lacks what is needed"
		return
	fi
	while IFS='=' read -r key answer; do
		case $answer in
		yes | no) is "ways:${name}_$key" "$answer" yes ;;
		esac
	done <"$work/out"
	is "ways:${name}_ends_well" "$rc $(value failed <"$work/out")" '0 '
}

# what REMAINS: nothing may be left when a program is gone.
free_bytes() {
	rmclient info | value gpu0.fb_free
}
before=$(free_bytes)

# --- passing memory on ------------------------------------------------------------

for way in export exports dmabuf policy; do
	try "$way" rmways "$way"
done
try export_wrapped rmways --xfer export
hold keeper "$work/keeper" rmways export --hold
ok ways:export_is_held test "$(free_bytes)" -lt "$before"
kill_held keeper
is ways:export_killed_gives_everything_back "$(free_bytes)" "$before"

# --- managed memory -----------------------------------------------------------------

for way in managed oversubscribe; do
	try "$way" rmways "$way"
	is "ways:${way}_leaves_nothing" "$(free_bytes)" "$before"
done
hold keeper "$work/keeper" rmways managed --hold
ok ways:managed_is_held test "$(free_bytes)" -lt "$before"
kill_held keeper
is ways:managed_killed_gives_everything_back "$(free_bytes)" "$before"

# --- queues -------------------------------------------------------------------------

try queue rmways queue
hold keeper "$work/keeper" rmways queue --hold
ok ways:queue_is_held test "$(free_bytes)" -lt "$before"
kill_held keeper
is ways:queue_killed_gives_everything_back "$(free_bytes)" "$before"

# --- with the other branches' structures --------------------------------------------

for abi in 535 580 595; do
	reload abi="$abi" gpus=1
	for way in export exports dmabuf managed queue; do
		try "${way}_$abi" rmways "$way"
	done
done
reload "${sim_args[@]}"

tap_end
