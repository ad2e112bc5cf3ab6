/* SPDX-License-Identifier: BSD-3-Clause */
/** The last words. */
#ifndef __UK_CRASH_H__
#define __UK_CRASH_H__

#include <uk/arch/lcpu.h>
#include <uk/essentials.h>

/** Shows what happened and ends the guest. `regs` as the exception found them. */
void __noreturn uk_crash(const char *what, const struct __regs *regs);

/** Prints the return addresses of the functions that lead here, by the chain of frame pointers. */
void uk_backtrace(__uptr frame_pointer);

/** The exception's cause, printed in words. */
void uk_crash_print_cause(const struct __regs *regs);

/** Plain output for moments when little can be relied on: no formatting, no buffers. */
void uk_crash_puts(const char *text);
void uk_crash_puthex(__u64 value, int digits);

#endif /* __UK_CRASH_H__ */
