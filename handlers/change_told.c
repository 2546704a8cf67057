#include "handlers/change_told.h"

#include "handlers/operation_link.h"
#include "handlers/operation_words.h"
#include "handlers/person.h"
#include "handlers/plain.h"

#include "bot/model/change_event.h"
#include "bot/model/settings.h"

#include <ctype.h>
#include <string.h>

#define BEGAN "began"
#define RETURNED "taken back"
#define REASON_MAX_BYTES 500

struct told { /* one of the two */
    const char *state, *summary;
};

/* ---- when ---- */

static bool changes_what_serves(const struct outcome *out)
{
    static const char *const kinds[] = { EFFECT_TRAFFIC,  EFFECT_RETURN, EFFECT_PROGRAM,
                                         EFFECT_DISPATCH, EFFECT_SCALE,  EFFECT_FAILOVER };

    for (size_t i = 0; i < out->effects_count; i++)
        for (size_t k = 0; k < ARRAY_LEN(kinds); k++)
            if (strcmp(out->effects[i].kind, kinds[k]) == 0)
                return true;
    return false;
}

bool change_told_wants(const struct view *view, const struct operation *operation, const struct outcome *out,
                       bool was_told)
{
    return (was_told ? out->result != NULL : changes_what_serves(out)) &&
           settings_change_event_key(view->settings, operation->target);
}

/* ---- words ---- */

const char *change_told_place(const struct operation *operation)
{
    const char *slash = strchr(operation->target, '/');

    return slash ? slash + 1 : operation->target;
}

/* "ann"; "the release v1.7.0 of acme/platform"; who has no name is called by their id. */
static const char *by_whom(const struct view *view, const struct operation *operation)
{
    const struct principal *requester = &operation->requester;
    const char *asked = operation_asked_by(operation, view->arena);
    const char *known =
        requester->system && requester->id ? person_name(view->settings, requester->system, requester->id) : NULL;

    if (!str_starts_with(str_of(asked), "@{"))
        return plain_text(view->settings, asked, view->arena);
    return known ? known : requester->name ? requester->name : plain_text(view->settings, asked, view->arena);
}

static const char *with_small(const char *words, struct arena *arena)
{
    char *copy = arena_strdup(arena, words);

    copy[0] = (char)tolower((unsigned char)copy[0]);
    return copy;
}

static const char *from_text(const struct change_words *words, struct arena *arena)
{
    return words->before ? arena_printf(arena, " (from %s)", words->before) : "";
}

static struct told told_first(const struct view *view, const struct operation *operation,
                              const struct change_words *words)
{
    return (struct told){ BEGAN, arena_printf(view->arena, "%s %s%s, by %s", words->doing, words->what,
                                              from_text(words, view->arena), by_whom(view, operation)) };
}

static const char *said_of(const char *result, struct arena *arena)
{
    char *copy = arena_strdup(arena, result);

    copy[0] = (char)toupper((unsigned char)copy[0]);
    return copy;
}

static struct told told_last(const struct view *view, const struct change_words *words, const struct outcome *out)
{
    const char *state = words->returned && !out->leaves_doubt ? RETURNED : out->result;
    const char *why = words->returned ? words->returned : out->summary;

    if (strcmp(out->result, "done") == 0)
        return (struct told){ out->result, arena_printf(view->arena, "%s %s%s", words->done, words->what,
                                                        from_text(words, view->arena)) };
    return (struct told){ state, arena_printf(view->arena, "%s: %s %s: %s%s", said_of(state, view->arena),
                                              with_small(words->doing, view->arena), words->what, why,
                                              out->leaves_doubt ? " (what serves now is not known)" : "") };
}

/* ---- telling ---- */

static const char *plain(const struct view *view, const char *text)
{
    return text ? plain_text(view->settings, text, view->arena) : NULL;
}

static void tell(const struct view *view, const struct operation *operation, const struct change_words *words,
                 struct told told, struct outcome *out)
{
    struct change_event args = {
        .target = operation->target,
        .summary = plain(view, told.summary),
        .at_ms = view_unix_ms(view),
        .operation = operation->id,
        .state = told.state,
        .service = words->service,
        .environment = words->environment,
        .version = plain(view, words->version),
        .before = plain(view, words->before),
        .by = by_whom(view, operation),
        .reason = words->reason ? card_quote(str_of(words->reason), REASON_MAX_BYTES, view->arena) : NULL,
        .url = operation_link(view, operation),
    };

    outcome_effect(out, (struct wanted_effect){
                            .kind = EFFECT_CHANGE_EVENT,
                            .lane = arena_printf(view->arena, "pagerduty:changes:%s", operation->target),
                            .args = shape_to_json(&change_event_shape, &args, SHAPE_WHOLE),
                        });
}

bool change_told_follow(const struct view *view, const struct operation *operation, const struct change_words *words,
                        bool was_told, struct outcome *out)
{
    if (!was_told)
        tell(view, operation, words, told_first(view, operation, words), out);
    if (out->result)
        tell(view, operation, words, told_last(view, words, out), out);
    return true;
}
