/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef __LIMITS_H__
#define __LIMITS_H__

#include_next <limits.h>

#ifndef SSIZE_MAX
#define SSIZE_MAX	LONG_MAX
#endif
#define PATH_MAX	4096

#endif /* __LIMITS_H__ */
