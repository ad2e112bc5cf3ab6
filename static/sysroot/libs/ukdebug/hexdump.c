/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/crash.h>
#include <uk/hexdump.h>

#define ROW	16

void uk_hexdumpk(const void *data, __sz len, int flags)
{
	const unsigned char *bytes = data;

	for (__sz at = 0; at < len; at += ROW) {
		char text[ROW + 2];
		__sz n = len - at < ROW ? len - at : ROW;

		if (flags & UK_HXDF_ADDR)
			uk_crash_puthex((__uptr)(bytes + at), 16);
		else
			uk_crash_puthex(at, 8);
		for (__sz i = 0; i < ROW; i++) {
			uk_crash_puts(i == ROW / 2 ? "  " : " ");
			if (i < n) {
				unsigned char c = bytes[at + i];

				uk_crash_puthex(c, 2);
				text[i] = (char)(c >= ' ' && c <= '~' ? c : '.');
			} else {
				uk_crash_puts("  ");
			}
		}
		text[n] = '\n';
		text[n + 1] = '\0';
		uk_crash_puts("  ");
		uk_crash_puts(text);
	}
}
