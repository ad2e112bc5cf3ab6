/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef __SETJMP_H__
#define __SETJMP_H__

#ifdef __cplusplus
extern "C" {
#endif

/* x19-x30, sp, d8-d15 */
typedef unsigned long jmp_buf[22];

int setjmp(jmp_buf env) __attribute__((returns_twice));
void __attribute__((noreturn)) longjmp(jmp_buf env, int value);
#define setjmp(env)	setjmp(env)

#ifdef __cplusplus
}
#endif

#endif /* __SETJMP_H__ */
