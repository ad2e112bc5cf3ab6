/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tests of the C library that any C library can run: what they print here must be what they
 * print with another one.
 */
#ifndef TESTS_H
#define TESTS_H

#include <stdint.h>

void test_printf(void);
void test_numbers(void);
void test_strings(void);
void test_misc(void);

/* Random bits, the same everywhere. */
uint64_t bits(void);

/* A number that depends on every character of a text; results are too many to print each. */
uint64_t mix(uint64_t sum, const char *text);

#endif
