#include <stdio.h>
#include <pthread.h>
__thread int counter = 5; static __thread char buffer[100]; _Thread_local long zero; __thread int ie __attribute__((tls_model("initial-exec"))) = 9; extern __thread int counter;
static void *work(void *p) { counter += (int)(long)p; buffer[(long)p] = 'x'; zero -= 3; ie++; int *q = &counter; static char out[4][64]; sprintf(out[(long)p & 3], "%d %c %d %ld %d", *q, buffer[(long)p], buffer[1] == 'x', zero, ie); return out[(long)p & 3]; }
int main(void) { counter = 100; for (long i = 1; i < 4; i++) { pthread_t t; void *r; pthread_create(&t, 0, work, (void *)i); pthread_join(t, &r); puts(r); } printf("%d %ld %d\n", counter, zero, ie); return 0; }
