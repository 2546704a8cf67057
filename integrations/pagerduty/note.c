#include "integrations/pagerduty/note.h"

#include "bot/base/time.h"
#include "integrations/bounds.h"
#include "integrations/pagerduty/act.h"
#include "integrations/pagerduty/api.h"
#include "integrations/pagerduty/from.h"

#include <string.h>

#define SLACK_MS (2 * MINUTE_MS) /* PagerDuty's clock may be behind ours by so much */

static struct exchange_step done(const struct exchange *exchange, const struct pagerduty_noted *noted)
{
    return exchange_done(exchange, shape_to_json(&pagerduty_noted_shape, noted, SHAPE_WHOLE));
}

static bool check(const struct exchange *exchange, const struct pagerduty_act *act, const char *text,
                  struct exchange_step *ret_step)
{
    if (!pagerduty_act_check(exchange, act, ret_step))
        return false;
    if (text[0] && strlen(text) <= PAGERDUTY_TEXT_MAX_BYTES)
        return true;
    *ret_step = exchange_never(exchange, "PagerDuty's incident: what is said there has 1 to %d bytes",
                               PAGERDUTY_TEXT_MAX_BYTES);
    return false;
}

static bool is_in_time(const struct exchange *exchange, const struct pagerduty_act *act, struct exchange_step *ret_step)
{
    if (!pagerduty_act_is_too_late(exchange, act))
        return true;
    *ret_step = exchange_never(exchange, "PagerDuty could not be told in time; now it would be too late");
    return false;
}

/* Made by us, by a try whose answer is not known: the same words, not older than the wish. PagerDuty may trim them. */
static const cJSON *find_same(const struct exchange *exchange, const cJSON *notes,
                              const struct pagerduty_note_wish *wish)
{
    struct str words = str_trim(str_of(wish->text));

    JSON_EACH(note, notes)
        if (str_equal(str_trim(str_of(json_find_string(note, "content"))), words) &&
            bounds_time(note, "created_at") >= wish->of.asked_at_ms - SLACK_MS - exchange->ahead_ms)
            return note;
    return NULL;
}

/* True: dialog->step is the end of it; else it was not made before. */
static bool was_made(struct dialog *dialog, const struct pagerduty_note_wish *wish, const char *path, const char *what)
{
    const struct exchange *exchange = dialog->exchange;
    const cJSON *json, *note;

    if (exchange->is_first_try)
        return false;
    json = pagerduty_ask(dialog, pagerduty_call(exchange, "GET", path, (struct str){ 0 }), what, NULL);
    if (!json)
        return true;
    if (!cJSON_IsArray(json_find(json, "notes"))) {
        dialog->step = exchange_again(exchange, "PagerDuty's answer about %s made no sense: no list", what);
        return true;
    }
    note = find_same(exchange, json_find(json, "notes"), wish);
    if (note)
        dialog->step = done(exchange, &(struct pagerduty_noted){ json_find_string(note, "id"), .existed = true });
    return note != NULL;
}

/* What was answered with 2xx was made, whatever stands in the answer. */
static struct exchange_step post(struct dialog *dialog, struct pagerduty_from *from, const char *path,
                                 const cJSON *body, const char *what, const char *id_path)
{
    const struct exchange *exchange = dialog->exchange;
    const struct http_answer *answer = pagerduty_write_as(dialog, from, "POST", path, body);
    struct bounds bounds = BOUNDS(exchange->arena);
    struct error ignored;

    if (!answer)
        return dialog->step;
    if (!pagerduty_is_taken(answer))
        return pagerduty_write_refused(exchange, what, answer);
    return done(exchange,
                &(struct pagerduty_noted){
                    .id = bounds_whole(&bounds, json_parse_in(exchange->arena, answer->body, &ignored), id_path),
                    .as = from->email,
                    .is_stand_in = from->is_stand_in });
}

static cJSON *new_body(const struct exchange *exchange)
{
    cJSON *body = json_object();

    arena_defer(exchange->arena, (void (*)(void *))cJSON_Delete, body);
    return body;
}

struct exchange_step pagerduty_note_make(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    struct pagerduty_note_wish wish;
    struct pagerduty_from from;
    const char *what, *path;
    struct error err;
    cJSON *body;

    if (!shape_from_json(&pagerduty_note_wish_shape, exchange->args, exchange->arena, &wish, &err))
        return exchange_never(exchange, "PagerDuty's note: %s", err.message);
    if (!check(exchange, &wish.of, wish.text, &dialog.step))
        return dialog.step;
    if (wish.of.asked_at_ms <= 0)
        return exchange_never(exchange, "PagerDuty's note: when was it asked for?");
    what = arena_printf(exchange->arena, "the notes of incident %s", wish.of.incident);
    path = arena_printf(exchange->arena, "/incidents/%s/notes", wish.of.incident);
    if (was_made(&dialog, &wish, path,
                 what)) /* before it is too late for another one: a try before may have been in time */
        return pagerduty_act_in_time(exchange, &wish.of, "the note", "made", dialog.step);
    if (!is_in_time(exchange, &wish.of, &dialog.step) || !pagerduty_from_find(&dialog, &wish.of, &from))
        return dialog.step;
    body = new_body(exchange);
    json_set_string(json_set(body, "note", json_object()), "content", wish.text);
    return post(&dialog, &from, path, body, what, "note.id");
}

struct exchange_step pagerduty_status_update_make(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    struct pagerduty_tell_wish wish;
    struct pagerduty_from from;
    const char *what, *path;
    struct error err;
    cJSON *body;

    if (!shape_from_json(&pagerduty_tell_wish_shape, exchange->args, exchange->arena, &wish, &err))
        return exchange_never(exchange, "PagerDuty's status update: %s", err.message);
    if (!check(exchange, &wish.of, wish.text, &dialog.step) || !is_in_time(exchange, &wish.of, &dialog.step) ||
        !pagerduty_from_find(&dialog, &wish.of, &from))
        return dialog.step;
    what = arena_printf(exchange->arena, "the status updates of incident %s", wish.of.incident);
    path = arena_printf(exchange->arena, "/incidents/%s/status_updates", wish.of.incident);
    body = new_body(exchange);
    json_set_string(body, "message", wish.text); /* not wrapped, unlike all others */
    return post(&dialog, &from, path, body, what, "status_update.id");
}
