/* Vectors divided by constants, against the processor's own division of each element. */
#include <stdint.h>
#include <stdio.h>

static uint32_t state = 1;

static uint32_t next(void)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

/* All ones, least and greatest first; then numbers of every length. */
static int64_t number(int n, int bits)
{
	int64_t top = (int64_t)1 << (bits - 1);

	return n == 0 ? -1 : n == 1 ? top : n == 2 ? top - 1 : (int64_t)(next() >> next() % 32) * (next() % 2 ? 1 : -1);
}

static int checked;

#define CHECK(T, BYTES, D)                                                                                                                   \
	{                                                                                                                                    \
		typedef T vector __attribute__((vector_size(BYTES)));                                                                        \
		volatile T divisor = (T)(D);                                                                                                 \
		for (int n = 0; n < 60; n++) {                                                                                               \
			vector x;                                                                                                            \
			for (unsigned i = 0; i < BYTES / sizeof(T); i++)                                                                     \
				x[i] = (T)number(n, 8 * sizeof(T));                                                                          \
			vector q = x / (T)(D), r = x % (T)(D);                                                                               \
			for (unsigned i = 0; i < BYTES / sizeof(T); i++, checked++)                                                          \
				if (q[i] != (T)(x[i] / divisor) || r[i] != (T)(x[i] % divisor))                                              \
					printf("%s %lld: %lld / %lld\n", #T, (long long)q[i], (long long)x[i], (long long)divisor);          \
		}                                                                                                                            \
	}

#define CHECK_ALL(D)                                                                                                                         \
	CHECK(uint8_t, 16, D)                                                                                                                \
	CHECK(int8_t, 8, D)                                                                                                                  \
	CHECK(uint16_t, 16, D)                                                                                                               \
	CHECK(int16_t, 8, D)                                                                                                                 \
	CHECK(uint32_t, 8, D)                                                                                                                \
	CHECK(int32_t, 32, D)

int main(void)
{
	CHECK_ALL(1)
	CHECK_ALL(3)
	CHECK_ALL(7)
	CHECK_ALL(10)
	CHECK_ALL(16)
	CHECK_ALL(23)
	CHECK_ALL(-1)
	CHECK_ALL(-7)
	CHECK_ALL(-16)
	CHECK_ALL(-128)
	CHECK(uint16_t, 16, 641)
	CHECK(int16_t, 16, -641)
	CHECK(uint32_t, 16, 1000000007)
	CHECK(int32_t, 16, 1000000007)
	CHECK(uint32_t, 16, 0x80000001u)
	CHECK(int32_t, 16, INT32_MIN)
	printf("%d\n", checked);
	return 0;
}
