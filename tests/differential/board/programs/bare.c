#include "bare.h"

void putc(char c) { WRITE(UART, c); }

void print(const char *s) {
  while (*s) putc(*s++);
}

void hex(const char *name, u64 v) {
  int shift = 60;
  print(name);
  print("=");
  while (shift > 0 && !(v >> shift)) shift -= 4;
  for (; shift >= 0; shift -= 4) putc("0123456789abcdef"[v >> shift & 15]);
  print("\n");
}

#ifndef CONDUIT
#define CONDUIT hvc
#endif
#define INSTRUCTION_(conduit) #conduit " #0"
#define INSTRUCTION(conduit) INSTRUCTION_(conduit)

u64 psci(u64 function, u64 a, u64 b, u64 c) {
  register u64 x0 asm("x0") = function;
  register u64 x1 asm("x1") = a;
  register u64 x2 asm("x2") = b;
  register u64 x3 asm("x3") = c;
  asm volatile(INSTRUCTION(CONDUIT) : "+r"(x0) : "r"(x1), "r"(x2), "r"(x3) : "memory");
  return x0;
}

void off(void) {
  psci(0x84000008, 0, 0, 0);
  for (;;) {
  }
}

void must_be_irq(const struct frame *f) {
  if (f->kind == 5) return;
  hex("unexpected", f->kind);
  hex("esr", f->esr);
  off();
}

__attribute__((weak)) void exception(struct frame *f) {
  hex("kind", f->kind);
  hex("esr", f->esr);
  hex("elr", f->elr);
  hex("far", f->far);
  off();
}

__attribute__((weak)) void secondary(u64 context) { (void)context; }
