/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/assert.h>
#include <uk/crash.h>
#include <uk/plat/bootstrap.h>

void _uk_assert_fail(const char *what, const char *file, int line)
{
	/* Room for a line number, written from its last digit on. */
	char digits[12], *d = digits + sizeof(digits) - 1;

	*d = '\0';
	do
		*--d = (char)('0' + line % 10);
	while ((line /= 10) > 0);
	uk_crash_puts(what);
	uk_crash_puts(", ");
	uk_crash_puts(file);
	uk_crash_puts(":");
	uk_crash_puts(d);
	uk_crash_puts("\n");
#ifdef CONFIG_LIBUKDEBUG_CRASH_SCREEN
	uk_backtrace((__uptr)__builtin_frame_address(0));
#endif
	ukplat_crash();
}
