/* SPDX-License-Identifier: MIT */
/*
 * Small files: read whole, written whole, directories made and trees removed.
 * Nothing here follows a symbolic link in the last part of a path.
 */
#ifndef GNV_BASE_FILE_H
#define GNV_BASE_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct stat;

/*
 * The whole of a file as a NUL-terminated string.  -EFBIG: it has more than
 * @limit bytes.  @ret_length may be NULL.
 */
int gnv_file_read_at(int dir_fd, const char *path, size_t limit, char **ret,
		     size_t *ret_length, struct gnv_error **err);

/*
 * The same of an open file, which has to be a regular one (else -EINVAL) and need
 * not be of text.
 */
int gnv_file_read_regular(int fd, size_t limit, char **ret, size_t *ret_length);

/*
 * A file that the kernel gives in one piece, as a string; what is beyond @size is cut off.
 * Where it cannot be read the string is empty.
 */
int gnv_file_read_piece_at(int dir_fd, const char *path, char *text, size_t size);

/* The number in a file such as memory.current.  "max" is UINT64_MAX. */
int gnv_file_read_u64_at(int dir_fd, const char *path, uint64_t *ret,
			 struct gnv_error **err);

/* A new file, for its owner alone.  -EEXIST: the name is taken. */
int gnv_file_create_at(int dir_fd, const char *name, const void *data, size_t bytes,
		       struct gnv_error **err);

/* Replace @name in @dir_fd at once: a reader sees the old text or the new. */
int gnv_file_write_at(int dir_fd, const char *name, const char *text,
		      struct gnv_error **err);

/* The same with the owner and the mode of another file. */
int gnv_file_write_like_at(int dir_fd, const char *name, const char *text,
			   const struct stat *like, struct gnv_error **err);

/* The same for what means nothing after a crash of the machine: it may be lost in one. */
int gnv_file_write_volatile_at(int dir_fd, const char *name, const void *data, size_t bytes,
			       struct gnv_error **err);

/* Make @path, and those above it (0755 for these) where they are missing. */
int gnv_mkdir_all(const char *path, mode_t mode, struct gnv_error **err);

#endif /* GNV_BASE_FILE_H */
