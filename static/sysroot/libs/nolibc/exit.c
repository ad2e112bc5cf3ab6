/* SPDX-License-Identifier: BSD-3-Clause */
/** Endings. There is no parent process to tell a status: it is in the log, for those who look. */
#include <stdlib.h>
#include <uk/boot.h>
#include <uk/assert.h>
#include <uk/init.h>
#include <uk/print.h>
#include <unistd.h>

static void (*functions[CONFIG_LIBNOLIBC_ATEXIT_MAX])(void);
static int count;

int atexit(void (*fn)(void))
{
	if (count == CONFIG_LIBNOLIBC_ATEXIT_MAX)
		return -1;
	functions[count++] = fn;
	return 0;
}

void exit(int status)
{
	while (count > 0)
		functions[--count]();
	_Exit(status);
}

void _Exit(int status)
{
	uk_pr_info("exit(%d)\n", status);
	uk_boot_shutdown(UKPLAT_HALT);
}

void _exit(int status)
{
	_Exit(status);
}

void abort(void)
{
	UK_CRASH("abort()");
}
