/* SPDX-License-Identifier: BSD-3-Clause */
/* Says everything louder. No stdio here: every byte goes through uart.c. */
#include "uart.h"

static void put(const char *text)
{
	while (*text)
		uart_put(*text++);
}

int main(void)
{
	uart_start();
	put("Say something, end with a dot.\r\n");
	for (;;) {
		char c = uart_get();

		uart_put(c >= 'a' && c <= 'z' ? (char)(c - 32) : c);
		if (c == '.')
			break;
	}
	put("\r\nThank you.\r\n");
	return 0;
}
