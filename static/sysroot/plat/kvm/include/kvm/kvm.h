/* SPDX-License-Identifier: BSD-3-Clause */
/** What the files of this platform tell each other. */
#ifndef __KVM_KVM_H__
#define __KVM_KVM_H__

#include <uk/arch/lcpu.h>
#include <uk/essentials.h>

/* paging.c */
extern __u64 kvm_page_table[];
__paddr_t kvm_paging_boot(void);
__paddr_t kvm_paging_pool_start(void);
__paddr_t kvm_paging_pool_end(void);
int kvm_map_ram(__paddr_t base, __sz len);

/** Maps the device tree that a loader left at `dtb`: at most 2 MiB (booting.rst), before RAM is known. */
int kvm_map_dtb(__paddr_t dtb);

/** Maps a device's registers, in whole 2 MiB blocks: such a table costs no page of its own. */
volatile void *kvm_map_device(__paddr_t base, __sz len);

/* setup.c */
extern const void *kvm_dtb;

/** First `reg` of the first node that is compatible with `compat`. @return the node, or < 0 */
int kvm_fdt_device(const char *compat, int index, __paddr_t *base, __sz *len);

/* memregion.c */
void kvm_memregion_add(__paddr_t base, __sz len, unsigned int type,
		       unsigned int flags, const char *name);
void kvm_memregion_fill(__paddr_t ram, __sz len);

/* pl011.c */
void kvm_console_move(__paddr_t base);

/* exceptions.S, traps.c */
void kvm_trap(struct __regs *regs, unsigned long vector);
/** Handles an interrupt; null until something registers a handler. */
extern void (*kvm_irq_dispatch)(void);

/** An interrupt controller: what irq.c asks of a driver. */
struct kvm_gic {
	unsigned long (*acknowledge)(void);	/* number, 1020 and up for none */
	void (*end)(unsigned long irq);
	void (*enable)(unsigned long irq);
	void (*disable)(unsigned long irq);
	unsigned long lines;			/* numbers below this exist */
};

/** Null when the device tree has no such controller. */
const struct kvm_gic *kvm_gicv2_probe(void);
const struct kvm_gic *kvm_gicv3_probe(void);

/* Boot timeline: the counter's value at each. See docs/introspection.md. */
enum kvm_mark {
	KVM_MARK_ENTRY,		/* first instruction */
	KVM_MARK_MMU,		/* page tables are in use */
	KVM_MARK_PLATFORM,	/* device tree read, memory known */
	KVM_MARK_HEAP,		/* allocator ready */
	KVM_MARK_INIT,		/* init table walked */
	KVM_MARK_MAIN,		/* main() is called */
	KVM_MARKS,
};

static inline __u32 kvm_read32(const volatile void *base, __sz offset)
{
	__u32 v;

	/* Inline assembly, not a volatile access: a compiler may use forms of
	 * load and store (with writeback) that hypervisors cannot emulate. */
	__asm__ __volatile__("ldr %w0, [%1]"
			     : "=r"(v) : "r"((__uptr)base + offset) : "memory");
	return v;
}

static inline void kvm_write32(volatile void *base, __sz offset, __u32 v)
{
	__asm__ __volatile__("str %w0, [%1]"
			     :: "rZ"(v), "r"((__uptr)base + offset) : "memory");
}

#endif /* __KVM_KVM_H__ */
