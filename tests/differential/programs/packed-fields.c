/* Elements of 3, 5, 6 and 7 bytes, whose fields are loaded as integers of that many bytes, by an index. */
#include <stdio.h>

#define ELEMENT(bytes, first, second)                                                                                                    \
	struct __attribute__((packed)) element##bytes {                                                                                  \
		signed long a : first;                                                                                                   \
		unsigned long b : second;                                                                                                \
	};                                                                                                                               \
	static volatile struct element##bytes table##bytes[3][4];                                                                        \
	static volatile struct element##bytes *const row##bytes = table##bytes[1];                                                       \
	static void run##bytes(int rows, unsigned columns)                                                                               \
	{                                                                                                                                \
		for (int i = 0; i < rows; i++)                                                                                           \
			for (unsigned j = 0; j < columns; j++) {                                                                         \
				table##bytes[i][j].a = i - (int)j;                                                                       \
				table##bytes[i][j].b = 1000 * i + j;                                                                     \
			}                                                                                                                \
		for (long j = 0; j < columns; j++)                                                                                       \
			row##bytes[j].a -= 1;                                                                                            \
		for (int i = 0; i < rows; i++)                                                                                           \
			for (unsigned j = 0; j < columns; j++)                                                                           \
				printf("%d: %ld %ld\n", bytes, (long)table##bytes[i][j].a, (long)table##bytes[i][j].b);                  \
	}

ELEMENT(3, 9, 15)
ELEMENT(5, 17, 21)
ELEMENT(6, 20, 28)
ELEMENT(7, 25, 31)

int main(void)
{
	run3(3, 4);
	run5(3, 4);
	run6(3, 4);
	run7(3, 4);
	return 0;
}
