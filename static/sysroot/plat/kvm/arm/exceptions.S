/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Exception vectors (Arm ARM D1.10.2): sixteen slots of 128 bytes, by where the
 * exception comes from and of what kind it is.
 *
 *	 0- 3  our code, running on SP_EL0	sync, IRQ, FIQ, SError
 *	 4- 7  our code, running on SP_EL1:	an exception while one is being handled
 *	 8-11  EL0 in AArch64			we never go there
 *	12-15  EL0 in AArch32			nor there
 *
 * Whatever comes, the registers are saved as a struct __regs on the exception stack. IRQs
 * go to the interrupt controller's driver; all else is for kvm_trap().
 */
#include <uk/arch/lcpu.h>
#include <uk/asm/lcpu.h>

	.macro	vector number
	.balign	128
	.if	\number >= 4 && \number < 8
	/* The exception stack itself may be what is broken: begin it anew.
	 * TPIDR_EL1, which is free, holds x0 meanwhile. */
	msr	tpidr_el1, x0
	adrp	x0, _excstack_end
	mov	sp, x0
	mrs	x0, tpidr_el1
	.endif
	sub	sp, sp, #__REGS_SIZEOF
	stp	x0, x1, [sp, #0]
	mov	x1, #\number
	b	save_and_handle
	.endm

	.section .text.vectors, "ax", @progbits
	.balign	2048
	.globl	kvm_vectors
	.type	kvm_vectors, @function
kvm_vectors:
	vector	0
	vector	1
	vector	2
	vector	3
	vector	4
	vector	5
	vector	6
	vector	7
	vector	8
	vector	9
	vector	10
	vector	11
	vector	12
	vector	13
	vector	14
	vector	15
	/* From here on is code that happens to lie in the last slot. */

save_and_handle:
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x19, [sp, #144]
	stp	x20, x21, [sp, #160]
	stp	x22, x23, [sp, #176]
	stp	x24, x25, [sp, #192]
	stp	x26, x27, [sp, #208]
	stp	x28, x29, [sp, #224]
	mrs	x2, sp_el0
	stp	x30, x2, [sp, #__REGS_OFFSETOF_LR]
	mrs	x2, elr_el1
	mrs	x3, spsr_el1
	stp	x2, x3, [sp, #__REGS_OFFSETOF_ELR]
	mrs	x2, esr_el1
	mrs	x3, far_el1
	stp	x2, x3, [sp, #__REGS_OFFSETOF_ESR]

	cmp	x1, #1
	b.ne	1f
	adrp	x2, kvm_irq_dispatch
	ldr	x2, [x2, :lo12:kvm_irq_dispatch]
	cbz	x2, 1f
	blr	x2
	b	2f
1:	mov	x0, sp
	bl	kvm_trap

2:	ldp	x30, x2, [sp, #__REGS_OFFSETOF_LR]
	msr	sp_el0, x2
	ldp	x2, x3, [sp, #__REGS_OFFSETOF_ELR]
	msr	elr_el1, x2
	msr	spsr_el1, x3
	ldp	x0, x1, [sp, #0]
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldp	x18, x19, [sp, #144]
	ldp	x20, x21, [sp, #160]
	ldp	x22, x23, [sp, #176]
	ldp	x24, x25, [sp, #192]
	ldp	x26, x27, [sp, #208]
	ldp	x28, x29, [sp, #224]
	add	sp, sp, #__REGS_SIZEOF
	eret
	.size	kvm_vectors, . - kvm_vectors
