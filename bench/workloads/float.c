/* Scalar double precision: bodies that attract each other, and a Mandelbrot set. */
#include "workload.h"
#ifndef NATIVE
static double sqrt(double x) { double r; __asm__("fsqrt %d0, %d1" : "=w"(r) : "w"(x)); return r; }
#else
#include <math.h>
#endif

struct body { double x, y, z, vx, vy, vz, mass; };
static struct body bodies[5] = {
	{ 0, 0, 0, 0, 0, 0, 39.47841760435743 },
	{ 4.84, -1.16, -0.10, 0.606, 2.81, -0.02, 0.0376 },
	{ 8.34, 4.12, -0.4, -1.01, 1.82, 0.008, 0.0113 },
	{ 12.89, -15.11, -0.22, 1.08, 0.868, -0.01, 0.0017 },
	{ 15.37, -25.9, 0.179, 0.979, 0.594, -0.034, 0.002 },
};

static void advance(double dt)
{
	for (int i = 0; i < 5; i++) {
		struct body *a = &bodies[i];
		for (int j = i + 1; j < 5; j++) {
			struct body *b = &bodies[j];
			double dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z;
			double d2 = dx * dx + dy * dy + dz * dz;
			double mag = dt / (d2 * sqrt(d2));
			a->vx -= dx * b->mass * mag; a->vy -= dy * b->mass * mag; a->vz -= dz * b->mass * mag;
			b->vx += dx * a->mass * mag; b->vy += dy * a->mass * mag; b->vz += dz * a->mass * mag;
		}
	}
	for (int i = 0; i < 5; i++) {
		struct body *b = &bodies[i];
		b->x += dt * b->vx; b->y += dt * b->vy; b->z += dt * b->vz;
	}
}

static unsigned mandelbrot(int size)
{
	unsigned inside = 0;
	for (int i = 0; i < size; i++)
		for (int j = 0; j < size; j++) {
			double cr = 3.0 * j / size - 2.0, ci = 2.0 * i / size - 1.0, r = 0, m = 0;
			int k = 0;
			while (k < 100 && r * r + m * m < 4.0) { double t = r * r - m * m + cr; m = 2.0 * r * m + ci; r = t; k++; }
			inside += (unsigned)k;
		}
	return inside;
}

uint64_t workload(void)
{
	for (int i = 0; i < 300000 * TIMES; i++) advance(0.001);
	uint64_t bits;
	__builtin_memcpy(&bits, &bodies[0].x, 8);
	for (int i = 0; i < TIMES; i++) bits += mandelbrot(560 + i);
	return bits;
}
