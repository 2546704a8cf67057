/* Digests, hex and base64 against published vectors. */
#include "tests/unit/rows.h"

#include "bot/base/digest.h"

#include <string.h>

/* ---- SHA-256: FIPS 180-4, examples of NIST ---- */

static const struct sha_row {
    const char *name, *text;
    size_t times;
    const char *hex;
} sha_rows[] = {
    { "nothing", "", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
    { "one block", "abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
    { "two blocks", "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
    { "a million letters", "a", 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0" },
};

static void check_sha(void **state)
{
    const struct sha_row *row = *state;
    AUTO_BUF struct buf text = BUF(1000000);

    for (size_t i = 0; i < row->times; i++)
        buf_puts(&text, row->text);
    assert_string_equal(digest_hex(digest_sha256(buf_str(&text))).text, row->hex);
}

/* ---- HMAC-SHA256: RFC 4231 ---- */

static const struct hmac_row {
    const char *name;
    char key_byte; /* 0: the key is `key` */
    const char *key;
    size_t key_len;
    const char *parts[3];
    const char *hex;
} hmac_rows[] = {
    { "test case 1",
      0x0b,
      NULL,
      20,
      { "Hi There" },
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
    { "test case 2",
      0,
      "Jefe",
      4,
      { "what do ya want ", "for nothing?" },
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
    { "test case 6: a key longer than a block",
      (char)0xaa,
      NULL,
      131,
      { "Test Using Larger Than Block-Size Key - Hash Key First" },
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
    { "test case 7: both longer than a block, in three parts",
      (char)0xaa,
      NULL,
      131,
      { "This is a test using a larger than block-size key and a larger than block-size data. ",
        "The key needs to be hashed before being used", " by the HMAC algorithm." },
      "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2" },
};

static void check_hmac(void **state)
{
    const struct hmac_row *row = *state;
    char key[131];
    struct str parts[3];
    size_t count = 0;

    memset(key, row->key_byte, sizeof(key));
    if (row->key)
        memcpy(key, row->key, row->key_len);
    for (; count < 3 && row->parts[count]; count++)
        parts[count] = str_of(row->parts[count]);
    assert_string_equal(digest_hex(digest_hmac((struct str){ key, row->key_len }, parts, count)).text, row->hex);
}

/* ---- base64: RFC 4648, section 10; base64url: RFC 7515, appendix C ---- */

static const struct base64_row {
    const char *name, *bytes, *text, *url;
} base64_rows[] = {
    { "nothing", "", "", "" },
    { "one byte", "f", "Zg==", "Zg" },
    { "two bytes", "fo", "Zm8=", "Zm8" },
    { "three bytes", "foo", "Zm9v", "Zm9v" },
    { "four bytes", "foob", "Zm9vYg==", "Zm9vYg" },
    { "six bytes", "foobar", "Zm9vYmFy", "Zm9vYmFy" },
    { "the two letters that differ", "\x03\xec\xff\xe0\xc1", "A+z/4ME=", "A-z_4ME" },
};

static void check_base64(void **state)
{
    const struct base64_row *row = *state;
    AUTO_BUF struct buf text = BUF(100), url = BUF(100);

    base64_add(&text, str_of(row->bytes));
    base64url_add(&url, str_of(row->bytes));
    assert_string_equal(buf_text(&text), row->text);
    assert_string_equal(buf_text(&url), row->url);
}

/* ---- hex ---- */

static const struct hex_row {
    const char *name, *hex;
    bool is_good;
} hex_rows[] = {
    { "either case", "00fFAb", true },
    { "a digit too few", "00ffa", false },
    { "a digit too many", "00ffab0", false },
    { "no digit", "00ffag", false },
    { "nothing", "", false },
    { "a sign", "+0ffab", false },
    { "a byte too many", "00ffab00", false },
};

static void check_hex(void **state)
{
    const struct hex_row *row = *state;
    unsigned char bytes[3];

    assert_int_equal(hex_decode(str_of(row->hex), bytes, sizeof(bytes)), row->is_good);
    if (row->is_good)
        assert_memory_equal(bytes, "\x00\xff\xab", 3);
}

static void check_equal(void **state)
{
    struct digest a = digest_sha256(str_of("a")), b = a;

    (void)state;
    assert_true(digest_equal(a, b));
    b.bytes[31] ^= 1;
    assert_false(digest_equal(a, b));
}

int main(void)
{
    const struct CMUnitTest tests[] = { { "one bit makes two digests differ", check_equal, NULL, NULL, NULL } };
    int failed = ROWS(sha_rows, check_sha) + ROWS(hmac_rows, check_hmac) + ROWS(base64_rows, check_base64) +
                 ROWS(hex_rows, check_hex);

    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
