// SPDX-License-Identifier: MIT
/*
 * Digests over OpenSSL's EVP.
 */
#include "image/digest.h"

#include <openssl/evp.h>
#include <string.h>

static const struct algorithm {
	const char *name;
	size_t digits;
	const EVP_MD *(*md)(void);
} algorithms[] = {
	{ "sha256", 64, EVP_sha256 },
	{ "sha512", 128, EVP_sha512 },
};

struct gnv_hash {
	struct gnv_digest expected;
	const struct algorithm *algorithm;
	EVP_MD_CTX *context;
};

static const struct algorithm *find_algorithm(const char *text, size_t length)
{
	size_t i;

	for (i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++)
		if (strlen(algorithms[i].name) == length &&
		    !memcmp(algorithms[i].name, text, length))
			return &algorithms[i];
	return NULL;
}

int gnv_digest_parse(const char *text, struct gnv_digest *ret)
{
	const struct algorithm *algorithm;
	const char *colon = strchr(text, ':');
	size_t digits;

	if (!colon || colon == text || !colon[1])
		return -EINVAL;
	/* The grammar of OCI, of which the known algorithms use a small part. */
	if (strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789+._-") != (size_t)(colon - text))
		return -EINVAL;
	algorithm = find_algorithm(text, (size_t)(colon - text));
	if (!algorithm)
		return -EOPNOTSUPP;
	digits = strspn(colon + 1, "0123456789abcdef");
	if (digits != algorithm->digits || colon[1 + digits])
		return -EINVAL;
	memcpy(ret->text, text, strlen(text) + 1);
	return 0;
}

const char *gnv_digest_hex(const struct gnv_digest *digest)
{
	return strchr(digest->text, ':') + 1;
}

const char *gnv_digest_path(const struct gnv_digest *digest, char buf[GNV_DIGEST_PATH_LEN])
{
	memcpy(buf, digest->text, GNV_DIGEST_PATH_LEN);
	*strchr(buf, ':') = '/';
	return buf;
}

bool gnv_digest_equal(const struct gnv_digest *a, const struct gnv_digest *b)
{
	return !strcmp(a->text, b->text);
}

int gnv_hash_start(const struct gnv_digest *expected, struct gnv_hash **ret,
		   struct gnv_error **err)
{
	_cleanup_hash_ struct gnv_hash *hash = calloc(1, sizeof(*hash));

	if (!hash)
		return gnv_error_errno(err, ENOMEM, "compute a digest");
	hash->expected = *expected;
	hash->algorithm = find_algorithm(expected->text,
					 strcspn(expected->text, ":"));
	hash->context = EVP_MD_CTX_new();
	if (!hash->context)
		return gnv_error_errno(err, ENOMEM, "compute a digest");
	if (EVP_DigestInit_ex(hash->context, hash->algorithm->md(), NULL) != 1)
		return gnv_error_set(err, EIO, "libcrypto refuses to compute %s",
				     hash->algorithm->name);
	*ret = STEAL_PTR(hash);
	return 0;
}

int gnv_hash_add(struct gnv_hash *hash, const void *data, size_t length,
		 struct gnv_error **err)
{
	if (EVP_DigestUpdate(hash->context, data, length) != 1)
		return gnv_error_set(err, EIO, "libcrypto fails to compute %s",
				     hash->algorithm->name);
	return 0;
}

int gnv_hash_verify(struct gnv_hash *hash, struct gnv_error **err)
{
	unsigned char raw[EVP_MAX_MD_SIZE];
	char hex[2 * EVP_MAX_MD_SIZE + 1];
	unsigned int length = 0, i;

	if (EVP_DigestFinal_ex(hash->context, raw, &length) != 1)
		return gnv_error_set(err, EIO, "libcrypto fails to compute %s",
				     hash->algorithm->name);
	for (i = 0; i < length; i++)
		snprintf(hex + 2 * i, 3, "%02x", raw[i]);
	if (strcmp(hex, gnv_digest_hex(&hash->expected)) != 0)
		return gnv_error_set(err, EBADMSG, "its digest is %s:%s, it should be %s",
				     hash->algorithm->name, hex, hash->expected.text);
	return 0;
}

void gnv_hash_free(struct gnv_hash *hash)
{
	if (!hash)
		return;
	EVP_MD_CTX_free(hash->context);
	free(hash);
}

int gnv_digest_verify(const struct gnv_digest *expected, const void *data, size_t length,
		      struct gnv_error **err)
{
	_cleanup_hash_ struct gnv_hash *hash = NULL;
	int r = gnv_hash_start(expected, &hash, err);

	if (r < 0)
		return r;
	r = gnv_hash_add(hash, data, length, err);
	if (r < 0)
		return r;
	return gnv_hash_verify(hash, err);
}
