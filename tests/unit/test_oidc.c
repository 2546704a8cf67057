/* Sign-in with a provider: an ID token is believed when all of it is right and never else, what the provider is asked
 * for, and who that is then. */
#include "tests/unit/scripted_exchange.h"

#include "bot/base/digest.h"
#include "bot/base/time.h"
#include "integrations/oidc/doctor.h"
#include "integrations/oidc/id_token.h"
#include "integrations/oidc/sign_in.h"
#include "integrations/rs256.h"
#include "tests/unit/rows.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#define NOW_S INT64_C(1700100000) /* as scripts have it */
#define ISSUER "https://login.example"
#define CLIENT "client-7"
#define NONCE "nonce-of-this-sign-in"
#define HEADER "{'alg':'RS256','kid':'one'}"
#define CLAIMS(more)                                                                                                   \
    "{'iss':'" ISSUER "','aud':'" CLIENT "','sub':'u1','exp':1700100300,'iat':1700100000,'nonce':'" NONCE "'" more "}"
#define GOOD_CLAIMS CLAIMS("")

/* ---- keys, made once ---- */

static struct made_key {
    EVP_PKEY *key;
    char *pem;
    char n[1024], e[16];
} keys[3]; /* the provider's, another one, and one that is too short */

static void add_number(EVP_PKEY *key, const char *parameter, char *out, size_t room)
{
    AUTO_BUF struct buf text = BUF(1024);
    unsigned char bytes[512];
    BIGNUM *number = NULL;

    assert_int_equal(EVP_PKEY_get_bn_param(key, parameter, &number), 1);
    base64url_add(&text, (struct str){ (const char *)bytes, (size_t)BN_bn2bin(number, bytes) });
    snprintf(out, room, "%s", buf_text(&text));
    BN_free(number);
}

static int make_keys(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        BIO *memory = BIO_new(BIO_s_mem());
        char *bytes;
        long len;

        keys[i].key = EVP_RSA_gen(i == 2 ? 1024 : 2048);
        assert_int_equal(PEM_write_bio_PKCS8PrivateKey(memory, keys[i].key, NULL, NULL, 0, NULL, NULL), 1);
        len = BIO_get_mem_data(memory, &bytes);
        keys[i].pem = str_copy((struct str){ bytes, (size_t)len });
        BIO_free(memory);
        add_number(keys[i].key, OSSL_PKEY_PARAM_RSA_N, keys[i].n, sizeof(keys[i].n));
        add_number(keys[i].key, OSSL_PKEY_PARAM_RSA_E, keys[i].e, sizeof(keys[i].e));
    }
    return 0;
}

static int drop_keys(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        EVP_PKEY_free(keys[i].key);
        free(keys[i].pem);
    }
    return 0;
}

/* A set with one key of each kind of name that the rows need; `marks`: members more of the first one. */
static const char *key_set(const char *marks, size_t first, struct arena *arena)
{
    return arena_printf(arena,
                        "{\"keys\":[{\"kty\":\"EC\",\"kid\":\"one\",\"crv\":\"P-256\"},"
                        "{\"kty\":\"RSA\",\"kid\":\"one\",\"n\":\"%s\",\"e\":\"%s\"%s}]}",
                        keys[first].n, keys[first].e, quoted(marks, arena));
}

static const char *make_token(const char *header, const char *claims, size_t key, struct arena *arena)
{
    AUTO_BUF struct buf token = BUF(64 * 1024);

    base64url_add(&token, str_of(quoted(header, arena)));
    buf_putc(&token, '.');
    base64url_add(&token, str_of(quoted(claims, arena)));
    assert_true(rs256_sign(&token, keys[key].pem));
    return arena_copy(arena, buf_str(&token));
}

/* ---- tokens ---- */

static const struct token_row {
    const char *name, *header, *claims;
    size_t signed_by;  /* keys[] */
    const char *marks; /* of the key */
    const char *error; /* NULL: it is good */
} token_rows[] = {
    { "all of it is right", HEADER, GOOD_CLAIMS, 0, "", NULL },
    { "one that names no key, where there is one alone", "{'alg':'RS256'}", GOOD_CLAIMS, 0, "", NULL },
    { "a key that says what it is for", HEADER, GOOD_CLAIMS, 0, ",'use':'sig','alg':'RS256'", NULL },
    { "for several, and for us as the one who asked", HEADER,
      "{'iss':'" ISSUER "','aud':['other','" CLIENT "'],'azp':'" CLIENT
      "','sub':'u1','exp':1700100300,'iat':1700100000,"
      "'nonce':'" NONCE "'}",
      0, "", NULL },
    { "for us in a list of one", HEADER,
      "{'iss':'" ISSUER "','aud':['" CLIENT "'],'sub':'u1','exp':1700100300,'iat':1700100000,'nonce':'" NONCE "'}", 0,
      "", NULL },
    { "it has just ended, by clocks that differ a little", HEADER,
      "{'iss':'" ISSUER "','aud':'" CLIENT "','sub':'u1','exp':1700099950,'iat':1700099000,'nonce':'" NONCE "'}", 0, "",
      NULL },

    { "another key", HEADER, GOOD_CLAIMS, 1, "", "has a bad signature" },
    { "a key by another name", "{'alg':'RS256','kid':'two'}", GOOD_CLAIMS, 0, "", "none of its keys" },
    { "a key that is for something else", HEADER, GOOD_CLAIMS, 0, ",'use':'enc'", "none of its keys" },
    { "a key of another algorithm", HEADER, GOOD_CLAIMS, 0, ",'alg':'RS512'", "none of its keys" },
    { "a key that is too short", HEADER, GOOD_CLAIMS, 2, "", "has a bad signature" },
    { "no algorithm", "{'alg':'none','kid':'one'}", GOOD_CLAIMS, 0, "", "not signed by RS256" },
    { "an algorithm with one key for both", "{'alg':'HS256','kid':'one'}", GOOD_CLAIMS, 0, "", "not signed by RS256" },
    { "no word of an algorithm", "{'kid':'one'}", GOOD_CLAIMS, 0, "", "not signed by RS256" },
    { "what must be understood and is not", "{'alg':'RS256','kid':'one','crit':['b64']}", GOOD_CLAIMS, 0, "", "crit" },
    { "another issuer", HEADER,
      "{'iss':'" ISSUER "/','aud':'" CLIENT "','sub':'u1','exp':1700100300,'iat':1700100000,'nonce':'" NONCE "'}", 0,
      "", "of another issuer" },
    { "no issuer", HEADER, "{'aud':'" CLIENT "','sub':'u1','exp':1700100300,'iat':1700100000,'nonce':'" NONCE "'}", 0,
      "", "of another issuer" },
    { "for another client", HEADER,
      "{'iss':'" ISSUER "','aud':'client-8','sub':'u1','exp':1700100300,'iat':1700100000,'nonce':'" NONCE "'}", 0, "",
      "for somebody else" },
    { "for nobody", HEADER, "{'iss':'" ISSUER "','sub':'u1','exp':1700100300,'iat':1700100000,'nonce':'" NONCE "'}", 0,
      "", "for somebody else" },
    { "for several, asked for by another", HEADER,
      "{'iss':'" ISSUER "','aud':['other','" CLIENT
      "'],'azp':'other','sub':'u1','exp':1700100300,'iat':1700100000,'nonce':'" NONCE "'}",
      0, "", "for somebody else" },
    { "for several, and nobody says who asked", HEADER,
      "{'iss':'" ISSUER "','aud':['other','" CLIENT "'],'sub':'u1','exp':1700100300,'iat':1700100000,'nonce':'" NONCE
      "'}",
      0, "", "for somebody else" },
    { "for us, asked for by another", HEADER, CLAIMS(",'azp':'other'"), 0, "", "for somebody else" },
    { "it has expired", HEADER,
      "{'iss':'" ISSUER "','aud':'" CLIENT "','sub':'u1','exp':1700099940,'iat':1700099000,'nonce':'" NONCE "'}", 0, "",
      "has expired" },
    { "it is of the future", HEADER,
      "{'iss':'" ISSUER "','aud':'" CLIENT "','sub':'u1','exp':1700109999,'iat':1700100061,'nonce':'" NONCE "'}", 0, "",
      "of the future" },
    { "it is not good yet", HEADER, CLAIMS(",'nbf':1700100061"), 0, "", "of the future" },
    { "it never ends", HEADER,
      "{'iss':'" ISSUER "','aud':'" CLIENT "','sub':'u1','iat':1700100000,'nonce':'" NONCE "'}", 0, "",
      "until when it is good" },
    { "an end that is no number", HEADER,
      "{'iss':'" ISSUER "','aud':'" CLIENT "','sub':'u1','exp':'soon','iat':1700100000,'nonce':'" NONCE "'}", 0, "",
      "until when it is good" },
    { "another sign-in", HEADER,
      "{'iss':'" ISSUER "','aud':'" CLIENT "','sub':'u1','exp':1700100300,'iat':1700100000,'nonce':'other'}", 0, "",
      "another sign-in" },
    { "no sign-in at all", HEADER,
      "{'iss':'" ISSUER "','aud':'" CLIENT "','sub':'u1','exp':1700100300,'iat':1700100000}", 0, "",
      "another sign-in" },
    { "nobody", HEADER,
      "{'iss':'" ISSUER "','aud':'" CLIENT "','sub':'','exp':1700100300,'iat':1700100000,'nonce':'" NONCE "'}", 0, "",
      "who it is of" },
    { "claims that are no object", HEADER, "[1]", 0, "", "is none" },
    { "a header that is no object", "7", GOOD_CLAIMS, 0, "", "is none" },
};

static bool verify(struct str token, const char *set, struct arena *arena, struct error *err)
{
    const struct id_token_wanted wanted = { ISSUER, CLIENT, NONCE, NOW_S };
    const cJSON *claims = NULL, *json = json_parse_in(arena, str_of(set), err);

    assert_non_null(json);
    return id_token_verify(&wanted, token, json, arena, &claims, err) && json_find_string(claims, "sub");
}

static void check_token(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    const struct token_row *row = *state;
    const char *token = make_token(row->header, row->claims, row->signed_by, arena);
    struct error err = { .message = "" };
    bool is_good = verify(str_of(token), key_set(row->marks, row->signed_by == 2 ? 2 : 0, arena), arena, &err);

    assert_int_equal(is_good, row->error == NULL);
    if (row->error && !strstr(err.message, row->error))
        fail_msg("no '%s' in: %s", row->error, err.message);
}

static void whatever_byte_is_changed_it_is_good_no_more(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    char *token = arena_strdup(arena, make_token(HEADER, GOOD_CLAIMS, 0, arena));
    const char *set = key_set("", 0, arena);
    size_t len = strlen(token);
    struct error err;

    (void)state;
    assert_true(verify(str_of(token), set, arena, &err));
    for (size_t i = 0; i + 1 < len; i++) { /* the last digit has bits that stand for nothing */
        char before = token[i];

        token[i] = before == 'A' ? 'B' : 'A';
        assert_false(verify(str_of(token), set, arena, &err));
        token[i] = before;
        if (i % 7 == 0)
            assert_false(verify((struct str){ token, i }, set, arena, &err));
    }
}

static void without_keys_nothing_is_believed(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    const char *token = make_token(HEADER, GOOD_CLAIMS, 0, arena);
    static const char *const sets[] = { "{}",
                                        "[]",
                                        "{\"keys\":[]}",
                                        "{\"keys\":7}",
                                        "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"one\"}]}",
                                        "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"one\",\"n\":\"!\",\"e\":\"AQAB\"}]}",
                                        "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"one\",\"n\":7,\"e\":\"AQAB\"}]}" };
    struct error err;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(sets); i++)
        assert_false(verify(str_of(token), sets[i], arena, &err));
}

/* ---- what the provider is asked ---- */

#define DISCOVERY "GET " ISSUER "/.well-known/openid-configuration"
#define DOCUMENT                                                                                                       \
    "{'issuer':'" ISSUER "','authorization_endpoint':'" ISSUER                                                         \
    "/authorize','token_endpoint':'https://token.example/t',"                                                          \
    "'jwks_uri':'https://keys.example/k'}"
#define ARGS "{'code':'c&d','verifier':'v','nonce':'" NONCE "','redirect_uri':'https://ops.example/sign-in/callback'}"
#define TOKEN "POST https://token.example/t"
#define KEYS "GET https://keys.example/k"
#define ASKED                                                                                                          \
    "grant_type=authorization_code&code=c%26d&code_verifier=v&redirect_uri=https%3A%2F%2Fops.example%2Fsign-in%2Fcallback"

static const struct scripted_row exchange_rows[] = {
    { "where people sign in", oidc_discover, "{}", .calls = { { DISCOVERY, { NULL }, NULL, 200, DOCUMENT } },
      .next = NEXT_DONE, .result = "{'authorization_endpoint':'" ISSUER "/authorize'}" },
    { "which is what the doctor wants to know", oidc_doctor, "{}",
      .calls = { { DISCOVERY, { NULL }, NULL, 200, DOCUMENT } }, .next = NEXT_DONE,
      .result = "{'findings':[{'mark':'good','subject':'Sign-in','text':'people sign in at login.example'}]}" },
    { "and that it is not there", oidc_doctor, "{}", .calls = { { DISCOVERY, { NULL }, NULL, 404, "no" } },
      .next = NEXT_NEVER, .error = ISSUER },
    { "a provider by another name", oidc_discover, "{}",
      .calls = { { DISCOVERY, { NULL }, NULL, 200, "{'issuer':'https://evil.example'}" } }, .next = NEXT_NEVER,
      .error = "says that it is 'https://evil.example'" },
    { "a token that would be asked for in clear", oidc_discover, "{}",
      .calls = { { DISCOVERY,
                   { NULL },
                   NULL,
                   200,
                   "{'issuer':'" ISSUER "','authorization_endpoint':'" ISSUER
                   "/a','token_endpoint':'http://token.example',"
                   "'jwks_uri':'https://keys.example/k'}" } },
      .next = NEXT_NEVER, .error = "does not say where to sign in, safely" },
    { "no document", oidc_discover, "{}", .calls = { { DISCOVERY, { NULL }, NULL, 404, "no" } }, .next = NEXT_NEVER,
      .error = ISSUER },
    { "a document that is no JSON", oidc_discover, "{}", .calls = { { DISCOVERY, { NULL }, NULL, 200, "<html>" } },
      .next = NEXT_NEVER, .error = "no JSON object" },
    { "a provider that is away", oidc_discover, "{}", .calls = { { DISCOVERY, { NULL }, NULL, 0, NULL } },
      .next = NEXT_AGAIN, .is_outage = true },
    { "a code that is none any more", oidc_sign_in, ARGS,
      .calls = { { DISCOVERY, { NULL }, NULL, 200, DOCUMENT },
                 { TOKEN, { ASKED }, "client_secret", 400, "{'error':'invalid_grant'}" } },
      .next = NEXT_NEVER, .error = "gave no token: invalid_grant" },
    { "the same as Slack says it", oidc_sign_in, ARGS,
      .calls = { { DISCOVERY, { NULL }, NULL, 200, DOCUMENT },
                 { TOKEN, { ASKED }, NULL, 200, "{'ok':false,'error':'invalid_code'}" } },
      .next = NEXT_NEVER, .error = "gave no token: invalid_code" },
    { "no ID token", oidc_sign_in, ARGS,
      .calls = { { DISCOVERY, { NULL }, NULL, 200, DOCUMENT }, { TOKEN, { NULL }, NULL, 200, "{'access_token':'x'}" } },
      .next = NEXT_NEVER, .error = "`openid` among the scopes" },
    { "a token that is none", oidc_sign_in, ARGS,
      .calls = { { DISCOVERY, { NULL }, NULL, 200, DOCUMENT },
                 { TOKEN, { NULL }, NULL, 200, "{'id_token':'a.b.c'}" },
                 { KEYS, { NULL }, NULL, 200, "{'keys':[]}" } },
      .next = NEXT_NEVER, .error = "its ID token is none" },
    { "keys that cannot be had", oidc_sign_in, ARGS,
      .calls = { { DISCOVERY, { NULL }, NULL, 200, DOCUMENT },
                 { TOKEN, { NULL }, NULL, 200, "{'id_token':'a.b.c'}" },
                 { KEYS, { NULL }, NULL, 503, "" } },
      .next = NEXT_AGAIN, .is_outage = true },
};

static const struct oidc_settings oidc = { .issuer = ISSUER, .client_id = CLIENT, .client_secret = "s" };

static void check_exchange(void **state)
{
    const struct settings settings = { .dashboard = { .oidc = &oidc } };

    run_scripted_with(*state, &settings);
}

static void a_good_code_becomes_the_claims_of_its_person(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    const char *token = make_token(HEADER, CLAIMS(",'name':'Ann'"), 0, arena);
    char answer[4096];
    struct scripted_row row = { "", oidc_sign_in, ARGS, .next = NEXT_DONE };
    const struct settings settings = { .dashboard = { .oidc = &oidc } };

    (void)state;
    snprintf(answer, sizeof(answer), "{'ok':true,'id_token':'%s'}", token);
    row.calls[0] = (struct scripted_call){ .call = DISCOVERY, .status = 200, .answer = DOCUMENT };
    row.calls[1] = (struct scripted_call){ .call = TOKEN, .body = { ASKED }, .status = 200, .answer = answer };
    row.calls[2] = (struct scripted_call){ .call = KEYS, .status = 200, .answer = key_set("", 0, arena) };
    row.result = CLAIMS(",'name':'Ann'");
    run_scripted_with(&row, &settings);
}

static void people_are_sent_there_with_all_that_they_need(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    const char *scopes[] = { "email", "openid" };
    struct oidc_settings narrow = oidc;
    const struct oidc_begun begun = { "s t", "n", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
                                      "https://ops.example/b" };

    (void)state;
    assert_string_equal(oidc_authorization_url(&oidc, ISSUER "/a", &begun, arena), ISSUER
                        "/a?response_type=code&scope=openid%20profile%20email&client_id=" CLIENT
                        "&redirect_uri=https%3A%2F%2Fops.example%2Fb&state=s%20t&nonce=n&code_challenge="
                        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"); /* RFC 7636, B */
    narrow.scopes = scopes;
    narrow.scopes_count = 2;
    assert_non_null(strstr(oidc_authorization_url(&narrow, ISSUER "/a?x=y", &begun, arena),
                           "/a?x=y&response_type=code&scope=openid%20email&"));
    assert_null(oidc_authorization_url(&oidc, "javascript:alert(1)", &begun, arena));
    assert_null(oidc_authorization_url(&oidc, "http://login.example/a", &begun, arena));
}

/* ---- who it is ---- */

static struct person_settings people[] = {
    { .name = "ann", .slack = "U1", .github = "ann", .email = "ann@example.com" },
    { .name = "bob", .github = "bob", .email = "bob@example.com" },
    { .name = "cleo", .local = "cleo", .email = "cleo@example.com" },
    { .name = "dan", .pagerduty = "P1", .email = "dan@example.com" },
};

#define SLACK(user, team)                                                                                              \
    "{'https://slack.com/user_id':'" user "','https://slack.com/team_id':'" team "','name':'Ann F.'}"
#define MAIL(address) "{'email':'" address "','email_verified':true,'name':'Somebody'}"

static const struct person_row {
    const char *name;
    enum oidc_person by;
    const char *claims, *principal; /* NULL: nobody */
    const char *error;
} person_rows[] = {
    { "a user of our workspace", OIDC_BY_SLACK, SLACK("U9", "T1"), "slack:U9", NULL },
    { "a user of another workspace", OIDC_BY_SLACK, SLACK("U9", "T2"), NULL, "of another workspace, T2" },
    { "a user of no workspace", OIDC_BY_SLACK, "{'https://slack.com/user_id':'U9'}", NULL, "person: email" },
    { "nobody of Slack's", OIDC_BY_SLACK, MAIL("ann@example.com"), NULL, "person: email" },
    { "a user that is no text", OIDC_BY_SLACK, "{'https://slack.com/user_id':7,'https://slack.com/team_id':'T1'}", NULL,
      "names no user" },
    { "an address of people", OIDC_BY_EMAIL, MAIL("ann@example.com"), "slack:U1", NULL },
    { "in other letters", OIDC_BY_EMAIL, MAIL("Ann@Example.com"), "slack:U1", NULL },
    { "somebody without Slack", OIDC_BY_EMAIL, MAIL("bob@example.com"), "github:bob", NULL },
    { "somebody of this machine", OIDC_BY_EMAIL, MAIL("cleo@example.com"), "local:cleo", NULL },
    { "somebody whom rules cannot name", OIDC_BY_EMAIL, MAIL("dan@example.com"), NULL, "nothing else to be known by" },
    { "a stranger", OIDC_BY_EMAIL, MAIL("eve@example.com"), NULL, "eve@example.com does not stand in people" },
    { "an address that nobody verified", OIDC_BY_EMAIL, "{'email':'ann@example.com','email_verified':false}", NULL,
      "no verified" },
    { "an address of which nobody says so", OIDC_BY_EMAIL, "{'email':'ann@example.com'}", NULL, "no verified" },
    { "Slack's claims count for nothing there", OIDC_BY_EMAIL, SLACK("U1", "T1"), NULL, "no verified" },
};

static void check_person(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    const struct person_row *row = *state;
    struct oidc_settings provider = oidc;
    const struct settings settings = { .slack = { .team = "T1" },
                                       .people = people,
                                       .people_count = ARRAY_LEN(people),
                                       .dashboard = { .oidc = &provider } };
    struct principal who;
    struct error err = { .message = "" };
    const cJSON *claims = json_parse_in(arena, str_of(quoted(row->claims, arena)), &err);

    provider.person = row->by;
    assert_non_null(claims);
    assert_int_equal(oidc_person(&settings, claims, arena, &who, &err), row->principal != NULL);
    if (row->principal) {
        assert_string_equal(principal_text(&who, arena), row->principal);
        assert_true(oidc_knows(&settings, &who));
    } else if (!strstr(err.message, row->error))
        fail_msg("no '%s' in: %s", row->error, err.message);
}

static const struct gone_row {
    const char *name;
    enum oidc_person by;
    const char *team; /* ours, now */
    struct principal who;
    bool is_known;
} gone_rows[] = {
    { "who stands in people is known", OIDC_BY_EMAIL, "T1", { "slack", "U1", "T1", "x" }, true },
    { "who stands there no more is not", OIDC_BY_EMAIL, "T1", { "slack", "U2", "T1", "x" }, false },
    { "nor who is known by something else there now", OIDC_BY_EMAIL, "T1", { "github", "ann", NULL, "x" }, false },
    { "nor who could sign in with no address", OIDC_BY_EMAIL, "T1", { "github", "mute", NULL, "x" }, false },
    { "who is of our workspace is known", OIDC_BY_SLACK, "T1", { "slack", "U9", "T1", "x" }, true },
    { "who is of another one is not", OIDC_BY_SLACK, "T2", { "slack", "U9", "T1", "x" }, false },
    { "nor anybody without one", OIDC_BY_SLACK, NULL, { "slack", "U9", "T1", "x" }, false },
    { "nor who came by an address", OIDC_BY_SLACK, "T1", { "github", "bob", NULL, "x" }, false },
};

static void check_gone(void **state)
{
    const struct gone_row *row = *state;
    struct person_settings list[] = { people[0], people[1], { .name = "mute", .github = "mute" } };
    struct oidc_settings provider = oidc;
    const struct settings settings = { .slack = { .team = row->team },
                                       .people = list,
                                       .people_count = ARRAY_LEN(list),
                                       .dashboard = { .oidc = &provider } };

    provider.person = row->by;
    assert_int_equal(oidc_knows(&settings, &row->who), row->is_known);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_byte_is_changed_it_is_good_no_more),
        cmocka_unit_test(without_keys_nothing_is_believed),
        cmocka_unit_test(a_good_code_becomes_the_claims_of_its_person),
        cmocka_unit_test(people_are_sent_there_with_all_that_they_need),
    };
    int failed;

    make_keys(NULL);
    failed = cmocka_run_group_tests(tests, NULL, NULL) + ROWS(token_rows, check_token) +
             ROWS(exchange_rows, check_exchange) + ROWS(person_rows, check_person) + ROWS(gone_rows, check_gone);
    drop_keys(NULL);
    return failed;
}
