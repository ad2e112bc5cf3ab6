/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Says again what is said to it.
 *
 * There is no terminal driver between the UART and main(): what a terminal usually does for a
 * program, showing what is typed and letting one rub it out, is done here. Each
 * getchar() that finds nothing puts the CPU to sleep; the UART's interrupt wakes it.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <uk/config.h>

#define BACKSPACE	'\b'
#define DELETE		0x7f

/* Reads a line into `line`, without its end. Returns 0 at the end of the input (Ctrl-D). */
static int read_line(char *line, int max)
{
	int n = 0, c;

	while ((c = getchar()) != EOF) {
		if (c == '\r' || c == '\n') {
			putchar('\n');
			line[n] = '\0';
			return 1;
		}
		if (c == BACKSPACE || c == DELETE) {
			if (n > 0) {
				n--;
				fputs("\b \b", stdout);
			}
		} else if (isprint(c) && n < max - 1) {
			line[n++] = (char)c;
			putchar(c);
		}
	}
	return 0;
}

int main(void)
{
	static char line[CONFIG_APPECHO_LINE_MAX + 1];
	int lines = 0;

	puts("I repeat what you type. Ctrl-D or \"quit\" ends this.");
	for (;;) {
		fputs(CONFIG_APPECHO_PROMPT, stdout);
		if (!read_line(line, sizeof(line)) || strcmp(line, "quit") == 0)
			break;
		printf("%s\n", line);
		lines++;
	}
	printf("Bye after %d line%s.\n", lines, lines == 1 ? "" : "s");
	return 0;
}
