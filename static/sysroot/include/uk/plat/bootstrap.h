/* SPDX-License-Identifier: BSD-3-Clause */
/** How the platform hands over to ukboot, and how the guest ends. */
#ifndef __UKPLAT_BOOTSTRAP_H__
#define __UKPLAT_BOOTSTRAP_H__

#include <uk/essentials.h>

/**
 * Entry of ukboot. The platform calls it on main()'s stack, with memory mapped and
 * memory regions known, interrupts masked.
 *
 * @param arg0 first argument: the image's name
 * @param argb rest of the command line, writable; arguments point into it
 * @param argb_len bytes of `argb`
 */
void __noreturn ukplat_entry_argp(char *arg0, char *argb, __sz argb_len);

/** Same with the command line already in words. */
void __noreturn ukplat_entry(int argc, char *argv[]);

enum ukplat_gstate {
	UKPLAT_HALT,		/* power off */
	UKPLAT_RESTART,		/* reset */
	UKPLAT_SUSPEND,
	UKPLAT_CRASH,		/* power off after a failure */
};

/** Ends the guest. */
void __noreturn ukplat_terminate(enum ukplat_gstate request);

#define ukplat_halt()		ukplat_terminate(UKPLAT_HALT)
#define ukplat_restart()	ukplat_terminate(UKPLAT_RESTART)
#define ukplat_crash()		ukplat_terminate(UKPLAT_CRASH)

#endif /* __UKPLAT_BOOTSTRAP_H__ */
