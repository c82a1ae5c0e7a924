# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the tests in shell share: results in TAP, values out of key=value lines,
# programs that wait until they are told to go on. To be sourced; the last line
# of a test is tap_end.

tap_count=0
tap_failed=0
tap_out=$(mktemp)

# ok NAME COMMAND...: the test is good when COMMAND is. Its output is shown when
# it is not.
ok() {
	local name=$1 rc=0

	shift
	tap_count=$((tap_count + 1))
	# Not in a subshell: COMMAND may be a function that waits for a child.
	"$@" >"$tap_out" 2>&1 || rc=$?
	if [ "$rc" = 0 ]; then
		echo "ok $tap_count - $name"
		return
	fi
	tap_failed=$((tap_failed + 1))
	echo "not ok $tap_count - $name"
	echo "# status $rc of: $*"
	sed 's/^/# /' "$tap_out"
}

# is NAME GOT WANTED
is() {
	tap_count=$((tap_count + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $tap_count - $1"
		return
	fi
	tap_failed=$((tap_failed + 1))
	echo "not ok $tap_count - $1"
	echo "# got: \`$2\`"
	echo "# wanted: \`$3\`"
}

skip() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}

# value KEY: the value of a line KEY=value on standard input, up to a space when
# the value begins with 0x.
value() {
	sed -n "s/^$1=\(0x[0-9a-f]*\) .*/\1/p;t;s/^$1=//p" | head -n 1
}

# hold NAME FILE COMMAND...: starts COMMAND, which is to print ready=1 and then
# wait for a line; its output goes to FILE. Returns when it is ready, or non-zero
# when it ended before.
declare -A tap_held_pid tap_held_fd
hold() {
	local name=$1 file=$2 fifo fd

	shift 2
	fifo=$(mktemp -u)
	mkfifo "$fifo"
	: >"$file"
	"$@" <"$fifo" >"$file" 2>&1 &
	tap_held_pid[$name]=$!
	exec {fd}>"$fifo"
	tap_held_fd[$name]=$fd
	rm -f "$fifo"
	# tail ends when the line is there, or when the program is gone.
	timeout 60 tail -n +1 -f -s 0.05 --pid="${tap_held_pid[$name]}" "$file" 2>/dev/null |
		grep -q -m 1 '^ready=1'
}

# release NAME: lets a held program go on; gives back its exit status.
release() {
	local fd=${tap_held_fd[$1]} rc=0

	exec {fd}>&-
	wait "${tap_held_pid[$1]}" || rc=$?
	return "$rc"
}

# kill_held NAME: SIGKILL to a held program, and waits until it is gone.
kill_held() {
	local fd=${tap_held_fd[$1]}

	kill -KILL "${tap_held_pid[$1]}"
	wait "${tap_held_pid[$1]}" 2>/dev/null || :
	exec {fd}>&-
}

tap_end() {
	echo "1..$tap_count"
	rm -f "$tap_out"
	[ "$tap_failed" = 0 ]
}
