/* SPDX-License-Identifier: BSD-3-Clause */
/** Page tables, after they have been made at boot. */
#ifndef __UKPLAT_PAGING_H__
#define __UKPLAT_PAGING_H__

#include <uk/arch/paging.h>
#include <uk/essentials.h>

/** An address space. We have one. */
struct uk_pagetable {
	__u64 *pt_vbase;	/* first-level table */
	__paddr_t pt_pbase;
};

#define PAGE_ATTR_PROT_NONE	0x00
#define PAGE_ATTR_PROT_READ	0x01
#define PAGE_ATTR_PROT_WRITE	0x02
#define PAGE_ATTR_PROT_EXEC	0x04
#define PAGE_ATTR_PROT_RW	(PAGE_ATTR_PROT_READ | PAGE_ATTR_PROT_WRITE)
#define PAGE_ATTR_PROT_RX	(PAGE_ATTR_PROT_READ | PAGE_ATTR_PROT_EXEC)
#define PAGE_ATTR_TYPE_DEVICE	0x10	/* device registers, not memory */

struct uk_pagetable *ukplat_pt_get_active(void);

/**
 * Maps pages at `vaddr` to those at `paddr`. What was mapped there before is not any
 * more. Uses 2 MiB and 1 GiB blocks where addresses allow.
 * @return 0, or -ENOMEM when there is no page for a table
 */
int ukplat_page_map(struct uk_pagetable *pt, __vaddr_t vaddr, __paddr_t paddr,
		    unsigned long pages, unsigned long attr,
		    unsigned long flags);

/** Makes pages inaccessible. @return 0, or -ENOMEM when a block has to be split and there is no page for it */
int ukplat_page_unmap(struct uk_pagetable *pt, __vaddr_t vaddr,
		      unsigned long pages, unsigned long flags);

/** Changes what may be done with pages that are mapped 1:1. */
int ukplat_page_set_attr(struct uk_pagetable *pt, __vaddr_t vaddr,
			 unsigned long pages, unsigned long new_attr,
			 unsigned long flags);

#endif /* __UKPLAT_PAGING_H__ */
