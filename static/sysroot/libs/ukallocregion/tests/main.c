/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <uk/allocregion.h>
#include <uk/test.h>

static char memory[64 * 1024] __align(4096);
static struct uk_alloc *a;

UK_TESTCASE(region, takes_memory_that_is_not_aligned)
{
	a = uk_allocregion_init(memory + 3, sizeof(memory) - 3);
	UK_TEST_ASSERT(a);
	UK_TEST_EXPECT(uk_allocregion_init(memory, 64) == 0);
}

UK_TESTCASE(region, gives_blocks_one_after_the_other)
{
	char *p = uk_malloc(a, 1), *q = uk_malloc(a, 100), *r = uk_malloc(a, 1);

	UK_TEST_EXPECT((uintptr_t)p % 16 == 0 && (uintptr_t)q % 16 == 0);
	UK_TEST_EXPECT(q == p + 32 && r == q + 112 + 16);
}

UK_TESTCASE(region, takes_nothing_back)
{
	__ssz before;
	void *p = uk_malloc(a, 1000);

	before = uk_alloc_availmem(a);
	uk_free(a, p);
	uk_free(a, 0);
	UK_TEST_EXPECT(uk_alloc_availmem(a) == before);
}

UK_TESTCASE(region, aligns_as_asked)
{
	for (__sz align = 1; align <= 4096; align *= 2)
		UK_TEST_EXPECT((uintptr_t)uk_memalign(a, align, 24) % align == 0);
	UK_TEST_EXPECT((uintptr_t)uk_palloc(a, 1) % 4096 == 0);
}

UK_TESTCASE(region, keeps_contents_when_blocks_grow)
{
	char *p = uk_malloc(a, 10), *q;

	strcpy(p, "contents");
	q = uk_realloc(a, p, 5000);
	UK_TEST_ASSERT(q);
	UK_TEST_EXPECT(q != p && strcmp(q, "contents") == 0);
	UK_TEST_EXPECT(uk_realloc(a, q, 20) == q);
}

UK_TESTCASE(region, says_no_when_nothing_is_left)
{
	int n = 0;

	UK_TEST_EXPECT(uk_malloc(a, sizeof(memory)) == 0);
	UK_TEST_EXPECT(uk_malloc(a, (__sz)-1) == 0);
	while (uk_malloc(a, 100))
		n++;
	UK_TEST_EXPECT(n > 100 && uk_alloc_availmem(a) < 128);
	UK_TEST_EXPECT(uk_malloc(a, 200) == 0);
}

int main(void)
{
	printf("%d failed\n", uk_test_failures());
	return 0;
}
