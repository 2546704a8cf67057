#include "handlers/hold/lock.h"

#include "handlers/hold/lock_place.h"
#include "handlers/hold/locked.h"
#include "handlers/operation_words.h"
#include "handlers/person.h"

#include "bot/base/time.h"

#include <assert.h>
#include <string.h>

#define REASON_MAX_BYTES 300
#define QUOTED_BYTES 40
#define FOR_MIN_MS MINUTE_MS
#define FOR_MAX_MS (90 * DAY_MS)

const char *const lock_blocks_names[] = { "deploy", "all", NULL };

static const struct shape_field rows[] = {
    ROW_STRING(lock_body, service, .flags = SHAPE_NONZERO),
    ROW_STRING(lock_body, environment, .flags = SHAPE_NONZERO),
    ROW_STRING(lock_body, reason, .flags = SHAPE_REQUIRED | SHAPE_PERSONAL),
    ROW_ENUM(lock_body, blocks, lock_blocks_names),
    ROW_INT(lock_body, until_ms, .flags = SHAPE_NONZERO),
    ROW_INT(lock_body, reminders, .flags = SHAPE_NONZERO),
    ROW_OPTION(lock_body, owner, &principal_shape),
    ROW_BOOL(lock_body, deactivated, .flags = SHAPE_NONZERO),
    ROW_BOOL(lock_body, is_left, .flags = SHAPE_NONZERO),
};
const struct shape lock_body_shape = SHAPE("a lock", lock_body, rows);

static const struct verb_option options[] = {
    { .name = "for", .takes_value = true },
    { .name = "blocks", .takes_value = true },
    { .name = "steal" },
    { .name = "to", .takes_value = true },
};

static const char *rest_of(const struct typed *typed, size_t taken, struct arena *arena)
{
    const char *text = NULL;

    for (size_t i = taken; i < typed->words_count; i++)
        text = text ? arena_printf(arena, "%s %s", text, typed->words[i]) : typed->words[i];
    return text;
}

static bool read_for(const struct view *view, const struct typed *typed, struct lock_body *body, struct error *err)
{
    const char *text = typed_option(typed, "for");
    int64_t for_ms;

    if (!text)
        return true;
    if (!duration_parse(str_of(text), &for_ms, err) || for_ms < FOR_MIN_MS || for_ms > FOR_MAX_MS)
        return error_set(err, ERR_INVALID, "`--for` takes a duration from 1m to 90d, such as `2h`. Nothing was done.");
    body->until_ms = view->now_ms + for_ms;
    return true;
}

static bool read_blocks(const struct typed *typed, struct lock_body *body, struct error *err)
{
    const char *text = typed_option(typed, "blocks");

    body->blocks = text && strcmp(text, lock_blocks_names[LOCK_ALL]) == 0 ? LOCK_ALL : LOCK_DEPLOYS;
    return !text || strcmp(text, lock_blocks_names[body->blocks]) == 0 ||
           error_set(err, ERR_INVALID, "`--blocks` takes `deploy` (of everybody but you) or `all`. Nothing was done.");
}

/* ---- a new one ---- */

/* Whoever takes one over without saying why does so for the reason that stands there. */
static const char *reason_of(const struct typed *typed, size_t taken, const struct operation *lock, struct arena *arena)
{
    const char *reason = rest_of(typed, taken, arena);

    if (!reason && lock && typed_option(typed, "steal"))
        return json_find_string(lock->body, "reason");
    return reason ? card_quote(str_of(reason), REASON_MAX_BYTES, arena) : NULL;
}

static bool read_new(const struct view *view, const struct typed *typed, size_t taken, const struct operation *lock,
                     struct lock_arguments *arguments, struct error *err)
{
    struct lock_body *body = &arguments->body;
    struct hold_place place;

    if (!read_for(view, typed, body, err) || !read_blocks(typed, body, err))
        return false;
    body->reason = reason_of(typed, taken, lock, view->arena);
    arguments->steals = typed_option(typed, "steal") != NULL;
    place = lock_place_of(body);
    return body->reason || error_set(err, ERR_INVALID,
                                     "Why? Say it behind the place, as in `lock %s \"db migration\"`. Nothing was "
                                     "done.",
                                     lock_place_typed(&place, view->arena));
}

/* ---- one changes hands ---- */

static bool is_owner(const struct view *view, const struct operation *lock, const struct principal *who)
{
    const struct principal owner = hold_owner(lock);

    return policy_is_same_person(view->policy, NULL, &owner, who);
}

/* Policy is asked for `lock` of its owner, and for `unlock` of anybody else, who could end it as well. */
static bool read_hand_over(const struct view *view, const struct typed *typed, size_t taken,
                           const struct operation *lock, struct lock_arguments *arguments, struct question *question,
                           struct error *err)
{
    struct hold_place place = lock_place_of(&arguments->body);
    struct principal *to = ARENA_NEW(view->arena, struct principal);
    const char *who = typed_option(typed, "to");
    const char *id = person_by_name(view->settings, who, view->arena, err);

    if (!id && err->code == ERR_CONFLICT)
        return error_set(err, ERR_INVALID, "To whom? %s. Nothing was done.", arena_strdup(view->arena, err->message));
    if (!id || !policy_read_principal(view->policy, id, view->arena, to))
        return error_set(err, ERR_INVALID,
                         "To whom? `%s` is nobody: mention them in Slack, or name them by a name of `people` or as in "
                         "`--to slack:U012AB3CD`. "
                         "Nothing was done.",
                         card_quote(str_of(who), QUOTED_BYTES, view->arena));
    if (typed->words_count > taken || typed_option(typed, "for") || typed_option(typed, "blocks") ||
        typed_option(typed, "steal"))
        return error_set(err, ERR_INVALID,
                         "`--to` hands over the lock as it stands, so nothing else goes with it. Nothing was done.");
    if (!lock)
        return error_set(err, ERR_NOT_FOUND, "There is no lock on %s to be handed over. Nothing was done.",
                         hold_place_text(&place, view->arena));
    arguments->to = to;
    if (!is_owner(view, lock, &question->principal))
        question->verb = verb_unlock.name;
    return true;
}

/* A lock that is there may be named by its number, too: a place may not be locked by one. */
static bool read_which(const struct view *view, const struct request *request, const struct typed *typed,
                       struct hold_place *ret_place, size_t *ret_taken, struct question *ret_question,
                       struct error *err)
{
    const char *id = typed_option(typed, "to") && typed->words_count > 0
                         ? operation_typed(view->settings, typed->words[0], view->arena)
                         : NULL;

    *ret_taken = 1;
    return id ? lock_place_by_id(view, request, id, ret_place, ret_question, err)
              : lock_place_read(view, request, typed, ret_place, ret_taken, ret_question, err);
}

static bool lock_asks(const struct view *view, const struct request *request, struct question *ret_question,
                      const void **ret_arguments, struct error *err)
{
    struct lock_arguments *arguments = ARENA_NEW(view->arena, struct lock_arguments);
    const struct operation *lock;
    struct hold_place place;
    struct typed typed;
    size_t taken;

    if (!request_read(request, options, ARRAY_LEN(options), view->arena, &typed, err) ||
        !read_which(view, request, &typed, &place, &taken, ret_question, err))
        return false;
    lock = lock_find(view, &place);
    if (lock && lock->is_stuck && (typed_option(&typed, "to") || typed_option(&typed, "steal")))
        return error_set(
            err, ERR_CONFLICT,
            "%s is stuck, and cannot be taken over: `unlock %s` ends it, and then `lock`. Nothing was done.", lock->id,
            lock->id);
    arguments->body.service = place.service;
    arguments->body.environment = place.environment;
    if (!(typed_option(&typed, "to") ? read_hand_over(view, &typed, taken, lock, arguments, ret_question, err)
                                     : read_new(view, &typed, taken, lock, arguments, err)))
        return false;
    if (lock && !arguments->steals) /* it answers for itself */
        ret_question->operation = lock->id;
    *ret_arguments = arguments;
    return true;
}

/* ---- it begins ---- */

static bool is_in(const struct operation *operation, const struct hold_place *place)
{
    return (!place->service || text_equal_or_none(json_find_string(operation->body, "service"), place->service)) &&
           (!place->environment ||
            text_equal_or_none(json_find_string(operation->body, "environment"), place->environment));
}

static bool has_target(const struct view *view, const struct operation *operation)
{
    const struct target *target = operation->target ? view->find_target(view->ctx, operation->target) : NULL;

    return target && text_equal_or_none(target->holder, operation->id);
}

static void say_how_it_is_held(const struct view *view, const struct operation *rollout, bool is_own,
                               struct outcome *out)
{
    const char *where = rollout->target ? rollout->target : rollout->kind;

    if (is_own)
        outcome_reply_line(out, "*%s* (%s) is yours and goes on: `--blocks all` would hold it, too.", rollout->id,
                           where);
    else if (has_target(view, rollout))
        outcome_reply_line(out,
                           "*%s* (%s) is at work there: it gets no more traffic; `abort %s` takes back what it has.",
                           rollout->id, where, rollout->id);
    else
        outcome_reply_line(out, "*%s* (%s) waits, and does not begin there.", rollout->id, where);
}

static void say_who_is_held(const struct view *view, const struct request *request, const struct lock_body *body,
                            struct outcome *out)
{
    const struct hold_place place = lock_place_of(body);
    size_t count = view->list_operations(view->ctx, NULL, 0);
    const struct operation **all = arena_alloc(view->arena, (count + 1) * sizeof(*all));

    view->list_operations(view->ctx, all, count);
    for (size_t i = 0; i < count; i++)
        if (!operation_has_ended(all[i]) && strcmp(all[i]->kind, "deploy") == 0 && is_in(all[i], &place) &&
            !json_find_bool(all[i]->body, "is_way_back", false))
            say_how_it_is_held(view, all[i],
                               body->blocks == LOCK_DEPLOYS &&
                                   policy_is_same_person(view->policy, NULL, &all[i]->requester, &request->principal),
                               out);
}

/* Whose it was, and what of theirs it keeps or loses. */
static void say_taken(const struct view *view, const struct operation *lock, const struct lock_body *body,
                      struct outcome *out)
{
    const int64_t until_ms = json_find_int(lock->body, "until_ms", 0);
    const struct principal owner = hold_owner(lock);

    outcome_reply_line(out, "It takes the place of %s, which %s had.", lock->id,
                       principal_mention(&owner, view->arena));
    if (until_ms && !body->until_ms)
        outcome_reply_line(out, "That one would have ended %s; this one stays until `unlock`.",
                           card_date(until_ms + view->shift_ms, view->arena));
    if (body->blocks == LOCK_ALL)
        outcome_reply_line(out, "It holds your changes, too, as that one did.");
}

/* Whoever takes one over ends it no sooner than it would have ended, unless they could end it at once. */
static bool may_end_sooner(const struct view *view, const struct request *request, const struct question *question,
                           const struct operation *lock, const struct lock_body *body, struct decision *ret)
{
    const int64_t until_ms = json_find_int(lock->body, "until_ms", 0);
    struct question unlock = *question;
    struct facts facts = view_facts(view);

    if (!body->until_ms || (until_ms && body->until_ms >= until_ms) || is_owner(view, lock, &request->principal))
        return true;
    unlock.verb = verb_unlock.name;
    facts.reason = body->reason;
    *ret = policy_decide(view->policy, &unlock, &facts, POLICY_WHOLE);
    return ret->verdict == VERDICT_ALLOW;
}

static void refuse_sooner(const struct view *view, const struct operation *lock, const struct decision *decision,
                          struct outcome *out)
{
    outcome_refuse(
        out,
        "%s (%s). Nothing was done: to let it end sooner than it would takes the right to `unlock`, and %s%s%s%s. "
        "Leave `--for` out, or ask for longer.",
        hold_words(view, lock), lock->id, decision->reason, decision->rule ? " (" : "",
        decision->rule ? decision->rule : "", decision->rule ? ")" : "");
}

static void lock_begin(const struct view *view, const struct request *request, const struct question *question,
                       const void *value, struct outcome *out)
{
    const struct lock_arguments *arguments = value;
    struct lock_body *body = ARENA_NEW(view->arena, struct lock_body); /* outlives this call, as what begins does */
    struct hold_place place = lock_place_of(&arguments->body);
    const struct operation *lock = lock_find(view, &place);
    struct decision decision;
    cJSON *taken;

    assert(!lock || arguments->steals); /* else that one is asked */
    *body = arguments->body;
    if (lock && !may_end_sooner(view, request, question, lock, body, &decision)) {
        refuse_sooner(view, lock, &decision, out);
        return;
    }
    if (lock && text_equal_or_none(json_find_string(lock->body, "blocks"), lock_blocks_names[LOCK_ALL]))
        body->blocks = LOCK_ALL; /* who takes one over does not make less of it */
    outcome_begin(out, machine_lock.kind, NULL, "locked", body);
    if (body->until_ms)
        outcome_timer(out, "over", body->until_ms);
    outcome_timer(out, LOCKED_REMIND, view->now_ms + LOCKED_REMIND_MS);
    if (lock) {
        taken = json_object();
        json_set_string(taken, "by", principal_mention(&request->principal, view->arena));
        outcome_message(out, lock->id, LOCKED_MESSAGE_TAKEN, taken);
    }
    hold_tell_rollouts(view, &place, out);
    outcome_reply(out, "*%s*: %s is locked%s%s%s.", out->operation_id, hold_place_text(&place, view->arena),
                  body->blocks == LOCK_ALL ? " for all changes" : " for deploys of others",
                  body->until_ms ? " until " : "",
                  body->until_ms ? card_date(body->until_ms + view->shift_ms, view->arena) : "");
    if (lock)
        say_taken(view, lock, body, out);
    say_who_is_held(view, request, body, out);
}

static const char *const lock_details[] = {
    "`lock api production \"db migration\"`, `lock production \"audit\" --for 2h`, `lock all \"outage\"`",
    "`--blocks deploy` (as without it): deploys of everybody but you. `--blocks all`: every change, yours too, but the way back",
    "`lock platform-prod-db \"a migration\"`: a database; nobody but you fails it over",
    "`--for 2h`: it ends by itself; without it you are reminded every 3 h",
    "`--steal`: takes over somebody else's, who is told",
    "`lock production --to @bob`, or `lock D1042 --to @bob`: hands over the one that is there to somebody who may lock there; both are told",
    NULL,
};

const struct verb verb_lock = {
    .name = "lock",
    .usage = "lock [SERVICE] ENVIRONMENT|DATABASE|all REASON [--for DURATION] [--blocks deploy|all] [--steal], or lock ... "
             "--to WHO",
    .summary = "hold a place: no rollout begins there, and none gets more traffic",
    .details = lock_details,
    .options = options,
    .options_count = ARRAY_LEN(options),
    .asks = lock_asks,
    .begin = lock_begin,
};
