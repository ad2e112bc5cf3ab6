/* SPDX-License-Identifier: BSD-3-Clause */
/** Registers of an AArch64 CPU as an exception leaves them on the stack. */
#ifndef __UKARCH_ARM64_LCPU_H__
#define __UKARCH_ARM64_LCPU_H__

/* Offsets into struct __regs, for assembly. */
#define __REGS_OFFSETOF_LR	240
#define __REGS_OFFSETOF_SP	248
#define __REGS_OFFSETOF_ELR	256
#define __REGS_OFFSETOF_SPSR	264
#define __REGS_OFFSETOF_ESR	272
#define __REGS_OFFSETOF_FAR	280
#define __REGS_SIZEOF		288

#ifndef __ASSEMBLY__
#include <uk/arch/types.h>

struct __regs {
	__u64 x[30];		/* x29 is the frame pointer */
	__u64 lr;		/* x30 */
	__u64 sp;		/* of the interrupted code */
	__u64 elr_el1;		/* where it was */
	__u64 spsr_el1;		/* flags, mask bits and mode it had */
	__u64 esr_el1;		/* why */
	__u64 far_el1;		/* address that it could not access */
};

#define UKARCH_SP_ALIGN		16

#define SYSREG_READ64(reg) ({						\
	__u64 _v;							\
	__asm__ __volatile__("mrs %0, " #reg : "=r"(_v));		\
	_v;								\
})
#define SYSREG_WRITE64(reg, v)						\
	__asm__ __volatile__("msr " #reg ", %0" :: "r"((__u64)(v)) : "memory")

#define isb()		__asm__ __volatile__("isb" ::: "memory")
#define dsb(opt)	__asm__ __volatile__("dsb " #opt ::: "memory")
#define dmb(opt)	__asm__ __volatile__("dmb " #opt ::: "memory")
#endif /* !__ASSEMBLY__ */

#endif /* __UKARCH_ARM64_LCPU_H__ */
