/*
 * Runs a list of bus and system register accesses that lies at 0x42000000 and prints each result, so that the same list can be
 * run on QEMU's devices and on ours. Loaded at 0x40200000; no interrupt is ever taken, faults are counted and skipped.
 */
typedef unsigned long u64;
typedef unsigned int u32;

struct op {
  u32 kind; /* 0 end, 1 read, 2 write, 3 read system register, 4 write system register, 5 wait `value` counter ticks, 6 ISR_EL1 */
  u32 size; /* bytes, or system register number below */
  u64 address;
  u64 value;
};

volatile int faulted;

#define ICC_REGISTERS(X)                                                                                                         \
  X(0, S3_0_C4_C6_0) X(1, S3_0_C12_C8_0) X(2, S3_0_C12_C8_1) X(3, S3_0_C12_C8_2) X(4, S3_0_C12_C8_3) X(5, S3_0_C12_C8_4)       \
  X(6, S3_0_C12_C9_0) X(7, S3_0_C12_C11_1) X(8, S3_0_C12_C11_3) X(9, S3_0_C12_C11_5) X(10, S3_0_C12_C11_7)                     \
  X(11, S3_0_C12_C12_0) X(12, S3_0_C12_C12_1) X(13, S3_0_C12_C12_2) X(14, S3_0_C12_C12_3) X(15, S3_0_C12_C12_4)                \
  X(16, S3_0_C12_C12_5) X(17, S3_0_C12_C12_6) X(18, S3_0_C12_C12_7) X(19, S3_0_C12_C11_6) X(20, CNTP_CTL_EL0)                  \
  X(21, CNTP_CVAL_EL0) X(22, CNTV_CTL_EL0) X(23, CNTV_CVAL_EL0)

static u64 read_system(u32 number) {
  u64 v = 0;
  switch (number) {
#define X(n, r) case n: asm volatile("mrs %0, " #r : "=r"(v)); break;
    ICC_REGISTERS(X)
#undef X
  }
  return v;
}

static void write_system(u32 number, u64 v) {
  switch (number) {
#define X(n, r) case n: asm volatile("msr " #r ", %0" ::"r"(v)); break;
    ICC_REGISTERS(X)
#undef X
  }
  asm volatile("isb");
}

static u64 load(u64 at, u32 size) {
  u64 v = 0;
  switch (size) {
  case 1: asm volatile("ldrb %w0, [%1]" : "=r"(v) : "r"(at)); break;
  case 2: asm volatile("ldrh %w0, [%1]" : "=r"(v) : "r"(at)); break;
  case 4: asm volatile("ldr %w0, [%1]" : "=r"(v) : "r"(at)); break;
  case 8: asm volatile("ldr %0, [%1]" : "=r"(v) : "r"(at)); break;
  }
  return v;
}

static void store(u64 at, u32 size, u64 v) {
  switch (size) {
  case 1: asm volatile("strb %w0, [%1]" ::"r"(v), "r"(at)); break;
  case 2: asm volatile("strh %w0, [%1]" ::"r"(v), "r"(at)); break;
  case 4: asm volatile("str %w0, [%1]" ::"r"(v), "r"(at)); break;
  case 8: asm volatile("str %0, [%1]" ::"r"(v), "r"(at)); break;
  }
}

static void print(u64 v) {
  volatile u32 *uart = (volatile u32 *)0x09000000;
  int shift = 60;
  while (shift > 0 && !(v >> shift)) shift -= 4;
  for (; shift >= 0; shift -= 4) *uart = "0123456789abcdef"[v >> shift & 15];
  *uart = '\n';
}

void run(void) {
  struct op *op = (struct op *)0x42000000;
  u64 *result = (u64 *)0x43000000;
  for (; op->kind; op++) {
    u64 v = 0;
    faulted = 0;
    switch (op->kind) {
    case 1: v = load(op->address, op->size); break;
    case 2: store(op->address, op->size, op->value); break;
    case 3: v = read_system(op->size); break;
    case 4: write_system(op->size, op->value); break;
    case 5: {
      u64 start, now;
      asm volatile("isb\n mrs %0, cntvct_el0" : "=r"(start));
      do asm volatile("isb\n mrs %0, cntvct_el0" : "=r"(now)); while (now - start < op->value);
      break;
    }
    case 6: asm volatile("isb\n mrs %0, isr_el1" : "=r"(v)); break;
    }
    *result++ = faulted ? 0xfa0175fa0175 : v;
  }
  for (const char *c = "\n=results=\n"; *c; c++) *(volatile u32 *)0x09000000 = *c;
  for (u64 *r = (u64 *)0x43000000; r != result; r++) print(*r);
  register u64 x0 asm("x0") = 0x84000008;
  asm volatile("hvc #0" ::"r"(x0));
}

asm(".globl _start\n"
    "_start: ldr x0, =0x41000000\n mov sp, x0\n adr x0, vectors\n msr vbar_el1, x0\n isb\n bl run\n b .\n"
    ".balign 2048\n"
    "vectors: .skip 0x200\n"
    "stp x0, x1, [sp, #-16]!\n mrs x0, elr_el1\n add x0, x0, #4\n msr elr_el1, x0\n adr x0, faulted\n mov w1, #1\n str w1, [x0]\n"
    "ldp x0, x1, [sp], #16\n eret\n");
