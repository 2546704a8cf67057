/* JSON: what is refused at the door, and what is read of the rest. */
#include "tests/unit/rows.h"

#include "bot/base/json.h"

#include <stdio.h>
#include <string.h>

/* ---- documents ---- */

static const struct document_row {
    const char *name, *text;
    size_t len; /* 0: up to the NUL */
    bool is_good;
} document_rows[] = {
    { "an object", "{\"a\":1}", 0, true },
    { "a lone value", "12", 0, true },
    { "white space around", " \n{}\t\r\n", 0, true },
    { "nothing", "", 0, false },
    { "white space alone", "  ", 0, false },
    { "something behind", "{} x", 0, false },
    { "two documents", "{}{}", 0, false },
    { "a NUL behind", "{}\0", 3, false },
    { "a NUL inside", "{\"a\":\"\0\"}", 9, false },
    { "NUL as an escape", "{\"a\":\"x\\u0000y\"}", 0, false },
    { "NUL as an escape in a key", "{\"x\\u0000y\":1}", 0, false },
    { "a backslash before the letter u is no escape of NUL", "{\"a\":\"\\\\u0000\"}", 0, true },
    { "another escape that begins with zeros", "\"\\u0001\"", 0, true },
    { "invalid UTF-8", "\"\xff\"", 0, false },
    { "an overlong slash", "\"\xc0\xaf\"", 0, false },
    { "half a surrogate pair", "\"\\ud800\"", 0, false },
    { "a whole surrogate pair", "\"\\ud83d\\ude80\"", 0, true },
    { "cut short in an object", "{\"a\":", 0, false },
    { "cut short in a string", "\"abc", 0, false },
    { "cut short in an escape", "\"\\", 0, false },
    { "a comma too many", "[1,]", 0, false },
    { "single quotes", "{'a':1}", 0, false },
    { "a bracket that closes nothing", "]", 0, false },
    { "brackets inside a string count for nothing", "\"[[[[\"", 0, true },
};

static void check_document(void **state)
{
    const struct document_row *row = *state;
    struct str text = row->len ? (struct str){ row->text, row->len } : str_of(row->text);
    AUTO_JSON cJSON *json = NULL;
    struct error err = { ERR_NONE, "" };

    assert_int_equal(json_parse(text, &json, &err), row->is_good);
    assert_int_equal(json != NULL, row->is_good);
    if (!row->is_good) {
        assert_int_equal(err.code, ERR_INVALID);
        assert_memory_equal(err.message, "JSON: ", 6);
    }
}

static bool parses_nested(size_t depth, char open, char close)
{
    AUTO_BUF struct buf text = BUF(10000);
    AUTO_JSON cJSON *json = NULL;
    struct error err;

    for (size_t i = 0; i < depth; i++)
        buf_puts(&text, open == '{' && i > 0 ? "\"a\":{" : (char[]){ open, '\0' });
    for (size_t i = 0; i < depth; i++)
        buf_putc(&text, close);
    return json_parse(buf_str(&text), &json, &err);
}

static void check_depth(void **state)
{
    (void)state;
    assert_true(parses_nested(64, '[', ']'));
    assert_false(parses_nested(65, '[', ']'));
    assert_true(parses_nested(64, '{', '}'));
    assert_false(parses_nested(65, '{', '}'));
    assert_false(parses_nested(5000, '[', ']'));
}

static void check_siblings(void **state)
{
    AUTO_BUF struct buf text = BUF(10000);
    AUTO_JSON cJSON *json = NULL;
    struct error err;

    (void)state;
    buf_puts(&text, "[0");
    for (int i = 0; i < 200; i++)
        buf_puts(&text, ",[{}]");
    buf_puts(&text, "]");
    assert_true(json_parse(buf_str(&text), &json, &err));
}

/* ---- reading by path ---- */

#define DOCUMENT                                                                                                       \
    "{\"name\":\"api\",\"n\":12,\"minus\":-3,\"half\":1.5,\"digits\":\"456\",\"words\":\"4x\",\"yes\":true,"           \
    "\"nothing\":null,\"same\":1,\"same\":2,\"traffic\":[{\"revision\":\"a\"},{\"revision\":\"b\",\"percent\":30}],"   \
    "\"edge\":9007199254740991,\"over\":9007199254740992,\"between\":9007199254740993,\"least\":-9007199254740991,"    \
    "\"huge\":1e400,\"text edge\":\"9007199254740991\",\"text over\":\"9007199254740993\",\"\":{\"x\":5}}"

#define ABSENT INT64_C(-777)

static const struct path_row {
    const char *name, *path;
    const char *text; /* as a string, or NULL */
    int64_t number;   /* as an exact number, or ABSENT */
} path_rows[] = {
    { "a member", "name", "api", ABSENT },
    { "a number", "n", NULL, 12 },
    { "a negative number", "minus", NULL, -3 },
    { "half a thing is no whole number", "half", NULL, ABSENT },
    { "digits in quotes count, as Google writes them", "digits", "456", 456 },
    { "other words in quotes do not", "words", "4x", ABSENT },
    { "a truth is no number", "yes", NULL, ABSENT },
    { "null is missing", "nothing", NULL, ABSENT },
    { "of two members of a name the first counts", "same", NULL, 1 },
    { "an element by number, then a member", "traffic.1.revision", "b", ABSENT },
    { "a number deep inside", "traffic.1.percent", NULL, 30 },
    { "past the end of a list", "traffic.2.revision", NULL, ABSENT },
    { "a list has no names", "traffic.revision", NULL, ABSENT },
    { "before the start of a list", "traffic.-1", NULL, ABSENT },
    { "a member of a text", "name.x", NULL, ABSENT },
    { "a name that is not there", "nope", NULL, ABSENT },
    { "names are told apart by case", "Name", NULL, ABSENT },
    { "the greatest exact number", "edge", NULL, 9007199254740991 },
    { "2^53 could have been its neighbour", "over", NULL, ABSENT },
    { "what a double cannot hold is refused, not rounded", "between", NULL, ABSENT },
    { "the least exact number", "least", NULL, -9007199254740991 },
    { "a number past all doubles", "huge", NULL, ABSENT },
    { "an exact number in quotes", "text edge", "9007199254740991", 9007199254740991 },
    { "a number in quotes is held to the same range", "text over", "9007199254740993", ABSENT },
    { "an empty name", ".x", NULL, 5 },
};

static void check_path(void **state)
{
    const struct path_row *row = *state;
    AUTO_JSON cJSON *json = NULL;
    struct error err = { ERR_NONE, "" };
    const char *text = "untouched";
    int64_t number = 4711;

    assert_true(json_parse(str_of(DOCUMENT), &json, &err));
    assert_int_equal(json_get_string(json, row->path, &text, &err), row->text != NULL);
    assert_string_equal(text, row->text ? row->text : "untouched");
    assert_int_equal(json_get_int(json, row->path, &number, &err), row->number != ABSENT);
    assert_true(number == (row->number == ABSENT ? 4711 : row->number));
    assert_true(json_find_int(json, row->path, ABSENT) == row->number);
    if (row->number == ABSENT) {
        assert_int_equal(err.code, ERR_INVALID);
        assert_memory_equal(err.message, row->path, strlen(row->path));
    }
}

static void check_bools(void **state)
{
    AUTO_JSON cJSON *json = NULL;
    struct error err;
    bool flag = false;

    (void)state;
    assert_true(json_parse(str_of("{\"yes\":true,\"no\":false,\"one\":1}"), &json, &err));
    assert_true(json_get_bool(json, "yes", &flag, &err) && flag);
    assert_true(json_get_bool(json, "no", &flag, &err) && !flag);
    assert_false(json_get_bool(json, "one", &flag, &err));
    assert_string_equal(err.message, "one: expected true or false");
    assert_false(json_get_bool(json, "two", &flag, &err));
    assert_string_equal(err.message, "two: missing (expected true or false)");
    assert_true(json_find_bool(json, "one", true));
    assert_null(json_find(NULL, "a"));
    assert_null(json_find_string(NULL, "a.b"));
}

/* ---- building ---- */

static void check_build(void **state)
{
    AUTO_JSON cJSON *object = json_object(), *copy = NULL;
    AUTO_FREE char *text = NULL, *same = NULL;

    (void)state;
    json_set_string(object, "a", "first");
    json_set_string(object, "a", "second");
    json_set_string(object, "left out", NULL);
    json_set_str(object, "cut", (struct str){ "abcdef", 3 });
    json_set_int(object, "n", -12);
    json_set_bool(object, "b", true);
    json_set_double(object, "d", 0.005);
    json_add_string(json_set(object, "list", json_array()), "x\"\n");
    text = json_print(object);
    assert_string_equal(text,
                        "{\"a\":\"second\",\"cut\":\"abc\",\"n\":-12,\"b\":true,\"d\":0.005,\"list\":[\"x\\\"\\n\"]}");
    copy = json_copy(object);
    same = json_print(copy);
    assert_string_equal(text, same);
    assert_null(json_copy(NULL));
}

/* Bytes of strangers end up in sentences, and sentences are cut: what we print must be readable again nevertheless. */
static void check_repair(void **state)
{
    static const char *const texts[] = { "\xff", "cut \xe2\x82", "\xed\xa0\x80", "a\xc3(", "caf\xe9 \xf0\x9f\x9a\x80" };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        AUTO_JSON cJSON *object = json_object(), *again = NULL;
        AUTO_FREE char *text = NULL;
        struct error err;

        json_set_string(object, "text", texts[i]);
        json_add_string(json_set(object, "list", json_array()), texts[i]);
        text = json_print(object);
        if (!json_parse(str_of(text), &again, &err))
            fail_msg("text %zu: %s", i, err.message);
        assert_true(utf8_is_valid(str_of(json_find_string(again, "text"))));
        assert_true(strlen(json_find_string(again, "text")) > 0);
    }
}

/* Stores hold what cJSON printed, and hashes were made of it: ours is the same, byte for byte. */
static void check_printed_as_ever(void **state)
{
    static const char *const documents[] = {
        "null",
        "true",
        "[]",
        "{}",
        "[[],{},[{}],\"\"]",
        "{\"a\":{\"b\":[1,{\"c\":null}]},\"\\\"\\n\":false}",
        "\"\\u0001\\u001f\\b\\f\\n\\r\\t\\\"\\\\\\/\\u007f\\u00e9\\u20ac\\ud83d\\ude80\"",
        "[0,-0,-0.0,1,-1,0.1,-0.005,1e3,1e14,999999999999999,1e15,1e16,-1e15,123456789012345678,9007199254740991]",
        "[1.5e300,-2.5e-300,5e-324,1e400,-1e400,0.1000000000000000055,3.141592653589793,100.00000000000001]",
    };
    uint64_t bits = 88172645463325252;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(documents); i++) {
        AUTO_JSON cJSON *json = cJSON_Parse(documents[i]);
        AUTO_FREE char *ours = json_print(json), *theirs = cJSON_PrintUnformatted(json);

        assert_string_equal(ours, theirs);
    }
    for (int i = 0; i < 20000; i++) { /* any double: xorshift */
        AUTO_JSON cJSON *json = NULL;
        AUTO_FREE char *ours = NULL, *theirs = NULL;
        double number;

        bits ^= bits << 13, bits ^= bits >> 7, bits ^= bits << 17;
        memcpy(&number, &bits, sizeof(number));
        json = cJSON_CreateNumber(i % 2 ? number : (double)(int64_t)(bits >> (i % 60)) / (i % 7 ? 1 : 8));
        ours = json_print(json);
        theirs = cJSON_PrintUnformatted(json);
        assert_string_equal(ours, theirs);
    }
}

/* Eight bytes are looked at at once: wherever in them a mark stands, it is found, and nothing else is taken for one. */
static void check_marks(void **state)
{
    static const char *const marks[] = { "\"", "\\", "\x1f", "\x01", " ", "!", "\x7f", "\xc2\xa2", "#", "[", "]" };

    (void)state;
    for (size_t len = 0; len < 40; len++) {
        for (size_t at = 0; at < len * ARRAY_LEN(marks); at++) {
            const char *mark = marks[at % ARRAY_LEN(marks)];
            bool is_mark = strchr("\"\\\x1f\x01", mark[0]) != NULL;
            AUTO_JSON cJSON *json = NULL, *again = NULL;
            AUTO_FREE char *ours = NULL, *theirs = NULL;
            char text[48] = "";
            struct error err;

            memset(text, 'a', len);
            memcpy(text + at / ARRAY_LEN(marks), mark, strlen(mark));
            assert_int_equal(json_plain_len(text, text + strlen(text)), is_mark ? at / ARRAY_LEN(marks) : strlen(text));
            json = json_string(text);
            ours = json_print(json);
            theirs = cJSON_PrintUnformatted(json);
            assert_string_equal(ours, theirs);
            assert_true(json_parse(str_of(ours), &again, &err));
            assert_string_equal(again->valuestring, text);
        }
    }
}

static void check_nul_anywhere(void **state)
{
    (void)state;
    for (int before = 0; before < 40; before++) {
        char text[64];
        cJSON *json;
        struct error err;

        snprintf(text, sizeof(text), "\"%.*s\\u0000\"", before, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
        assert_false(json_parse(str_of(text), &json, &err));
        assert_non_null(strstr(err.message, "u0000"));
    }
}

/* The printer gathers a text in stages of 512 bytes: one that ends there, with a mark at each place. */
static void check_stages(void **state)
{
    char text[544];

    (void)state;
    for (size_t len = 480; len <= 530; len++) {
        for (size_t at = 0; at < len; at++) {
            AUTO_JSON cJSON *json = NULL;
            AUTO_FREE char *printed = NULL, *expected = NULL;

            memset(text, 'a', len);
            text[len] = '\0';
            text[at] = at % 2 ? '"' : '\x01'; /* two bytes, six bytes */
            json = cJSON_CreateString(text);
            printed = json_print(json);
            expected = cJSON_PrintUnformatted(json);
            if (strcmp(printed, expected) != 0)
                fail_msg("a text of %zu bytes, its mark at %zu", len, at);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "nesting of 64 is read, of 65 refused", check_depth, NULL, NULL, NULL },
        { "what lies side by side is not nested", check_siblings, NULL, NULL, NULL },
        { "truths are read, and nothing else is taken for one", check_bools, NULL, NULL, NULL },
        { "what is built is printed in its order, the last value winning", check_build, NULL, NULL, NULL },
        { "what is printed can be parsed, whatever bytes the text had", check_repair, NULL, NULL, NULL },
        { "what is printed is what cJSON prints", check_printed_as_ever, NULL, NULL, NULL },
        { "so is what ends where a stage does", check_stages, NULL, NULL, NULL },
        { "a mark is found wherever it stands", check_marks, NULL, NULL, NULL },
        { "a NUL is found wherever it stands", check_nul_anywhere, NULL, NULL, NULL },
    };
    int failed = ROWS(document_rows, check_document) + ROWS(path_rows, check_path);

    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
