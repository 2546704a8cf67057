/* keep.c - an old revision kept in reach for its time: the request for it, and its machine. */
#include "handlers/deploy/keep.h"

#include "handlers/control.h"
#include "handlers/deploy/split.h"

#include "bot/base/time.h"
#include "bot/model/delivery.h"
#include "bot/model/exchange.h"
#include "bot/model/plant.h"
#include "bot/model/settings.h"

#include <string.h>

#define KEEP_SOURCE "opsgate" /* no door gives it */
#define LOOK_DEADLINE_MS (30 * SECOND_MS)
#define AGAIN_MS MINUTE_MS /* after it gave way, or an outage */
#define GIVE_UP_MS DAY_MS
#define NAME_BYTES 80

static const struct shape_field rows[] = {
    ROW_STRING(keep_body, service, .flags = SHAPE_REQUIRED),
    ROW_STRING(keep_body, environment, .flags = SHAPE_REQUIRED),
    ROW_OBJECT(keep_body, place, &run_place_shape),
    ROW_STRING(keep_body, revision, .flags = SHAPE_REQUIRED),
    ROW_STRING(keep_body, tag, .flags = SHAPE_REQUIRED),
    ROW_INT(keep_body, keep_ms),
    ROW_INT(keep_body, until_ms),
    ROW_INT(keep_body, over_at_ms, .flags = SHAPE_NONZERO),
    ROW_STRING(keep_body, problem, .flags = SHAPE_NONZERO),
};
const struct shape keep_body_shape = SHAPE("a revision that is kept", keep_body, rows);

/* ---- it is asked for ---- */

struct asked {
    const char *target;
    struct keep_body body;
};
static const struct shape_field asked_rows[] = {
    ROW_STRING(asked, target, .flags = SHAPE_REQUIRED),
    ROW_OBJECT(asked, body, &keep_body_shape),
};
static const struct shape asked_shape = SHAPE("what is to be kept", asked, asked_rows);

void keep_ask(const struct operation *asker, const struct keep_body *body, struct outcome *out)
{
    struct asked asked = { .target = asker->target, .body = *body };
    cJSON *json = shape_to_json(&asked_shape, &asked, SHAPE_WHOLE);
    const char **words = arena_alloc(out->arena, sizeof(*words));

    words[0] = json_print_in(out->arena, json);
    cJSON_Delete(json);
    outcome_request(out, (struct wanted_request){ .name = "keep",
                                                  .verb = verb_keep.name,
                                                  .words = words,
                                                  .words_count = 1,
                                                  .requester = &asker->requester,
                                                  .source = KEEP_SOURCE,
                                                  .request_id = asker->request_id });
}

static bool keep_asks(const struct view *view, const struct request *request, struct question *ret_question,
                      const void **ret_arguments, struct error *err)
{
    struct asked *asked = ARENA_NEW(view->arena, struct asked);
    const cJSON *json;

    if (strcmp(request->source, KEEP_SOURCE) != 0 || request->words_count != 1)
        return error_set(err, ERR_INVALID,
                         "Nobody asks for that: a blue-green deploy does by itself. Nothing was done.");
    json = json_parse_in(view->arena, str_of(request->words[0]), err);
    if (!json || !shape_from_json(&asked_shape, json, view->arena, asked, err))
        return false;
    *ret_question = (struct question){ .principal = request->principal,
                                       .verb = request->verb,
                                       .service = asked->body.service,
                                       .environment = asked->body.environment,
                                       .source = request->source };
    *ret_arguments = asked;
    return true;
}

static void keep_begin(const struct view *view, const struct request *request, const struct question *question,
                       const void *arguments, struct outcome *out)
{
    const struct asked *asked = arguments;
    struct keep_body *body = ARENA_NEW(view->arena, struct keep_body);

    (void)request, (void)question;
    *body = asked->body;
    body->until_ms = view->now_ms + body->keep_ms;
    outcome_begin(out, machine_keep.kind, asked->target, "keeping", body);
    outcome_timer(out, "over", body->until_ms);
}

const struct verb verb_keep = {
    .name = "keep",
    .usage = "keep",
    .summary = "the revision that a blue-green deploy took the place of stays in reach for its time",
    .is_internal = true,
    .asks = keep_asks,
    .begin = keep_begin,
};

/* ---- what others want to know of it ---- */

bool keep_is_at(const struct view *view, const char *target, const char *revision)
{
    size_t count = view->list_operations(view->ctx, NULL, 0);
    const struct operation **all = arena_alloc(view->arena, (count + 1) * sizeof(*all));

    view->list_operations(view->ctx, all, count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(all[i]->kind, machine_keep.kind) == 0 && text_equal(all[i]->target, target) && !all[i]->is_stuck &&
            !operation_has_ended(all[i]) && text_equal(json_find_string(all[i]->body, "revision"), revision))
            return true;
    return false;
}

const char *keep_standing(const struct operation *operation, struct arena *arena)
{
    const char *revision = json_find_string(operation->body, "revision");

    if (strcmp(operation->state, "keeping") != 0 || !revision)
        return operation->state;
    return arena_printf(arena, "keeps `%s` in reach until %s", card_quote(str_of(revision), NAME_BYTES, arena),
                        card_date(json_find_int(operation->body, "until_ms", 0) + operation->shift_ms, arena));
}

/* ---- its moves ---- */

struct keeping { /* one event's decision */
    const struct view *view;
    const struct operation *operation;
    struct keep_body *body; /* ours to change */
    const struct event *event;
    struct outcome *out;
};

static const char *quote(const struct keeping *k, const char *words)
{
    return card_quote(str_of(words), NAME_BYTES, k->view->arena);
}

static void end_done(struct keeping *k, const char *what)
{
    outcome_move(k->out, NULL, k->body);
    outcome_end(k->out, "done", "done", "%s", what);
}

/* Nobody looks at it any more: so it is said aloud. */
static void fail(struct keeping *k, const char *why)
{
    const struct channels_settings *channels = &k->view->settings->slack.channels;
    struct message_delivery delivery = { .channel = channels->alerts ? channels->alerts : channels->deployments };
    const char *text =
        arena_printf(k->view->arena,
                     "`%s` of %s was to be kept until its time was over, and still has its tag `%s`, which "
                     "may keep instances up: %s. Take it away: `gcloud run services update-traffic %s "
                     "--project %s --region %s --remove-tags %s`",
                     quote(k, k->body->revision), k->operation->target, quote(k, k->body->tag), why,
                     k->body->place.service, k->body->place.project, k->body->place.region, k->body->tag);

    delivery.reply.text = arena_printf(k->view->arena, "*%s*: %s", k->operation->id, text);
    if (delivery.channel)
        outcome_effect(k->out, (struct wanted_effect){
                                   .kind = EFFECT_MESSAGE,
                                   .lane = arena_printf(k->view->arena, "slack:%s", delivery.channel),
                                   .args = shape_to_json(&message_delivery_shape, &delivery, SHAPE_WHOLE),
                               });
    outcome_move(k->out, NULL, k->body);
    outcome_end(k->out, "failed", "failed", "%s", text);
}

/* The target is for others meanwhile. */
static void put_off(struct keeping *k, const char *why)
{
    k->body->problem = why;
    if (k->view->now_ms - k->body->over_at_ms >= GIVE_UP_MS) {
        fail(k, why);
        return;
    }
    outcome_cancel_effects(k->out, "untag");
    k->out->releases = true;
    outcome_move(k->out, "keeping", k->body);
    outcome_timer(k->out, "over", k->view->now_ms + AGAIN_MS);
}

static void let_go(struct keeping *k)
{
    if (k->body->over_at_ms == 0)
        k->body->over_at_ms = k->view->now_ms;
    outcome_cancel_timer(k->out, "over");
    outcome_move(k->out, "queued", k->body);
    k->out->claims = k->operation->target;
}

static void on_over(struct keeping *k)
{
    let_go(k);
}

static void on_granted(struct keeping *k)
{
    outcome_move(k->out, "looking", k->body);
    outcome_read(k->out, "service", READING_SERVICE, shape_to_json(&run_place_shape, &k->body->place, SHAPE_WHOLE),
                 LOOK_DEADLINE_MS);
}

static const char *why_not(const struct keeping *k)
{
    return k->event->error ? quote(k, k->event->error) : "Cloud Run did not answer in time";
}

static void untag(struct keeping *k)
{
    struct run_untag args = {
        .place = k->body->place, .tags = &k->body->tag, .tags_count = 1, .revision = k->body->revision
    };

    outcome_move(k->out, "untagging", k->body);
    outcome_effect(k->out, (struct wanted_effect){
                               .kind = EFFECT_UNTAG,
                               .lane = arena_printf(k->view->arena, "target:%s", k->operation->target),
                               .tag = "untag",
                               .args = shape_to_json(&run_untag_shape, &args, SHAPE_WHOLE),
                           });
}

static bool has_tag(const struct run_service *service, const char *revision, const char *tag)
{
    for (size_t i = 0; i < service->wanted_count; i++)
        if (text_equal(service->wanted[i].tag, tag) && text_equal(service->wanted[i].revision, revision))
            return true;
    return false;
}

/* Another one that is to keep the same revision by the same tag when this one is over: it served in between, and was
 * left again. Of two that are over the later one takes the tag away. NULL: none. */
static const char *find_next_keeper(const struct keeping *k)
{
    size_t count = k->view->list_operations(k->view->ctx, NULL, 0);
    const struct operation **all = arena_alloc(k->view->arena, (count + 1) * sizeof(*all));

    k->view->list_operations(k->view->ctx, all, count);
    for (size_t i = 0; i < count; i++) {
        const struct operation *other = all[i];
        int64_t until_ms = json_find_int(other->body, "until_ms", 0);

        if (strcmp(other->kind, machine_keep.kind) != 0 || strcmp(other->id, k->operation->id) == 0 ||
            other->is_stuck || operation_has_ended(other) || !text_equal(other->target, k->operation->target) ||
            !text_equal(json_find_string(other->body, "revision"), k->body->revision) ||
            !text_equal(json_find_string(other->body, "tag"), k->body->tag))
            continue;
        if (json_find_int(other->body, "over_at_ms", 0) == 0 || until_ms > k->body->until_ms ||
            (until_ms == k->body->until_ms && strcmp(other->id, k->operation->id) > 0))
            return other->id;
    }
    return NULL;
}

/* Who serves again is not taken out of reach; and what somebody changed is theirs. */
static void on_looked(struct keeping *k)
{
    const char *next = find_next_keeper(k);
    struct run_service service;
    struct error err;

    if (next) {
        end_done(k,
                 arena_printf(k->view->arena, "%s keeps `%s` on, by the same tag", next, quote(k, k->body->revision)));
        return;
    }
    if (k->event->end != END_DONE) {
        put_off(k, why_not(k));
        return;
    }
    if (!shape_from_json(&run_service_shape, k->event->body, k->view->arena, &service, &err)) {
        put_off(k, quote(k, err.message));
        return;
    }
    if (split_percent(split_asked(&service, k->view->arena), k->body->revision) > 0)
        end_done(k, arena_printf(k->view->arena, "`%s` serves again, so it keeps its tag `%s`",
                                 quote(k, k->body->revision), quote(k, k->body->tag)));
    else if (!has_tag(&service, k->body->revision, k->body->tag) || PLANTED(KEPT_UNTOUCHED))
        end_done(k, arena_printf(k->view->arena, "`%s` has the tag `%s` no more: nothing was changed",
                                 quote(k, k->body->revision), quote(k, k->body->tag)));
    else
        untag(k);
}

static void on_untagged(struct keeping *k)
{
    if (k->event->end != END_DONE)
        put_off(k, why_not(k));
    else if (!json_find_bool(k->event->body, "changed", true))
        end_done(k, arena_printf(k->view->arena, "somebody changed `%s` or its tag `%s`, so they were left alone",
                                 quote(k, k->body->revision), quote(k, k->body->tag)));
    else
        end_done(k, arena_printf(k->view->arena, "`%s` was kept for %s and is out of reach now: its tag `%s` is gone",
                                 quote(k, k->body->revision),
                                 duration_about(k->body->over_at_ms - k->operation->created_at_ms).text,
                                 quote(k, k->body->tag)));
}

/* It was under way when this gave way, and arrived. What ended otherwise is looked at again. */
static void on_untagged_late(struct keeping *k)
{
    if (k->event->end == END_DONE && json_find_bool(k->event->body, "changed", true)) {
        outcome_cancel_timer(k->out, "over");
        on_untagged(k);
    }
}

/* While it only waits it stands in nobody's way. */
static void on_yield(struct keeping *k)
{
    const char *by = json_find_string(k->event->body, "by");

    if (strcmp(k->operation->state, "keeping") != 0)
        put_off(k, arena_printf(k->view->arena, "it gave way to %s", by ? by : "another operation"));
}

static void on_request(struct keeping *k)
{
    if (strcmp(k->event->name, "abort") != 0) {
        outcome_refuse(k->out, "%s keeps an old revision in reach, and takes no `%s`. Nothing was done.",
                       k->operation->id, k->event->name);
        return;
    }
    control_journal_abort("keep.aborted", k->operation, k->event, k->out);
    if (strcmp(k->operation->state, "keeping") == 0)
        let_go(k);
    outcome_reply(k->out, "*%s*: `%s` is kept no longer: its tag `%s` goes.", k->operation->id,
                  quote(k, k->body->revision), quote(k, k->body->tag));
}

static const struct move {
    const char *state; /* NULL: any */
    enum event_kind kind;
    const char *name; /* NULL: any */
    void (*decide)(struct keeping *k);
} moves[] = {
    { NULL, EVENT_REQUEST, NULL, on_request },
    { NULL, EVENT_MESSAGE, MESSAGE_YIELD, on_yield },
    { "keeping", EVENT_TIMER, "over", on_over },
    { "queued", EVENT_MESSAGE, MESSAGE_GRANTED, on_granted },
    { "looking", EVENT_READING, "service", on_looked },
    { "untagging", EVENT_EFFECT, "untag", on_untagged },
    { "keeping", EVENT_EFFECT, "untag", on_untagged_late },
    { "queued", EVENT_EFFECT, "untag", on_untagged_late },
};

static void keep_on_event(const struct view *view, const struct operation *operation, const void *body,
                          const struct event *event, struct outcome *out)
{
    struct keeping k = { view, operation, ARENA_NEW(view->arena, struct keep_body), event, out };

    *k.body = *(const struct keep_body *)body;
    for (size_t i = 0; i < ARRAY_LEN(moves); i++) {
        if (moves[i].kind != event->kind || (moves[i].state && strcmp(moves[i].state, operation->state) != 0) ||
            (moves[i].name && strcmp(moves[i].name, event->name) != 0))
            continue;
        moves[i].decide(&k);
        return;
    }
}

const struct machine machine_keep = {
    .kind = "keep",
    .schema = 1,
    .body = &keep_body_shape,
    .stands_aside = true,
    .on_event = keep_on_event,
};
