/* SPDX-License-Identifier: BSD-3-Clause */
/** The list of memory regions: see <uk/plat/memory.h>. */
#include <errno.h>
#include <kvm/kvm.h>
#include <kvm/memregion.h>
#include <uk/arch/paging.h>
#include <uk/plat/memory.h>

struct ukplat_memregion_desc kvm_memregions[KVM_MEMREGIONS];
unsigned int kvm_memregion_count;

void kvm_memregion_add(__paddr_t base, __sz len, unsigned int type,
		       unsigned int flags, const char *name)
{
	unsigned int at = kvm_memregion_count;

	if (len == 0 || at == KVM_MEMREGIONS)
		return;
	/* In order of address. */
	for (; at > 0 && kvm_memregions[at - 1].pbase > base; at--)
		kvm_memregions[at] = kvm_memregions[at - 1];
	kvm_memregions[at] = (struct ukplat_memregion_desc){
		.pbase = base, .vbase = base, .len = len,
		.type = (__u16)type, .flags = (__u16)flags, .name = name,
	};
	kvm_memregion_count++;
}

/** Adds what lies between the regions, in whole pages, as free memory. */
void kvm_memregion_fill(__paddr_t ram, __sz len)
{
	__paddr_t at = ram, end = ram + len;

	for (unsigned int i = 0; i <= kvm_memregion_count; i++) {
		struct ukplat_memregion_desc *next = &kvm_memregions[i];
		__paddr_t limit = i < kvm_memregion_count ? MIN(next->pbase, end) : end;
		__paddr_t start = ALIGN_UP(at, PAGE_SIZE);

		limit = ALIGN_DOWN(limit, PAGE_SIZE);
		if (start < limit) {
			kvm_memregion_add(start, limit - start, UKPLAT_MEMRT_FREE,
					  UKPLAT_MEMRF_READ | UKPLAT_MEMRF_WRITE,
					  "free");
			at = limit;
			/* The new region sits at i; look at the same neighbour next. */
			continue;
		}
		if (i < kvm_memregion_count)
			at = MAX(at, next->pbase + next->len);
	}
}

int ukplat_memregion_count(void)
{
	return (int)kvm_memregion_count;
}

int ukplat_memregion_get(int i, struct ukplat_memregion_desc **mrd)
{
	if (i < 0 || i >= (int)kvm_memregion_count)
		return -ENOENT;
	*mrd = &kvm_memregions[i];
	return 0;
}

int ukplat_memregion_find_next(int i, __u32 type, __u32 flags,
			       struct ukplat_memregion_desc **mrd)
{
	while (ukplat_memregion_get(++i, mrd) == 0)
		if ((!type || ((*mrd)->type & type)) &&
		    ((*mrd)->flags & flags) == flags)
			return i;
	return -1;
}
