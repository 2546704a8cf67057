#include "bot/base/ed25519.h"

#include "bot/base/digest.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>

#define SIGNATURE_BYTES 64
#define SIGNATURE_BASE64 88

static void auto_key_free(EVP_PKEY **key)
{
    EVP_PKEY_free(*key);
}
#define AUTO_KEY __attribute__((cleanup(auto_key_free)))

static void auto_context_free(EVP_MD_CTX **context)
{
    EVP_MD_CTX_free(*context);
}
#define AUTO_CONTEXT __attribute__((cleanup(auto_context_free)))

static void auto_bio_free(BIO **bio)
{
    BIO_free(*bio);
}
#define AUTO_BIO __attribute__((cleanup(auto_bio_free)))

static int refuse_passphrase(char *text, int size, int is_writing, void *arg) /* OpenSSL would ask at the terminal */
{
    (void)text, (void)size, (void)is_writing, (void)arg;
    return -1;
}

static EVP_PKEY *read_private(const char *pem, struct error *err)
{
    AUTO_BIO BIO *bio = BIO_new_mem_buf(pem, -1);
    AUTO_KEY EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, refuse_passphrase, NULL) : NULL;

    ERR_clear_error();
    if (key && EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519)
        return TAKE(key);
    error_set(err, ERR_INVALID,
              "it is no private key of Ed25519 in PEM without a passphrase: `opsgate audit keygen` makes one");
    return NULL;
}

static bool take_public(const EVP_PKEY *key, struct ed25519_key *ret_key)
{
    size_t len = sizeof(ret_key->bytes);
    struct digest digest;

    if (EVP_PKEY_get_base_id(key) != EVP_PKEY_ED25519 || EVP_PKEY_get_raw_public_key(key, ret_key->bytes, &len) != 1)
        return false;
    digest = digest_sha256((struct str){ (const char *)ret_key->bytes, sizeof(ret_key->bytes) });
    memcpy(ret_key->name.text, digest_hex(digest).text, sizeof(ret_key->name.text) - 1);
    ret_key->name.text[sizeof(ret_key->name.text) - 1] = '\0';
    return true;
}

bool ed25519_public_of(const char *pem, struct ed25519_key *ret_key, struct error *err)
{
    AUTO_KEY EVP_PKEY *key = read_private(pem, err);

    return key && (take_public(key, ret_key) || error_set(err, ERR_INTERNAL, "its public key cannot be told"));
}

const char *ed25519_sign(const char *pem, struct str text, struct arena *arena, struct error *err)
{
    AUTO_KEY EVP_PKEY *key = read_private(pem, err);
    AUTO_CONTEXT EVP_MD_CTX *context = EVP_MD_CTX_new();
    AUTO_BUF struct buf base64 = BUF(SIGNATURE_BASE64);
    unsigned char signature[SIGNATURE_BYTES];
    size_t len = sizeof(signature);

    if (!key)
        return NULL;
    if (!context || EVP_DigestSignInit(context, NULL, NULL, NULL, key) != 1 ||
        EVP_DigestSign(context, signature, &len, (const unsigned char *)text.at, text.len) != 1) {
        error_set(err, ERR_INTERNAL, "the signature could not be made");
        return NULL;
    }
    base64_add(&base64, (struct str){ (const char *)signature, len });
    return arena_strdup(arena, buf_text(&base64));
}

bool ed25519_read_public(const char *pem, struct ed25519_keys *ret_keys, struct error *err)
{
    AUTO_BIO BIO *bio = BIO_new_mem_buf(pem, -1);
    struct ed25519_keys keys = { .count = 0 };

    for (;;) {
        AUTO_KEY EVP_PKEY *key = bio ? PEM_read_bio_PUBKEY(bio, NULL, refuse_passphrase, NULL) : NULL;

        ERR_clear_error();
        if (!key)
            break;
        if (keys.count == ED25519_KEYS_MAX)
            return error_set(err, ERR_INVALID, "more than %d keys", ED25519_KEYS_MAX);
        if (!take_public(key, &keys.keys[keys.count++]))
            return error_set(err, ERR_INVALID, "its key number %zu is none of Ed25519", keys.count);
    }
    if (keys.count == 0)
        return error_set(err, ERR_INVALID,
                         "no public key is in it: what `opsgate audit keygen` tells, from "
                         "-----BEGIN PUBLIC KEY----- on");
    *ret_keys = keys;
    return true;
}

static bool decode_signature(const char *text, unsigned char bytes[static SIGNATURE_BYTES])
{
    unsigned char decoded[SIGNATURE_BASE64];

    if (strlen(text) != SIGNATURE_BASE64 ||
        EVP_DecodeBlock(decoded, (const unsigned char *)text, SIGNATURE_BASE64) != SIGNATURE_BYTES + 2)
        return false;
    memcpy(bytes, decoded, SIGNATURE_BYTES);
    return true;
}

bool ed25519_verify(const struct ed25519_key *key, struct str text, const char *signature)
{
    AUTO_KEY EVP_PKEY *public = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key->bytes, sizeof(key->bytes));
    AUTO_CONTEXT EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned char bytes[SIGNATURE_BYTES];
    bool is_good = public && context && decode_signature(signature, bytes) &&
                   EVP_DigestVerifyInit(context, NULL, NULL, NULL, public) == 1 &&
                   EVP_DigestVerify(context, bytes, sizeof(bytes), (const unsigned char *)text.at, text.len) == 1;

    ERR_clear_error();
    return is_good;
}

static char *bio_text(BIO *bio, struct arena *arena)
{
    char *at;
    long len = BIO_get_mem_data(bio, &at);
    char *text = arena_copy(arena, (struct str){ at, len > 0 ? (size_t)len : 0 });

    if (len > 0)
        explicit_bzero(at, (size_t)len);
    return text;
}

bool ed25519_generate(struct arena *arena, char **ret_private, char **ret_public, struct error *err)
{
    AUTO_KEY EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    AUTO_BIO BIO *private = BIO_new(BIO_s_mem());
    AUTO_BIO BIO *public = BIO_new(BIO_s_mem());

    if (!key || !private || !public || PEM_write_bio_PKCS8PrivateKey(private, key, NULL, NULL, 0, NULL, NULL) != 1 ||
        PEM_write_bio_PUBKEY(public, key) != 1)
        return error_set(err, ERR_INTERNAL, "no key could be made");
    *ret_private = bio_text(private, arena);
    *ret_public = bio_text(public, arena);
    return true;
}
