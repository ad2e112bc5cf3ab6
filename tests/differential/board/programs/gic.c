/*
 * Interrupts as a kernel sees them, by GICv2 or GICv3 (-DGIC=3), with two CPUs: priorities, preemption and binary points, the two groups,
 * priority drop apart from deactivation, level and edge, targets, masks.
 */
#include "bare.h"

enum { SPI = 40, UART_INTERRUPT = 33, LINES = 64 };
static void set_bit(u64 base, u32 n) { WRITE(base + 4 * (n / 32), 1u << (n % 32)); }

static volatile u32 taken, uart_rounds, second_taken, second_ready;
/* What the handler does with the interrupt that it has taken. */
static volatile u32 nest_pend, split, keep_level;

#if GIC == 3
#define ICC_WRITE(r, v) SYSREG_WRITE(r, v)
static void controller(u64 cpu) {
  u64 frame = GICR + cpu * 0x20000;
  WRITE(frame + 0x14, 0);
  while (READ(frame + 0x14) & 4) {
  }
  WRITE(frame + 0x10080, 0xfffffff0);
  WRITE(frame + 0x10100, 0xff);
  SYSREG_WRITE(S3_0_C4_C6_0, 0xff);
  SYSREG_WRITE(S3_0_C12_C12_6, 1);
  SYSREG_WRITE(S3_0_C12_C12_7, 1);
}
static u32 acknowledge(int fiq) { return fiq ? SYSREG_READ(S3_0_C12_C8_0) : SYSREG_READ(S3_0_C12_C12_0); }
static void complete(int fiq, u32 n) {
  if (fiq) SYSREG_WRITE(S3_0_C12_C8_1, n);
  else SYSREG_WRITE(S3_0_C12_C12_1, n);
}
static void deactivate(u32 n) { SYSREG_WRITE(S3_0_C12_C11_1, n); }
static u32 running(void) { return SYSREG_READ(S3_0_C12_C11_3); }
static u32 highest(void) { return SYSREG_READ(S3_0_C12_C12_2); }
static void mask(u32 v) { SYSREG_WRITE(S3_0_C4_C6_0, v); }
static void binary_point(u32 v) { SYSREG_WRITE(S3_0_C12_C12_3, v); }
static void split_mode(int on) { SYSREG_WRITE(S3_0_C12_C12_4, on ? 2 : 0); }
static void sgi(u64 cpu, u32 n) { SYSREG_WRITE(S3_0_C12_C11_5, (1ul << cpu) | (u64)n << 24); }
static void target(u32 n, u64 cpu) { *(volatile u64 *)(u64)(GICD + 0x6000 + 8 * n) = cpu; }
#else
static void controller(u64 cpu) {
  (void)cpu;
  WRITE(GICD + 0x80, 0xfffffff0);
  WRITE(GICD + 0x100, 0xff);
  WRITE(GICC + 4, 0xff);
  /* Both groups, group 0 as FIQ, AckCtl */
  WRITE(GICC, 1 | 2 | 4 | 8);
}
static u32 acknowledge(int fiq) { (void)fiq; return READ(GICC + 0xc); }
static void complete(int fiq, u32 n) { (void)fiq; WRITE(GICC + 0x10, n); }
static void deactivate(u32 n) { WRITE(GICC + 0x1000, n); }
static u32 running(void) { return READ(GICC + 0x14); }
static u32 highest(void) { return READ(GICC + 0x18); }
static void mask(u32 v) { WRITE(GICC + 4, v); }
static void binary_point(u32 v) { WRITE(GICC + 0x1c, v); }
static void split_mode(int on) { WRITE(GICC, 1 | 2 | 4 | 8 | (on ? 0x200 : 0)); }
static void sgi(u64 cpu, u32 n) { WRITE(GICD + 0xf00, 1u << (16 + cpu) | n); }
static void target(u32 n, u64 cpu) { *(volatile u8 *)(u64)(GICD + 0x800 + n) = cpu < 8 ? 1 << cpu : 0; }
#endif

static void priority(u32 n, u8 v) {
#if GIC == 3
  if (n < 32) {
    *(volatile u8 *)(u64)(GICR + 0x10400 + n) = v;
    return;
  }
#endif
  *(volatile u8 *)(u64)(GICD + 0x400 + n) = v;
}
static void pend(u32 n) { set_bit(GICD + 0x200, n); }
static void state(const char *name, u32 n) {
  print(name);
  hex(" pending", READ(GICD + 0x200 + 4 * (n / 32)) >> (n % 32) & 1);
  hex(" active", READ(GICD + 0x300 + 4 * (n / 32)) >> (n % 32) & 1);
}
static void open(void) { asm volatile("msr daifclr, #3\n isb\n nop\n nop\n msr daifset, #3\n isb" ::: "memory"); }

void exception(struct frame *f) {
  int fiq = f->kind == 6;
  if (f->kind != 5 && !fiq) {
    hex("unexpected", f->kind);
    hex("esr", f->esr);
    hex("elr", f->elr);
    off();
  }
  u64 elr = f->elr, spsr = f->spsr;
  u32 n = acknowledge(fiq);
  if ((SYSREG_READ(MPIDR_EL1) & 0xff) != 0) {
    second_taken = n;
    complete(fiq, n);
    return;
  }
  print(fiq ? "FIQ" : "IRQ");
  hex(" interrupt", n);
  hex(" running", running());
  taken++;
  if (nest_pend) {
    u32 other = nest_pend;
    nest_pend = 0;
    pend(other);
    hex(" highest", highest());
    open();
    print(" nested done\n");
  }
  if (n == UART_INTERRUPT) {
    if (++uart_rounds == 3) WRITE(UART + 0x38, 0);
    if (keep_level) WRITE(UART + 0x38, 0);
  }
  complete(fiq, n);
  if (split) {
    hex(" dropped to", running());
    state(" split", n);
    pend(n);
    open();
    state(" pended again", n);
    split = 0;
    deactivate(n);
    state(" deactivated", n);
    hex(" highest", highest());
    /* It comes again when this one returns, and is to be completed at once. */
    split_mode(0);
  }
  f->elr = elr;
  f->spsr = spsr;
}

void secondary(u64 cpu) {
  controller(cpu);
  second_ready = 1;
  for (;;) {
    asm volatile("wfi\n msr daifclr, #3\n isb\n msr daifset, #3");
    if (second_taken) second_ready = 2;
  }
}

static void wait_second(const char *name) {
  while (second_ready != 2) asm volatile("yield");
  hex(name, second_taken);
  second_taken = 0;
  second_ready = 1;
}

static void orders(void) {
  print("priorities\n");
  for (u32 i = 0; i < 4; i++) pend(SPI + i);
  hex("highest", highest());
  open();
  hex("taken", taken);
  hex("nothing", acknowledge(0));
  print("preemption\n");
  nest_pend = SPI + 2;
  pend(SPI);
  open();
  print("no preemption by less\n");
  nest_pend = SPI;
  pend(SPI + 2);
  open();
  print("nor within a group of priorities\n");
  binary_point(7);
  nest_pend = SPI + 2;
  pend(SPI);
  open();
  binary_point(5);
  nest_pend = SPI + 1;
  pend(SPI);
  open();
  binary_point(GIC == 3 ? 0 : 1);
}

static void masks(void) {
  print("masks\n");
  mask(0x60);
  pend(SPI + 1);
  pend(SPI + 2);
  open();
  state("masked", SPI + 1);
  hex("highest", highest());
  mask(0xff);
  set_bit(GICD + 0x180, SPI + 1);
  open();
  state("disabled", SPI + 1);
  set_bit(GICD + 0x280, SPI + 1);
  set_bit(GICD + 0x100, SPI + 1);
  open();
  state("cleared", SPI + 1);
  WRITE(GICD, GIC == 3 ? READ(GICD) & ~3u : 0);
  pend(SPI + 1);
  open();
  state("forwarding off", SPI + 1);
  WRITE(GICD, GIC == 3 ? 0x13 : 3);
  open();
}

static void groups(void) {
  print("groups\n");
  WRITE(GICD + 0x84, ~(1u << (SPI + 3 - 32)));
  pend(SPI + 3);
  pend(SPI);
  hex("signalled", SYSREG_READ(ISR_EL1));
  hex("highest", highest());
  open();
  nest_pend = SPI + 3;
  pend(SPI);
  open();
  WRITE(GICD + 0x84, ~0u);
}

static void modes(void) {
  print("priority drop and deactivation\n");
  split_mode(1);
  split = 1;
  pend(SPI);
  open();
  print("SGIs\n");
  priority(3, 0x50);
  priority(4, 0x30);
  sgi(0, 3);
  sgi(0, 4);
  open();
}

static void lines(void) {
  print("level\n");
  u32 configuration = READ(GICD + 0xc00 + 4 * (UART_INTERRUPT / 16));
  hex("configuration", configuration);
  /* The transmit interrupt has been raw since the first character. */
  WRITE(UART + 0x38, 0x20);
  open();
  open();
  open();
  open();
  hex("rounds", uart_rounds);
  state("after", UART_INTERRUPT);
  print("edge\n");
  WRITE(GICD + 0xc00 + 4 * (UART_INTERRUPT / 16), configuration | 2u << (2 * (UART_INTERRUPT % 16)));
  uart_rounds = 10;
  WRITE(UART + 0x38, 0x20);
  open();
  open();
  hex("rounds", uart_rounds);
  keep_level = 1;
  WRITE(UART + 0x38, 0);
  WRITE(UART + 0x38, 0x20);
  open();
  open();
  hex("rounds", uart_rounds);
  WRITE(GICD + 0xc00 + 4 * (UART_INTERRUPT / 16), configuration);
}

static void targets(void) {
  print("targets\n");
  hex("on", psci(0xc4000003, 1, (u64)secondary_entry, 1));
  while (second_ready != 1) asm volatile("yield");
  target(SPI, 1);
  pend(SPI);
  wait_second("second took");
  open();
  sgi(1, 5);
  wait_second("second took");
#if GIC == 3
  /* QEMU's GICv2 forgets what has no target. */
  target(SPI, 0x77);
  pend(SPI);
  open();
  state("nobody's", SPI);
  target(SPI, 0);
  open();
#endif
}

void program(u64 x0) {
  (void)x0;
  /* GICv3: affinity routing, which is fixed */
  WRITE(GICD, GIC == 3 ? 0x13 : 3);
  for (u32 i = 1; i < LINES / 32; i++) {
    WRITE(GICD + 0x80 + 4 * i, ~0u);
    WRITE(GICD + 0x100 + 4 * i, 0xff02);
  }
  controller(0);
  for (u32 i = 0; i < 4; i++) {
    priority(SPI + i, 0xa0 - 0x20 * i);
    target(SPI + i, 0);
  }
  priority(UART_INTERRUPT, 0x90);
  target(UART_INTERRUPT, 0);
  orders();
  masks();
  groups();
  modes();
  lines();
  targets();
}
