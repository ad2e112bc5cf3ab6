/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * What lies where in memory. The platform makes the list at boot from the linker
 * script's symbols and the device tree; everybody else only reads it.
 */
#ifndef __UKPLAT_MEMORY_H__
#define __UKPLAT_MEMORY_H__

#include <uk/essentials.h>

/* Types of regions */
#define UKPLAT_MEMRT_FREE	0x0001	/* nobody's: heap is made of these */
#define UKPLAT_MEMRT_RESERVED	0x0002	/* keep out */
#define UKPLAT_MEMRT_KERNEL	0x0004	/* the image: code and data */
#define UKPLAT_MEMRT_INITRD	0x0008	/* initial RAM disk */
#define UKPLAT_MEMRT_CMDLINE	0x0010	/* command line */
#define UKPLAT_MEMRT_DEVICETREE	0x0020	/* device tree */
#define UKPLAT_MEMRT_STACK	0x0040	/* boot stack, exception stack */
#define UKPLAT_MEMRT_DEVICE	0x0080	/* device registers */
#define UKPLAT_MEMRT_PAGETABLE	0x0100	/* translation tables (not in Unikraft) */
#define UKPLAT_MEMRT_GUARD	0x0200	/* no access at all (not in Unikraft) */

/* What may be done there */
#define UKPLAT_MEMRF_READ	0x01
#define UKPLAT_MEMRF_WRITE	0x02
#define UKPLAT_MEMRF_EXECUTE	0x04

struct ukplat_memregion_desc {
	__paddr_t pbase;	/* first byte, physical */
	__vaddr_t vbase;	/* first byte, virtual: the same, we map 1:1 */
	__sz len;		/* bytes */
	__u16 type;		/* UKPLAT_MEMRT_* */
	__u16 flags;		/* UKPLAT_MEMRF_* */
	__u32 reserved;
	const char *name;
};

/** Number of regions. */
int ukplat_memregion_count(void);

/** Region `i`. @return 0, or -ENOENT */
int ukplat_memregion_get(int i, struct ukplat_memregion_desc **mrd);

/** Next region after `i` (-1 to begin) of one of the types and with the flags, -1 at the end. */
int ukplat_memregion_find_next(int i, __u32 type, __u32 flags,
			       struct ukplat_memregion_desc **mrd);

#define ukplat_memregion_foreach(mrd, type, flags)			\
	for (int __mri = ukplat_memregion_find_next(-1, type, flags, mrd); \
	     __mri >= 0;						\
	     __mri = ukplat_memregion_find_next(__mri, type, flags, mrd))

struct uk_alloc;

/** Tells the platform where it may get memory from now on (tables for new mappings). */
int ukplat_memallocator_set(struct uk_alloc *a);
struct uk_alloc *ukplat_memallocator_get(void);

#endif /* __UKPLAT_MEMORY_H__ */
