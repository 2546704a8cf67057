#include "handlers/review.h"

#include "handlers/control.h"
#include "handlers/image.h"
#include "handlers/operation_words.h"
#include "handlers/review_mail.h"
#include "handlers/watch/say.h"

#include "bot/base/time.h"
#include "bot/model/card.h"
#include "bot/model/plant.h"

#include "policy/decide.h"

#include <string.h>

#define REVIEW_SOURCE "opsgate" /* no door gives it */
#define REMIND_MS DAY_MS
#define FOUND_MAX_BYTES 500
#define QUOTED_BYTES 40

static const struct shape_field rows[] = {
    ROW_STRING(review_body, service, .flags = SHAPE_NONZERO),
    ROW_STRING(review_body, environment, .flags = SHAPE_NONZERO),
    ROW_STRING(review_body, database, .flags = SHAPE_NONZERO),
    ROW_STRING(review_body, version, .flags = SHAPE_NONZERO),
    ROW_STRING(review_body, broken_by, .flags = SHAPE_REQUIRED),
    ROW_STRING(review_body, rule, .flags = SHAPE_REQUIRED),
    ROW_STRING(review_body, reason, .flags = SHAPE_REQUIRED | SHAPE_PERSONAL),
    ROW_STRING(review_body, found, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_STRING(review_body, closed_by, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_INT(review_body, reminders, .flags = SHAPE_NONZERO),
};
const struct shape review_body_shape = SHAPE("a review", review_body, rows);

bool review_is_of_policy(const struct review_body *body)
{
    return strcmp(body->rule, REVIEW_RULE_IRREVERSIBLE) != 0;
}

const char *review_past(const struct review_body *body, struct arena *arena)
{
    if (review_is_of_policy(body) || !body->version)
        return arena_printf(arena, "the rule %s", body->rule);
    return arena_printf(arena, "no rule, but that `%s` is irreversible",
                        card_quote(str_of(body->version), QUOTED_BYTES, arena));
}

const char *review_place(const struct review_body *body, const char *between, struct arena *arena)
{
    const char *what = body->service ? body->service : body->database;

    return what && body->environment ? arena_printf(arena, "%s%s%s", what, between, body->environment)
           : what                    ? what
                                     : body->environment;
}

/* ---- it is asked for ---- */

void review_ask(const struct principal *by, const char *request_id, const struct review_body *body, struct outcome *out)
{
    cJSON *json = PLANTED(GLASS_UNREVIEWED) ? NULL : shape_to_json(&review_body_shape, body, SHAPE_WHOLE);
    const char **words = arena_alloc(out->arena, sizeof(*words));
    struct principal *requester = ARENA_NEW(out->arena, struct principal); /* it outlives this call */

    if (!json)
        return;
    *requester = *by;
    words[0] = json_print_in(out->arena, json);
    cJSON_Delete(json);
    outcome_request(out, (struct wanted_request){ .name = "review",
                                                  .verb = verb_review_opened.name,
                                                  .words = words,
                                                  .words_count = 1,
                                                  .requester = requester,
                                                  .source = REVIEW_SOURCE,
                                                  .request_id = request_id });
}

static bool opened_asks(const struct view *view, const struct request *request, struct question *ret_question,
                        const void **ret_arguments, struct error *err)
{
    struct review_body *body = ARENA_NEW(view->arena, struct review_body);
    const cJSON *json;

    if (strcmp(request->source, REVIEW_SOURCE) != 0 || request->words_count != 1)
        return error_set(err, ERR_INVALID,
                         "Nobody asks for that: whoever breaks the glass is reviewed. Nothing was done.");
    json = json_parse_in(view->arena, str_of(request->words[0]), err);
    if (!json || !shape_from_json(&review_body_shape, json, view->arena, body, err))
        return false;
    *ret_question =
        (struct question){ .principal = request->principal, .verb = request->verb, .source = request->source };
    *ret_arguments = body;
    return true;
}

static void opened_begin(const struct view *view, const struct request *request, const struct question *question,
                         const void *value, struct outcome *out)
{
    const struct review_body *body = value;
    const char *place = review_place(body, "/", view->arena);

    (void)question;
    outcome_begin(out, machine_review.kind, NULL, "open", body);
    outcome_timer(out, "remind", view->now_ms + REMIND_MS);
    watch_say(view, out,
              arena_printf(view->arena, "%s *broke the glass* for %s%s%s%s, past %s: %s. *%s* is its review.",
                           principal_mention(&request->principal, view->arena), body->broken_by,
                           place ? " (" : "", place ? place : "", place ? ")" : "",
                           review_past(body, view->arena), body->reason, out->operation_id));
    review_mail_opened(view, &request->principal, body, out);
}

const struct verb verb_review_opened = {
    .name = "review-opened",
    .usage = "review-opened",
    .summary = "somebody broke the glass, and somebody else has to look at that",
    .is_internal = true,
    .outlives_asker = true,
    .asks = opened_asks,
    .begin = opened_begin,
};

/* ---- `review` ---- */

static const char *words_from(const struct typed *typed, size_t first, struct arena *arena)
{
    const char *text = NULL;

    for (size_t i = first; i < typed->words_count; i++)
        text = text ? arena_printf(arena, "%s %s", text, typed->words[i]) : typed->words[i];
    return text;
}

/* Open, or closed: the last ones are remembered. */
static const struct operation *find_review(const struct view *view, const char *id)
{
    const struct operation *operation = view->find_operation(view->ctx, id);

    operation = operation ? operation : view->find_ended(view->ctx, id);
    return operation && strcmp(operation->kind, machine_review.kind) == 0 ? operation : NULL;
}

static bool review_asks(const struct view *view, const struct request *request, struct question *ret_question,
                        const void **ret_arguments, struct error *err)
{
    const struct operation *operation;
    const char *id, *found;
    struct typed typed;

    if (!request_read(request, NULL, 0, view->arena, &typed, err))
        return false;
    id = typed.words_count > 0 ? operation_typed(view->settings, typed.words[0], view->arena) : NULL;
    operation = id ? find_review(view, id) : NULL;
    if (operation && operation_has_ended(operation)) { /* whatever was found now: whoever may close it is told */
        *ret_arguments = operation;
        return control_ask_about(view, request, operation, false, ret_question, err);
    }
    if (!operation)
        return error_set(err, ERR_NOT_FOUND,
                         "`%s` is no review that is open. Name one, and say what you found: `review D1042 \"...\"`. "
                         "Nothing was done.",
                         typed.words_count > 0 ? card_quote(str_of(typed.words[0]), QUOTED_BYTES, view->arena) : "");
    found = words_from(&typed, 1, view->arena);
    if (!found)
        return error_set(err, ERR_INVALID,
                         "What did you find? Say it behind the number: `review %s \"...\"`. Nothing "
                         "was done.",
                         id);
    *ret_arguments = card_quote(str_of(found), FOUND_MAX_BYTES, view->arena);
    return control_ask_about(view, request, operation, false, ret_question, err);
}

/* Nothing of it is live any more. */
static void review_begin(const struct view *view, const struct request *request, const struct question *question,
                         const void *arguments, struct outcome *out)
{
    const struct operation *closed = find_review(view, question->operation);
    const char *by = closed ? json_find_string(closed->body, "closed_by") : NULL,
               *found = closed ? json_find_string(closed->body, "found") : NULL;

    (void)request, (void)arguments;
    if (!closed || closed->is_stuck) {
        outcome_refuse(out, "%s is not open any more. Nothing was done.", question->operation);
        return;
    }
    outcome_refuse(out, "*%s* is closed already%s%s, %s ago (%s). Nothing was done.", closed->id, by ? ", by " : "",
                   by ? by : "", duration_about(view->now_ms - closed->ended_at_ms).text,
                   card_date(closed->ended_at_ms + view->shift_ms, view->arena));
    if (found)
        outcome_reply_line(out, "Found: %s", found);
}

const struct verb verb_review = {
    .name = "review",
    .usage = "review D1042 WHAT YOU FOUND",
    .summary = "close the review of a broken glass; never who broke it",
    .asks = review_asks,
    .begin = review_begin,
};

/* ---- while it is open ---- */

struct reviewing { /* one event's decision */
    const struct view *view;
    const struct operation *operation;
    struct review_body *body; /* ours to change */
    const struct event *event;
    struct outcome *out;
};

static void close_it(struct reviewing *r)
{
    const struct principal *who = &r->event->request->principal;
    cJSON *personal;

    if (policy_is_same_person(r->view->policy, r->view->members, who, &r->operation->requester) &&
        !PLANTED(GLASS_BY_ITSELF)) {
        outcome_refuse(r->out, "You broke that glass: somebody else has to look. Nothing was done.");
        return;
    }
    personal = principal_personal(who);
    json_set_string(personal, "found", r->event->arguments);
    outcome_journal(r->out, "review.closed", NULL, personal);
    r->body->found = r->event->arguments;
    r->body->closed_by = principal_mention(who, r->view->arena);
    outcome_move(r->out, NULL, r->body);
    outcome_reply(r->out, "*%s* is closed.", r->operation->id);
    outcome_end(r->out, "closed", "done", "looked at after %s", /* what was found is theirs: it stands on the card */
                duration_about(r->view->now_ms - r->operation->created_at_ms).text);
}

static void review_on_event(const struct view *view, const struct operation *operation, const void *body,
                            const struct event *event, struct outcome *out)
{
    struct reviewing r = { view, operation, ARENA_NEW(view->arena, struct review_body), event, out };

    *r.body = *(const struct review_body *)body;
    if (event->kind == EVENT_REQUEST && strcmp(event->name, verb_review.name) == 0) {
        close_it(&r);
    } else if (event->kind == EVENT_REQUEST) {
        outcome_refuse(out, "%s is a review, and takes no `%s`: `review %s \"...\"` closes it. Nothing was done.",
                       operation->id, event->name, operation->id);
    } else if (event->kind == EVENT_TIMER) {
        r.body->reminders++;
        outcome_move(out, NULL, r.body);
        outcome_timer(out, "remind", view->now_ms + REMIND_MS);
        watch_say(
            view, out,
            arena_printf(view->arena, "*%s* is open for %s: %s broke the glass for %s. `review %s \"...\"` closes it.",
                         operation->id, duration_about(view->now_ms - operation->created_at_ms).text,
                         principal_mention(&operation->requester, view->arena), r.body->broken_by, operation->id));
        review_mail_reminder(view, operation, r.body, out);
    } else if (event->kind == EVENT_EFFECT && strcmp(event->name, REVIEW_MAIL_TAG) == 0) {
        review_mail_ended(view, operation, event, out);
    }
}

static void add_field(const struct view *view, struct card *card, const char *name, const char *value)
{
    if (value)
        *ARENA_PUSH(view->arena, card->fields, card->fields_count) = (struct card_field){ name, value };
}

/* ", api in production, v1.5.1" */
static const char *where(const struct view *view, const struct review_body *body)
{
    const char *place = review_place(body, " in ", view->arena), *version =
        body->version ? card_quote(str_of(version_short(body->version, view->arena)), QUOTED_BYTES, view->arena) : "";

    return place ? arena_printf(view->arena, ", %s%s%s", place, version[0] ? ", " : "", version) : "";
}

static void review_card(const struct view *view, const struct operation *operation, const void *value,
                        struct card *card)
{
    const struct review_body *body = value;

    card->title = arena_printf(view->arena, "Broken glass: %s%s", body->broken_by, where(view, body));
    card->tone = operation_has_ended(operation) ? CARD_GOOD : operation->is_stuck ? CARD_BAD : CARD_WAITING;
    card->status = operation_has_ended(operation)
                       ? operation->summary
                       : arena_printf(view->arena, "%sto be looked at by somebody else: `review %s \"...\"`",
                                      operation->is_stuck ? "stuck, nothing reminds of it; " : "", operation->id);
    add_field(view, card, "By", principal_mention(&operation->requester, view->arena));
    add_field(view, card, "Past", review_past(body, view->arena));
    add_field(view, card, "Why", body->reason);
    add_field(view, card, "Found", body->found);
    add_field(view, card, "Closed by", body->closed_by);
}

const struct machine machine_review = {
    .kind = "review",
    .schema = 1,
    .body = &review_body_shape,
    .holds_on =
        "It stays open, and nothing reminds of it: somebody else still has to look, and close it with `review`.",
    .on_event = review_on_event,
    .card = review_card,
};
