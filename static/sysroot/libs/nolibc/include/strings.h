/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef __STRINGS_H__
#define __STRINGS_H__

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

int strcasecmp(const char *a, const char *b);
int strncasecmp(const char *a, const char *b, size_t n);
int ffs(int value);
int ffsl(long value);
int ffsll(long long value);

#ifdef __cplusplus
}
#endif

#endif /* __STRINGS_H__ */
