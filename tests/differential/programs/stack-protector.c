#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#include <signal.h>
static void on(int s) { puts("caught"); fflush(stdout); _Exit(3); }
__attribute__((noinline)) static int f(const char *s, int n) { char b[16]; memcpy(b, s, n); return b[3]; }
int main(int c, char **v) { signal(SIGABRT, on); char big[200]; memset(big, 'x', 200); volatile int n = 120; printf("%d\n", f(big, n)); return 0; }
