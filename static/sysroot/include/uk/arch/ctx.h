/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Contexts: what a CPU needs to go on with something else.
 *
 * ukarch_ctx_switch() is an ordinary function call to its caller: the calling
 * convention lets it lose x0 to x18, so it saves only the registers that a function must
 * preserve, on the stack it leaves, and remembers that stack pointer.
 */
#ifndef __UKARCH_CTX_H__
#define __UKARCH_CTX_H__

#define UKARCH_CTX_OFFSETOF_IP	0
#define UKARCH_CTX_OFFSETOF_SP	8

#ifndef __ASSEMBLY__
#include <uk/arch/lcpu.h>
#include <uk/essentials.h>

struct ukarch_ctx {
	__uptr ip;		/* where to go on */
	__uptr sp;		/* stack pointer there */
};

typedef void (*ukarch_ctx_entry0)(void);
typedef void (*ukarch_ctx_entry1)(long);
typedef void (*ukarch_ctx_entry2)(long, long);

/** Context that starts at `ip` with the registers as they happen to be. */
void ukarch_ctx_init(struct ukarch_ctx *ctx, __uptr sp, int keep_regs, __uptr ip);

/** Context that calls `entry`, which must not return. `sp` is 16-byte aligned. */
void ukarch_ctx_init_entry0(struct ukarch_ctx *ctx, __uptr sp, int keep_regs,
			    ukarch_ctx_entry0 entry);
void ukarch_ctx_init_entry1(struct ukarch_ctx *ctx, __uptr sp, int keep_regs,
			    ukarch_ctx_entry1 entry, long arg);
void ukarch_ctx_init_entry2(struct ukarch_ctx *ctx, __uptr sp, int keep_regs,
			    ukarch_ctx_entry2 entry, long arg0, long arg1);

/** Saves the present context in `store` and goes on with `load`. Returns when somebody switches back. */
void ukarch_ctx_switch(struct ukarch_ctx *store, struct ukarch_ctx *load);

#endif /* !__ASSEMBLY__ */
#endif /* __UKARCH_CTX_H__ */
