/* SPDX-License-Identifier: BSD-3-Clause */
/** Kernel messages: a level, who speaks, and the text, in one line. */
#include <stdarg.h>
#include <stdio.h>
#include <uk/plat/console.h>
#include <uk/plat/time.h>
#include <uk/print.h>

/* Longer messages are cut. */
#define MESSAGE_MAX	192

void _uk_printk(int lvl, const char *libname, const char *srcname,
		unsigned int srcline, const char *fmt, ...)
{
	static const char levels[][6] = { "Debug", "Crit", "Error", "Warn", "Info" };
	char text[MESSAGE_MAX];
	va_list ap;
	int n = 0;

#ifdef CONFIG_LIBUKDEBUG_PRINT_TIME
	__nsec now = ukplat_monotonic_clock();

	n += snprintf(text + n, sizeof(text) - n, "[%5lu.%06lu] ",
		      ukarch_time_nsec_to_sec(now),
		      ukarch_time_nsec_to_usec(ukarch_time_subsec(now)));
#endif
	n += snprintf(text + n, sizeof(text) - n, "%s: [%s] ", levels[lvl + 1],
		      libname ? libname : "?");
	if (srcname)
		n += snprintf(text + n, sizeof(text) - n, "<%s @ %u> ", srcname,
			      srcline);
	va_start(ap, fmt);
	n += vsnprintf(text + n, sizeof(text) - n, fmt, ap);
	va_end(ap);
	if (n > (int)sizeof(text) - 1) {
		n = sizeof(text) - 1;
		text[n - 1] = '\n';
	}
	ukplat_coutk(text, (unsigned int)n);
}
