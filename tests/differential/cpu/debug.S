/*
 * Self-hosted debug: what its registers keep, software step, hardware breakpoints and watchpoints. The MMU maps RAM at its place for EL1,
 * and once more at ALIAS for EL0.
 */
#define DEBUG_EVENTS
#include "runtime.S"

#define ALIAS 0x80000000

    .macro set_debug register, value:vararg
    ldr x9, =(\value)
    msr \register, x9
    isb
    .endm

/* Goes to EL0 (with PSTATE.SS if step is 1); x24 debug events may happen before it comes back by another exception. */
    .macro user_debug label, code, step, events
    mov x27, #\label
    mov x24, #\events
    adr x28, 99f
    mov x1, #(\step << 21)
    msr spsr_el1, x1
    ldr x1, =(\code + ALIAS - 0x40000000)
    msr elr_el1, x1
    isb
    eret
99:
    .endm

/* Goes on at EL1 with the D mask clear. */
    .macro kernel_debug label, code, step, events
    mov x27, #\label
    mov x24, #\events
    adr x28, 99f
    ldr x1, =(0x1c5 | (\step << 21))
    msr spsr_el1, x1
    adr x1, \code
    msr elr_el1, x1
    isb
    eret
99:
    .endm

    .macro kept label, register, mask:vararg
    mov x0, #-1
    msr \register, x0
    mrs x1, \register
    ldr x2, =(\mask)
    and x1, x1, x2
    show \label, x1
    msr \register, xzr
    .endm

main:
    ldr x1, =level1
    ldr x2, =(0x00000000 + 0x405 + (3 << 53))
    str x2, [x1]
    ldr x2, =(0x40000000 + 0x701)
    str x2, [x1, #8]
    ldr x2, =(0x40000000 + 0x741)
    str x2, [x1, #16]
    mov x0, #0x04ff
    msr mair_el1, x0
    ldr x0, =(25 | (1 << 23) | (2 << 32) | (1 << 37))
    msr tcr_el1, x0
    msr ttbr0_el1, x1
    dsb sy
    isb
    mrs x0, sctlr_el1
    orr x0, x0, #1
    msr sctlr_el1, x0
    isb
    mov x0, #(3 << 20)
    msr cpacr_el1, x0

    /* Registers */
    mrs x0, oslsr_el1
    show 1, x0
    mrs x0, mdscr_el1
    show 2, x0
    kept 3, dbgbcr0_el1, 0xffe1e7
    kept 4, dbgbcr5_el1, 0xffe1e7
    kept 5, dbgbvr0_el1, 0x1fffffffffffffc
    kept 6, dbgwcr0_el1, 0x1f1fffff
    kept 7, dbgwvr3_el1, 0x1fffffffffffffc
    kept 8, mdscr_el1, 0xb001
    try 9, mrs x0, dbgbvr6_el1
    try 10, mrs x0, dbgwvr4_el1
    mrs x0, id_aa64dfr0_el1
    and x0, x0, #0xf
    show 11, x0
    mrs x0, id_aa64dfr0_el1
    and x0, x0, #0xfffffffffffff000
    show 12, x0
    msr oslar_el1, xzr
    mrs x0, oslsr_el1
    show 13, x0

    /* Step at EL0 */
    set_debug mdscr_el1, 1
    user_debug 20, steps, 1, 0
    user_debug 21, steps, 1, 3
    user_debug 22, steps, 0, 0
    user_debug 23, exclusives, 1, 9
    user_debug 24, calls, 1, 0
    user_debug 25, undefined, 1, 1
    user_debug 26, faults, 1, 2
    user_debug 27, branches, 1, 6
    user_debug 28, traps, 1, 2
    /* At EL1: only with KDE and D clear */
    kernel_debug 30, kernel_steps, 1, 2
    set_debug mdscr_el1, 0x2001
    kernel_debug 31, kernel_steps, 1, 0
    kernel_debug 32, kernel_steps, 1, 3
    kernel_debug 33, kernel_steps, 0, 0

    /* Breakpoints */
    set_debug mdscr_el1, 0x8000
    set_debug dbgbvr0_el1, second + ALIAS - 0x40000000
    set_debug dbgbcr0_el1, 0x1e5
    user_debug 40, steps, 0, 0
    set_debug dbgbcr0_el1, 0x1e3
    user_debug 41, steps, 0, 0
    set_debug dbgbcr0_el1, 0x1e4
    user_debug 42, steps, 0, 0
    set_debug dbgbcr0_el1, 0x1e7
    set_debug mdscr_el1, 0
    user_debug 43, steps, 0, 0
    set_debug mdscr_el1, 0x8001
    user_debug 44, steps, 1, 0
    user_debug 45, steps, 1, 4
    set_debug mdscr_el1, 0xa000
    set_debug dbgbvr3_el1, kernel_second
    set_debug dbgbcr3_el1, 0x1e3
    kernel_debug 46, kernel_steps, 0, 0
    set_debug mdscr_el1, 0x8000
    kernel_debug 47, kernel_steps, 0, 0
    /* Linked to a context */
    set_debug mdscr_el1, 0xa000
    set_debug dbgbcr3_el1, 0
    set_debug dbgbcr0_el1, 0x1e5 + (1 << 20) + (5 << 16)
    user_debug 50, steps, 0, 0
    set_debug dbgbvr5_el1, 0x77
    set_debug dbgbcr5_el1, 0x1e5 + (3 << 20)
    user_debug 51, steps, 0, 0
    set_debug contextidr_el1, 0x77
    user_debug 52, steps, 0, 0
    set_debug dbgbcr0_el1, 0x1e5 + (1 << 20) + (3 << 16)
    user_debug 53, steps, 0, 0
    set_debug dbgbcr0_el1, 0
    set_debug dbgbcr5_el1, 0

    /* Watchpoints: BAS and MASK; loads, stores; levels */
    .macro watched label, value, control:vararg
    set_debug dbgwvr1_el1, \value + ALIAS - 0x40000000
    set_debug dbgwcr1_el1, \control
    user_debug \label, accesses, 0, 0
    user_debug \label + 1, stores, 0, 0
    user_debug \label + 2, pairs, 0, 0
    user_debug \label + 3, bytes, 0, 0
    user_debug \label + 4, exclusives, 0, 0
    user_debug \label + 5, vector_registers, 0, 0
    user_debug \label + 6, zeroing, 0, 0
    .endm
    watched 0x60, datum, 0x1ffd
    watched 0x70, datum, 0x1ff5
    watched 0x80, datum, 0x1fed
    watched 0x90, datum, 0x1e1d
    watched 0xa0, datum, 0x009d
    watched 0xb0, datum + 4, 0x01fd
    watched 0xc0, datum + 8, 0x0035
    watched 0xd0, datum + 32, 0x1ffd + (6 << 24)
    watched 0xe0, datum, 0x1ffb
    watched 0xf0, datum, 0x1fe5
    set_debug dbgwvr1_el1, datum
    set_debug dbgwcr1_el1, 0x1ffb
    kernel_debug 0x100, kernel_accesses, 0, 0
    set_debug dbgwcr1_el1, 0x1ffd
    kernel_debug 0x101, kernel_unprivileged, 0, 0
    set_debug dbgwcr1_el1, 0x1fff
    kernel_debug 0x103, kernel_accesses, 1, 0
    set_debug mdscr_el1, 0x8000
    kernel_debug 0x104, kernel_accesses, 0, 0
    set_debug dbgwvr1_el1, datum + ALIAS - 0x40000000
    set_debug mdscr_el1, 0x2000
    user_debug 0x105, accesses, 0, 0
    b finish

    .align 4
steps:
    add x1, x1, #1
second:
    add x1, x1, #1
    add x1, x1, #1
    svc #1
exclusives:
    ldr x1, =(datum + ALIAS - 0x40000000)
    ldxr x2, [x1]
    stxr w3, x2, [x1]
    ldaxp w2, w4, [x1]
    stlr x2, [x1]
    ldaxrb w2, [x1]
    ldxp x2, x4, [x1]
    clrex
    svc #2
calls:
    svc #3
undefined:
    .inst 0
    svc #4
faults:
    mov x1, #0
    ldr x2, [x1]
    svc #5
branches:
    b 1f
    nop
1:  cbz xzr, 2f
    nop
2:  adr x1, 3f
    br x1
    nop
3:  svc #6
traps:
    mrs x1, nzcv
    brk #9
    svc #7
accesses:
    ldr x1, =(datum + ALIAS - 0x40000000)
    ldr x2, [x1]
    ldr w2, [x1, #4]
    ldr x2, [x1, #8]
    ldur x2, [x1, #-3]
    svc #8
stores:
    ldr x1, =(datum + ALIAS - 0x40000000)
    str x2, [x1]
    str w2, [x1, #4]
    stur x2, [x1, #-7]
    strb w2, [x1, #1]
    svc #9
pairs:
    ldr x1, =(datum + ALIAS - 0x40000000)
    ldp x2, x3, [x1, #-8]
    stp x2, x3, [x1, #-8]
    svc #10
bytes:
    ldr x1, =(datum + ALIAS - 0x40000000)
    ldrb w2, [x1, #-1]
    ldrb w2, [x1, #3]
    ldrb w2, [x1, #8]
    ldrb w2, [x1, #2]
    ldrh w2, [x1, #3]
    svc #11
vector_registers:
    ldr x1, =(datum + ALIAS - 0x40000000)
    ldr q0, [x1, #-8]
    str q0, [x1]
    svc #12
zeroing:
    ldr x1, =(datum + ALIAS - 0x40000000)
    strb wzr, [x1, #40]
    svc #13
kernel_steps:
    add x1, x1, #1
kernel_second:
    add x1, x1, #1
    add x1, x1, #1
    svc #14
kernel_accesses:
    ldr x1, =datum
    ldr x2, [x1]
    svc #16
kernel_unprivileged:
    ldr x1, =datum
    ldr x2, [x1]
    sttr x2, [x1]
    svc #17
    .ltorg
    .data
    .align 12
level1: .space 4096
    .space 64
datum: .quad 1, 2, 3, 4, 5, 6, 7, 8
    .bss
    .align 12
    .space 4096
stack_top:
