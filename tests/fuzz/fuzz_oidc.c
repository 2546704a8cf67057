/* What a provider of sign-in answers: nobody is believed whose token no key of ours has signed, and every end has
 * words. */
#include "tests/fuzz/fuzz_answers.h"

#include "bot/model/settings.h"
#include "integrations/oidc/doctor.h"
#include "integrations/oidc/sign_in.h"

static const int statuses[10] = { 200, 200, 0, 400, 401, 403, 404, 429, 500, 301 };

static void run(exchange_fn step, bool may_be_done, struct str input)
{
    static const struct oidc_settings oidc = { .issuer = "https://login.example",
                                               .client_id = "c",
                                               .client_secret = "s" };
    static const struct settings settings = { .dashboard = { .oidc = &oidc } };
    AUTO(arena) struct arena *arena = arena_create();
    struct http_answer *answers = arena_alloc(arena, FUZZ_ANSWERS_MAX * sizeof(*answers));
    size_t count = fuzz_answers(input, statuses, arena, answers);
    struct exchange exchange = { .settings = &settings, .answers = answers, .unix_ms = 1700100000000, .arena = arena };
    struct exchange_step next;
    struct error err;

    exchange.args = json_parse_in(
        arena, STR_LIT("{\"code\":\"c\",\"verifier\":\"v\",\"nonce\":\"n\",\"redirect_uri\":\"https://ops.example\"}"),
        &err);
    while ((next = step(&exchange)).next == NEXT_CALL && exchange.answer_count < count)
        exchange.answer_count++;
    MUST(next.next == NEXT_CALL || next.next == NEXT_DONE || (next.error && next.error[0]));
    MUST(next.next != NEXT_DONE || may_be_done);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    run(oidc_discover, true, (struct str){ (const char *)bytes, len });
    run(oidc_doctor, true, (struct str){ (const char *)bytes, len });
    run(oidc_sign_in, false, (struct str){ (const char *)bytes, len });
    return 0;
}
