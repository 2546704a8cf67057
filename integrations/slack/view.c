#include "integrations/slack/view.h"

#include "bot/base/digest.h"
#include "integrations/slack/blocks.h"
#include "integrations/slack/buttons.h"
#include "integrations/slack/mrkdwn.h"
#include "integrations/slack/view_meta.h"

#include <stdio.h>
#include <string.h>

#define TITLE_MAX_BYTES 24
#define LABEL_MAX_BYTES 300
#define HINT_MAX_BYTES 500
#define PLACEHOLDER_MAX_BYTES 150
#define OPTION_MAX_BYTES 75
#define INPUT_MAX_CHARS 3000
#define ERROR_MAX_BYTES 500
#define ANSWER_SECTIONS_MAX 20

/* ---- pieces ---- */

static cJSON *modal_view(const char *title)
{
    cJSON *view = json_object();

    json_set_string(view, "type", "modal");
    json_set(view, "title", slack_plain_text(title, TITLE_MAX_BYTES));
    return view;
}

/* ---- fields ---- */

static cJSON *option(const struct modal_choice *choice)
{
    cJSON *object = json_object();

    json_set(object, "text", slack_plain_text(choice->label, OPTION_MAX_BYTES));
    json_set_string(object, "value", choice->value);
    return object;
}

static void set_choices(cJSON *element, const struct modal_field *field)
{
    cJSON *options = json_set(element, "options", json_array());

    for (size_t i = 0; i < field->choices_count; i++) {
        json_add(options, option(&field->choices[i]));
        if (!field->initial || strcmp(field->initial, field->choices[i].value) != 0)
            continue;
        if (field->kind == MODAL_CHECK)
            json_add(json_set(element, "initial_options", json_array()), option(&field->choices[i]));
        else
            json_set(element, "initial_option", option(&field->choices[i]));
    }
}

/* How many bytes hold at most so many characters. */
static size_t bytes_of(const char *text, int64_t chars)
{
    size_t len = 0;

    for (; text[len]; len++)
        if (((unsigned char)text[len] & 0xc0) != 0x80 && chars-- == 0)
            break;
    return len;
}

static void set_text(cJSON *element, const struct modal_field *field)
{
    bool is_limited = field->max_chars > 0 && field->max_chars < INPUT_MAX_CHARS;
    int64_t max_chars = is_limited ? field->max_chars : INPUT_MAX_CHARS;

    json_set_bool(element, "multiline", field->kind == MODAL_LINES);
    json_set_int(element, "max_length", max_chars);
    if (field->initial && field->initial[0])
        json_set_str(element, "initial_value", (struct str){ field->initial, bytes_of(field->initial, max_chars) });
}

static const struct {
    const char *type, *initial;
} element_types[] = {
    [MODAL_TEXT] = { "plain_text_input", NULL },
    [MODAL_LINES] = { "plain_text_input", NULL },
    [MODAL_CHOICE] = { "static_select", NULL },
    [MODAL_PERSON] = { "users_select", "initial_user" },
    [MODAL_CHANNEL] = { "channels_select", "initial_channel" },
    [MODAL_CHECK] = { "checkboxes", NULL },
};

static const char *sort_of(const struct modal_field *field)
{
    return field->kind == MODAL_CHECK ? "flag" : field->is_option ? "option" : "word";
}

/* "word.version"; "word.version#3f2a6c0917de" of one that depends on others: Slack keeps what was filled in as long as this stays. */
static void set_action_id(cJSON *element, const struct modal_field *field)
{
    AUTO_BUF struct buf id = BUF(MODAL_NAME_MAX_BYTES + 32);

    buf_addf(&id, "%s.%s", sort_of(field), field->name);
    if (field->depends_on)
        buf_addf(&id, "#%.12s", digest_hex(digest_sha256(str_of(field->depends_on))).text);
    json_set_string(element, "action_id", buf_text(&id));
}

static void add_field(cJSON *blocks, const struct modal_field *field, size_t number)
{
    cJSON *block = slack_block(blocks, "input"), *element;
    char id[MODAL_NAME_MAX_BYTES + 16];

    (void)snprintf(id, sizeof(id), "%zu", number);
    json_set_string(block, "block_id", id);
    json_set(block, "label", slack_plain_text(field->label, LABEL_MAX_BYTES));
    if (field->hint && field->hint[0])
        json_set(block, "hint", slack_plain_text(field->hint, HINT_MAX_BYTES));
    json_set_bool(block, "optional", field->is_optional);
    if (field->is_decisive)
        json_set_bool(block, "dispatch_action", true);
    element = json_set(block, "element", json_object());
    json_set_string(element, "type", element_types[field->kind].type);
    set_action_id(element, field);
    if (field->placeholder && field->placeholder[0] && field->kind != MODAL_CHECK)
        json_set(element, "placeholder", slack_plain_text(field->placeholder, PLACEHOLDER_MAX_BYTES));
    if (field->kind == MODAL_CHOICE || field->kind == MODAL_CHECK)
        set_choices(element, field);
    else if (element_types[field->kind].initial && field->initial && field->initial[0])
        json_set_string(element, element_types[field->kind].initial, field->initial);
    else if (!element_types[field->kind].initial)
        set_text(element, field);
}

/* ---- the view ---- */

static bool fits(const cJSON *view, struct error *err)
{
    AUTO_FREE char *text = json_print(view);

    return strlen(text) <= SLACK_VIEW_MAX_BYTES ||
           error_set(err, ERR_INVALID, "the modal is larger than %d bytes", SLACK_VIEW_MAX_BYTES);
}

cJSON *slack_view(const struct modal *modal, struct error *err)
{
    AUTO_JSON cJSON *view = NULL;
    AUTO_FREE char *meta = NULL;
    cJSON *blocks;

    if (!modal_check(modal, err))
        return NULL;
    meta = slack_view_meta_print(modal, err);
    if (!meta)
        return NULL;
    view = modal_view(modal->title);
    json_set_string(view, "callback_id", SLACK_VIEW_CALLBACK);
    json_set_string(view, "private_metadata", meta);
    json_set(view, "submit", slack_plain_text(modal->submit, TITLE_MAX_BYTES));
    json_set(view, "close", slack_plain_text("Cancel", TITLE_MAX_BYTES));
    json_set_bool(view, "notify_on_close", modal->tells_closed);
    blocks = json_set(view, "blocks", json_array());
    if (modal->intro && modal->intro[0])
        slack_block_section(blocks, str_of(modal->intro));
    for (size_t i = 0; i < modal->fields_count; i++)
        add_field(blocks, &modal->fields[i], i + 1);
    return fits(view, err) ? TAKE(view) : NULL;
}

/* ---- answers ---- */

static cJSON *no_errors(void)
{
    cJSON *answer = json_object();

    json_set_string(answer, "response_action", "errors");
    json_set(answer, "errors", json_object());
    return answer;
}

static void add_error(cJSON *answer, const char *block_id, const char *what)
{
    AUTO_BUF struct buf text = BUF(ERROR_MAX_BYTES);

    slack_plain_add(&text, str_of(what), ERROR_MAX_BYTES);
    json_set_string(cJSON_GetObjectItemCaseSensitive(answer, "errors"), block_id,
                    text.len > 0 ? buf_text(&text) : "No.");
}

cJSON *slack_view_errors(const struct slack_view_error *errors, size_t count)
{
    cJSON *answer;

    if (count == 0)
        return NULL;
    answer = no_errors();
    for (size_t i = 0; i < count; i++) {
        char id[24];

        (void)snprintf(id, sizeof(id), "%zu", errors[i].field + 1);
        add_error(answer, id, errors[i].text);
    }
    return answer;
}

static cJSON *refusal(const struct reply *reply)
{
    AUTO_BUF struct buf text = BUF(64 * 1024);

    buf_puts(&text, reply->field_text ? reply->field_text : reply->text ? reply->text : "");
    for (size_t i = 0; i < reply->lines_count && !reply->field_text; i++)
        buf_addf(&text, " %s", reply->lines[i]);
    return slack_view_errors(
        &(struct slack_view_error){ .field = reply->field > 0 ? (size_t)reply->field - 1 : 0, .text = buf_text(&text) },
        1);
}

/* *ret_blocks: what stands in the modal's place. */
static cJSON *replacement(const char *close, cJSON **ret_blocks)
{
    cJSON *answer = json_object(), *view;

    json_set_string(answer, "response_action", "update");
    view = json_set(answer, "view", modal_view("opsgate"));
    json_set(view, "close", slack_plain_text(close, TITLE_MAX_BYTES));
    *ret_blocks = json_set(view, "blocks", json_array());
    return answer;
}

cJSON *slack_view_stranger(const char *block_id, const char *text)
{
    cJSON *answer, *blocks;

    if (block_id && block_id[0]) {
        answer = no_errors();
        add_error(answer, block_id, text);
        return answer;
    }
    answer = replacement("Close", &blocks);
    slack_block_section(blocks, str_of(text));
    return answer;
}

cJSON *slack_view_answer(const struct reply *reply)
{
    cJSON *answer, *blocks;

    if (reply->is_refusal)
        return refusal(reply);
    answer = replacement("Done", &blocks);
    slack_block_section(blocks, str_of(reply->text));
    for (size_t i = 0; i < reply->lines_count && i < ANSWER_SECTIONS_MAX; i++)
        slack_block_section(blocks, str_of(reply->lines[i]));
    slack_buttons_add(blocks, reply->actions, reply->actions_count);
    return answer;
}

cJSON *slack_view_clear(void)
{
    cJSON *answer = json_object();

    json_set_string(answer, "response_action", "clear");
    return answer;
}
