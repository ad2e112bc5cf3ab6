/* Something to debug: calls, globals, floating point, a loop. */
#include "bare.h"

volatile u64 counter = 1;
volatile u32 history[8];

u64 leaf(u64 value) {
  counter += value;
  return counter * 2;
}

u64 middle(u64 n) {
  u64 sum = 0;
  for (u64 i = 0; i < n; i++) {
    sum += leaf(i);
    history[i & 7] = sum;
  }
  return sum;
}

void exception(struct frame *f) { hex("exception", f->esr); }
void secondary(u64 context) { (void)context; }

void program(u64 x0) {
  (void)x0;
  u64 sum = middle(5);
  hex("sum", sum);
}
