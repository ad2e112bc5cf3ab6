/* SPDX-License-Identifier: BSD-3-Clause */
/** The platform's console: bytes in, bytes out. */
#ifndef __UKPLAT_CONSOLE_H__
#define __UKPLAT_CONSOLE_H__

#include <uk/arch/types.h>

/**
 * Writes bytes for a person; a line feed becomes carriage return and line feed.
 * @return number of bytes taken
 */
int ukplat_coutk(const char *buf, unsigned int len);

/** Writes debug output. The same UART on this platform. */
int ukplat_coutd(const char *buf, unsigned int len);

/**
 * Reads what has been typed, without waiting.
 * @return number of bytes read, 0 when there are none
 */
int ukplat_cink(char *buf, unsigned int maxlen);

/**
 * Has `fn(arg)` called, in interrupt context, whenever input has arrived.
 * One function; 0 for none. (Unikraft has no such call: its consoles are polled.)
 */
void ukplat_cin_notify(void (*fn)(void *arg), void *arg);

#endif /* __UKPLAT_CONSOLE_H__ */
