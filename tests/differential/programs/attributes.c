#include <stdio.h>
#include <string.h>
static char log_[256];
__attribute__((constructor(101))) static void early(void) { strcat(log_, "early "); }
__attribute__((constructor)) static void late(void) { strcat(log_, "late "); }
__attribute__((constructor(200))) static void middle(void) { strcat(log_, "middle "); }
__attribute__((destructor)) static void bye(void) { puts("bye"); }
int target(int x) { return x * 3; }
int alias_of(int) __attribute__((alias("target")));
int weak_alias(int) __attribute__((weak, alias("target")));
extern int missing(void) __attribute__((weak)); extern int missing_data __attribute__((weak));
__attribute__((section("mysection"), used)) int placed = 77; extern int __start_mysection, __stop_mysection;
__attribute__((visibility("hidden"))) int hidden = 4; __attribute__((aligned(64))) char al[3]; int common_like;
static int impl_a(int x) { return x + 1000; }
static void *resolve(void) { return impl_a; }
int dispatched(int) __attribute__((ifunc("resolve")));
__attribute__((naked)) int bare(int a, int b) { __asm__("add w0, w0, w1\n\tret"); }
__attribute__((cold, noinline)) static int coldf(int x) { return x ^ 5; }
__attribute__((noinline)) static void *ra(void) { return __builtin_return_address(0); }
__attribute__((noinline)) static int fa(void) { return __builtin_frame_address(0) != 0 && __builtin_frame_address(1) != __builtin_frame_address(0); }
int main(void) { puts(log_); printf("%d %d %d %d %d %ld\n", target(2), alias_of(3), weak_alias(4), missing == 0, &missing_data == 0, (long)(&__stop_mysection - &__start_mysection));
  printf("%d %d %d %d %d %d\n", placed, hidden, (int)((long)al & 63), dispatched(1), bare(20, 22), coldf(3)); printf("%d %d\n", ra() != 0, fa()); return 0; }
