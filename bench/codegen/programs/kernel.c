/* Four kernels of the kind that CPU benchmarks are made of: a linked list, matrices, a state machine, a checksum. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct item {
	struct item *next;
	int16_t key, value;
};

static uint32_t seed = 1;

static uint32_t draw(void)
{
	seed = seed * 1664525u + 1013904223u;
	return seed >> 8;
}

static uint16_t crc16(uint8_t byte, uint16_t crc)
{
	for (int bit = 0; bit < 8; bit++) {
		int carry = (byte ^ crc) & 1;

		byte >>= 1;
		crc >>= 1;
		if (carry)
			crc ^= 0xa001;
	}
	return crc;
}

static uint16_t crc_word(uint32_t word, uint16_t crc)
{
	for (int n = 0; n < 4; n++)
		crc = crc16(word >> (8 * n), crc);
	return crc;
}

/* Lists: reversed, searched, sorted by merging runs. */

static struct item *reverse(struct item *list)
{
	struct item *done = NULL;

	while (list) {
		struct item *next = list->next;

		list->next = done;
		done = list;
		list = next;
	}
	return done;
}

static const struct item *find(const struct item *list, int16_t key)
{
	while (list && list->key != key)
		list = list->next;
	return list;
}

static int by_key(const struct item *a, const struct item *b)
{
	return a->key - b->key;
}

static int by_value(const struct item *a, const struct item *b)
{
	return (a->value & 0xff) - (b->value & 0xff);
}

static struct item *sorted(struct item *list, int (*order)(const struct item *, const struct item *))
{
	for (int run = 1;; run *= 2) {
		struct item *p = list, *tail = NULL;
		int merges = 0;

		list = NULL;
		while (p) {
			struct item *q = p;
			int left = 0, right = run;

			merges++;
			while (left < run && q) {
				left++;
				q = q->next;
			}
			while (left > 0 || (right > 0 && q)) {
				struct item *taken;

				if (left > 0 && (right == 0 || !q || order(p, q) <= 0)) {
					taken = p;
					p = p->next;
					left--;
				} else {
					taken = q;
					q = q->next;
					right--;
				}
				if (tail)
					tail->next = taken;
				else
					list = taken;
				tail = taken;
			}
			p = q;
		}
		if (tail)
			tail->next = NULL;
		if (merges <= 1)
			return list;
	}
}

__attribute__((noinline)) static uint16_t lists(struct item *items, int count)
{
	struct item *list = NULL;
	uint16_t crc = 0;

	for (int n = 0; n < count; n++) {
		items[n].key = draw() % 1000;
		items[n].value = draw();
		items[n].next = list;
		list = &items[n];
	}
	for (int n = 0; n < 30; n++) {
		const struct item *found = find(list, n * 7);

		list = reverse(list);
		crc = crc_word(found ? (uint32_t)found->value : 17u, crc);
	}
	list = sorted(list, by_value);
	list = sorted(list, by_key);
	for (const struct item *at = list; at; at = at->next)
		crc = crc_word((uint32_t)at->key << 16 | (uint16_t)at->value, crc);
	return crc;
}

/* Matrices of 16-bit numbers, products of 32 bits. */

#define SIDE 24

__attribute__((noinline)) static void times_constant(int32_t *c, const int16_t *a, int16_t k, int n)
{
	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++)
			c[i * n + j] = (int32_t)a[i * n + j] * k;
}

__attribute__((noinline)) static void times_matrix(int32_t *c, const int16_t *a, const int16_t *b, int n)
{
	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++) {
			int32_t sum = 0;

			for (int k = 0; k < n; k++)
				sum += (int32_t)a[i * n + k] * b[k * n + j];
			c[i * n + j] = sum;
		}
}

__attribute__((noinline)) static void times_bits(int32_t *c, const int16_t *a, const int16_t *b, int n)
{
	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++) {
			int32_t sum = 0;

			for (int k = 0; k < n; k++) {
				int32_t product = (int32_t)a[i * n + k] * b[k * n + j];

				sum += ((product >> 2) & 15) * ((product >> 5) & 127);
			}
			c[i * n + j] = sum;
		}
}

__attribute__((noinline)) static int16_t clipped_sum(const int32_t *c, int32_t clip, int n)
{
	int32_t total = 0, last = 0;
	int16_t result = 0;

	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++) {
			int32_t now = c[i * n + j];

			total += now;
			if (total > clip) {
				result += 10;
				total = 0;
			} else
				result += now > last;
			last = now;
		}
	return result;
}

static uint16_t matrices(void)
{
	static int16_t a[SIDE * SIDE], b[SIDE * SIDE];
	static int32_t c[SIDE * SIDE];
	uint16_t crc = 0;

	for (int n = 0; n < SIDE * SIDE; n++) {
		a[n] = draw() % 251 - 125;
		b[n] = draw() % 127;
	}
	times_constant(c, a, 7, SIDE);
	crc = crc_word(clipped_sum(c, 4000, SIDE), crc);
	times_matrix(c, a, b, SIDE);
	crc = crc_word(clipped_sum(c, 40000, SIDE), crc);
	times_bits(c, a, b, SIDE);
	return crc_word(clipped_sum(c, 4000, SIDE), crc);
}

/* A state machine that tells numbers of several spellings apart. */

enum state { START, INVALID, SIGN, INTEGER, POINT, FRACTION, EXPONENT, EXPONENT_SIGN, SCIENTIFIC, STATES };

static int is_digit(char c)
{
	return c >= '0' && c <= '9';
}

__attribute__((noinline)) static enum state scan(const char **text, uint32_t *transitions)
{
	const char *at = *text;
	enum state state = START;

	for (; *at && state != INVALID; at++) {
		char c = *at;

		if (c == ',') {
			at++;
			break;
		}
		switch (state) {
		case START:
			state = is_digit(c) ? INTEGER : c == '+' || c == '-' ? SIGN : c == '.' ? POINT : INVALID;
			transitions[START]++;
			break;
		case SIGN:
			state = is_digit(c) ? INTEGER : c == '.' ? POINT : INVALID;
			transitions[SIGN]++;
			break;
		case INTEGER:
			if (c == '.') {
				state = POINT;
				transitions[INTEGER]++;
			} else if (!is_digit(c)) {
				state = INVALID;
				transitions[INTEGER]++;
			}
			break;
		case POINT:
		case FRACTION:
			if (c == 'e' || c == 'E') {
				state = EXPONENT;
				transitions[FRACTION]++;
			} else if (!is_digit(c)) {
				state = INVALID;
				transitions[FRACTION]++;
			} else
				state = FRACTION;
			break;
		case EXPONENT:
			state = c == '+' || c == '-' ? EXPONENT_SIGN : INVALID;
			transitions[EXPONENT]++;
			break;
		case EXPONENT_SIGN:
			state = is_digit(c) ? SCIENTIFIC : INVALID;
			transitions[EXPONENT_SIGN]++;
			break;
		case SCIENTIFIC:
			if (!is_digit(c)) {
				state = INVALID;
				transitions[SCIENTIFIC]++;
			}
			break;
		default:
			break;
		}
	}
	if (state == INVALID)
		while (*at && *at++ != ',')
			;
	*text = at;
	return state;
}

static uint16_t machine(char *text, int size)
{
	static const char *const pieces[] = { "5012", "-874", "+122", "35.54400", ".1234500", "-110.700", "5.500e+3", "-.123e-2", "T0.3e-1F", "1T3.4e4z" };
	uint32_t ends[STATES] = { 0 }, transitions[STATES] = { 0 };
	uint16_t crc = 0;
	int at = 0;

	while (at < size - 12) {
		at += sprintf(text + at, "%s,", pieces[draw() % 10]);
	}
	for (const char *rest = text; *rest;)
		ends[scan(&rest, transitions)]++;
	for (int n = 0; n < STATES; n++)
		crc = crc_word(ends[n] << 16 | transitions[n], crc);
	return crc;
}

int main(void)
{
	static struct item items[400];
	static char text[3000];
	uint16_t crc = 0;

	for (int round = 0; round < 12; round++) {
		crc = crc_word(lists(items, 400), crc);
		crc = crc_word(matrices(), crc);
		crc = crc_word(machine(text, sizeof text), crc);
	}
	printf("%04x\n", crc);
	return 0;
}
