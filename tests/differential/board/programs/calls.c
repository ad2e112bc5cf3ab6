/* PSCI: what every function answers, right and wrong, with two CPUs. */
#include "bare.h"

static volatile u64 context, started;

void secondary(u64 cpu) {
  context = cpu;
  hex("second: el", SYSREG_READ(CurrentEL));
  hex("second: daif", SYSREG_READ(DAIF));
  hex("second: sctlr", SYSREG_READ(SCTLR_EL1) & 0x1005);
  hex("second: affinity", SYSREG_READ(MPIDR_EL1) & 0xff);
  hex("second: on itself", psci(0xc4000003, 1, (u64)secondary_entry, 1));
  started++;
  psci(0x84000002, 0, 0, 0);
}

/* Under QEMU the state is still OFF for a while after CPU_ON. */
static void wait_off(u64 count) {
  while (started != count) asm volatile("yield");
  while (psci(0xc4000004, 1, 0, 0) != 1) asm volatile("yield");
}

/* An interrupt that is pending though masked ends a suspension before it begins. */
static void suspensions(void) {
  WRITE(GICD, 1);
  WRITE(GICD + 0x100, 2);
  WRITE(GICC + 4, 0xff);
  WRITE(GICC, 1);
  WRITE(GICD + 0xf00, 1 << 16 | 1);
  hex("suspend", psci(0xc4000001, 0, (u64)secondary_entry, 0));
  hex("suspend by 32 bits", psci(0x84000001, 0, (u64)secondary_entry, 0));
  hex("power down", psci(0xc4000001, 0x10000, (u64)secondary_entry, 0));
  hex("of a cluster", psci(0xc4000001, 0x1000000, (u64)secondary_entry, 0));
  hex("no such state", psci(0xc4000001, 0x20000, (u64)secondary_entry, 0));
  hex("pending", SYSREG_READ(ISR_EL1));
}

void program(u64 x0) {
  (void)x0;
  static const u32 functions[] = {0x84000000, 0x84000001, 0x84000002, 0x84000003, 0x84000004, 0x84000005, 0x84000006, 0x84000007, 0x84000008,
                                  0x84000009, 0x8400000a, 0x84000014, 0xc4000001, 0xc4000003, 0xc4000004, 0xc4000012, 0x80000000, 0};
  for (int i = 0; functions[i]; i++) {
    hex("features of", functions[i]);
    hex(" are", psci(0x8400000a, functions[i], 0, 0));
  }
  hex("version", psci(0x84000000, 0, 0, 0));
  hex("migrate", psci(0x84000005, 0, 0, 0));
  hex("migrate type", psci(0x84000006, 0, 0, 0));
  hex("migrate up", psci(0x84000007, 0, 0, 0));
  hex("64-bit version", psci(0xc4000000, 0, 0, 0));
  hex("64-bit off", psci(0xc4000002, 0, 0, 0));
  hex("unknown", psci(0x84000017, 0, 0, 0));
  hex("no CPU", psci(0xc4000003, 2, (u64)secondary_entry, 0));
  hex("no CPU either", psci(0xc4000003, 0x100, (u64)secondary_entry, 0));
  hex("on already", psci(0xc4000003, 0, (u64)secondary_entry, 0));
  hex("info 0", psci(0xc4000004, 0, 0, 0));
  hex("info 1", psci(0xc4000004, 1, 0, 0));
  hex("info 2", psci(0xc4000004, 2, 0, 0));
  hex("info by 32 bits", psci(0x84000004, 1, 0, 0));
  hex("info level 3", psci(0xc4000004, 1, 3, 0));
  /* Only one CPU prints at a time: under QEMU they run side by side. */
  u64 answer = psci(0xc4000003, 1, (u64)secondary_entry, 0xabcdef01);
  wait_off(1);
  hex("on", answer);
  hex("context", context);
  answer = psci(0x84000003, 1, (u64)secondary_entry, 1);
  wait_off(2);
  hex("on by 32 bits", answer);
  hex("started", started);
  hex("context", context);
  suspensions();
  hex("immediate", ({
        register u64 x asm("x0") = 0x84000000;
        asm volatile("hvc #7" : "+r"(x)::"x1", "x2", "x3");
        x;
      }));
}
