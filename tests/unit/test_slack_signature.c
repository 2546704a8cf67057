#include "tests/unit/rows.h"

#include "integrations/slack/signature.h"

#include <string.h>

/* Two published vectors; the second is the one in Slack's own documentation. */
#define SECRET "0123456789abcdef0123456789abcdef"
#define BODY "command=%2Fdeploy&text=web+prod&user_id=U0EXAMPLE1&team_id=T0EXAMPLE1"
#define AT "1700000000"
#define SIGNATURE "v0=8ba3d1eb2a695c8773484c2b7a08d9fbeaf18866aa9ea55d88373abd84e73788"
#define DOCS_SECRET "8f742231b10e8888abcd99yyyzzz85a5"
#define DOCS_BODY                                                                                                      \
    "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name="      \
    "foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2F"       \
    "hooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015."        \
    "47445629121.803a0bc887a14d10d2c447fce8b6703c"
#define DOCS_AT "1531420618"
#define DOCS_SIGNATURE "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
#define AT_MS INT64_C(1700000000000)

static const char *const none[] = { NULL };
static const char *const one[] = { SECRET };
static const char *const docs[] = { DOCS_SECRET };
static const char *const rotating[] = { "the old one", SECRET };
static const char *const others[] = { "the old one", "an older one" };
static const char *const empty[] = { "" };

static const struct row {
    const char *name;
    const char *const *secrets;
    size_t secrets_count;
    const char *body, *timestamp, *signature;
    int64_t unix_ms;
    enum err_code code; /* ERR_NONE: genuine */
    int64_t max_age_ms;
} rows[] = {
    { "the hand-made vector is genuine", one, 1, BODY, AT, SIGNATURE, AT_MS, ERR_NONE, 0 },
    { "the documentation's vector is genuine", docs, 1, DOCS_BODY, DOCS_AT, DOCS_SIGNATURE, INT64_C(1531420618000),
      ERR_NONE, 0 },
    { "it is while a secret is rotated", rotating, 2, BODY, AT, SIGNATURE, AT_MS, ERR_NONE, 0 },
    { "no secret, nothing genuine", none, 0, BODY, AT, SIGNATURE, AT_MS, ERR_DENIED, 0 },
    { "other secrets do not match", others, 2, BODY, AT, SIGNATURE, AT_MS, ERR_DENIED, 0 },
    { "an empty secret matches nothing", empty, 1, BODY, AT, SIGNATURE, AT_MS, ERR_DENIED, 0 },
    { "another body is not genuine", one, 1, BODY "&x=1", AT, SIGNATURE, AT_MS, ERR_DENIED, 0 },
    { "a truncated body is not genuine", one, 1, "command=%2Fdeploy", AT, SIGNATURE, AT_MS, ERR_DENIED, 0 },
    { "another time is not genuine", one, 1, BODY, "1700000001", SIGNATURE, AT_MS, ERR_DENIED, 0 },
    { "five minutes old is accepted", one, 1, BODY, AT, SIGNATURE, AT_MS + 300000, ERR_NONE, 0 },
    { "a moment older is stale", one, 1, BODY, AT, SIGNATURE, AT_MS + 300001, ERR_STALE, 0 },
    { "five minutes ahead is accepted", one, 1, BODY, AT, SIGNATURE, AT_MS - 300000, ERR_NONE, 0 },
    { "a moment further ahead is stale", one, 1, BODY, AT, SIGNATURE, AT_MS - 300001, ERR_STALE, 0 },
    { "a shorter age can be asked for", one, 1, BODY, AT, SIGNATURE, AT_MS + 60001, ERR_STALE, 60000 },
    { "a forged old one is denied, not stale", others, 2, BODY, AT, SIGNATURE, AT_MS + 900000, ERR_DENIED, 0 },
    { "no timestamp", one, 1, BODY, NULL, SIGNATURE, AT_MS, ERR_DENIED, 0 },
    { "no signature", one, 1, BODY, AT, NULL, AT_MS, ERR_DENIED, 0 },
    { "an empty timestamp", one, 1, BODY, "", SIGNATURE, AT_MS, ERR_DENIED, 0 },
    { "a timestamp that is no number", one, 1, BODY, "1700000000x", SIGNATURE, AT_MS, ERR_DENIED, 0 },
    { "a negative timestamp", one, 1, BODY, "-1700000000", SIGNATURE, AT_MS, ERR_DENIED, 0 },
    { "a timestamp past all numbers", one, 1, BODY, "99999999999999999999", SIGNATURE, AT_MS, ERR_DENIED, 0 },
    { "an empty signature", one, 1, BODY, AT, "", AT_MS, ERR_DENIED, 0 },
    { "a truncated signature", one, 1, BODY, AT, "v0=8ba3d1eb2a695c8773484c2b7a08d9fb", AT_MS, ERR_DENIED, 0 },
    { "a signature with more behind it", one, 1, BODY, AT, SIGNATURE "0", AT_MS, ERR_DENIED, 0 },
    { "upper-case hex is not Slack's", one, 1, BODY, AT,
      "v0=8BA3D1EB2A695C8773484C2B7A08D9FBEAF18866AA9EA55D88373ABD84E73788", AT_MS, ERR_DENIED, 0 },
    { "another version of signature", one, 1, BODY, AT,
      "v1=8ba3d1eb2a695c8773484c2b7a08d9fbeaf18866aa9ea55d88373abd84e73788", AT_MS, ERR_DENIED, 0 },
    { "a signature without its prefix", one, 1, BODY, AT,
      "8ba3d1eb2a695c8773484c2b7a08d9fbeaf18866aa9ea55d88373abd84e73788", AT_MS, ERR_DENIED, 0 },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    struct slack_secrets secrets = { row->secrets, row->secrets_count, row->max_age_ms };
    struct error err = { .code = ERR_NONE };
    bool is_genuine =
        slack_signature_check(&secrets, str_of(row->body), row->timestamp, row->signature, row->unix_ms, &err);

    assert_int_equal(err.code, row->code);
    assert_int_equal(is_genuine, row->code == ERR_NONE);
    assert_null(strstr(err.message, SECRET));
    assert_null(strstr(err.message, "8ba3d1eb"));
}

static void what_we_sign_is_what_slack_signs(void **state)
{
    (void)state;
    assert_string_equal(slack_signature_make(SECRET, AT, str_of(BODY)).text, SIGNATURE);
    assert_string_equal(slack_signature_make(DOCS_SECRET, DOCS_AT, str_of(DOCS_BODY)).text, DOCS_SIGNATURE);
}

int main(void)
{
    static const struct CMUnitTest plain[] = { cmocka_unit_test(what_we_sign_is_what_slack_signs) };

    return ROWS(rows, check_row) + cmocka_run_group_tests_name("plain", plain, NULL, NULL);
}
