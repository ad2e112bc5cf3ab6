/* Bound by memory: a sieve, a walk through pointers in random order, copies. */
#include "workload.h"

#define NUMBERS 4000000
#define CELLS (1 << 18)
static uint8_t composite[NUMBERS];
static uint32_t next[CELLS];
static uint64_t from[32768], to[32768];

uint64_t workload(void)
{
	uint64_t sum = 0;
	for (int round = 0; round < 8 * TIMES; round++) {
		for (int i = 0; i < NUMBERS; i++) composite[i] = 0;
		for (int i = 2; i * i < NUMBERS; i++)
			if (!composite[i]) for (int j = i * i; j < NUMBERS; j += i) composite[j] = 1;
		for (int i = 2; i < NUMBERS; i++) sum += !composite[i];
		uint32_t seed = 1;
		for (uint32_t i = 0; i < CELLS; i++) next[i] = i;
		for (uint32_t i = CELLS - 1; i > 0; i--) {
			seed = seed * 1664525 + 1013904223;
			uint32_t j = (uint32_t)(((uint64_t)seed * i) >> 32), t = next[i];
			next[i] = next[j];
			next[j] = t;
		}
		uint32_t at = 0;
		for (int i = 0; i < 1 << 21; i++) { at = next[at]; sum += at; }
		for (int k = 0; k < 100; k++) {
			from[k] = sum;
			memcpy(to, from, sizeof to);
			sum += 2 * to[k] + 1;
		}
	}
	return sum;
}
