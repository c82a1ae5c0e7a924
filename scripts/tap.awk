# SPDX-License-Identifier: MIT
#
# Judges one program's TAP: awk -v name=NAME -v status=EXIT_STATUS -f tap.awk
# Prints a line for each test, "pass|skip|fail NAME: DESCRIPTION", and a failure
# for everything that a program can do wrong: no plan, another number of tests
# than planned, a status that is not 0, a skipped test that does not say why.

function result(kind, text) {
	print kind " " name ": " text
	kinds[kind]++
}

{ sub(/\r$/, "") }

/^(not )?ok( |$)/ {
	tests++
	failed = /^not/
	text = $0
	sub(/^(not )?ok *[0-9]* *(- *)?/, "", text)
	if (match(text, / *# *[Ss][Kk][Ii][Pp][^ ]* */)) {
		reason = substr(text, RSTART + RLENGTH)
		text = substr(text, 1, RSTART - 1)
		if (reason == "")
			result("fail", text " (skipped without a reason)")
		else
			result("skip", text " (" reason ")")
	} else {
		result(failed ? "fail" : "pass", text)
	}
}

/^1\.\.[0-9]+/ {
	plans++
	planned = substr($1, 4) + 0
	if (planned == 0 && match($0, /# *[Ss][Kk][Ii][Pp][^ ]* +/))
		result("skip", "all (" substr($0, RSTART + RLENGTH) ")")
}

/^Bail out!/ { result("fail", $0) }

END {
	if (plans != 1)
		result("fail", plans ? "more than one plan" : "no plan")
	else if (planned != tests)
		result("fail", "planned " planned " tests, ran " tests + 0)
	else if (!tests && !kinds["skip"])
		result("fail", "no test")
	if (status && !kinds["fail"])
		result("fail", "ended with status " status)
}
