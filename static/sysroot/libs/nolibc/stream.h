/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef __NOLIBC_STREAM_H__
#define __NOLIBC_STREAM_H__

#include <stdio.h>

struct __nolibc_file {
	unsigned char fd;
	unsigned char at_end;
	unsigned char failed;
	unsigned char pushed;		/* whether ungetc() has left something */
	unsigned char pushed_back;
};

void __nolibc_write(FILE *f, const char *text, size_t len);

#endif /* __NOLIBC_STREAM_H__ */
