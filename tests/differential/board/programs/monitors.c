/* Performance counters that overflow and interrupt, by GICv2 or GICv3 (-DGIC=3): the cycle counter as one of 32 and of 64 bits, an event counter, software increments. */
#include "bare.h"

static volatile u32 taken;
static volatile u32 keep;

#if GIC == 3
static void controller(void) {
  WRITE(GICD, 2);
  WRITE(GICR + 0x14, 0);
  while (READ(GICR + 0x14) & 4) {
  }
  WRITE(GICR + 0x10080, 0xffffffff);
  WRITE(GICR + 0x10100, 1u << 23);
  SYSREG_WRITE(S3_0_C4_C6_0, 0xff);
  SYSREG_WRITE(S3_0_C12_C12_7, 1);
}
static u32 acknowledge(void) { return SYSREG_READ(S3_0_C12_C12_0); }
static void complete(u32 n) { SYSREG_WRITE(S3_0_C12_C12_1, n); }
static u32 pending(void) { return READ(GICR + 0x10200) >> 23 & 1; }
#else
static void controller(void) {
  WRITE(GICD, 1);
  WRITE(GICD + 0x100, 1u << 23);
  WRITE(GICC + 4, 0xff);
  WRITE(GICC, 1);
}
static u32 acknowledge(void) { return READ(GICC + 0xc); }
static void complete(u32 n) { WRITE(GICC + 0x10, n); }
static u32 pending(void) { return READ(GICD + 0x200) >> 23 & 1; }
#endif

static void open(void) { asm volatile("msr daifclr, #2\n isb\n nop\n nop\n msr daifset, #2\n isb" ::: "memory"); }

void exception(struct frame *f) {
  u64 elr = f->elr, spsr = f->spsr;
  must_be_irq(f);
  u32 n = acknowledge();
  hex("interrupt", n);
  hex(" overflow", SYSREG_READ(PMOVSCLR_EL0));
  if (!keep) SYSREG_WRITE(PMOVSCLR_EL0, 0xffffffff);
  else SYSREG_WRITE(PMINTENCLR_EL1, 0xffffffff);
  hex(" pending", pending());
  taken++;
  complete(n);
  f->elr = elr;
  f->spsr = spsr;
}

static void until(u32 count) {
  while (taken < count) open();
}

void program(u64 x0) {
  (void)x0;
  controller();
  SYSREG_WRITE(PMCR_EL0, 0x41);
  SYSREG_WRITE(PMINTENSET_EL1, 0x80000000);
  SYSREG_WRITE(PMCCNTR_EL0, -2000l);
  print("not counting\n");
  open();
  SYSREG_WRITE(PMCNTENSET_EL0, 0x80000000);
  until(1);
  hex("over", SYSREG_READ(PMCCNTR_EL0) < 1ul << 40);
  /* 32 bits: the upper half goes on. */
  SYSREG_WRITE(PMCR_EL0, 1);
  SYSREG_WRITE(PMCCNTR_EL0, 0x5fffff800);
  until(2);
  hex("upper", SYSREG_READ(PMCCNTR_EL0) >> 32);
  print("64 bits do not overflow there\n");
  SYSREG_WRITE(PMCR_EL0, 0x41);
  SYSREG_WRITE(PMCCNTR_EL0, 0x5fffff800);
  while (SYSREG_READ(PMCCNTR_EL0) >> 32 == 5) {
  }
  open();
  hex("overflow", SYSREG_READ(PMOVSCLR_EL0));
  print("not asked for\n");
  SYSREG_WRITE(PMINTENCLR_EL1, 0xffffffff);
  SYSREG_WRITE(PMCCNTR_EL0, -2000l);
  while (!SYSREG_READ(PMOVSCLR_EL0)) {
  }
  open();
  hex("pending", pending());
  hex("taken", taken);
  SYSREG_WRITE(PMINTENSET_EL1, 0x80000000);
  until(3);
  print("an event counter\n");
  SYSREG_WRITE(PMCNTENCLR_EL0, 0xffffffff);
  SYSREG_WRITE(PMEVTYPER2_EL0, 0x11);
  SYSREG_WRITE(PMEVCNTR2_EL0, 0xfffff800);
  SYSREG_WRITE(PMINTENSET_EL1, 0x3f);
  SYSREG_WRITE(PMCNTENSET_EL0, 4);
  until(4);
  hex("over", SYSREG_READ(PMEVCNTR2_EL0) < 1ul << 31);
  print("software increments\n");
  SYSREG_WRITE(PMCNTENCLR_EL0, 4);
  SYSREG_WRITE(PMEVTYPER4_EL0, 0);
  SYSREG_WRITE(PMEVCNTR4_EL0, 0xfffffffe);
  SYSREG_WRITE(PMCNTENSET_EL0, 16);
  SYSREG_WRITE(PMSWINC_EL0, 16);
  open();
  hex("taken", taken);
  SYSREG_WRITE(PMSWINC_EL0, 16);
  until(5);
  hex("counter", SYSREG_READ(PMEVCNTR4_EL0));
  print("levels\n");
  SYSREG_WRITE(PMOVSSET_EL0, 8);
  until(6);
  SYSREG_WRITE(PMCR_EL0, 0x40);
  SYSREG_WRITE(PMOVSSET_EL0, 8);
  hex("off", pending());
  keep = 1;
  SYSREG_WRITE(PMCR_EL0, 0x41);
  /* Again, because QEMU does not look when counters are turned on. */
  SYSREG_WRITE(PMOVSSET_EL0, 8);
  until(7);
  hex("kept", SYSREG_READ(PMOVSCLR_EL0));
  hex("pending", pending());
}
