/* verb.c - from the words of a request to what is to be done with a maintenance, and what policy is asked. */
#include "handlers/maintenance/maintaining.h"

#include "handlers/operation_words.h"
#include "handlers/place.h"

#include <string.h>

#define QUOTED_BYTES 60
#define TEXT_MAX_BYTES 300

static const struct verb_option options[] = {
    { .name = "short-notice", .takes_value = true },
    { .name = "runbook", .takes_value = true },
    { .name = "dry-run" },
    { .name = "anyway", .takes_value = true },
    { .name = "look", .takes_value = true, .is_internal = true },
};

static const struct deed_row {
    const char *name;
    enum maintenance_deed deed;
    bool has_text;       /* it has to be said */
    const char *only[3]; /* options that go with it */
    const char *example;
} deeds[] = {
    { "list", MAINTENANCE_LIST, false, { NULL }, "maintenance list" },
    { "plan", MAINTENANCE_PLAN, true, { "short-notice", "runbook", "dry-run" }, "" },
    { "start", MAINTENANCE_START, false, { "look" }, "maintenance start D7" },
    { "extend", MAINTENANCE_EXTEND, true, { NULL }, "maintenance extend D7 30m \"why\"" },
    { "note", MAINTENANCE_NOTE, true, { NULL }, "maintenance note D7 \"text\"" },
    { "end", MAINTENANCE_END, false, { "anyway", "look" }, "maintenance end D7" },
    { "cancel", MAINTENANCE_CANCEL, true, { NULL }, "maintenance cancel D7 \"why\"" },
};

/* ---- what policy is asked ---- */

struct question maintenance_question(const struct view *view, const struct principal *principal, const char *source,
                                     const char *target, const char *reason)
{
    const struct request request = { .principal = *principal, .verb = verb_maintenance.name, .source = source };
    struct question question = { .principal = *principal, .verb = verb_maintenance.name, .source = source };
    struct str rest = str_of(target), service = str_take_until(&rest, '/');
    struct place place = { .target = target };

    if (settings_find_target(view->settings, target, &place.service, &place.environment)) {
        place_ask(&request, &place, view->arena, &question);
    } else { /* in no configuration any more */
        question.service = arena_copy(view->arena, service);
        question.environment = arena_copy(view->arena, rest);
    }
    question.reason = reason;
    return question;
}

/* Of all its places the first that policy refuses; else the first. `was_given`: what is required was, when it was
 * planned. */
static struct question ask_of_all(const struct view *view, const struct request *request, const char **targets,
                                  size_t count, const char *reason, bool was_given)
{
    struct question first = { .principal = request->principal,
                              .verb = verb_maintenance.name,
                              .source = request->source };
    struct facts facts = view_facts(view);

    facts.reason = reason;
    for (size_t i = 0; i < count; i++) {
        struct question one = maintenance_question(view, &request->principal, request->source, targets[i], reason);
        struct decision decision = policy_decide(view->policy, &one, &facts, POLICY_WHOLE);

        one.is_preflight = was_given;
        if (was_given ? decision.verdict == VERDICT_DENY : decision_refuses(&decision))
            return one;
        if (i == 0)
            first = one;
    }
    return first;
}

/* ---- which deed ---- */

static const struct deed_row *find_deed(const struct view *view, const char *word, struct error *err)
{
    const char *names[ARRAY_LEN(deeds)], *nearest;

    for (size_t i = 0; i < ARRAY_LEN(deeds); i++) {
        if (strcmp(deeds[i].name, word) == 0)
            return &deeds[i];
        names[i] = deeds[i].name;
    }
    nearest = str_nearest(str_of(word), names, ARRAY_LEN(names));
    error_set(err, ERR_INVALID, "There is no `maintenance %s`%s%s%s Nothing was done.",
              card_quote(str_of(word), QUOTED_BYTES, view->arena),
              nearest ? ". Did you mean `maintenance " : ": it takes list, plan, start, extend, note, end or cancel.",
              nearest ? nearest : "", nearest ? "`?" : "");
    return NULL;
}

/* An option that does not belong to it might have been what made it safe. */
static bool has_only_its_own(const struct typed *typed, const struct deed_row *row, struct error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(options); i++) {
        bool is_own = !typed_option(typed, options[i].name);

        for (size_t k = 0; k < ARRAY_LEN(row->only); k++)
            is_own = is_own || (row->only[k] && strcmp(row->only[k], options[i].name) == 0);
        if (!is_own)
            return error_set(err, ERR_INVALID, "`--%s` does not go with `maintenance %s`. Nothing was done.",
                             options[i].name, row->name);
    }
    return true;
}

/* ---- of one that is there ---- */

/* NULL: err says why. */
static const struct operation *read_which(const struct view *view, const struct request *request,
                                          const struct typed *typed, const struct deed_row *row, struct error *err)
{
    const char *id = typed->words_count > 1 ? operation_typed(view->settings, typed->words[1], view->arena) : NULL;
    const struct operation *found = id ? operation_find_seen(view, request, id) : NULL;

    if (found && maintenance_is(found))
        return found;
    if (id)
        error_set(err, ERR_NOT_FOUND,
                  "There is no maintenance `%s`, or it ended long ago: `maintenance list` has them. Nothing was done.",
                  id);
    else
        error_set(err, ERR_INVALID,
                  "Which one? By its number, as in `%s`; `maintenance list` has them. Nothing was done.", row->example);
    return NULL;
}

static bool read_text(const struct view *view, const struct typed *typed, const struct deed_row *row, size_t from,
                      struct maintenance_arguments *arguments, struct error *err)
{
    const char *text = NULL;

    for (size_t i = from; i < typed->words_count; i++)
        text = text ? arena_printf(view->arena, "%s %s", text, typed->words[i]) : typed->words[i];
    if (text && !row->has_text)
        return error_set(err, ERR_INVALID, "I do not know what `%s` means there. Nothing was done.",
                         card_quote(str_of(text), QUOTED_BYTES, view->arena));
    if (row->has_text && (!text || str_is_empty(str_trim(str_of(text)))))
        return error_set(err, ERR_INVALID, "Words are missing, as in `%s`. Nothing was done.", row->example);
    arguments->text = text ? card_quote(str_of(text), TEXT_MAX_BYTES, view->arena) : NULL;
    return true;
}

static bool read_options(const struct view *view, const struct typed *typed, struct maintenance_arguments *arguments,
                         struct error *err)
{
    const char *anyway = typed_option(typed, "anyway"), *look = typed_option(typed, "look");

    arguments->look = MAINTENANCE_ANY_LOOK;
    if (anyway && str_is_empty(str_trim(str_of(anyway))))
        return error_set(err, ERR_INVALID, "`--anyway` takes the reason for it. Nothing was done.");
    if (anyway)
        arguments->text = card_quote(str_of(anyway), TEXT_MAX_BYTES, view->arena);
    return !look || parse_int(str_of(look), 0, INT64_MAX, &arguments->look, err) ||
           error_set(err, ERR_INVALID, "`--look` takes the number that a button carries. Nothing was done.");
}

static bool read_extension(const struct typed *typed, struct maintenance_arguments *arguments, struct error *err)
{
    return (typed->words_count > 2 && duration_parse(str_of(typed->words[2]), &arguments->for_ms, err) &&
            arguments->for_ms >= MAINTENANCE_FOR_MIN_MS && arguments->for_ms <= MAINTENANCE_FOR_MAX_MS) ||
           error_set(err, ERR_INVALID,
                     "By how much? A duration from 1m to 3d, as in `maintenance extend D7 30m "
                     "\"why\"`. Nothing was done.");
}

static bool read_deed(const struct view *view, const struct request *request, const struct typed *typed,
                      const struct deed_row *row, struct maintenance_arguments *arguments, struct question *question,
                      struct error *err)
{
    const struct operation *operation = read_which(view, request, typed, row, err);
    const char **targets = NULL;
    size_t count = 0;

    if (!operation || (row->deed == MAINTENANCE_EXTEND && !read_extension(typed, arguments, err)) ||
        !read_text(view, typed, row, row->deed == MAINTENANCE_EXTEND ? 3 : 2, arguments, err) ||
        !read_options(view, typed, arguments, err))
        return false;
    JSON_EACH(target, json_find(operation->body, "targets"))
        if (cJSON_IsString(target))
            *ARENA_PUSH(view->arena, targets, count) = target->valuestring;
    arguments->operation = operation->id;
    *question = ask_of_all(view, request, targets, count, arguments->text, true);
    question->operation = operation->id;
    return true;
}

/* ---- asks ---- */

static bool asks(const struct view *view, const struct request *request, struct question *ret_question,
                 const void **ret_arguments, struct error *err)
{
    struct maintenance_arguments *arguments = ARENA_NEW(view->arena, struct maintenance_arguments);
    struct maintenance_body *plan = ARENA_NEW(view->arena, struct maintenance_body);
    const struct deed_row *row;
    struct typed typed;

    *ret_arguments = arguments;
    if (!request_read(request, options, ARRAY_LEN(options), view->arena, &typed, err))
        return false;
    row = typed.words_count == 0 ? &deeds[0] : find_deed(view, typed.words[0], err);
    if (!row || !has_only_its_own(&typed, row, err))
        return false;
    arguments->deed = row->deed;
    if (row->deed == MAINTENANCE_LIST) { /* whoever sees how places are, sees that, too */
        *ret_question =
            (struct question){ .principal = request->principal, .verb = "status", .source = request->source };
        return typed.words_count <= 1 || error_set(err, ERR_INVALID, "`maintenance list` takes no more words.");
    }
    if (row->deed != MAINTENANCE_PLAN)
        return read_deed(view, request, &typed, row, arguments, ret_question, err);
    if (!maintenance_plan_read(view, &typed, plan, err))
        return false;
    arguments->plan = plan;
    arguments->is_dry_run = typed_option(&typed, "dry-run") != NULL;
    *ret_question = ask_of_all(view, request, plan->targets, plan->targets_count, plan->reason, arguments->is_dry_run);
    return true;
}

static bool only_looks(const void *value)
{
    const struct maintenance_arguments *arguments = value;

    return arguments->deed == MAINTENANCE_LIST || arguments->is_dry_run;
}

/* ---- begin ---- */

static void reply_planned(struct maintaining *m)
{
    const struct maintenance_body *body = m->body;
    struct arena *arena = m->view->arena;

    outcome_reply(m->out, "*%s*: maintenance of `%s` %s, %s until %s: %s.", m->out->operation_id, body->where,
                  body->lacking ? "waits for consent" : "is planned", card_date(body->at_ms, arena),
                  card_date(body->until_ms, arena), body->reason);
    if (body->lacking)
        outcome_reply_line(m->out, "It lacks %s. Nobody is told of it before that.", body->lacking);
    maintaining_tell_plan(m->view, body, m->out);
    outcome_reply_line(m->out, "To take it back: `maintenance cancel %s \"why\"`.", m->out->operation_id);
}

static void plan_it(const struct view *view, const struct request *request, const struct maintenance_body *plan,
                    struct outcome *out)
{
    struct maintenance_body *body = ARENA_NEW(view->arena, struct maintenance_body);
    struct operation operation = { .id = out->operation_id,
                                   .kind = machine_maintenance.kind,
                                   .state = "planned",
                                   .source = request->source,
                                   .requester = request->principal,
                                   .created_at_ms = view->now_ms };
    struct maintaining m = { .view = view, .operation = &operation, .body = body, .out = out };
    struct decision decision;

    *body = *plan;
    decision = maintaining_decide(&m);
    if (decision.verdict != VERDICT_ALLOW && !decision_waits_for_people(&decision)) {
        outcome_refuse(out, "%s%s%s%s. Nothing was done.", decision.reason, decision.rule ? " (" : "",
                       decision.rule ? decision.rule : "", decision.rule ? ")" : "");
        return;
    }
    if (plan->page)
        m.page = ARENA_NEW(view->arena, struct maintenance_page);
    body->page = m.page;
    outcome_begin(out, machine_maintenance.kind, NULL, "planned", body);
    if (decision.verdict == VERDICT_ALLOW)
        maintaining_begin(&m);
    else
        maintaining_await_consent(&m, &decision);
    reply_planned(&m);
}

static void begin(const struct view *view, const struct request *request, const struct question *question,
                  const void *value, struct outcome *out)
{
    const struct maintenance_arguments *given = value;

    (void)question;
    if (given->deed == MAINTENANCE_LIST) {
        maintenance_list(view, out);
    } else if (given->deed != MAINTENANCE_PLAN) {
        outcome_refuse(out, "*%s* is over. Nothing was done.", given->operation);
    } else if (given->is_dry_run) {
        outcome_reply(out, "Maintenance of `%s` would be planned, %s until %s: %s. Nothing was done.",
                      given->plan->where, card_date(given->plan->at_ms, view->arena),
                      card_date(given->plan->until_ms, view->arena), given->plan->reason);
        maintaining_tell_plan(view, given->plan, out);
    } else {
        plan_it(view, request, given->plan, out);
    }
}

static const char *const details[] = {
    "`maintenance plan api,web production \"Wed 22:00 UTC\" for 1h \"database upgrade\"`: told at once and again "
    "before; also `2026-11-25 22:00 Europe/Berlin`, `tomorrow 22:00`, `in 2h`; or a name of `maintenance.places`",
    "`--short-notice WHY`: though it is told too late; `--runbook \"NAME zone=a\"`: begins with it; `--dry-run`: only "
    "tells",
    "`maintenance start D7`: at its time; nobody but whoever planned it deploys there then",
    "`maintenance extend D7 30m WHY`, `maintenance note D7 TEXT`",
    "`maintenance end D7`: its places are looked at, are free again when they are well, and are watched; `--anyway "
    "WHY`: though they are not",
    "`maintenance cancel D7 WHY`: before it begins; all who were told are told",
    "`maintenance`, `maintenance list`: what is planned and at work",
    NULL,
};

const struct verb verb_maintenance = {
    .name = "maintenance",
    .usage =
        "maintenance [list | plan SERVICE[,SERVICE] ENVIRONMENT WHEN for DURATION WHY [--short-notice WHY] [--runbook "
        "LINE] [--dry-run] | start D1042 | extend D1042 DURATION WHY | note D1042 TEXT | end D1042 [--anyway WHY] | "
        "cancel D1042 WHY]",
    .summary = "plan work on a place: told ahead, held while it lasts, watched afterwards",
    .details = details,
    .options = options,
    .options_count = ARRAY_LEN(options),
    .is_asked_again = true, /* in begin(), of all its places, and with what people give */
    .only_looks = only_looks,
    .asks = asks,
    .begin = begin,
};
