/*
 * First instructions of a workload on the virt board: stack, FP, RAM as cached memory at its own address, then main().
 */
	.section .text.start, "ax"
	.globl _start
_start:
	msr	daifset, #15
	adrp	x0, stack_end
	add	x0, x0, :lo12:stack_end
	mov	sp, x0
	mov	x0, #(3 << 20)
	msr	cpacr_el1, x0
	adrp	x0, vectors
	add	x0, x0, :lo12:vectors
	msr	vbar_el1, x0
	adrp	x1, __bss_start
	add	x1, x1, :lo12:__bss_start
	adrp	x2, __bss_end
	add	x2, x2, :lo12:__bss_end
1:	cmp	x1, x2
	b.hs	2f
	stp	xzr, xzr, [x1], #16
	b	1b
	/* 1 GiB of device registers, 1 GiB of RAM; attributes 0 and 1. */
2:	adrp	x0, tables
	add	x0, x0, :lo12:tables
	mov	x1, #0x401
	str	x1, [x0]
	mov	x1, #0x705
	movk	x1, #0x4000, lsl #16
	str	x1, [x0, #8]
	msr	ttbr0_el1, x0
	mov	x1, #0xff00
	msr	mair_el1, x1
	mov	x1, #(64 - 36)
	movk	x1, #0x1, lsl #32
	orr	x1, x1, #(1 << 23)
	msr	tcr_el1, x1
	dsb	ish
	tlbi	vmalle1
	dsb	ish
	isb
	mrs	x1, sctlr_el1
	mov	x2, #0x1005
	orr	x1, x1, x2
	msr	sctlr_el1, x1
	isb
	bl	main
	ldr	w0, =0x84000008
	hvc	#0
	b	.

	.globl switch_to
	/* void switch_to(struct context *from, const struct context *to): callee-saved registers and SP. */
switch_to:
	stp	x19, x20, [x0, #0]
	stp	x21, x22, [x0, #16]
	stp	x23, x24, [x0, #32]
	stp	x25, x26, [x0, #48]
	stp	x27, x28, [x0, #64]
	stp	x29, x30, [x0, #80]
	mov	x9, sp
	str	x9, [x0, #96]
	ldp	x19, x20, [x1, #0]
	ldp	x21, x22, [x1, #16]
	ldp	x23, x24, [x1, #32]
	ldp	x25, x26, [x1, #48]
	ldp	x27, x28, [x1, #64]
	ldp	x29, x30, [x1, #80]
	ldr	x9, [x1, #96]
	mov	sp, x9
	ret

	.balign 2048
vectors:
	.rept 16
	.balign 128
	b	interrupt
	.endr
interrupt:
	sub	sp, sp, #192
	stp	x0, x1, [sp, #0]
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x30, [sp, #144]
	mrs	x0, elr_el1
	mrs	x1, spsr_el1
	stp	x0, x1, [sp, #160]
	bl	on_interrupt
	ldp	x0, x1, [sp, #160]
	msr	elr_el1, x0
	msr	spsr_el1, x1
	ldp	x0, x1, [sp, #0]
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldp	x18, x30, [sp, #144]
	add	sp, sp, #192
	eret

	.weak	on_interrupt
on_interrupt:
	b	.

	.bss
	.balign 4096
tables:
	.skip 4096
	.balign 16
	.skip 65536
stack_end:
