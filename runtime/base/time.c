// SPDX-License-Identifier: MIT
/*
 * Times in UTC.  Owns no state.
 */
#include "base/time.h"

#include <stdbool.h>
#include <stdio.h>

#define DAY_SECONDS 86400
#define TIME_MAX    253402300799 /* the end of 9999 */

static bool is_leap(unsigned int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static unsigned int year_days(unsigned int year)
{
	return is_leap(year) ? 366 : 365;
}

static unsigned int month_days(unsigned int year, unsigned int month)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[month - 1] + (month == 2 && is_leap(year));
}

void gnv_time_format(time_t when, char ret[GNV_TIME_LEN])
{
	unsigned int year = 1970, month = 1, days, seconds;

	if (when < 0)
		when = 0;
	if (when > TIME_MAX)
		when = TIME_MAX;
	days = (unsigned int)(when / DAY_SECONDS);
	seconds = (unsigned int)(when % DAY_SECONDS);
	for (; days >= year_days(year); year++)
		days -= year_days(year);
	for (; days >= month_days(year, month); month++)
		days -= month_days(year, month);
	snprintf(ret, GNV_TIME_LEN, "%04u-%02u-%02uT%02u:%02u:%02uZ", year % 10000, month % 100,
		 (days + 1) % 100, seconds / 3600 % 100, seconds / 60 % 60, seconds % 60);
}
