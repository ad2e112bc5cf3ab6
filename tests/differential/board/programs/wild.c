/* Faults that nothing handles: -DWILD=0 jumps to address 0, 1 stores to nowhere, 2 has vectors that fault themselves. */
#include "bare.h"

void program(u64 x0) {
  (void)x0;
  print("before\n");
  SYSREG_WRITE(VBAR_EL1, WILD == 2 ? 0x40100000 : 0);
#if WILD == 0
  asm volatile("br %0" ::"r"(0L));
#elif WILD == 1
  WRITE(0x0c000010, 1);
#else
  asm volatile("brk #3");
#endif
}
