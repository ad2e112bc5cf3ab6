/*
 * Runs instruction sequences under qemu-aarch64 and reports the state that each leaves.
 *
 * Standard input: cases, each a struct input. Standard output: a struct state for each. Code and data lie at fixed
 * addresses, so that addresses which a sequence computes are the same here and in the test. All code is in place before any of it
 * runs, so that the emulator translates every block once.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define CODE 0x2000000000ul
#define DATA 0x1000000000ul
enum { WORDS = 128, WINDOW = 512, LEAVE_BYTES = 512 };

struct registers {
	uint64_t x[31]; /* x28: middle of the window; x30: where the sequence begins */
	uint64_t sp, nzcv, fpcr, fpsr, unused;
	uint64_t v[64];
};

struct state {
	uint8_t window[WINDOW];
	struct registers registers;
};

struct input {
	struct state state;
	uint32_t words[WORDS]; /* the last is replaced by the way back */
};

/* The state as a sequence has it, and behind it what the assembly saves of its caller. */
struct data {
	struct state state;
	uint64_t caller[13];
};

void enter(struct registers *registers);
extern char leave[], leave_end[];

int main(void)
{
	size_t capacity = 1 << 20, size = 0, got;
	char *bytes = malloc(capacity);

	while ((got = fread(bytes + size, 1, capacity - size, stdin)) > 0) {
		size += got;
		if (size == capacity)
			bytes = realloc(bytes, capacity *= 2);
	}
	size_t count = size / sizeof(struct input);
	struct input *cases = (struct input *)bytes;
	size_t code_size = LEAVE_BYTES + count * WORDS * 4;
	char *code = mmap((void *)CODE, code_size, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	struct data *data = mmap((void *)DATA, sizeof *data, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	if (code == MAP_FAILED || data == MAP_FAILED || leave_end - leave > LEAVE_BYTES)
		return 1;
	memcpy(code, leave, leave_end - leave);
	for (size_t i = 0; i < count; i++) {
		uint32_t *words = (uint32_t *)(code + LEAVE_BYTES) + i * WORDS;
		int64_t back = (int64_t)(code - (char *)&words[WORDS - 1]) / 4;
		memcpy(words, cases[i].words, sizeof cases[i].words);
		words[WORDS - 1] = 0x14000000 | (back & 0x3ffffff);
	}
	setvbuf(stdout, NULL, _IONBF, 0); /* what is done is out when a sequence crashes */
	__builtin___clear_cache(code, code + code_size);
	for (size_t i = 0; i < count; i++) {
		data->state = cases[i].state;
		enter(&data->state.registers);
		fwrite(&data->state, sizeof data->state, 1, stdout);
	}
	return 0;
}
