/* What comes back of a modal: its command, and what was filled in. */
#include "integrations/slack/view.h"

#include "integrations/slack/payload.h"
#include "integrations/slack/typed_text.h"
#include "integrations/slack/view_meta.h"

#include <string.h>

struct meta { /* private_metadata: a promise to every later version, for a modal may stay open over a restart */
    const char *command;
    const char *channel, *thread;
    const char *draft;
};

static const struct shape_field meta_rows[] = {
    ROW_STRING(meta, command, .flags = SHAPE_REQUIRED),
    ROW_STRING(meta, channel, .flags = SHAPE_NONZERO),
    ROW_STRING(meta, thread, .flags = SHAPE_NONZERO),
    ROW_STRING(meta, draft, .flags = SHAPE_NONZERO),
};
static const struct shape meta_shape = SHAPE("private_metadata", meta, meta_rows);

char *slack_view_meta_print(const struct modal *modal, struct error *err)
{
    const struct meta meta = { modal->command, modal->channel, modal->thread, modal->draft };
    AUTO_JSON cJSON *json = shape_to_json(&meta_shape, &meta, SHAPE_WHOLE);
    AUTO_FREE char *text = json_print(json);

    if (strlen(text) <= SLACK_VIEW_META_MAX_BYTES)
        return TAKE(text);
    error_set(err, ERR_INVALID, "the modal's command is too long for private_metadata");
    return NULL;
}

static bool read_meta(const cJSON *view, struct arena *arena, struct slack_filled *filled, struct error *err)
{
    const char *text;
    const cJSON *json;
    struct meta meta;

    if (!json_get_string(view, "private_metadata", &text, err))
        return false;
    if (strlen(text) > SLACK_VIEW_META_MAX_BYTES)
        return error_set(err, ERR_INVALID, "private_metadata is longer than any of ours");
    json = json_parse_in(arena, str_of(text), err);
    if (!json || !shape_from_json(&meta_shape, json, arena, &meta, err))
        return error_wrap(err, "private_metadata");
    if ((meta.channel && !slack_id_is_valid(str_of(meta.channel))) || (meta.thread && !slack_ts_is_valid(meta.thread)))
        return error_set(err, ERR_INVALID, "private_metadata names no channel or no thread of Slack's");
    filled->command = meta.command;
    filled->channel = meta.channel;
    filled->thread = meta.thread;
    filled->draft = meta.draft;
    return true;
}

/* ---- values ---- */

struct numbered { /* a field's value, by its number: 0 is unused */
    bool is_there;
    struct modal_value value;
};

static const struct {
    const char *type, *path, *prefix; /* of an element, of its value; ids are written as principals are */
} elements[] = {
    { "plain_text_input", "value", "" },
    { "static_select", "selected_option.value", "" },
    { "users_select", "selected_user", "slack:" },
    { "channels_select", "selected_channel", "" },
    { "checkboxes", "selected_options.0.value", "" },
};

/* "" when the field was left empty. */
static bool read_element(const cJSON *state, struct arena *arena, const char **ret_value, struct error *err)
{
    const char *type, *value;

    if (!json_get_string(state, "type", &type, err))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(elements); i++) {
        if (strcmp(type, elements[i].type) != 0)
            continue;
        value = json_find_string(state, elements[i].path);
        if (elements[i].prefix[0] && value && !slack_id_is_valid(str_of(value)))
            return error_set(err, ERR_INVALID, "%s is no id of Slack's", elements[i].path);
        *ret_value = value ? arena_printf(arena, "%s%s", elements[i].prefix, value) : "";
        return true;
    }
    return error_set(err, ERR_INVALID, "an element of type '%.40s' is none of ours", type);
}

static bool read_field(const cJSON *block, struct arena *arena, struct numbered *numbered, struct error *err)
{
    const cJSON *state = block->child;
    struct str name;
    int64_t number;

    if (!parse_int(str_of(block->string), 1, MODAL_FIELDS_MAX, &number, err))
        return error_wrap(err, "block_id");
    if (numbered[number].is_there || !cJSON_IsObject(block) || !state || state->next)
        return error_set(err, ERR_INVALID, "field %lld stands there twice, or holds no value or several",
                         (long long)number);
    name = str_of(state->string);
    numbered[number].is_there = true;
    numbered[number].value.field = number;
    numbered[number].value.is_option = str_take_prefix(&name, "option.");
    numbered[number].value.is_flag = str_take_prefix(&name, "flag.");
    if (!numbered[number].value.is_option && !numbered[number].value.is_flag && !str_take_prefix(&name, "word."))
        return error_set(err, ERR_INVALID, "field %lld is none of ours", (long long)number);
    numbered[number].value.name = arena_copy(arena, str_take_until(&name, '#'));
    return read_element(state, arena, &numbered[number].value.value, err);
}

static bool read_values(const cJSON *values, struct arena *arena, struct slack_filled *filled, struct error *err)
{
    struct numbered numbered[MODAL_FIELDS_MAX + 1] = { 0 };

    if (values && !cJSON_IsObject(values))
        return error_set(err, ERR_INVALID, "state.values: expected an object");
    JSON_EACH(block, values) {
        if (!read_field(block, arena, numbered, err))
            return error_wrap(err, "state.values");
    }
    for (size_t i = 1; i <= MODAL_FIELDS_MAX; i++)
        if (numbered[i].is_there && numbered[i].value.value[0])
            *ARENA_PUSH(arena, filled->values, filled->values_count) = numbered[i].value;
    return true;
}

bool slack_view_read(const cJSON *view, struct arena *arena, struct slack_filled *ret_filled, struct error *err)
{
    struct slack_filled filled = { 0 };

    if (!read_meta(view, arena, &filled, err) || !read_values(json_find(view, "state.values"), arena, &filled, err))
        return error_wrap(err, "view");
    *ret_filled = filled;
    return true;
}
