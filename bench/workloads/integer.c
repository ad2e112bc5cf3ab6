/* CoreMark-like: a linked list is sorted and searched, small matrices are multiplied, a state machine reads text, all is summed by CRC-16. */
#include "workload.h"

#define NODES 200
#define SIZE 16

struct node { struct node *next; int16_t key, value; };
static struct node nodes[NODES];
static int16_t a[SIZE][SIZE], b[SIZE][SIZE];
static int32_t c[SIZE][SIZE];
static const char text[] = "5012,-874,122,+13,1.5e3,.25,-4e-2,foo,0x1f,99999,+-2,1e,,8.,1234567,T0.3e-1F,-110.700,+0.644e+00,35.54400,.1234500";

static uint16_t crc(uint16_t sum, uint16_t data)
{
	for (int i = 0; i < 16; i++) {
		unsigned bit = (data ^ sum) & 1;
		data >>= 1;
		sum >>= 1;
		if (bit) sum ^= 0xa001;
	}
	return sum;
}

static struct node *merge(struct node *x, struct node *y, int by_value)
{
	struct node head = { 0 }, *tail = &head;
	while (x && y) {
		int first = by_value ? x->value <= y->value : x->key <= y->key;
		if (first) { tail->next = x; x = x->next; } else { tail->next = y; y = y->next; }
		tail = tail->next;
	}
	tail->next = x ? x : y;
	return head.next;
}

static struct node *sort(struct node *list, int n, int by_value)
{
	if (n <= 1) { if (list) list->next = 0; return list; }
	struct node *middle = list;
	for (int i = 0; i < n / 2; i++) middle = middle->next;
	struct node *right = sort(middle, n - n / 2, by_value);
	return merge(sort(list, n / 2, by_value), right, by_value);
}

static uint16_t lists(uint16_t sum, unsigned seed)
{
	struct node *list = 0;
	for (int i = 0; i < NODES; i++) {
		seed = seed * 1103515245 + 12345;
		nodes[i] = (struct node){ list, (int16_t)(seed >> 16), (int16_t)(seed >> 8) };
		list = &nodes[i];
	}
	list = sort(list, NODES, 1);
	for (int wanted = 0; wanted < 40; wanted++) {
		struct node *p = list;
		while (p && (p->key & 63) != wanted) p = p->next;
		if (p) sum = crc(sum, (uint16_t)p->value);
	}
	list = sort(list, NODES, 0);
	for (struct node *p = list; p; p = p->next) sum = crc(sum, (uint16_t)p->key);
	return sum;
}

static uint16_t matrices(uint16_t sum, int seed)
{
	for (int i = 0; i < SIZE; i++)
		for (int j = 0; j < SIZE; j++) { a[i][j] = (int16_t)(i * seed + j); b[i][j] = (int16_t)(j * seed - i); }
	for (int i = 0; i < SIZE; i++)
		for (int j = 0; j < SIZE; j++) {
			int32_t t = 0;
			for (int k = 0; k < SIZE; k++) t += a[i][k] * b[k][j];
			c[i][j] = t;
		}
	for (int i = 0; i < SIZE; i++) for (int j = 0; j < SIZE; j++) sum = crc(sum, (uint16_t)(c[i][j] >> 2));
	return sum;
}

enum state { START, INVALID, SIGN, INT, FLOAT, EXPONENT, EXPONENT_SIGN, SCIENTIFIC, STATES };

static uint16_t machine(uint16_t sum, unsigned seed)
{
	unsigned counts[STATES] = { 0 };
	enum state s = START;
	for (const char *p = text; *p; p++) {
		char ch = (seed & 15) == 7 ? (char)(*p ^ 1) : *p;
		seed = seed * 69069 + 1;
		int digit = ch >= '0' && ch <= '9';
		if (ch == ',') { counts[s]++; s = START; continue; }
		switch (s) {
		case START: s = digit ? INT : ch == '+' || ch == '-' ? SIGN : ch == '.' ? FLOAT : INVALID; break;
		case SIGN: s = digit ? INT : ch == '.' ? FLOAT : INVALID; break;
		case INT: s = digit ? INT : ch == '.' ? FLOAT : ch == 'e' ? EXPONENT : INVALID; break;
		case FLOAT: s = digit ? FLOAT : ch == 'e' ? EXPONENT : INVALID; break;
		case EXPONENT: s = digit ? SCIENTIFIC : ch == '+' || ch == '-' ? EXPONENT_SIGN : INVALID; break;
		case EXPONENT_SIGN: case SCIENTIFIC: s = digit ? SCIENTIFIC : INVALID; break;
		default: break;
		}
	}
	for (int i = 0; i < STATES; i++) sum = crc(sum, (uint16_t)counts[i]);
	return sum;
}

uint64_t workload(void)
{
	uint16_t sum = 0;
	for (int i = 0; i < 7000 * TIMES; i++) {
		sum = lists(sum, (unsigned)i * 31 + sum);
		sum = matrices(sum, i & 31);
		for (int k = 0; k < 5; k++) sum = machine(sum, (unsigned)i + (unsigned)k);
	}
	return sum;
}
