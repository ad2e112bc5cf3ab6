/* What a program finds at its first instruction, and the devicetree below it. */
#include "bare.h"

static u32 big(u32 v) { return __builtin_bswap32(v); }

void program(u64 x0) {
  hex("x0", x0);
  hex("el", SYSREG_READ(CurrentEL));
  hex("daif", SYSREG_READ(DAIF));
  hex("spsel", SYSREG_READ(SPSel));
  hex("mpidr", SYSREG_READ(MPIDR_EL1));
  hex("cntfrq", SYSREG_READ(CNTFRQ_EL0));
  hex("magic", big(READ(0x40000000)));
  hex("version", big(READ(0x40000014)));
  /* The name of the root node and its first property's name, by way of the blocks that the header points to. */
  u64 structure = 0x40000000 + big(READ(0x40000008)), strings = 0x40000000 + big(READ(0x4000000c));
  hex("token", big(READ(structure)));
  print((const char *)(strings + big(READ(structure + 16))));
  print("\n");
  hex("psci", psci(0x84000000, 0, 0, 0));
  hex("migrate", psci(0x84000006, 0, 0, 0));
  hex("features", psci(0x8400000a, 0xc4000003, 0, 0));
  hex("absent", psci(0x84000099, 0, 0, 0));
  hex("smccc", psci(0x80000000, 0, 0, 0));
  hex("cpu1", psci(0xc4000003, 1, (u64)secondary_entry, 0));
  hex("info0", psci(0xc4000004, 0, 0, 0));
  hex("info1", psci(0xc4000004, 1, 0, 0));
  hex("info level 1", psci(0xc4000004, 1, 1, 0));
}
