/* erase.c - page by page through the journal: what is of that person, and under no hold, goes with the commit that says
 * so. Killed meanwhile it goes on with the page that it was at: to erase twice is to erase. */
#include "handlers/erase.h"

#include "bot/base/time.h"
#include "bot/model/exchange.h"
#include "bot/model/journal.h"
#include "bot/model/personal.h"
#include "handlers/held.h"

#include <inttypes.h>
#include <string.h>

#define LOOK_MS (20 * SECOND_MS)
#define QUOTED_BYTES 60

/* ---- the words ---- */

static const struct verb_option options[] = {
    { .name = "confirm", .takes_value = true },
    { .name = "dry-run" },
};

struct erase_arguments {
    struct held_person person;
    bool is_dry_run;
};

static bool read_confirm(const struct typed *typed, const char *person, bool is_dry_run, struct arena *arena,
                         struct error *err)
{
    const char *confirm = typed_option(typed, "confirm");

    if (is_dry_run && confirm)
        return error_set(err, ERR_INVALID, "`--dry-run` erases nothing, and takes no `--confirm`.");
    if (is_dry_run)
        return true;
    if (!confirm)
        return error_set(err, ERR_INVALID,
                         "This cannot be taken back. `--dry-run` counts what would go; `--confirm %s` does it.",
                         card_quote(str_of(person), QUOTED_BYTES, arena));
    return strcmp(confirm, person) == 0 ||
           error_set(err, ERR_INVALID, "`--confirm` takes the same once more: `%s`, and not `%s`. Nothing was done.",
                     card_quote(str_of(person), QUOTED_BYTES, arena), card_quote(str_of(confirm), QUOTED_BYTES, arena));
}

static bool erase_asks(const struct view *view, const struct request *request, struct question *ret_question,
                       const void **ret_arguments, struct error *err)
{
    struct erase_arguments *arguments = ARENA_NEW(view->arena, struct erase_arguments);
    struct typed typed;

    if (!request_read(request, options, ARRAY_LEN(options), view->arena, &typed, err))
        return false;
    if (typed.words_count != 1)
        return error_set(err, ERR_INVALID, "`erase` takes one person: `slack:U012AB3CD`, or a name of `people`.");
    arguments->is_dry_run = typed_option(&typed, "dry-run") != NULL;
    if (!held_find_person(view->settings, typed.words[0], view->arena, &arguments->person, err) ||
        !read_confirm(&typed, typed.words[0], arguments->is_dry_run, view->arena, err))
        return false;
    *ret_question =
        (struct question){ .principal = request->principal, .verb = request->verb, .source = request->source };
    *ret_arguments = arguments;
    return true;
}

/* ---- what it does ---- */

struct erase_body {
    const char **persons; /* until it is done: then nobody is named any more */
    size_t persons_count;
    const char *after;
    bool is_dry_run;
    int64_t erased, held;
    const char *hold; /* the first that it met: where it stands, and why */
};
static const struct shape_field rows[] = {
    ROW_STRINGS(erase_body, persons, .flags = SHAPE_NONZERO | SHAPE_PERSONAL),
    ROW_STRING(erase_body, after, .flags = SHAPE_NONZERO),
    ROW_BOOL(erase_body, is_dry_run, .flags = SHAPE_NONZERO),
    ROW_INT(erase_body, erased),
    ROW_INT(erase_body, held),
    ROW_STRING(erase_body, hold, .flags = SHAPE_NONZERO),
};
static const struct shape erase_shape = SHAPE("an erasure", erase_body, rows);

static const char *hold_text(const struct view *view, const struct hold_settings *hold)
{
    return arena_printf(view->arena, "%s:%d: %s", view->settings->file ? view->settings->file : "audit.hold",
                        hold->line, hold->reason);
}

static void look(const struct view *view, const struct erase_body *body, struct outcome *out)
{
    struct personal_query query = { .persons = body->persons,
                                    .persons_count = body->persons_count,
                                    .after = body->after };

    query.held = held_ids(view->settings, view->arena, &query.held_count);

    outcome_read(out, "page", READING_PERSONAL, shape_to_json(&personal_query_shape, &query, SHAPE_WHOLE), LOOK_MS);
}

static void erase_begin(const struct view *view, const struct request *request, const struct question *question,
                        const void *value, struct outcome *out)
{
    const struct erase_arguments *arguments = value;
    const struct hold_settings *hold = held_person_by(view->settings, &arguments->person, view->arena);
    struct erase_body *body = ARENA_NEW(view->arena, struct erase_body);

    (void)request;
    (void)question;
    if (hold && !arguments->is_dry_run) {
        outcome_refuse(out, "*Held*: this person's record is under legal hold (%s). Nothing was erased.",
                       hold_text(view, hold));
        return;
    }
    *body = (struct erase_body){ .persons = arguments->person.ids,
                                 .persons_count = arguments->person.count,
                                 .is_dry_run = arguments->is_dry_run };
    outcome_begin(out, "erase", NULL, "looking", body);
    look(view, body, out);
}

/* By other holds than there are now? Somebody may just have configured one. */
static bool is_of_other_holds(const struct view *view, const struct personal_found *found)
{
    size_t count;
    const char **ids = held_ids(view->settings, view->arena, &count);

    if (count != found->held_count)
        return true;
    for (size_t i = 0; i < count; i++)
        if (strcmp(ids[i], found->held[i]) != 0)
            return true;
    return false;
}

/* Which of a page go. The journal says which entries those are, and nobody's name: what is copied elsewhere can follow.
 */
static void erase_page(const struct view *view, const struct personal_found *found, struct erase_body *body,
                       struct outcome *out)
{
    const struct held_person person = { body->persons, body->persons_count };
    cJSON *json = json_object(), *numbers = json_set(json, "entries", json_array());

    for (size_t i = 0; i < found->entries_count; i++) {
        const struct hold_settings *hold = held_entry_by(view->settings, &person, &found->entries[i], view->arena);

        if (hold) {
            body->held++;
            body->hold = body->hold ? body->hold : hold_text(view, hold);
            continue;
        }
        body->erased++;
        if (body->is_dry_run)
            continue;
        *ARENA_PUSH(view->arena, out->erases, out->erases_count) = found->entries[i].n;
        json_add(numbers, cJSON_CreateNumber((double)found->entries[i].n));
    }
    if (out->erases_count > 0)
        outcome_journal(out, JOURNAL_ERASED, json, NULL);
    else
        cJSON_Delete(json);
}

static const char *held_words(const struct erase_body *body, struct arena *arena)
{
    return body->held == 0
               ? ""
               : arena_printf(arena, " %" PRId64 " %s under legal hold and %s (%s).", body->held,
                              body->held == 1 ? "is" : "are", body->held == 1 ? "stays" : "stay", body->hold);
}

static void end_done(const struct view *view, struct erase_body *body, struct outcome *out)
{
    body->persons = NULL;
    body->persons_count = 0;
    body->after = NULL;
    outcome_move(out, "done", body);
    outcome_end(out, "done", "done", "%s %" PRId64 " %s of the journal %s who it was and what they said.%s",
                body->is_dry_run ? "Nothing was erased:" : "Erased:", body->erased,
                body->erased == 1 ? "entry" : "entries",
                body->is_dry_run ? "would not tell any more" : "tell nobody any more", held_words(body, view->arena));
}

static void end_failed(const struct view *view, const struct event *event, struct erase_body *body, struct outcome *out)
{
    body->persons = NULL;
    body->persons_count = 0;
    outcome_move(out, "failed", body);
    outcome_end(out, "failed", "failed",
                "The store did not tell its journal: %s. %s: ask once more, it goes on with the rest.",
                event->error ? event->error : "no answer",
                body->erased > 0 && !body->is_dry_run
                    ? arena_printf(view->arena, "%" PRId64 " entries were erased before", body->erased)
                    : "Nothing was erased");
}

static void erase_on_event(const struct view *view, const struct operation *operation, const void *value,
                           const struct event *event, struct outcome *out)
{
    struct erase_body *body = ARENA_NEW(view->arena, struct erase_body);
    struct personal_found found;
    struct error ignored;

    (void)operation;
    *body = *(const struct erase_body *)value;
    if (event->kind != EVENT_READING)
        return;
    if (event->end != END_DONE || !shape_from_json(&personal_found_shape, event->body, view->arena, &found, &ignored)) {
        end_failed(view, event, body, out);
        return;
    }
    if (!is_of_other_holds(view, &found)) {
        erase_page(view, &found, body, out);
        body->after = found.after;
        if (!found.after) {
            end_done(view, body, out);
            return;
        }
    }
    outcome_move(out, "looking", body);
    look(view, body, out);
}

const struct machine machine_erase = { .kind = "erase", .schema = 1, .body = &erase_shape, .on_event = erase_on_event };

static const char *const details[] = {
    "`PERSON`: `slack:U012AB3CD`, `github:octocat`, or a name of `people`: then all ids of theirs",
    "`--dry-run`: counts what would go, and changes nothing",
    "`--confirm PERSON`: does it; the same, typed once more",
    "What stands beside the journal's entries goes. docs/audit.md says what else there is",
    NULL,
};
const struct verb verb_erase = {
    .name = "erase",
    .usage = "erase PERSON --dry-run | --confirm PERSON",
    .summary = "the journal forgets who a person was and what they said",
    .details = details,
    .options = options,
    .options_count = ARRAY_LEN(options),
    .hides_words = true,
    .asks = erase_asks,
    .begin = erase_begin,
};
