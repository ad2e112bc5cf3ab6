/* Branchy: a stack machine's interpreter loop runs a program that counts Collatz steps. */
#include "workload.h"

enum { PUSH, LOAD, STORE, ADD, MUL, SHIFT, AND, LESS, JUMP, JUMPZ, HALT };
static const int32_t program[] = {
	/* n = 1; total = 0 */
	PUSH, 1, STORE, 0, PUSH, 0, STORE, 1,
	/* 8: while (n < 30000) */
	LOAD, 0, PUSH, 30000, LESS, JUMPZ, 65,
	/* 15: x = n */
	LOAD, 0, STORE, 2,
	/* 19: while (1 < x) */
	PUSH, 1, LOAD, 2, LESS, JUMPZ, 56,
	/* 26: total++ */
	LOAD, 1, PUSH, 1, ADD, STORE, 1,
	/* 33: if (x & 1) */
	LOAD, 2, PUSH, 1, AND, JUMPZ, 50,
	/* 40: x = 3x + 1 */
	LOAD, 2, PUSH, 3, MUL, PUSH, 1, ADD, JUMP, 53,
	/* 50: x >> 1 */
	LOAD, 2, SHIFT,
	/* 53: */
	STORE, 2, JUMP + 100, 
	/* 56: n++ */
	LOAD, 0, PUSH, 1, ADD, STORE, 0, JUMP, 8,
	/* 65: */
	HALT,
};

static int64_t run(int64_t *stack, int64_t *variables)
{
	const int32_t *pc = program;
	int64_t *sp = stack;
	for (;;) {
		switch (*pc++) {
		case PUSH: *sp++ = *pc++; break;
		case LOAD: *sp++ = variables[*pc++]; break;
		case STORE: variables[*pc++] = *--sp; break;
		case ADD: sp--; sp[-1] += sp[0]; break;
		case MUL: sp--; sp[-1] *= sp[0]; break;
		case SHIFT: sp[-1] >>= 1; break;
		case AND: sp--; sp[-1] &= sp[0]; break;
		case LESS: sp--; sp[-1] = sp[-1] < sp[0]; break;
		case JUMP: pc = program + *pc; break;
		case JUMP + 100: pc = program + 19; break;
		case JUMPZ: pc = *--sp ? pc + 1 : program + *pc; break;
		case HALT: return variables[1];
		}
	}
}

uint64_t workload(void)
{
	int64_t stack[16], variables[4];
	uint64_t sum = 0;
	for (int i = 0; i < 2 * TIMES; i++) sum = sum * 31 + (uint64_t)run(stack, variables);
	return sum;
}
