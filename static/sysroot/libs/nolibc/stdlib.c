/* SPDX-License-Identifier: BSD-3-Clause */
/** Arithmetic, random numbers, sorting and searching. */
#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>

int abs(int value) { return value < 0 ? -value : value; }
long labs(long value) { return value < 0 ? -value : value; }
long long llabs(long long value) { return value < 0 ? -value : value; }
intmax_t imaxabs(intmax_t value) { return value < 0 ? -value : value; }

div_t div(int a, int b) { return (div_t){ a / b, a % b }; }
ldiv_t ldiv(long a, long b) { return (ldiv_t){ a / b, a % b }; }
lldiv_t lldiv(long long a, long long b) { return (lldiv_t){ a / b, a % b }; }
imaxdiv_t imaxdiv(intmax_t a, intmax_t b) { return (imaxdiv_t){ a / b, a % b }; }

char *getenv(const char *name)
{
	(void)name;
	return 0;
}

/* SplitMix64: a counter, well stirred. Every seed is good, and the period is 2^64. */
static uint64_t random_state;

static uint64_t stir(uint64_t z)
{
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9UL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebUL;
	return z ^ z >> 31;
}

void srand(unsigned int seed)
{
	random_state = seed;
}

int rand(void)
{
	return (int)(stir(random_state += 0x9e3779b97f4a7c15UL) >> 33);
}

int rand_r(unsigned int *state)
{
	return (int)(stir(*state += 0x9e3779b9) >> 33);
}

void srandom(unsigned int seed)
{
	srand(seed);
}

long random(void)
{
	return rand();
}

static void swap(char *a, char *b, size_t size)
{
	while (size-- > 0) {
		char c = *a;

		*a++ = *b;
		*b++ = c;
	}
}

/**
 * Heapsort: no recursion, no extra memory, and never worse than n log n. In a heap no
 * element is less than its children, those of i are 2i+1 and 2i+2; so the largest is first.
 */
void qsort(void *base, size_t count, size_t size,
	   int (*compare)(const void *, const void *))
{
	char *a = base;
	size_t start = count / 2, end = count;

	while (end > 1) {
		size_t i, child;

		if (start > 0)
			start--;		/* still building the heap */
		else
			swap(a, a + --end * size, size);
		/* Element `start` may be too small for its place: let it sink. */
		for (i = start; (child = 2 * i + 1) < end; i = child) {
			if (child + 1 < end &&
			    compare(a + child * size, a + (child + 1) * size) < 0)
				child++;
			if (compare(a + i * size, a + child * size) >= 0)
				break;
			swap(a + i * size, a + child * size, size);
		}
	}
}

void *bsearch(const void *key, const void *base, size_t count, size_t size,
	      int (*compare)(const void *, const void *))
{
	const char *a = base;

	while (count > 0) {
		size_t middle = count / 2;
		int order = compare(key, a + middle * size);

		if (order == 0)
			return (void *)(a + middle * size);
		if (order > 0) {
			a += (middle + 1) * size;
			count -= middle + 1;
		} else {
			count = middle;
		}
	}
	return 0;
}
