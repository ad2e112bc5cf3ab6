// Overflow of arithmetic in widths that no register has, and between 128-bit operands of different signs.
#include <stdio.h>

typedef unsigned long long word;
typedef __int128 wide;
typedef unsigned __int128 uwide;

static word state = 88172645463325252ULL;

// Values near the edges as often as any others.
static uwide next(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  word shape = state >> 60;
  uwide value = ((uwide)state << 64) ^ (uwide)(state * 0x9e3779b97f4a7c15ULL);
  unsigned shift = (unsigned)(state >> 20) & 127;
  switch (shape) {
  case 0: return (uwide)1 << shift;
  case 1: return ((uwide)1 << shift) - 1;
  case 2: return -((uwide)1 << shift);
  case 3: return state & 3;
  case 4: return -(uwide)(state & 3);
  default: return value >> shift;
  }
}

static void show(const char *what, uwide value, int overflowed) {
  printf("%s %016llx%016llx %d\n", what, (word)(value >> 64), (word)value, overflowed);
}

// What clang-19 calls, and GCC's library does not have.
wide __muloti4(wide a, wide b, int *overflowed) {
  wide product = (wide)((uwide)a * (uwide)b);
  *overflowed = (a == -1 && b == product && b < 0) || (a != 0 && a != -1 && product / a != b);
  return product;
}

#define MIXED(NAME, A, B, R)                                                          \
  static __attribute__((noinline)) void NAME(A a, B b) {                              \
    R r;                                                                              \
    int o = __builtin_add_overflow(a, b, &r);                                         \
    show(#NAME " +", (uwide)r, o);                                                    \
    o = __builtin_sub_overflow(a, b, &r);                                             \
    show(#NAME " -", (uwide)r, o);                                                    \
    o = __builtin_mul_overflow(a, b, &r);                                             \
    show(#NAME " *", (uwide)r, o);                                                    \
  }
#define EACH(NAME, TYPE) MIXED(NAME, TYPE, TYPE, TYPE)
EACH(s33, _BitInt(33))
EACH(u33, unsigned _BitInt(33))
EACH(s63, _BitInt(63))
EACH(u47, unsigned _BitInt(47))
EACH(s65, _BitInt(65))
EACH(u65, unsigned _BitInt(65))
EACH(s100, _BitInt(100))
EACH(u100, unsigned _BitInt(100))
EACH(s127, _BitInt(127))
EACH(u127, unsigned _BitInt(127))
EACH(s128, wide)
EACH(u128, uwide)

MIXED(mixed_to_signed, wide, uwide, wide)
MIXED(mixed_to_unsigned, uwide, wide, uwide)
MIXED(mixed_to_word, uwide, wide, long long)
MIXED(words_to_wide, word, long long, uwide)
MIXED(word_and_wide, word, wide, uwide)
MIXED(unsigned_to_signed, uwide, word, wide)

int main(void) {
  for (int i = 0; i < 60; i++) {
    uwide a = next(), b = next();
    s33(a, b), u33(a, b), s63(a, b), u47(a, b), s65(a, b), u65(a, b), s100(a, b), u100(a, b);
    s127(a, b), u127(a, b), s128(a, b), u128(a, b);
    mixed_to_signed(a, b), mixed_to_unsigned(a, b), mixed_to_word(a, b);
    words_to_wide(a, b), word_and_wide(a, b), unsigned_to_signed(a, b);
  }
}
