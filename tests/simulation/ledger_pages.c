/* ledger_pages.c - an incident and its pages in PagerDuty: what is written there is written from the state that was
 * seen, by a wish that still stands; what somebody has resolved stays so until somebody opens it again; and when all is
 * told and nothing is on its way, both agree.
 */
#include "tests/simulation/ledger_incidents.h"

#include "bot/base/time.h"
#include "bot/model/pagerduty_act.h"

#include <inttypes.h>
#include <string.h>

#define ATTEMPT_MS (31 * SECOND_MS)
#define CLOCKS_MS (5 * SECOND_MS) /* PagerDuty's are whole seconds, and so late may be known what it was */
#define STILL_MS (6 * SECOND_MS)

struct page_known { /* as it is there */
    const char *id, *status;
    int64_t changed_ms, resolved_ms;
    int64_t opened_ms; /* when it became, last, what is not resolved */
    int reopened; /* by whoever */
    const char **notes;
    size_t notes_count;
};

static struct page_known *find_page(const struct ledger *ledger, const char *id)
{
    for (size_t i = 0; i < ledger->pages_count; i++)
        if (ledger_is_same(ledger->pages[i].id, id))
            return &ledger->pages[i];
    return NULL;
}

void pages_seen(void *ctx, const struct world_page *page, const char *was)
{
    struct ledger *ledger = ctx;
    struct page_known *known = find_page(ledger, page->id);

    story_tell(ledger->options.story, "world", "%s is %s in PagerDuty%s%s", page->id, page->status, was ? ", was " : "",
               was ? was : "");
    if (!known) {
        known = ARENA_PUSH(ledger->arena, ledger->pages, ledger->pages_count);
        *known = (struct page_known){ .id = page->id };
        ledger_count(ledger, DEED_PAGED);
    }
    known->reopened += ledger_is_same(was, "resolved");
    known->status = page->status;
    known->changed_ms = page->changed_at_ms;
    if (ledger_is_same(page->status, "resolved"))
        known->resolved_ms = page->changed_at_ms;
    else
        known->opened_ms = page->changed_at_ms;
}

/* ---- what opsgate writes there ---- */

void pages_effect(struct ledger *ledger, struct known_effect *effect, const cJSON *json)
{
    if (strcmp(effect->kind, EFFECT_PAGERDUTY_STATUS) == 0 && !effect->intent)
        effect->intent = arena_strdup(ledger->arena, json_find_string(json, "args.intent"));
}

void pages_told(struct ledger *ledger, const struct logged_call *call)
{
    struct known_effect *effect = call->page_status ? ledger_find_effect(ledger, call->sender.effect) : NULL;

    if (!effect)
        return;
    effect->seen_status = call->page_status;
    effect->seen_ms = call->arrived_ms;
    effect->seen_attempt = call->sender.attempt;
    effect->seen_actor = call->sender.actor;
}

static bool is_for(const char *intent, const char *status)
{
    static const char *const rows[][2] = {
        { "acknowledge", "triggered" },
        { "resolve", "triggered" },
        { "resolve", "acknowledged" },
        { "reopen", "resolved" },
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (ledger_is_same(rows[i][0], intent) && ledger_is_same(rows[i][1], status))
            return true;
    return false;
}

/* Whoever put the date back made every wish younger, by it. */
static bool has_jumped_since(const struct ledger *ledger, int64_t at_ms)
{
    return ledger->jumped_ms >= at_ms;
}

static bool is_retry(const struct known_effect *effect, const struct logged_call *call)
{
    return call->sender.attempt > effect->first_attempt;
}

/* It left an owner that is none any more, before the one behind it looked: what that first one saw is forgotten here. */
static bool was_given_up(const struct known_effect *effect, const struct logged_call *call)
{
    return effect->seen_status && effect->seen_actor != call->sender.actor && call->left_ms < effect->seen_ms;
}

static void check_status(struct ledger *ledger, const struct logged_call *call, const struct world_change *change)
{
    const struct known_effect *effect = ledger_find_effect(ledger, change->effect);

    if (!effect || !effect->intent) {
        ledger_complain(ledger, "a page is changed because somebody wants it", "%s became %s by %s", change->place,
                        change->text, effect ? effect->id : "nobody's effect");
        return;
    }
    ledger_count(ledger, DEED_PAGE_WRITTEN);
    if (was_given_up(effect, call))
        return;
    if (!effect->seen_status || effect->seen_attempt != call->sender.attempt)
        ledger_complain(ledger, "a page is changed only by who has just looked at it", "%s wrote %s to %s", effect->id,
                        change->text, change->place);
    else if (!is_for(effect->intent, effect->seen_status))
        ledger_complain(ledger, "a page is changed only from the states that a wish is for",
                        "%s wants to %s %s, saw it %s, and made it %s", effect->id, effect->intent, change->place,
                        effect->seen_status, change->text);
    if (call->left_ms - effect->recorded_ms > PAGERDUTY_INTENT_MS + ATTEMPT_MS &&
        !has_jumped_since(ledger, effect->recorded_ms))
        ledger_complain(ledger, "a wish that could not be written in time is void",
                        "%s wrote %s to %s, %" PRId64 " ms after it was wanted", effect->id, change->text,
                        change->place, call->left_ms - effect->recorded_ms);
    if (is_retry(effect, call) && change->at_ms > effect->recorded_ms + CLOCKS_MS && change->at_ms < effect->seen_ms &&
        !has_jumped_since(ledger, effect->recorded_ms))
        ledger_complain(ledger, "an old wish gives way to what somebody did since",
                        "%s, of %" PRId64 " ms ago, made %s %s, and it was %s since %" PRId64 " ms", effect->id,
                        call->left_ms - effect->recorded_ms, change->place, change->text, change->was,
                        call->left_ms - change->at_ms);
}

static void check_note(struct ledger *ledger, const struct world_change *change)
{
    struct page_known *page = find_page(ledger, change->place);

    for (size_t i = 0; page && i < page->notes_count; i++)
        if (strcmp(page->notes[i], change->text) == 0)
            ledger_complain(ledger, "a note is written once", "\"%s\" stands in %s twice", change->text, page->id);
    if (page)
        *ARENA_PUSH(ledger->arena, page->notes, page->notes_count) = arena_strdup(ledger->arena, change->text);
}

void pages_changed(struct ledger *ledger, const struct logged_call *call, const struct world_change *change)
{
    if (change->kind == CHANGE_PAGE)
        check_status(ledger, call, change);
    if (change->kind == CHANGE_PAGE_NOTE)
        check_note(ledger, change);
}

/* ---- what becomes so here ---- */

void pages_operation(struct ledger *ledger, struct known_operation *operation, const cJSON *body)
{
    struct incident *incident = operation->incident;
    size_t at = 0;

    incident->changed_ms = ledger_now_ms(ledger);
    incident->is_unclear = false;
    incident->has_more_pages = json_find_int(body, "more_pages", 0) > 0;
    JSON_EACH(page, json_find(body, "pages")) {
        if (at++ == incident->pages_count) /* they only become more */
            *ARENA_PUSH(ledger->arena, incident->pages, incident->pages_count) =
                arena_strdup(ledger->arena, json_find_string(page, "id"));
        incident->seen.page = incident->pages[0];
        incident->is_unclear = incident->is_unclear || json_find_bool(page, "is_unclear", false);
    }
}

static bool is_open_there(const struct ledger *ledger, const struct incident *incident, bool *ret_is_acknowledged)
{
    bool is_open = false;

    *ret_is_acknowledged = false;
    for (size_t i = 0; i < incident->pages_count; i++) {
        const struct page_known *page = find_page(ledger, incident->pages[i]);

        is_open = is_open || (page && !ledger_is_same(page->status, "resolved"));
        *ret_is_acknowledged = *ret_is_acknowledged || (page && ledger_is_same(page->status, "acknowledged"));
    }
    return is_open;
}

static int reopened_there(const struct ledger *ledger, const struct incident *incident)
{
    int count = 0;

    for (size_t i = 0; i < incident->pages_count; i++) {
        const struct page_known *page = find_page(ledger, incident->pages[i]);

        count += page ? page->reopened : 0;
    }
    return count;
}

static bool did_a_person(const struct ledger *ledger, const struct known_operation *operation)
{
    for (size_t i = 0; i < ledger->accepted_count; i++)
        if (ledger->accepted[i].operation == operation && ledger->accepted[i].input && ledger->accepted[i].input->line)
            return true;
    return false;
}

/* Somebody was at one there after it was resolved here: that it is resolved there, too, by now, may not be told yet. */
static bool was_open_since(const struct ledger *ledger, const struct incident *incident)
{
    for (size_t i = 0; i < incident->pages_count; i++) {
        const struct page_known *page = find_page(ledger, incident->pages[i]);

        if (page && page->opened_ms > incident->resolved_ms)
            return true;
    }
    return false;
}

/* By the commit that was just written. */
void pages_reopened(struct ledger *ledger, struct known_operation *operation)
{
    struct incident *incident = operation->incident;
    bool ignored;

    if (did_a_person(ledger, operation))
        return;
    ledger_count(ledger, DEED_REOPENED_BY_PAGE);
    if (!is_open_there(ledger, incident, &ignored) && incident->reopenings >= reopened_there(ledger, incident) &&
        !was_open_since(ledger, incident))
        ledger_complain(ledger, "what is resolved is opened again by somebody, and by nothing that is old",
                        "%s is %s, and nobody has opened a page of it again", operation->id, incident->state);
    incident->reopenings++;
}

/* ---- both agree ---- */

static bool has_effect_out(const struct ledger *ledger, const struct known_operation *operation)
{
    for (size_t i = 0; i < ledger->effects_count; i++)
        if (ledger->effects[i]->dropped_ms < 0 && str_starts_with(str_of(ledger->effects[i]->lane), "pagerduty:") &&
            ledger_is_same(ledger->effects[i]->operation, operation->id))
            return true;
    return false;
}

/* PagerDuty did not take what somebody wanted, and people were told: here it stays as they want it. Opening it again mends
 * nothing there: a page that was not resolved is as it was, and may be acknowledged. */
static bool is_excused(const struct incident *incident)
{
    static const char *const moves[] = { "\"kind\":\"opened\"", "\"kind\":\"acknowledged\"", "\"kind\":\"resolved\"",
                                         "\"kind\":\"acknowledgement_ended\"" };

    for (size_t i = incident->timeline_count; i > 0; i--) {
        if (strstr(incident->timeline[i - 1], "\"kind\":\"pagerduty\""))
            return true;
        for (size_t k = 0; k < ARRAY_LEN(moves); k++)
            if (strstr(incident->timeline[i - 1], moves[k]))
                return false;
    }
    return false;
}

static bool is_still(const struct ledger *ledger, const struct incident *incident)
{
    int64_t since_ms = ledger_now_ms(ledger) - STILL_MS;

    for (size_t i = 0; i < incident->pages_count; i++) {
        const struct page_known *page = find_page(ledger, incident->pages[i]);

        if (page && page->changed_ms > since_ms)
            return false;
    }
    return incident->changed_ms <= since_ms && !incident->is_unclear && !incident->has_more_pages;
}

static void check_agrees(struct ledger *ledger, const struct known_operation *operation)
{
    const struct incident *incident = operation->incident;
    bool is_acknowledged, is_open = is_open_there(ledger, incident, &is_acknowledged);
    bool is_open_here = !ledger_is_same(incident->state, "resolved");

    ledger_count(ledger, DEED_AGREES);
    if (is_open != is_open_here)
        ledger_complain(ledger, "PagerDuty and opsgate agree in the end", "%s is %s, and in PagerDuty %s is%s open",
                        operation->id, incident->state, incident->pages[0], is_open ? "" : " not");
    else if (is_open && incident->pages_count == 1 &&
             is_acknowledged != ledger_is_same(incident->state, "acknowledged"))
        ledger_complain(ledger, "PagerDuty and opsgate agree in the end",
                        "%s is %s, and in PagerDuty %s is%s acknowledged", operation->id, incident->state,
                        incident->pages[0], is_acknowledged ? "" : " not");
}

void ledger_check_pages(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->inputs_count; i++)
        if (ledger->inputs[i].is_event && ledger->inputs[i].ends == 0)
            return;
    for (size_t i = 0; !ledger->is_store_lost && i < ledger->operations_count; i++) {
        const struct known_operation *operation = ledger->operations[i];

        if (operation->incident && operation->is_live && !operation->is_stuck && !operation->result &&
            operation->incident->pages_count > 0 && is_still(ledger, operation->incident) &&
            !has_effect_out(ledger, operation) && !is_excused(operation->incident))
            check_agrees(ledger, operation);
    }
}
