#include "tests/unit/rows.h"

#include "integrations/pagerduty/signature.h"

#include <string.h>

#define SECRET "pd-signing-secret-example"
#define BODY                                                                                                           \
    "{\"event\":{\"id\":\"01EXAMPLE0000000000000000\",\"event_type\":\"pagey.ping\",\"resource_type\":\"pagey\","      \
    "\"occurred_at\":\"2026-01-02T03:04:05.678Z\",\"agent\":null,\"client\":null,\"data\":{\"message\":\"hi\","        \
    "\"type\":\"ping\"}}}"
#define HEX "2892e7eb01bd83170503d496aa417309f7e79c16dc12532d3c1cf518e71f2410"
#define GOOD "v1=" HEX
#define OTHER "v1=0092e7eb01bd83170503d496aa417309f7e79c16dc12532d3c1cf518e71f2410"

static const char *const one[] = { SECRET };
static const char *const rotating[] = { "the new one", SECRET };
static const char *const others[] = { "the new one", "another" };
static const char *const empty[] = { "", NULL };

static const struct row {
    const char *name;
    const char *const *secrets;
    size_t count;
    const char *body, *signature;
    bool is_genuine;
} rows[] = {
    { "the hand-made vector is genuine", one, 1, BODY, GOOD, true },
    { "any of our secrets will do", rotating, 2, BODY, GOOD, true },
    { "any of its signatures will do: the last", one, 1, BODY, OTHER "," GOOD, true },
    { "any of its signatures will do: the first", one, 1, BODY, GOOD "," OTHER, true },
    { "blanks around the commas are nothing", one, 1, BODY, " " OTHER " , \t" GOOD " ", true },
    { "signatures of another version are passed over", one, 1, BODY, "v2=" HEX ",v1x=1," GOOD, true },
    { "what is no signature is passed over", one, 1, BODY,
      ",,v1=zz,v1="
      "," GOOD ",",
      true },
    { "hex in capitals is the same number", one, 1, BODY,
      "v1=2892E7EB01BD83170503D496AA417309F7E79C16DC12532D3C1CF518E71F2410", true },
    { "no secret, nothing genuine", one, 0, BODY, GOOD, false },
    { "other secrets do not match", others, 2, BODY, GOOD, false },
    { "an empty secret matches nothing", empty, 2, BODY, GOOD, false },
    { "another body is not genuine", one, 1, BODY " ", GOOD, false },
    { "a truncated body is not genuine", one, 1, "{\"event\":{", GOOD, false },
    { "no header", one, 1, BODY, NULL, false },
    { "an empty header", one, 1, BODY, "", false },
    { "nothing but commas", one, 1, BODY, ",,,", false },
    { "another version alone", one, 1, BODY, "v2=" HEX, false },
    { "no version", one, 1, BODY, HEX, false },
    { "one digit too few", one, 1, BODY, "v1=2892e7eb01bd83170503d496aa417309f7e79c16dc12532d3c1cf518e71f241", false },
    { "one digit too many", one, 1, BODY, GOOD "0", false },
    { "one digit another", one, 1, BODY, OTHER, false },
    { "the secret itself", one, 1, BODY, "v1=" SECRET, false },
    { "two signatures without a comma", one, 1, BODY, GOOD " " GOOD, false },
    { "more signatures than anybody sends: those behind are not looked at", one, 1, BODY,
      OTHER "," OTHER "," OTHER "," OTHER "," OTHER "," OTHER "," OTHER "," OTHER "," GOOD, false },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    struct pagerduty_secrets secrets = { row->secrets, row->count };
    struct error err = { .code = ERR_NONE };

    assert_int_equal(pagerduty_signature_check(&secrets, str_of(row->body), row->signature, &err), row->is_genuine);
    assert_int_equal(err.code, row->is_genuine ? ERR_NONE : ERR_DENIED);
    assert_null(strstr(err.message, SECRET));
    assert_null(strstr(err.message, "2892e7"));
}

static void what_we_sign_is_what_pagerduty_signs(void **state)
{
    (void)state;
    assert_string_equal(pagerduty_signature_make(SECRET, str_of(BODY)).text, GOOD);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(what_we_sign_is_what_pagerduty_signs) };

    return ROWS(rows, check_row) + cmocka_run_group_tests(tests, NULL, NULL);
}
