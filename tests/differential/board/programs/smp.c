/* Four CPUs: PSCI CPU_ON and AFFINITY_INFO, SGIs between them, a lock of exclusives, CPU_OFF. -DGIC=2|3. */
#include "bare.h"

enum { CPUS = 4, ROUNDS = 1000 };
static volatile u32 ready, counter, lock, taken[CPUS], finished;

static void acquire(void) {
  u32 old, failed;
  asm volatile("1: ldaxr %w0, [%2]\n cbnz %w0, 2f\n stxr %w1, %w3, [%2]\n cbz %w1, 3f\n 2: yield\n b 1b\n 3:"
               : "=&r"(old), "=&r"(failed) : "r"(&lock), "r"(1) : "memory");
}
static void release(void) { asm volatile("stlr wzr, [%0]" ::"r"(&lock) : "memory"); }
static void add(volatile u32 *p) {
  u32 v, failed;
  asm volatile("1: ldxr %w0, [%2]\n add %w0, %w0, #1\n stxr %w1, %w0, [%2]\n cbnz %w1, 1b" : "=&r"(v), "=&r"(failed) : "r"(p) : "memory");
}

static void cpu_interface(u64 cpu) {
#if GIC == 3
  u64 frame = GICR + cpu * 0x20000;
  WRITE(frame + 0x14, 0);
  while (READ(frame + 0x14) & 4) {
  }
  WRITE(frame + 0x10080, 0xffffffff);
  WRITE(frame + 0x10100, 2);
  SYSREG_WRITE(S3_0_C4_C6_0, 0xff);
  SYSREG_WRITE(S3_0_C12_C12_7, 1);
#else
  (void)cpu;
  WRITE(GICD + 0x100, 2);
  WRITE(GICC + 4, 0xff);
  WRITE(GICC, 1);
#endif
}

static u32 take_sgi(void) {
#if GIC == 3
  u32 interrupt = SYSREG_READ(S3_0_C12_C12_0);
  SYSREG_WRITE(S3_0_C12_C12_1, interrupt);
#else
  u32 interrupt = READ(GICC + 0xc);
  WRITE(GICC + 0x10, interrupt);
#endif
  return interrupt;
}

static void send_sgi_to_others(void) {
#if GIC == 3
  SYSREG_WRITE(S3_0_C12_C11_5, 1UL << 40 | 1 << 24);
#else
  WRITE(GICD + 0xf00, 1 << 24 | 1);
#endif
}

void secondary(u64 cpu) {
  cpu_interface(cpu);
  add(&ready);
  while (SYSREG_READ(ISR_EL1) == 0) asm volatile("wfi");
  taken[cpu] = take_sgi();
  for (int i = 0; i < ROUNDS; i++) {
    acquire();
    counter++;
    release();
  }
  add(&finished);
  hex("never back from CPU_OFF", psci(0x84000002, 0, 0, 0));
}

void program(u64 x0) {
  (void)x0;
  WRITE(GICD, GIC == 3 ? 2 : 1);
  cpu_interface(0);
  for (u64 cpu = 1; cpu < CPUS; cpu++) hex("on", psci(0xc4000003, cpu, (u64)secondary_entry, cpu));
  hex("no such CPU", psci(0xc4000003, CPUS, (u64)secondary_entry, 0));
  hex("on already", psci(0xc4000003, 0, (u64)secondary_entry, 0));
  while (ready < CPUS - 1) asm volatile("yield");
  hex("state", psci(0xc4000004, 1, 0, 0));
  send_sgi_to_others();
  while (finished < CPUS - 1) asm volatile("yield");
  for (int cpu = 1; cpu < CPUS; cpu++) {
    hex("sgi", taken[cpu]);
    while (psci(0xc4000004, cpu, 0, 0) != 1) asm volatile("yield");
  }
  hex("counter", counter);
  hex("mpidr affinity", SYSREG_READ(MPIDR_EL1) & 0xff);
}
