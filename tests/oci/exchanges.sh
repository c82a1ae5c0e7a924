# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Names in the root file system, or in a volume that others have as well, that are exchanged for
# links that lead out of it, just before the runtime makes a call that is told of one: at each such
# step there is, for that one (once) or from then on. Whatever it looked at before is another thing
# when it is used. Then nothing outside was made, changed, mounted on or shown; how it ends
# otherwise is free. To be sourced behind tests/oci/lib.sh.
# shellcheck disable=SC2154

cc -O1 -o "$work/exchange_at" "$root/tests/oci/exchange_at.c" || exit 1

# The same path leads to $outside from without, and to what is the container's own from within.
outside=$work/outside
out=../../../../../../../../../..$outside
mkdir -p "$outside"/{a,dev} "$rootfs$outside"/{a,dev} "$work/out"
for file in file a/file; do
	echo theirs >"$outside/$file"
	echo mine >"$rootfs$outside/$file"
done

look_outside() {
	(cd "$outside" && find . -printf '%p %y %m %U %s\n' | sort && cat file a/file)
}
# Whoever puts more there says so.
keep_outside() {
	untouched=$(look_outside)
	rm -rf "$work/outside.kept"
	cp -a "$outside" "$work/outside.kept"
}
keep_outside

# exchanged NAME=LINK...: what changes places in a sweep, with what.
exchanged() {
	local one

	names=()
	for one; do
		names+=("${one%%=*}")
		ln -sfn "${one#*=}" "${one%%=*}.link"
	done
}

# came_of: what was bad of the last run, and puts it right.
came_of() {
	if [ "$(look_outside)" != "$untouched" ]; then
		echo "outside is changed: $(look_outside | xargs)"
		rm -rf "$outside"
		cp -a "$work/outside.kept" "$outside"
	fi
	grep -o " $outside.*" "$work/mounts" 2>/dev/null | sed 's/^/mounted:/'
	cat "$work/seen" "$work/out/seen" 2>/dev/null | grep theirs
}

# sweep once|on OPTION...: runs $bundle for each step; prints what came of it, if it was something
# bad, and to the standard error how far it went. What the container says is `ran`, and `theirs`
# with what it should not have; to its output, or to $work/out/seen. $made is made anew each time;
# $global are options before the command. Where that takes too long, only $every step of them, from
# $from on.
made=() global=() from=1 every=1
sweep() {
	local how=$1 n rc ran=0 bad=0 what

	shift
	for ((n = from; n < 5000; n += every)); do
		fresh
		rm -rf "${made[@]}" "$work/mounts" "$work/seen" "$work/out/seen"
		timeout -k 5 60 "$work/exchange_at" "$n" "$how" "$work/mounts" "${names[@]}" -- \
			"$RUNTIME" --root "$work/state" "${global[@]}" \
			run --bundle "$bundle" "$@" "$id" </dev/null >"$work/seen" 2>"$work/errors"
		rc=$?
		what=$(came_of)
		[ -z "$what" ] || bad=$((bad + 1))
		echo -n "${what:+step $n: $what$'\n'}"
		! grep -qs ran "$work/seen" "$work/out/seen" || ran=$((ran + 1))
		[ ! -e "$work/state/$id" ] || oci delete --force "$id"
		[ "$rc" = 0 ] || break
	done
	echo "# $how: $n steps, $ran came through, $bad went out" >&2
	# Else it was not looked for where it is.
	[ "$rc" = 3 ] && [ "$n" -gt 10 ] && [ "$ran" -gt 1 ] || echo "no end: $rc at $n, $ran"
}

# no_way_out WAYS OPTION...: neither once nor on, in the name of each of those ways out.
no_way_out() {
	local ways=$1 how way

	shift
	for how in once on; do
		sweep "$how" "$@" >"$work/escapes"
		for way in $ways; do
			is "$way:exchanged_$how" "$(head -n 20 "$work/escapes")" ''
		done
	done
}
