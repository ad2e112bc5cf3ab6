/* SPDX-License-Identifier: BSD-3-Clause */
/** The few calls of POSIX that make sense with a console and a clock. */
#ifndef __UNISTD_H__
#define __UNISTD_H__

#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define STDIN_FILENO	0
#define STDOUT_FILENO	1
#define STDERR_FILENO	2

/** Waits until there is something, then gives what there is, at most `len` bytes; 0 after Ctrl-D. */
ssize_t read(int fd, void *buf, size_t len);
ssize_t write(int fd, const void *buf, size_t len);
int isatty(int fd);
unsigned int sleep(unsigned int seconds);
int usleep(useconds_t microseconds);
void __attribute__((noreturn)) _exit(int status);

#ifdef __cplusplus
}
#endif

#endif /* __UNISTD_H__ */
