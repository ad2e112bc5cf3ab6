/* SPDX-License-Identifier: BSD-3-Clause */
/** The C library's names for the default allocator. */
#include <errno.h>
#include <stdlib.h>
#include <uk/alloc.h>

void *malloc(size_t size)
{
	return uk_malloc(uk_alloc_get_default(), size);
}

void *calloc(size_t count, size_t size)
{
	return uk_calloc(uk_alloc_get_default(), count, size);
}

void *realloc(void *ptr, size_t size)
{
	return uk_realloc(uk_alloc_get_default(), ptr, size);
}

void *reallocarray(void *ptr, size_t count, size_t size)
{
	size_t len;

	if (__builtin_mul_overflow(count, size, &len)) {
		errno = ENOMEM;
		return 0;
	}
	return realloc(ptr, len);
}

void *memalign(size_t align, size_t size)
{
	return uk_memalign(uk_alloc_get_default(), align, size);
}

void *aligned_alloc(size_t align, size_t size)
{
	return memalign(align, size);
}

int posix_memalign(void **ptr, size_t align, size_t size)
{
	return uk_posix_memalign(uk_alloc_get_default(), ptr, align, size);
}

void free(void *ptr)
{
	if (ptr)
		uk_free(uk_alloc_get_default(), ptr);
}
