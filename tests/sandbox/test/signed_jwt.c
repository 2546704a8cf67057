#include "signed_jwt.h"

#include "bot/base/digest.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}

EVP_PKEY *signed_jwt_key(const char *pem)
{
    BIO *memory = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key = memory ? PEM_read_bio_PrivateKey(memory, NULL, NULL, NULL) : NULL;

    if (!key)
        die("no private key in this PEM");
    BIO_free(memory);
    return key;
}

void signed_jwt_add(struct buf *buf, const char *header, const char *claims, EVP_PKEY *key)
{
    unsigned char mac[512];
    size_t len = sizeof mac, start = buf->len;
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    base64url_add(buf, str_of(header));
    buf_putc(buf, '.');
    base64url_add(buf, str_of(claims));
    if (EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) != 1 ||
        EVP_DigestSign(context, mac, &len, (const unsigned char *)buf->at + start, buf->len - start) != 1)
        die("cannot sign a JWT");
    EVP_MD_CTX_free(context);
    buf_putc(buf, '.');
    base64url_add(buf, (struct str){ (const char *)mac, len });
}
