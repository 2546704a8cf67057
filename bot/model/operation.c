#include "bot/model/operation.h"

#include <string.h>

#define OPERATION_LETTER 'D'
#define LOOK_LETTER 'L'

static const struct shape_field awaited_rows[] = {
    ROW_STRING(awaited, name, .flags = SHAPE_REQUIRED),
    ROW_STRING(awaited, kind, .flags = SHAPE_REQUIRED),
    ROW_INT(awaited, generation),
    ROW_INT(awaited, deadline_at_ms),
    ROW_JSON(awaited, args, .flags = SHAPE_NONZERO),
};
static const struct shape awaited_shape = SHAPE("an awaited reading", awaited, awaited_rows);

static const struct shape_field operation_rows[] = {
    ROW_STRING(operation, id, .flags = SHAPE_REQUIRED),
    ROW_STRING(operation, outside_id, .flags = SHAPE_REQUIRED),
    ROW_STRING(operation, kind, .flags = SHAPE_REQUIRED),
    ROW_INT(operation, schema),
    ROW_STRING(operation, state, .flags = SHAPE_REQUIRED),
    ROW_STRING(operation, target, .flags = SHAPE_NONZERO),
    ROW_STRING(operation, request_id, .flags = SHAPE_NONZERO),
    ROW_STRING(operation, source, .flags = SHAPE_NONZERO),
    ROW_OBJECT(operation, requester, &principal_shape),
    ROW_OBJECT(operation, reply_to, &reply_address_shape),
    ROW_STRING(operation, parent, .flags = SHAPE_NONZERO),
    ROW_STRING(operation, parent_name, .flags = SHAPE_NONZERO),
    ROW_INT(operation, created_at_ms),
    ROW_INT(operation, changed_at_ms),
    ROW_INT(operation, ended_at_ms, .flags = SHAPE_NONZERO),
    ROW_INT(operation, shift_ms, .flags = SHAPE_NONZERO),
    ROW_INT(operation, adoption, .flags = SHAPE_NONZERO),
    ROW_STRING(operation, result, .flags = SHAPE_NONZERO),
    ROW_STRING(operation, summary, .flags = SHAPE_NONZERO),
    ROW_BOOL(operation, is_stuck, .flags = SHAPE_NONZERO),
    ROW_BOOL(operation, is_forgotten, .flags = SHAPE_NONZERO),
    ROW_INT(operation, effects_made),
    ROW_INT(operation, generation),
    ROW_OBJECTS(operation, awaited, &awaited_shape, .flags = SHAPE_NONZERO),
    ROW_STRING(operation, card_channel, .flags = SHAPE_NONZERO),
    ROW_STRING(operation, card_ts, .flags = SHAPE_NONZERO),
    ROW_STRING(operation, card_shown, .flags = SHAPE_NONZERO),
    ROW_JSON(operation, if_stuck, .flags = SHAPE_NONZERO),
    ROW_JSON(operation, body, .flags = SHAPE_NONZERO),
};
const struct shape operation_shape = SHAPE("an operation", operation, operation_rows);

static const struct shape_field timer_rows[] = {
    ROW_STRING(timer, operation, .flags = SHAPE_REQUIRED),
    ROW_STRING(timer, name, .flags = SHAPE_REQUIRED),
    ROW_INT(timer, at_ms, .flags = SHAPE_REQUIRED),
};
const struct shape timer_shape = SHAPE("a timer", timer, timer_rows);

static const struct shape_field message_rows[] = {
    ROW_STRING(message, id, .flags = SHAPE_REQUIRED),   ROW_INT(message, order),
    ROW_STRING(message, from, .flags = SHAPE_REQUIRED), ROW_STRING(message, to, .flags = SHAPE_REQUIRED),
    ROW_STRING(message, name, .flags = SHAPE_REQUIRED), ROW_JSON(message, body, .flags = SHAPE_NONZERO),
};
const struct shape message_shape = SHAPE("a message", message, message_rows);

bool operation_has_ended(const struct operation *operation)
{
    return operation->ended_at_ms != 0;
}

const char *operation_id(int64_t number, struct arena *arena)
{
    return arena_printf(arena, "%c%lld", OPERATION_LETTER, (long long)number);
}

const char *look_id(int64_t number, struct arena *arena)
{
    return arena_printf(arena, "%c%lld", LOOK_LETTER, (long long)number);
}

bool operation_is_id(const char *word)
{
    return word[0] == OPERATION_LETTER && word[1] && strspn(word + 1, "0123456789") == strlen(word + 1);
}

const char *operation_id_read(const char *word, struct arena *arena)
{
    char *id = arena_strdup(arena, word);

    if (id[0] == OPERATION_LETTER - 'A' + 'a')
        id[0] = OPERATION_LETTER;
    return operation_is_id(id) ? id : NULL;
}

bool operation_is_look(const char *id)
{
    return id[0] == LOOK_LETTER;
}

const char *operation_group(const struct operation *operation)
{
    return operation->parent && !operation_is_look(operation->parent) ? operation->parent : NULL;
}
