/* post_mortem.c - what is known of an incident, as Markdown, for people to finish. */
#include "handlers/incident/internal.h"

#include "handlers/incident/markdown.h"
#include "handlers/operation_words.h"
#include "handlers/watch/changes.h"

#include "bot/base/buf.h"
#include "bot/base/time.h"
#include "bot/model/card.h"
#include "bot/model/slack_channel.h"

#include <inttypes.h>
#include <string.h>

#define NOTE_MAX_BYTES 200
#define SUMMARY_MAX_BYTES 300

struct writing {
    const struct view *view;
    const struct operation *operation;
    const struct incident_body *body;
    struct arena *arena;
};

/* ---- words ---- */

static const char *md(const struct writing *w, const char *text)
{
    return markdown_text(w->view->settings, incident_mentions(text, w->arena), w->arena);
}

static const char *utc(const struct writing *w, int64_t unix_ms)
{
    struct time_text whole = time_format(unix_ms); /* 2026-11-21T06:35:14.748Z */

    return arena_printf(w->arena, "%.10s %.8s", whole.text, whole.text + 11);
}

static const char *at(const struct writing *w, int64_t steady_ms)
{
    return utc(w, steady_ms + w->view->shift_ms);
}

/* Two units: of "2 h" nobody knows whether it was nearly three. */
static const char *lasting(const struct writing *w, int64_t from_ms, int64_t to_ms)
{
    int64_t s = to_ms > from_ms ? (to_ms - from_ms) / SECOND_MS : 0;

    if (s < 60)
        return arena_printf(w->arena, "%" PRId64 " s", s);
    if (s < 3600)
        return arena_printf(w->arena, "%" PRId64 " min %" PRId64 " s", s / 60, s % 60);
    if (s < 24 * 3600)
        return arena_printf(w->arena, "%" PRId64 " h %" PRId64 " min", s / 3600, s / 60 % 60);
    return arena_printf(w->arena, "%" PRId64 " d %" PRId64 " h", s / (24 * 3600), s / 3600 % 24);
}

static const char *join(const struct writing *w, const char *list, const char *more)
{
    return list ? arena_printf(w->arena, "%s, %s", list, more) : more;
}

/* ---- the table of facts ---- */

static void add_fact(struct buf *out, const char *name, const char *value)
{
    if (value)
        buf_addf(out, "| %s | %s |\n", name, value);
}

static const char *pages_text(const struct writing *w)
{
    const char *list = NULL;

    for (size_t i = 0; i < w->body->pages_count; i++) {
        const struct incident_page *page = &w->body->pages[i];
        const char *name = page->number > 0 ? arena_printf(w->arena, "#%" PRId64, page->number) : md(w, page->id);
        const char *text = markdown_link(name, page->url, w->arena);

        if (page->title)
            text = arena_printf(w->arena, "%s %s", text, md(w, page->title));
        list = join(w, list, page->status ? arena_printf(w->arena, "%s (%s)", text, md(w, page->status)) : text);
    }
    return list;
}

static const char *alerts_text(const struct writing *w)
{
    const char *list = NULL;

    for (size_t i = 0; i < w->body->alerts_count; i++) {
        const struct incident_alerts *alerts = &w->body->alerts[i];

        list = join(w, list,
                    arena_printf(w->arena, "%s%s", md(w, alerts->title ? alerts->title : alerts->key),
                                 alerts->is_firing ? " (firing)" : ""));
    }
    return list;
}

static const char *channel_text(const struct writing *w)
{
    if (w->body->channel)
        return arena_printf(w->arena, "#%s", md(w, w->body->channel_name ? w->body->channel_name : w->body->channel));
    return w->body->channel_problem ? arena_printf(w->arena, "none: %s", md(w, w->body->channel_problem)) : "none";
}

/* "2026-11-21 20:21:00, by D11: rollback to v1.4.1, api/production" */
static const char *mitigation_text(const struct writing *w, const struct operation *mitigation)
{
    if (!mitigation)
        return "opsgate took nothing back while it was open";
    return arena_printf(w->arena, "%s, by %s: %s", at(w, mitigation->ended_at_ms), mitigation->id,
                        md(w, incident_change_text(mitigation, w->arena)));
}

static void add_facts(const struct writing *w, struct buf *out)
{
    const struct incident_body *body = w->body;
    int64_t opened_ms = body->opened_at_ms, resolved_ms = body->resolved_at_ms;
    int64_t answered_after_ms = incident_answered_after_ms(w->view, body);
    int64_t answered_ms = answered_after_ms >= 0 ? opened_ms + answered_after_ms : 0;
    size_t reopened = incident_reopened_count(body);
    const struct operation *mitigation = incident_mitigation(w->view, body);

    buf_addf(out, "# %s: %s\n\n| | |\n| --- | --- |\n", w->operation->id, md(w, body->title));
    add_fact(out, "Severity", md(w, body->severity));
    add_fact(out, "Type", body->type ? md(w, incident_type_text(w->view, body)) : NULL);
    add_fact(out, "Private", body->is_private ? "yes: for those who were invited" : NULL);
    add_fact(out, "Lead", body->lead ? md(w, body->lead) : "nobody");
    add_fact(out, "Opened (UTC)", at(w, opened_ms));
    add_fact(out, "Acknowledged (UTC)", answered_ms > 0 ? at(w, answered_ms) : "not acknowledged");
    add_fact(out, "Mitigated (UTC)", mitigation_text(w, mitigation));
    add_fact(out, "Resolved (UTC)", resolved_ms > 0 ? at(w, resolved_ms) : "not resolved yet");
    add_fact(out, "Time to acknowledge", answered_ms > 0 ? lasting(w, opened_ms, answered_ms) : NULL);
    add_fact(out, "Time to mitigate", mitigation ? lasting(w, opened_ms, mitigation->ended_at_ms) : NULL);
    add_fact(out, "Time to resolve", resolved_ms > 0 ? lasting(w, opened_ms, resolved_ms) : NULL);
    if (reopened > 0)
        add_fact(out, "Reopened", reopened == 1 ? "once" : arena_printf(w->arena, "%zu times", reopened));
    add_fact(out, "PagerDuty", pages_text(w));
    add_fact(out, "Alerts", alerts_text(w));
    add_fact(out, "Channel", channel_text(w));
}

/* ---- summary, impact ---- */

static const struct incident_entry *find_resolution(const struct incident_body *body)
{
    for (size_t i = body->timeline_count; i > 0 && body->resolved_at_ms > 0; i--)
        if (strcmp(body->timeline[i - 1].kind, INCIDENT_RESOLVED) == 0)
            return &body->timeline[i - 1];
    return NULL;
}

static void add_summary(const struct writing *w, struct buf *out)
{
    const struct incident_entry *resolution = find_resolution(w->body);

    buf_puts(out, "\n## Summary\n\n");
    if (resolution && resolution->text)
        buf_addf(out, "How it was resolved: %s\n\n", md(w, resolution->text));
    if (w->body->update)
        buf_addf(out, "The last update, %s UTC: %s\n\n", at(w, w->body->updated_at_ms), md(w, w->body->update));
    buf_puts(out, "_To be written: what happened, why, and how it was mended, for somebody who was not there._\n");
}

static void add_impact(const struct writing *w, struct buf *out)
{
    int64_t opened_ms = w->body->opened_at_ms, resolved_ms = w->body->resolved_at_ms;

    buf_puts(out, "\n## Impact\n\n");
    if (resolved_ms > 0)
        buf_addf(out, "It was open for %s, from %s to %s UTC.\n\n", lasting(w, opened_ms, resolved_ms),
                 at(w, opened_ms), at(w, resolved_ms));
    else
        buf_addf(out, "It is open since %s UTC.\n\n", at(w, opened_ms));
    buf_puts(out, "_To be written: who noticed it, what did not work for them, and since when._\n");
}

/* ---- timeline: whatever fits beside all the rest ---- */

static const char *what_text(const struct writing *w, const struct incident_entry *entry)
{
    char *kind = arena_strdup(w->arena, entry->kind);

    for (char *c = kind; *c; c++)
        if (*c == '-' || *c == '_' || *c == '.')
            *c = ' ';
    if (!entry->text || !entry->text[0])
        return md(w, kind);
    return arena_printf(w->arena, "%s: %s%s%s", md(w, kind), md(w, entry->text), entry->link ? ", " : "",
                        entry->link ? markdown_link("message", entry->link, w->arena) : "");
}

static void add_timeline(const struct writing *w, size_t room, struct buf *out)
{
    const struct incident_body *body = w->body;
    size_t shown = 0;
    int64_t left_out;

    buf_puts(out, "\n## Timeline (UTC)\n\n| when | who | what |\n| --- | --- | --- |\n");
    for (; shown < body->timeline_count; shown++) {
        const struct incident_entry *entry = &body->timeline[shown];
        const char *row = arena_printf(w->arena, "| %s | %s | %s |\n", utc(w, entry->at_ms),
                                       entry->who ? md(w, entry->who) : "", what_text(w, entry));

        if (out->len + strlen(row) + NOTE_MAX_BYTES > room)
            break;
        buf_puts(out, row);
    }
    left_out = body->cut + (int64_t)(body->timeline_count - shown);
    if (left_out > 0)
        buf_addf(out, "\n%" PRId64 " more %s left out here: `opsgate ops show %s` has them all.\n", left_out,
                 left_out == 1 ? "entry is" : "entries are", w->operation->id);
}

/* ---- what changed before, and meanwhile ---- */

static const char *change_row(const struct writing *w, const struct operation *operation)
{
    const char *standing = operation_standing(operation, w->arena);

    if (operation->summary)
        standing = arena_printf(w->arena, "%s: %s", standing,
                                strlen(operation->summary) <= SUMMARY_MAX_BYTES
                                    ? operation->summary
                                    : card_quote(str_of(operation->summary), SUMMARY_MAX_BYTES, w->arena));
    return arena_printf(w->arena, "| %s | %s | %s | %s | %s |\n", operation->id, at(w, operation->created_at_ms),
                        md(w, incident_change_text(operation, w->arena)), md(w, operation_asked_by(operation, w->arena)), md(w, standing));
}

static void add_rows(const struct writing *w, const struct incident_changes *changes, size_t room, struct buf *out)
{
    size_t shown = 0;

    buf_addf(out,
             "What opsgate deployed and rolled back, from two hours before it was opened until %s; which of it "
             "contributed is for people to say.\n\n"
             "| id | asked (UTC) | what | by | result |\n| --- | --- | --- | --- | --- |\n",
             w->body->resolved_at_ms > 0 ? "it was resolved" : "now");
    for (; shown < changes->count; shown++) {
        const char *row = change_row(w, changes->list[shown]);

        if (out->len + strlen(row) + NOTE_MAX_BYTES > room)
            break;
        buf_puts(out, row);
    }
    if (shown < changes->count)
        buf_addf(out, "\n%zu more began later: `opsgate ops list` has them.\n", changes->count - shown);
}

static void add_told(const struct writing *w, const struct incident_changes *changes, size_t room, struct buf *out)
{
    size_t shown = 0;

    buf_puts(out, "\nWhat others told opsgate of, within the same time:\n\n"
                  "| made (UTC) | what | by |\n| --- | --- | --- |\n");
    for (; shown < changes->told_count; shown++) {
        const struct change_kept *told = &changes->told[shown];
        const char *text = md(w, changes_text(told, w->arena));
        const char *row = arena_printf(w->arena, "| %s | %s | %s |\n", at(w, told->at_ms),
                                       told->url ? markdown_link(text, told->url, w->arena) : text,
                                       md(w, changes_who(told, w->arena)));

        if (out->len + strlen(row) + NOTE_MAX_BYTES > room)
            break;
        buf_puts(out, row);
    }
    if (shown < changes->told_count)
        buf_addf(out, "\n%zu more were told later.\n", changes->told_count - shown);
}

static void add_changes(const struct writing *w, size_t room, struct buf *out)
{
    const struct incident_span span = { .from_ms = w->body->opened_at_ms - INCIDENT_CHANGES_BEFORE_MS,
                                        .until_ms = w->body->resolved_at_ms > 0 ? w->body->resolved_at_ms
                                                                                : w->view->now_ms };
    struct incident_changes changes = incident_changes(w->view, &span);

    buf_puts(out, "\n## Contributing changes\n\n");
    if (changes.count == 0)
        buf_puts(out, "opsgate deployed nothing and rolled nothing back in the two hours before it was opened, nor "
                      "while it was open.\n");
    else
        add_rows(w, &changes, room, out);
    if (changes.is_cut)
        buf_addf(out, "\nThere may have been more: opsgate keeps the last %d operations that have ended.\n",
                 INCIDENT_ENDED_KEPT);
    if (changes.told_count > 0)
        add_told(w, &changes, room + room / 2, out);
}

/* ---- all of it ---- */

static const char for_people[] = "\n## What went well\n\n_To be written._\n"
                                 "\n## What went wrong\n\n_To be written._\n"
                                 "\n## Action items\n\n- [ ]\n- [ ]\n- [ ]\n";

/* Only what strangers make far too long: then its end goes, from a whole line on. */
static const char *within(const struct buf *whole, struct arena *arena)
{
    static const char note[] = "\n_The rest was too long for one file._\n";
    struct str text = buf_str(whole);

    if (!whole->failed)
        return arena_copy(arena, text);
    while (text.len > SLACK_UPLOAD_MAX_BYTES - sizeof(note) || (text.len > 0 && text.at[text.len - 1] != '\n'))
        text.len--;
    return arena_printf(arena, STR_FMT "%s", STR_ARG(text), note);
}

const char *incident_post_mortem(const struct view *view, const struct operation *operation,
                                 const struct incident_body *body, struct arena *arena)
{
    const struct writing w = { view, operation, body, arena };
    AUTO_BUF struct buf whole = BUF(SLACK_UPLOAD_MAX_BYTES), end = BUF(SLACK_UPLOAD_MAX_BYTES / 2);

    add_changes(&w, SLACK_UPLOAD_MAX_BYTES / 4, &end);
    buf_puts(&end, for_people);
    add_facts(&w, &whole);
    add_summary(&w, &whole);
    add_impact(&w, &whole);
    add_timeline(&w, SLACK_UPLOAD_MAX_BYTES - end.len, &whole);
    buf_add_str(&whole, buf_str(&end));
    return within(&whole, arena);
}

const char *incident_post_mortem_for_tokens(const struct view *view, const char *id)
{
    const struct operation *operation = operation_find(view, id);
    struct incident_body body;
    struct error ignored;

    if (!operation || strcmp(operation->kind, machine_incident.kind) != 0 || incident_is_private(operation) ||
        !shape_from_json(&incident_body_shape, operation->body, view->arena, &body, &ignored))
        return NULL;
    return incident_post_mortem(view, operation, &body, view->arena);
}
