/* SPDX-License-Identifier: BSD-3-Clause */
/** New contexts: an instruction pointer, and a stack that holds what it finds. */
#include <uk/arch/ctx.h>

/* ctx.S */
extern char ukarch_ctx_start[];

void ukarch_ctx_init(struct ukarch_ctx *ctx, __uptr sp,
		     int keep_regs __unused, __uptr ip)
{
	ctx->ip = ip;
	ctx->sp = sp;
}

void ukarch_ctx_init_entry2(struct ukarch_ctx *ctx, __uptr sp,
			    int keep_regs __unused,
			    ukarch_ctx_entry2 entry, long arg0, long arg1)
{
	__u64 *top = (__u64 *)sp - 4;

	top[0] = (__u64)arg0;
	top[1] = (__u64)arg1;
	top[2] = (__u64)entry;
	top[3] = 0;
	ctx->ip = (__uptr)ukarch_ctx_start;
	ctx->sp = (__uptr)top;
}

void ukarch_ctx_init_entry1(struct ukarch_ctx *ctx, __uptr sp, int keep_regs,
			    ukarch_ctx_entry1 entry, long arg)
{
	ukarch_ctx_init_entry2(ctx, sp, keep_regs, (ukarch_ctx_entry2)(void *)entry,
			       arg, 0);
}

void ukarch_ctx_init_entry0(struct ukarch_ctx *ctx, __uptr sp, int keep_regs,
			    ukarch_ctx_entry0 entry)
{
	ukarch_ctx_init_entry2(ctx, sp, keep_regs, (ukarch_ctx_entry2)(void *)entry,
			       0, 0);
}
