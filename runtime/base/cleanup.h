/* SPDX-License-Identifier: MIT */
/*
 * Scope cleanup: what is declared with _cleanup_() is given back when its scope
 * ends, unless STEAL_FD() or STEAL_PTR() handed it over.  Knows nothing of
 * containers.
 */
#ifndef GNV_BASE_CLEANUP_H
#define GNV_BASE_CLEANUP_H

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(f) __attribute__((cleanup(f)))

/* Take the value out of a variable, leaving it empty. */
#define STEAL_PTR(p) \
	({ \
		__typeof__(p) __stolen = (p); \
		(p) = NULL; \
		__stolen; \
	})
#define STEAL_FD(fd) \
	({ \
		int __stolen = (fd); \
		(fd) = -EBADF; \
		__stolen; \
	})

static inline void gnv_free(void *p)
{
	free(*(void **)p);
}

/* close() that keeps errno: cleanup must not change what is being reported. */
static inline void gnv_close(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -EBADF;
	errno = saved;
}

/*
 * In a process that will soon execute a program, which closes them all at once: only where
 * they become many is it done before.
 */
static inline void gnv_close_late(int *fd)
{
	if (*fd >= 512)
		gnv_close(fd);
}

static inline void gnv_fclose(FILE **f)
{
	if (*f)
		fclose(*f);
}

static inline void gnv_closedir(DIR **d)
{
	if (*d)
		closedir(*d);
}

#define _cleanup_free_	     _cleanup_(gnv_free)
#define _cleanup_close_	     _cleanup_(gnv_close)
#define _cleanup_close_late_ _cleanup_(gnv_close_late)
#define _cleanup_fclose_     _cleanup_(gnv_fclose)
#define _cleanup_closedir_   _cleanup_(gnv_closedir)

#endif /* GNV_BASE_CLEANUP_H */
