/* words.c - what the verbs of protection read in the same way, and how they begin. */
#include "handlers/protection/guarding.h"

#include "handlers/protection/protection.h"
#include "handlers/protection/range.h"

#include "bot/base/time.h"
#include "bot/model/card.h"
#include "bot/model/exchange.h"

#include <string.h>

#define QUOTED_BYTES 60
#define REASON_MAX_BYTES 200
#define LOOK_DEADLINE_MS (30 * SECOND_MS)
#define NAMES_MAX 100

static const char *names_of(const struct settings *settings, struct arena *arena)
{
    const char *text = NULL;

    for (size_t i = 0; i < settings->protections_count; i++)
        text = text ? arena_printf(arena, "%s, `%s`", text, settings->protections[i].name)
                    : arena_printf(arena, "`%s`", settings->protections[i].name);
    return text ? text : "";
}

static bool looks_like_range(const char *word)
{
    return strpbrk(word, "./:") != NULL;
}

static bool unknown(const struct view *view, const char *word, struct error *err)
{
    const char *names[NAMES_MAX], *nearest;
    size_t count = 0;

    for (size_t i = 0; i < view->settings->protections_count && count < NAMES_MAX; i++)
        names[count++] = view->settings->protections[i].name;
    nearest = str_nearest(str_of(word), names, count);
    return error_set(err, ERR_INVALID, "There is no protection `%s`. %s%s%s Nothing was done.",
                     card_quote(str_of(word), QUOTED_BYTES, view->arena), nearest ? "Did you mean `" : "There is ",
                     nearest ? nearest : names_of(view->settings, view->arena), nearest ? "`?" : ".");
}

bool guarding_read_protection(const struct view *view, const struct typed *typed,
                              const struct protection_settings **ret_protection, size_t *ret_taken, struct error *err)
{
    const struct settings *settings = view->settings;
    const char *word = typed->words_count > *ret_taken ? typed->words[*ret_taken] : NULL;

    if (settings->protections_count == 0)
        return error_set(err, ERR_INVALID,
                         "There is nothing to block addresses with: the configuration lists none under `protections`.");
    *ret_protection = word ? settings_find_protection(settings, word) : NULL;
    if (*ret_protection) {
        (*ret_taken)++;
        return true;
    }
    if (word && !looks_like_range(word))
        return unknown(view, word, err);
    *ret_protection = &settings->protections[0];
    return settings->protections_count == 1 ||
           error_set(err, ERR_INVALID, "Where? Name one of %s. Nothing was done.", names_of(settings, view->arena));
}

bool guarding_read_range(const struct view *view, const char *word, struct network *ret_range, struct error *err)
{
    struct error why;

    if (!word)
        return error_set(err, ERR_INVALID,
                         "Which addresses? Such as `203.0.113.7` or `203.0.113.0/24`. Nothing was done.");
    return range_parse(str_of(word), ret_range, &why) ||
           error_set(err, ERR_INVALID, "`%s`: %s. Nothing was done.",
                     card_quote(str_of(word), QUOTED_BYTES, view->arena), why.message);
}

void guarding_fill(const struct protection_settings *protection, const char *verb, struct protection_body *body)
{
    body->verb = verb;
    body->protection = protection->name;
    body->environment = protection->environment;
    body->place = (struct armor_place){ protection->project, protection->policy };
    body->priorities_from = protection->priorities.from;
    body->priorities_to = protection->priorities.to;
    body->confirmed = -1;
    body->priority = -1;
}

static bool is_unit(struct str word)
{
    static const char *const units[] = { "s",   "sec",  "secs",   "second",  "seconds", "m",
                                         "min", "mins", "minute", "minutes", "h",       "hr",
                                         "hrs", "hour", "hours",  "d",       "day",     "days" };

    for (size_t i = 0; i < ARRAY_LEN(units); i++)
        if (str_is(word, units[i]))
            return true;
    return false;
}

/* "2h", "30min", "30 minutes", "13:00": however people write one. */
static bool is_time(const char *word, const char *next)
{
    size_t digits = strspn(word, "0123456789:");
    int64_t ms;
    struct error ignored;

    if (digits == 0)
        return false;
    return duration_parse(str_of(word), &ms, &ignored) || is_unit(str_of(word + digits)) ||
           (!word[digits] && (strchr(word, ':') || is_unit(str_of(next))));
}

static bool refuse_time(const struct view *view, const struct typed *typed, const char *words, struct error *err)
{
    const char *quoted = card_quote(str_of(words), QUOTED_BYTES, view->arena);

    if (strcmp(typed->verb, guarding_block.verb) != 0)
        return error_set(err, ERR_INVALID, "`%s` is no reason, and `%s` takes no time. Nothing was done.", quoted,
                         typed->verb);
    return error_set(err, ERR_INVALID,
                     "`%s` is no reason. How long is said right behind the addresses, such as `for 30m`. Nothing was "
                     "done.",
                     quoted);
}

/* Taken for a reason, it would be passed over: somebody is let through whom a person believes to be blocked. */
static bool is_reason(const struct view *view, const struct typed *typed, size_t at, bool is_first, struct error *err)
{
    const char *word = typed->words[at], *next = at + 1 < typed->words_count ? typed->words[at + 1] : "";
    const char *behind = at + 2 < typed->words_count ? typed->words[at + 2] : "";
    bool is_for = strcmp(word, "for") == 0, is_until = strcmp(word, "until") == 0 || strcmp(word, "till") == 0;
    struct network range;
    struct error ignored;
    bool is_two;

    if (looks_like_range(word) && range_parse(str_of(word), &range, &ignored))
        return error_set(err, ERR_INVALID, "It takes one range at a time: ask for `%s` by itself. Nothing was done.",
                         card_quote(str_of(word), QUOTED_BYTES, view->arena));
    if (!(is_first && (is_time(word, next) || is_until)) && !((is_until || is_for) && is_time(next, behind)))
        return true;
    is_two = is_until || is_for || !word[strspn(word, "0123456789")];
    return refuse_time(view, typed, is_two ? arena_printf(view->arena, "%s %s", word, next) : word, err);
}

bool guarding_read_reason(const struct view *view, const struct typed *typed, size_t taken,
                          struct protection_body *body, struct error *err)
{
    const char *text = typed_option(typed, "reason");

    for (size_t i = taken; i < typed->words_count; i++) {
        if (!is_reason(view, typed, i, i == taken, err))
            return false;
        text = text ? arena_printf(view->arena, "%s %s", text, typed->words[i]) : typed->words[i];
    }
    if (text && !str_is_empty(str_trim(str_of(text))))
        body->reason = card_quote(str_of(text), REASON_MAX_BYTES, view->arena);
    return broken_read(typed, view->arena, &body->glass.reason, err);
}

struct question guarding_question(const struct protection_body *body, const struct principal *principal,
                                  const char *source)
{
    return (struct question){
        .principal = *principal,
        .verb = body->verb,
        .environment = body->environment,
        .source = source,
        .reason = body->reason,
        .break_glass = body->glass.reason,
    };
}

void guarding_begin(const struct view *view, const struct protection_body *body, struct outcome *out)
{
    struct protection_body *begun = ARENA_NEW(view->arena, struct protection_body);
    struct armor_look look = { .place = body->place };

    *begun = *body;
    outcome_begin(out, machine_protection.kind, NULL, "looking", begun);
    outcome_read(out, "policy", READING_ARMOR, shape_to_json(&armor_look_shape, &look, SHAPE_WHOLE), LOOK_DEADLINE_MS);
}

static bool is_text(const cJSON *body, const char *key, const char *wanted)
{
    const char *text = json_find_string(body, key);

    return text && strcmp(text, wanted) == 0;
}

bool guarding_is_block(const struct operation *operation)
{
    return !operation_has_ended(operation) && strcmp(operation->kind, machine_protection.kind) == 0 &&
           is_text(operation->body, "verb", guarding_block.verb) &&
           !json_find_bool(operation->body, "is_dry_run", false);
}

const struct operation *guarding_find_block(const struct view *view, const char *protection, const char *range,
                                            bool is_preview, size_t *ret_count)
{
    size_t count = view->list_operations(view->ctx, NULL, 0);
    const struct operation **all = arena_alloc(view->arena, (count + 1) * sizeof(*all)), *found = NULL;

    *ret_count = 0;
    view->list_operations(view->ctx, all, count);
    for (size_t i = 0; i < count; i++) {
        if (!guarding_is_block(all[i]) || !is_text(all[i]->body, "range", range) ||
            json_find_bool(all[i]->body, "is_preview", false) != is_preview ||
            (protection && !is_text(all[i]->body, "protection", protection)))
            continue;
        found = all[i];
        (*ret_count)++;
    }
    return found;
}

/* The range is the real one's, where both are there. */
const char *guarding_handle(const struct operation *block, const struct protection_body *body)
{
    return body->is_preview ? block->id : body->range;
}
