#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The build gives the same bytes wherever the tree is, install puts what uninstall
# takes away, and a package that is missing is named.

set -u
# shellcheck source=tests/rig/tap.sh
. "$(dirname "$0")/tap.sh"

copy=$scratch/another/place
mkdir -p "$copy"
git ls-files -co --exclude-standard | grep -vE '^tests/(fuzz|abi)/' | while read -r file; do
	[ ! -f "$file" ] || cp --parents "$file" "$copy"
done
kernel=$(scripts/kernel/get 6.1)
release=$(cat "$kernel/release")

# Builds in the copy, and in the tree itself where it is out of date.
builds() {
	local tree

	for tree in "$root" "$copy"; do
		make --no-print-directory -j"$(nproc)" -C "$tree" "$@" >"$scratch/log" 2>&1 || {
			cat "$scratch/log"
			return 1
		}
	done
}

same() {
	local file

	for file; do
		cmp "$root/build/$file" "$copy/build/$file" || return 1
	done
}

check build:userspace_from_two_places builds runtime
check build:userspace_is_the_same same runtime/ghostnv-container runtime/libghostnv.a \
	"runtime/$(basename "$(realpath build/runtime/libghostnv.so)")"
check build:modules_from_two_places builds modules KDIR="$kernel/kdir"
check build:modules_are_the_same same "modules/$release/ghostnv.ko" \
	"modules/$release/ghostnv-sim.ko" "modules/$release/ghostnv-rm.ko"

installed=$scratch/installed
installs() {
	make --no-print-directory install DESTDIR="$installed" PREFIX=/usr >/dev/null || return
	[ -x "$installed/usr/bin/ghostnv-container" ] &&
		[ -e "$installed/usr/lib/libghostnv.so" ] &&
		[ -e "$installed/usr/include/libghostnv.h" ] &&
		[ -e "$installed/usr/include/linux/ghostnv.h" ] &&
		[ -e "$installed/usr/share/man/man1/ghostnv-container.1" ]
}

# A program of a user's, compiled with nothing but what was installed.
links() {
	printf '%s\n' '#include <libghostnv.h>' 'int main(void) { return 0; }' >"$scratch/user.c"
	gcc -std=c11 -Wall -Wextra -Werror -I"$installed/usr/include" -o "$scratch/user" \
		"$scratch/user.c" -L"$installed/usr/lib" -lghostnv
}

uninstalls() {
	make --no-print-directory uninstall DESTDIR="$installed" PREFIX=/usr >/dev/null || return
	find "$installed" ! -type d >"$scratch/left"
	cat "$scratch/left"
	[ ! -s "$scratch/left" ]
}

check build:install_puts_it_there installs
check build:installed_library_serves_a_program links
check build:uninstall_leaves_nothing uninstalls
check build:missing_package_is_named says 'run scripts/bootstrap' \
	env PKG_CONFIG_LIBDIR="$scratch" make -C "$copy" runtime B="$scratch/fresh"
check build:missing_headers_are_named says 'no kernel headers at /nowhere' \
	make modules KDIR=/nowhere
done_testing
