#include "tests/unit/scripted_exchange.h"

#include "bot/base/digest.h"
#include "integrations/google/assertion.h"
#include "integrations/google/token.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#define METADATA "GET http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token"
#define GRANT "POST https://oauth2.googleapis.com/token"
#define FLAVOR                                                                                                         \
    {                                                                                                                  \
        "metadata-flavor", "Google"                                                                                    \
    }
#define TOKEN "{\"access_token\":\"ya29.abc\",\"expires_in\":3599,\"token_type\":\"Bearer\"}"
#define RESULT "{\"access_token\":\"ya29.abc\",\"expires_in\":3599}"
#define ASSERTION "{\"assertion\":\"aa.bb.cc-_\"}"
#define IDENTITY_FOR                                                                                                   \
    "GET http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/identity?format=full&"   \
    "audience="
#define IDENTITY IDENTITY_FOR "https%3A%2F%2Fapi.a.run.app"
#define FOR_API "{\"audience\":\"https://api.a.run.app\"}"
#define JWT_OF(claims) "eyJhbGciOiJSUzI1NiJ9." claims ".c2ln"
#define JWT                                                                                                            \
    JWT_OF("eyJhdWQiOiJodHRwczovL2FwaS5hLnJ1bi5hcHAiLCJleHAiOjE3MDAxMDM2MDB9") /* ends an hour after the scripts' now  \
                                                                                */
#define IDENTITY_RESULT "{\"id_token\":\"" JWT "\",\"expires_in\":3600}"

static const struct scripted_row rows[] = {
    { "the metadata server gives a token", google_token_metadata, "{}",
      .calls = { { METADATA, { NULL }, NULL, 200, TOKEN, FLAVOR } }, .next = NEXT_DONE, .result = RESULT },
    { "a host that is no metadata server", google_token_metadata, "{}",
      .calls = { { METADATA, { NULL }, NULL, 200, TOKEN } }, .next = NEXT_NEVER, .error = "no Metadata-Flavor" },
    { "another flavor", google_token_metadata, "{}",
      .calls = { { METADATA, { NULL }, NULL, 200, TOKEN, { "metadata-flavor", "Amazon" } } }, .next = NEXT_NEVER },
    { "a machine without an account", google_token_metadata, "{}",
      .calls = { { METADATA, { NULL }, NULL, 404, "", FLAVOR } }, .next = NEXT_NEVER, .error = "no service account" },
    { "an account without scopes", google_token_metadata, "{}",
      .calls = { { METADATA, { NULL }, NULL, 403, "", FLAVOR } }, .next = NEXT_NEVER, .error = "lacks the scopes" },
    { "no metadata server at all", google_token_metadata, "{}", .calls = { { METADATA, { NULL }, NULL, 0, NULL } },
      .next = NEXT_AGAIN, .is_outage = true },
    { "a busy metadata server", google_token_metadata, "{}", .calls = { { METADATA, { NULL }, NULL, 503, "", FLAVOR } },
      .next = NEXT_AGAIN, .is_outage = true },
    { "a token that is no text", google_token_metadata, "{}",
      .calls = { { METADATA, { NULL }, NULL, 200, "{\"access_token\":7,\"expires_in\":3599}", FLAVOR } },
      .next = NEXT_AGAIN },
    { "a token that would break a header", google_token_metadata, "{}",
      .calls = { { METADATA, { NULL }, NULL, 200, "{\"access_token\":\"a\\r\\nX: y\",\"expires_in\":3599}", FLAVOR } },
      .next = NEXT_AGAIN, .error = "no token that can be used" },
    { "a token without an end", google_token_metadata, "{}",
      .calls = { { METADATA, { NULL }, NULL, 200, "{\"access_token\":\"ya29\"}", FLAVOR } }, .next = NEXT_AGAIN },
    { "no JSON", google_token_metadata, "{}", .calls = { { METADATA, { NULL }, NULL, 200, "ya29", FLAVOR } },
      .next = NEXT_AGAIN },

    { "an identity token is a bare JWT, and says when it ends", google_identity_metadata, FOR_API,
      .calls = { { IDENTITY, { NULL }, NULL, 200, JWT "\n", FLAVOR } }, .next = NEXT_DONE, .result = IDENTITY_RESULT },
    { "an identity token from another host", google_identity_metadata, FOR_API,
      .calls = { { IDENTITY, { NULL }, NULL, 200, JWT } }, .next = NEXT_NEVER, .error = "no Metadata-Flavor" },
    { "an identity token that has ended", google_identity_metadata, FOR_API,
      .calls = { { IDENTITY, { NULL }, NULL, 200, JWT_OF("eyJleHAiOjE3MDAwOTk5OTl9"), FLAVOR } }, .next = NEXT_AGAIN,
      .error = "no token that can be used" },
    { "an identity token that never ends", google_identity_metadata, FOR_API,
      .calls = { { IDENTITY, { NULL }, NULL, 200, JWT_OF("eyJleHAiOjE4MDAwMDAwMDB9"), FLAVOR } }, .next = NEXT_AGAIN },
    { "an identity token without an end", google_identity_metadata, FOR_API,
      .calls = { { IDENTITY, { NULL }, NULL, 200, JWT_OF("e30"), FLAVOR } }, .next = NEXT_AGAIN },
    { "claims that are no base64url", google_identity_metadata, FOR_API,
      .calls = { { IDENTITY, { NULL }, NULL, 200, JWT_OF("e+0/"), FLAVOR } }, .next = NEXT_AGAIN },
    { "no JWT", google_identity_metadata, FOR_API, .calls = { { IDENTITY, { NULL }, NULL, 200, "ya29", FLAVOR } },
      .next = NEXT_AGAIN, .error = "no token that can be used" },
    { "an empty answer", google_identity_metadata, FOR_API, .calls = { { IDENTITY, { NULL }, NULL, 200, "", FLAVOR } },
      .next = NEXT_AGAIN },
    { "an identity token that would break a header", google_identity_metadata, FOR_API,
      .calls = { { IDENTITY, { NULL }, NULL, 200, JWT "\r\nX: y", FLAVOR } }, .next = NEXT_AGAIN },
    { "a NUL in an identity token", google_identity_metadata, FOR_API,
      .calls = { { IDENTITY, { NULL }, NULL, 200, JWT "\0x", FLAVOR, .answer_len = sizeof(JWT) + 1 } },
      .next = NEXT_AGAIN, .error = "no token that can be used" },
    { "an audience is escaped in the address", google_identity_metadata, "{\"audience\":\"https://x/?a=b&c\"}",
      .calls = { { IDENTITY_FOR "https%3A%2F%2Fx%2F%3Fa%3Db%26c", { NULL }, NULL, 404, "", FLAVOR } },
      .next = NEXT_NEVER, .error = "no service account" },
    { "no audience", google_identity_metadata, "{}", .next = NEXT_NEVER, .error = "for an audience" },
    { "an assertion is granted an identity token", google_identity_grant, ASSERTION,
      .calls = { { GRANT, { "assertion=aa.bb.cc-_" }, NULL, 200, "{\"id_token\":\"" JWT "\"}" } }, .next = NEXT_DONE,
      .result = IDENTITY_RESULT },
    { "an access token where an identity was asked for", google_identity_grant, ASSERTION,
      .calls = { { GRANT, { NULL }, NULL, 200, TOKEN } }, .next = NEXT_AGAIN, .error = "no token that can be used" },
    { "an identity that is refused", google_identity_grant, ASSERTION,
      .calls = { { GRANT, { NULL }, NULL, 401, "{\"error\":\"invalid_grant\"}" } }, .next = NEXT_NEVER,
      .error = "invalid_grant" },
    { "no assertion for an identity", google_identity_grant, "{}", .next = NEXT_NEVER, .error = "no assertion" },

    { "an assertion is granted a token", google_token_grant, ASSERTION,
      .calls = { { GRANT,
                   { "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=aa.bb.cc-_" },
                   NULL,
                   200,
                   TOKEN } },
      .next = NEXT_DONE, .result = RESULT },
    { "an assertion that is refused", google_token_grant, ASSERTION,
      .calls = { { GRANT,
                   { NULL },
                   NULL,
                   400,
                   "{\"error\":\"invalid_grant\",\"error_description\":\"Invalid JWT Signature.\"}" } },
      .next = NEXT_NEVER, .error = "invalid_grant: Invalid JWT Signature." },
    { "a token server that is down", google_token_grant, ASSERTION, .calls = { { GRANT, { NULL }, NULL, 502, "" } },
      .next = NEXT_AGAIN, .is_outage = true },
    { "no assertion", google_token_grant, "{}", .next = NEXT_NEVER, .error = "no assertion" },
};

/* ---- the assertion ---- */

static char *pem_of(EVP_PKEY *key, const char *passphrase)
{
    BIO *memory = BIO_new(BIO_s_mem());
    char *bytes, *pem;
    long len;

    assert_int_equal(PEM_write_bio_PKCS8PrivateKey(memory, key, passphrase ? EVP_aes_128_cbc() : NULL, passphrase,
                                                   passphrase ? (int)strlen(passphrase) : 0, NULL, NULL),
                     1);
    len = BIO_get_mem_data(memory, &bytes);
    pem = str_copy((struct str){ bytes, (size_t)len });
    BIO_free(memory);
    return pem;
}

static char *key_file(const char *pem)
{
    AUTO_JSON cJSON *file = json_object();

    json_set_string(file, "type", "service_account");
    json_set_string(file, "private_key_id", "k1");
    json_set_string(file, "private_key", pem);
    json_set_string(file, "client_email", "opsgate@acme.iam.gserviceaccount.com");
    return json_print(file);
}

static void decode_base64url(struct str text, struct buf *out)
{
    unsigned char bytes[3];
    AUTO_BUF struct buf padded = BUF(16384);

    for (size_t i = 0; i < text.len; i++)
        buf_putc(&padded, text.at[i] == '-' ? '+' : text.at[i] == '_' ? '/' : text.at[i]);
    while (padded.len % 4)
        buf_putc(&padded, '=');
    for (size_t i = 0; i < padded.len; i += 4) {
        assert_int_equal(EVP_DecodeBlock(bytes, (const unsigned char *)padded.at + i, 4), 3);
        buf_add(out, bytes, 3u - (size_t)(padded.at[i + 2] == '=') - (size_t)(padded.at[i + 3] == '='));
    }
}

static void the_assertion_is_what_google_asks_for(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    AUTO_BUF struct buf header = BUF(4096), claims = BUF(4096), signature = BUF(4096);
    EVP_PKEY *key = EVP_RSA_gen(2048);
    AUTO_FREE char *pem = pem_of(key, NULL), *file = key_file(pem);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    const char *jwt;
    struct str rest, signed_part;
    struct error err;

    (void)state;
    assert_true(google_assertion_make(str_of(file), NULL, INT64_C(1700000000999), arena, &jwt, &err));
    rest = str_of(jwt);
    decode_base64url(str_take_until(&rest, '.'), &header);
    decode_base64url(str_take_until(&rest, '.'), &claims);
    signed_part = (struct str){ jwt, (size_t)(rest.at - jwt) - 1 };
    decode_base64url(rest, &signature);
    assert_string_equal(buf_text(&header), "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"k1\"}");
    assert_string_equal(buf_text(&claims),
                        "{\"iss\":\"opsgate@acme.iam.gserviceaccount.com\","
                        "\"scope\":\"https://www.googleapis.com/auth/cloud-platform\","
                        "\"aud\":\"https://oauth2.googleapis.com/token\",\"iat\":1700000000,\"exp\":1700003600}");
    assert_int_equal(EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key), 1);
    assert_int_equal(EVP_DigestVerify(context, (const unsigned char *)signature.at, signature.len,
                                      (const unsigned char *)signed_part.at, signed_part.len),
                     1);
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
}

static void an_assertion_for_an_identity_names_its_audience(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    AUTO_BUF struct buf claims = BUF(4096);
    EVP_PKEY *key = EVP_RSA_gen(2048);
    AUTO_FREE char *pem = pem_of(key, NULL), *file = key_file(pem);
    const char *jwt;
    struct str rest;
    struct error err;

    (void)state;
    assert_true(google_assertion_make(str_of(file), "https://api.a.run.app", 0, arena, &jwt, &err));
    rest = str_of(jwt);
    str_take_until(&rest, '.');
    decode_base64url(str_take_until(&rest, '.'), &claims);
    assert_string_equal(buf_text(&claims), "{\"iss\":\"opsgate@acme.iam.gserviceaccount.com\","
                                           "\"target_audience\":\"https://api.a.run.app\","
                                           "\"aud\":\"https://oauth2.googleapis.com/token\",\"iat\":0,\"exp\":3600}");
    EVP_PKEY_free(key);
}

static void refuse(const char *file, const char *error)
{
    AUTO(arena) struct arena *arena = arena_create();
    const char *jwt;
    struct error err;

    assert_false(google_assertion_make(str_of(file), NULL, 0, arena, &jwt, &err));
    assert_int_equal(err.code, ERR_INVALID);
    if (!strstr(err.message, error))
        fail_msg("no '%s' in: %s", error, err.message);
}

static void what_is_no_key_is_refused(void **state)
{
    EVP_PKEY *rsa = EVP_RSA_gen(2048), *ec = EVP_EC_gen("P-256");
    AUTO_FREE char *locked_pem = pem_of(rsa, "secret"), *ec_pem = pem_of(ec, NULL);
    AUTO_FREE char *locked = key_file(locked_pem), *elliptic = key_file(ec_pem), *garbage = key_file("-----BEGIN");

    (void)state;
    refuse("", "JSON");
    refuse("{}", "type: missing");
    refuse("{\"type\":\"authorized_user\",\"client_email\":\"a\",\"private_key\":\"b\"}", "service_account");
    refuse("{\"type\":\"service_account\",\"client_email\":\"a\"}", "private_key: missing");
    refuse(garbage, "RSA key in PEM");
    refuse(elliptic, "RSA key in PEM");
    refuse(locked, "RSA key in PEM"); /* and nobody is asked for a passphrase */
    EVP_PKEY_free(rsa);
    EVP_PKEY_free(ec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_assertion_is_what_google_asks_for),
        cmocka_unit_test(an_assertion_for_an_identity_names_its_audience),
        cmocka_unit_test(what_is_no_key_is_refused),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    return failed + RUN_SCRIPTED(rows);
}
