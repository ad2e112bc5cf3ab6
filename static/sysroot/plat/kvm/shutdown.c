/* SPDX-License-Identifier: BSD-3-Clause */
/** The end: by PSCI (Arm DEN 0022), the interface to the power switch. */
#include <uk/plat/bootstrap.h>
#include <uk/plat/lcpu.h>

#define PSCI_SYSTEM_OFF		0x84000008UL
#define PSCI_SYSTEM_RESET	0x84000009UL

/** Calls the hypervisor, which is what `method = "hvc"` in the device tree asks for. */
static void psci_call(unsigned long function)
{
	register unsigned long x0 __asm__("x0") = function;

	__asm__ __volatile__("hvc #0" : "+r"(x0) :: "x1", "x2", "x3", "memory");
}

void ukplat_terminate(enum ukplat_gstate request)
{
	/* PSCI has no exit code: after a crash the machine is off as well, and the
	 * console has said why. */
	psci_call(request == UKPLAT_RESTART ? PSCI_SYSTEM_RESET : PSCI_SYSTEM_OFF);
	ukplat_lcpu_halt();
}
