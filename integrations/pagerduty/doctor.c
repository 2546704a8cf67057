#include "integrations/pagerduty/doctor.h"

#include "bot/model/pagerduty.h"
#include "bot/model/pagerduty_people.h"
#include "bot/model/settings.h"
#include "integrations/pagerduty/api.h"
#include "integrations/pagerduty/people.h"
#include "integrations/pagerduty/subscription.h"

#include <string.h>

#define OUR_PATH "/pagerduty/webhook"

static void judge(const struct exchange *exchange, const struct pagerduty_subscription *subscription,
                  struct findings *found)
{
    struct finding finding = { FINDING_GOOD, "PagerDuty webhooks", NULL, NULL };

    finding.text = arena_printf(exchange->arena, "the subscription %s is active", subscription->id);
    if (!subscription->is_active) {
        finding.mark = FINDING_BAD;
        finding.text = arena_printf(exchange->arena, "the subscription %s was switched off", subscription->id);
        finding.mend = "switch it on: Integrations, Generic Webhooks (v3)";
    } else if (subscription->is_silent) {
        finding.mark = FINDING_BAD;
        finding.text = arena_printf(exchange->arena,
                                    "PagerDuty has silenced the subscription %s for a day: three webhooks in a row "
                                    "were refused",
                                    subscription->id);
        finding.mend = "is its secret one of pagerduty.webhook_secrets? Then enable it: Integrations, Generic Webhooks "
                       "(v3)";
    }
    findings_add(found, exchange->arena, finding);
}

static bool is_named(const struct exchange *exchange, const char *id)
{
    const struct pagerduty_settings *pagerduty = exchange->settings->pagerduty;

    for (size_t i = 0; i < pagerduty->subscriptions_count; i++)
        if (strcmp(pagerduty->subscriptions[i], id) == 0)
            return true;
    return false;
}

static const struct pagerduty_subscription *find(const struct pagerduty_subscriptions *all, const char *id)
{
    for (size_t i = 0; i < all->subscriptions_count; i++)
        if (strcmp(all->subscriptions[i].id, id) == 0)
            return &all->subscriptions[i];
    return NULL;
}

/* Ours are those that the configuration names, and those that lead here by their address. */
static void judge_all(const struct exchange *exchange, const struct pagerduty_subscriptions *all,
                      struct findings *found)
{
    const struct pagerduty_settings *pagerduty = exchange->settings->pagerduty;
    size_t before = found->findings_count;

    for (size_t i = 0; i < pagerduty->subscriptions_count; i++)
        if (!find(all, pagerduty->subscriptions[i]))
            findings_add(
                found, exchange->arena,
                (struct finding){
                    FINDING_BAD, "PagerDuty webhooks",
                    arena_printf(exchange->arena, "there is no subscription %.40s", pagerduty->subscriptions[i]),
                    "correct pagerduty.subscriptions: the id stands in the address of its page" });
    for (size_t i = 0; i < all->subscriptions_count; i++) {
        const struct pagerduty_subscription *one = &all->subscriptions[i];

        if (is_named(exchange, one->id) || (one->url && str_ends_with(str_of(one->url), OUR_PATH)))
            judge(exchange, one, found);
    }
    if (found->findings_count == before)
        findings_add(found, exchange->arena,
                     (struct finding){ FINDING_BAD, "PagerDuty webhooks", "no subscription leads to " OUR_PATH,
                                       "add one: Integrations, Generic Webhooks (v3), with every incident event; its "
                                       "secret is shown once" });
}

struct exchange_step pagerduty_doctor(const struct exchange *exchange)
{
    struct exchange asked = *exchange;
    struct pagerduty_subscriptions all;
    struct findings found = { 0 };
    struct exchange_step step;
    struct error err;
    cJSON *no_args = json_object();

    arena_defer(exchange->arena, (void (*)(void *))cJSON_Delete, no_args);
    asked.args = no_args;
    step = pagerduty_subscriptions_read(&asked);
    if (step.next != NEXT_DONE)
        return step;
    if (!shape_from_json(&pagerduty_subscriptions_shape, step.result, exchange->arena, &all, &err))
        return exchange_never(exchange, "PagerDuty's subscriptions: %s", err.message);
    findings_add(&found, exchange->arena, (struct finding){ FINDING_GOOD, "PagerDuty key", "it can read", NULL });
    if (exchange->settings->pagerduty->webhook_secrets_count > 0)
        judge_all(exchange, &all, &found);
    return findings_done(exchange, &found);
}

/* ---- as whom incidents are changed ---- */

static void judge_from(const struct exchange *exchange, const struct pagerduty_user *user, struct findings *found)
{
    const char *from = exchange->settings->pagerduty->from;
    struct finding finding = { FINDING_GOOD, "PagerDuty from", NULL, NULL };

    finding.text = arena_printf(exchange->arena, "incidents are changed as %.100s", from);
    if (!user) {
        finding.mark = FINDING_BAD;
        finding.text = arena_printf(exchange->arena, "%.100s is no user there: no incident can be changed", from);
        finding.mend = "pagerduty.from: the e-mail address of a user of the account";
    }
    findings_add(found, exchange->arena, finding);
    findings_add(found, exchange->arena,
                 (struct finding){ FINDING_OPEN, "PagerDuty key", "PagerDuty does not tell whether it may write",
                                   "Integrations, API Access Keys: a key that is not Read-only" });
}

struct exchange_step pagerduty_doctor_from(const struct exchange *exchange)
{
    struct exchange asked = *exchange;
    struct pagerduty_user_read read;
    struct findings found = { 0 };
    struct exchange_step step;
    struct error err;
    cJSON *args;

    if (!pagerduty_is_configured(exchange, &step))
        return step;
    args = json_object();
    arena_defer(exchange->arena, (void (*)(void *))cJSON_Delete, args);
    json_set_string(args, "email", exchange->settings->pagerduty->from);
    asked.args = args;
    step = pagerduty_user_find(&asked);
    if (step.next != NEXT_DONE)
        return step;
    if (!shape_from_json(&pagerduty_user_read_shape, step.result, exchange->arena, &read, &err))
        return exchange_never(exchange, "PagerDuty's users: %s", err.message);
    judge_from(exchange, read.user, &found);
    return findings_done(exchange, &found);
}
