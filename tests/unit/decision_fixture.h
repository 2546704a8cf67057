/* decision_fixture.h - what a handler sees, made by hand: settings and policy out of a text, a few operations and
 * targets.
 *
 * A test fills `operations` and `targets`, and calls verbs and machines with `view`. JSON in tests may be written with
 * 'single' quotes. Only for tests.
 */
#ifndef OPSGATE_TESTS_UNIT_DECISION_FIXTURE_H
#define OPSGATE_TESTS_UNIT_DECISION_FIXTURE_H

#include "tests/unit/rows.h"

#include "handlers/registry.h"
#include "policy/decide.h"
#include "tests/unit/configuration_fixture.h"

#define DECISION_NOW_MS INT64_C(1795212000000) /* 2026-11-20T22:00:00Z */

#define DECISION_CONFIGURATION                                                                                         \
    "slack:\n"                                                                                                         \
    "  bot_token: xoxb-1\n"                                                                                            \
    "  signing_secrets: [secret]\n"                                                                                    \
    "  team: T1\n"                                                                                                     \
    "  channels: { deployments: \"#deployments\" }\n"                                                                  \
    "services:\n"                                                                                                      \
    "  - name: api\n"                                                                                                  \
    "    artifact: { image: \"us-docker.pkg.dev/acme/images/api:{version}\" }\n"                                       \
    "    health: { path: /health, timeout: 3s, deadline: 30s }\n"                                                      \
    "    environments:\n"                                                                                              \
    "      - name: staging\n"                                                                                          \
    "        driver: { cloud_run: { project: acme, region: us-central1, service: api-service } }\n"                    \
    "        strategy: all-at-once\n"                                                                                  \
    "        default_version: \"tag:main\"\n"                                                                          \
    "      - name: production\n"                                                                                       \
    "        driver: { cloud_run: { project: acme, region: us-central1, service: api-prod } }\n"                       \
    "        strategy: all-at-once\n"                                                                                  \
    "  - name: web\n"                                                                                                  \
    "    artifact: { image: \"us-docker.pkg.dev/acme/images/web:{version}\" }\n"                                       \
    "    environments:\n"                                                                                              \
    "      - name: production\n"                                                                                       \
    "        driver: { cloud_run: { project: acme, region: us-central1, service: web-prod } }\n"                       \
    "        strategy: { canary: { steps: [5%, 100%], bake: 5m } }\n"                                                  \
    "      - name: preview\n"                                                                                          \
    "        driver: { cloud_run: { project: acme, region: us-central1, service: web-preview } }\n"                    \
    "        strategy: all-at-once\n"                                                                                  \
    "        default_version: \"tag:main\"\n"                                                                          \
    "policy:\n"                                                                                                        \
    "  roles:\n"                                                                                                       \
    "    - { name: developer, members: [\"slack:U1\"] }\n"                                                             \
    "    - { name: release-manager, members: [\"slack:U2\"] }\n"                                                       \
    "  rules:\n"                                                                                                       \
    "    - { allow: [status, help, locks, explain], to: everyone }\n"                                                  \
    "    - { allow: [deploy, rollback, pause, resume, promote, abort, retry, approve, review, lock, unlock, halt, "    \
    "unhalt, dead, events], "                                                                                          \
    "to: [developer, release-manager], on: { environment: staging } }\n"                                               \
    "    - { allow: deploy, to: release-manager, on: { environment: production } }\n"

struct decision_fixture {
    struct configuration *configuration;
    struct arena *arena;
    struct view view;
    const struct operation *operations; /* oldest first */
    size_t operations_count;
    const struct operation *ended; /* newest first */
    size_t ended_count;
    const struct target *targets;
    size_t targets_count;
};

static inline const struct operation *decision_find_operation(const void *ctx, const char *id)
{
    const struct decision_fixture *fixture = ctx;

    for (size_t i = 0; i < fixture->operations_count; i++)
        if (strcmp(fixture->operations[i].id, id) == 0)
            return &fixture->operations[i];
    return NULL;
}

static inline const struct operation *decision_find_ended(const void *ctx, const char *id)
{
    const struct decision_fixture *fixture = ctx;

    for (size_t i = 0; i < fixture->ended_count; i++)
        if (strcmp(fixture->ended[i].id, id) == 0)
            return &fixture->ended[i];
    return NULL;
}

static inline const struct target *decision_find_target(const void *ctx, const char *name)
{
    const struct decision_fixture *fixture = ctx;

    for (size_t i = 0; i < fixture->targets_count; i++)
        if (strcmp(fixture->targets[i].name, name) == 0)
            return &fixture->targets[i];
    return NULL;
}

static inline size_t decision_list(const void *ctx, const struct operation **list, size_t max)
{
    const struct decision_fixture *fixture = ctx;

    for (size_t i = 0; i < fixture->operations_count && i < max; i++)
        list[i] = &fixture->operations[i];
    return fixture->operations_count;
}

static inline size_t decision_list_ended(const void *ctx, const struct operation **list, size_t max)
{
    const struct decision_fixture *fixture = ctx;

    for (size_t i = 0; i < fixture->ended_count && i < max; i++)
        list[i] = &fixture->ended[i];
    return fixture->ended_count;
}

static inline struct decision_fixture *decision_create(const char *configuration)
{
    struct decision_fixture *fixture = xcalloc(1, sizeof(*fixture));

    fixture->configuration = fixture_good(configuration);
    fixture->arena = arena_create();
    fixture->view = (struct view){
        .settings = &fixture->configuration->settings,
        .policy =
            policy_compile(&fixture->configuration->settings, NULL, fixture->configuration->zones, fixture->arena),
        .verbs = verbs,
        .now_ms = DECISION_NOW_MS,
        .arena = fixture->arena,
        .ctx = fixture,
        .find_operation = decision_find_operation,
        .find_ended = decision_find_ended,
        .find_target = decision_find_target,
        .list_operations = decision_list,
        .list_ended = decision_list_ended,
    };
    return fixture;
}

static inline void decision_destroy(struct decision_fixture *fixture)
{
    arena_destroy(fixture->arena);
    configuration_destroy(fixture->configuration);
    free(fixture);
}
#define AUTO_DECISION __attribute__((cleanup(decision_finish)))
static inline void decision_finish(struct decision_fixture **fixture)
{
    decision_destroy(*fixture);
}

/* "deploy api staging", as slack:U1 typed it. */
static inline struct request decision_request(const struct decision_fixture *fixture, const char *line)
{
    struct str rest = str_of(line), verb = str_take_word(&rest);
    struct request request = {
        .id = "r1",
        .source = "slack",
        .principal = { .system = "slack", .id = "U1", .team = "T1", .name = "ann" },
        .verb = arena_copy(fixture->arena, verb),
        .text = line,
    };
    struct error err;

    if (!request_split(rest, fixture->arena, &request, &err))
        fail_msg("%s", err.message);
    return request;
}

static inline cJSON *decision_json(const struct decision_fixture *fixture, const char *text)
{
    char *copy = arena_strdup(fixture->arena, text);
    struct error err;
    cJSON *json;

    for (char *c = copy; *c; c++)
        if (*c == '\'')
            *c = '"';
    json = json_parse_in(fixture->arena, str_of(copy), &err);
    if (!json)
        fail_msg("%s: %s", text, err.message);
    return json;
}

/* A verb asked and begun, as the engine does it; the reply's lines joined by '\n'. */
static inline const char *decision_answer(struct decision_fixture *fixture, const struct verb *verb, const char *line,
                                          struct outcome *out)
{
    struct request request = decision_request(fixture, line);
    struct question question;
    const void *arguments;
    const char *text;
    struct error err;

    outcome_init(out, fixture->arena, "D7", "birth-00000000000000d7");
    if (!verb->asks(&fixture->view, &request, &question, &arguments, &err))
        return arena_printf(fixture->arena, "MISUSED %s", err.message);
    verb->begin(&fixture->view, &request, &question, arguments, out);
    assert_non_null(out->reply);
    text = arena_printf(fixture->arena, "%s%s", out->reply->is_refusal ? "REFUSED " : "", out->reply->text);
    for (size_t i = 0; i < out->reply->lines_count; i++)
        text = arena_printf(fixture->arena, "%s\n%s", text, out->reply->lines[i]);
    return text;
}

/* The operation as it stands after the decision, and its body as the record keeps it; NULL: the decision left it. */
static inline const void *decision_take(struct decision_fixture *fixture, struct operation *operation,
                                        const struct outcome *out, const struct shape *shape)
{
    void *body = arena_alloc(fixture->arena, shape->size);
    struct error err;
    cJSON *json;

    if (out->state)
        operation->state = out->state;
    if (out->result) {
        operation->result = out->result;
        operation->summary = out->summary;
        operation->ended_at_ms = fixture->view.now_ms;
    }
    if (!out->body)
        return NULL;
    json = shape_to_json(shape, out->body, SHAPE_WHOLE);
    arena_defer(fixture->arena, (void (*)(void *))cJSON_Delete, json);
    if (!shape_from_json(shape, json, fixture->arena, body, &err))
        fail_msg("%s", err.message);
    operation->body = json;
    return body;
}

/* A field of a card; NULL: it has none of that name. */
static inline const char *decision_field(const struct card *card, const char *name)
{
    for (size_t i = 0; i < card->fields_count; i++)
        if (strcmp(card->fields[i].name, name) == 0)
            return card->fields[i].value;
    return NULL;
}

#endif
