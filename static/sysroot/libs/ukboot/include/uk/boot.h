/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef __UK_BOOT_H__
#define __UK_BOOT_H__

#include <uk/essentials.h>
#include <uk/plat/bootstrap.h>

/**
 * Ends the guest in order: terminate functions of the init table in reverse order, then power
 * off. main()'s return comes here, and exit().
 */
void __noreturn uk_boot_shutdown(enum ukplat_gstate request);

#endif /* __UK_BOOT_H__ */
