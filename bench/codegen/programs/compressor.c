/* Compresses text and numbers at three levels, restores them and compares. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "zlib.h"

int main(void)
{
	enum { SIZE = 60000 };
	static unsigned char data[SIZE], packed[SIZE * 2], restored[SIZE];
	static const char *const words[] = { "page ", "table ", "of ", "the ", "kernel\n", "loads ", "0x", "and ", "stores " };
	unsigned seed = 7;

	for (size_t at = 0; at < SIZE - 16;) {
		seed = seed * 1664525u + 1013904223u;
		at += sprintf((char *)data + at, seed >> 28 ? "%s" : "%s%u", words[(seed >> 16) % 9], seed >> 12);
	}
	for (int level = 1; level <= 9; level += 4) {
		uLongf packed_size = sizeof packed, size = sizeof restored;

		if (compress2(packed, &packed_size, data, SIZE, level) != Z_OK || uncompress(restored, &size, packed, packed_size) != Z_OK)
			return 1;
		if (size != SIZE || memcmp(restored, data, SIZE) != 0)
			return 2;
		printf("%d: %lu %08lx\n", level, (unsigned long)packed_size, crc32(0, packed, packed_size));
	}
	return 0;
}
