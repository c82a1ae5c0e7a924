/* SPDX-License-Identifier: MIT */
/*
 * Times as people and logs want them.
 */
#ifndef GNV_BASE_TIME_H
#define GNV_BASE_TIME_H

#include <time.h>

#define GNV_TIME_LEN sizeof("9999-12-31T23:59:59Z")

/*
 * @when in UTC, from 1970 to 9999; what lies outside of that is moved to its edge.  The C
 * library would read the description of the local time zone first.
 */
void gnv_time_format(time_t when, char ret[GNV_TIME_LEN]);

#endif /* GNV_BASE_TIME_H */
