/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uk/allocbbuddy.h>
#include <uk/test.h>

/* A heap of our own, so that the image's may be as it likes. */
static char memory[256 * 1024] __align(4096);
static struct uk_alloc *a;

UK_TESTCASE(bbuddy, takes_memory_that_is_not_aligned)
{
	a = uk_allocbbuddy_init(memory + 7, sizeof(memory) - 100);
	UK_TEST_ASSERT(a);
	UK_TEST_EXPECT(uk_alloc_availmem(a) > (__ssz)sizeof(memory) * 9 / 10);
	UK_TEST_EXPECT(uk_allocbbuddy_init(memory, 200) == 0);
}

UK_TESTCASE(bbuddy, aligns_blocks_to_their_size)
{
	for (__sz size = 1; size <= 8192; size = size * 2 + 1) {
		void *p = uk_malloc(a, size);
		__sz block = 32;

		while (block < size)
			block *= 2;
		UK_TEST_EXPECT(p && (uintptr_t)p % block == 0);
		uk_free(a, p);
	}
}

UK_TESTCASE(bbuddy, gives_all_memory_back)
{
	__ssz before = uk_alloc_availmem(a), largest = uk_alloc_maxalloc(a);
	void *p[64];

	for (int i = 0; i < 64; i++)
		p[i] = uk_malloc(a, (__sz)(i * 37 % 900));
	/* Every other one first: buddies meet again only in the second half. */
	for (int i = 0; i < 64; i += 2)
		uk_free(a, p[i]);
	for (int i = 1; i < 64; i += 2)
		uk_free(a, p[i]);
	UK_TEST_EXPECT(uk_alloc_availmem(a) == before);
	UK_TEST_EXPECT(uk_alloc_maxalloc(a) == largest);
}

UK_TESTCASE(bbuddy, says_no_when_nothing_is_left)
{
	__ssz before = uk_alloc_availmem(a);
	void *first = 0, *p;
	int n = 0;

	UK_TEST_EXPECT(uk_malloc(a, sizeof(memory)) == 0);
	UK_TEST_EXPECT(uk_malloc(a, (__sz)-1) == 0);
	UK_TEST_EXPECT(uk_malloc(a, (__sz)1 << 63) == 0);
	UK_TEST_EXPECT(uk_palloc(a, (unsigned long)-1) == 0);
	UK_TEST_EXPECT(uk_palloc(a, 0) == 0);
	while ((p = uk_malloc(a, 1000))) {
		*(void **)p = first;
		first = p;
		n++;
	}
	UK_TEST_EXPECT(n > 200 && uk_alloc_maxalloc(a) < 1024);
	for (; first; first = p) {
		p = *(void **)first;
		uk_free(a, first);
	}
	UK_TEST_EXPECT(uk_alloc_availmem(a) == before);
}

UK_TESTCASE(bbuddy, gives_just_as_many_pages_as_asked_for)
{
	__ssz before = uk_alloc_availmem(a);
	char *p = uk_palloc(a, 5);

	UK_TEST_ASSERT(p && (uintptr_t)p % 4096 == 0);
	UK_TEST_EXPECT(uk_alloc_availmem(a) == before - 5 * 4096);
	memset(p, 0xff, 5 * 4096);
	/* In two pieces. */
	uk_pfree(a, p + 2 * 4096, 3);
	uk_pfree(a, p, 2);
	UK_TEST_EXPECT(uk_alloc_availmem(a) == before);
}

UK_TESTCASE(bbuddy, keeps_contents_when_blocks_grow_and_shrink)
{
	char *p = uk_malloc(a, 20);
	int good = 1;

	for (int i = 0; i < 20; i++)
		p[i] = (char)i;
	p = uk_realloc(a, p, 3000);
	for (int i = 0; i < 20; i++)
		good &= p[i] == i;
	p = uk_realloc(a, p, 10);
	for (int i = 0; i < 10; i++)
		good &= p[i] == i;
	UK_TEST_EXPECT(good);
	UK_TEST_EXPECT(uk_realloc(a, p, 0) == 0);
}

/* Random requests, each filled with its own pattern: blocks must not overlap. */
UK_TESTCASE(bbuddy, never_gives_the_same_memory_twice)
{
	static struct { unsigned char *p; __sz size; } held[100];
	__ssz before = uk_alloc_availmem(a);
	int bad = 0;

	srand(1);
	for (int i = 0; i < 20000; i++) {
		int k = rand() % 100;

		if (held[k].p) {
			for (__sz j = 0; j < held[k].size; j++)
				bad += held[k].p[j] != (unsigned char)k;
			uk_free(a, held[k].p);
			held[k].p = 0;
		} else {
			held[k].size = (__sz)(rand() % (rand() % 8 ? 300 : 9000));
			held[k].p = rand() % 4 ? uk_malloc(a, held[k].size)
					       : uk_memalign(a, 1UL << rand() % 13, held[k].size);
			if (held[k].p)
				memset(held[k].p, k, held[k].size);
		}
	}
	for (int k = 0; k < 100; k++)
		uk_free(a, held[k].p);
	UK_TEST_EXPECT(bad == 0);
	UK_TEST_EXPECT(uk_alloc_availmem(a) == before);
}

UK_TESTCASE(bbuddy, takes_more_memory_later)
{
	static char more[64 * 1024];
	__ssz before = uk_alloc_availmem(a);

	UK_TEST_EXPECT(uk_alloc_addmem(a, more, sizeof(more)) == 0);
	UK_TEST_EXPECT(uk_alloc_availmem(a) > before + 60 * 1024);
	UK_TEST_EXPECT(uk_alloc_addmem(a, more, 100) < 0);
}

int main(void)
{
	printf("%d failed\n", uk_test_failures());
	return 0;
}
