/* Labels whose addresses are known in data, and that nothing leads to once branches are resolved or calls have become tail calls. */
#include <stdio.h>

__attribute__((noinline)) static void *first_of(void **labels)
{
	__asm__ volatile("" : "+r"(labels));
	return labels[0];
}

/* One target only: the branch is a fall-through, and the call before it is followed by nothing but the return. */
static inline int one_target(void)
{
	static void *labels[] = {&&there};
	void *p = first_of(labels);
	goto *p;
there:
	return 17;
}

__attribute__((noinline)) static int once(void)
{
	return one_target();
}

__attribute__((noinline)) static int again(void)
{
	return one_target() + 1;
}

/* Never gone to at all. */
__attribute__((noinline)) static int unused_label(int n)
{
	static void *const label = &&unused;
	if (n > 3)
		return label != 0;
	return n;
unused:
	return 99;
}

/* Distances between labels of one function, in data. */
__attribute__((noinline)) static int distances(int n)
{
	static const int table[] = {&&zero - &&zero, &&one - &&zero, &&two - &&zero};
	goto *(&&zero + table[n]);
zero:
	return 10;
one:
	return 20;
two:
	return 30;
}

int main(void)
{
	printf("%d %d %d %d\n", once(), again(), unused_label(2), unused_label(5));
	for (int n = 0; n < 3; n++)
		printf("%d\n", distances(n));
	return 0;
}
