/* typed.c - `incident`: the words that people type, and which incident they mean. */
#include "handlers/incident/typed.h"

#include "handlers/operation_words.h"
#include "handlers/person.h"

#include "bot/base/buf.h"
#include "bot/base/time.h"
#include "bot/model/card.h"
#include "policy/policy.h"

#include <string.h>

#define QUOTED_BYTES 40
#define STATS_DAYS 30
#define STATS_MAX_MS (365 * DAY_MS)
#define ACKNOWLEDGE "acknowledge" /* what rules call it: whoever may do nothing else may stop the paging */

static const struct deed deeds[] = {
    { "declare", DEED_DECLARE, false, TEXT_MUST, "What is it?", "API down" },
    { "ack", DEED_ACKNOWLEDGE, true, TEXT_NONE, NULL, NULL },
    { "acknowledge", DEED_ACKNOWLEDGE, true, TEXT_NONE, NULL, NULL },
    { "lead", DEED_LEAD, true, TEXT_MAY, NULL, NULL },
    { "severity", DEED_SEVERITY, true, TEXT_MAY, NULL, NULL }, /* why */
    { "update", DEED_UPDATE, true, TEXT_MUST, "What is new?", "half of it is back" },
    { "note", DEED_NOTE, true, TEXT_MUST, "What is to be noted?", "restarted db-1 at 14:03" },
    { "public", DEED_PUBLIC, true, TEXT_MUST, "What is the public to read?", "We are looking into errors at checkout" },
    { "resolve", DEED_RESOLVE, true, TEXT_MAY, NULL, NULL },
    { "reopen", DEED_REOPEN, true, TEXT_MAY, NULL, NULL },
    { "close", DEED_CLOSE, true, TEXT_NONE, NULL, NULL },
    { "invite", DEED_INVITE, true, TEXT_NONE, NULL, NULL },
    { "private", DEED_PRIVATE, true, TEXT_NONE, NULL, NULL },
    { "postmortem", DEED_POST_MORTEM, true, TEXT_NONE, NULL, NULL },
    { "assess", DEED_ASSESS, true, TEXT_NONE, NULL, NULL },
    { "list", DEED_LIST, false, TEXT_NONE, NULL, NULL },
    { "stats", DEED_STATS, false, TEXT_MAY, NULL, NULL },
    { "show", DEED_SHOW, true, TEXT_NONE, NULL, NULL },
};

struct words { /* what was typed: no options, for a text is taken as it is */
    const char *const *all;
    size_t count;
};

static const char *take_word(struct words *words)
{
    words->count--;
    return *words->all++;
}

static const char *joined(struct words words, struct arena *arena)
{
    const char *text = NULL;

    for (size_t i = 0; i < words.count; i++)
        text = text ? arena_printf(arena, "%s %s", text, words.all[i]) : words.all[i];
    return text;
}

static const char *quoted(const char *word, struct arena *arena)
{
    return card_quote(str_of(word), QUOTED_BYTES, arena);
}

/* Marks that were taken away leave spaces. */
const char *incident_words(struct str text, size_t max_bytes, struct arena *arena)
{
    struct str rest = str_of(card_quote(text, max_bytes, arena)), word;
    AUTO_BUF struct buf words = BUF(max_bytes + 1);

    while ((word = str_take_word(&rest)).len > 0) {
        if (words.len > 0)
            buf_putc(&words, ' ');
        buf_add_str(&words, word);
    }
    return words.len > 0 ? arena_copy(arena, buf_str(&words)) : NULL;
}

/* ---- which deed ---- */

static const struct deed *find_deed(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(deeds); i++)
        if (str_equal_nocase(str_of(deeds[i].name), str_of(name)))
            return &deeds[i];
    return NULL;
}

static bool unknown_deed(const char *name, struct arena *arena, struct error *err)
{
    const char *names[ARRAY_LEN(deeds)], *nearest;

    for (size_t i = 0; i < ARRAY_LEN(deeds); i++)
        names[i] = deeds[i].name;
    nearest = str_nearest(str_of(name), names, ARRAY_LEN(deeds));
    if (nearest)
        return error_set(err, ERR_INVALID, "I do not know `incident %s`. Did you mean `incident %s`? Nothing was done.",
                         quoted(name, arena), nearest);
    return error_set(
        err, ERR_INVALID,
        "I do not know `incident %s`. `incident declare` opens one, `help incident` tells the rest. Nothing "
        "was done.",
        quoted(name, arena));
}

/* The forms' own: it stands right behind the deed. */
static void take_message(struct words *words, const char **ret_message, struct arena *arena)
{
    struct str rest = str_of(words->count > 0 ? words->all[0] : "");

    if (!str_take_prefix(&rest, "--message=") || !incident_is_message(rest))
        return;
    *ret_message = arena_copy(arena, rest);
    take_word(words);
}

/* `incident` alone lists, `incident D12` shows it, and the number may stand before the deed as well as behind it. */
static bool read_deed(const struct view *view, struct words *words, const struct deed **ret_deed, const char **ret_id,
                      const char **ret_message, struct error *err)
{
    *ret_id = words->count > 0 ? operation_typed(view->settings, words->all[0], view->arena) : NULL;
    if (*ret_id)
        take_word(words);
    if (words->count == 0) {
        *ret_deed = find_deed(*ret_id ? "show" : "list");
        return true;
    }
    *ret_deed = find_deed(words->all[0]);
    if (!*ret_deed)
        return unknown_deed(words->all[0], view->arena, err);
    take_word(words);
    take_message(words, ret_message, view->arena);
    if (!*ret_id && (*ret_deed)->is_about_one && words->count > 0) {
        *ret_id = operation_typed(view->settings, words->all[0], view->arena);
        if (*ret_id)
            take_word(words);
    }
    return true;
}

/* ---- which incident ---- */

static bool read_which(const struct view *view, const struct request *request, const char *id, struct asked *asked,
                       struct error *err)
{
    if (!id) {
        asked->meant = incident_find_meant(view, request);
        if (!asked->meant)
            asked->unclear = WHICH_INCIDENT;
        return true;
    }
    asked->meant = operation_find_seen(view, request, id);
    if (!asked->meant)
        return error_set(err, ERR_NOT_FOUND, "%s", incident_unseen(view, request, quoted(id, view->arena)));
    if (strcmp(asked->meant->kind, machine_incident.kind) != 0)
        return error_set(err, ERR_NOT_FOUND,
                         "%s is no incident, but a %s: `incident list` shows those that are open. Nothing was done.",
                         id, asked->meant->kind);
    return true;
}

/* ---- what belongs to it ---- */

static const char *severity_named(const struct incidents_settings *incidents, const char *word)
{
    for (size_t i = 0; incidents && i < incidents->severities_count; i++)
        if (str_equal_nocase(str_of(incidents->severities[i].name), str_of(word)))
            return incidents->severities[i].name;
    return NULL;
}

/* "P9": meant for one, and no part of a title. */
static bool is_like_a_severity(const struct incidents_settings *incidents, const char *word)
{
    for (size_t i = 0; incidents && i < incidents->severities_count; i++)
        if (str_nearest(str_of(word), (const char *const[]){ incidents->severities[i].name }, 1))
            return true;
    return false;
}

/* The first word. Without one there is no guess: begin() tells which there are. */
static void read_severity(const struct view *view, struct words *words, struct asked *asked)
{
    const char *word = words->count > 0 ? words->all[0] : NULL;

    asked->one.severity = word ? severity_named(view->settings->incidents, word) : NULL;
    if (asked->one.severity) {
        take_word(words);
        return;
    }
    asked->no_severity = word ? quoted(word, view->arena) : NULL;
    if (word && is_like_a_severity(view->settings->incidents, word))
        take_word(words);
    if (asked->unclear == CLEAR)
        asked->unclear = WHICH_SEVERITY;
}

static bool ask_private(const char *word, struct arena *arena, struct error *err)
{
    return error_set(err, ERR_INVALID, "I do not know `%s`. Did you mean `--private`? Nothing was done.",
                     quoted(word, arena));
}

/* `--private` counts wherever it stands, among quoted words too, and what looks like it is asked about: a title that
 * was said to all cannot be taken back. `--known` is the form's own. */
static bool take_options(const struct view *view, struct words *words, struct asked *asked, struct error *err)
{
    const char **others = arena_alloc(view->arena, (words->count + 1) * sizeof(*others));
    size_t count = 0;

    for (size_t i = 0; i < words->count; i++) {
        struct str rest = str_of(words->all[i]);

        if (str_take_prefix(&rest, "--known=")) {
            asked->one.known = incident_words(rest, INCIDENT_TEXT_MAX_BYTES, view->arena);
            continue;
        }
        rest = str_of(words->all[i]);
        if (incident_private_word(rest, view->arena) != PRIVATE_MEANT)
            others[count++] = words->all[i];
        while (rest.len > 0) {
            struct str word = str_take_word(&rest);
            enum private_word is = incident_private_word(word, view->arena);

            asked->one.is_private = asked->one.is_private || is == PRIVATE_MEANT;
            if (is == PRIVATE_PERHAPS)
                return ask_private(arena_copy(view->arena, word), view->arena, err);
        }
    }
    *words = (struct words){ others, count };
    return true;
}

/* Before the severity, or behind it: it gives its own where none is said. */
static void take_type(const struct view *view, struct words *words, struct asked *asked)
{
    const struct incidents_settings *incidents = view->settings->incidents;
    const struct incident_type *type = words->count > 0 ? incident_find_type(incidents, words->all[0]) : NULL;

    if (!type || asked->one.type)
        return;
    take_word(words);
    asked->one.type = type->name;
    asked->one.is_private = asked->one.is_private || type->private;
}

static bool read_declared(const struct view *view, struct words *words, struct asked *asked, struct error *err)
{
    const struct incidents_settings *incidents = view->settings->incidents;
    const struct incident_type *type;

    if (!take_options(view, words, asked, err))
        return false;
    take_type(view, words, asked);
    if (!asked->one.type && words->count > 0 && str_equal_nocase(str_of(words->all[0]), STR_LIT("private")))
        return ask_private(words->all[0], view->arena, err);
    type = incident_find_type(incidents, asked->one.type);
    if (type && type->severity && (words->count == 0 || !is_like_a_severity(incidents, words->all[0])))
        asked->one.severity = type->severity;
    else
        read_severity(view, words, asked);
    take_type(view, words, asked);
    return true;
}

/* "lead D12", as examples have it: with the number, if one is known. */
static const char *deed_of(const struct asked *asked, struct arena *arena)
{
    const char *id = asked->unclear == CLEAR && asked->meant ? asked->meant->id : NULL;

    return id ? arena_printf(arena, "%s %s", asked->typed->name, id) : asked->typed->name;
}

static bool read_person(const struct view *view, const struct asked *asked, const char *who, struct principal *ret_who,
                        struct error *err)
{
    const char *id = person_by_name(view->settings, who, view->arena, err);

    if (!id && err->code == ERR_CONFLICT)
        return error_set(err, ERR_INVALID, "Who? %s. Nothing was done.", arena_strdup(view->arena, err->message));
    if (!id || !policy_read_principal(view->policy, id, view->arena, ret_who))
        return error_set(
            err, ERR_INVALID,
            "I do not know who `%s` is: mention them in Slack, or name them as `people` in the configuration "
            "does, or as in `incident %s slack:U012AB3CD`. Nothing was done.",
            quoted(who, view->arena), deed_of(asked, view->arena));
    return true;
}

static bool read_lead(const struct view *view, struct words *words, struct asked *asked, struct error *err)
{
    struct principal *lead = ARENA_NEW(view->arena, struct principal);
    const char *who = words->count > 0 ? take_word(words) : NULL;

    if (words->count > 0)
        return error_set(err, ERR_INVALID, "One person leads: name one, as in `incident %s @ann`. Nothing was done.",
                         deed_of(asked, view->arena));
    if (!who || str_equal_nocase(str_of(who), str_of("me")))
        return true;
    if (!read_person(view, asked, who, lead, err))
        return false;
    asked->one.lead = lead;
    return true;
}

static bool read_invited(const struct view *view, struct words *words, struct asked *asked, struct error *err)
{
    struct principal *invited = arena_alloc(view->arena, (words->count + 1) * sizeof(*invited));

    if (words->count == 0)
        return error_set(err, ERR_INVALID, "Whom? Name them, as in `incident %s @ann @bob`. Nothing was done.",
                         deed_of(asked, view->arena));
    while (words->count > 0)
        if (!read_person(view, asked, take_word(words), &invited[asked->one.invited_count++], err))
            return false;
    asked->one.invited = invited;
    return true;
}

static bool read_days(struct words *words, struct asked *asked, struct arena *arena, struct error *err)
{
    const char *word = words->count > 0 ? take_word(words) : NULL;
    int64_t ms = STATS_DAYS * DAY_MS;

    if (word && (words->count > 0 || !duration_parse(str_of(word), &ms, err) || ms < DAY_MS || ms > STATS_MAX_MS))
        return error_set(err, ERR_INVALID,
                         "`incident stats` takes a time from 1d to 365d, such as `90d`, and not `%s`.",
                         quoted(words->count > 0 ? words->all[0] : word, arena));
    asked->one.days = ms / DAY_MS;
    return true;
}

static bool read_text(const struct view *view, const struct deed *deed, struct words words, struct asked *asked,
                      struct error *err)
{
    struct arena *arena = view->arena;
    bool is_title = deed->deed == DEED_DECLARE;
    size_t max_bytes = is_title ? INCIDENT_TITLE_MAX_BYTES : INCIDENT_TEXT_MAX_BYTES;
    struct str typed = str_of(joined(words, arena));
    const char *text = incident_words(typed, max_bytes, arena);

    if (words.count > 0 && deed->text == TEXT_NONE)
        return error_set(err, ERR_INVALID, "`incident %s` takes %s, and no `%s`. Nothing was done.", deed->name,
                         deed->is_about_one ? "an incident's number, such as `D12`" : "no words",
                         quoted(words.all[0], arena));
    if (typed.len > max_bytes)
        return error_set(err, ERR_INVALID,
                         is_title
                             ? "A title has %zu bytes at most, and this one %zu: shorten it, and tell the rest with "
                               "`incident note`. Nothing was done."
                             : "%zu bytes are told at once, and these are %zu: say it in parts. Nothing was done.",
                         max_bytes, typed.len);
    if (!text && deed->text == TEXT_MUST && asked->unclear == CLEAR)
        asked->unclear = WHICH_TEXT;
    asked->one.text = is_title ? incident_names(view->settings, text, arena) : text;
    return true;
}

/* A long text is typed in quotes, which make one word of it. */
static struct words apart(struct words words, struct arena *arena)
{
    const char **all = NULL;
    size_t count = 0;

    for (size_t i = 0; i < words.count; i++) {
        struct str rest = str_of(words.all[i]), word;

        while ((word = str_take_word(&rest)).len > 0)
            *ARENA_PUSH(arena, all, count) = arena_copy(arena, word);
    }
    return (struct words){ all, count };
}

/* "identified, api/production: We know why." */
static bool read_public(const struct view *view, struct words *words, struct asked *asked, struct error *err)
{
    size_t marks;

    *words = apart(*words, view->arena);
    marks = incident_public_marks(view->settings, words->all, words->count, view->arena, &asked->one);
    words->all += marks;
    words->count -= marks;
    if (marks == 0 && words->count == 1 && incident_public_is_status(words->all[0]))
        return error_set(err, ERR_INVALID,
                         "The public needs words, too: say them behind the status, as in `incident public %s: It works "
                         "again.` Nothing was done.",
                         quoted(words->all[0], view->arena));
    return incident_public_check(view->settings, words->all, words->count, view->arena, err);
}

static bool read_rest(const struct view *view, const struct deed *deed, struct words *words, struct asked *asked,
                      struct error *err)
{
    switch (deed->deed) {
    case DEED_DECLARE:
        if (!read_declared(view, words, asked, err))
            return false;
        break;
    case DEED_SEVERITY:
        read_severity(view, words, asked);
        break;
    case DEED_INVITE:
        return asked->unclear != CLEAR || read_invited(view, words, asked, err);
    case DEED_LEAD:
        return read_lead(view, words, asked, err);
    case DEED_STATS:
        return read_days(words, asked, view->arena, err);
    case DEED_PUBLIC:
        if (!read_public(view, words, asked, err))
            return false;
        break;
    default:
        break;
    }
    return read_text(view, deed, *words, asked, err);
}

bool incident_asks(const struct view *view, const struct request *request, struct question *ret_question,
                   const void **ret_arguments, struct error *err)
{
    struct asked *asked = ARENA_NEW(view->arena, struct asked);
    struct words words = { request->words, request->words_count };
    const struct deed *deed;
    const char *id;

    if (!read_deed(view, &words, &deed, &id, &asked->one.message, err))
        return false;
    if (id && !deed->is_about_one)
        return error_set(err, ERR_INVALID,
                         "`incident %s` is about no incident that is there, such as %s. Nothing was done.", deed->name,
                         id);
    if (deed->deed == DEED_DECLARE && !view->settings->incidents)
        return error_set(err, ERR_INVALID,
                         "opsgate knows no severities: add a section `incidents` to its configuration, and `reload`. "
                         "Nothing was done.");
    asked->one.deed = deed->deed;
    asked->typed = deed;
    if ((deed->is_about_one && !read_which(view, request, id, asked, err)) ||
        !read_rest(view, deed, &words, asked, err))
        return false;
    *ret_question = (struct question){
        .principal = request->principal,
        .verb = deed->deed == DEED_ACKNOWLEDGE ? ACKNOWLEDGE : request->verb,
        .source = request->source,
        .operation = asked->meant && asked->unclear == CLEAR && deed->deed != DEED_SHOW ? asked->meant->id : NULL,
        .is_safe_direction = deed->deed == DEED_ACKNOWLEDGE,
    };
    *ret_arguments = asked;
    return true;
}
