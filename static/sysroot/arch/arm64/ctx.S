/* SPDX-License-Identifier: BSD-3-Clause */
/* Switching contexts: see <uk/arch/ctx.h>. */
#include <uk/config.h>
#include <uk/arch/ctx.h>

#ifdef CONFIG_FPSIMD
#define FRAME	160		/* x19-x29, x30; d8-d15 */
#else
#define FRAME	96
#endif

	.section .text.ukarch_ctx_switch, "ax", @progbits
	.globl	ukarch_ctx_switch
	.type	ukarch_ctx_switch, @function
/* void ukarch_ctx_switch(struct ukarch_ctx *store, struct ukarch_ctx *load) */
ukarch_ctx_switch:
	sub	sp, sp, #FRAME
	stp	x29, x30, [sp, #0]
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
#ifdef CONFIG_FPSIMD
	stp	d8, d9, [sp, #96]
	stp	d10, d11, [sp, #112]
	stp	d12, d13, [sp, #128]
	stp	d14, d15, [sp, #144]
#endif
	adr	x8, 1f
	mov	x9, sp
	stp	x8, x9, [x0]		/* store->ip, store->sp */
	ldp	x8, x9, [x1]
	mov	sp, x9
	br	x8

	/* A stored context goes on here, on its own stack. */
1:	ldp	x29, x30, [sp, #0]
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
#ifdef CONFIG_FPSIMD
	ldp	d8, d9, [sp, #96]
	ldp	d10, d11, [sp, #112]
	ldp	d12, d13, [sp, #128]
	ldp	d14, d15, [sp, #144]
#endif
	add	sp, sp, #FRAME
	ret
	.size	ukarch_ctx_switch, . - ukarch_ctx_switch

	.section .text.ukarch_ctx_start, "ax", @progbits
	.globl	ukarch_ctx_start
	.type	ukarch_ctx_start, @function
/* First instructions of a context made by ukarch_ctx_init_entry*(): the
 * function and its arguments wait on the stack. The zeros in x29 and x30
 * end backtraces. */
ukarch_ctx_start:
	ldp	x0, x1, [sp, #0]
	ldr	x8, [sp, #16]
	add	sp, sp, #32
	mov	x29, xzr
	mov	x30, xzr
	br	x8
	.size	ukarch_ctx_start, . - ukarch_ctx_start
