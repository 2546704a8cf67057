#include "jwt.h"

#include <string.h>

struct part { /* decoded bytes between two dots */
    unsigned char bytes[JWT_MAX_BYTES];
    size_t len;
};

static int value_of(char c)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const char *found = c ? strchr(alphabet, c) : NULL;

    return found ? (int)(found - alphabet) : -1;
}

/* base64url without padding: a '=' is as wrong as any other stranger. */
static bool decode(struct str text, struct part *part)
{
    unsigned bits = 0, have = 0;

    part->len = 0;
    for (size_t i = 0; i < text.len; i++) {
        int value = value_of(text.at[i]);

        if (value < 0 || part->len == sizeof part->bytes)
            return false;
        bits = (bits << 6 | (unsigned)value) & 0xFFFF;
        have += 6;
        if (have >= 8) {
            have -= 8;
            part->bytes[part->len++] = (unsigned char)(bits >> have & 0xFF);
        }
    }
    return text.len % 4 != 1;
}

static cJSON *decode_json(struct str text)
{
    struct part part;
    cJSON *tree = NULL;
    struct error err;

    if (!decode(text, &part) || !json_parse((struct str){ (const char *)part.bytes, part.len }, &tree, &err))
        return NULL;
    return tree;
}

bool jwt_decode(const char *token, struct jwt *ret_jwt)
{
    struct str rest = str_of(token);
    struct str header_text = str_take_until(&rest, '.'), claims_text = str_take_until(&rest, '.');

    *ret_jwt = (struct jwt){
        .header = decode_json(header_text),
        .claims = decode_json(claims_text),
        .signed_text = { token, header_text.len + 1 + claims_text.len },
        .signature = rest,
    };
    return ret_jwt->header && ret_jwt->claims && !str_is_empty(rest);
}

bool jwt_is_signed(const struct jwt *jwt, EVP_PKEY *key)
{
    struct part mac;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context && decode(jwt->signature, &mac) &&
                EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
                EVP_DigestVerify(context, mac.bytes, mac.len, (const unsigned char *)jwt->signed_text.at,
                                 jwt->signed_text.len) == 1;

    EVP_MD_CTX_free(context);
    return good;
}

void jwt_finish(struct jwt *jwt)
{
    cJSON_Delete(jwt->header);
    cJSON_Delete(jwt->claims);
}
