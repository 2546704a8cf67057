#include "tests/unit/rows.h"

#include "bot/base/buf.h"
#include "integrations/slack/form.h"

#include <string.h>

static const struct row {
    const char *name;
    struct str body;
    const char *field, *value; /* expected; value NULL: missing */
    const char *error;         /* NULL: decoded */
} rows[] = {
    { "a plain field", { "a=1", 3 }, "a", "1", NULL },
    { "the second of two", { "a=1&b=2", 7 }, "b", "2", NULL },
    { "a plus is a space", { "a=x+y", 5 }, "a", "x y", NULL },
    { "an escaped plus is a plus", { "a=x%2By", 7 }, "a", "x+y", NULL },
    { "escapes in either case", { "a=%2f%2F", 8 }, "a", "//", NULL },
    { "an escaped name", { "%61=1", 5 }, "a", "1", NULL },
    { "UTF-8 comes through", { "a=%E2%9C%85", 11 }, "a", "\u2705", NULL },
    { "raw UTF-8 comes through", { "a=\xe2\x9c\x85", 5 }, "a", "\u2705", NULL },
    { "only the first = divides", { "a=b=c", 5 }, "a", "b=c", NULL },
    { "an escaped & does not divide", { "a=b%26c", 7 }, "a", "b&c", NULL },
    { "a name without =", { "a&b=1", 5 }, "a", "", NULL },
    { "an empty value", { "a=", 2 }, "a", "", NULL },
    { "a missing field", { "a=1", 3 }, "b", NULL, NULL },
    { "an empty body", { "", 0 }, "a", NULL, NULL },
    { "stray separators", { "&&a=1&", 6 }, "a", "1", NULL },
    { "an escape cut short", { "a=%2", 4 }, NULL, NULL, "malformed %-escape" },
    { "a lone %", { "a=%", 3 }, NULL, NULL, "malformed %-escape" },
    { "an escape that is no hex", { "a=%zz", 5 }, NULL, NULL, "malformed %-escape" },
    { "a signed escape", { "a=%+1", 5 }, NULL, NULL, "malformed %-escape" },
    { "an escape over the next field", { "a=%&b=1", 7 }, NULL, NULL, "malformed %-escape" },
    { "an escaped NUL", { "a=x%00y", 7 }, NULL, NULL, "NUL" },
    { "a raw NUL", { "a=x\0y", 5 }, NULL, NULL, "NUL" },
    { "a NUL in a name", { "a%00=1", 6 }, NULL, NULL, "NUL" },
    { "invalid UTF-8", { "a=%C3%28", 8 }, NULL, NULL, "UTF-8" },
    { "a truncated character", { "a=%E2%9C", 8 }, NULL, NULL, "UTF-8" },
    { "an overlong slash", { "a=%C0%AF", 8 }, NULL, NULL, "UTF-8" },
    { "half a surrogate pair", { "a=%ED%A0%80", 11 }, NULL, NULL, "UTF-8" },
    { "a name that comes twice", { "a=1&a=2", 7 }, NULL, NULL, "field 2 has the name of an earlier one" },
    { "a name that comes twice, escaped", { "a=1&%61=2", 9 }, NULL, NULL, "earlier" },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    struct slack_form form;
    struct error err = { .code = ERR_NONE };

    assert_int_equal(slack_form_decode(row->body, arena, &form, &err), row->error == NULL);
    if (row->error) {
        assert_int_equal(err.code, ERR_INVALID);
        assert_non_null(strstr(err.message, row->error));
    } else if (row->value) {
        assert_string_equal(slack_form_find(&form, row->field), row->value);
    } else {
        assert_null(slack_form_find(&form, row->field));
    }
}

static void the_number_of_fields_is_bounded(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    AUTO_BUF struct buf body = BUF(4096);
    struct slack_form form;
    struct error err;

    (void)state;
    for (int i = 0; i < SLACK_FORM_MAX_FIELDS; i++)
        buf_addf(&body, "f%d=x&", i);
    assert_true(slack_form_decode(buf_str(&body), arena, &form, &err));
    assert_int_equal(form.count, SLACK_FORM_MAX_FIELDS);
    buf_puts(&body, "more=x");
    assert_false(slack_form_decode(buf_str(&body), arena, &form, &err));
}

/* ---- Socket Mode's way ---- */

static const struct object_row {
    const char *name, *object;
    const char *body;  /* as it is stored; NULL: refused */
    const char *error; /* then */
} object_rows[] = {
    { "texts are fields, in their order", "{\"b\":\"1\",\"a\":\"\"}", "b=1&a=", NULL },
    { "what divides is escaped", "{\"a=b\":\"&%+ =\\n\"}", "a%3Db=%26%25%2B+%3D%0A", NULL },
    { "so is what is no ASCII", "{\"a\":\"\u2705\"}", "a=%E2%9C%85", NULL },
    { "booleans are texts", "{\"a\":true,\"b\":false}", "a=true&b=false", NULL },
    { "null is nothing", "{\"a\":null,\"b\":\"1\"}", "b=1", NULL },
    { "nothing is nothing", "{}", "", NULL },
    { "a number is no text", "{\"a\":1}", NULL, "field 1 is no text" },
    { "nor is an object", "{\"a\":\"1\",\"b\":{}}", NULL, "field 2 is no text" },
    { "a name that comes twice", "{\"a\":\"1\",\"a\":\"2\"}", NULL, "has the name of an earlier one" },
    { "a list is no form", "[\"a\"]", NULL, "expected an object" },
    { "nor is a text", "\"a\"", NULL, "expected an object" },
};

static void check_object(void **state)
{
    const struct object_row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    struct slack_form form, again;
    struct error err = { .code = ERR_NONE };
    const cJSON *object = json_parse_in(arena, str_of(row->object), &err);

    assert_non_null(object);
    assert_int_equal(slack_form_read(object, arena, &form, &err), row->body != NULL);
    if (!row->body) {
        assert_int_equal(err.code, ERR_INVALID);
        assert_non_null(strstr(err.message, row->error));
        return;
    }
    assert_string_equal(slack_form_encode(&form, arena), row->body);
    assert_true(slack_form_decode(str_of(row->body), arena, &again, &err));
    assert_int_equal(again.count, form.count);
    for (size_t i = 0; i < form.count; i++) {
        assert_string_equal(again.fields[i].name, form.fields[i].name);
        assert_string_equal(again.fields[i].value, form.fields[i].value);
    }
}

int main(void)
{
    static const struct CMUnitTest plain[] = { cmocka_unit_test(the_number_of_fields_is_bounded) };

    return ROWS(rows, check_row) + ROWS(object_rows, check_object) +
           cmocka_run_group_tests_name("plain", plain, NULL, NULL);
}
