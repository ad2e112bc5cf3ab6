/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Page tables: every address means itself (1:1), and every page has just the rights that
 * it needs. No page is both writable and executable.
 *
 * A 36-bit address is looked up in up to three tables (Arm ARM D8):
 *
 *	 35     30 29        21 20        12 11          0
 *	+---------+------------+------------+-------------+
 *	| level 1 |  level 2   |  level 3   |   offset    |
 *	+---------+------------+------------+-------------+
 *	   1 GiB      2 MiB        4 KiB
 *
 * The entry at level 1 or 2 is either the end of the search (a block of 1 GiB or 2 MiB) or
 * the address of the next table. So large stretches of memory cost one entry, and only
 * the 2 MiB around the image, where rights change from page to page, need a table
 * of level 3. Address 0 is never mapped: null pointers fault.
 *
 * kvm_paging_boot() runs before the MMU is on. The tables it makes come right after the
 * image; later ones are pages of the heap.
 */
#include <errno.h>
#include <kvm/kvm.h>
#include <kvm/layout.h>
#include <uk/alloc.h>
#include <uk/plat/lcpu.h>
#include <uk/plat/memory.h>
#include <uk/plat/paging.h>

/* Bits of an entry. */
#define PTE_VALID	(1UL << 0)
#define PTE_TABLE	(1UL << 1)	/* level 1, 2: a table; level 3: a page */
#define PTE_ATTR(i)	((__u64)(i) << 2)	/* index into MAIR_EL1 */
#define PTE_READONLY	(1UL << 7)
#define PTE_SHARED	(3UL << 8)	/* inner shareable */
#define PTE_ACCESSED	(1UL << 10)	/* without it the first access would fault */
#define PTE_PXN		(1UL << 53)	/* not executable here (EL1) */
#define PTE_UXN		(1UL << 54)	/* nor at EL0 */
#define PTE_ADDRESS	0x0000fffffffff000UL

/* Indices into MAIR_EL1 as entry64.S sets it. */
#define MAIR_DEVICE	0
#define MAIR_MEMORY	1

#define VA_LIMIT	(1UL << 36)
#define L1_ENTRIES	64
#define ENTRIES		512
#define BLOCK_SIZE	(1UL << 21)

/* Bits of an address below the index into a table of `level`. */
static unsigned int shift_of(int level)
{
	return 39 - 9 * level;
}


__u64 kvm_page_table[L1_ENTRIES] __align(512);
static struct uk_pagetable active;

/* Pages for tables at boot: from the end of the image on. */
static __paddr_t pool_next, pool_end;
static struct uk_alloc *allocator;

__paddr_t kvm_paging_pool_start(void)
{
	return ALIGN_UP((__paddr_t)_end, PAGE_SIZE);
}

__paddr_t kvm_paging_pool_end(void)
{
	return pool_next;
}

static __u64 *new_table(void)
{
	__u64 *table;

	if (!allocator) {
		/* Boot. After the boot the pool's end is fixed: what follows is heap. */
		if (pool_end && pool_next == pool_end)
			return 0;
		table = (__u64 *)pool_next;
		pool_next += PAGE_SIZE;
	} else {
		table = uk_palloc(allocator, 1);
		if (!table)
			return 0;
	}
	for (int i = 0; i < ENTRIES; i++)
		table[i] = 0;
	return table;
}

static __u64 entry_bits(unsigned long attr)
{
	__u64 bits = PTE_VALID | PTE_ACCESSED | PTE_UXN;

	if (attr & PAGE_ATTR_TYPE_DEVICE)
		bits |= PTE_ATTR(MAIR_DEVICE);
	else
		bits |= PTE_ATTR(MAIR_MEMORY) | PTE_SHARED;
	if (!(attr & PAGE_ATTR_PROT_WRITE))
		bits |= PTE_READONLY;
	if (!(attr & PAGE_ATTR_PROT_EXEC))
		bits |= PTE_PXN;
	return bits;
}

/**
 * Replaces an entry that may be in use. Between the old meaning and the new one the
 * architecture wants a moment without any, and no stale copy of it in the TLB
 * ("break before make"). If the entry maps the very stack we are on, nothing may be stored
 * there in that moment: hence one piece of assembly.
 */
static void replace(__u64 *entry, __u64 value)
{
	unsigned long flags = ukplat_lcpu_save_irqf();

	__asm__ __volatile__(
		"str	xzr, [%0]\n"
		"dsb	ishst\n"
		"tlbi	vmalle1\n"
		"dsb	ish\n"
		"isb\n"
		"str	%1, [%0]\n"
		"dsb	ishst\n"
		"isb\n"
		:: "r"(entry), "r"(value) : "memory");
	ukplat_lcpu_restore_irqf(flags);
}

static void set_entry(__u64 *entry, __u64 value)
{
	if (*entry == value)
		return;
	if (*entry & PTE_VALID)
		replace(entry, value);
	else
		*entry = value;
}

/** The table below an entry of `level`, made when there is none; a block becomes a table of smaller ones. */
static __u64 *table_below(__u64 *entry, int level)
{
	__u64 *table, old = *entry;

	if ((old & (PTE_VALID | PTE_TABLE)) == (PTE_VALID | PTE_TABLE))
		return (__u64 *)(old & PTE_ADDRESS);
	table = new_table();
	if (!table)
		return 0;
	if (old & PTE_VALID)
		for (__u64 i = 0; i < ENTRIES; i++)
			table[i] = old + (i << shift_of(level + 1))
				   + (level == 2 ? PTE_TABLE : 0);
	dsb(ishst);
	set_entry(entry, (__u64)table | PTE_VALID | PTE_TABLE);
	return table;
}

/** Writes `bits` (0: nothing is mapped) for the pages from `va` on. */
static int map(__vaddr_t va, __paddr_t pa, __sz len, __u64 bits)
{
	while (len > 0) {
		__u64 *table = kvm_page_table;
		__u64 *entry;
		int level = 1;

		/* Down to the level whose blocks fit here. */
		for (;;) {
			__sz size = 1UL << shift_of(level);

			entry = &table[va >> shift_of(level) &
				       (level == 1 ? L1_ENTRIES - 1 : ENTRIES - 1)];
			if (level == 3 || (len >= size && IS_ALIGNED(va | pa, size)
					   && !(*entry & PTE_TABLE)))
				break;
			table = table_below(entry, level);
			if (!table)
				return -ENOMEM;
			level++;
		}
		set_entry(entry, bits ? (bits | pa | (level == 3 ? PTE_TABLE : 0)) : 0);
		va += 1UL << shift_of(level);
		pa += 1UL << shift_of(level);
		len -= 1UL << shift_of(level);
	}
	dsb(ishst);
	isb();
	return 0;
}

static int map_part(const char *from, const char *to, unsigned long attr)
{
	__paddr_t start = (__paddr_t)from;
	__sz len = ALIGN_UP((__paddr_t)to, PAGE_SIZE) - start;

	return map(start, start, len, attr ? entry_bits(attr) : 0);
}

/**
 * Makes the first tables: the 2 MiB blocks that hold the image, and the UART. The caller
 * turns the MMU on. @return address of the first-level table
 */
__paddr_t kvm_paging_boot(void)
{
	__paddr_t start = ALIGN_DOWN((__paddr_t)_base_addr, BLOCK_SIZE);
	__paddr_t end = ALIGN_UP((__paddr_t)_end + 16 * PAGE_SIZE, BLOCK_SIZE);

	pool_next = kvm_paging_pool_start();
	map(start, start, end - start, entry_bits(PAGE_ATTR_PROT_RW));
	map_part(_text, _etext, PAGE_ATTR_PROT_RX);
	map_part(_rodata, _erodata, PAGE_ATTR_PROT_READ);
	map_part(_excguard, _excstack, PAGE_ATTR_PROT_NONE);
	map_part(_bootguard, _bootstack, PAGE_ATTR_PROT_NONE);
	kvm_map_device(CONFIG_KVM_PL011_BASE, PAGE_SIZE);

	/* Nothing of this may be in a cache from before. */
	for (__paddr_t line = pool_next; line > (__paddr_t)kvm_page_table; line -= 16)
		__asm__ __volatile__("dc ivac, %0" :: "r"(line - 16) : "memory");
	dsb(sy);
	active.pt_vbase = kvm_page_table;
	active.pt_pbase = (__paddr_t)kvm_page_table;
	return active.pt_pbase;
}

/** Maps memory one to one, except what was mapped at boot and has its rights already. */
static int map_around_image(__paddr_t base, __paddr_t end)
{
	__paddr_t image = ALIGN_DOWN((__paddr_t)_base_addr, BLOCK_SIZE);
	__paddr_t mapped = ALIGN_UP((__paddr_t)_end + 16 * PAGE_SIZE, BLOCK_SIZE);
	int rc = 0;

	if (base < image)
		rc = map(base, base, MIN(end, image) - base,
			 entry_bits(PAGE_ATTR_PROT_RW));
	if (rc == 0 && end > mapped) {
		base = MAX(base, mapped);
		rc = map(base, base, end - base, entry_bits(PAGE_ATTR_PROT_RW));
	}
	return rc;
}

int kvm_map_dtb(__paddr_t dtb)
{
	__paddr_t start = ALIGN_DOWN(dtb, BLOCK_SIZE);

	if (dtb >= VA_LIMIT - 2 * BLOCK_SIZE)
		return -EFAULT;
	return map_around_image(start, start + 2 * BLOCK_SIZE);
}

int kvm_map_ram(__paddr_t base, __sz len)
{
	__paddr_t end = base + len;
	int rc;

	if (base < VA_LIMIT && end > VA_LIMIT)
		end = VA_LIMIT;
	rc = map_around_image(base, end);
	pool_end = pool_next;
	return rc;
}

volatile void *kvm_map_device(__paddr_t base, __sz len)
{
	__paddr_t start = ALIGN_DOWN(base, BLOCK_SIZE);

	map(start, start, ALIGN_UP(base + len, BLOCK_SIZE) - start,
	    entry_bits(PAGE_ATTR_PROT_RW | PAGE_ATTR_TYPE_DEVICE));
	return (volatile void *)base;
}

int ukplat_memallocator_set(struct uk_alloc *a)
{
	allocator = a;
	return 0;
}

struct uk_alloc *ukplat_memallocator_get(void)
{
	return allocator;
}

struct uk_pagetable *ukplat_pt_get_active(void)
{
	return &active;
}

int ukplat_page_map(struct uk_pagetable *pt __unused, __vaddr_t vaddr,
		    __paddr_t paddr, unsigned long pages, unsigned long attr,
		    unsigned long flags __unused)
{
	return map(vaddr, paddr, pages * PAGE_SIZE, entry_bits(attr));
}

int ukplat_page_unmap(struct uk_pagetable *pt __unused, __vaddr_t vaddr,
		      unsigned long pages, unsigned long flags __unused)
{
	return map(vaddr, vaddr, pages * PAGE_SIZE, 0);
}

int ukplat_page_set_attr(struct uk_pagetable *pt, __vaddr_t vaddr,
			 unsigned long pages, unsigned long new_attr,
			 unsigned long flags)
{
	return ukplat_page_map(pt, vaddr, vaddr, pages, new_attr, flags);
}
