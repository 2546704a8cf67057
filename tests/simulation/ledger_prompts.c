/* ledger_prompts.c - what an incident asks people for when nobody does it: once each time that it is due, not early,
 * and whenever it is due and still true.
 */
#include "tests/simulation/ledger_incidents.h"

#include "bot/base/time.h"

#include <inttypes.h>
#include <string.h>

#define TURN_MS SECOND_MS /* decisions of one commit may be so far apart */
#define LATE_MAX_MS (5 * SECOND_MS)
#define HANG_MAX_MS (25 * SECOND_MS)

/* What each severity of the house says. */
static const struct rule {
    const char *severity;
    int64_t after_ms[PROMPT_COUNT]; /* 0: never */
} rules[] = {
    { "P1", { [PROMPT_ACKNOWLEDGE] = 15000, [PROMPT_UPDATE] = 40000, [PROMPT_POST_MORTEM] = 60000 } },
    { "P2", { [PROMPT_ACKNOWLEDGE] = 40000, [PROMPT_POST_MORTEM] = 120000 } },
    { "P3", { [PROMPT_ACKNOWLEDGE] = 0 } },
};
static const struct {
    const char *a, *b; /* words of it */
} words[PROMPT_COUNT] = {
    [PROMPT_ACKNOWLEDGE] = { "Nobody has acknowledged ", NULL },
    [PROMPT_UPDATE] = { " without an update on ", NULL },
    [PROMPT_POST_MORTEM] = { "The post-mortem of ", " is due, " },
};

static int64_t time_of(const struct incident *incident, enum prompt prompt)
{
    for (size_t i = 0; i < ARRAY_LEN(rules); i++)
        if (ledger_is_same(rules[i].severity, incident->severity))
            return rules[i].after_ms[prompt];
    return 0;
}

/* ---- since when ---- */

/* From when on its time counts, by the record that this commit writes. */
void prompts_operation(struct ledger *ledger, struct known_operation *operation, const cJSON *body)
{
    struct incident *incident = operation->incident;
    int64_t now_ms = ledger_now_ms(ledger), updated_ms = json_find_int(body, "updated_at_ms", 0);
    const char *severity = json_find_string(body, "severity");
    bool is_begun = !incident->severity, has_moved = !ledger_is_same(incident->state_before, incident->state);

    for (size_t i = 1; i < PROMPT_COUNT; i++)
        if (has_moved || (i == PROMPT_UPDATE && updated_ms != incident->updated_ms)) {
            incident->since_ms[i] = now_ms;
            incident->steady_ms[i] = -1; /* as this commit tells */
        }
    if (has_moved)
        memset(incident->said, 0, sizeof(incident->said));
    if (!is_begun && !ledger_is_same(severity, incident->severity))
        incident->severity_ms = now_ms;
    incident->updated_ms = updated_ms;
    incident->severity = arena_strdup(ledger->arena, severity);
    incident->state_before = incident->state;
}

/* ---- what is said ---- */

void prompts_effect(struct ledger *ledger, struct known_effect *effect, const cJSON *json)
{
    const struct known_operation *operation = ledger_find_operation(ledger, effect->operation);
    const char *text = json_find_string(json, "args.reply.text");

    if (!operation || !operation->incident || effect->prompt || strcmp(effect->kind, EFFECT_MESSAGE) != 0 || !text)
        return;
    effect->channel = arena_strdup(ledger->arena, json_find_string(json, "args.channel"));
    for (size_t i = 1; i < PROMPT_COUNT; i++)
        if (strstr(text, words[i].a) && (!words[i].b || strstr(text, words[i].b)))
            effect->prompt = (enum prompt)i;
}

static bool is_asked_of(enum prompt prompt, const char *state)
{
    static const char *const states[PROMPT_COUNT] = {
        [PROMPT_ACKNOWLEDGE] = "open", [PROMPT_POST_MORTEM] = "resolved"
    };

    return states[prompt] ? ledger_is_same(state, states[prompt])
                          : ledger_is_same(state, "open") || ledger_is_same(state, "acknowledged");
}

static bool is_said_there(const struct ledger *ledger, const struct known_effect *effect)
{
    for (size_t i = 0; i < ledger->recorded_count && ledger->recorded[i] != effect; i++)
        if (ledger->recorded[i]->prompt == effect->prompt &&
            ledger_is_same(ledger->recorded[i]->operation, effect->operation) &&
            ledger_is_same(ledger->recorded[i]->channel, effect->channel))
            return true;
    return false;
}

static void check_said(struct ledger *ledger, const struct known_operation *operation,
                       const struct known_effect *effect)
{
    struct incident *incident = operation->incident;
    enum prompt prompt = effect->prompt;
    int64_t now_ms = ledger_now_ms(ledger), last_ms = incident->said_ms[prompt],
            after_ms = prompt == PROMPT_POST_MORTEM && incident->said[prompt] ? DAY_MS : time_of(incident, prompt),
            passed_ms = ledger->decided_at_ms - incident->steady_ms[prompt];

    if (!is_asked_of(prompt, incident->state) && !is_asked_of(prompt, incident->state_then))
        ledger_complain(ledger, "nobody is asked for what is not wanted", "%s of %s, which is %s", effect->id,
                        operation->id, incident->state);
    if (is_said_there(ledger, effect))
        ledger_complain(ledger, "people are asked once for what is due", "%s says in %s what was said there just now",
                        effect->id, effect->channel);
    if (last_ms == now_ms && incident->said[prompt])
        return; /* by the same commit, in another channel */
    if (prompt == PROMPT_ACKNOWLEDGE && incident->said[prompt])
        ledger_complain(ledger, "people are asked once for what is due",
                        "%s says again that nobody has acknowledged %s, after %" PRId64 " ms", effect->id,
                        operation->id, now_ms - last_ms);
    else if (passed_ms < after_ms - TURN_MS && incident->since_ms[prompt] < now_ms &&
             incident->severity_ms <= incident->since_ms[prompt])
        ledger_complain(ledger, "nobody is asked before it is due",
                        "%s of %s comes after %" PRId64 " ms, and its time is %" PRId64, effect->id, operation->id,
                        passed_ms, after_ms);
    ledger_count(ledger, DEED_PROMPTED);
    incident->said[prompt] = true;
    incident->said_ms[prompt] = now_ms;
    incident->since_ms[prompt] = now_ms;
    incident->steady_ms[prompt] = ledger->decided_at_ms;
}

/* What time it was for whoever decided it stands in the commit, too. */
static void see_time(const struct ledger *ledger, struct incident *incident)
{
    for (size_t i = 0; i < PROMPT_COUNT; i++)
        if (incident->steady_ms[i] < 0)
            incident->steady_ms[i] = ledger->decided_at_ms;
}

void prompts_commit(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->touched_count; i++)
        if (ledger->touched[i]->incident)
            see_time(ledger, ledger->touched[i]->incident);
    for (size_t i = 0; i < ledger->recorded_count; i++) {
        const struct known_effect *effect = ledger->recorded[i];
        const struct known_operation *operation =
            effect->prompt ? ledger_find_operation(ledger, effect->operation) : NULL;

        if (operation && operation->incident)
            check_said(ledger, operation, effect);
    }
    for (size_t i = 0; i < ledger->touched_count; i++)
        if (ledger->touched[i]->incident)
            ledger->touched[i]->incident->state_then = ledger->touched[i]->incident->state;
}

/* ---- what is due is said ---- */

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* By the clock that nobody sets it was due; and long enough whoever owns the store could have seen to it. */
static void check_due(struct ledger *ledger, const struct known_operation *operation, enum prompt prompt)
{
    const struct incident *incident = operation->incident;
    int64_t late_ms = ledger->decided_at_ms - incident->steady_ms[prompt] - time_of(incident, prompt),
            since_ms = later(later(incident->since_ms[prompt], incident->severity_ms),
                             later(ledger->calm_ms, ledger->jumped_ms));

    if (!is_asked_of(prompt, incident->state) || time_of(incident, prompt) == 0 || ledger->calm_ms < 0 ||
        (incident->said[prompt] && prompt != PROMPT_UPDATE))
        return;
    if (late_ms > LATE_MAX_MS && ledger_now_ms(ledger) - since_ms > HANG_MAX_MS)
        ledger_complain(ledger, "people are asked when it is due",
                        "%s is %s, and nobody was asked, %" PRId64 " ms ago: %s", operation->id, incident->state,
                        late_ms, words[prompt].a);
}

void ledger_check_prompts(struct ledger *ledger)
{
    for (size_t i = 0; !ledger->is_store_lost && i < ledger->operations_count; i++) {
        const struct known_operation *operation = ledger->operations[i];

        for (size_t k = 1; operation->incident && operation->is_live && !operation->is_stuck && k < PROMPT_COUNT; k++)
            check_due(ledger, operation, (enum prompt)k);
    }
}
