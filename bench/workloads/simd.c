/* Loops that a compiler makes AdvSIMD of: bytes, words, singles. */
#include "workload.h"

#define N 16384
static uint8_t p[N], q[N], r[N];
static int32_t x[N], y[N];
static float f[N], g[N];

uint64_t workload(void)
{
	for (int i = 0; i < N; i++) { p[i] = (uint8_t)(i * 7); q[i] = (uint8_t)(i * 13 + 5); x[i] = i * 77; f[i] = (float)(i & 255); g[i] = 1.0f; }
	uint64_t sum = 0;
	for (int round = 0; round < 4000 * TIMES; round++) {
		for (int i = 0; i < N; i++) { uint8_t d = p[i] > q[i] ? p[i] - q[i] : q[i] - p[i]; r[i] = (uint8_t)((d >> 1) + (p[i] & q[i])); }
		int32_t best = 0;
		for (int i = 0; i < N; i++) { y[i] = x[i] * 3 + (y[i] ^ round); best = y[i] > best ? y[i] : best; }
		for (int i = 0; i < N; i++) g[i] = g[i] * 0.5f + f[i];
		uint32_t total = 0;
		for (int i = 0; i < N; i++) total += r[i];
		sum = sum * 31 + total + (uint32_t)best + (uint32_t)(int32_t)g[round & (N - 1)];
		p[round & (N - 1)] ^= (uint8_t)round;
	}
	return sum;
}
