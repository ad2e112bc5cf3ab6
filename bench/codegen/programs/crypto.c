/* Hashes and ciphers over a buffer, and one modular power. */
#include <stdio.h>
#include <string.h>
#include "mbedtls/aes.h"
#include "mbedtls/bignum.h"
#include "mbedtls/chacha20.h"
#include "mbedtls/md5.h"
#include "mbedtls/sha1.h"
#include "mbedtls/sha256.h"
#include "mbedtls/sha512.h"

static unsigned char data[8192];

static void show(const char *name, const unsigned char *bytes, int count)
{
	printf("%s ", name);
	for (int n = 0; n < count; n++)
		printf("%02x", bytes[n]);
	printf("\n");
}

int main(void)
{
	unsigned char out[64], key[32] = "0123456789abcdef0123456789abcde", iv[16] = "initial vector";
	mbedtls_aes_context aes;
	mbedtls_mpi a, e, m, x;
	unsigned seed = 3;

	for (size_t n = 0; n < sizeof data; n++) {
		seed = seed * 1664525u + 1013904223u;
		data[n] = seed >> 24;
	}
	mbedtls_md5_ret(data, sizeof data, out);
	show("md5", out, 16);
	mbedtls_sha1_ret(data, sizeof data, out);
	show("sha1", out, 20);
	mbedtls_sha256_ret(data, sizeof data, out, 0);
	show("sha256", out, 32);
	mbedtls_sha512_ret(data, sizeof data, out, 0);
	show("sha512", out, 64);
	mbedtls_aes_init(&aes);
	mbedtls_aes_setkey_enc(&aes, key, 256);
	mbedtls_aes_crypt_cbc(&aes, MBEDTLS_AES_ENCRYPT, sizeof data, iv, data, data);
	mbedtls_sha256_ret(data, sizeof data, out, 0);
	show("aes", out, 32);
	mbedtls_chacha20_crypt(key, iv, 1, sizeof data, data, data);
	mbedtls_sha256_ret(data, sizeof data, out, 0);
	show("chacha20", out, 32);
	mbedtls_mpi_init(&a);
	mbedtls_mpi_init(&e);
	mbedtls_mpi_init(&m);
	mbedtls_mpi_init(&x);
	mbedtls_mpi_read_binary(&a, data, 64);
	mbedtls_mpi_read_binary(&e, data + 64, 8);
	data[191] |= 1;
	mbedtls_mpi_read_binary(&m, data + 128, 64);
	if (mbedtls_mpi_exp_mod(&x, &a, &e, &m, NULL) != 0)
		return 1;
	mbedtls_mpi_write_binary(&x, out, 64);
	show("power", out, 64);
	return 0;
}
