#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Every vector past the quota that docs/escape.md lists, each with its control;
# and that the list there is the program's.
#
# timeout: 600

set -u
here=$(dirname "$0")

escape
status=$?
# What the document says is what was played.
if diff <(escape --docs) <(sed '1,/^<!-- table -->$/d' "$here/../../docs/escape.md") >&2; then
	echo "# docs/escape.md has the table"
else
	echo "Bail out! docs/escape.md has not the table that escape --docs prints"
	status=1
fi
exit $status
