#include "runtime.S"
main:
    /* From EL1 */
    try 1, svc #0x1234
    try 2, brk #0xabcd
    try 3, udf #0
    try 4, .inst 0x00000001
    try 5, mrs x0, s3_0_c5_c9_0
    try 6, msr midr_el1, x0
    try 7, mrs x0, dbgbvr9_el1
    try 8, hlt #0xf000
    try 9, .inst 0xd4200001
    try 10, fadd d0, d0, d0
    try 11, ldr q0, [sp]
    try 12, mrs x0, fpcr
    mov x0, #(1 << 20)
    msr cpacr_el1, x0
    isb
    try 13, fmov d0, #1.0
    user 14, user_fp
    mov x0, #(3 << 20)
    msr cpacr_el1, x0
    isb
    user 15, user_fp
    /* Branches to nowhere */
    adr x1, main
    add x1, x1, #2
    try 16, br x1
    mov x1, #0x1000000000
    try 17, br x1
    ldr x1, =0x1234567812345678
    try 18, br x1
    ldr x1, =0xff00123412345678
    try 19, ldr x0, [x1]
    ldr x1, =0x7000000000
    try 20, ldr x0, [x1]
    try 21, str x0, [x1]
    /* EL0, with WFI and WFE trapped too */
    mrs x0, sctlr_el1
    bic x0, x0, #(1 << 16)
    bic x0, x0, #(1 << 18)
    msr sctlr_el1, x0
    isb
    user 30, user_svc
    user 31, user_sysreg
    user 33, user_ctr
    user 34, user_zva
    user 35, user_hvc
    user 36, user_eret
    user 37, user_counter
    user 38, user_wfe
    user 39, user_ivau
    user 40, user_dczid
    user 41, user_tpidr
    user 42, user_msr_daif
    user 43, user_pmu
    user 44, user_at
    user 45, user_wfi
    user 46, user_cval
    user 47, user_brk
    user 48, user_unknown
    /* The same with everything allowed */
    mrs x0, sctlr_el1
    ldr x1, =((1 << 9) | (1 << 14) | (1 << 15) | (1 << 26) | (1 << 16) | (1 << 18))
    orr x0, x0, x1
    msr sctlr_el1, x0
    mov x0, #0x303
    msr cntkctl_el1, x0
    isb
    user 62, user_daif
    user 63, user_ctr
    user 66, user_dczid
    user 67, user_ivau
    user 68, user_counter
    user 69, user_cval
    /* Return to illegal states */
    adr x28, 1f
    mov x27, #70
    mov x0, #0x3c9
    msr spsr_el1, x0
    adr x1, main
    msr elr_el1, x1
    eret
1:  adr x28, 1f
    mov x27, #71
    ldr x0, =0xf00003c2
    msr spsr_el1, x0
    eret
1:  adr x28, 1f
    mov x27, #72
    mov x0, #0x3c1
    msr spsr_el1, x0
    eret
1:  /* On SP_EL0 */
    msr spsel, #0
    adr x28, 1f
    mov x27, #73
    svc #7
1:  mrs x0, spsel
    show 74, x0
    try 75, mrs x0, sp_el0
    /* Masks and PSTATE */
    msr daifclr, #15
    mrs x0, daif
    show 80, x0
    msr daifset, #5
    mrs x0, daif
    show 81, x0
    mov x0, #0xf00000000
    msr daif, x0
    mrs x0, daif
    show 82, x0
    adds xzr, xzr, xzr
    mrs x0, nzcv
    show 83, x0
    mov x0, #-1
    msr nzcv, x0
    mrs x0, nzcv
    show 84, x0
    msr fpcr, x0
    mrs x0, fpcr
    show 85, x0
    mov x0, #-1
    msr fpsr, x0
    mrs x0, fpsr
    show 86, x0
    mov x0, #0
    msr fpsr, x0
    msr fpcr, x0
    /* Timers that are far from due */
    mov x0, #-1
    msr cntv_cval_el0, x0
    mov x0, #3
    msr cntv_ctl_el0, x0
    mrs x0, cntv_ctl_el0
    show 90, x0
    msr cntv_cval_el0, xzr
    isb
    mrs x0, cntv_ctl_el0
    show 91, x0
    mov x0, #2
    msr cntv_ctl_el0, x0
    mrs x0, cntv_ctl_el0
    show 92, x0
    mrs x0, par_el1
    b finish

user_fp: fmov d0, #1.0
    svc #1
user_svc: svc #0xffff
user_sysreg: mrs x0, sctlr_el1
    svc #1
user_daif: msr daifset, #3
    svc #1
user_ctr: mrs x3, ctr_el0
    svc #1
user_zva: ldr x1, =zeroes
    dc zva, x1
    svc #1
user_hvc: hvc #1
user_eret: eret
user_counter: mrs x7, cntvct_el0
    svc #1
user_wfe: sevl
    wfe
    svc #1
user_ivau: adr x5, main
    ic ivau, x5
    svc #1
user_dczid: mrs x0, dczid_el0
    svc #1
user_tpidr: msr tpidr_el0, x0
    mrs x0, tpidrro_el0
    msr tpidrro_el0, x0
user_msr_daif: mrs x9, daif
    svc #1
user_pmu: mrs x4, pmccntr_el0
    svc #1
user_at: at s1e0r, x0
user_wfi: wfi
    svc #1
user_cval: msr cntv_cval_el0, x30
    svc #1
user_brk: brk #3
user_unknown: .inst 0xffffffff
    .ltorg
    .bss
    .align 12
zeroes: .space 4096
    .space 4096
stack_top:
