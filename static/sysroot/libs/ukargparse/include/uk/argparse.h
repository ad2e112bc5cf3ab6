/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef __UK_ARGPARSE_H__
#define __UK_ARGPARSE_H__

#include <uk/arch/types.h>

/**
 * Splits a line into words, in place.
 *
 * @param argb line; it ends at a zero byte, or after `maxlen` bytes. Changed: words end in
 *  zero bytes, quotes and backslashes are gone
 * @param argv receives pointers into `argb`
 * @param maxcount room in `argv`; words beyond are left out
 * @return number of words
 */
int uk_argnparse(char *argb, __sz maxlen, char *argv[], int maxcount);

#define uk_argparse(argb, argv, maxcount) \
	uk_argnparse((argb), __SZ_MAX, (argv), (maxcount))

#endif /* __UK_ARGPARSE_H__ */
