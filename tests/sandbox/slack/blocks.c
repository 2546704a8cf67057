#include "slack/blocks.h"

#include <stdio.h>
#include <string.h>

enum kind {
    WORD,     /* a JSON string */
    FLAG,     /* true or false */
    LENGTH,   /* a number from 1 to max_chars */
    STYLE,    /* "primary" or "danger" */
    ANYTHING, /* taken unseen */
    PLAIN,    /* a text object of type plain_text */
    TEXT,     /* a text object of either type */
    OBJECT,   /* an object ruled by `inner` */
    ELEMENT,  /* an object ruled by its own "type" */
    TEXTS,    /* a list of text objects */
    OBJECTS,  /* a list of objects ruled by `inner` */
    ELEMENTS, /* a list of objects ruled by their own "type" */
};

#define NEEDED true

/* clang-format off */
static const struct rule {
    const char *owner; /* a block's or element's "type", or the name of a composition object */
    const char *field;
    enum kind kind;
    size_t max_chars; /* 0: no limit known */
    bool needed;
    int max_count; /* of a list */
    const char *inner;
} rules[] = {
    { "header",    "text",       PLAIN,    150,   NEEDED, 0,  NULL },
    { "section",   "text",       TEXT,     3000,  false,  0,  NULL },
    { "section",   "fields",     TEXTS,    2000,  false,  10, NULL },
    { "section",   "accessory",  ELEMENT,  0,     false,  0,  NULL },
    { "section",   "expand",     FLAG,     0,     false,  0,  NULL },
    { "context",   "elements",   ELEMENTS, 3000,  NEEDED, 10, NULL },
    { "actions",   "elements",   ELEMENTS, 0,     NEEDED, 25, NULL },
    { "divider",   "type",       WORD,     255,   NEEDED, 0,  NULL },
    { "image",     "image_url",  WORD,     3000,  false,  0,  NULL },
    { "image",     "slack_file", ANYTHING, 0,     false,  0,  NULL },
    { "image",     "alt_text",   WORD,     2000,  NEEDED, 0,  NULL },
    { "image",     "title",      PLAIN,    2000,  false,  0,  NULL },
    { "markdown",  "text",       WORD,     12000, NEEDED, 0,  NULL },
    { "rich_text", "elements",   ANYTHING, 0,     NEEDED, 0,  NULL },

    { "input",     "label",      PLAIN,    2000,  NEEDED, 0,  NULL },
    { "input",     "element",    ELEMENT,  0,     NEEDED, 0,  NULL },
    { "input",     "hint",       PLAIN,    2000,  false,  0,  NULL },
    { "input",     "optional",   FLAG,     0,     false,  0,  NULL },
    { "input",     "dispatch_action", FLAG, 0,    false,  0,  NULL },

    { "plain_text_input", "action_id",     WORD,   255,  false, 0, NULL },
    { "plain_text_input", "multiline",     FLAG,   0,    false, 0, NULL },
    { "plain_text_input", "max_length",    LENGTH, 3000, false, 0, NULL },
    { "plain_text_input", "initial_value", WORD,   3000, false, 0, NULL },
    { "plain_text_input", "placeholder",   PLAIN,  150,  false, 0, NULL },
    { "users_select",     "action_id",     WORD,   255,  false, 0, NULL },
    { "users_select",     "initial_user",  WORD,   255,  false, 0, NULL },
    { "users_select",     "placeholder",   PLAIN,  150,  false, 0, NULL },
    { "channels_select",  "action_id",       WORD,  255, false, 0, NULL },
    { "channels_select",  "initial_channel", WORD,  255, false, 0, NULL },
    { "channels_select",  "placeholder",     PLAIN, 150, false, 0, NULL },
    { "checkboxes",    "action_id",           WORD,    255,  false,  0,   NULL },
    { "checkboxes",    "options",             OBJECTS, 0,    NEEDED, 10,  "option" },
    { "checkboxes",    "initial_options",     OBJECTS, 0,    false,  10,  "option" },
    { "button",        "text",                PLAIN,   75,   NEEDED, 0,   NULL },
    { "button",        "action_id",           WORD,    255,  false,  0,   NULL },
    { "button",        "value",               WORD,    2000, false,  0,   NULL },
    { "button",        "url",                 WORD,    3000, false,  0,   NULL },
    { "button",        "style",               STYLE,   0,    false,  0,   NULL },
    { "button",        "confirm",             OBJECT,  0,    false,  0,   "confirm" },
    { "button",        "accessibility_label", WORD,    75,   false,  0,   NULL },
    { "confirm",       "title",               PLAIN,   100,  NEEDED, 0,   NULL },
    { "confirm",       "text",                TEXT,    300,  NEEDED, 0,   NULL },
    { "confirm",       "confirm",             PLAIN,   30,   NEEDED, 0,   NULL },
    { "confirm",       "deny",                PLAIN,   30,   NEEDED, 0,   NULL },
    { "confirm",       "style",               STYLE,   0,    false,  0,   NULL },
    { "static_select", "action_id",           WORD,    255,  false,  0,   NULL },
    { "static_select", "placeholder",         PLAIN,   150,  false,  0,   NULL },
    { "static_select", "options",             OBJECTS, 0,    NEEDED, 100, "option" },
    { "static_select", "initial_option",      OBJECT,  0,    false,  0,   "option" },
    { "static_select", "confirm",             OBJECT,  0,    false,  0,   "confirm" },
    { "static_select", "focus_on_load",       FLAG,    0,    false,  0,   NULL },
    { "overflow",      "action_id",           WORD,    255,  false,  0,   NULL },
    { "overflow",      "options",             OBJECTS, 0,    NEEDED, 5,   "option" },
    { "overflow",      "confirm",             OBJECT,  0,    false,  0,   "confirm" },
    { "option",        "text",                TEXT,    75,   NEEDED, 0,   NULL },
    { "option",        "value",               WORD,    150,  NEEDED, 0,   NULL },
    { "option",        "description",         TEXT,    75,   false,  0,   NULL },
    { "option",        "url",                 WORD,    3000, false,  0,   NULL },
};
/* clang-format on */

/* Which types may stand where. */
static const char *const block_types[] = { "header",  "section", "context",  "actions",
                                           "divider", "image",   "markdown", "rich_text" };
static const char *const view_block_types[] = {
    "header", "section", "context", "actions", "divider", "image", "input"
};
static const char *const action_types[] = { "button", "static_select", "overflow" };
static const char *const input_types[] = { "plain_text_input", "static_select", "users_select", "channels_select",
                                           "checkboxes" };

/* Where we are, for the pointer in messages. */
struct place {
    char pointer[160];
};

static struct place step(const struct place *place, const char *name)
{
    struct place next;

    (void)snprintf(next.pointer, sizeof next.pointer, "%.100s/%.50s", place->pointer, name);
    return next;
}

static struct place step_to(const struct place *place, int index)
{
    char name[16];

    (void)snprintf(name, sizeof name, "%d", index);
    return step(place, name);
}

static bool refuse(struct error *err, const struct place *place, const char *what)
{
    return error_set(err, ERR_INVALID, "%s [json-pointer:%s]", what, place->pointer);
}

static bool is_one_of(const char *type, const char *const *types, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (text_is(type, types[i]))
            return true;
    }
    return false;
}

static bool check_word(const cJSON *word, size_t max_chars, const struct place *place, struct error *err)
{
    if (!cJSON_IsString(word))
        return refuse(err, place, "must be a string");
    if (!word->valuestring[0])
        return refuse(err, place, "must be more than 0 characters");
    if (max_chars && text_chars(word->valuestring) > max_chars)
        return error_set(err, ERR_INVALID, "no more than %zu characters allowed [json-pointer:%s]", max_chars,
                         place->pointer);
    return true;
}

static bool check_text(const cJSON *text, bool plain_only, size_t max_chars, const struct place *place,
                       struct error *err)
{
    static const char *const known[] = { "type", "text", "emoji", "verbatim" };
    struct place inner = step(place, "text");
    bool plain = tree_has_text(text, "type", "plain_text");

    if (!cJSON_IsObject(text))
        return refuse(err, place, "must be an object");
    if (!plain && (plain_only || !tree_has_text(text, "type", "mrkdwn")))
        return refuse(err, place, plain_only ? "must be a plain_text object" : "unsupported type of text object");
    JSON_EACH(field, text) {
        if (!is_one_of(field->string, known, ARRAY_LEN(known)))
            return refuse(err, place, "invalid additional property");
    }
    if (plain ? !!tree_get(text, "verbatim") : !!tree_get(text, "emoji"))
        return refuse(err, place,
                      plain ? "invalid additional property: verbatim" : "invalid additional property: emoji");
    return check_word(tree_get(text, "text"), max_chars, &inner, err);
}

static bool check_object(const cJSON *object, const char *owner, const struct place *place, struct error *err);

static bool is_an_option(const cJSON *element, const cJSON *initial)
{
    JSON_EACH(option, tree_get(element, "options")) {
        if (tree_equal(option, initial))
            return true;
    }
    return false;
}

/* What is chosen at first must be one of the options, to the letter. */
static bool check_initial_option(const cJSON *element, const struct place *place, struct error *err)
{
    const cJSON *initial = tree_get(element, "initial_option");

    JSON_EACH(one, tree_get(element, "initial_options")) {
        if (!is_an_option(element, one))
            return refuse(err, place,
                          "an item of `initial_options` does not exactly match any of the provided options");
    }
    return !initial || is_an_option(element, initial) ||
           refuse(err, place, "the `initial_option` does not exactly match any of the provided options");
}

static bool check_element(const cJSON *element, const struct rule *rule, const struct place *place, struct error *err)
{
    const char *type = tree_text_or(element, "type", "");
    bool in_context = text_is(rule->owner, "context");

    if (text_is(rule->owner, "input") && is_one_of(type, input_types, ARRAY_LEN(input_types)))
        return check_object(element, type, place, err) && check_initial_option(element, place, err);
    if (in_context && (text_is(type, "mrkdwn") || text_is(type, "plain_text")))
        return check_text(element, false, rule->max_chars, place, err);
    if (text_is(type, "image")
            ? !text_is(rule->owner, "actions")
            : !in_context && !text_is(rule->owner, "input") && is_one_of(type, action_types, ARRAY_LEN(action_types)))
        return check_object(element, type, place, err);
    return error_set(err, ERR_INVALID, "unsupported type: %.40s [json-pointer:%s/type]", type, place->pointer);
}

static bool check_one(const cJSON *item, const struct rule *rule, const struct place *place, struct error *err)
{
    switch (rule->kind) {
    case ANYTHING:
        return true;
    case WORD:
        return check_word(item, rule->max_chars, place, err);
    case FLAG:
        return cJSON_IsBool(item) || refuse(err, place, "must be a boolean");
    case LENGTH:
        return (cJSON_IsNumber(item) && item->valuedouble >= 1 && item->valuedouble <= (double)rule->max_chars) ||
               refuse(err, place, "must be a number within its limits");
    case STYLE:
        return text_is(cJSON_GetStringValue(item), "primary") || text_is(cJSON_GetStringValue(item), "danger") ||
               refuse(err, place, "must be a valid enum value");
    case PLAIN:
        return check_text(item, true, rule->max_chars, place, err);
    case TEXT:
    case TEXTS:
        return check_text(item, false, rule->max_chars, place, err);
    case OBJECT:
    case OBJECTS:
        return check_object(item, rule->inner, place, err);
    case ELEMENT:
    case ELEMENTS:
        return check_element(item, rule, place, err);
    }
    return false;
}

static bool check_actions_differ(const cJSON *elements, const struct place *place, struct error *err)
{
    JSON_EACH(element, elements) {
        const char *id = tree_text(element, "action_id");

        if (id && tree_find(elements, "action_id", id) != element)
            return error_set(err, ERR_INVALID, "`action_id` \"%.60s\" already exists [json-pointer:%s]", id,
                             place->pointer);
    }
    return true;
}

static bool check_list(const cJSON *list, const struct rule *rule, const struct place *place, struct error *err)
{
    int count = 0;

    if (!cJSON_IsArray(list))
        return refuse(err, place, "must be an array");
    JSON_EACH(item, list) {
        struct place here = step_to(place, count++);

        if (count > rule->max_count)
            return error_set(err, ERR_INVALID, "no more than %d items allowed [json-pointer:%s]", rule->max_count,
                             place->pointer);
        if (!check_one(item, rule, &here, err))
            return false;
    }
    if (count == 0)
        return refuse(err, place, "no fewer than 1 items allowed");
    return rule->kind != ELEMENTS || check_actions_differ(list, place, err);
}

static bool check_field(const cJSON *field, const struct rule *rule, const struct place *place, struct error *err)
{
    struct place here = step(place, rule->field);

    if (rule->kind == TEXTS || rule->kind == OBJECTS || rule->kind == ELEMENTS)
        return check_list(field, rule, &here, err);
    return check_one(field, rule, &here, err);
}

static bool has_rule(const char *owner, const char *field)
{
    for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
        if (text_is(rules[i].owner, owner) && text_is(rules[i].field, field))
            return true;
    }
    return text_is(field, "type") || text_is(field, "block_id");
}

static bool check_object(const cJSON *object, const char *owner, const struct place *place, struct error *err)
{
    if (!cJSON_IsObject(object))
        return refuse(err, place, "must be an object");
    JSON_EACH(field, object) {
        if (!has_rule(owner, field->string))
            return error_set(err, ERR_INVALID, "invalid additional property: %.40s [json-pointer:%s]", field->string,
                             place->pointer);
    }
    for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
        const cJSON *field = text_is(rules[i].owner, owner) ? tree_get(object, rules[i].field) : NULL;

        if (!field && rules[i].needed && text_is(rules[i].owner, owner))
            return error_set(err, ERR_INVALID, "missing required field: %s [json-pointer:%s]", rules[i].field,
                             place->pointer);
        if (field && !check_field(field, &rules[i], place, err))
            return false;
    }
    return true;
}

static bool check_block(const cJSON *blocks, const cJSON *block, bool is_view, const struct place *place,
                        struct error *err)
{
    const char *type = tree_text_or(block, "type", "");
    const char *id = tree_text(block, "block_id");

    if (is_view ? !is_one_of(type, view_block_types, ARRAY_LEN(view_block_types))
                : !is_one_of(type, block_types, ARRAY_LEN(block_types)))
        return error_set(err, ERR_INVALID, "unsupported type: %.40s [json-pointer:%s/type]", type, place->pointer);
    if (text_is(type, "section") && !tree_get(block, "text") && !tree_get(block, "fields"))
        return refuse(err, place, "missing required field: text or fields");
    if (text_is(type, "image") && !tree_get(block, "image_url") && !tree_get(block, "slack_file"))
        return refuse(err, place, "missing required field: image_url or slack_file");
    if (id && strlen(id) > 255)
        return refuse(err, place, "`block_id` no more than 255 characters allowed");
    if (id && tree_find(blocks, "block_id", id) != block)
        return refuse(err, place, "`block_id` already exists in this message");
    return check_object(block, type, place, err);
}

static bool check_blocks(const cJSON *blocks, bool is_view, int count_max, struct error *err)
{
    struct place top = { "/blocks" };
    int index = 0;

    if (!cJSON_IsArray(blocks))
        return refuse(err, &top, "must be an array");
    if (cJSON_GetArraySize(blocks) > count_max)
        return error_set(err, ERR_INVALID, "no more than %d items allowed [json-pointer:/blocks]", count_max);
    JSON_EACH(block, blocks) {
        struct place here = step_to(&top, index++);

        if (!check_block(blocks, block, is_view, &here, err))
            return false;
    }
    return true;
}

bool slack_blocks_check(const cJSON *blocks, struct error *err)
{
    return check_blocks(blocks, false, SLACK_BLOCKS_MAX, err);
}

bool slack_view_blocks_check(const cJSON *blocks, struct error *err)
{
    return check_blocks(blocks, true, SLACK_VIEW_BLOCKS_MAX, err);
}
