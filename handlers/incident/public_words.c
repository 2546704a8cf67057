/* public_words.c - a person's words for the public: a status and components before the colon, then what users read. */
#include "handlers/incident/status_page.h"

#include "bot/model/card.h"

#include <string.h>

#define QUOTED_BYTES 40
#define CHANNEL_MIN_BYTES 9

static const char *const statuses[] = { "investigating", "identified", "monitoring", "resolved" };

static const char *find_status(struct str word)
{
    for (size_t i = 0; i < ARRAY_LEN(statuses); i++)
        if (str_equal_nocase(str_of(statuses[i]), word))
            return statuses[i];
    return NULL;
}

static const char *find_component(const struct settings *settings, struct str word)
{
    for (size_t i = 0; settings->statuspage && i < settings->statuspage->components_count; i++)
        if (str_equal_nocase(str_of(settings->statuspage->components[i].key), word))
            return settings->statuspage->components[i].key;
    return NULL;
}

bool incident_public_is_status(const char *word)
{
    return find_status(str_of(word)) != NULL;
}

/* One word of them, without its comma or colon. False: it is none, or says a second status. */
static bool take_mark(const struct settings *settings, struct str word, struct arena *arena,
                      struct incident_arguments *marks)
{
    const char *status = find_status(word), *component = find_component(settings, word);

    if (status && !marks->status)
        marks->status = status;
    else if (!status && component)
        *ARENA_PUSH(arena, marks->components, marks->components_count) = component;
    else
        return false;
    return true;
}

size_t incident_public_marks(const struct settings *settings, const char *const *words, size_t count,
                             struct arena *arena, struct incident_arguments *arguments)
{
    struct incident_arguments marks = { .status = NULL };
    size_t taken = 0;

    for (size_t i = 0; i < count; i++) {
        struct str word = str_of(words[i]);
        bool is_last = str_ends_with(word, ":");

        word.len -= is_last || str_ends_with(word, ",") ? 1 : 0;
        if (!take_mark(settings, word, arena, &marks))
            break;
        if (!is_last)
            continue;
        taken = i + 1;
        arguments->status = marks.status;
        arguments->components = marks.components;
        arguments->components_count = marks.components_count;
    }
    return taken;
}

/* ---- what the public is not to read ---- */

/* Mistyped, or a service that is none of statuspage.components: its name is ours. */
static bool is_like_a_mark(const struct settings *settings, struct str word, struct arena *arena)
{
    const char **marks = NULL;
    size_t count = 0;

    for (size_t i = 0; i < ARRAY_LEN(statuses); i++)
        *ARENA_PUSH(arena, marks, count) = statuses[i];
    for (size_t i = 0; settings->statuspage && i < settings->statuspage->components_count; i++)
        *ARENA_PUSH(arena, marks, count) = settings->statuspage->components[i].key;
    return str_nearest(word, marks, count) ||
           settings_find_service(settings, arena_copy(arena, str_take_until(&word, '/')));
}

/* What stands where only a status or a component can: behind one and its comma, or a second status. NULL: nothing. */
static const char *find_mistaken(const struct settings *settings, const char *const *words, size_t count,
                                 struct arena *arena)
{
    for (size_t i = 0; i < count; i++) {
        struct str word = str_of(words[i]);
        bool is_last = str_ends_with(word, ":"), has_end = is_last || str_ends_with(word, ",");

        word.len -= has_end ? 1 : 0;
        if (!find_status(word) && !find_component(settings, word))
            return i > 0 || (has_end && is_like_a_mark(settings, word, arena)) ? words[i] : NULL;
        if (!has_end)
            return NULL;
        if (is_last || i + 1 == count)
            return words[i];
    }
    return NULL;
}

/* "C012AB3CD": what a mention of a channel becomes where it is typed. */
static bool is_channel(struct str word)
{
    bool has_digit = false;

    if (word.len < CHANNEL_MIN_BYTES || !strchr("CDG", word.at[0]))
        return false;
    for (size_t i = 1; i < word.len; i++) {
        bool is_digit = word.at[i] >= '0' && word.at[i] <= '9';

        if (!is_digit && (word.at[i] < 'A' || word.at[i] > 'Z'))
            return false;
        has_digit = has_digit || is_digit;
    }
    return has_digit;
}

/* "@ann" of `people`, "@here". */
static bool is_called(const struct settings *settings, struct str word)
{
    static const char *const all[] = { "here", "channel", "everyone" };

    if (!str_take_prefix(&word, "@"))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        if (str_is(word, all[i]))
            return true;
    for (size_t i = 0; i < settings->people_count; i++)
        if (settings->people[i].name && str_equal_nocase(str_of(settings->people[i].name), word))
            return true;
    return false;
}

/* Somebody, a group or a channel: by their ids in Slack, or as people call them. */
static bool is_ours(const struct settings *settings, const char *word)
{
    static const char *const ids[] = { "slack:", "slack-group:", "@{" };
    struct str bare = str_of(word);

    for (size_t i = 0; i < ARRAY_LEN(ids); i++)
        if (strstr(word, ids[i]))
            return true;
    while (bare.len > 0 && strchr(",.;:!?)", bare.at[bare.len - 1]))
        bare.len--;
    while (bare.len > 0 && bare.at[0] == '(')
        bare = (struct str){ bare.at + 1, bare.len - 1 };
    return is_channel(bare) || is_called(settings, bare);
}

bool incident_public_check(const struct settings *settings, const char *const *words, size_t count, struct arena *arena,
                           struct error *err)
{
    const char *mistaken = find_mistaken(settings, words, count, arena);
    size_t bytes = 0;

    for (size_t i = 0; i < count; i++) {
        if (is_ours(settings, words[i]))
            return error_set(
                err, ERR_INVALID,
                "`%s` is somebody or a channel of yours: the public is told without names. Nothing was done.",
                card_quote(str_of(words[i]), QUOTED_BYTES, arena));
        bytes += strlen(words[i]) + (i > 0);
    }
    if (mistaken)
        return error_set(err, ERR_INVALID,
                         "`%s`? Before the words for the public may stand one status (investigating, identified, "
                         "monitoring, resolved) and names of `statuspage.components`. Nothing was done.",
                         card_quote(str_of(mistaken), QUOTED_BYTES, arena));
    if (bytes > INCIDENT_TEXT_MAX_BYTES)
        return error_set(err, ERR_INVALID,
                         "The public reads %d bytes at once, and these are %zu: say it in fewer words, or in two. "
                         "Nothing was done.",
                         INCIDENT_TEXT_MAX_BYTES, bytes);
    return true;
}

/* ---- told ---- */

static bool refuse(struct deciding *d, const char *said)
{
    outcome_refuse(d->out, "%s Nothing was done.", said);
    return false;
}

/* False: it was refused. */
static bool may_open(struct deciding *d)
{
    struct arena *arena = d->view->arena;

    if (incident_is(d, INCIDENT_RESOLVED))
        return refuse(d, arena_printf(arena, "*%s* is resolved, and the status page never showed it.", d->id));
    if (d->body->is_private)
        return refuse(d, arena_printf(arena, "*%s* is private: nothing of it is public.", d->id));
    if (!status_page_is_due(d))
        return refuse(d, arena_printf(arena,
                                      "Incidents of %s are not shown on the status page: `incident severity %s ...` "
                                      "makes it another one, or its severity gets `status_page: true` in the "
                                      "configuration.",
                                      d->body->severity, d->id));
    return true;
}

static bool may_say(struct deciding *d, const struct incident_public_wish *wish)
{
    const struct incident_status_page *page = d->body->status_page;
    struct arena *arena = d->view->arena;

    if (!status_page_settings(d))
        return refuse(d,
                      "opsgate knows no status page: add a section `statuspage` to its configuration, and `reload`.");
    if (!status_page_is_tried(page) && !may_open(d))
        return false;
    if (!status_page_is_tried(page) && status_page_is(wish->status, PUBLIC_RESOLVED))
        return refuse(d, arena_printf(arena,
                                      "The status page says nothing of *%s* yet: what is opened there is not resolved.",
                                      d->id));
    if (incident_is(d, INCIDENT_RESOLVED) &&
        (!status_page_is(wish->status, PUBLIC_RESOLVED) || status_page_is(status_page_status(page), PUBLIC_RESOLVED)))
        return refuse(
            d, arena_printf(
                   arena,
                   "*%s* is resolved%s. If it is not over, `incident reopen %s` opens both again. "
                   "What it says of the past is changed there: %s.",
                   d->id, status_page_is(status_page_status(page), PUBLIC_RESOLVED) ? ", on the status page, too" : "",
                   d->id, status_page_address(d)));
    if (status_page_is_tried(page) && status_page_is(page->text, wish->text) &&
        status_page_is(status_page_status(page), wish->status) && !wish->names_components)
        return refuse(d, arena_printf(arena, "That is what the status page says of *%s* already: %s.", d->id,
                                      status_page_address(d)));
    return true;
}

static const char *status_wished(const struct deciding *d, const struct incident_arguments *arguments)
{
    const struct incident_status_page *page = d->body->status_page;

    if (arguments->status)
        return arguments->status;
    if (incident_is(d, INCIDENT_RESOLVED))
        return PUBLIC_RESOLVED;
    return status_page_is_tried(page) && status_page_status(page) &&
                   !status_page_is(status_page_status(page), PUBLIC_RESOLVED)
               ? status_page_status(page)
               : PUBLIC_INVESTIGATING;
}

void incident_public_say(struct deciding *d, const struct incident_arguments *arguments, const char *who)
{
    struct incident_public_wish wish = { .status = status_wished(d, arguments),
                                         .text = arguments->text,
                                         .names_components = arguments->components_count > 0 };
    struct incident_status_page *page;

    if (!may_say(d, &wish))
        return;
    page = status_page_own(d);
    wish.reopens =
        status_page_is(status_page_status(page), PUBLIC_RESOLVED) && !status_page_is(wish.status, PUBLIC_RESOLVED);
    for (size_t i = 0; i < arguments->components_count; i++)
        status_page_affects(d, arguments->components[i]);
    status_page_tell(d, wish, who);
    incident_say(d, arena_printf(d->view->arena, "%s tells the public, as %s: %s", who, wish.status, wish.text));
    outcome_reply(d->out, "The status page is told of *%s*, as %s: %s", d->id, wish.status, wish.text);
}
