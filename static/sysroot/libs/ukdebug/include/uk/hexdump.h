/* SPDX-License-Identifier: BSD-3-Clause */
/** Memory as rows of sixteen bytes, hexadecimal and as text. */
#ifndef __UK_HEXDUMP_H__
#define __UK_HEXDUMP_H__

#include <uk/arch/types.h>

#define UK_HXDF_ADDR	0x1	/* addresses in front, not offsets */

/** Prints `len` bytes on the console. */
void uk_hexdumpk(const void *data, __sz len, int flags);

#endif /* __UK_HEXDUMP_H__ */
