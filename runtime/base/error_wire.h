/* SPDX-License-Identifier: MIT */
/*
 * How an error looks in a pipe between processes of one build.  Needs no
 * library, so that a program without one can send it too.
 */
#ifndef GNV_BASE_ERROR_WIRE_H
#define GNV_BASE_ERROR_WIRE_H

/* Small enough that one write is atomic. */
struct gnv_error_wire {
	int errnum;
	char what[252]; /* NUL-terminated; the reader appends errnum's text */
};

#endif /* GNV_BASE_ERROR_WIRE_H */
