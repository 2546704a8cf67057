/* Request lines, queries, ids, types and routes, taken apart. */
#include "bot/shell/http_routes.h"
#include "bot/shell/http_target.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct target_row {
    const char *name, *target, *path, *query; /* path NULL: refused */
} target_rows[] = {
    { "a path is itself", "/a/b", "/a/b", "" },
    { "the query is cut off, and stays raw", "/a?b=%20&c", "/a", "b=%20&c" },
    { "a second question mark belongs to the query", "/a?b?c", "/a", "b?c" },
    { "escapes are undone", "/a%2Fb%C3%BC", "/a/b\xc3\xbc", "" },
    { "a plus in the path is a plus", "/a+b", "/a+b", "" },
    { "dots are left alone", "/a/../b", "/a/../b", "" },
    { "the absolute form loses its origin", "http://h:1/a?b", "/a", "b" },
    { "an absolute form without a path is refused", "http://h", NULL, NULL },
    { "nothing is refused", "", NULL, NULL },
    { "a star is refused", "*", NULL, NULL },
    { "a relative path is refused", "a", NULL, NULL },
    { "half an escape is refused", "/%4", NULL, NULL },
    { "an escape that is none is refused", "/%4g", NULL, NULL },
    { "an escaped NUL is refused", "/%00", NULL, NULL },
    { "an overlong form is refused", "/%c0%af", NULL, NULL },
    { "a blank is refused", "/a b", NULL, NULL },
    { "a control character is refused", "/a\x01", NULL, NULL },
};

static void check_target(void **state)
{
    const struct target_row *row = *state;
    AUTO_FREE char *path = NULL;
    struct str query = { .len = 0 };
    struct error err;

    assert_int_equal(http_target_parse(str_of(row->target), &path, &query, &err), row->path != NULL);
    if (!row->path)
        return;
    assert_string_equal(path, row->path);
    assert_true(str_is(query, row->query));
}

static const struct parameter_row {
    const char *name, *query, *value; /* of "a"; NULL: none */
} parameter_rows[] = {
    { "a parameter is found", "a=1", "1" },
    { "it is found among others", "b=2&a=1&c=3", "1" },
    { "the first of two counts", "a=1&a=2", "1" },
    { "escapes and plus are undone", "a=x+y%26z", "x y&z" },
    { "a value may be empty", "a=&b=1", "" },
    { "a value may be missing", "a", "" },
    { "a longer name is another", "ab=1", NULL },
    { "a broken escape is none", "a=%", NULL },
    { "no query has none", "", NULL },
};

static void check_parameter(void **state)
{
    const struct parameter_row *row = *state;
    AUTO_FREE char *value = NULL;

    assert_int_equal(http_target_parameter(str_of(row->query), "a", &value), row->value != NULL);
    if (row->value)
        assert_string_equal(value, row->value);
}

static void request_ids_are_short_and_plain(void **state)
{
    (void)state;
    assert_true(http_target_is_request_id("a"));
    assert_true(http_target_is_request_id("0123456789012345678901234567890123456789012345678901234567890-._"));
    assert_false(http_target_is_request_id("0123456789012345678901234567890123456789012345678901234567890-._a"));
    assert_false(http_target_is_request_id(""));
    assert_false(http_target_is_request_id(NULL));
    assert_false(http_target_is_request_id("a b"));
    assert_false(http_target_is_request_id("a\n"));
}

static void types_are_compared_without_parameters(void **state)
{
    (void)state;
    assert_true(http_target_is_type("application/json", "application/json"));
    assert_true(http_target_is_type(" Application/Json ; charset=utf-8", "application/json"));
    assert_false(http_target_is_type("application/jsonx", "application/json"));
    assert_false(http_target_is_type("", "application/json"));
    assert_false(http_target_is_type(NULL, "application/json"));
}

static const struct http_route first[] = {
    { "GET", "/a", 0, NULL, NULL, 0, NULL },
    { "POST", "/a", 10, NULL, NULL, 0, NULL },
    { "POST", "/local", 10, NULL, NULL, HTTP_ROUTE_LOCAL, NULL },
};
static const struct http_route second[] = {
    { "GET", "/a", 0, NULL, NULL, 0, NULL },
    { "DELETE", "/a", 0, NULL, NULL, 0, NULL },
    { "GET", "/tree/", 0, NULL, NULL, HTTP_ROUTE_PREFIX, NULL },
};

static void first_row_that_matches_wins(void **state)
{
    int one, two;
    const struct http_routes routes[] = { { first, ARRAY_LEN(first), &one }, { second, ARRAY_LEN(second), &two } };
    struct http_match match = http_routes_find(routes, 2, "HEAD", "/a", false);

    (void)state;
    assert_ptr_equal(match.route, &first[0]);
    assert_ptr_equal(match.arg, &one);
    match = http_routes_find(routes, 2, "DELETE", "/a", false);
    assert_ptr_equal(match.route, &second[1]);
    assert_ptr_equal(match.arg, &two);
    assert_ptr_equal(http_routes_find(routes, 2, "GET", "/tree/x/y", false).route, &second[2]);
    match = http_routes_find(routes, 2, "PUT", "/a", false);
    assert_null(match.route);
    assert_true(match.is_path_known);
    assert_false(http_routes_find(routes, 2, "GET", "/b", false).is_path_known);
    assert_false(http_routes_find(routes, 2, "POST", "/local", false).is_path_known);
    assert_ptr_equal(http_routes_find(routes, 2, "POST", "/local", true).route, &first[2]);
}

static void allow_names_each_method_once(void **state)
{
    const struct http_routes routes[] = { { first, ARRAY_LEN(first), NULL }, { second, ARRAY_LEN(second), NULL } };
    AUTO_BUF struct buf allow = BUF(100);

    (void)state;
    http_routes_allow(routes, 2, "/a", false, &allow);
    assert_string_equal(buf_text(&allow), "GET, HEAD, POST, DELETE");
}

int main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(request_ids_are_short_and_plain),
        cmocka_unit_test(types_are_compared_without_parameters),
        cmocka_unit_test(first_row_that_matches_wins),
        cmocka_unit_test(allow_names_each_method_once),
    };
    struct CMUnitTest tests[ARRAY_LEN(target_rows) + ARRAY_LEN(parameter_rows)];
    size_t count = 0;
    int failures;

    for (size_t i = 0; i < ARRAY_LEN(target_rows); i++)
        tests[count++] = (struct CMUnitTest){ .name = target_rows[i].name,
                                              .test_func = check_target,
                                              .initial_state = (void *)(uintptr_t)&target_rows[i] };
    for (size_t i = 0; i < ARRAY_LEN(parameter_rows); i++)
        tests[count++] = (struct CMUnitTest){ .name = parameter_rows[i].name,
                                              .test_func = check_parameter,
                                              .initial_state = (void *)(uintptr_t)&parameter_rows[i] };
    failures = cmocka_run_group_tests(tests, NULL, NULL);
    return failures + cmocka_run_group_tests(others, NULL, NULL);
}
