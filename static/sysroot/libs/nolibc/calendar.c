/* SPDX-License-Identifier: BSD-3-Clause */
/** Days and dates in the Gregorian calendar, UTC. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#define DAY	86400L

static const char days[7][10] = { "Sunday", "Monday", "Tuesday", "Wednesday",
				  "Thursday", "Friday", "Saturday" };
static const char months[12][10] = { "January", "February", "March", "April", "May",
				     "June", "July", "August", "September", "October",
				     "November", "December" };

static long floor_div(long a, long b)
{
	return a / b - (a % b < 0);
}

/**
 * Days from 1970-01-01 to a date. The year is taken to begin in March, which puts the leap day
 * at its end: days before month m (March: 0) are then (153 m + 2) / 5.
 */
static long days_from_date(long year, int month, long day)
{
	long m = month < 2 ? month + 10 : month - 2;
	long y = month < 2 ? year - 1 : year;

	return 365 * y + floor_div(y, 4) - floor_div(y, 100) + floor_div(y, 400)
	       + (153 * m + 2) / 5 + day - 1 - 719468;
}

static int is_leap(long year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

struct tm *gmtime_r(const time_t *restrict t, struct tm *restrict tm)
{
	long day = floor_div(*t, DAY), second = *t - day * DAY;
	long year = 1970 + floor_div(day, 366);
	int month = 11;

	/* The guess is never too late, and off by few years in a lifetime. */
	year += floor_div(day - days_from_date(year, 0, 1), 366);
	while (days_from_date(year + 1, 0, 1) <= day)
		year++;
	while (days_from_date(year, month, 1) > day)
		month--;
	tm->tm_year = (int)(year - 1900);
	tm->tm_mon = month;
	tm->tm_mday = (int)(day - days_from_date(year, month, 1)) + 1;
	tm->tm_yday = (int)(day - days_from_date(year, 0, 1));
	tm->tm_wday = (int)(day + 4 - floor_div(day + 4, 7) * 7);
	tm->tm_hour = (int)(second / 3600);
	tm->tm_min = (int)(second / 60 % 60);
	tm->tm_sec = (int)(second % 60);
	tm->tm_isdst = 0;
	return tm;
}

struct tm *gmtime(const time_t *t)
{
	static struct tm tm;

	return gmtime_r(t, &tm);
}

struct tm *localtime_r(const time_t *restrict t, struct tm *restrict tm)
{
	return gmtime_r(t, tm);
}

struct tm *localtime(const time_t *t)
{
	return gmtime(t);
}

time_t timegm(struct tm *tm)
{
	long year = 1900L + tm->tm_year + floor_div(tm->tm_mon, 12);
	int month = (int)(tm->tm_mon - floor_div(tm->tm_mon, 12) * 12);
	time_t t = days_from_date(year, month, tm->tm_mday) * DAY
		   + tm->tm_hour * 3600L + tm->tm_min * 60L + tm->tm_sec;

	gmtime_r(&t, tm);
	return t;
}

time_t mktime(struct tm *tm)
{
	return timegm(tm);
}

char *asctime_r(const struct tm *restrict tm, char *restrict buf)
{
	strftime(buf, 26, "%a %b %e %H:%M:%S %Y\n", tm);
	return buf;
}

char *asctime(const struct tm *tm)
{
	static char buf[26];

	return asctime_r(tm, buf);
}

char *ctime(const time_t *t)
{
	return asctime(gmtime(t));
}

/** Week of the year, by weeks that begin with `first` (0 Sunday, 1 Monday). */
static int week_of(const struct tm *tm, int first)
{
	return (tm->tm_yday + 7 - (tm->tm_wday - first + 7) % 7) / 7;
}

/** Week of ISO 8601: the first one is that with the year's first Thursday. */
static int iso_week(const struct tm *tm, long *year)
{
	int weekday = (tm->tm_wday + 6) % 7;
	int week = (tm->tm_yday - weekday + 10) / 7;
	long y = 1900L + tm->tm_year;
	int thursday = tm->tm_yday - weekday + 3;

	if (thursday < 0) {
		y--;
		week = (tm->tm_yday + 365 + is_leap(y) - weekday + 10) / 7;
	} else if (thursday >= 365 + is_leap(y)) {
		y++;
		week = 1;
	}
	*year = y;
	return week;
}

/** Formats one conversion into `s`, or names others that it is made of in `nested`. */
static void convert(char *s, size_t size, char c, const struct tm *tm, const char **nested)
{
	long year = 1900L + tm->tm_year, iso_year;
	int twelve = tm->tm_hour % 12 ? tm->tm_hour % 12 : 12;
	int week = iso_week(tm, &iso_year);
	struct tm copy = *tm;

	s[0] = '\0';
	switch (c) {
	case 'a': snprintf(s, size, "%.3s", days[tm->tm_wday]); break;
	case 'A': snprintf(s, size, "%s", days[tm->tm_wday]); break;
	case 'b':
	case 'h': snprintf(s, size, "%.3s", months[tm->tm_mon]); break;
	case 'B': snprintf(s, size, "%s", months[tm->tm_mon]); break;
	case 'c': *nested = "%a %b %e %H:%M:%S %Y"; break;
	case 'C': snprintf(s, size, "%02ld", floor_div(year, 100)); break;
	case 'd': snprintf(s, size, "%02d", tm->tm_mday); break;
	case 'D':
	case 'x': *nested = "%m/%d/%y"; break;
	case 'e': snprintf(s, size, "%2d", tm->tm_mday); break;
	case 'F': *nested = "%Y-%m-%d"; break;
	case 'g': snprintf(s, size, "%02ld", iso_year - floor_div(iso_year, 100) * 100); break;
	case 'G': snprintf(s, size, "%ld", iso_year); break;
	case 'H': snprintf(s, size, "%02d", tm->tm_hour); break;
	case 'I': snprintf(s, size, "%02d", twelve); break;
	case 'j': snprintf(s, size, "%03d", tm->tm_yday + 1); break;
	case 'm': snprintf(s, size, "%02d", tm->tm_mon + 1); break;
	case 'M': snprintf(s, size, "%02d", tm->tm_min); break;
	case 'n': snprintf(s, size, "\n"); break;
	case 'p': snprintf(s, size, "%s", tm->tm_hour < 12 ? "AM" : "PM"); break;
	case 'r': *nested = "%I:%M:%S %p"; break;
	case 'R': *nested = "%H:%M"; break;
	case 's': snprintf(s, size, "%ld", timegm(&copy)); break;
	case 'S': snprintf(s, size, "%02d", tm->tm_sec); break;
	case 't': snprintf(s, size, "\t"); break;
	case 'T':
	case 'X': *nested = "%H:%M:%S"; break;
	case 'u': snprintf(s, size, "%d", tm->tm_wday ? tm->tm_wday : 7); break;
	case 'U': snprintf(s, size, "%02d", week_of(tm, 0)); break;
	case 'V': snprintf(s, size, "%02d", week); break;
	case 'w': snprintf(s, size, "%d", tm->tm_wday); break;
	case 'W': snprintf(s, size, "%02d", week_of(tm, 1)); break;
	case 'y': snprintf(s, size, "%02ld", year - floor_div(year, 100) * 100); break;
	case 'Y': snprintf(s, size, "%ld", year); break;
	case 'z': snprintf(s, size, "+0000"); break;
	case 'Z': snprintf(s, size, "UTC"); break;
	case '%': snprintf(s, size, "%%"); break;
	default: snprintf(s, size, "%%%c", c);
	}
}

size_t strftime(char *restrict s, size_t max, const char *restrict fmt,
		const struct tm *restrict tm)
{
	size_t n = 0;

	while (*fmt) {
		char one[24] = { *fmt, '\0' };
		const char *nested = 0;
		size_t len;

		if (*fmt == '%' && fmt[1]) {
			fmt++;
			if ((*fmt == 'E' || *fmt == 'O') && fmt[1])
				fmt++;
			convert(one, sizeof(one), *fmt, tm, &nested);
		}
		fmt++;
		len = nested ? strftime(s + n, max - n, nested, tm) : strlen(one);
		if ((nested && len == 0) || len >= max - n)
			return 0;
		if (!nested)
			memcpy(s + n, one, len);
		n += len;
	}
	if (max == 0)
		return 0;
	s[n] = '\0';
	return n;
}
