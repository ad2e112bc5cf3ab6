/* SPDX-License-Identifier: BSD-3-Clause */
/** Formatted input and output; of streams there are three, all of them the console. */
#ifndef __STDIO_H__
#define __STDIO_H__

#include <stdarg.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define EOF	(-1)
#define BUFSIZ	256
#define _IOFBF	0
#define _IOLBF	1
#define _IONBF	2

typedef struct __nolibc_file FILE;

extern FILE *stdin, *stdout, *stderr;

#define __PRINTF(f, a)	__attribute__((format(printf, f, a)))
#define __SCANF(f, a)	__attribute__((format(scanf, f, a)))

int printf(const char *restrict fmt, ...) __PRINTF(1, 2);
int fprintf(FILE *restrict f, const char *restrict fmt, ...) __PRINTF(2, 3);
int dprintf(int fd, const char *restrict fmt, ...) __PRINTF(2, 3);
int sprintf(char *restrict s, const char *restrict fmt, ...) __PRINTF(2, 3);
int snprintf(char *restrict s, size_t size, const char *restrict fmt, ...) __PRINTF(3, 4);
int asprintf(char **restrict s, const char *restrict fmt, ...) __PRINTF(2, 3);
int vprintf(const char *restrict fmt, va_list ap) __PRINTF(1, 0);
int vfprintf(FILE *restrict f, const char *restrict fmt, va_list ap) __PRINTF(2, 0);
int vsprintf(char *restrict s, const char *restrict fmt, va_list ap) __PRINTF(2, 0);
int vsnprintf(char *restrict s, size_t size, const char *restrict fmt, va_list ap) __PRINTF(3, 0);
int vasprintf(char **restrict s, const char *restrict fmt, va_list ap) __PRINTF(2, 0);

int scanf(const char *restrict fmt, ...) __SCANF(1, 2);
int fscanf(FILE *restrict f, const char *restrict fmt, ...) __SCANF(2, 3);
int sscanf(const char *restrict s, const char *restrict fmt, ...) __SCANF(2, 3);
int vscanf(const char *restrict fmt, va_list ap) __SCANF(1, 0);
int vfscanf(FILE *restrict f, const char *restrict fmt, va_list ap) __SCANF(2, 0);
int vsscanf(const char *restrict s, const char *restrict fmt, va_list ap) __SCANF(2, 0);

int puts(const char *s);
int putchar(int c);
int putc(int c, FILE *f);
int fputc(int c, FILE *f);
int fputs(const char *restrict s, FILE *restrict f);
size_t fwrite(const void *restrict data, size_t size, size_t count, FILE *restrict f);

/* Reading waits; other threads go on meanwhile. Ctrl-D is the end of the file. */
int getchar(void);
int getc(FILE *f);
int fgetc(FILE *f);
int ungetc(int c, FILE *f);
char *fgets(char *restrict s, int size, FILE *restrict f);
size_t fread(void *restrict data, size_t size, size_t count, FILE *restrict f);

int fflush(FILE *f);
int feof(FILE *f);
int ferror(FILE *f);
void clearerr(FILE *f);
int fileno(FILE *f);
int setvbuf(FILE *restrict f, char *restrict buf, int mode, size_t size);
void perror(const char *s);

#ifdef __cplusplus
}
#endif

#endif /* __STDIO_H__ */
