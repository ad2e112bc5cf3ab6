/* Both timers as interrupts 27 and 30, by GICv2 or GICv3 (-DGIC=3), with WFI and with interrupts that preempt. */
#include "bare.h"

static volatile int ticks[32];

#if GIC == 3
static void controller(void) {
  WRITE(GICD, 2);
  WRITE(GICR + 0x14, 0);
  while (READ(GICR + 0x14) & 4) {
  }
  WRITE(GICR + 0x10080, 0xffffffff);
  SYSREG_WRITE(S3_0_C4_C6_0, 0xff);
  SYSREG_WRITE(S3_0_C12_C12_7, 1);
}
static void enable(int interrupt, int priority) {
  *(volatile u8 *)(u64)(GICR + 0x10400 + interrupt) = priority;
  WRITE(GICR + 0x10100, 1u << interrupt);
}
static u32 acknowledge(void) { return SYSREG_READ(S3_0_C12_C12_0); }
static void complete(u32 interrupt) { SYSREG_WRITE(S3_0_C12_C12_1, interrupt); }
static u32 running(void) { return SYSREG_READ(S3_0_C12_C11_3); }
#else
static void controller(void) {
  WRITE(GICD, 1);
  WRITE(GICC + 4, 0xff);
  WRITE(GICC, 1);
}
static void enable(int interrupt, int priority) {
  *(volatile u8 *)(u64)(GICD + 0x400 + interrupt) = priority;
  WRITE(GICD + 0x100, 1u << interrupt);
}
static u32 acknowledge(void) { return READ(GICC + 0xc); }
static void complete(u32 interrupt) { WRITE(GICC + 0x10, interrupt); }
static u32 running(void) { return READ(GICC + 0x14); }
#endif

/* Interrupts are open only behind WFI, so that none comes between the look at the count and the wait. */
static void wait_for(int interrupt) {
  while (!ticks[interrupt]) asm volatile("wfi\n msr daifclr, #2\n isb\n msr daifset, #2");
}

void exception(struct frame *f) {
  u64 elr = f->elr, spsr = f->spsr;
  must_be_irq(f);
  u32 interrupt = acknowledge();
  hex("interrupt", interrupt);
  hex("running", running());
  if (interrupt == 30) SYSREG_WRITE(CNTP_CTL_EL0, 0);
  if (interrupt == 27) {
    SYSREG_WRITE(CNTV_CTL_EL0, 0);
    /* The physical timer has the better priority: it preempts this handler. */
    SYSREG_WRITE(CNTP_TVAL_EL0, 100);
    SYSREG_WRITE(CNTP_CTL_EL0, 1);
    wait_for(30);
    print("back in 27\n");
  }
  ticks[interrupt & 31]++;
  complete(interrupt);
  f->elr = elr;
  f->spsr = spsr;
}

void program(u64 x0) {
  (void)x0;
  controller();
  enable(27, 0x80);
  enable(30, 0x40);
  SYSREG_WRITE(CNTV_TVAL_EL0, 1000);
  SYSREG_WRITE(CNTV_CTL_EL0, 1);
  wait_for(27);
  /* Masked and polled: the condition shows in ISTATUS, not as an interrupt. */
  SYSREG_WRITE(CNTV_TVAL_EL0, 10);
  SYSREG_WRITE(CNTV_CTL_EL0, 3);
  while (!(SYSREG_READ(CNTV_CTL_EL0) & 4)) {
  }
  hex("control", SYSREG_READ(CNTV_CTL_EL0));
  hex("isr", SYSREG_READ(ISR_EL1));
  u64 start = SYSREG_READ(CNTVCT_EL0);
  SYSREG_WRITE(CNTV_CVAL_EL0, start + 6250000);
  SYSREG_WRITE(CNTV_CTL_EL0, 1);
  /* Masked in PSTATE, the interrupt still ends WFI. */
  while (SYSREG_READ(ISR_EL1) == 0) asm volatile("wfi");
  hex("waited", SYSREG_READ(CNTVCT_EL0) - start >= 6250000);
  hex("ticks 27", ticks[27]);
  hex("ticks 30", ticks[30]);
}
