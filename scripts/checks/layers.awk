# SPDX-License-Identifier: MIT
#
# Prints the includes that go upwards or sideways (docs/design.md, "Folders").
# Reads lines "FILE:LINE:#include ...". With -v pure="FILE..." also the includes of
# pure files that are not pure.

BEGIN {
	# What a folder may include besides itself.
	split("base:;lib:base;gpu:lib base;image:lib base;sandbox:lib base;" \
	      "container:gpu image sandbox lib base;" \
	      "cli:container gpu image sandbox lib base;" \
	      "oci:container gpu image sandbox lib base", rows, ";")
	for (i in rows) {
		split(rows[i], row, ":")
		below["runtime/" row[1]] = " " row[2] " " row[1] " "
	}
	below["kmod/nvabi"] = " nvabi "
	below["kmod/compat"] = " compat "
	below["kmod/ghostnv"] = " ghostnv nvabi compat "
	below["kmod/rm"] = " rm ghostnv nvabi compat "
	below["kmod/sim"] = " sim nvabi compat "

	n = split(pure, files, " ")
	for (i = 1; i <= n; i++) {
		is_pure[files[i]] = 1
		sub(/c$/, "h", files[i])
		is_pure[files[i]] = 1
	}
	plain = " linux/types.h linux/stddef.h linux/errno.h linux/ioctl.h stddef.h " \
		"stdint.h stdbool.h string.h errno.h linux/string.h linux/ghostnv.h "
}

{
	file = $0
	sub(/:.*/, "", file)
	line = $0
	sub(/^[^:]*:/, "", line)
	sub(/:.*/, "", line)
	quoted = match($0, /"[^"]+"/)
	if (!quoted && !match($0, /<[^>]+>/))
		next
	name = substr($0, RSTART + 1, RLENGTH - 2)
	folder = file
	sub(/\/[^\/]*$/, "", folder)
	sub(/\/init$/, "", folder)
	own = folder
	sub(/.*\//, "", own)
	where = file ":" line ": "
}

# The folder that an include names: "base/error.h", "../nvabi/nvos.h", "quota.h".
function target(name) {
	sub(/^(\.\.\/)+/, "", name)
	if (name !~ /\//)
		return own
	sub(/\/.*/, "", name)
	return name
}

quoted && folder in below {
	if (index(below[folder], " " target(name) " ") == 0)
		print where folder " may not include \"" name "\": it includes its own" \
			" folder and" below[folder]
}

file in is_pure {
	path = name
	sub(/^(\.\.\/)+/, "", path)
	if (path !~ /\//)
		path = folder "/" path
	else
		path = "kmod/" path
	if (quoted && (path in is_pure || path ~ /\/pure\.h$|^kmod\/nvabi\//))
		next
	if (!quoted && index(plain, " " name " "))
		next
	print where "a pure file may not include " name ": it takes pure.h, nvabi/" \
		" and headers of pure files"
}
