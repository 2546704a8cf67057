#include "bot/base/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <string.h>

struct digest digest_sha256(struct str bytes)
{
    struct digest out;

    SHA256((const unsigned char *)(bytes.at ? bytes.at : ""), bytes.len, out.bytes);
    return out;
}

struct digest digest_hmac(struct str key, const struct str *parts, size_t count)
{
    AUTO_BUF struct buf whole = BUF(SIZE_MAX / 4);
    struct digest out;
    unsigned int len = sizeof(out.bytes);

    for (size_t i = 0; i < count; i++)
        buf_add_str(&whole, parts[i]);
    if (!HMAC(EVP_sha256(), key.at ? key.at : "", (int)key.len, (const unsigned char *)buf_text(&whole), whole.len,
              out.bytes, &len))
        abort();
    return out;
}

struct digest_hex digest_hex(struct digest digest)
{
    AUTO_BUF struct buf buf = BUF(64);
    struct digest_hex out;

    hex_add(&buf, digest.bytes, sizeof(digest.bytes));
    memcpy(out.text, buf.at, sizeof(out.text));
    return out;
}

bool digest_equal(struct digest a, struct digest b)
{
    return CRYPTO_memcmp(a.bytes, b.bytes, sizeof(a.bytes)) == 0;
}

void hex_add(struct buf *buf, const void *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *at = bytes;

    for (size_t i = 0; i < len; i++) {
        buf_putc(buf, digits[at[i] >> 4]);
        buf_putc(buf, digits[at[i] & 15]);
    }
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

bool hex_decode(struct str hex, unsigned char *bytes, size_t len)
{
    if (hex.len != 2 * len)
        return false;
    for (size_t i = 0; i < len; i++) {
        int high = hex_digit(hex.at[2 * i]), low = hex_digit(hex.at[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        bytes[i] = (unsigned char)(high << 4 | low);
    }
    return true;
}

void base64_add(struct buf *buf, struct str bytes)
{
    AUTO_FREE char *text = xcalloc(bytes.len / 3 + 2, 4);
    int len = EVP_EncodeBlock((unsigned char *)text, (const unsigned char *)(bytes.at ? bytes.at : ""), (int)bytes.len);

    buf_add(buf, text, (size_t)len);
}

void base64url_add(struct buf *buf, struct str bytes)
{
    AUTO_BUF struct buf plain = BUF(SIZE_MAX / 4);

    base64_add(&plain, bytes);
    for (size_t i = 0; i < plain.len && plain.at[i] != '='; i++)
        buf_putc(buf, plain.at[i] == '+' ? '-' : plain.at[i] == '/' ? '_' : plain.at[i]);
}

static int base64url_digit(char c)
{
    return c >= 'A' && c <= 'Z'   ? c - 'A'
           : c >= 'a' && c <= 'z' ? c - 'a' + 26
           : c >= '0' && c <= '9' ? c - '0' + 52
           : c == '-'             ? 62
           : c == '_'             ? 63
                                  : -1;
}

bool base64url_decode(struct buf *buf, struct str text)
{
    unsigned bits = 0, count = 0;

    for (size_t i = 0; i < text.len; i++) {
        int digit = base64url_digit(text.at[i]);

        if (digit < 0)
            return false;
        bits = (bits << 6 | (unsigned)digit) & 0xffff;
        count += 6;
        if (count >= 8) {
            count -= 8;
            buf_putc(buf, (char)(bits >> count & 0xff));
        }
    }
    return text.len % 4 != 1 && !buf->failed;
}
