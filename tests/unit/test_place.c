/* Which service, where: read from what people type, never guessed. */
#include "tests/unit/decision_fixture.h"

#include "handlers/place.h"

#define CONFIGURATION DECISION_CONFIGURATION "databases: [{ name: main-db, cloud_sql: { project: acme, instance: main } }]\n"

static const struct row {
    const char *name, *line;
    const char *target, *rest; /* target NULL: refused */
    const char *error;
} rows[] = {
    { "a service and an environment", "deploy api staging", "api/staging", .rest = NULL },
    { "a version behind them", "deploy api production v1.4.2", "api/production", .rest = "v1.4.2" },
    { "the only service that has the environment", "deploy staging", "api/staging", .rest = NULL },
    { "and a version", "deploy staging v1", "api/staging", .rest = "v1" },
    { "the only service, of the other one", "deploy preview", "web/preview", .rest = NULL },
    { "an environment that two services have", "deploy production", NULL, NULL,
      "Which service? These have `production`: api, web." },
    { "a service without an environment", "deploy api", NULL, NULL,
      "Which environment of `api`? It has: staging, production." },
    { "nothing", "deploy", NULL, NULL, "Where? Services: api, web. Environments: staging, production, preview." },
    { "only an option", "deploy --reason x", NULL, NULL,
      "Where? Services: api, web. Environments: staging, production, preview." },
    { "an environment that this service has not", "deploy web staging", NULL, NULL,
      "There is no environment of `web` called `staging`, so nothing was done. There is: production, preview." },
    { "a slip in the environment", "deploy api stagign", NULL, NULL,
      "There is no environment of `api` called `stagign`. Did you mean `staging`? Nothing was done." },
    { "a slip in a lone environment", "deploy stagng", NULL, NULL,
      "There is no service or environment `stagng`. Did you mean `staging`? Nothing was done." },
    { "a slip in a lone service", "deploy apu", NULL, NULL,
      "There is no service or environment `apu`. Did you mean `api`? Nothing was done." },
    { "a slip in a service", "deploy ap production", NULL, NULL,
      "There is no service `ap`. Did you mean `api`? Nothing was done." },
    { "nothing like it: all there is, each once", "deploy frobnicate", NULL, NULL,
      "There is no service or environment `frobnicate`, so nothing was done. There is: api, web, staging, production, preview." },
    { "the case counts", "deploy API staging", NULL, NULL,
      "There is no service `API`, so nothing was done. There is: api, web." },
    { "a word too many", "deploy api staging v1 now", NULL, NULL,
      "I do not know what `now` means after `v1`. Nothing was done." },
    { "a word too many without a service", "deploy staging v1 now", NULL, NULL,
      "I do not know what `now` means after `v1`. Nothing was done." },
    { "an option behind them", "deploy api staging v2 --reason \"hot fix\"", "api/staging", .rest = "v2" },
    { "the two the wrong way round", "deploy staging api", NULL, NULL,
      "The service comes first. Did you mean `deploy api staging`? Nothing was done." },
    { "even where several services have the environment", "deploy production web v1.4.2", NULL, NULL,
      "The service comes first. Did you mean `deploy web production v1.4.2`? Nothing was done." },
    { "the wrong way round, and not there", "deploy staging web", NULL, NULL,
      "There is no environment of `web` called `staging`, so nothing was done. There is: production, preview." },
    { "who only looks is not told that nothing was done", "status frobnicate", NULL, NULL,
      "There is no service or environment `frobnicate`. There is: api, web, staging, production, preview." },
    { "nor who slipped", "status stagng", NULL, NULL,
      "There is no service or environment `stagng`. Did you mean `staging`?" },
    { "a look is no other: not every one may be at all of them", "logs api", NULL, NULL,
      "Which environment of `api`? It has: staging, production." },
    { "a database is none", "status main-db", NULL, NULL,
      "`main-db` is a database, and no service or environment: `failover main-db` tells how it is." },
    { "nor to be deployed to", "deploy main-db", NULL, NULL,
      "`main-db` is a database, and no service or environment: `failover main-db` tells how it is. Nothing was done." },
    { "a word too many for a look", "status api staging v1 now", NULL, NULL,
      "I do not know what `now` means after `v1`." },
    { "the wrong way round, for a look", "status staging api", NULL, NULL,
      "The service comes first. Did you mean `status api staging`?" },
    { "markup in what was typed is quoted", "deploy *api*`x`", NULL, NULL,
      "There is no service or environment ` api 'x'`, so nothing was done. There is: api, web, staging, production, preview." },
};

static bool read_place(const struct decision_fixture *fixture, const struct request *request, struct place *place,
                       struct error *err)
{
    static const struct verb_option options[] = { { .name = "reason", .takes_value = true } };
    struct typed typed;

    assert_true(request_read(request, options, ARRAY_LEN(options), fixture->arena, &typed, err));
    return place_read(fixture->view.settings, &typed, fixture->arena, place, err);
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct request request = decision_request(fixture, row->line);
    struct place place = { .target = "untouched" };
    struct error err = { ERR_NONE, "" };

    if (read_place(fixture, &request, &place, &err) != (row->target != NULL))
        fail_msg("%s", row->target ? err.message : place.target);
    assert_string_equal(place.target, row->target ? row->target : "untouched");
    if (row->error)
        assert_string_equal(err.message, row->error);
    if (row->rest)
        assert_string_equal(place.rest, row->rest);
    else
        assert_null(place.rest);
}

static void check_long_word(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    AUTO_BUF struct buf line = BUF(4000);
    struct request request;
    struct place place;
    struct error err;

    (void)state;
    buf_puts(&line, "deploy ");
    for (int i = 0; i < 1000; i++)
        buf_puts(&line, "\xe2\x82\xac");
    request = decision_request(fixture, buf_text(&line));
    assert_false(read_place(fixture, &request, &place, &err));
    assert_true(utf8_is_valid(str_of(err.message)));
    assert_non_null(strstr(err.message, "There is: api, web"));
}

static void check_nothing_configured(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture =
        decision_create("slack: { bot_token: x, signing_secrets: [y], team: T1 }\n");
    struct request request = decision_request(fixture, "deploy api");
    struct place place;
    struct error err;

    (void)state;
    assert_false(read_place(fixture, &request, &place, &err));
    assert_string_equal(err.message,
                        "There is no service or environment `api`: no service is configured. Nothing was done.");
}

static void check_question(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture =
        decision_create(DECISION_CONFIGURATION); /* labels: the environment's win, tests/unit/test_settings.c */
    struct request request = decision_request(fixture, "deploy api staging");
    struct question question;
    struct place place;
    struct error err;

    (void)state;
    assert_true(read_place(fixture, &request, &place, &err));
    place_ask(&request, &place, fixture->arena, &question);
    assert_string_equal(question.verb, "deploy");
    assert_string_equal(question.service, "api");
    assert_string_equal(question.environment, "staging");
    assert_string_equal(question.source, "slack");
    assert_string_equal(question.principal.id, "U1");
    assert_null(question.version);
    assert_false(question.is_safe_direction);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "a monster of a word is cut on a character", check_long_word, NULL, NULL, NULL },
        { "where nothing is configured that is said", check_nothing_configured, NULL, NULL, NULL },
        { "policy is asked about exactly that place", check_question, NULL, NULL, NULL },
    };

    return ROWS(rows, check_row) + cmocka_run_group_tests(tests, NULL, NULL);
}
