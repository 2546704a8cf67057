/* blocks.c - `blocks`: what is blocked, by whom, why, for how long still, and strangers' rules among ours. It is read
 * once and told. */
#include "handlers/protection/guarding.h"

#include "handlers/deploy/ending.h"
#include "handlers/protection/protection.h"

#include "bot/base/time.h"
#include "bot/model/card.h"
#include "bot/model/exchange.h"

#include <inttypes.h>
#include <string.h>

#define READ_DEADLINE_MS (25 * SECOND_MS)
#define PREFIX "seen:"
#define LISTED_MAX 20 /* protections */
#define RULES_MAX 60  /* told of each */
#define QUOTED_BYTES 160

struct blocks_sight {
    const char *protection;
    struct armor_place place;
    bool is_over;
    const char **lines;
    size_t lines_count;
};
struct blocks_body {
    struct blocks_sight *sights;
    size_t sights_count;
};

static const struct shape_field sight_rows[] = {
    ROW_STRING(blocks_sight, protection, .flags = SHAPE_REQUIRED),
    ROW_OBJECT(blocks_sight, place, &armor_place_shape),
    ROW_BOOL(blocks_sight, is_over, .flags = SHAPE_NONZERO),
    ROW_STRINGS(blocks_sight, lines, .flags = SHAPE_NONZERO),
};
static const struct shape sight_shape = SHAPE("a protection that is looked at", blocks_sight, sight_rows);
static const struct shape_field body_rows[] = {
    ROW_OBJECTS(blocks_body, sights, &sight_shape),
};
static const struct shape blocks_body_shape = SHAPE("a look at protections", blocks_body, body_rows);

/* ---- asks ---- */

static struct question question_of(const struct protection_settings *protection, const struct request *request)
{
    return (struct question){ .principal = request->principal,
                              .verb = verb_blocks.name,
                              .environment = protection->environment,
                              .source = request->source };
}

static bool may(const struct view *view, const struct question *question)
{
    struct facts facts = view_facts(view);

    return policy_decide(view->policy, question, &facts, POLICY_STATIC).verdict != VERDICT_DENY;
}

/* Those that they may see; the question is about the first of them: refused is who may see none. */
static void ask_of_all(const struct view *view, const struct request *request, struct question *question,
                       struct blocks_body *body)
{
    for (size_t i = view->settings->protections_count; i > 0; i--) {
        const struct protection_settings *protection = &view->settings->protections[i - 1];
        struct question one = question_of(protection, request);
        bool is_allowed = may(view, &one);

        if (i == view->settings->protections_count || is_allowed)
            *question = one;
        if (is_allowed && body->sights_count < LISTED_MAX)
            *ARENA_PUSH(view->arena, body->sights, body->sights_count) =
                (struct blocks_sight){ .protection = protection->name,
                                       .place = { protection->project, protection->policy } };
    }
}

static bool blocks_asks(const struct view *view, const struct request *request, struct question *ret_question,
                        const void **ret_arguments, struct error *err)
{
    struct blocks_body *body = ARENA_NEW(view->arena, struct blocks_body);
    struct typed typed;

    *ret_arguments = body;
    if (!request_read(request, NULL, 0, view->arena, &typed, err))
        return false;
    if (typed.words_count > 0)
        return error_set(err, ERR_INVALID, "`blocks` lists all of them, and takes no words.");
    if (view->settings->protections_count == 0)
        return error_set(err, ERR_INVALID,
                         "There is nothing to block addresses with: the configuration lists none under "
                         "`protections`.");
    ask_of_all(view, request, ret_question, body);
    return true;
}

static void blocks_begin(const struct view *view, const struct request *request, const struct question *question,
                         const void *value, struct outcome *out)
{
    struct blocks_body *body = ARENA_NEW(view->arena, struct blocks_body);

    (void)request, (void)question;
    *body = *(const struct blocks_body *)value;
    outcome_begin(out, machine_blocks.kind, NULL, "reading", body);
    for (size_t i = 0; i < body->sights_count; i++) {
        struct armor_look look = { .place = body->sights[i].place };

        outcome_read(out, arena_printf(view->arena, PREFIX "%zu", i), READING_ARMOR,
                     shape_to_json(&armor_look_shape, &look, SHAPE_WHOLE), READ_DEADLINE_MS);
    }
}

/* ---- it is told ---- */

static void add_line(const struct view *view, struct blocks_sight *sight, const char *line)
{
    *ARENA_PUSH(view->arena, sight->lines, sight->lines_count) = line;
}

static void tell_own(const struct view *view, struct blocks_sight *sight, const struct armor_rule *rule,
                     const struct operation *owner)
{
    struct arena *arena = view->arena;
    const char *range = json_find_string(owner->body, "range"), *reason = json_find_string(owner->body, "reason");
    int64_t until_ms = json_find_int(owner->body, "until_ms", 0), left_ms = until_ms - view->now_ms;

    add_line(view, sight,
             arena_printf(arena, "*%s* `%s`%s until %s (%s), by %s%s%s; rule %" PRId64, owner->id, range ? range : "",
                          rule->is_preview ? ", preview," : "", card_date(until_ms + view->shift_ms, arena),
                          left_ms > 0 ? arena_printf(arena, "%s left", duration_about(left_ms).text)
                                      : "*over*: it is taken away",
                          principal_mention(&owner->requester, arena), reason ? ": " : "", reason ? reason : "",
                          rule->priority));
}

static void tell_others(const struct view *view, struct blocks_sight *sight, const struct armor_rule *rule)
{
    struct arena *arena = view->arena;
    const char *range = rule->ranges_count > 0 ? card_quote(str_of(rule->ranges[0]), QUOTED_BYTES, arena) : NULL;

    add_line(view, sight,
             arena_printf(arena, "rule %" PRId64 " is not opsgate's: %s %s%s%s%s", rule->priority,
                          card_quote(str_of(rule->action), QUOTED_BYTES, arena), range ? range : "by an expression",
                          rule->ranges_count > 1 ? ", ..." : "", rule->description ? ": " : "",
                          rule->description ? card_quote(str_of(rule->description), QUOTED_BYTES, arena) : ""));
}

static bool is_shown(const struct armor_seen *seen, const struct operation *block)
{
    return armor_rule_marked(seen, json_find_string(block->body, "mark")) != NULL;
}

/* Live ones that the policy does not show: on their way, or taken away by somebody. */
static size_t tell_unseen(const struct view *view, struct blocks_sight *sight, const struct armor_seen *seen)
{
    size_t count = view->list_operations(view->ctx, NULL, 0), told = 0;
    const struct operation **all = arena_alloc(view->arena, (count + 1) * sizeof(*all));

    view->list_operations(view->ctx, all, count);
    for (size_t i = 0; i < count; i++) {
        const char *range = json_find_string(all[i]->body, "range"),
                   *where = json_find_string(all[i]->body, "protection");
        bool is_preview = json_find_bool(all[i]->body, "is_preview", false);

        if (!guarding_is_block(all[i]) || !range || !where || strcmp(where, sight->protection) != 0 ||
            is_shown(seen, all[i]))
            continue;
        add_line(view, sight,
                 arena_printf(view->arena, "*%s* `%s` (%s): *no rule of it is there*", all[i]->id, range,
                              is_preview ? "preview" : all[i]->state));
        told++;
    }
    return told;
}

static void tell_seen(const struct view *view, struct blocks_sight *sight, const struct armor_seen *seen)
{
    const struct protection_settings *protection = settings_find_protection(view->settings, sight->protection);
    size_t told = 0;

    add_line(view, sight,
             arena_printf(view->arena, "*%s* (`%s` in %s): %zu rule%s besides the last; its adaptive protection is %s",
                          sight->protection, sight->place.policy, sight->place.project, seen->rules_count,
                          seen->rules_count == 1 ? "" : "s", seen->is_adaptive ? "on" : "off"));
    for (size_t i = 0; i < seen->rules_count && told < RULES_MAX; i++) {
        const struct armor_rule *rule = &seen->rules[i];
        const struct operation *owner = guarding_owner(view, sight->protection, rule);
        bool is_among_ours =
            protection && rule->priority >= protection->priorities.from && rule->priority <= protection->priorities.to;

        if (owner)
            tell_own(view, sight, rule, owner);
        else if (is_among_ours)
            tell_others(view, sight, rule);
        told += owner || is_among_ours;
    }
    if (tell_unseen(view, sight, seen) + told == 0)
        add_line(view, sight, "    nothing is blocked by opsgate there");
}

/* ---- it is read ---- */

static void take(const struct view *view, const struct event *event, struct blocks_sight *sight)
{
    struct armor_seen seen;
    struct error err;

    sight->is_over = true;
    if (event->end != END_DONE)
        add_line(view, sight,
                 arena_printf(view->arena, "*%s*: *not read*: %s", sight->protection, deploy_why(event, view->arena)));
    else if (!shape_from_json(&armor_seen_shape, event->body, view->arena, &seen, &err))
        add_line(view, sight,
                 arena_printf(view->arena, "*%s*: *not read*: %s", sight->protection,
                              card_quote(str_of(err.message), QUOTED_BYTES, view->arena)));
    else
        tell_seen(view, sight, &seen);
}

static void answer(const struct blocks_body *body, struct outcome *out)
{
    outcome_reply(out, "What opsgate blocks:");
    for (size_t i = 0; i < body->sights_count; i++)
        for (size_t k = 0; k < body->sights[i].lines_count; k++)
            outcome_reply_line(out, "%s", body->sights[i].lines[k]);
    outcome_move(out, NULL, body);
    outcome_end(out, "done", "done", "looked");
    out->is_forgotten = true;
}

static void on_reading(const struct view *view, const struct blocks_body *before, const struct event *event,
                       struct outcome *out)
{
    struct blocks_body *body = ARENA_NEW(view->arena, struct blocks_body);
    struct str index = str_of(event->name);
    struct error ignored;
    bool is_over = true;
    int64_t at;

    for (size_t i = 0; i < before->sights_count; i++) /* the old list belongs to the record */
        *ARENA_PUSH(view->arena, body->sights, body->sights_count) = before->sights[i];
    if (!str_take_prefix(&index, PREFIX) || !parse_int(index, 0, (int64_t)body->sights_count - 1, &at, &ignored))
        return;
    take(view, event, &body->sights[at]);
    for (size_t i = 0; i < body->sights_count; i++)
        is_over = is_over && body->sights[i].is_over;
    if (is_over)
        answer(body, out);
    else
        outcome_move(out, NULL, body);
}

static void blocks_on_event(const struct view *view, const struct operation *operation, const void *body,
                            const struct event *event, struct outcome *out)
{
    (void)operation;
    if (event->kind == EVENT_READING)
        on_reading(view, body, event, out);
    else if (event->kind == EVENT_REQUEST)
        outcome_refuse(out, "A look changes nothing, and answers within seconds. Nothing was done.");
}

const struct machine machine_blocks = {
    .kind = "protection-look",
    .schema = 1,
    .body = &blocks_body_shape,
    .on_event = blocks_on_event,
};

const struct verb verb_blocks = {
    .name = "blocks",
    .usage = "blocks",
    .summary = "what is blocked at Cloud Armor, by whom, why, and for how long still",
    .is_look = true,
    .asks = blocks_asks,
    .begin = blocks_begin,
};
