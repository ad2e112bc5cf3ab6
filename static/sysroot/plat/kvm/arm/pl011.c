/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Console on a PL011 UART (Arm DDI 0183).
 *
 * Output waits while the UART's queue is full. Input is taken by interrupt into a ring
 * as soon as somebody has asked for input once; before, the UART's own queue holds it.
 */
#include <kvm/kvm.h>
#include <uk/arch/paging.h>
#include <uk/plat/console.h>
#include <uk/plat/irq.h>
#include <uk/plat/lcpu.h>

#define UARTDR		0x000	/* data */
#define UARTFR		0x018	/* flags */
#define  FR_RXFE	(1 << 4)	/* nothing received */
#define  FR_TXFF	(1 << 5)	/* no room to send */
#define UARTIBRD	0x024
#define UARTFBRD	0x028
#define UARTLCR_H	0x02c
#define  LCR_FEN	(1 << 4)	/* queues on */
#define  LCR_8BIT	(3 << 5)
#define UARTCR		0x030
#define  CR_UARTEN	(1 << 0)
#define  CR_TXE		(1 << 8)
#define  CR_RXE		(1 << 9)
#define UARTIMSC	0x038
#define  INT_RX		(1 << 4)	/* queue half full */
#define  INT_RT		(1 << 6)	/* something has waited in the queue for a while */
#define UARTICR		0x044

#define UART_IRQ	33		/* SPI 1 */

static volatile char *uart = (volatile char *)CONFIG_KVM_PL011_BASE;
static int started;

/** QEMU's UART sends without this; real ones, and strict models, do not. */
static void start(void)
{
	started = 1;
	kvm_write32(uart, UARTCR, 0);
	kvm_write32(uart, UARTIBRD, 13);	/* 115200 at 24 MHz */
	kvm_write32(uart, UARTFBRD, 1);
	kvm_write32(uart, UARTLCR_H, LCR_FEN | LCR_8BIT);
	kvm_write32(uart, UARTCR, CR_UARTEN | CR_TXE | CR_RXE);
}

void kvm_console_move(__paddr_t base)
{
	if ((__paddr_t)uart == base)
		return;
	uart = kvm_map_device(base, PAGE_SIZE);
	started = 0;
}

static void put(char c)
{
	while (kvm_read32(uart, UARTFR) & FR_TXFF)
		;
	kvm_write32(uart, UARTDR, (unsigned char)c);
}

int ukplat_coutk(const char *buf, unsigned int len)
{
	if (!started)
		start();
	for (unsigned int i = 0; i < len; i++) {
		if (buf[i] == '\n')
			put('\r');
		put(buf[i]);
	}
	return (int)len;
}

int ukplat_coutd(const char *buf, unsigned int len)
{
	return ukplat_coutk(buf, len);
}

/* A ring: head counts what came in, tail what was taken out. The size is a power
 * of two, so that the counts may wrap around. */
static char ring[256];
static unsigned int head, tail;
static int receiving;
static void (*notify)(void *arg);
static void *notify_arg;

static int receive(void *arg __unused)
{
	/* Reading the last byte lowers the line; what the ring cannot hold stays in the
	 * UART, masked, until there is room. */
	while (!(kvm_read32(uart, UARTFR) & FR_RXFE)) {
		if (head - tail == sizeof(ring)) {
			kvm_write32(uart, UARTIMSC, 0);
			break;
		}
		ring[head++ % sizeof(ring)] = (char)kvm_read32(uart, UARTDR);
	}
	kvm_write32(uart, UARTICR, INT_RT);
	if (notify)
		notify(notify_arg);
	return 1;
}

static void start_receiving(void)
{
	if (!started)
		start();
	receiving = 1;
	ukplat_irq_register(UART_IRQ, receive, 0);
	/* What came before there was a handler. */
	receive(0);
	kvm_write32(uart, UARTIMSC, INT_RX | INT_RT);
}

int ukplat_cink(char *buf, unsigned int maxlen)
{
	unsigned long flags = ukplat_lcpu_save_irqf();
	unsigned int n = 0;

	if (!receiving)
		start_receiving();
	while (n < maxlen && head != tail)
		buf[n++] = ring[tail++ % sizeof(ring)];
	if (n > 0)
		kvm_write32(uart, UARTIMSC, INT_RX | INT_RT);
	ukplat_lcpu_restore_irqf(flags);
	return (int)n;
}

void ukplat_cin_notify(void (*fn)(void *arg), void *arg)
{
	notify = fn;
	notify_arg = arg;
}
