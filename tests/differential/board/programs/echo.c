/* Echoes lines by UART interrupts until a line "quit"; GICv2. */
#include "bare.h"

static volatile u32 head, tail;
static char ring[1024];

void exception(struct frame *f) {
  u64 elr = f->elr, spsr = f->spsr;
  u32 interrupt = READ(GICC + 0xc);
  /* Before the FIFO is emptied: what comes behind the last byte read must interrupt again. */
  WRITE(UART + 0x44, 0x7ff);
  if (interrupt == 33)
    while (!(READ(UART + 0x18) & 0x10)) ring[head++ & 1023] = READ(UART);
  WRITE(GICC + 0x10, interrupt);
  f->elr = elr;
  f->spsr = spsr;
}

static char next(void) {
  while (head == tail) {
    asm volatile("wfi\n msr daifclr, #2\n isb\n msr daifset, #2");
  }
  return ring[tail++ & 1023];
}

void program(u64 x0) {
  (void)x0;
  WRITE(UART + 0x2c, 0x70);
  WRITE(UART + 0x30, 0x301);
  WRITE(UART + 0x38, RXIM);
  WRITE(GICD, 1);
  WRITE(GICD + 0x820, 0x01010101);
  WRITE(GICD + 0x104, 2);
  WRITE(GICC + 4, 0xff);
  WRITE(GICC, 1);
  for (;;) {
    char line[80];
    u32 length = 0;
    print("> ");
    for (char c; (c = next()) != '\n';)
      if (length < sizeof line - 1) line[length++] = c;
    line[length] = 0;
    print(line);
    print("\n");
    if (length == 4 && line[0] == 'q' && line[1] == 'u' && line[2] == 'i' && line[3] == 't') return;
  }
}
