/* What somebody else put into a service's template is told before a rollout replaces it, and decides nothing. */
#include "tests/unit/deploy_fixture.h"

#include "handlers/deploy/drift.h"

#define REVISION(name, more) "{'revision':'" name "','min_instances':0,'max_instances':0" more "}"
#define REVISION_OF(more) "{'revision':''" more "}"
#define SERVES_A "'settings':{'A':'1','B':'2'},'limits':{'cpu':'1','timeout':'300s'}"
#define OTHERS(wanted, serving)                                                                                        \
    "{'is_others':true,'wanted':" wanted ",'serving':" serving                                                         \
    ",'modified_by':'terraform@acme','modified_at_ms':1795204800000}"
#define BY "(last changed by terraform@acme, @{date:1795204800000})"
#define SCALING(what)                                                                                                  \
    "its scaling " what " does not serve: scaling belongs to the service as a whole, `gcloud run services update "     \
    "api-service --project acme --region us-central1 --min N --max N`"

static const struct row {
    const char *name, *template;
    const char *told; /* NULL: nothing is */
} rows[] = {
    { "what serves, or opsgate's own", "{'wanted':{'revision':''},'serving':{'revision':''}}", NULL },
    { "the same", OTHERS(REVISION("", "," SERVES_A), REVISION("api-1", "," SERVES_A)), NULL },
    { "another image alone: that is what a deploy is for",
      OTHERS(REVISION("", ",'image':'i@sha256:2'," SERVES_A), REVISION("api-1", ",'image':'i@sha256:1'," SERVES_A)),
      NULL },
    { "settings and secrets",
      OTHERS(REVISION("", ",'settings':{'A':'9','C':'3'},'secrets':{'DB':'projects/p/secrets/db:1'}"),
             REVISION("api-1", ",'settings':{'A':'1','B':'2'}")),
      "its template has settings ~A +C −B; secrets +DB that do not serve " BY },
    { "limits that both name",
      OTHERS(REVISION("", ",'limits':{'cpu':'2','concurrency':'80'}"),
             REVISION("api-1", ",'limits':{'cpu':'1','timeout':'300s'}")),
      "its template has limits ~cpu that do not serve " BY },
    { "scaling is not a revision's", OTHERS(REVISION_OF(",'min_instances':2"), REVISION_OF("")),
      SCALING("min 0→2") " (template last changed by terraform@acme, @{date:1795204800000})" },
    { "both",
      OTHERS(REVISION_OF(",'min_instances':2,'max_instances':20,'settings':{'A':'1'}"),
             REVISION_OF(",'max_instances':10")),
      "its template has settings +A that do not serve " BY "; " SCALING("min 0→2, max 10→20") },
    { "a maximum that only one names is Cloud Run's own", OTHERS(REVISION_OF(",'max_instances':100"), REVISION_OF("")),
      NULL },
    { "by nobody that is told of, and never mind when",
      "{'is_others':true,'wanted':" REVISION_OF(",'settings':{'A':'1'}") ",'serving':" REVISION_OF("") "}",
      "its template has settings +A that do not serve (last changed by nobody knows who)" },
    { "names from outside are made harmless",
      "{'is_others':true,'wanted':" REVISION_OF(",'settings':{'A`*<!here>':'1'}") ",'serving':" REVISION_OF(
          "") ",'modified_by':'a`<!channel>'}",
      "its template has settings +A' <!here> that do not serve (last changed by a'<!channel>)" },
};

static const char *words(struct decision_fixture *fixture, const char *text)
{
    const struct run_place place = { "acme", "us-central1", "api-service" };
    const struct deploy_drift *drift;
    struct run_template template;
    struct error err;

    if (!shape_from_json(&run_template_shape, decision_json(fixture, text), fixture->arena, &template, &err))
        fail_msg("%s", err.message);
    drift = drift_of(&fixture->view, &template);
    return drift ? drift_words(&fixture->view, drift, &place) : NULL;
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    const char *told = words(fixture, row->template);

    if (row->told)
        assert_string_equal(told ? told : "(nothing)", row->told);
    else
        assert_null(told);
}

/* ---- when it is asked for, and what becomes of it ---- */

#define THEIRS OTHERS(REVISION_OF(",'settings':{'A':'1'}"), REVISION_OF(""))
#define OURS_NOW "{'wanted':{'revision':''},'serving':{'revision':''}}"

static const struct told_row {
    const char *name, *state, *answer; /* NULL: none in time */
    bool knows, knew, is_journalled;   /* then; before */
} told_rows[] = {
    { "while people are asked", "awaiting-approval", THEIRS, .knows = true, .is_journalled = true },
    { "when it begins", "looking", THEIRS, .knows = true, .is_journalled = true },
    { "late, too", "creating", THEIRS, .knows = true, .is_journalled = true },
    { "what is known is not written down twice", "looking", THEIRS, .knows = true, .knew = true },
    { "it was put right meanwhile", "looking", OURS_NOW, .knew = true },
    { "the template is our own once our revision is made: what was told stays", "creating", OURS_NOW, .knows = true,
      .knew = true },
    { "nobody tells in time: nothing waits for it", "looking", .answer = NULL },
    { "nor is what is known forgotten", "looking", NULL, .knows = true, .knew = true },
    { "an answer of another kind", "looking", .answer = "{'is_others':'yes'}" },
};

static void check_told(void **state)
{
    const struct told_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    const struct deploy_drift before = { .differences = "settings +A" };
    struct deploy_body *body = deploy_body_made(fixture, 0, 0, 0);
    struct operation operation = deploy_operation_in(row->state);
    struct event event = { .kind = EVENT_READING, .name = "template", .end = row->answer ? END_DONE : END_GAVE_UP };
    struct card card = { 0 };
    const char *shown = NULL;
    struct outcome out;

    body->drift = row->knew ? &before : NULL;
    if (row->answer)
        event.body = decision_json(fixture, row->answer);
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body, &event, &out);
    assert_null(out.state); /* it goes on as ever */
    assert_null(out.result);
    body = out.body ? (struct deploy_body *)out.body : body;
    assert_int_equal(body->drift != NULL, row->knows);
    assert_int_equal(out.journal_count, row->is_journalled);
    machine_deploy.card(&fixture->view, &operation, body, &card);
    for (size_t i = 0; i < card.fields_count; i++)
        if (strcmp(card.fields[i].name, "Drift") == 0)
            shown = card.fields[i].value;
    if (row->knows)
        deploy_assert_says(shown, "this rollout leaves that out");
    else
        assert_null(shown);
}

static void it_is_asked_for_when_it_begins(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct deploy_body *body = deploy_body_made(fixture, 0, 0, 0);
    struct operation operation = deploy_operation_in("queued");
    struct event event = { .kind = EVENT_MESSAGE, .name = MESSAGE_GRANTED, .body = decision_json(fixture, "{}") };
    struct outcome out;

    (void)state;
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body, &event, &out);
    assert_string_equal(out.state, "looking");
    assert_int_equal(out.readings_count, 2);
    assert_string_equal(out.readings[1].kind, READING_TEMPLATE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "it is asked for when it begins", it_is_asked_for_when_it_begins, NULL, NULL, NULL },
    };
    int failed = ROWS(rows, check_row) + ROWS(told_rows, check_told);

    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
