#include <stdio.h>
typedef unsigned __int128 u; static u cell __attribute__((aligned(16)));
static void p(u x) { printf("%llx:%llx ", (unsigned long long)(x >> 64), (unsigned long long)x); }
#define ORD(o) __atomic_store_n(&cell, (u)5 << 64 | 7, o); 
int main(void) { ORD(__ATOMIC_RELAXED) p(__atomic_load_n(&cell, __ATOMIC_RELAXED)); ORD(__ATOMIC_RELEASE) p(__atomic_load_n(&cell, __ATOMIC_ACQUIRE)); ORD(__ATOMIC_SEQ_CST) p(__atomic_load_n(&cell, __ATOMIC_SEQ_CST));
 p(__atomic_fetch_add(&cell, ((u)1 << 64) | ~0ull, __ATOMIC_SEQ_CST)); p(__atomic_fetch_sub(&cell, 3, __ATOMIC_ACQ_REL)); p(__atomic_fetch_or(&cell, (u)0xf0 << 64, __ATOMIC_RELAXED)); p(__atomic_fetch_and(&cell, ~(u)1, __ATOMIC_ACQUIRE)); p(__atomic_fetch_xor(&cell, (u)-1, __ATOMIC_RELEASE)); p(__atomic_fetch_nand(&cell, 0xff, __ATOMIC_SEQ_CST)); p(__atomic_exchange_n(&cell, 42, __ATOMIC_SEQ_CST));
 u e = 42; printf("%d ", __atomic_compare_exchange_n(&cell, &e, (u)9 << 70, 0, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED)); e = 1; printf("%d ", __atomic_compare_exchange_n(&cell, &e, 3, 1, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)); p(e); p(cell);
 static _Atomic float f = 1.5f; static _Atomic double d = 2.25; f += 2; d *= 3; d -= 1; printf("%g %g\n", f, d); float g; __atomic_load((float *)&f, &g, __ATOMIC_ACQUIRE); double h = 9; __atomic_store((double *)&d, &h, __ATOMIC_RELEASE); printf("%g %g\n", g, d);
 static int m; __sync_fetch_and_add(&m, 4); __sync_lock_test_and_set(&m, 8); printf("%d %d ", __sync_bool_compare_and_swap(&m, 8, 9), m); __sync_lock_release(&m); __sync_synchronize(); printf("%d\n", m);
 static short s = -5; static unsigned char c = 250; printf("%d %d %d %d\n", __atomic_fetch_min(&s, 3, 5), __atomic_fetch_max(&s, 3, 5), __atomic_fetch_min(&c, 3, 5), __atomic_fetch_max(&c, 200, 5)); printf("%d %d\n", s, c); return 0; }
