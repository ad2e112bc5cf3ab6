/* Performance monitors: what stands still, what moves, what resets; exact counts only where time plays no part. */
#include "runtime.S"

/* Whether a register differs from itself a little later. */
    .macro moves label, register
    mrs x1, \register
    mov x3, #2000
98: sub x3, x3, #1
    cbnz x3, 98b
    isb
    mrs x2, \register
    cmp x1, x2
    cset x1, ne
    show \label, x1
    .endm
    .macro set register, value:vararg
    ldr x9, =(\value)
    msr \register, x9
    isb
    .endm

main:
    mrs x0, pmcr_el0
    show 1, x0
    moves 2, pmccntr_el0
    set pmccntr_el0, 0x123456789abcdef0
    mrs x0, pmccntr_el0
    show 3, x0
    /* Enabled by the counter's bit and by PMCR.E together */
    set pmcntenset_el0, 1 << 31
    moves 4, pmccntr_el0
    mrs x0, pmcntenclr_el0
    show 5, x0
    set pmcr_el0, 1
    moves 6, pmccntr_el0
    mrs x0, pmcr_el0
    show 7, x0
    set pmcntenclr_el0, 1 << 31
    moves 8, pmccntr_el0
    mrs x0, pmcntenset_el0
    show 9, x0
    set pmcr_el0, 5
    mrs x0, pmccntr_el0
    show 10, x0
    set pmccntr_el0, 77
    set pmcr_el0, 3
    mrs x0, pmccntr_el0
    show 11, x0
    /* Software increments of counter 2; the others stand still */
    set pmevtyper2_el0, 0
    set pmevtyper3_el0, 0x11
    set pmcntenset_el0, 4
    set pmswinc_el0, 0xff
    set pmswinc_el0, 0x4
    set pmswinc_el0, 0x3
    mrs x0, pmevcntr2_el0
    show 20, x0
    mrs x0, pmevcntr0_el0
    show 21, x0
    mrs x0, pmevcntr3_el0
    show 22, x0
    set pmselr_el0, 2
    mrs x0, pmxevcntr_el0
    show 23, x0
    mrs x0, pmxevtyper_el0
    show 24, x0
    set pmxevcntr_el0, 0x1fffffffe
    mrs x0, pmevcntr2_el0
    show 25, x0
    /* Cycles by an event counter */
    set pmcntenset_el0, 8
    moves 26, pmevcntr3_el0
    set pmcr_el0, 3
    mrs x0, pmevcntr2_el0
    show 27, x0
    set pmcr_el0, 0
    moves 28, pmevcntr3_el0
    set pmswinc_el0, 4
    mrs x0, pmevcntr2_el0
    show 29, x0
    set pmselr_el0, 31
    set pmxevtyper_el0, 1 << 30
    mrs x0, pmccfiltr_el0
    show 30, x0
    /* Overflow and interrupt bits as they are set and cleared */
    set pmovsset_el0, 0x8000003f
    set pmovsclr_el0, 5
    mrs x0, pmovsset_el0
    show 31, x0
    set pmintenset_el1, -1
    set pmintenclr_el1, 1
    mrs x0, pmintenset_el1
    show 32, x0
    /* EL0: all, the cycle counter only, software increments, event counters */
    set pmovsclr_el0, 0xffffffff
    set pmintenclr_el1, 0xffffffff
    .irp enable, 0, 1, 2, 4, 8
    mov x0, #\enable
    msr pmuserenr_el0, x0
    isb
    user 0x40 + \enable, user_cycles
    user 0x50 + \enable, user_increment
    user 0x60 + \enable, user_events
    user 0x70 + \enable, user_control
    user 0x80 + \enable, user_write
    user 0x90 + \enable, user_enable
    .endr
    b finish

user_cycles: mrs x0, pmccntr_el0
    svc #1
user_increment: msr pmswinc_el0, xzr
    svc #2
user_events: mrs x0, pmevcntr0_el0
    svc #3
user_control: mrs x0, pmcr_el0
    svc #4
user_write: msr pmccntr_el0, xzr
    svc #5
user_enable: msr pmuserenr_el0, xzr
    svc #6
    .ltorg
    .bss
    .align 12
    .space 4096
stack_top:
