/* Narrow integers that are complemented, or have ones put in at the top, and are then extended with zeros. */
#include <stdint.h>
#include <stdio.h>

static uint32_t wide;
static uint8_t low;
static uint64_t wider;

#define FUNCTION(name, type, expression)                                                                                                 \
	__attribute__((noinline)) static void name(long c, type x)                                                                       \
	{                                                                                                                                \
		type n = expression;                                                                                                     \
		wide |= n;                                                                                                               \
		wider += n;                                                                                                              \
		low = (uint8_t)n;                                                                                                        \
	}                                                                                                                                \
	static void run_##name(void)                                                                                                     \
	{                                                                                                                                \
		wide = 0, wider = 0, low = 0;                                                                                            \
		name(0, 0x5a), printf(#name " %x %llx %x\n", wide, (unsigned long long)wider, low);                                      \
		name(7, 3), printf(#name " %x %llx %x\n", wide, (unsigned long long)wider, low);                                         \
	}

FUNCTION(complement16, uint16_t, (uint16_t)~(uint16_t)(c != 0))
FUNCTION(complement8, uint8_t, (uint8_t)~(uint8_t)(c != 0))
FUNCTION(complement_loaded, uint16_t, (uint16_t)~*(volatile uint16_t *)&x)
FUNCTION(ones16, uint16_t, (uint16_t)(*(volatile uint16_t *)&x | 0xff0f))
FUNCTION(ones8, uint8_t, (uint8_t)(*(volatile uint8_t *)&x | 0xc1))
FUNCTION(or_not, uint16_t, (uint16_t)((c != 0) | (uint16_t)~*(volatile uint16_t *)&x))
FUNCTION(xor_not, uint16_t, (uint16_t)(*(volatile uint16_t *)&x ^ (uint16_t)~(uint16_t)(c != 0)))
FUNCTION(chosen, uint16_t, c ? (uint16_t)~*(volatile uint16_t *)&x : *(volatile uint16_t *)&x)

int main(void)
{
	run_complement16(), run_complement8(), run_complement_loaded(), run_ones16(), run_ones8(), run_or_not(), run_xor_not(), run_chosen();
	return 0;
}
