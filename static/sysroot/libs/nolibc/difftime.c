/* SPDX-License-Identifier: BSD-3-Clause */
#include <time.h>

double difftime(time_t a, time_t b)
{
	return (double)(a - b);
}
