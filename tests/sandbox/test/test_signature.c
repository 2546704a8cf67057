/* The sandbox signs as Slack does: the published vectors. */
#include "slack/signature.h"

#include "bot/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct row {
    const char *name, *secret, *body, *signature;
    int64_t timestamp_s;
} rows[] = {
    { "a form with an escaped slash", "0123456789abcdef0123456789abcdef",
      "command=%2Fdeploy&text=web+prod&user_id=U0EXAMPLE1&team_id=T0EXAMPLE1",
      "v0=8ba3d1eb2a695c8773484c2b7a08d9fbeaf18866aa9ea55d88373abd84e73788", 1700000000 },
    { "the example on Slack's own page", "8f742231b10e8888abcd99yyyzzz85a5",
      "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name="
      "foobar&"
      "user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack."
      "com%2F"
      "commands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121."
      "803a0bc887a14d10d2c447fce8b6703c",
      "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503", 1531420618 },
};

static void check_row(void **state)
{
    const struct row *row = *state;

    assert_string_equal(slack_signature_make(row->secret, row->timestamp_s, str_of(row->body)).text, row->signature);
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(rows)];

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        tests[i] = (struct CMUnitTest){ .name = rows[i].name,
                                        .test_func = check_row,
                                        .initial_state = (void *)(intptr_t)&rows[i] };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
