/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The first instructions of the image.
 *
 * On entry: EL1, MMU and caches off, interrupts masked. x0 may hold the address of
 * the device tree (Linux boot protocol); a loader of ELF files leaves x0 zero and
 * the tree lies at the start of RAM.
 *
 * The CPU has two stack pointers here. Ordinary code runs on SP_EL0; taking an exception
 * selects SP_EL1, which points to the exception stack. So an exception never needs
 * the stack of the code that it interrupts.
 */
#include <uk/config.h>
#include <kvm/layout.h>

#define SCTLR_M		(1 << 0)	/* MMU */
#define SCTLR_C		(1 << 2)	/* data cache */
#define SCTLR_SA	(1 << 3)	/* stack pointer must be 16-byte aligned */
#define SCTLR_I		(1 << 12)	/* instruction cache */
#define SCTLR_WXN	(1 << 19)	/* writable memory is never executable */
#define SCTLR_RES1	0x30d00800
#define SCTLR		(SCTLR_RES1 | SCTLR_M | SCTLR_C | SCTLR_SA | SCTLR_I | SCTLR_WXN)

/* Memory types by index: 0 device registers (nGnRE), 1 cached memory. */
#define MAIR		0xff04

/* 36-bit addresses both ways, 4 KiB pages, tables cached, TTBR1 unused. */
#define TCR_T0SZ	(64 - 36)
#define TCR_CACHED	((1 << 8) | (1 << 10) | (3 << 12))
#define TCR_EPD1	(1 << 23)
#define TCR_IPS_36BIT	(1 << 32)
#define TCR		(TCR_T0SZ | TCR_CACHED | TCR_EPD1 | TCR_IPS_36BIT)

#ifdef CONFIG_KVM_IMAGE_HEADER
	/* Header of a Linux image (Documentation/arch/arm64/booting.rst). */
	.section .text.header, "ax", @progbits
	b	_libkvmplat_entry
	.long	0
	.quad	KVM_IMAGE_OFFSET	/* from the start of RAM */
	.quad	_image_size		/* memory that it takes */
	.quad	0x2			/* little endian, 4 KiB pages */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0
#endif

	.section .text.entry, "ax", @progbits
	.globl	_libkvmplat_entry
	.type	_libkvmplat_entry, @function
_libkvmplat_entry:
	msr	daifset, #0xf
	mrs	x20, cntvct_el0
	mov	x19, x0

	adrp	x1, _excstack_end
	msr	spsel, #1
	mov	sp, x1
	adrp	x1, _bootstack_end
	msr	spsel, #0
	mov	sp, x1

	adrp	x1, kvm_vectors
	add	x1, x1, :lo12:kvm_vectors
	msr	vbar_el1, x1

#ifdef CONFIG_FPSIMD
	mov	x1, #(3 << 20)
#else
	mov	x1, #0
#endif
	msr	cpacr_el1, x1
	isb

	/* C counts on zeroed variables. The ends are 16-byte aligned. */
	adrp	x1, __bss_start
	add	x1, x1, :lo12:__bss_start
	adrp	x2, __bss_end
	add	x2, x2, :lo12:__bss_end
1:	cmp	x1, x2
	b.hs	2f
	stp	xzr, xzr, [x1], #16
	b	1b

2:	mov	x29, xzr
	mov	x30, xzr
	bl	kvm_paging_boot		/* gives the first table's address */

	ldr	x1, =MAIR
	msr	mair_el1, x1
	ldr	x1, =TCR
	msr	tcr_el1, x1
	msr	ttbr0_el1, x0
	dsb	ish
	tlbi	vmalle1
	ic	iallu
	dsb	nsh
	isb
	ldr	x1, =SCTLR
	msr	sctlr_el1, x1
	isb

	mov	x0, x19
	mov	x1, x20
	mov	x29, xzr
	mov	x30, xzr
	b	kvm_start
	.size	_libkvmplat_entry, . - _libkvmplat_entry
