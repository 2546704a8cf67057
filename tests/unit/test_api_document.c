/* The API's document and its rows say the same: each path, each parameter, and nothing else. */
#include "tests/unit/rows.h"

#include "bot/api/document.h"
#include "bot/api/internal.h"
#include "integrations/api/change.h"
#include "integrations/api/request.h"

#include <string.h>

static const cJSON *document(struct arena *arena)
{
    struct error err;
    const cJSON *json = json_parse_in(arena, api_documents[0].text, &err);

    assert_non_null(json);
    return json;
}

/* "/targets/{name}" and "targets/<two stars>" are one. */
static const char *pattern_of(const char *path, struct arena *arena)
{
    char *text = arena_alloc(arena, strlen(path) + 1), *to = text;

    for (path += path[0] == '/'; *path; path++) {
        if (*path == '{' || *path == '*') {
            *to++ = '*';
            path += strcspn(path, "}/") - (*path == '*');
        } else {
            *to++ = *path;
        }
    }
    return text;
}

static const cJSON *find_path(const cJSON *json, const char *pattern, struct arena *arena)
{
    JSON_EACH(path, json_find(json, "paths"))
        if (strcmp(pattern_of(path->string, arena), pattern) == 0)
            return path;
    return NULL;
}

static bool has_parameter(const cJSON *get, const char *name)
{
    JSON_EACH(one, json_find(get, "parameters"))
        if (strcmp(json_find_string(one, "in"), "query") == 0 && strcmp(json_find_string(one, "name"), name) == 0)
            return true;
    return false;
}

static size_t parameters_count(const cJSON *get)
{
    size_t count = 0;

    JSON_EACH(one, json_find(get, "parameters"))
        count += strcmp(json_find_string(one, "in"), "query") == 0;
    return count;
}

static void each_row_is_in_the_document_with_its_parameters(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    const cJSON *json = document(arena);

    (void)state;
    for (const struct api_row *row = api_rows; row->path; row++) {
        const cJSON *get = json_find(find_path(json, pattern_of(row->path, arena), arena), "get");
        size_t count = 0;

        if (!get)
            fail_msg("%s is not in the document", row->path);
        for (; row->parameters[count]; count++)
            if (!has_parameter(get, row->parameters[count]))
                fail_msg("%s: its parameter %s is not in the document", row->path, row->parameters[count]);
        if (parameters_count(get) != count)
            fail_msg("%s: the document has a parameter that it does not", row->path);
    }
}

static bool is_a_row(const char *pattern, struct arena *arena)
{
    for (const struct api_row *row = api_rows; row->path; row++)
        if (strcmp(pattern_of(row->path, arena), pattern) == 0)
            return true;
    return false;
}

static void each_path_of_the_document_is_served(void **state)
{
    static const char *const posts[] = { API_REQUEST_PATH, API_CHANGE_PATH };
    AUTO(arena) struct arena *arena = arena_create();
    const cJSON *json = document(arena);
    size_t found = 0;

    (void)state;
    JSON_EACH(path, json_find(json, "paths")) {
        if (json_find(path, "get") && !is_a_row(pattern_of(path->string, arena), arena))
            fail_msg("%s is in the document, and no row answers it", path->string);
        if (!json_find(path, "post"))
            continue;
        for (size_t i = 0; i < ARRAY_LEN(posts); i++)
            found += strcmp(path->string, posts[i] + strlen(API_PATH) - 1) == 0;
    }
    assert_int_equal(found, ARRAY_LEN(posts));
}

/* A link that leads nowhere would have a client accept anything. */
static void check_references(const cJSON *json, const cJSON *at)
{
    JSON_EACH(child, at) {
        if (child->string && strcmp(child->string, "$ref") == 0) {
            struct str rest = str_of(child->valuestring);
            const cJSON *to = json;

            assert_true(str_take_prefix(&rest, "#/"));
            while (to && rest.len > 0) {
                struct str name = str_take_until(&rest, '/');
                const cJSON *next = NULL;

                JSON_EACH(member, to)
                    next = member->string && str_is(name, member->string) ? member : next;
                to = next;
            }
            if (!to)
                fail_msg("%s leads nowhere", child->valuestring);
        }
        check_references(json, child);
    }
}

static void each_reference_leads_somewhere(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    const cJSON *json = document(arena);

    (void)state;
    check_references(json, json);
    assert_string_equal(json_find_string(json, "openapi"), "3.1.0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row_is_in_the_document_with_its_parameters),
        cmocka_unit_test(each_path_of_the_document_is_served),
        cmocka_unit_test(each_reference_leads_somewhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
