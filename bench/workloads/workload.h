/* What workloads share: a checksum to print, and functions that compilers expect. The same C is a native program with -DNATIVE. */
#ifndef WORKLOAD_H
#define WORKLOAD_H
#include <stddef.h>
#include <stdint.h>

/* How often a workload does its work; once takes QEMU about half a second. */
#ifndef TIMES
#define TIMES 1
#endif

uint64_t workload(void);

#ifdef NATIVE
#include <stdio.h>
#include <string.h>
int main(void) { printf("%016llx\n", (unsigned long long)workload()); return 0; }
#else
void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memset(void *to, int byte, size_t n);
static void put(char c) { *(volatile uint32_t *)0x09000000 = (uint32_t)c; }
int main(void)
{
	uint64_t sum = workload();
	for (int i = 60; i >= 0; i -= 4) put("0123456789abcdef"[(sum >> i) & 15]);
	put('\n');
	return 0;
}
void *memset(void *to, int byte, size_t n)
{
	unsigned char *p = to;
	while (n--) { *p++ = (unsigned char)byte; __asm__ volatile(""); }
	return to;
}
void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
	unsigned char *p = to;
	const unsigned char *q = from;
	while (n >= 8) { uint64_t w; __builtin_memcpy_inline(&w, q, 8); __builtin_memcpy_inline(p, &w, 8); p += 8; q += 8; n -= 8; __asm__ volatile(""); }
	while (n--) { *p++ = *q++; __asm__ volatile(""); }
	return to;
}
#endif
#endif
