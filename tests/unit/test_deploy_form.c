/* The form that asks for a deploy: when it opens, what depends on what, and what it offers; a draft begins nothing. */
#include "tests/unit/decision_fixture.h"

#include "bot/model/modal.h"
#include "handlers/deploy/arguments.h"
#include "handlers/deploy/deploy.h"

static struct target_version version_of(const char *version, const char *image, int64_t ago_ms)
{
    return (struct target_version){ .version = version, .image = image, .at_ms = DECISION_NOW_MS - ago_ms };
}

/* As the engine asks it; with a trigger, or a draft's modal. */
static bool decide(struct decision_fixture *fixture, const char *line, const char *user, const char *form,
                   struct outcome *out, struct decision *ret_decision)
{
    struct request request = decision_request(fixture, line);
    struct facts facts = view_facts(&fixture->view);
    struct question question;
    const void *arguments;
    struct error err;

    request.trigger = form ? NULL : "1.2.abc";
    request.form = form;
    request.principal.id = user;
    outcome_init(out, fixture->arena, "D7", "birth-00000000000000d7");
    if (!verb_deploy.asks(&fixture->view, &request, &question, &arguments, &err))
        return false;
    facts.reason = question.reason;
    *ret_decision = policy_decide(fixture->view.policy, &question, &facts, POLICY_STATIC);
    if (((const struct deploy_arguments *)arguments)->form)
        assert_true(verb_deploy.only_looks(arguments));
    verb_deploy.begin(&fixture->view, &request, &question, arguments, out);
    return true;
}

static const struct modal *form_of(struct decision_fixture *fixture, const char *line)
{
    struct decision decision;
    struct outcome out;
    struct error err;

    assert_true(decide(fixture, line, "U2", NULL, &out, &decision));
    assert_false(out.begins);
    assert_non_null(out.form);
    assert_true(out.reply->is_refusal && out.reply->is_misuse);
    if (!modal_check(out.form, &err))
        fail_msg("%s", err.message);
    return out.form;
}

/* "service=api: api web | environment: staging production"; what is decisive has a '*'. */
static const char *text_of(const struct decision_fixture *fixture, const struct modal *form)
{
    const char *text = "";

    for (size_t i = 0; i < form->fields_count; i++) {
        const struct modal_field *field = &form->fields[i];

        text = arena_printf(fixture->arena, "%s%s%s%s%s%s", text, i ? " | " : "", field->name,
                            field->is_decisive ? "*" : "", field->initial ? "=" : "",
                            field->initial ? field->initial : "");
        for (size_t k = 0; k < field->choices_count; k++)
            text = arena_printf(fixture->arena, "%s%s%s", text, k ? " " : ": ", field->choices[k].value);
    }
    return text;
}

/* ---- when, and what depends on what ---- */

#define HOW " | strategy: canary blue-green all-at-once | reason"

static const struct row {
    const char *name, *line, *text; /* NULL: no form */
} rows[] = {
    { "nothing was said", "deploy", "service*: api web | environment*: staging production preview | other | reason" },
    { "a service was", "deploy api", "service*=api: api web | environment*: staging production | other | reason" },
    { "both are chosen", "deploy --form --service=api --environment=staging",
      "service*=api: api web | environment*=staging: staging production | version: tag:main | other" HOW },
    { "no version is known there", "deploy --form --service=api --environment=production",
      "service*=api: api web | environment*=production: staging production | other" HOW },
    { "the service has no such environment", "deploy --form --service=web --environment=staging",
      "service*=web: api web | environment*: production preview | other | reason" },
    { "a service that a reload has taken", "deploy --form --service=gone --environment=staging --version=v1",
      "service*: api web | environment*: staging production preview | other | reason" },
    { "words that suffice open none", "deploy api staging", NULL },
    { "an environment is enough where only one has it", "deploy staging", NULL },
    { "a slip is told, and no form hides it", "deploy apo", NULL },
    { "options without a place, too", "deploy --reason=x", NULL },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct decision decision;
    struct outcome out;

    if (row->text) {
        assert_string_equal(text_of(fixture, form_of(fixture, row->line)), row->text);
    } else {
        decide(fixture, row->line, "U2", NULL, &out, &decision);
        assert_null(out.form);
    }
}

/* "Or another" follows some that are offered. */
static void the_words_ask_for_another_version_only_beside_one(void **state)
{
    static const char *const asked[][2] = { { "deploy api", "Which version?" },
                                            { "deploy --form --service=api --environment=staging",
                                              "Or another version" } };
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
        const struct modal *form = form_of(fixture, asked[i][0]);

        for (size_t k = 0; k < form->fields_count; k++)
            if (strcmp(form->fields[k].name, "other") == 0)
                assert_string_equal(form->fields[k].label, asked[i][1]);
    }
}

/* ---- versions ---- */

#define DIGEST(d) "@sha256:" d d d d d d d d d d d d d d d d
#define IMAGE(d) "us-docker.pkg.dev/acme/images/api" DIGEST(d)

static void check_versions(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct target_version staging = version_of("v1.6.0", IMAGE("aaaa"), HOUR_MS),
                          good[] = { version_of("v1.4.2", IMAGE("bbbb"), 48 * HOUR_MS),
                                     version_of("v1.5.0", IMAGE("cccc"), 24 * HOUR_MS) };
    const struct target targets[] = { { .name = "api/staging", .good = &staging, .good_count = 1 },
                                      { .name = "api/production", .good = good, .good_count = 2 } };
    const struct operation ended[] = {
        { .id = "D9",
          .kind = "deploy",
          .target = "api/staging",
          .result = "failed",
          .body = decision_json(fixture, "{'service':'api','version':'v1.7.0'}") },
        { .id = "D8",
          .kind = "deploy",
          .target = "web/production",
          .result = "done",
          .body = decision_json(fixture, "{'service':'web','version':'v9'}") },
        { .id = "D6",
          .kind = "deploy",
          .target = "api/staging",
          .result = "done",
          .body = decision_json(fixture, "{'service':'api','version':'branch:main'}") },
        { .id = "D5", .kind = "review", .body = decision_json(fixture, "{'service':'api','version':'v0'}") },
    };
    const struct modal_field *field;

    (void)state;
    fixture->targets = targets;
    fixture->targets_count = ARRAY_LEN(targets);
    fixture->ended = ended;
    fixture->ended_count = ARRAY_LEN(ended);
    field = &form_of(fixture, "deploy --form --service=api --environment=production")->fields[2];
    assert_string_equal(field->name, "version");
    assert_string_equal(field->depends_on, "api/production");
    assert_int_equal(field->choices_count, 4);
    assert_string_equal(field->choices[0].value, "v1.6.0" DIGEST("aaaa"));
    assert_non_null(strstr(field->choices[0].label, "runs in api/staging"));
    assert_string_equal(field->choices[1].value, "v1.5.0" DIGEST("cccc"));
    assert_non_null(strstr(field->choices[1].label, "serves here"));
    assert_non_null(strstr(field->choices[2].label, "was good here"));
    assert_string_equal(field->choices[3].value, "v1.7.0");
    assert_non_null(strstr(field->choices[3].label, "failed"));
}

/* ---- whoever asks ---- */

static void check_rights(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct decision decision;
    struct outcome out;

    (void)state;
    assert_true(decide(fixture, "deploy", "U9", NULL, &out, &decision)); /* who may nowhere */
    assert_int_equal(decision.verdict, VERDICT_DENY);
    assert_true(decide(fixture, "deploy", "U1", NULL, &out, &decision)); /* staging alone */
    assert_int_equal(decision.verdict, VERDICT_ALLOW);
    assert_true(decide(fixture, "deploy --form --service=api --environment=production", "U1", "V1", &out, &decision));
    assert_int_equal(decision.verdict, VERDICT_ALLOW); /* the form is shown, and says so */
    assert_non_null(strstr(out.form->intro, "policy would refuse it"));
}

/* Without its mark it is no draft, and none of its options a way to name a place. */
static void check_drafts(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct decision decision;
    struct outcome out;

    (void)state;
    assert_true(decide(fixture, "deploy api staging v1 --form", "U2", "V1", &out, &decision));
    assert_false(out.begins);
    assert_non_null(out.form);
    assert_false(decide(fixture, "deploy api staging v1 --version=v2", "U2", "V1", &out, &decision));
    assert_false(decide(fixture, "deploy --service=api --environment=staging", "U2", "V1", &out, &decision));
}

int main(void)
{
    const struct CMUnitTest others[] = { cmocka_unit_test(check_versions), cmocka_unit_test(check_rights),
                                         cmocka_unit_test(check_drafts),
                                         cmocka_unit_test(the_words_ask_for_another_version_only_beside_one) };

    return ROWS(rows, check_row) + cmocka_run_group_tests(others, NULL, NULL);
}
