/* Blocks of constant sizes, copied, moved over themselves and filled, at odd places. */
#include <stdio.h>
#include <string.h>

static unsigned char from[512], to[512];

static void begin(int k) {
  for (int i = 0; i < 512; i++) {
    from[i] = (unsigned char)(i * 7 + k);
    to[i] = (unsigned char)(i ^ k);
  }
}

static void show(const char *what, int n) {
  unsigned long sum = 5381;
  for (int i = 0; i < 512; i++)
    sum = sum * 33 + to[i];
  printf("%s %d %lx\n", what, n, sum);
}

#define SIZE(n)                                                                                                                          \
  begin(n), memcpy(to + 3, from + n % 5, n), show("copy", n);                                                                             \
  begin(n), memmove(to + n % 7, to + 2, n), show("move", n);                                                                              \
  begin(n), memset(to + 1, 0, n), show("zero", n);                                                                                        \
  begin(n), memset(to + 4, n * 37, n), show("fill", n);

int main(void) {
  SIZE(1) SIZE(3) SIZE(7) SIZE(8) SIZE(12) SIZE(15) SIZE(16) SIZE(17) SIZE(24) SIZE(31) SIZE(32) SIZE(33) SIZE(47) SIZE(63) SIZE(64)
  SIZE(65) SIZE(96) SIZE(127) SIZE(128) SIZE(200) SIZE(255) SIZE(256) SIZE(257)
  return 0;
}
