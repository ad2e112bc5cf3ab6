.globl _start, secondary_entry
_start:
  mov x19, x0
  ldr x1, =stack_end
  mov sp, x1
  ldr x1, =vectors
  msr vbar_el1, x1
  isb
  mov x0, x19
  bl program
  bl off

// Context: CPU number in the low byte; each CPU has 4 KiB of stack.
secondary_entry:
  and x1, x0, #0xff
  ldr x2, =stack_end
  sub x2, x2, x1, lsl #12
  mov sp, x2
  ldr x1, =vectors
  msr vbar_el1, x1
  isb
  bl secondary
  b .

.macro entry kind
  .balign 128
  sub sp, sp, #288
  stp x0, x1, [sp]
  mov x0, #\kind
  b save
.endm

.balign 2048
vectors:
  entry 0
  entry 1
  entry 2
  entry 3
  entry 4
  entry 5
  entry 6
  entry 7
  .skip 1024

save:
  stp x2, x3, [sp, #16]
  stp x4, x5, [sp, #32]
  stp x6, x7, [sp, #48]
  stp x8, x9, [sp, #64]
  stp x10, x11, [sp, #80]
  stp x12, x13, [sp, #96]
  stp x14, x15, [sp, #112]
  stp x16, x17, [sp, #128]
  stp x18, x19, [sp, #144]
  stp x20, x21, [sp, #160]
  stp x22, x23, [sp, #176]
  stp x24, x25, [sp, #192]
  stp x26, x27, [sp, #208]
  stp x28, x29, [sp, #224]
  mrs x1, elr_el1
  stp x30, x1, [sp, #240]
  mrs x1, spsr_el1
  mrs x2, esr_el1
  stp x1, x2, [sp, #256]
  mrs x1, far_el1
  stp x1, x0, [sp, #272]
  mov x0, sp
  bl exception
  ldr x1, [sp, #256]
  msr spsr_el1, x1
  ldp x30, x1, [sp, #240]
  msr elr_el1, x1
  ldp x2, x3, [sp, #16]
  ldp x4, x5, [sp, #32]
  ldp x6, x7, [sp, #48]
  ldp x8, x9, [sp, #64]
  ldp x10, x11, [sp, #80]
  ldp x12, x13, [sp, #96]
  ldp x14, x15, [sp, #112]
  ldp x16, x17, [sp, #128]
  ldp x18, x19, [sp, #144]
  ldp x20, x21, [sp, #160]
  ldp x22, x23, [sp, #176]
  ldp x24, x25, [sp, #192]
  ldp x26, x27, [sp, #208]
  ldp x28, x29, [sp, #224]
  ldp x0, x1, [sp]
  add sp, sp, #288
  eret

.bss
.balign 4096
  .skip 0x10000
stack_end:
