/* Fourier transforms of several lengths, there and back. */
#include <stdio.h>
#include <stdlib.h>
#include "kiss_fft.h"
#include "kiss_fftr.h"

static int transform(int length)
{
	kiss_fft_cpx *in = malloc(length * sizeof *in), *out = malloc(length * sizeof *out);
	kiss_fft_cfg there = kiss_fft_alloc(length, 0, NULL, NULL), back = kiss_fft_alloc(length, 1, NULL, NULL);
	double worst = 0;

	if (!in || !out || !there || !back)
		return 1;
	for (int n = 0; n < length; n++) {
		in[n].r = n % 17 - 8;
		in[n].i = n % 5;
	}
	kiss_fft(there, in, out);
	kiss_fft(back, out, in);
	for (int n = 0; n < length; n++) {
		double off = in[n].r / length - (n % 17 - 8);

		if (off * off > worst)
			worst = off * off;
	}
	printf("%d: %.4f %.4f %s\n", length, out[1].r, out[1].i, worst < 1e-9 ? "same" : "differs");
	free(in);
	free(out);
	kiss_fft_free(there);
	kiss_fft_free(back);
	return 0;
}

static int transform_real(int length)
{
	kiss_fft_scalar *in = malloc(length * sizeof *in);
	kiss_fft_cpx *out = malloc((length / 2 + 1) * sizeof *out);
	kiss_fftr_cfg there = kiss_fftr_alloc(length, 0, NULL, NULL);

	if (!in || !out || !there)
		return 1;
	for (int n = 0; n < length; n++)
		in[n] = n % 23 - 11;
	kiss_fftr(there, in, out);
	printf("%d: %.4f %.4f\n", length, out[2].r, out[2].i);
	free(in);
	free(out);
	kiss_fftr_free(there);
	return 0;
}

int main(void)
{
	static const int lengths[] = { 1024, 1000, 768, 625, 343 };
	int failed = 0;

	for (size_t n = 0; n < sizeof lengths / sizeof *lengths; n++)
		failed |= transform(lengths[n]);
	return failed | transform_real(2048) | transform_real(1200);
}
