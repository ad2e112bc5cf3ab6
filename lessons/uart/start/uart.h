/* SPDX-License-Identifier: BSD-3-Clause */
/** A driver of your own for the PL011. */
#ifndef UART_H
#define UART_H

/** Makes the UART ask for attention when something has been typed. */
void uart_start(void);

/** Sends a byte; waits while there is no room for it. */
void uart_put(char c);

/** The next byte that was typed; sleeps until there is one. */
char uart_get(void);

#endif
