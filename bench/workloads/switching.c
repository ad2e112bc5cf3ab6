/* A timer interrupt every 100 microseconds of the guest's time, and threads that hand over to each other all the time. */
#include "workload.h"

static volatile uint64_t ticks;
static uint64_t sum;
#ifdef NATIVE
uint64_t workload(void) { return 0; }
#else
struct context { uint64_t x[12], sp; };
void switch_to(struct context *from, const struct context *to);
static struct context contexts[4];
static uint64_t stacks[4][512] __attribute__((aligned(16)));
static int current;
#define GICD ((volatile uint32_t *)0x08000000)
#define GICC ((volatile uint32_t *)0x08010000)
#define PERIOD 6250
#ifndef YIELDS
#define YIELDS (2000000 * TIMES)
#endif

static void set_timer(void) { __asm__ volatile("msr cntv_tval_el0, %0" :: "r"((uint64_t)PERIOD)); }

void on_interrupt(void)
{
	uint32_t id = GICC[3];
	if ((id & 1023) == 27) { ticks++; set_timer(); }
	GICC[4] = id;
}

static void yield(void)
{
	int old = current;
	current = (current + 1) & 3;
	switch_to(&contexts[old], &contexts[current]);
}

static void worker(void)
{
	for (uint64_t n = 1;; n++) {
		uint64_t h = sum ^ n;
		for (int i = 0; i < 20; i++) { h ^= h << 13; h ^= h >> 7; h ^= h << 17; }
		sum += h;
		yield();
	}
}

uint64_t workload(void)
{
	GICD[0] = 1;
	GICC[1] = 0xff;
	GICC[0] = 1;
	GICD[0x100 / 4] = 1u << 27;
	set_timer();
	__asm__ volatile("msr cntv_ctl_el0, %0\n\tmsr daifclr, #2" :: "r"(1ull));
	for (int i = 1; i < 4; i++) { contexts[i].x[11] = (uint64_t)worker; contexts[i].sp = (uint64_t)&stacks[i][512]; }
	for (int i = 0; i < YIELDS; i++) yield();
	return sum;
}
#endif
