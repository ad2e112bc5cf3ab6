/* SPDX-License-Identifier: BSD-3-Clause */
/* PL011 (Arm DDI 0183), registers at 0x09000000, interrupt 33. */
#include <uk/plat/irq.h>
#include <uk/plat/lcpu.h>
#include "uart.h"

#define REGISTER(offset)	(*(volatile unsigned int *)(0x09000000UL + (offset)))

#define DR	REGISTER(0x000)	/* data: what is written is sent, what is read was received */
#define FR	REGISTER(0x018)	/* flags */
#define  RXFE	(1u << 4)	/*   nothing has been received */
#define  TXFF	(1u << 5)	/*   no room to send */
#define LCR_H	REGISTER(0x02c)	/* line control */
#define  FEN	(1u << 4)	/*   queues on; after reset they are off */
#define  WLEN8	(3u << 5)	/*   bytes of eight bits */
#define IMSC	REGISTER(0x038)	/* which causes interrupt */
#define  RX	(1u << 4)	/*   the receive queue fills */
#define  RT	(1u << 6)	/*   something has waited in it for a while */
#define ICR	REGISTER(0x044)	/* write a cause's bit to take it back */

#define UART_IRQ	33

/* All that the handler has to do: the interrupt has ended the sleep already. */
static int received(void *arg)
{
	(void)arg;
	IMSC = 0;
	ICR = RX | RT;
	return 1;
}

void uart_start(void)
{
	LCR_H = FEN | WLEN8;
	ukplat_irq_register(UART_IRQ, received, 0);
}

void uart_put(char c)
{
	while (FR & TXFF)
		;
	DR = (unsigned char)c;
}

char uart_get(void)
{
	while (FR & RXFE)
		;
	return (char)DR;
}
