# SPDX-License-Identifier: MIT
#
# Reads `diff FILE <(clang-format FILE)` and prints where the author's layout is
# wrong: awk -v file=FILE. Tables, enumerations and macros are the author's to lay
# out, for clang-format takes them apart: a change that touches nothing but lines of
# those (they end in a comma, a brace, a backslash) is passed over.

function end_change() {
	if (changed && !table)
		print file ":" line ": clang-format lays this out another way: " shown
	changed = 0
}

/^[0-9]/ {
	end_change()
	line = $0
	sub(/[acd,].*/, "", line)
	changed = 1
	table = 1
	shown = ""
	next
}

/^[<>]/ {
	text = substr($0, 3)
	if (/^>/ && shown == "")
		shown = text
	sub(/[ \t]*\/\*.*\*\/[ \t]*$/, "", text)
	sub(/[ \t]+$/, "", text)
	if (/^</ && text !~ /(,|\{|\\|\(|=|^[ \t]*\}?[,;)]?)$/ && text !~ /^[ \t]*(#|\}|\{|enum)|\{ ?\}/)
		table = 0
}

END { end_change() }
