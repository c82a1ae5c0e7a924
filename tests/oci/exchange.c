// SPDX-License-Identifier: MIT
/*
 * Exchanges two names as fast as it can, until it is killed: what a hostile program in a
 * container, or beside it with the same volume, does to paths that are being walked.
 *
 *	exchange ONE OTHER
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	while (renameat2(AT_FDCWD, argv[1], AT_FDCWD, argv[2], RENAME_EXCHANGE) == 0)
		;
	perror(argv[1]);
	return 1;
}
