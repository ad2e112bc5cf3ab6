/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * The three streams, all on the console. Nothing is buffered on our side: the UART has a
 * queue, and a program that crashes has said all that it said.
 */
#include "stream.h"
#include <errno.h>
#include <string.h>
#include <uk/config.h>
#include <uk/plat/console.h>
#include <uk/plat/lcpu.h>
#include <unistd.h>
#ifdef CONFIG_LIBUKSCHED
#include <uk/sched.h>
#include <uk/wait.h>
#endif

#define END_OF_FILE	4	/* Ctrl-D */

static FILE in = { .fd = 0 }, out = { .fd = 1 }, err = { .fd = 2 };
FILE *stdin = &in, *stdout = &out, *stderr = &err;

void __nolibc_write(FILE *f, const char *text, size_t len)
{
	if (f->fd == 0)
		f->failed = 1;
	else
		ukplat_coutk(text, (unsigned int)len);
}

#ifdef CONFIG_LIBUKSCHED
static struct uk_waitq readers = __WAIT_QUEUE_INITIALIZER(readers);

static void wake_readers(void *arg __unused)
{
	uk_waitq_wake_up(&readers);
}
#endif

/** Waits for input; other threads run meanwhile if there are any, else the CPU sleeps. */
static int wait_for_input(char *buf, unsigned int len)
{
	int n;

#ifdef CONFIG_LIBUKSCHED
	if (uk_thread_current()) {
		ukplat_cin_notify(wake_readers, 0);
		uk_waitq_wait_event(&readers, (n = ukplat_cink(buf, len)) > 0);
		return n;
	}
#endif
	while ((n = ukplat_cink(buf, len)) == 0) {
		unsigned long flags = ukplat_lcpu_save_irqf();

		/* Again with interrupts masked: it may have come in between. */
		n = ukplat_cink(buf, len);
		if (n == 0)
			ukplat_lcpu_halt_irq();
		ukplat_lcpu_restore_irqf(flags);
		if (n > 0)
			break;
	}
	return n;
}

ssize_t read(int fd, void *buf, size_t len)
{
	char *text = buf;
	int n;

	if (fd != 0) {
		errno = EBADF;
		return -1;
	}
	if (len == 0)
		return 0;
	n = wait_for_input(text, len > 4096 ? 4096 : (unsigned int)len);
	/* A terminal sends the end of the file as a character. */
	return text[0] == END_OF_FILE ? 0 : n;
}

ssize_t write(int fd, const void *buf, size_t len)
{
	if (fd != 1 && fd != 2) {
		errno = EBADF;
		return -1;
	}
	return ukplat_coutk(buf, (unsigned int)len);
}

int isatty(int fd)
{
	return fd >= 0 && fd <= 2;
}

int fputc(int c, FILE *f)
{
	char one = (char)c;

	__nolibc_write(f, &one, 1);
	return (unsigned char)c;
}

int putc(int c, FILE *f)
{
	return fputc(c, f);
}

int putchar(int c)
{
	return fputc(c, stdout);
}

int fputs(const char *restrict s, FILE *restrict f)
{
	__nolibc_write(f, s, strlen(s));
	return 0;
}

int puts(const char *s)
{
	fputs(s, stdout);
	fputc('\n', stdout);
	return 0;
}

size_t fwrite(const void *restrict data, size_t size, size_t count, FILE *restrict f)
{
	__nolibc_write(f, data, size * count);
	return count;
}

int fgetc(FILE *f)
{
	char c;

	if (f->pushed) {
		f->pushed = 0;
		return f->pushed_back;
	}
	if (f->at_end)
		return EOF;
	switch (read(f->fd, &c, 1)) {
	case 1:
		return (unsigned char)c;
	case 0:
		f->at_end = 1;
		return EOF;
	default:
		f->failed = 1;
		return EOF;
	}
}

int getc(FILE *f)
{
	return fgetc(f);
}

int getchar(void)
{
	return fgetc(stdin);
}

int ungetc(int c, FILE *f)
{
	if (c == EOF || f->pushed)
		return EOF;
	f->pushed = 1;
	f->pushed_back = (unsigned char)c;
	f->at_end = 0;
	return c;
}

char *fgets(char *restrict s, int size, FILE *restrict f)
{
	int n = 0;

	while (n < size - 1) {
		int c = fgetc(f);

		if (c == EOF)
			break;
		s[n++] = (char)c;
		if (c == '\n')
			break;
	}
	if (n == 0)
		return 0;
	s[n] = '\0';
	return s;
}

size_t fread(void *restrict data, size_t size, size_t count, FILE *restrict f)
{
	char *d = data;
	size_t n = 0;
	int c;

	while (n < size * count && (c = fgetc(f)) != EOF)
		d[n++] = (char)c;
	return size ? n / size : 0;
}

int fflush(FILE *f __unused) { return 0; }
int feof(FILE *f) { return f->at_end; }
int ferror(FILE *f) { return f->failed; }
int fileno(FILE *f) { return f->fd; }

void clearerr(FILE *f)
{
	f->at_end = 0;
	f->failed = 0;
}

int setvbuf(FILE *restrict f __unused, char *restrict buf __unused,
	    int mode __unused, size_t size __unused)
{
	return 0;
}

void perror(const char *s)
{
	if (s && *s) {
		fputs(s, stderr);
		fputs(": ", stderr);
	}
	fputs(strerror(errno), stderr);
	fputc('\n', stderr);
}
