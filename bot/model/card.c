#include "bot/model/card.h"

#include "bot/base/time.h"

#include <inttypes.h>
#include <stdio.h>

#define INSTANT_MAX_MS INT64_C(253402300799999) /* the end of the year 9999 */

static const char *const tones[] = { "running", "waiting", "good", "bad", "without-effect", NULL };
static const char *const styles[] = { "plain", "primary", "danger", NULL };
static const char *const marks[] = { "next", "now", "ok", "bad", NULL };

static const struct shape_field action_rows[] = {
    ROW_STRING(card_action, label, .flags = SHAPE_REQUIRED),
    ROW_STRING(card_action, command, .flags = SHAPE_REQUIRED),
    ROW_ENUM(card_action, style, styles),
    ROW_STRING(card_action, confirm, .flags = SHAPE_NONZERO),
};
const struct shape card_action_shape = SHAPE("a button", card_action, action_rows);

static const struct shape_field reply_rows[] = {
    ROW_STRING(reply, text),
    ROW_STRINGS(reply, lines, .flags = SHAPE_NONZERO),
    ROW_OBJECTS(reply, actions, &card_action_shape, .flags = SHAPE_NONZERO),
    ROW_BOOL(reply, is_refusal, .flags = SHAPE_NONZERO),
    ROW_BOOL(reply, is_misuse, .flags = SHAPE_NONZERO),
    ROW_INT(reply, field, .flags = SHAPE_NONZERO),
    ROW_STRING(reply, field_text, .flags = SHAPE_NONZERO),
    ROW_STRING(reply, operation, .flags = SHAPE_NONZERO),
};
const struct shape reply_shape = SHAPE("a reply", reply, reply_rows);

static const struct shape_field field_rows[] = {
    ROW_STRING(card_field, name),
    ROW_STRING(card_field, value),
};
static const struct shape field_shape = SHAPE("a card's field", card_field, field_rows);

static const struct shape_field step_rows[] = {
    ROW_ENUM(card_step, mark, marks),
    ROW_STRING(card_step, text),
};
static const struct shape step_shape = SHAPE("a card's step", card_step, step_rows);

static const struct shape_field card_rows[] = {
    ROW_STRING(card, operation),
    ROW_STRING(card, outside_id),
    ROW_STRING(card, title),
    ROW_ENUM(card, tone, tones),
    ROW_STRING(card, status),
    ROW_OBJECTS(card, fields, &field_shape),
    ROW_OBJECTS(card, steps, &step_shape),
    ROW_STRINGS(card, table, .flags = SHAPE_NONZERO),
    ROW_OBJECTS(card, actions, &card_action_shape, .flags = SHAPE_NONZERO),
    ROW_STRING(card, footer, .flags = SHAPE_NONZERO),
};
const struct shape card_shape = SHAPE("a card", card, card_rows);

const char *card_quote(struct str text, size_t max_bytes, struct arena *arena)
{
    size_t len = text.len < max_bytes ? text.len : max_bytes;
    char *out;

    while (len > 0 && len < text.len && ((unsigned char)text.at[len] & 0xc0) == 0x80)
        len--; /* not in the middle of a character */
    out = arena_copy(arena, (struct str){ text.at, len });
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)out[i] < 0x20 || out[i] == '*' || out[i] == '`' || (out[i] == '@' && out[i + 1] == '{'))
            out[i] = out[i] == '`' ? '\'' : ' ';
    return out;
}

const char *card_time(int64_t unix_ms, struct arena *arena)
{
    return arena_printf(arena, "@{time:%" PRId64 "}", unix_ms);
}

const char *card_date(int64_t unix_ms, struct arena *arena)
{
    return arena_printf(arena, "@{date:%" PRId64 "}", unix_ms);
}

bool card_instant_read(struct str mark, struct card_instant *ret_instant)
{
    struct card_instant instant = { .has_date = str_take_prefix(&mark, "date:") };
    struct time_text whole;
    struct error ignored;

    if ((!instant.has_date && !str_take_prefix(&mark, "time:")) ||
        !parse_int(mark, 0, INSTANT_MAX_MS, &instant.unix_ms, &ignored))
        return false;
    whole = time_format(instant.unix_ms); /* 2026-11-21T06:35:14.748Z */
    if (instant.has_date)
        snprintf(instant.text, sizeof(instant.text), "%.10s %.5s", whole.text, whole.text + 11);
    else
        snprintf(instant.text, sizeof(instant.text), "%.8s", whole.text + 11);
    *ret_instant = instant;
    return true;
}
