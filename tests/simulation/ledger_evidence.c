/* ledger_evidence.c - what the metrics source really told of a revision, to the owner and to each instance; and what
 * the services told of themselves.
 */
#include "tests/simulation/ledger_internal.h"

#include <stdio.h>
#include <string.h>

#define ERRORS_MIN 5 /* fewer may be bad luck */
#define NOT_TOLD (-1)

struct evidence *evidence_of(struct ledger *ledger, const char *revision)
{
    struct evidence *evidence;

    for (size_t i = ledger->evidence_count; i > 0; i--)
        if (strcmp(ledger->evidence[i - 1].revision, revision) == 0)
            return &ledger->evidence[i - 1];
    evidence = ARENA_PUSH(ledger->arena, ledger->evidence, ledger->evidence_count);
    evidence->revision = arena_strdup(ledger->arena, revision);
    evidence->good_ms = NOT_TOLD;
    for (size_t i = 0; i < ARRAY_LEN(evidence->value); i++)
        evidence->told_ms[i] = NOT_TOLD;
    return evidence;
}

static bool knows(const struct evidence *evidence, enum world_about about, int64_t since_ms)
{
    return evidence->told_ms[about] >= since_ms && evidence->value[about] >= 0;
}

static bool is_good(const struct evidence *evidence, const struct rollout *rollout, int64_t since_ms)
{
    const double *value = evidence->value;

    if (!knows(evidence, ABOUT_REQUESTS, since_ms) || value[ABOUT_REQUESTS] < 1)
        return false;
    if (!knows(evidence, ABOUT_RECENT, since_ms) || value[ABOUT_RECENT] <= 0)
        return false;
    if (rollout->error_rate > 0 &&
        (!knows(evidence, ABOUT_ERRORS, since_ms) || value[ABOUT_ERRORS] > value[ABOUT_REQUESTS] * rollout->error_rate))
        return false;
    return rollout->p95_s <= 0 || (knows(evidence, ABOUT_P95, since_ms) && value[ABOUT_P95] <= rollout->p95_s);
}

bool evidence_is_bad(const struct evidence *evidence, const struct rollout *rollout, int64_t since_ms)
{
    const double *value = evidence->value;

    if (!knows(evidence, ABOUT_REQUESTS, since_ms))
        return false;
    if (rollout->error_rate > 0 && knows(evidence, ABOUT_ERRORS, since_ms) && value[ABOUT_ERRORS] >= ERRORS_MIN &&
        value[ABOUT_ERRORS] > value[ABOUT_REQUESTS] * rollout->error_rate)
        return true;
    return rollout->p95_s > 0 && knows(evidence, ABOUT_P95, since_ms) && value[ABOUT_P95] > rollout->p95_s;
}

static void learn(struct ledger *ledger, const struct world_measured *measured)
{
    struct evidence *evidence = evidence_of(ledger, measured->revision);

    evidence->value[measured->about] = measured->is_known ? measured->value : NOT_TOLD;
    evidence->told_ms[measured->about] = ledger_now_ms(ledger);
    if (measured->about != ABOUT_P95) /* the last that is asked about a revision */
        return;
    for (size_t i = 0; i < ledger->operations_count; i++) {
        const struct rollout *rollout = ledger->operations[i]->rollout;

        if (rollout && ledger_is_same(rollout->revision, measured->revision) &&
            is_good(evidence, rollout, rollout->moved_ms))
            evidence->good_ms = ledger_now_ms(ledger);
    }
}

/* Over a limit, however little it is. How many errors are enough is a rule of the judge alone, which may count one of
 * two requests as bad; to state that rule here would be to copy it. This is asked about a decrease only, and that does
 * no harm: a raise is held against evidence_is_bad. */
static bool is_over(const struct evidence *evidence, const struct rollout *rollout)
{
    const double *value = evidence->value;

    if (rollout->error_rate > 0 && knows(evidence, ABOUT_REQUESTS, 0) && knows(evidence, ABOUT_ERRORS, 0) &&
        value[ABOUT_ERRORS] > value[ABOUT_REQUESTS] * rollout->error_rate)
        return true;
    return rollout->p95_s > 0 && knows(evidence, ABOUT_P95, 0) && value[ABOUT_P95] > rollout->p95_s;
}

/* What one instance was told, owner or not. */
static struct evidence *told_of(struct ledger *ledger, const char *instance, const char *revision)
{
    char key[200];

    snprintf(key, sizeof(key), "%s to %s", revision, instance);
    return evidence_of(ledger, key);
}

static void hear(struct ledger *ledger, const char *instance, const struct world_measured *measured)
{
    struct evidence *evidence = told_of(ledger, instance, measured->revision);

    evidence->value[measured->about] = measured->is_known ? measured->value : NOT_TOLD;
    evidence->told_ms[measured->about] = ledger_now_ms(ledger);
    for (size_t i = 0; measured->about == ABOUT_P95 && i < ledger->operations_count; i++) {
        const struct rollout *rollout = ledger->operations[i]->rollout;

        if (rollout && ledger_is_same(rollout->revision, measured->revision) && is_over(evidence, rollout))
            evidence->is_bad = true;
    }
}

bool rollouts_told_bad(struct ledger *ledger, const char *instance, const struct rollout *rollout)
{
    return told_of(ledger, instance, rollout->revision)->is_bad;
}

/* .../locations/REGION/services/SERVICE */
static bool is_about(const char *url, const char *place)
{
    const char *at = strstr(url, "/locations/");
    struct str rest = str_of(at ? at + strlen("/locations/") : ""), region = str_take_until(&rest, '/');
    struct str name = str_of(place), wanted = str_take_until(&name, '/');

    return place && str_equal(region, wanted) && str_take_prefix(&rest, "services/") && str_equal(rest, name);
}

void rollouts_told(void *ctx, const struct logged_call *call)
{
    struct ledger *ledger = ctx;
    struct known_effect *effect = ledger_find_effect(ledger, call->sender.effect);

    if (effect && effect->unheard == call)
        effect->unheard = NULL;
    if (call->measured)
        hear(ledger, call->sender.instance, call->measured);
    if (strcmp(ledger->lease_instance, call->sender.instance) != 0 || ledger->is_store_lost)
        return; /* whoever hears it decides nothing any more */
    if (call->measured)
        learn(ledger, call->measured);
    if (!ledger_is_same(call->sender.kind, "run.service") || call->status != 200)
        return;
    for (size_t i = 0; i < ledger->operations_count; i++) {
        struct rollout *rollout = ledger->operations[i]->rollout;

        if (!rollout || !ledger_is_same(ledger->operations[i]->outside_id, call->sender.operation) ||
            !is_about(call->url, rollout->place))
            continue;
        rollout->told_ms = ledger_now_ms(ledger);
        rollout->looker = call->sender.actor;
        if (rollouts_is_looking(rollout->state))
            rollouts_see(ledger, rollout);
    }
}
