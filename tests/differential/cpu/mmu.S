/*
 * Translation with one granule (GRANULE is 12, 14 or 16): every combination of page attributes accessed in every way, then special
 * addresses and controls. Blocks: devices at their place, RAM at its place for data, RAM at ALIAS_USER for EL0's code, at ALIAS_CODE
 * for EL1's code (read-only, so that WXN can be turned on).
 */
#include "runtime.S"

#define ALIAS_USER 0xc0000000
#define ALIAS_CODE 0x100000000
#define TEST 0x80000000
#if GRANULE == 12
#define TG 0
#define TG1 2
#define BLOCK_SHIFT 30
#define BLOCKS level1
#elif GRANULE == 14
#define TG 2
#define TG1 1
#define BLOCK_SHIFT 25
#define BLOCKS level2
#else
#define TG 1
#define TG1 3
#define BLOCK_SHIFT 29
#define BLOCKS level2
#endif
#define PAGE (1 << GRANULE)
#if GRANULE == 12
#define CONTIGUOUS 16
#elif GRANULE == 14
#define CONTIGUOUS 128
#else
#define CONTIGUOUS 32
#endif
#define CONTIGUOUS_FIRST 256
#define CONTIGUOUS_MEMORY 0x40800000
/* AF and inner shareable; attribute 0 is normal memory, 1 device */
#define NORMAL 0x701
#define DEVICE 0x405
#define READ_ONLY (1 << 7)
#define USER (1 << 6)
#define UXN (1 << 54)
#define PXN (1 << 53)

    .macro entry table, index, value:vararg
    ldr x1, =\table
    ldr x2, =(\value)
    ldr x3, =((\index) * 8)
    str x2, [x1, x3]
    .endm
    .macro block address, value:vararg
    entry BLOCKS, ((\address) >> BLOCK_SHIFT), \value
    .endm
    .macro flush
    dsb sy
    tlbi vmalle1
    dsb sy
    isb
    .endm

    .macro user_at label, code
    mov x27, #\label
    adr x28, 99f
    msr spsr_el1, xzr
    adr x1, \code
    ldr x2, =(ALIAS_USER - ALIAS_CODE)
    add x1, x1, x2
    msr elr_el1, x1
    eret
99:
    .endm

main:
#if GRANULE != 16
    entry level0, 0, level1 + 3
#else
    entry level1, 0, level2 + 3
#endif
#if GRANULE == 14
    entry level1, 0, level2 + 3
#endif
    block 0x08000000, (0x08000000 >> BLOCK_SHIFT << BLOCK_SHIFT) + DEVICE + UXN + PXN
    block 0x40000000, 0x40000000 + NORMAL
    block ALIAS_USER, 0x40000000 + NORMAL + USER + READ_ONLY
    block ALIAS_CODE, 0x40000000 + NORMAL + READ_ONLY
#if GRANULE == 12
    entry level1, 2, level2 + 3
    entry level2, 0, level3 + 3
    entry level2, 1, level3b + 3
#else
    entry level2, (TEST >> BLOCK_SHIFT), level3 + 3
#endif
    /* Page i: AP from bits 1:0, UXN bit 2, PXN bit 3, no AF bit 4, device bit 5, not global bit 6 */
    ldr x1, =level3
    ldr x2, =frame
    mov x3, #0
1:  add x4, x2, #0x303
    and x5, x3, #3
    orr x4, x4, x5, lsl #6
    ubfx x5, x3, #2, #1
    orr x4, x4, x5, lsl #54
    ubfx x5, x3, #3, #1
    orr x4, x4, x5, lsl #53
    ubfx x5, x3, #4, #1
    eor x5, x5, #1
    orr x4, x4, x5, lsl #10
    ubfx x5, x3, #5, #1
    orr x4, x4, x5, lsl #2
    /* Device memory is outer shareable whatever the descriptor says, which QEMU's PAR does not show */
    eor x4, x4, x5, lsl #8
    ubfx x5, x3, #6, #1
    orr x4, x4, x5, lsl #11
    str x4, [x1, x3, lsl #3]
    add x3, x3, #1
    cmp x3, #128
    b.ne 1b
    /* The frame's code: RET, and 16 bytes on SVC */
    ldr w1, =0xd65f03c0
    ldr x2, =frame
    str w1, [x2]
    ldr w1, =0xd40000a1
    str w1, [x2, #16]

    mov x0, #0x04ff
    msr mair_el1, x0
    ldr x0, =((16 << 0) | (TG << 14) | (16 << 16) | (TG1 << 30) | (2 << 32) | (1 << 36))
    msr tcr_el1, x0
    ldr x0, =root
    msr ttbr0_el1, x0
    msr ttbr1_el1, x0
    dsb sy
    isb
    mrs x0, sctlr_el1
    orr x0, x0, #1
    msr sctlr_el1, x0
    isb
    adr x0, 1f
    ldr x1, =ALIAS_CODE - 0x40000000
    add x0, x0, x1
    br x0
1:  adr x0, vectors
    msr vbar_el1, x0
    isb

    bl all_pages
    bl contiguous_pages
    /* With writable memory never executable, and PAN */
    mrs x0, sctlr_el1
    orr x0, x0, #(1 << 19)
    msr sctlr_el1, x0
    flush
    bl all_pages
    mrs x0, sctlr_el1
    bic x0, x0, #(1 << 19)
    msr sctlr_el1, x0
    flush
#ifdef PAN
    msr pan, #1
    bl all_pages
    mrs x0, pan
    show 0x900, x0
    mrs x0, sctlr_el1
    and x0, x0, #(1 << 23)
    show 0x901, x0
    msr pan, #0
#endif

    /* Addresses outside */
    ldr x1, =0x0001000000000000
    try 0x100, ldr x0, [x1]
    ldr x1, =0xfffeffffffffffff
    try 0x101, ldrb w0, [x1]
    ldr x1, =0xffff000040080000
    try 0x102, ldr w0, [x1]
    ldr x1, =0x7f00000040080000
    try 0x103, ldr w0, [x1]
    ldr x1, =0xff80000040080000
    try 0x104, ldr w0, [x1]
    ldr x1, =(TEST + 200 * PAGE)
    try 0x105, ldr w0, [x1]
    try 0x106, str w0, [x1]
    ldr x1, =0x0000f00000000000
    try 0x107, ldr w0, [x1]
    ldr x1, =0x0000008000000000
    try 0x108, ldr w0, [x1]
    ldr x1, =0x0000000600000000
    try 0x109, ldr w0, [x1]
    try 0x10a, br x1
    try 0x10b, at s1e1r, x1
    /* Crossing into an unmapped page: FAR is that page's start */
    ldr x1, =(TEST + 128 * PAGE - 3 + 0)
    try 0x110, ldr x0, [x1]
    ldr x1, =(TEST + 16 * PAGE - 3)
    try 0x111, ldr x0, [x1]
    try 0x112, str x0, [x1]
    /* A store that crosses from a page it may write into one it may not writes nothing */
    ldr x1, =(TEST + 2 * PAGE - 4)
    try 0x113, str x1, [x1]
    ldr x2, =(frame + PAGE - 8)
    ldr x0, [x2]
    show 0x114, x0
    /* Pairs: registers stay when the second half faults */
    ldr x1, =(TEST + 16 * PAGE - 8)
    mov x5, #55
    mov x6, #66
    try 0x115, ldp x5, x6, [x1], #16
    show 0x116, x5
    show 0x117, x1
    /* DC ZVA is a store, of a block: to unmapped, read-only pages (QEMU lets it write device memory) */
    ldr x1, =(TEST + 200 * PAGE + 24)
    try 0x118, dc zva, x1
    ldr x1, =(TEST + 2 * PAGE + 24)
    try 0x119, dc zva, x1
    /* Exclusives must be aligned */
    ldr x1, =(frame + 1)
    try 0x120, ldxr x0, [x1]
    ldr x1, =(frame + 0x100)
    ldxr x0, [x1]
    mov x2, #77
    stxr w3, x2, [x1]
    show 0x121, x3
    stxr w3, x2, [x1]
    show 0x122, x3
    ldr x0, [x1]
    show 0x123, x0
    ldxr x0, [x1]
    clrex
    stxr w3, x2, [x1]
    show 0x124, x3
    ldaxp x4, x5, [x1]
    stlxp w3, x5, x4, [x1]
    show 0x125, x3
    ldr x0, [x1, #8]
    show 0x126, x0
    /* Alignment checking */
    mrs x0, sctlr_el1
    orr x0, x0, #2
    msr sctlr_el1, x0
    isb
    ldr x1, =(frame + 0x101)
    try 0x130, ldr x0, [x1]
    try 0x131, strh w0, [x1]
    try 0x132, ldrb w0, [x1]
    mrs x0, sctlr_el1
    bic x0, x0, #2
    msr sctlr_el1, x0
    isb
    ldr x1, =(frame + 0x101)
    try 0x133, ldr x0, [x1]
    /* Top byte ignored */
    mrs x0, tcr_el1
    orr x0, x0, #(1 << 37)
    msr tcr_el1, x0
    flush
    ldr x1, =0xab00000040080000
    try 0x140, ldr w0, [x1]
    ldr x1, =0xab01000040080000
    try 0x141, ldr w0, [x1]
    ldr x1, =0xffff000040080000
    try 0x142, ldr w0, [x1]
    ldr x1, =(0x5500000000000000 + TEST + 16 * PAGE)
    try 0x143, ldr w0, [x1]
    adr x1, 1f
    movk x1, #0x3300, lsl #48
    br x1
1:  adr x0, .
    lsr x0, x0, #32
    show 0x144, x0
    /* Walks of TTBR1 disabled, then sizes */
    mrs x0, tcr_el1
    orr x0, x0, #(1 << 23)
    msr tcr_el1, x0
    flush
    ldr x1, =0xffff000040080000
    try 0x150, ldr w0, [x1]
    mrs x0, tcr_el1
    bic x0, x0, #(1 << 23)
    bic x0, x0, #(0x3f << 16)
    mov x1, #(25 << 16)
    orr x0, x0, x1
    msr tcr_el1, x0
    flush
    ldr x1, =0xffff000040080000
    try 0x151, ldr w0, [x1]
    ldr x1, =0xffffff8000000000
    try 0x152, at s1e1r, x1
    mrs x0, par_el1
    show 0x153, x0
    /* 32-bit outputs: a page above is an address size fault */
    ldr x1, =level3
    ldr x2, =(0x200000000 + 0x703)
    str x2, [x1, #(150 * 8)]
    mrs x0, tcr_el1
    bic x0, x0, #(7 << 32)
    msr tcr_el1, x0
    flush
    ldr x1, =(TEST + 150 * PAGE)
    try 0x160, ldr w0, [x1]
    try 0x161, br x1
    try 0x162, at s1e1r, x1
    mrs x0, par_el1
    show 0x163, x0
    mrs x0, tcr_el1
    orr x0, x0, #(2 << 32)
    msr tcr_el1, x0
    flush
    try 0x164, ldr w0, [x1]
    /* Changing a mapping, and TLB invalidation by address */
    ldr x1, =level3
    ldr x2, =(frame + PAGE + 0x703)
    ldr x3, =(TEST)
    ldr w4, [x3]
    str x2, [x1]
    dsb sy
    lsr x4, x3, #12
    tlbi vae1, x4
    dsb sy
    isb
    ldr w0, [x3]
    show 0x170, x0
    ldr x2, =(frame + 0x703)
    str x2, [x1]
    dsb sy
    tlbi vaae1is, x4
    dsb sy
    isb
    ldr w0, [x3]
    show 0x171, x0
    /* Invalidation by ASID, of an ASID in TTBR1 as TCR.A1 says; another ASID's pages may stay, so that is not shown */
    mrs x0, tcr_el1
    orr x0, x0, #(1 << 22)
    msr tcr_el1, x0
    ldr x0, =(root + (0x1234 << 48))
    msr ttbr1_el1, x0
    isb
    mrs x0, tcr_el1
    lsr x0, x0, #22
    show 0x172, x0
    ldr x1, =level3
    ldr x3, =TEST
    ldr w4, [x3]
    ldr x2, =(frame + PAGE + 0xf03)
    str x2, [x1]
    dsb sy
    mov x4, #(0x1234 << 48)
    tlbi aside1is, x4
    dsb sy
    isb
    ldr w0, [x3]
    show 0x173, x0
    ldr x2, =(frame + 0x703)
    str x2, [x1]
    mrs x0, tcr_el1
    bic x0, x0, #(1 << 22)
    msr tcr_el1, x0
    ldr x0, =root
    msr ttbr1_el1, x0
    flush
#if GRANULE == 12
    /* Attributes of tables take rights away from all below */
    .irp bits, 0, 1, 2, 3, 4, 8, 12, 15
    entry level2, 1, level3b + 3 + (\bits << 59)
    ldr x1, =level3b
    ldr x2, =(frame + 0x743)
    str x2, [x1]
    flush
    ldr x1, =(TEST + 0x200000)
    try 0x180 + \bits, ldr w0, [x1]
    try 0x190 + \bits, str w0, [x1]
    at s1e0r, x1
    mrs x0, par_el1
    show 0x1a0 + \bits, x0
    at s1e0w, x1
    mrs x0, par_el1
    show 0x1b0 + \bits, x0
    ldr x1, =(TEST + 0x200000)
    try 0x1c0 + \bits, blr x1
    ldr x7, =(TEST + 0x200010)
    user_at 0x1d0 + \bits, user_execute
    .endr
    /* Blocks of 2 MiB */
    entry level2, 3, 0x40000000 + NORMAL + READ_ONLY
    flush
    ldr x1, =(TEST + 0x600000 + 0x80000)
    try 0x1e0, ldr w0, [x1]
    try 0x1e1, str w0, [x1]
    at s1e1r, x1
    mrs x0, par_el1
    show 0x1e2, x0
#endif
    /* MMU off again */
    adr x0, 1f
    ldr x1, =ALIAS_CODE - 0x40000000
    sub x0, x0, x1
    br x0
1:  adr x0, vectors
    msr vbar_el1, x0
    isb
    mrs x0, sctlr_el1
    bic x0, x0, #1
    msr sctlr_el1, x0
    isb
    ldr x1, =TEST
    ldr x1, =0x40080000
    at s1e1w, x1
    mrs x0, par_el1
    bic x0, x0, #(3 << 7)
    show 0x1f0, x0
    b finish

all_pages:
    mov x29, x30
    mov x25, #0
page:
    ldr x24, =TEST
    add x24, x24, x25, lsl #GRANULE
    lsl x23, x25, #8
    .macro attempt kind, instruction:vararg
    add x27, x23, #\kind
    adr x28, 99f
    \instruction
    mov x0, x27
    bl print_hex
    bl print_line
99:
    .endm
    attempt 1, ldr w1, [x24]
    attempt 2, str wzr, [x24, #64]
    attempt 3, ldtr w1, [x24]
    attempt 4, sttr wzr, [x24, #64]
    attempt 5, blr x24
    .irp operation, s1e1r, s1e1w, s1e0r, s1e0w
    at \operation, x24
    isb
    mrs x0, par_el1
    bl print_hex
    .endr
    bl print_line
    add x7, x24, #16
    .irp code, user_load, user_store, user_execute
    add x27, x23, #6
    adr x28, 99f
    msr spsr_el1, xzr
    adr x1, \code
    ldr x2, =(ALIAS_USER - ALIAS_CODE)
    add x1, x1, x2
    msr elr_el1, x1
    eret
99:
    .endr
    add x25, x25, #1
    cmp x25, #PAGES
    b.ne page
    mov x30, x29
    ret

    /* As many pages with the contiguous bit as make one entry: each leads to its own memory, before and after one of them is invalidated */
contiguous_pages:
    mov x29, x30
    ldr x1, =(level3 + CONTIGUOUS_FIRST * 8)
    ldr x2, =(CONTIGUOUS_MEMORY + NORMAL + 2 + UXN + PXN + (1 << 52))
    mov x3, #CONTIGUOUS
1:  str x2, [x1], #8
    add x2, x2, #PAGE
    subs x3, x3, #1
    b.ne 1b
    flush
    ldr x4, =(TEST + CONTIGUOUS_FIRST * PAGE)
    mov x3, #0
1:  add x5, x4, x3, lsl #GRANULE
    str x3, [x5, #8]
    add x3, x3, #1
    cmp x3, #CONTIGUOUS
    b.ne 1b
    add x5, x4, #(PAGE * 3)
    at s1e1r, x5
    mrs x0, par_el1
    show 0x200, x0
    lsr x1, x5, #12
    tlbi vae1, x1
    dsb sy
    isb
    .macro sum label, base
    mov x3, #0
    mov x6, #0
98: add x5, \base, x3, lsl #GRANULE
    ldr x1, [x5, #8]
    madd x6, x1, x3, x6
    add x3, x3, #1
    cmp x3, #CONTIGUOUS
    b.ne 98b
    show \label, x6
    .endm
    ldr x4, =(TEST + CONTIGUOUS_FIRST * PAGE)
    sum 0x201, x4
    ldr x4, =CONTIGUOUS_MEMORY
    sum 0x202, x4
    mov x30, x29
    ret

user_load: ldr w1, [x24]
    svc #1
user_store: str wzr, [x24, #64]
    svc #2
user_execute: br x7
    .ltorg
    .data
    .align 16
level0: .space 65536
level1: .space 65536
level2: .space 65536
level3: .space 65536
level3b: .space 65536
frame: .space 131072
    .space 4096
stack_top:
#if GRANULE == 16
    .set root, level1
#else
    .set root, level0
#endif
