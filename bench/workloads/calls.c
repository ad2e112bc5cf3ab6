/* Calls: recursion, calls through pointers, small functions that are not inlined. */
#include "workload.h"

__attribute__((noinline)) static unsigned fib(unsigned n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
typedef uint64_t (*operation)(uint64_t);
__attribute__((noinline)) static uint64_t twist(uint64_t x) { return x * 0x9e3779b97f4a7c15u; }
__attribute__((noinline)) static uint64_t fold(uint64_t x) { return x ^ (x >> 29); }
__attribute__((noinline)) static uint64_t step(uint64_t x) { return x + 12345; }
static operation volatile operations[4] = { twist, fold, step, fold };

__attribute__((noinline)) static unsigned ackermann(unsigned m, unsigned n)
{
	if (m == 0) return n + 1;
	if (n == 0) return ackermann(m - 1, 1);
	return ackermann(m - 1, ackermann(m, n - 1));
}

uint64_t workload(void)
{
	uint64_t sum = 0;
	for (int i = 0; i < TIMES; i++) sum += fib(35 - (unsigned)i % 2);
	for (int i = 0; i < 30000000 * TIMES; i++) sum = operations[i & 3](sum);
	for (int i = 0; i < 20 * TIMES; i++) sum += ackermann(2, 300 + (unsigned)i % 3) + ackermann(3, 6);
	return sum;
}
