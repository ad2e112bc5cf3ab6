/* Loops that clang vectorises, of every width of element, with lengths that leave a rest; what each leaves behind is summed up and printed. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { N = 203 };

#define NOINLINE __attribute__((noinline))

static uint32_t state = 12345;

static uint32_t next(void)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

static void fill(void *to, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		((unsigned char *)to)[i] = next();
}

static void show(const char *name, const void *data, size_t bytes)
{
	uint64_t hash = 14695981039346656037u;

	for (size_t i = 0; i < bytes; i++)
		hash = (hash ^ ((const unsigned char *)data)[i]) * 1099511628211u;
	printf("%s %016llx\n", name, (unsigned long long)hash);
}

#define INTEGERS(T, U, name)                                                                                                                 \
	NOINLINE static void name(T *restrict o, const T *restrict a, const T *restrict b, int n)                                            \
	{                                                                                                                                    \
		for (int i = 0; i < n; i++)                                                                                                  \
			o[i] = (U)a[i] + (U)b[i];                                                                                            \
		for (int i = 0; i < n; i++)                                                                                                  \
			o[i] ^= (U)a[i] - ((U)b[i] << 3);                                                                                    \
		for (int i = 0; i < n; i++)                                                                                                  \
			o[i] += a[i] > b[i] ? a[i] : (T)7;                                                                                   \
		for (int i = 0; i < n; i++)                                                                                                  \
			o[i] ^= a[i] < b[i] ? a[i] : b[i];                                                                                   \
		for (int i = 0; i < n; i++)                                                                                                  \
			o[i] += (U)a[i] * (U)b[n - 1 - i];                                                                                   \
		for (int i = 0; i < n; i++)                                                                                                  \
			o[i] ^= a[i] >> 2;                                                                                                   \
		for (int i = 0; i < n; i++)                                                                                                  \
			o[i] += a[i] / 10;                                                                                                   \
		for (int i = 0; i < n; i++)                                                                                                  \
			o[i] ^= b[i] % 23;                                                                                                   \
		for (int i = 0; i < n; i++)                                                                                                  \
			o[i] += __builtin_popcountll((U)a[i]);                                                                               \
		for (int i = 0; i < n; i++)                                                                                                  \
			o[i] = o[i] > 100 ? 100 : o[i] < 5 ? (T)(o[i] - 5) : o[i];                                                           \
	}                                                                                                                                    \
	NOINLINE static uint64_t name##_reduced(const T *a, const T *b, int n)                                                               \
	{                                                                                                                                    \
		U sum = 0, product = 1, both = (U)-1, any = 0, odd = 0;                                                                      \
		T most = a[0], least = a[0];                                                                                                 \
		int first = -1, equal = 0;                                                                                                   \
		uint64_t wide = 0;                                                                                                           \
                                                                                                                                             \
		for (int i = 0; i < n; i++)                                                                                                  \
			sum += a[i];                                                                                                         \
		for (int i = 0; i < n; i++)                                                                                                  \
			product *= (U)a[i] | 1;                                                                                              \
		for (int i = 0; i < n; i++)                                                                                                  \
			both &= (U)a[i] | 0x55, any |= (U)a[i] & 0x33;                                                                       \
		for (int i = 0; i < n; i++)                                                                                                  \
			odd ^= a[i];                                                                                                         \
		for (int i = 0; i < n; i++)                                                                                                  \
			most = a[i] > most ? a[i] : most;                                                                                    \
		for (int i = 0; i < n; i++)                                                                                                  \
			least = a[i] < least ? a[i] : least;                                                                                 \
		for (int i = 0; i < n; i++)                                                                                                  \
			if (a[i] > b[i])                                                                                                     \
				first = i;                                                                                                   \
		for (int i = 0; i < n; i++)                                                                                                  \
			equal += a[i] == b[i] || a[i] == 3;                                                                                  \
		for (int i = 0; i < n; i++)                                                                                                  \
			wide += (uint64_t)(int64_t)a[i] * 3;                                                                                 \
		return (uint64_t)sum + 3 * (uint64_t)product + 5 * (uint64_t)both + 7 * (uint64_t)any + 11 * (uint64_t)odd +                 \
		       13 * (uint64_t)most + 17 * (uint64_t)least + 19 * (uint64_t)first + 23 * (uint64_t)equal + 29 * wide;                 \
	}

INTEGERS(int8_t, uint8_t, i8)
INTEGERS(uint8_t, uint8_t, u8)
INTEGERS(int16_t, uint16_t, i16)
INTEGERS(uint16_t, uint16_t, u16)
INTEGERS(int32_t, uint32_t, i32)
INTEGERS(uint32_t, uint32_t, u32)
INTEGERS(int64_t, uint64_t, i64)
INTEGERS(uint64_t, uint64_t, u64)

#define FLOATS(T, I, name)                                                                                                                   \
	NOINLINE static void name(T *restrict o, const T *restrict a, const T *restrict b, int n)                                            \
	{                                                                                                                                    \
		for (int i = 0; i < n; i++)                                                                                                  \
			o[i] = a[i] * b[i] + 1;                                                                                              \
		for (int i = 0; i < n; i++)                                                                                                  \
			o[i] -= a[i] / (b[n - 1 - i] + 1000);                                                                                \
		for (int i = 0; i < n; i++)                                                                                                  \
			o[i] = a[i] > b[i] ? o[i] : -o[i];                                                                                   \
		for (int i = 0; i < n; i++)                                                                                                  \
			o[i] += (I)a[i];                                                                                                     \
		for (int i = 0; i < n; i++)                                                                                                  \
			o[i] += (T)(i % 23 - 11);                                                                                            \
	}                                                                                                                                    \
	NOINLINE static void name##_strides(T *restrict o, const T *restrict a, const T *restrict b, int n)                                  \
	{                                                                                                                                    \
		for (int i = 0; i < n / 2; i++) {                                                                                            \
			o[2 * i] = a[2 * i] * b[2 * i] - a[2 * i + 1] * b[2 * i + 1];                                                        \
			o[2 * i + 1] = a[2 * i] * b[2 * i + 1] + a[2 * i + 1] * b[2 * i];                                                    \
		}                                                                                                                            \
		for (int i = 0; i < n / 4; i++)                                                                                              \
			o[i] += a[4 * i] + a[4 * i + 1] * 2 + a[4 * i + 2] * 3 + a[4 * i + 3] * 4;                                           \
	}

FLOATS(float, int32_t, f32)
FLOATS(double, int64_t, f64)

#define STRIDES(T, name)                                                                                                                     \
	NOINLINE static void name(T *restrict o, const T *restrict a, int n)                                                                 \
	{                                                                                                                                    \
		for (int i = 0; i < n / 4; i++) {                                                                                            \
			o[4 * i] = a[4 * i + 3] + 1;                                                                                         \
			o[4 * i + 1] = a[4 * i + 2] ^ 5;                                                                                     \
			o[4 * i + 2] = a[4 * i + 1] - 9;                                                                                     \
			o[4 * i + 3] = a[4 * i];                                                                                             \
		}                                                                                                                            \
		for (int i = 0; i < n / 2; i++)                                                                                              \
			o[i] += a[2 * i] - a[2 * i + 1];                                                                                     \
		for (int i = 0; i < n / 2; i++) {                                                                                            \
			T even = o[2 * i];                                                                                                   \
			o[2 * i] = o[2 * i + 1];                                                                                             \
			o[2 * i + 1] = even;                                                                                                 \
		}                                                                                                                            \
		for (int i = 0; i < n / 3; i++)                                                                                              \
			o[i] += (a[3 * i] * 77 + a[3 * i + 1] * 150 + a[3 * i + 2] * 29) >> 8;                                               \
		for (int i = 0; i < n / 4; i++)                                                                                              \
			o[i] ^= (a[4 * i] * 77 + a[4 * i + 1] * 150 + a[4 * i + 2] * 29) >> 8;                                               \
	}

STRIDES(uint8_t, s8)
STRIDES(int16_t, s16)
STRIDES(int32_t, s32)
STRIDES(int64_t, s64)

NOINLINE static void widths(int64_t *restrict o, const int8_t *restrict a, const uint16_t *restrict b, float *restrict f, int n)
{
	for (int i = 0; i < n; i++)
		o[i] = a[i] * b[i];
	for (int i = 0; i < n; i++)
		o[i] += (int16_t)(a[i] * 3) - (uint8_t)b[i];
	for (int i = 0; i < n; i++)
		f[i] = a[i] * 0.5f + b[i];
	for (int i = 0; i < n; i++)
		o[i] -= (int)f[i];
}

NOINLINE static void narrowed(uint8_t *restrict o, const int32_t *restrict a, const int16_t *restrict b, int n)
{
	for (int i = 0; i < n; i++)
		o[i] = a[i] < 0 ? 0 : a[i] > 255 ? 255 : a[i];
	for (int i = 0; i < n; i++)
		o[i] ^= (a[i] + 0x8000) >> 16;
	for (int i = 0; i < n; i++)
		o[i] += (b[i] * b[i] + 128) >> 8;
}

NOINLINE static uint32_t rotated(uint32_t *restrict o, const uint32_t *restrict a, int n)
{
	uint32_t before = 9, found = 0;

	for (int i = 0; i < n; i++)
		o[i] = a[i] << 7 | a[i] >> 25;
	for (int i = 0; i < n; i++)
		o[i] ^= __builtin_bswap32(a[i]) + __builtin_clz(a[i] | 1);
	for (int i = 0; i < n; i++) {
		o[i] += before;
		before = a[i];
	}
	for (int i = 0; i < n; i++)
		if (a[i] & 1)
			o[i] = a[i] << (a[i] & 15);
	for (int i = 0; i < n; i++)
		found += a[i] > 1000 ? a[i] & 7 : 0;
	return found;
}

static int8_t a8[2 * N], b8[2 * N], o8[2 * N];
static int16_t a16[2 * N], b16[2 * N], o16[2 * N];
static int32_t a32[2 * N], b32[2 * N], o32[2 * N];
static int64_t a64[2 * N], b64[2 * N], o64[2 * N];
static float af[2 * N], bf[2 * N], of[2 * N];
static double ad[2 * N], bd[2 * N], od[2 * N];

static void round_of(int n)
{
	i8(o8, a8, b8, n), show("i8", o8, sizeof o8);
	u8((uint8_t *)o8, (uint8_t *)a8, (uint8_t *)b8, n), show("u8", o8, sizeof o8);
	i16(o16, a16, b16, n), show("i16", o16, sizeof o16);
	u16((uint16_t *)o16, (uint16_t *)a16, (uint16_t *)b16, n), show("u16", o16, sizeof o16);
	i32(o32, a32, b32, n), show("i32", o32, sizeof o32);
	u32((uint32_t *)o32, (uint32_t *)a32, (uint32_t *)b32, n), show("u32", o32, sizeof o32);
	i64(o64, a64, b64, n), show("i64", o64, sizeof o64);
	u64((uint64_t *)o64, (uint64_t *)a64, (uint64_t *)b64, n), show("u64", o64, sizeof o64);
	uint64_t reduced[] = {
		i8_reduced(a8, b8, n),
		u8_reduced((uint8_t *)a8, (uint8_t *)b8, n),
		i16_reduced(a16, b16, n),
		u16_reduced((uint16_t *)a16, (uint16_t *)b16, n),
		i32_reduced(a32, b32, n),
		u32_reduced((uint32_t *)a32, (uint32_t *)b32, n),
		i64_reduced(a64, b64, n),
		u64_reduced((uint64_t *)a64, (uint64_t *)b64, n),
	};
	show("reduced", reduced, sizeof reduced);
	f32(of, af, bf, n), show("f32", of, sizeof of);
	f64(od, ad, bd, n), show("f64", od, sizeof od);
	f32_strides(of, af, bf, n), show("f32 strides", of, sizeof of);
	f64_strides(od, ad, bd, n), show("f64 strides", od, sizeof od);
	s8((uint8_t *)o8, (uint8_t *)a8, n), show("s8", o8, sizeof o8);
	s16(o16, a16, n), show("s16", o16, sizeof o16);
	s32(o32, a32, n), show("s32", o32, sizeof o32);
	s64(o64, a64, n), show("s64", o64, sizeof o64);
	widths(o64, a8, (uint16_t *)b16, of, n), show("widths", o64, sizeof o64);
	narrowed((uint8_t *)o8, a32, b16, n), show("narrowed", o8, sizeof o8);
	uint32_t found = rotated((uint32_t *)o32, (uint32_t *)a32, n);
	show("rotated", o32, sizeof o32), show("found", &found, sizeof found);
}

int main(void)
{
	fill(a8, sizeof a8), fill(b8, sizeof b8);
	fill(a16, sizeof a16), fill(b16, sizeof b16);
	fill(a32, sizeof a32), fill(b32, sizeof b32);
	fill(a64, sizeof a64), fill(b64, sizeof b64);
	for (int i = 0; i < 2 * N; i++) {
		af[i] = (int)(next() % 2000) - 1000, bf[i] = (int)(next() % 2000) * 0.25f;
		ad[i] = (int)(next() % 2000) - 1000, bd[i] = (int)(next() % 2000) * 0.25;
	}
	round_of(N);
	round_of(16);
	round_of(5);
	return 0;
}
