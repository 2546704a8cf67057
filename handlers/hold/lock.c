#include "handlers/hold/lock.h"

#include "handlers/hold/hold.h"
#include "handlers/operation_words.h"
#include "handlers/place.h"

#include "bot/base/time.h"
#include "bot/model/delivery.h"
#include "bot/model/exchange.h"

#include <string.h>

#define EVERYTHING "all"
#define REASON_MAX_BYTES 300
#define QUOTED_BYTES 40
#define REMIND_MS (3 * HOUR_MS)
#define FOR_MIN_MS MINUTE_MS
#define FOR_MAX_MS (90 * DAY_MS)
#define MESSAGE_TAKEN "lock.taken" /* body {by} */

const char *const lock_blocks_names[] = { "deploy", "all", NULL };

static const struct shape_field rows[] = {
    ROW_STRING(lock_body, service, .flags = SHAPE_NONZERO),
    ROW_STRING(lock_body, environment, .flags = SHAPE_NONZERO),
    ROW_STRING(lock_body, reason, .flags = SHAPE_REQUIRED | SHAPE_PERSONAL),
    ROW_ENUM(lock_body, blocks, lock_blocks_names),
    ROW_INT(lock_body, until_ms, .flags = SHAPE_NONZERO),
    ROW_INT(lock_body, reminders, .flags = SHAPE_NONZERO),
};
const struct shape lock_body_shape = SHAPE("a lock", lock_body, rows);

static struct hold_place place_of(const struct lock_body *body)
{
    return (struct hold_place){ body->service, body->environment };
}

static bool is_same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* ---- which place ---- */

static bool is_environment(const struct settings *settings, const char *word)
{
    for (size_t i = 0; i < settings->services_count; i++)
        if (settings_find_environment(&settings->services[i], word))
            return true;
    return false;
}

/* SERVICE ENVIRONMENT, ENVIRONMENT, or "all"; *ret_rest: how many of the words it took. The question has what policy
 * needs to know of it. */
static bool read_place(const struct view *view, const struct request *request, const struct typed *typed,
                       struct hold_place *ret_place, size_t *ret_taken, struct question *ret_question,
                       struct error *err)
{
    const char *first = typed->words_count > 0 ? typed->words[0] : NULL;
    struct typed two = *typed;
    struct place place;

    *ret_place = (struct hold_place){ NULL, NULL };
    *ret_question =
        (struct question){ .principal = request->principal, .verb = request->verb, .source = request->source };
    *ret_taken = 1;
    if (!first)
        return error_set(err, ERR_INVALID,
                         "What? A service and its environment, an environment, or `%s`. Nothing was "
                         "done.",
                         EVERYTHING);
    if (strcmp(first, EVERYTHING) == 0)
        return true;
    if (!settings_find_service(view->settings, first) && is_environment(view->settings, first)) {
        ret_place->environment = ret_question->environment = first;
        return true;
    }
    two.words_count = two.words_count < 2 ? two.words_count : 2;
    if (!place_read(view->settings, &two, view->arena, &place, err))
        return false;
    place_ask(request, &place, view->arena, ret_question);
    ret_place->service = place.service->name;
    ret_place->environment = place.environment->name;
    *ret_taken = 2;
    return true;
}

static const struct operation *find_lock(const struct view *view, const struct hold_place *place)
{
    size_t count = hold_list(view, NULL, 0);
    const struct operation **list = arena_alloc(view->arena, (count + 1) * sizeof(*list));

    hold_list(view, list, count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i]->kind, machine_lock.kind) == 0 &&
            is_same(json_find_string(list[i]->body, "service"), place->service) &&
            is_same(json_find_string(list[i]->body, "environment"), place->environment))
            return list[i];
    return NULL;
}

/* ---- lock ---- */

static const struct verb_option options[] = {
    { .name = "for", .takes_value = true },
    { .name = "blocks", .takes_value = true },
    { .name = "steal" },
};

struct lock_arguments {
    struct lock_body body;
    bool steals;
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

static bool lock_asks(const struct view *view, const struct request *request, struct question *ret_question,
                      const void **ret_arguments, struct error *err)
{
    struct lock_arguments *arguments = ARENA_NEW(view->arena, struct lock_arguments);
    struct lock_body *body = &arguments->body;
    struct hold_place place;
    struct typed typed;
    const char *reason;
    size_t taken;

    if (!request_read(request, options, ARRAY_LEN(options), view->arena, &typed, err) ||
        !read_place(view, request, &typed, &place, &taken, ret_question, err) || !read_for(view, &typed, body, err) ||
        !read_blocks(&typed, body, err))
        return false;
    reason = rest_of(&typed, taken, view->arena);
    if (!reason)
        return error_set(err, ERR_INVALID,
                         "Why? Say it behind the place, as in `lock %s \"db migration\"`. Nothing was "
                         "done.",
                         place.environment ? place.environment : EVERYTHING);
    body->service = place.service;
    body->environment = place.environment;
    body->reason = card_quote(str_of(reason), REASON_MAX_BYTES, view->arena);
    arguments->steals = typed_option(&typed, "steal") != NULL;
    *ret_arguments = arguments;
    return true;
}

static bool is_free(const struct view *view, const struct request *request, const struct operation *lock,
                    const struct lock_arguments *arguments, struct outcome *out)
{
    struct hold_place place = place_of(&arguments->body);

    if (!lock || arguments->steals)
        return true;
    if (policy_is_same_person(view->policy, NULL, &lock->requester, &request->principal))
        outcome_refuse(out, "You hold %s already: %s has it since %s. `unlock` it first, or add `--steal`.",
                       hold_place_text(&place, view->arena), lock->id,
                       card_date(lock->created_at_ms + view->shift_ms, view->arena));
    else
        outcome_refuse(out, "%s (%s). Nothing was done: ask them, or add `--steal` to take it; they are told.",
                       hold_words(view, lock), lock->id);
    return false;
}

static void say_who_is_held(const struct view *view, const struct hold_place *place, struct outcome *out)
{
    size_t count = view->list_operations(view->ctx, NULL, 0);
    const struct operation **all = arena_alloc(view->arena, (count + 1) * sizeof(*all));

    view->list_operations(view->ctx, all, count);
    for (size_t i = 0; i < count; i++)
        if (!operation_has_ended(all[i]) && strcmp(all[i]->kind, "deploy") == 0 &&
            (!place->service || is_same(json_find_string(all[i]->body, "service"), place->service)) &&
            (!place->environment || is_same(json_find_string(all[i]->body, "environment"), place->environment)))
            outcome_reply_line(out,
                               "*%s* (%s) is at work there: it gets no more traffic; `abort %s` takes back what it "
                               "has.",
                               all[i]->id, all[i]->target ? all[i]->target : all[i]->kind, all[i]->id);
}

static void lock_begin(const struct view *view, const struct request *request, const struct question *question,
                       const void *value, struct outcome *out)
{
    const struct lock_arguments *arguments = value;
    struct lock_body *body = ARENA_NEW(view->arena, struct lock_body); /* outlives this call, as what begins does */
    struct hold_place place = place_of(&arguments->body);
    const struct operation *lock = find_lock(view, &place);
    cJSON *taken;

    (void)question;
    *body = arguments->body;
    if (!is_free(view, request, lock, arguments, out))
        return;
    if (lock && is_same(json_find_string(lock->body, "blocks"), lock_blocks_names[LOCK_ALL]))
        body->blocks = LOCK_ALL; /* who takes one over does not make less of it */
    outcome_begin(out, machine_lock.kind, NULL, "locked", body);
    if (body->until_ms)
        outcome_timer(out, "over", body->until_ms);
    else
        outcome_timer(out, "remind", view->now_ms + REMIND_MS);
    if (lock) {
        taken = json_object();
        json_set_string(taken, "by", principal_mention(&request->principal, view->arena));
        outcome_message(out, lock->id, MESSAGE_TAKEN, taken);
    }
    hold_tell_rollouts(view, &place, out);
    outcome_reply(out, "*%s*: %s is locked%s%s%s.", out->operation_id, hold_place_text(&place, view->arena),
                  body->blocks == LOCK_ALL ? " for all changes" : " for deploys of others",
                  body->until_ms ? " until " : "",
                  body->until_ms ? card_date(body->until_ms + view->shift_ms, view->arena) : "");
    say_who_is_held(view, &place, out);
}

static const char *const lock_details[] = {
    "`lock api production \"db migration\"`, `lock production \"audit\" --for 2h`, `lock all \"outage\"`",
    "`--blocks deploy` (as without it): deploys of everybody but you. `--blocks all`: every change, yours too, but the way back",
    "`--for 2h`: it ends by itself; without it you are reminded every 3 h",
    "`--steal`: takes over somebody else's, who is told",
    NULL,
};

const struct verb verb_lock = {
    .name = "lock",
    .usage = "lock [SERVICE] ENVIRONMENT|all REASON [--for DURATION] [--blocks deploy|all] [--steal]",
    .summary = "hold a place: no rollout begins there, and none gets more traffic",
    .details = lock_details,
    .options = options,
    .options_count = ARRAY_LEN(options),
    .asks = lock_asks,
    .begin = lock_begin,
};

/* ---- unlock ---- */

static bool by_id(const struct view *view, const struct request *request, const char *id, struct question *ret_question,
                  struct error *err)
{
    const struct operation *lock = view->find_operation(view->ctx, id);
    struct typed words = { .verb = request->verb };
    struct hold_place place;
    size_t taken;

    if (!lock || operation_has_ended(lock) || strcmp(lock->kind, machine_lock.kind) != 0)
        return error_set(err, ERR_NOT_FOUND,
                         "There is no lock `%s`, or it has ended: `locks` lists them. Nothing was "
                         "done.",
                         id);
    place = (struct hold_place){ json_find_string(lock->body, "service"), json_find_string(lock->body, "environment") };
    if (place.service)
        words.words[words.words_count++] = place.service;
    words.words[words.words_count++] = place.environment ? place.environment : EVERYTHING;
    if (!read_place(view, request, &words, &place, &taken, ret_question, err)) /* it left the configuration since */
        *ret_question = (struct question){ .principal = request->principal,
                                           .verb = request->verb,
                                           .service = place.service,
                                           .environment = place.environment,
                                           .source = request->source };
    ret_question->operation = lock->id;
    return true;
}

static bool unlock_asks(const struct view *view, const struct request *request, struct question *ret_question,
                        const void **ret_arguments, struct error *err)
{
    struct hold_place *place = ARENA_NEW(view->arena, struct hold_place);
    const struct operation *lock;
    struct typed typed;
    const char *id;
    size_t taken = 1;

    *ret_arguments = place;
    if (!request_read(request, NULL, 0, view->arena, &typed, err))
        return false;
    id = typed.words_count > 0 ? operation_typed(view->settings, typed.words[0], view->arena) : NULL;
    if (!(id ? by_id(view, request, id, ret_question, err)
             : read_place(view, request, &typed, place, &taken, ret_question, err)))
        return false;
    if (typed.words_count > taken)
        return error_set(err, ERR_INVALID, "I do not know what `%s` means there. Nothing was done.",
                         card_quote(str_of(typed.words[taken]), QUOTED_BYTES, view->arena));
    lock = id ? NULL : find_lock(view, place);
    if (lock)
        ret_question->operation = lock->id;
    return true;
}

static void unlock_begin(const struct view *view, const struct request *request, const struct question *question,
                         const void *value, struct outcome *out)
{
    const struct operation *other =
        hold_find(view, question->service, question->environment, "deploy", &request->principal);

    outcome_refuse(out, "There is no lock on %s. Nothing was done.", hold_place_text(value, view->arena));
    if (other)
        outcome_reply_line(out, "What holds it: %s (%s).", hold_words(view, other), other->id);
}

const struct verb verb_unlock = {
    .name = "unlock",
    .usage = "unlock [SERVICE] ENVIRONMENT|all, or unlock D1042",
    .summary = "end a lock; if it is somebody else's, they are told",
    .asks = unlock_asks,
    .begin = unlock_begin,
};

/* ---- locks ---- */

static bool locks_asks(const struct view *view, const struct request *request, struct question *ret_question,
                       const void **ret_arguments, struct error *err)
{
    struct typed typed;

    *ret_arguments = NULL;
    *ret_question =
        (struct question){ .principal = request->principal, .verb = request->verb, .source = request->source };
    return request_read(request, NULL, 0, view->arena, &typed, err) &&
           (typed.words_count == 0 || error_set(err, ERR_INVALID, "`locks` lists all of them, and takes no words."));
}

static void locks_begin(const struct view *view, const struct request *request, const struct question *question,
                        const void *value, struct outcome *out)
{
    size_t count = hold_list(view, NULL, 0);

    (void)request, (void)question, (void)value;
    if (count == 0)
        outcome_reply(out, "Nothing is locked, and nothing is halted.");
    else
        outcome_reply(out, "%zu %s:", count, count == 1 ? "thing is held" : "things are held");
    hold_say(view, NULL, NULL, out);
}

const struct verb verb_locks = {
    .name = "locks",
    .usage = "locks",
    .summary = "what is locked or halted, by whom, why, and until when",
    .is_look = true,
    .asks = locks_asks,
    .begin = locks_begin,
};

/* ---- while it holds ---- */

struct locking { /* one event's decision */
    const struct view *view;
    const struct operation *operation;
    struct lock_body *body; /* ours to change */
    const struct event *event;
    struct outcome *out;
};

static const char *where(const struct locking *l)
{
    struct hold_place place = place_of(l->body);

    return hold_place_text(&place, l->view->arena);
}

static void say(const struct locking *l, const char *text, bool has_buttons)
{
    const struct channels_settings *channels = &l->view->settings->slack.channels;
    struct message_delivery delivery = { .channel = channels->deployments, .reply.text = text };
    struct card_action unlock = { .label = "Unlock",
                                  .command = arena_printf(l->view->arena, "unlock %s", l->operation->id) };

    if (!delivery.channel)
        return;
    delivery.reply.actions = has_buttons ? &unlock : NULL;
    delivery.reply.actions_count = has_buttons;
    outcome_effect(l->out, (struct wanted_effect){
                               .kind = EFFECT_MESSAGE,
                               .lane = arena_printf(l->view->arena, "slack:%s", delivery.channel),
                               .args = shape_to_json(&message_delivery_shape, &delivery, SHAPE_WHOLE),
                           });
}

static void end(struct locking *l, const char *state, const char *how)
{
    struct hold_place place = place_of(l->body);

    hold_tell_rollouts(l->view, &place, l->out);
    outcome_end(l->out, state, "done", "%s was locked for %s; %s", where(l),
                duration_about(l->view->now_ms - l->operation->created_at_ms).text, how);
}

static void on_over(struct locking *l)
{
    end(l, "expired", "its time is over");
}

static void on_remind(struct locking *l)
{
    l->body->reminders++;
    outcome_move(l->out, NULL, l->body);
    outcome_timer(l->out, "remind", l->view->now_ms + REMIND_MS);
    say(l,
        arena_printf(l->view->arena, "%s: *%s* has held %s for %s (%s). Is it still needed?",
                     principal_mention(&l->operation->requester, l->view->arena), l->operation->id, where(l),
                     duration_about(l->view->now_ms - l->operation->created_at_ms).text, l->body->reason),
        true);
}

static void on_taken(struct locking *l)
{
    const char *by = json_find_string(l->event->body, "by");

    say(l,
        arena_printf(l->view->arena, "%s: your lock *%s* of %s was taken over by %s.",
                     principal_mention(&l->operation->requester, l->view->arena), l->operation->id, where(l),
                     by ? by : "somebody"),
        false);
    end(l, "taken", "somebody took it over");
}

static void on_unlock(struct locking *l)
{
    const struct principal *who = &l->event->request->principal;
    bool is_owner = policy_is_same_person(l->view->policy, NULL, who, &l->operation->requester);

    outcome_journal(l->out, "lock.ended", NULL, principal_personal(who));
    if (!is_owner)
        say(l,
            arena_printf(l->view->arena, "%s: your lock *%s* of %s was ended by %s.",
                         principal_mention(&l->operation->requester, l->view->arena), l->operation->id, where(l),
                         principal_mention(who, l->view->arena)),
            false);
    outcome_reply(l->out, "%s is unlocked%s.", where(l), is_owner ? "" : "; who had locked it is told");
    hold_say_others(l->view, l->operation, l->out);
    end(l, "unlocked", is_owner ? "its owner ended it" : "somebody else ended it");
}

/* The way back passes every lock, so nobody needs to `abort` one; and `abort` may what `unlock` may not. */
static void on_request(struct locking *l)
{
    if (strcmp(l->event->name, verb_unlock.name) == 0)
        on_unlock(l);
    else
        outcome_refuse(l->out, "%s is a lock, and takes no `%s`: `unlock %s` ends it. Nothing was done.",
                       l->operation->id, l->event->name, l->operation->id);
}

static const struct move {
    enum event_kind kind;
    const char *name; /* NULL: any */
    void (*decide)(struct locking *l);
} moves[] = {
    { EVENT_TIMER, "over", on_over },
    { EVENT_TIMER, "remind", on_remind },
    { EVENT_MESSAGE, MESSAGE_TAKEN, on_taken },
    { EVENT_REQUEST, NULL, on_request },
};

static void lock_on_event(const struct view *view, const struct operation *operation, const void *body,
                          const struct event *event, struct outcome *out)
{
    struct locking l = { view, operation, ARENA_NEW(view->arena, struct lock_body), event, out };

    *l.body = *(const struct lock_body *)body;
    for (size_t i = 0; i < ARRAY_LEN(moves); i++) {
        if (moves[i].kind != event->kind || (moves[i].name && strcmp(moves[i].name, event->name) != 0))
            continue;
        moves[i].decide(&l);
        return;
    }
}

static void lock_card(const struct view *view, const struct operation *operation, const void *value, struct card *card)
{
    const struct lock_body *body = value;
    struct hold_place place = place_of(body);

    card->title = arena_printf(view->arena, "Lock of %s", hold_place_text(&place, view->arena));
    card->tone = operation_has_ended(operation) ? CARD_GOOD : CARD_WAITING;
    card->status = operation_has_ended(operation) ? operation->summary : "locked";
    *ARENA_PUSH(view->arena, card->fields, card->fields_count) =
        (struct card_field){ "By", principal_mention(&operation->requester, view->arena) };
    *ARENA_PUSH(view->arena, card->fields, card->fields_count) = (struct card_field){ "Why", body->reason };
    *ARENA_PUSH(view->arena, card->fields, card->fields_count) =
        (struct card_field){ "Blocks",
                             body->blocks == LOCK_ALL ? "every change but the way back" : "deploys of everybody else" };
    if (body->until_ms)
        *ARENA_PUSH(view->arena, card->fields, card->fields_count) =
            (struct card_field){ "Until", card_date(body->until_ms + view->shift_ms, view->arena) };
    if (!operation_has_ended(operation))
        *ARENA_PUSH(view->arena, card->actions, card->actions_count) =
            (struct card_action){ .label = "Unlock", .command = arena_printf(view->arena, "unlock %s", operation->id) };
}

const struct machine machine_lock = {
    .kind = "lock",
    .schema = 1,
    .body = &lock_body_shape,
    .on_event = lock_on_event,
    .card = lock_card,
};
