/* requests.c - somebody asks: policy, then the operation that it concerns or the verb; one journal entry, one reply. */
#include "bot/engine/internal.h"

#include "policy/decide.h"

#include <string.h>

struct judged {        /* what policy had to do with it; each may be NULL */
    const char *rule;  /* decided it; where it stands now */
    const char *words; /* of that rule: lines move with a reload */
    const char *why;   /* what was wrong with it */
};

static void journal_request(struct batch *b, const char *kind, const struct asker *asker, const char *operation,
                            struct judged judged)
{
    const struct request *request = asker->request;
    const struct verb *verb = verb_find(b->engine->config.verbs, request->verb);
    cJSON *body = json_object(), *personal = principal_personal(&request->principal);

    if (verb) /* else it is what a person typed, and stands in the text */
        json_set_string(body, "verb", verb->name);
    json_set_string(body, "source", request->source);
    json_set_string(body, "rule", judged.rule);
    json_set_string(body, "rule_words", judged.words);
    json_set_string(body, "why", judged.why);
    json_set_string(body, "parent", asker->parent);
    json_set_string(personal, "text",
                    verb && verb->hides_words ? verb->name
                    : !verb              ? request_text_without_values(request, NULL, 0, b->arena)
                    : verb->hides_values ? request_text_without_values(request, verb->options, verb->options_count,
                                                                       b->arena)
                                         : request_text_shown(request, verb->options, verb->options_count, b->arena));
    batch_journal(b, kind, operation, request->id, body, personal);
    cJSON_Delete(body);
    cJSON_Delete(personal);
}

static void answer_unknown_verb(struct batch *b, const struct asker *asker, struct outcome *out)
{
    const struct request *request = asker->request;
    const struct verb *nearest = verb_nearest(b->engine->config.verbs, request->verb);
    const char *typed = card_quote(str_of(request->verb), 40, b->arena);

    if (nearest) {
        outcome_misused(out, "I do not know `%s`. Did you mean `%s`? Nothing was done.", typed, nearest->name);
        outcome_reply_line(out, "Usage: `%s`", nearest->usage);
    } else {
        outcome_misused(out, "I do not know `%s`. Nothing was done; `help` lists what you can ask for.", typed);
    }
    journal_request(b, "request.unknown", asker, NULL, (struct judged){ NULL });
}

static void answer_denied(struct batch *b, const struct view *view, const struct asker *asker,
                          const struct decision *decision, struct outcome *out)
{
    const struct request *request = asker->request;
    const struct policy *policy = b->engine->config.policy;
    const struct facts facts = view_facts(view);
    const char *roles = policy_roles_of(policy, &facts, &request->principal, b->arena);

    outcome_refuse(out, "*Denied*: %s%s%s%s.", decision->reason, decision->rule ? " (" : "",
                   decision->rule ? decision->rule : "", decision->rule ? ")" : "");
    outcome_reply_line(out, "You are `%s` here, %s%s.", policy_name_of(policy, &request->principal, b->arena),
                       roles ? "with the role " : "without a role", roles ? roles : "");
    if (decision->turn[0])
        outcome_reply_line(out, "%s", decision->turn);
    journal_request(b, "request.denied", asker, NULL,
                    (struct judged){ .rule = decision->rule, .why = decision->reason });
    if (decision->empty_source)
        members_tell_stale(b, decision->empty_source);
}

static void answer_observing(struct batch *b, const struct asker *asker, struct outcome *out)
{
    outcome_refuse(out,
                   "This store was adopted, and opsgate only observes until somebody has looked. Nothing was done.");
    outcome_reply_line(
        out, "`status` tells what serves; `rollback`, `pause` and `abort` work. When it is as it should be, on "
             "opsgate's host: `opsgate store confirm`.");
    journal_request(b, "request.denied", asker, NULL, (struct judged){ .why = "the store is only observed" });
}

/* The operation that it concerns decides in its own state. */
static void ask_operation(const struct view *view, struct live_operation *live, const struct request *request,
                          const void *arguments, struct outcome *out)
{
    struct event event = { .kind = EVENT_REQUEST, .name = request->verb, .request = request, .arguments = arguments };

    out->operation_id = live->record.id;
    out->outside_id = live->record.outside_id;
    live->machine->on_event(view, &live->record, live->body, &event, out);
}

/* What opsgate itself hands in is a fact, and no wish: it was decided when it was done, and a rule of today would only
 * keep the record wrong. No person can ask for it: asks() takes it from no source that a door gives. */
static struct decision decide_by_policy(const struct view *view, const struct verb *verb,
                                        const struct question *question)
{
    struct facts facts = view_facts(view);

    if (verb->is_internal)
        return (struct decision){ .verdict = VERDICT_ALLOW };
    facts.reason = question->reason;
    facts.break_glass = question->break_glass;
    return policy_decide(view->policy, question, &facts, verb->is_asked_again ? POLICY_STATIC : POLICY_WHOLE);
}

/* What goes before all who wait is for the way back, and always may; and a fact is none the less one. */
static void refuse_if_full(struct batch *b, const struct verb *verb, struct outcome *out)
{
    const char *target = out->target;

    if (!out->begins || !target || out->claims_first || verb->is_internal || !targets_is_full(b->engine, target))
        return;
    outcome_init(out, b->arena, out->operation_id, out->outside_id);
    outcome_refuse(
        out,
        "%d operations are at work on `%s` or wait for it, and it takes no more. Nothing was done: ask again "
        "when some have ended, or `abort` what nobody needs.",
        TARGET_OPERATIONS_MAX, target);
}

/* A group that was begun before the way back was does not come there afterwards. */
static void refuse_if_left(struct batch *b, const struct view *view, const struct verb *verb, const struct asker *asker,
                           struct outcome *out)
{
    const char *target = out->target, *by;

    if (!asker->parent || !out->begins || !target || out->claims_first || verb->is_internal)
        return;
    by = view_find_later_way_back(view, view->find_target(view->ctx, target), asker->parent);
    if (!by || PLANTED(MEMBERS_KEPT))
        return;
    outcome_init(out, b->arena, out->operation_id, out->outside_id);
    outcome_refuse(
        out,
        "*%s* is a way back of `%s` that was asked for later, so this does not begin there any more. Nothing "
        "was done: ask again if it still should.",
        by, target);
}

/* In the safe direction a group counts as it was last read, however long ago; but not in silence. */
static void tell_stale(struct batch *b, const struct decision *decision, struct outcome *out)
{
    int64_t age_ms = engine_store_now(b->engine) - decision->stale_read_at_ms;

    if (decision->stale_source && out->reply && !out->reply->is_refusal)
        outcome_reply_line(out, "*Allowed by `%s` as it was read %s ago*: who is in it now could not be seen since.",
                           decision->stale_source, duration_about(age_ms).text);
}

/* A verb may leave it at what it did; but an operation that did nothing at all has not heard of it. */
static void answer_the_silent(const struct request *request, const struct live_operation *live, struct outcome *out)
{
    struct outcome nothing;

    if (out->reply || out->begins)
        return;
    outcome_init(&nothing, out->arena, out->operation_id, out->outside_id);
    if (live && memcmp(out, &nothing, sizeof(nothing)) == 0)
        outcome_refuse(out, "%s takes no `%s`. Nothing was done.", live->record.id, request->verb);
    else
        outcome_reply(out, "Done.");
}

/* Words that make sense, of something that is not there, are answered with a no. */
static void answer_misused(struct batch *b, const struct view *view, const struct asker *asker, const struct verb *verb,
                           const struct error *err, struct outcome *out)
{
    const struct verb *about = verb->is_about ? verb->is_about(view, asker->request) : NULL;

    if (err->code == ERR_NOT_FOUND) {
        outcome_refuse(out, "%s", err->message);
    } else {
        outcome_misused(out, "%s", err->message);
        outcome_reply_line(out, "Usage: `%s`", about ? about->usage : verb->usage);
    }
    if (asker->request->values) { /* in a form it stands at what it is about, and says nothing of words */
        out->reply->field = modal_field_meant(asker->request, err->message);
        out->reply->field_text = arena_strdup(b->arena, err->message);
    }
    journal_request(b, "request.misused", asker, NULL,
                    (struct judged){ NULL }); /* err has their words, which are personal */
}

/* Everything between a decoded request and its end: each way out is one journal entry and one reply. Gives the
 * operation that the outcome is for, when it was asked; NULL: none was, or one begins. */
static struct live_operation *decide_request(struct batch *b, const struct asker *asker, struct outcome *out)
{
    struct engine *e = b->engine;
    const struct request *request = asker->request;
    struct view view = records_view(e, b->arena);
    const struct verb *verb = verb_find(e->config.verbs, request->verb);
    struct question question = { 0 };
    struct live_operation *live;
    struct decision decision;
    const void *arguments = NULL;
    struct error err;
    bool is_look;

    if (!verb) {
        answer_unknown_verb(b, asker, out);
        return NULL;
    }
    if (!verb->asks(&view, request, &question, &arguments, &err)) {
        answer_misused(b, &view, asker, verb, &err, out);
        return NULL;
    }
    question.takes_no_glass = question.takes_no_glass || !verb->takes_glass;
    is_look = verb->is_look || (verb->only_looks && verb->only_looks(arguments));
    if (is_look)
        out->operation_id = look_id(e->last_look + 1, b->arena);
    decision = decide_by_policy(&view, verb, &question);
    if (decision.verdict != VERDICT_ALLOW && !(question.is_preflight && decision.verdict == VERDICT_NEEDS) &&
        (!verb->is_asked_again || decision_refuses(&decision))) {
        answer_denied(b, &view, asker, &decision, out);
        if (verb->refused)
            verb->refused(&view, &question, arguments, decision.can_break_glass, out);
        return NULL;
    }
    if (!is_look && observing_refuses(e, verb, &question)) {
        answer_observing(b, asker, out);
        return NULL;
    }
    b->adoption = observing_lets(e, &question);
    live = records_find_asked(e, question.operation);
    if (live) {
        ask_operation(&view, live, request, arguments, out);
    } else {
        verb->begin(&view, request, &question, arguments, out);
        refuse_if_full(b, verb, out);
        refuse_if_left(b, &view, verb, asker, out);
    }
    answer_the_silent(request, live, out);
    tell_stale(b, &decision, out);
    journal_request(
        b, "request.accepted", asker, live || out->begins ? out->operation_id : NULL,
        (struct judged){ decision.allowed_by, decision.allowed_words, decision.stale_source ? decision.reason : NULL });
    return live;
}

static void dead_letter(struct batch *b, const struct input *input, const char *why)
{
    cJSON *letter = json_object();

    json_set_string(letter, "input", input->id);
    json_set_string(letter, "why", why);
    json_set_int(letter, "at", engine_store_now(b->engine));
    if (input->kind == INPUT_ITEM)
        json_set_str(letter, "item", (struct str){ input->entry->bytes, input->entry->len });
    else
        json_set_string(letter, "item", batch_print(b, &message_shape, &input->message->record));
    batch_append_dead(b, json_print_in(b->arena, letter));
    cJSON_DeleteItemFromObjectCaseSensitive(letter, "item");
    batch_journal(b, "request.dead", NULL, NULL, letter, NULL);
    cJSON_Delete(letter);
    b->engine->dead_letters++;
}

static void set_outcome_ids(struct engine *e, struct outcome *out, struct arena *arena)
{
    char hex[17];

    engine_random_hex(e, hex, 16);
    outcome_init(out, arena, operation_id(e->last_operation + 1, arena),
                 arena_printf(arena, "%s-%s", e->memory.birth, hex));
}

static bool read_item(struct arena *arena, const struct inbox_entry *entry, struct inbox_item *item, struct error *err)
{
    cJSON *json = json_parse_in(arena, (struct str){ entry->bytes, entry->len }, err);

    return json && shape_from_json(&inbox_item_shape, json, arena, item, err);
}

/* Nothing is asked of anybody: it only gets an answer. */
static void answer_undecided(struct batch *b, const struct input *input, const struct inbox_item *item,
                             struct asker *asker, struct outcome *out, const struct error *err)
{
    if (!err) {
        outcome_refuse(out, "That came too late to be done: it was void after %s. Please ask again.",
                       duration_about(item->not_after - item->received_at).text);
        journal_request(b, "request.void", asker, NULL, (struct judged){ NULL });
        return;
    }
    if (item->reply_to.door) /* a person is told, and can type it again; a machine's words are kept */
        journal_request(b, "request.unreadable", asker, NULL, (struct judged){ .why = err->message });
    else
        dead_letter(b, input, err->message);
    if (err->code == ERR_STALE || err->code == ERR_UNAVAILABLE) /* it was read, and comes at the wrong time */
        outcome_refuse(out, "Nothing was done: %s.", err->message);
    else
        outcome_refuse(out, "I could not read that: %s. Nothing was done.", err->message);
}

void requests_decide_item(struct engine *e, const struct input *input, struct arena *arena)
{
    struct live_operation *live = NULL;
    struct inbox_item item;
    struct decoded decoded = { .kind = DECODED_NOTHING };
    struct asker asker = { .request = &decoded.request };
    struct outcome out;
    struct batch b;
    struct error err;

    batch_init(&b, e, arena, input);
    set_outcome_ids(e, &out, arena);
    if (!read_item(arena, input->entry, &item, &err)) {
        dead_letter(&b, input, err.message);
    } else if (item.v > INBOX_VERSION) {
        engine_logf(e, ENGINE_LOG_WARN, "inbox.newer", "item %s has version %lld: a newer opsgate must decide it",
                    input->id, (long long)item.v);
        e->yield_until_mono = engine_mono(e) + 10 * STORE_LEASE_MS;
        arena_destroy(arena);
        ownership_lose(e, "the inbox holds what only a newer opsgate can decide");
        return;
    } else if (item.not_after && store_clock_is_void(e, item.received_at, item.not_after, input->entry->is_safe)) {
        decoded.request = request_from_item(&item);
        answer_undecided(&b, input, &item, &asker, &out, NULL);
    } else if (!e->config.decode(&item, arena, &decoded, &err)) {
        decoded.request = request_from_item(&item);
        answer_undecided(&b, input, &item, &asker, &out, &err);
    } else if (decoded.kind == DECODED_EVENT) {
        if (events_decide(&b, &decoded.event, &item, &decoded.request))
            live = decide_request(&b, &asker, &out);
    } else if (decoded.kind == DECODED_REQUEST) {
        live = decide_request(&b, &asker, &out);
    }
    batch_consume(&b);
    apply(&b, &out, live, &asker);
    batch_commit(&b);
}

/* ---- what operations ask for ---- */

/* In the name of an operation that is over nothing begins any more; but what it did is still to be told. */
static bool may_begin_for(const struct engine *e, const struct asker *asker)
{
    const struct verb *verb = verb_find(e->config.verbs, asker->request->verb);

    return (verb && verb->outlives_asker) || records_find_running(e, asker->parent);
}

void requests_decide_child(struct engine *e, const struct input *input, struct arena *arena)
{
    struct live_operation *live = NULL;
    struct request request;
    struct asker asker;
    struct outcome out;
    struct batch b;
    struct error err;
    bool is_read;

    batch_init(&b, e, arena, input);
    set_outcome_ids(e, &out, arena);
    is_read = children_read(&input->message->record, arena, &request, &asker, &err);
    if (!is_read)
        dead_letter(&b, input, err.message);
    else if (may_begin_for(e, &asker))
        live = decide_request(&b, &asker, &out);
    else
        journal_request(&b, "request.void", &asker, NULL,
                        (struct judged){ .why = "the operation that asked for it is over" });
    batch_consume(&b);
    if (is_read)
        apply(&b, &out, live, &asker);
    if (is_read && !out.begins && out.reply)
        children_tell_answer(&b, &asker, out.reply);
    batch_commit(&b);
}

/* ---- what cannot be decided ---- */

static bool is_childs(const struct input *input)
{
    return input->kind == INPUT_MESSAGE && strcmp(input->operation, "engine") == 0;
}

/* What crashed its owner becomes a dead letter, and who asked is told; the operation that it was meant for, if it was
 * for one, goes on as it was: it has not heard of it. */
void requests_decide_dead(struct batch *b, const struct input *input, const char *why)
{
    struct engine *e = b->engine;
    struct asker asker = { 0 };
    struct request request;
    struct inbox_item item;
    struct outcome out;
    struct error err;
    bool is_known = false;

    set_outcome_ids(e, &out, b->arena);
    dead_letter(b, input, why);
    if (is_childs(input))
        is_known = children_read(&input->message->record, b->arena, &request, &asker, &err);
    else if (!trying_kills_on(e, input->id) && read_item(b->arena, input->entry, &item, &err)) { /* its frame alone */
        request = request_from_item(&item);
        asker.request = &request;
        is_known = true;
    }
    batch_consume(b);
    if (!is_known)
        return;
    outcome_refuse(&out, "That could not be carried out: %s. Nothing was done.", why);
    if (asker.parent)
        children_tell_answer(b, &asker, out.reply);
    else
        answers_now(b, &asker, &out);
}
