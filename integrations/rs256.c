#include "integrations/rs256.h"

#include "bot/base/digest.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#define KEY_MAX_BITS 8192

static void auto_key_free(EVP_PKEY **key)
{
    EVP_PKEY_free(*key);
}

static void auto_context_free(EVP_MD_CTX **context)
{
    EVP_MD_CTX_free(*context);
}

static void auto_bio_free(BIO **bio)
{
    BIO_free(*bio);
}

static int refuse_passphrase(char *text, int size, int is_writing, void *arg) /* OpenSSL would ask at the terminal */
{
    (void)text, (void)size, (void)is_writing, (void)arg;
    return -1;
}

static EVP_PKEY *read_pem(const char *pem)
{
    __attribute__((cleanup(auto_bio_free))) BIO *bio = BIO_new_mem_buf(pem, -1);

    return bio ? PEM_read_bio_PrivateKey(bio, NULL, refuse_passphrase, NULL) : NULL;
}

bool rs256_sign(struct buf *jwt, const char *pem)
{
    __attribute__((cleanup(auto_key_free))) EVP_PKEY *key = read_pem(pem);
    __attribute__((cleanup(auto_context_free))) EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned char signature[KEY_MAX_BITS / 8];
    size_t len = sizeof(signature);

    if (!key || !context || EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA ||
        EVP_PKEY_get_size(key) > (int)sizeof(signature))
        return false;
    if (EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) != 1 ||
        EVP_DigestSign(context, signature, &len, (const unsigned char *)jwt->at, jwt->len) != 1)
        return false;
    buf_putc(jwt, '.');
    base64url_add(jwt, (struct str){ (const char *)signature, len });
    return true;
}
