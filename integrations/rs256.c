#include "integrations/rs256.h"

#include "bot/base/digest.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
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

static void auto_number_free(BIGNUM **number)
{
    BN_free(*number);
}

static void auto_parameters_free(OSSL_PARAM **parameters)
{
    OSSL_PARAM_free(*parameters);
}

static void auto_builder_free(OSSL_PARAM_BLD **builder)
{
    OSSL_PARAM_BLD_free(*builder);
}

static void auto_key_context_free(EVP_PKEY_CTX **context)
{
    EVP_PKEY_CTX_free(*context);
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

/* ---- is it signed? ---- */

static BIGNUM *read_number(const char *base64url)
{
    AUTO_BUF struct buf bytes = BUF(KEY_MAX_BITS / 8);

    if (!base64url || !base64url_decode(&bytes, str_of(base64url)) || bytes.len == 0)
        return NULL;
    return BN_bin2bn((const unsigned char *)bytes.at, (int)bytes.len, NULL);
}

static EVP_PKEY *make_key(const char *modulus, const char *exponent)
{
    __attribute__((cleanup(auto_number_free))) BIGNUM *n = read_number(modulus);
    __attribute__((cleanup(auto_number_free))) BIGNUM *e = read_number(exponent);
    __attribute__((cleanup(auto_builder_free))) OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    __attribute__((cleanup(auto_parameters_free))) OSSL_PARAM *parameters = NULL;
    __attribute__((cleanup(auto_key_context_free))) EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    EVP_PKEY *key = NULL;

    if (!n || !e || !builder || !context || BN_num_bits(n) < RS256_KEY_MIN_BITS ||
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) != 1 ||
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) != 1)
        return NULL;
    parameters = OSSL_PARAM_BLD_to_param(builder);
    if (!parameters || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1)
        return NULL;
    return key;
}

bool rs256_is_signed(struct str text, struct str signature, const char *modulus, const char *exponent)
{
    __attribute__((cleanup(auto_key_free))) EVP_PKEY *key = make_key(modulus, exponent);
    __attribute__((cleanup(auto_context_free))) EVP_MD_CTX *context = EVP_MD_CTX_new();
    AUTO_BUF struct buf bytes = BUF(KEY_MAX_BITS / 8);

    if (!key || !context || !base64url_decode(&bytes, signature) || bytes.len == 0)
        return false;
    return EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
           EVP_DigestVerify(context, (const unsigned char *)bytes.at, bytes.len, (const unsigned char *)text.at,
                            text.len) == 1;
}
