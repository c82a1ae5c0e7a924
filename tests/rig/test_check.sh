#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Each rule of scripts/check finds what is planted for it, and says where.

set -u
# shellcheck source=tests/rig/tap.sh
. "$(dirname "$0")/tap.sh"

tree=$scratch/tree
mkdir -p "$tree"
cp -r --parents scripts Makefile Kbuild dkms.conf .clang-format .shellcheckrc "$tree"
cd "$tree" || exit 1
git init -q .
mkdir -p uapi runtime/base runtime/lib kmod/ghostnv kmod/rm kmod/sim kmod/nvabi kmod/compat

# plant FILE LINE...: a file of the project, with its licence
plant() {
	local file=$1

	shift
	mkdir -p "$(dirname "$file")"
	printf '%s\n' "$@" >"$file"
}

mit='// SPDX-License-Identifier: MIT'
gpl='// SPDX-License-Identifier: GPL-2.0'
for name in ghostnv rm sim; do
	module=ghostnv${name#ghostnv}
	[ $name = ghostnv ] || module=ghostnv-$name
	plant kmod/$name/Kbuild '# SPDX-License-Identifier: GPL-2.0' "obj-m := $module.o" \
		"$module-y := main.o"
	plant kmod/$name/main.c "$gpl" '#include <linux/module.h>' '' \
		'MODULE_DESCRIPTION("nothing");' 'MODULE_LICENSE("GPL");'
done
plant kmod/ghostnv/pure.h '/* SPDX-License-Identifier: GPL-2.0 */'
plant runtime/base/good.c "$mit" '#include "base/good.h"' '' 'int good(void)' '{' \
	'	return 0;' '}'

# finds RULE TEXT FILE LINE...: the rule says the text once the file is there, and
# nothing of it before.
finds() {
	local rule=$1 text=$2 file=$3

	shift 3
	rm -f "$file"
	if scripts/check "$rule" | grep -F -- "$text"; then
		echo "said so before $file was there"
		return 1
	fi
	plant "$file" "$@"
	scripts/check "$rule" >"$scratch/found"
	[ $? = 1 ] || { echo "the status is not 1" && return 1; }
	rm -f "$file"
	grep -qF -- "$text" "$scratch/found" && return
	cat "$scratch/found"
	return 1
}

check check:format_finds_a_bad_indent finds format runtime/base/bad.c:2 runtime/base/bad.c \
	"$mit" 'int bad(void) {' '  return 0; }'
check check:checkpatch_finds_a_space_before_a_comma finds checkpatch kmod/ghostnv/bad.c:2: \
	kmod/ghostnv/bad.c "$gpl" 'int bad(int a , int b);'
check check:shell_finds_a_word_that_splits finds shell scripts/bad.sh:2: scripts/bad.sh \
	'#!/bin/sh' 'rm $1'
check check:kernel_doc_finds_a_parameter_without_words finds kernel-doc kmod/ghostnv/bad.c: \
	kmod/ghostnv/bad.c "$gpl" '/**' ' * bad() - nothing' ' */' 'int bad(int a)' '{' \
	'	return a;' '}'
check check:layers_finds_an_include_upwards finds layers runtime/base/bad.c:2: \
	runtime/base/bad.c "$mit" '#include "lib/libghostnv.h"'
check check:layers_finds_an_include_sideways finds layers kmod/sim/bad.c:2: \
	kmod/sim/bad.c "$gpl" '#include "../ghostnv/bridge.h"'
check check:layers_finds_what_is_not_pure finds layers kmod/ghostnv/bad.c:3: \
	kmod/ghostnv/bad.c "$gpl" '#include "pure.h"' '#include <linux/slab.h>'
check check:versions_finds_one_outside_compat finds versions kmod/ghostnv/bad.c:2: \
	kmod/ghostnv/bad.c "$gpl" '#if LINUX_VERSION_CODE < 1' '#endif'
check check:licences_finds_a_file_without finds licences runtime/base/bad.c:1: \
	runtime/base/bad.c 'int bad(void);'
check check:sizes_finds_a_long_file finds sizes runtime/base/bad.c:801: runtime/base/bad.c \
	"$(yes "$mit" | head -n 801)"
check check:sizes_finds_a_long_line finds sizes runtime/base/bad.c:2: runtime/base/bad.c \
	"$mit" "$(printf 'int %0101d;' 0)"
check check:tidy_finds_a_note_to_do finds tidy runtime/base/bad.c:2: runtime/base/bad.c \
	"$mit" "/* TO""DO: this */"
check check:places_finds_this_tree finds places scripts/bad.sh:1: scripts/bad.sh \
	"# $tree/build"
check check:sparse_finds_a_user_pointer finds sparse kmod/ghostnv/main.c: \
	kmod/ghostnv/main.c "$gpl" '#include <linux/module.h>' '#include <linux/uaccess.h>' '' \
	'static int __init start(void)' '{' '	return *(int __user *)8;' '}' \
	'module_init(start);' 'MODULE_DESCRIPTION("nothing");' 'MODULE_LICENSE("GPL");'
check check:unknown_rule_is_2 ends 2 scripts/check nonsense
done_testing
