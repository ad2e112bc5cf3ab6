/* The real time clock's alarm, the power key by way of the GPIO controller, and the UART's interrupts, each as a driver meets them; GICv2. */
#include "bare.h"

enum { RTC = 0x09010000, GPIO = 0x09030000, UART_INTERRUPT = 33, RTC_INTERRUPT = 34, GPIO_INTERRUPT = 39, KEY = 8 };

static volatile u32 taken, edges, received;
static char text[64];

static void enable(u32 n) {
  *(volatile u8 *)(u64)(GICD + 0x800 + n) = 1;
  WRITE(GICD + 0x104, 1u << (n - 32));
}

/* Interrupts are open only behind WFI, so that none comes between the look and the wait. */
static void wait_interrupt(void) {
  u32 before = taken;
  while (taken == before) asm volatile("wfi\n msr daifclr, #2\n isb\n msr daifset, #2");
}

/* Ten milliseconds by the virtual timer: looping would be a long wait where time passes by instructions. */
static void nap(void) {
  SYSREG_WRITE(CNTV_TVAL_EL0, 625000);
  SYSREG_WRITE(CNTV_CTL_EL0, 1);
  while (!(SYSREG_READ(CNTV_CTL_EL0) & 4)) asm volatile("wfi");
  SYSREG_WRITE(CNTV_CTL_EL0, 0);
}

/* Takes what is pending now. */
static void open(void) { asm volatile("msr daifclr, #2\n isb\n nop\n nop\n msr daifset, #2\n isb" ::: "memory"); }

static void rtc_interrupt(void) {
  hex("rtc raw", READ(RTC + 0x14));
  hex(" masked", READ(RTC + 0x18));
  hex(" reached", READ(RTC) >= READ(RTC + 4));
  WRITE(RTC + 0x1c, 1);
  hex(" cleared", READ(RTC + 0x14));
}

static void gpio_interrupt(void) {
  hex("gpio raw", READ(GPIO + 0x414));
  hex(" masked", READ(GPIO + 0x418));
  hex(" key", READ(GPIO + 4 * KEY));
  hex(" other pins", READ(GPIO + 4 * 0xf7));
  WRITE(GPIO + 0x41c, KEY);
  hex(" cleared", READ(GPIO + 0x414));
  edges++;
}

static void uart_interrupt(void) {
  u32 masked = READ(UART + 0x40);
  /* Before the FIFO is read: what comes after that is to interrupt again. */
  WRITE(UART + 0x44, masked);
  if (masked & 0x10)
    while (!(READ(UART + 0x18) & 0x10)) text[received++] = READ(UART);
  /* A transmit interrupt has no end here, where sending takes no time: it is masked. */
  if (masked & 0x20) WRITE(UART + 0x38, READ(UART + 0x38) & ~0x20u);
}

void exception(struct frame *f) {
  u64 elr = f->elr, spsr = f->spsr;
  must_be_irq(f);
  u32 n = READ(GICC + 0xc);
  if (n == UART_INTERRUPT) uart_interrupt();
  if (n == RTC_INTERRUPT) rtc_interrupt();
  if (n == GPIO_INTERRUPT) gpio_interrupt();
  taken++;
  WRITE(GICC + 0x10, n);
  f->elr = elr;
  f->spsr = spsr;
}

static void alarm_clock(void) {
  print("alarm\n");
  WRITE(RTC + 8, 1000);
  hex("load", READ(RTC + 8));
  hex("set", READ(RTC) - 1000 < 2);
  /* A time that is over is a whole turn of the counter away. */
  WRITE(RTC + 4, 500);
  hex("past", READ(RTC + 0x14));
  WRITE(RTC + 0x10, 1);
  WRITE(RTC + 4, READ(RTC) + 1);
  hex("future", READ(RTC + 0x18));
  wait_interrupt();
  /* Masked, it is raw only. */
  WRITE(RTC + 0x10, 0);
  WRITE(RTC + 8, 3000000000u);
  WRITE(RTC + 4, 3000000001u);
  while (!READ(RTC + 0x14)) nap();
  hex("masked", READ(RTC + 0x18));
  hex("pending", READ(GICD + 0x204) >> (RTC_INTERRUPT - 32) & 1);
  WRITE(RTC + 0x10, 1);
  open();
  /* A match that is set to now is one at once. */
  u32 now;
  do {
    now = READ(RTC);
    WRITE(RTC + 4, now);
  } while (READ(RTC) != now);
  open();
  hex("taken", taken);
}

static void power_key(void) {
  print("power key\n");
  WRITE(GPIO + 0x408, KEY);
  WRITE(GPIO + 0x410, KEY);
  hex("up", READ(GPIO + 4 * KEY));
  print("press\n");
  while (edges < 2) wait_interrupt();
  /* Rising edges only: its release is none. */
  WRITE(GPIO + 0x408, 0);
  WRITE(GPIO + 0x40c, KEY);
  print("press\n");
  while (edges < 3) wait_interrupt();
  while (READ(GPIO + 4 * KEY)) nap();
  hex("raw after release", READ(GPIO + 0x414));
  /* A level lasts until it is gone, however often it is cleared. */
  WRITE(GPIO + 0x410, 0);
  WRITE(GPIO + 0x404, KEY);
  print("press\n");
  while (!READ(GPIO + 4 * KEY)) nap();
  WRITE(GPIO + 0x41c, KEY);
  hex("raw while down", READ(GPIO + 0x414));
  while (READ(GPIO + 4 * KEY)) nap();
  WRITE(GPIO + 0x41c, KEY);
  hex("raw while up", READ(GPIO + 0x414));
}

static void serial(void) {
  print("serial\n");
  WRITE(UART + 0x30, 0x301);
  WRITE(UART + 0x2c, 0x70);
  WRITE(UART + 0x44, 0x7ff);
  hex("raw", READ(UART + 0x3c));
  /* That line has been sent: the interrupt is raw again, and one when it is unmasked. */
  hex("transmit", READ(UART + 0x3c));
  u32 before = taken;
  WRITE(UART + 0x38, 0x20);
  open();
  hex("taken", taken - before);
  hex("mask", READ(UART + 0x38));
  WRITE(UART + 0x38, 0x50);
  hex("empty", READ(UART + 0x18) & 0x50);
  print("type\n");
  while (received < 12) wait_interrupt();
  text[received] = 0;
  print(text);
  hex("empty", READ(UART + 0x18) & 0x50);
  hex("receive raw", READ(UART + 0x3c) & 0x50);
  /* What is there when the interrupt is unmasked interrupts as well. */
  WRITE(UART + 0x38, 0);
  received = 0;
  print("type\n");
  while (!(READ(UART + 0x3c) & 0x10)) nap();
  hex("masked", READ(UART + 0x40));
  WRITE(UART + 0x38, 0x10);
  while (received < 12) wait_interrupt();
  text[received] = 0;
  print(text);
}

void program(u64 x0) {
  (void)x0;
  WRITE(GICD, 1);
  WRITE(GICC + 4, 0xff);
  WRITE(GICC, 1);
  /* Never taken: the virtual timer only ends WFI. */
  WRITE(GICD + 0x100, 1u << 27);
  enable(UART_INTERRUPT);
  enable(RTC_INTERRUPT);
  enable(GPIO_INTERRUPT);
  alarm_clock();
  power_key();
  serial();
}
