/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>
#include <uk/alloc_impl.h>

struct uk_alloc *_uk_alloc_head;

int uk_alloc_register(struct uk_alloc *a)
{
	struct uk_alloc **last = &_uk_alloc_head;

	while (*last)
		last = &(*last)->next;
	a->next = 0;
	*last = a;
	return 0;
}

__sz uk_alloc_availmem_total(void)
{
	struct uk_alloc *a;
	__sz total = 0;

	uk_alloc_foreach(a)
		if (a->availmem)
			total += (__sz)a->availmem(a);
	return total;
}

void *uk_calloc_compat(struct uk_alloc *a, __sz nmemb, __sz size)
{
	__sz len;
	void *ptr;

	if (__builtin_mul_overflow(nmemb, size, &len)) {
		errno = ENOMEM;
		return 0;
	}
	ptr = uk_do_malloc(a, len);
	if (ptr)
		memset(ptr, 0, len);
	return ptr;
}

int uk_posix_memalign_compat(struct uk_alloc *a, void **memptr, __sz align, __sz size)
{
	int saved = errno;
	void *ptr;

	if (!POWER_OF_2(align) || align % sizeof(void *) != 0)
		return EINVAL;
	ptr = uk_do_memalign(a, align, size);
	errno = saved;
	if (!ptr)
		return ENOMEM;
	*memptr = ptr;
	return 0;
}
