/* What every bare-metal test program starts with: vectors that print what happened and go on at x28, and printing. */
    .arch armv8.2-a
    .globl _start
_start:
    ldr x19, =0x09000000
    adr x1, vectors
    msr vbar_el1, x1
    isb
    ldr x1, =stack_top
    mov sp, x1
    b main

/* x0 in hexadecimal and a space. Keeps everything but x9..x13. */
print_hex:
    mov x10, #60
1:  lsr x11, x0, x10
    and x11, x11, #15
    cmp x11, #10
    add x12, x11, #'0'
    add x13, x11, #('a' - 10)
    csel x12, x12, x13, lo
    str w12, [x19]
    subs x10, x10, #4
    b.pl 1b
    mov w12, #' '
    str w12, [x19]
    ret
print_line:
    mov w12, #'\n'
    str w12, [x19]
    ret
finish:
    ldr w0, =0x84000008
    hvc #0
    b .

/* The label, a register, a new line. */
    .macro show label, register
    mov x0, #\label
    bl print_hex
    mov x0, \register
    bl print_hex
    bl print_line
    .endm

/* Executes an instruction; shows x0 after it, or what exception it took. */
    .macro try label, instruction:vararg
    mov x27, #\label
    adr x28, 99f
    \instruction
    mov x26, x0
    show \label, x26
99:
    .endm

/* Goes on at a label at EL0; x28 is where the exception that ends it leads. */
    .macro user label, code
    mov x27, #\label
    adr x28, 99f
    msr spsr_el1, xzr
    adr x1, \code
    msr elr_el1, x1
    eret
99:
    .endm

report:
    /* x20: number of the vector */
    mov x0, x27
    bl print_hex
    mov x0, x20
    bl print_hex
    mrs x0, esr_el1
    bl print_hex
    mrs x21, esr_el1
    lsr x21, x21, #26
    /* FAR only where it is defined */
    sub x22, x21, #0x20
    cmp x22, #5
    b.ls 1f
    sub x22, x21, #0x34
    cmp x22, #1
    b.hi 2f
1:  mrs x0, far_el1
    bl print_hex
2:  mrs x0, elr_el1
    bl print_hex
    mrs x0, spsr_el1
    /* BTYPE, which QEMU's newer CPUs have */
    bic x0, x0, #0xc00
    bl print_hex
    mrs x0, daif
    bl print_hex
    bl print_line
#ifdef DEBUG_EVENTS
    /* Breakpoint, step, watchpoint: x24 times it goes on where it was, with the step bit set */
    sub x22, x21, #0x30
    cmp x22, #5
    b.hi 1f
    cbz x24, 1f
    sub x24, x24, #1
    mrs x0, spsr_el1
    orr x0, x0, #(1 << 21)
    msr spsr_el1, x0
    eret
1:
#endif
    msr elr_el1, x28
    mov x0, #0x3c5
    msr spsr_el1, x0
    eret

    .align 11
vectors:
    .set n, 0
    .rept 16
    .align 7
    mov x20, #n
    b report
    .set n, n + 1
    .endr
    .align 7
