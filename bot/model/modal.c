#include "bot/model/modal.h"

#include "bot/model/card.h"

#include <string.h>

#define LINE_MAX_BYTES (128 * 1024)
#define QUOTED_BYTES 40 /* as verbs quote what they do not know */

static const char *const kinds[] = { "text", "lines", "choice", "person", "channel", "check", NULL };

static const struct shape_field choice_rows[] = {
    ROW_STRING(modal_choice, label, .flags = SHAPE_REQUIRED),
    ROW_STRING(modal_choice, value, .flags = SHAPE_REQUIRED),
};
static const struct shape choice_shape = SHAPE("a choice", modal_choice, choice_rows);

static const struct shape_field field_rows[] = {
    ROW_STRING(modal_field, name, .flags = SHAPE_REQUIRED),
    ROW_STRING(modal_field, label, .flags = SHAPE_REQUIRED),
    ROW_STRING(modal_field, hint, .flags = SHAPE_NONZERO),
    ROW_STRING(modal_field, placeholder, .flags = SHAPE_NONZERO),
    ROW_STRING(modal_field, initial, .flags = SHAPE_NONZERO),
    ROW_ENUM(modal_field, kind, kinds),
    ROW_BOOL(modal_field, is_option, .flags = SHAPE_NONZERO),
    ROW_BOOL(modal_field, is_optional, .flags = SHAPE_NONZERO),
    ROW_BOOL(modal_field, is_decisive, .flags = SHAPE_NONZERO),
    ROW_STRING(modal_field, depends_on, .flags = SHAPE_NONZERO),
    ROW_INT(modal_field, max_chars, .flags = SHAPE_NONZERO),
    ROW_OBJECTS(modal_field, choices, &choice_shape, .flags = SHAPE_NONZERO),
};
static const struct shape field_shape = SHAPE("a field", modal_field, field_rows);

static const struct shape_field modal_rows[] = {
    ROW_STRING(modal, title, .flags = SHAPE_REQUIRED),  ROW_STRING(modal, submit, .flags = SHAPE_REQUIRED),
    ROW_STRING(modal, intro, .flags = SHAPE_NONZERO),   ROW_STRING(modal, command, .flags = SHAPE_REQUIRED),
    ROW_STRING(modal, channel, .flags = SHAPE_NONZERO), ROW_STRING(modal, thread, .flags = SHAPE_NONZERO),
    ROW_STRING(modal, draft, .flags = SHAPE_NONZERO),
    ROW_OBJECTS(modal, fields, &field_shape),           ROW_BOOL(modal, tells_closed, .flags = SHAPE_NONZERO),
};
const struct shape modal_shape = SHAPE("a modal", modal, modal_rows);

static const struct shape_field value_rows[] = {
    ROW_STRING(modal_value, name, .flags = SHAPE_REQUIRED),
    ROW_BOOL(modal_value, is_option, .flags = SHAPE_NONZERO),
    ROW_BOOL(modal_value, is_flag, .flags = SHAPE_NONZERO),
    ROW_STRING(modal_value, value, .flags = SHAPE_REQUIRED),
    ROW_INT(modal_value, field, .flags = SHAPE_NONZERO),
};
const struct shape modal_value_shape = SHAPE("a value", modal_value, value_rows);

static const struct shape_field delivery_rows[] = {
    ROW_STRING(modal_delivery, trigger, .flags = SHAPE_NONZERO | SHAPE_SECRET),
    ROW_STRING(modal_delivery, open, .flags = SHAPE_NONZERO),
    { .name = "until_ms", .type = SHAPE_INT, .offset = offsetof(struct modal_delivery, until_ms) },
    ROW_OBJECT(modal_delivery, modal, &modal_shape),
};
const struct shape modal_delivery_shape = SHAPE("a modal to open", modal_delivery, delivery_rows);

/* ---- is it whole ---- */

static bool is_name(const char *name)
{
    size_t len = name ? strlen(name) : 0;

    return len > 0 && len <= MODAL_NAME_MAX_BYTES && name[0] != '-' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

static bool has_text(const char *text)
{
    return text && text[0];
}

static bool check_choices(const struct modal_field *field, struct error *err)
{
    int max = field->kind == MODAL_CHECK ? 1 : MODAL_CHOICES_MAX;

    if (field->choices_count == 0 || field->choices_count > (size_t)max)
        return error_set(err, ERR_INVALID, "the modal's field %s has %zu choices: 1 to %d can be shown", field->name,
                         field->choices_count, max);
    for (size_t i = 0; i < field->choices_count; i++)
        if (!has_text(field->choices[i].label) || !has_text(field->choices[i].value) ||
            strlen(field->choices[i].value) > MODAL_VALUE_MAX_BYTES)
            return error_set(err, ERR_INVALID,
                             "the modal's field %s: choice %zu has no label, or a value of 0 or more "
                             "than %d bytes",
                             field->name, i + 1, MODAL_VALUE_MAX_BYTES);
    return true;
}

bool modal_check(const struct modal *modal, struct error *err)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct request request = { 0 };

    if (!has_text(modal->title) || !has_text(modal->submit) || !modal->command ||
        strlen(modal->command) > MODAL_COMMAND_MAX_BYTES)
        return error_set(err, ERR_INVALID, "the modal has no title, no submit, or no command of %d bytes at most",
                         MODAL_COMMAND_MAX_BYTES);
    if (modal->fields_count == 0 || modal->fields_count > MODAL_FIELDS_MAX)
        return error_set(err, ERR_INVALID, "the modal has %zu fields: 1 to %d can be shown", modal->fields_count,
                         MODAL_FIELDS_MAX);
    for (size_t i = 0; i < modal->fields_count; i++) {
        const struct modal_field *field = &modal->fields[i];

        if (!is_name(field->name) || !has_text(field->label))
            return error_set(err, ERR_INVALID, "the modal's field %zu has no name, or no label", i + 1);
        if ((field->kind == MODAL_CHOICE || field->kind == MODAL_CHECK) && !check_choices(field, err))
            return false;
        if (field->is_decisive && (field->kind != MODAL_CHOICE || !has_text(modal->draft)))
            return error_set(err, ERR_INVALID, "the modal's field %s is decisive, and is no choice or has no draft",
                             field->name);
    }
    return modal_read(modal->command, NULL, 0, arena, &request, err) &&
           (!modal->draft || modal_read(modal->draft, NULL, 0, arena, &request, err));
}

/* ---- the request that comes of it ---- */

/* As request_split takes it off again: in double quotes, where anything could end the word or begin another one. */
static void add_quoted(struct buf *line, const char *value)
{
    buf_putc(line, '"');
    for (const char *c = value; *c; c++) {
        if (*c == '"' || *c == '\\')
            buf_putc(line, '\\');
        buf_putc(line, *c);
    }
    buf_putc(line, '"');
}

static void add_value(struct buf *line, const char *value)
{
    if (!value[0] || strpbrk(value, " \t\n\v\f\r\"'") || strncmp(value, "--", 2) == 0)
        add_quoted(line, value);
    else
        buf_puts(line, value);
}

static bool has_control_characters(const char *text)
{
    for (; *text; text++)
        if (((unsigned char)*text < ' ' && *text != '\n' && *text != '\t') || *text == 0x7f)
            return true;
    return false;
}

/* Words before options: that is how request_read wants them. */
static bool add_values(struct buf *line, const struct modal_value *values, size_t count, bool are_options,
                       struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        if ((values[i].is_option || values[i].is_flag) != are_options || !values[i].value[0])
            continue;
        if (!is_name(values[i].name) || has_control_characters(values[i].value))
            return error_set(err, ERR_INVALID, "a field's name is none, or its value holds control characters");
        buf_puts(line, are_options ? " --" : " ");
        if (are_options)
            buf_puts(line, values[i].name);
        if (values[i].is_flag)
            continue;
        if (are_options)
            buf_putc(line, '=');
        add_value(line, values[i].value);
    }
    return true;
}

bool modal_read(const char *command, const struct modal_value *values, size_t count, struct arena *arena,
                struct request *request, struct error *err)
{
    AUTO_BUF struct buf line = BUF(LINE_MAX_BYTES);
    struct request read = *request;
    char *verb;

    if (has_control_characters(command))
        return error_set(err, ERR_INVALID, "the modal's command holds control characters");
    buf_add_str(&line, str_trim(str_of(command)));
    if (!request_split(buf_str(&line), arena, &read, err) || /* alone: it must not go on in a value */
        !add_values(&line, values, count, false, err) || !add_values(&line, values, count, true, err) ||
        !buf_check(&line, err))
        return error_wrap(err, "modal");
    read.text = arena_copy(arena, buf_str(&line));
    if (!request_split(str_of(read.text), arena, &read, err))
        return error_wrap(err, "modal");
    if (read.words_count == 0 || !read.words[0][0])
        return error_set(err, ERR_INVALID, "modal: no verb");
    verb = arena_strdup(arena, read.words[0]);
    str_lower(verb);
    read.verb = verb;
    read.words++;
    read.words_count--;
    read.quoted_words >>= 1;
    read.values = values;
    read.values_count = count;
    *request = read;
    return true;
}

int64_t modal_field_meant(const struct request *request, const char *sentence)
{
    AUTO(arena) struct arena *arena = arena_create();

    for (size_t i = request->values_count; i-- > 0;) {
        const struct modal_value *value = &request->values[i];
        const char *quoted = card_quote(str_of(value->value), QUOTED_BYTES, arena);

        if (quoted[0] && strstr(sentence, arena_printf(arena, "`%s`", quoted)))
            return value->field;
    }
    return 0;
}

bool modal_read_draft(const char *draft, const struct modal_value *values, size_t count, struct arena *arena,
                      struct request *request, struct error *err)
{
    struct modal_value *options = arena_alloc(arena, (count + 1) * sizeof(*options));

    for (size_t i = 0; i < count; i++) {
        options[i] = values[i];
        options[i].is_option = !values[i].is_flag;
    }
    return modal_read(draft, options, count, arena, request, err);
}

bool modal_deliver(const struct request *request, const struct modal *modal, struct modal_delivery *ret_delivery)
{
    *ret_delivery = (struct modal_delivery){ .trigger = request->trigger,
                                             .open = request->form,
                                             .until_ms = request->received_at_ms + MODAL_TRIGGER_MS,
                                             .modal = *modal };
    return request->trigger || request->form;
}
