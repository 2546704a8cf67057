#include "integrations/self_test.h"

#include "bot/model/self_test.h"
#include "bot/model/settings.h"
#include "integrations/github/doctor.h"
#include "integrations/google/doctor.h"
#include "integrations/mail/send.h"
#include "integrations/pagerduty/doctor.h"
#include "integrations/slack/doctor.h"

#include <string.h>

static const struct {
    const char *of;
    exchange_fn step;
} rows[] = {
    { "slack", slack_doctor_token }, { "github", github_doctor_repository }, { "google", google_doctor_credential },
    { "mail", mail_doctor },         { "pagerduty", pagerduty_doctor },
};

/* A reload may have taken the section away since it was asked. */
static bool is_configured(const struct settings *settings, const char *of)
{
    return !(strcmp(of, "github") == 0 && !settings->github) && !(strcmp(of, "mail") == 0 && !settings->smtp) &&
           !(strcmp(of, "pagerduty") == 0 && !settings->pagerduty);
}

struct exchange_step self_test_run(const struct exchange *exchange)
{
    struct exchange inner = *exchange;
    struct self_test_ask ask;
    struct error err;

    if (!shape_from_json(&self_test_ask_shape, exchange->args, exchange->arena, &ask, &err))
        return exchange_never(exchange, "the self-test: %s", err.message);
    inner.args = ask.args;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (strcmp(rows[i].of, ask.of) == 0 && exchange->settings && is_configured(exchange->settings, ask.of))
            return rows[i].step(&inner);
    return exchange_never(exchange, "the self-test: '%.40s' is not configured", ask.of);
}
