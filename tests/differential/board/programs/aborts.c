/* Accesses that nothing answers, of several kinds; each is skipped. */
#include "bare.h"

void exception(struct frame *f) {
  hex(" esr", f->esr);
  hex(" far", f->far);
  f->elr += 4;
}

void program(u64 x0) {
  (void)x0;
  static const u64 places[] = {0x08001000, 0x08030000, 0x09040000, 0x0c000000, 0x3f000000, 0x50000000, 0x4000000000, 0x09020004, 0x10000000, 0};
  for (u32 i = 0; i < sizeof places / sizeof *places; i++) {
    u64 v = 0;
    hex("read", places[i]);
    asm volatile("ldr %w0, [%1]" : "+r"(v) : "r"(places[i]) : "memory");
    hex("value", v);
    print("write\n");
    asm volatile("str %w0, [%1]" ::"r"(v), "r"(places[i]) : "memory");
    print("byte\n");
    asm volatile("ldrb %w0, [%1]" : "+r"(v) : "r"(places[i]) : "memory");
    hex("value", v);
  }
  asm volatile(".word 0");
  /* SVC returns behind itself: the handler skips the NOP. */
  asm volatile("svc #5\n nop");
  asm volatile("brk #77");
}
