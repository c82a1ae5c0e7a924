# SPDX-License-Identifier: MIT
#
# Turns what KUnit wrote into a kernel's log into TAP: a test for each case, named
# suite:case. A suite that has another number of cases than it planned, or did not
# end, is a failed test.

{ sub(/^\[ *[0-9.]+\] /, "") }

function end_suite() {
	if (suite == "")
		return
	if (cases != planned)
		print "not ok " ++n " - " suite ":ran_" cases "_of_" planned "_cases"
	suite = ""
}

/^    # Subtest: / { end_suite(); suite = $3; cases = 0; planned = -1; next }
suite == "" { next }
/^    1\.\./ { planned = substr($1, 4) + 0; next }
/^    (not )?ok / {
	cases++
	failed = $1 == "not" ? "not " : ""
	text = $0
	sub(/^ *(not )?ok [0-9]+ *(- *)?/, "", text)
	print failed "ok " ++n " - " suite ":" text
	next
}
/^(not )?ok / { ended = suite; end_suite(); next }
# What a failed case says of itself.
/^    # / { print }
END {
	if (suite != "")
		print "not ok " ++n " - " suite ":did_not_end"
	print "1.." n + 0
}
