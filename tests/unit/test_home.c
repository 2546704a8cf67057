/* What stands on whose Home tab, and when it is published. */
#include "tests/unit/deploy_fixture.h"
#include "tests/unit/watch_fixture.h"

#include "bot/model/outside_event.h"
#include "bot/model/slack_event.h"
#include "handlers/approval.h"
#include "handlers/home/home.h"
#include "integrations/slack/home.h"

#define CONFIGURATION                                                                                                  \
    DECISION_CONFIGURATION                                                                                             \
    "    - { allow: [lock, halt], to: [developer, release-manager] }\n"                                                \
    "    - { require: { approvals: { from: release-manager } }, for: deploy, on: { environment: staging } }\n"

static const char *text_of(const struct decision_fixture *fixture, const char *user)
{
    const struct principal who = { .system = "slack", .id = user, .team = "T1" };
    const struct home *home = home_of(&fixture->view, home_look(&fixture->view), &who);
    const char *text = home->intro;

    for (size_t i = 0; i < home->actions_count; i++)
        text = arena_printf(fixture->arena, "%s [%s]", text, home->actions[i].command);
    for (size_t i = 0; i < home->sections_count; i++) {
        const struct home_section *section = &home->sections[i];

        text = arena_printf(fixture->arena, "%s\n# %s", text, section->title);
        for (size_t k = 0; k < section->items_count; k++) {
            text = arena_printf(fixture->arena, "%s\n%s", text, section->items[k].text);
            for (size_t b = 0; b < section->items[k].actions_count; b++)
                text = arena_printf(fixture->arena, "%s [%s]", text, section->items[k].actions[b].command);
        }
        if (section->more)
            text = arena_printf(fixture->arena, "%s\n%s", text, section->more);
    }
    return text;
}

/* ---- whose it is ---- */

#define LOCK "{'environment':'staging','reason':'a migration','blocks':'deploy'}"
#define REVIEW "{'service':'api','environment':'staging','broken_by':'deploy','rule':'f:1','reason':'a fire'}"
static const struct row {
    const char *name, *kind, *state, *body, *user, *has,
        *lacks; /* asked for by U1; body NULL: a deploy's; has, lacks NULL: nothing of that */
} rows[] = {
    { "one who could consent is asked", "deploy", APPROVAL_STATE, NULL, "U2", "# Waits for you\n*D1*", "# Running" },
    { "whose it is gives none, but it waits for them", "deploy", APPROVAL_STATE, NULL, "U1", "# Waits for you\n*D1*",
      NULL },
    { "who may not consent sees it run", "deploy", APPROVAL_STATE, NULL, "U9", "# Running\n*D1*",
      "# Waits for you\n*D1*" },
    { "what runs is shown to who may look", "deploy", "pinning", NULL, "U2", "# Running\n*D1*",
      "# Waits for you\n*D1*" },
    { "a lock is its owner's", "lock", "locked", LOCK, "U1", "# Your locks\n*D1*  Lock of", NULL },
    { "with what ends it", "lock", "locked", LOCK, "U1", "[unlock D1]", NULL },
    { "and nobody else's", "lock", "locked", LOCK, "U2", NULL, "Lock of" },
    { "a halt stands on top for everybody", "halt", "halted", "{'reason':'a fire'}", "U2", "⛔", "# Your locks" },
    { "a review waits for another one", "review", "open", REVIEW, "U2", "# Waits for you\n*D1*  Broken glass", NULL },
    { "and not for who broke the glass", "review", "open", REVIEW, "U1", NULL, "Broken glass" },
    { "what nobody can read is left out", "deploy", "pinning", "{'service':1}", "U1", "Nothing waits for you", "D1" },
    { "of another version's schema, too", "nothing-of-ours", "open", "{}", "U1", "Nothing waits for you", "D1" },
};

static const cJSON *body_of(struct decision_fixture *fixture, const struct row *row)
{
    cJSON *json = row->body ? decision_json(fixture, row->body)
                            : shape_to_json(machine_deploy.body, deploy_body_made(fixture, 0, 0, AT_ONCE), SHAPE_WHOLE);

    if (!row->body)
        arena_defer(fixture->arena, (void (*)(void *))cJSON_Delete, json);
    return json;
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct operation operation = { .id = "D1",
                                   .kind = row->kind,
                                   .schema = 1,
                                   .state = row->state,
                                   .target = strcmp(row->kind, "deploy") == 0 ? "api/staging" : NULL,
                                   .requester = { .system = "slack", .id = "U1", .team = "T1" },
                                   .created_at_ms = DECISION_NOW_MS - MINUTE_MS,
                                   .body = body_of(fixture, row) };
    const struct machine *const *machine = machines;
    const char *text;

    while (*machine && strcmp((*machine)->kind, row->kind) != 0)
        machine++;
    operation.schema = *machine ? (*machine)->schema : 1;
    fixture->operations = &operation;
    fixture->operations_count = 1;
    text = text_of(fixture, row->user);
    if ((row->has && !strstr(text, row->has)) || (row->lacks && strstr(text, row->lacks)))
        fail_msg("%s", text);
}

static void check_rights(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    const char *text = text_of(fixture, "U2");

    (void)state;
    assert_non_null(strstr(text, "staging (where its conditions are met); production"));
    assert_non_null(strstr(text, "`halt`"));
    assert_non_null(strstr(text, "[deploy]"));
    text = text_of(fixture, "U9");
    assert_non_null(strstr(text, "none of them allows anything to you yet"));
    assert_non_null(strstr(text, "`slack:U9`"));
    assert_null(strstr(text, "[deploy]"));
    assert_null(strstr(text, "# What you may do"));
}

/* ---- when ---- */

static struct event opened_by(const struct decision_fixture *fixture, const char *user, const char *tab)
{
    struct outside_event *outside = ARENA_NEW(fixture->arena, struct outside_event);

    *outside = (struct outside_event){
        .source = "slack",
        .name = SLACK_HOME_OPENED,
        .principal = { .system = "slack", .id = user, .team = "T1" },
        .body = decision_json(fixture, arena_printf(fixture->arena, "{'team':'T1','user':'%s','tab':'%s'}", user, tab)),
    };
    return (struct event){ .kind = EVENT_OUTSIDE, .name = SLACK_HOME_OPENED, .outside = outside };
}

static void begin(struct watch_story *story, struct decision_fixture *fixture)
{
    struct request request = decision_request(fixture, "home-opened");
    struct question question;
    const void *arguments;
    struct error err;

    *story = (struct watch_story){ .fixture = fixture, .machine = &machine_home_watch };
    outcome_init(&story->out, fixture->arena, "L1", "birth-00000000000000f1");
    assert_true(verb_home_opened.asks(&fixture->view, &request, &question, &arguments, &err));
    verb_home_opened.begin(&fixture->view, &request, &question, arguments, &story->out);
    watch_keep(story);
}

static size_t viewers(const struct watch_story *story)
{
    return ((const struct home_watch *)story->body)->viewers_count;
}

static void check_published(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct operation lock = { .id = "D1",
                              .kind = "lock",
                              .schema = 1,
                              .state = "locked",
                              .requester = { .system = "slack", .id = "U1", .team = "T1" },
                              .body = decision_json(fixture, LOCK) };
    struct watch_story story;
    const cJSON *args = NULL;

    (void)state;
    begin(&story, fixture);
    assert_int_equal(watch_count(&story, EFFECT_HOME, &args), 1);
    assert_string_equal(json_find_string(args, "user"), "U1");
    assert_int_equal(story.out.timers_count, 1);
    fixture->view.now_ms += HOME_LOOK_MS;
    watch_due(&story);
    assert_int_equal(watch_count(&story, EFFECT_HOME, NULL), 0); /* but for the time nothing is new */
    fixture->operations = &lock;
    fixture->operations_count = 1;
    lock.created_at_ms = fixture->view.now_ms;
    watch_due(&story);
    assert_int_equal(watch_count(&story, EFFECT_HOME, NULL), 1);
    fixture->view.now_ms += HOME_LOOK_MS;
    watch_due(&story);
    assert_int_equal(watch_count(&story, EFFECT_HOME, NULL), 0); /* nor is it that a lock has become older */
    watch_hear(&story, opened_by(fixture, "U1", "messages"));
    assert_int_equal(story.out.effects_count, 0);
    watch_hear(&story, opened_by(fixture, "U1", "home"));
    assert_int_equal(watch_count(&story, EFFECT_HOME, NULL), 1); /* whoever opens it gets it, whatever was shown */
    assert_int_equal(viewers(&story), 1);
    watch_hear(&story, opened_by(fixture, "U2", "home"));
    assert_int_equal(viewers(&story), 2);
    watch_effect(&story, "U2", END_FAILED, NULL);
    assert_int_equal(viewers(&story), 1);
    watch_effect(&story, "U1", END_CANCELLED, NULL); /* a newer one took its place */
    assert_int_equal(viewers(&story), 1);
    fixture->view.now_ms += HOME_KEPT_MS;
    watch_due(&story);
    assert_string_equal(story.out.result, "done");
    assert_true(story.out.is_forgotten);
}

static void check_many(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture =
        decision_create(CONFIGURATION "    - { allow: halt, to: everyone }\n");
    struct watch_story story;

    (void)state;
    begin(&story, fixture);
    for (int i = 0; i < HOME_VIEWERS_MAX + 5; i++) {
        fixture->view.now_ms++;
        watch_hear(&story, opened_by(fixture, arena_printf(fixture->arena, "U1%d", i), "home"));
    }
    assert_int_equal(viewers(&story), HOME_VIEWERS_MAX);
    fixture->view.now_ms += HOME_LOOK_MS;
    fixture->operations = &(struct operation){ .id = "D1",
                                               .kind = "halt",
                                               .schema = 1,
                                               .state = "halted",
                                               .requester = { .system = "slack", .id = "U1", .team = "T1" },
                                               .body = decision_json(fixture, "{'reason':'a fire'}") };
    fixture->operations_count = 1;
    watch_due(&story);
    assert_int_equal(watch_count(&story, EFFECT_HOME, NULL), HOME_LOOKS);
    for (int i = 0; i < HOME_VIEWERS_MAX / HOME_LOOKS; i++) {
        fixture->view.now_ms += HOME_LOOK_MS;
        watch_due(&story);
    }
    assert_int_equal(watch_count(&story, EFFECT_HOME, NULL), 0); /* each was looked at in turn */
}

static void check_typed(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct request request = decision_request(fixture, "home-opened");
    struct question question;
    const void *arguments;
    struct error err;

    (void)state;
    request.reply_to.door = "slack";
    assert_false(verb_home_opened.asks(&fixture->view, &request, &question, &arguments, &err));
    request.reply_to.door = NULL;
    request.source = "local";
    assert_false(verb_home_opened.asks(&fixture->view, &request, &question, &arguments, &err));
    request.source = "slack";
    request.principal.system = "token";
    assert_false(verb_home_opened.asks(&fixture->view, &request, &question, &arguments, &err));
}

/* ---- Slack's limits ---- */

static void check_limits(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct card_action actions[10];
    struct home_item items[60];
    struct home_section sections[3];
    struct home home = { .user = "U1", .intro = "x", .sections = sections, .sections_count = 3, .footer = "y" };
    AUTO_JSON cJSON *view = NULL;
    AUTO_FREE char *text = NULL, *long_text = xcalloc(1, 50 * 1024);

    (void)state, (void)arena;
    memset(long_text, '<', 50 * 1024 - 1);
    for (size_t i = 0; i < ARRAY_LEN(actions); i++)
        actions[i] = (struct card_action){ .label = "Approve", .command = "approve D1" };
    for (size_t i = 0; i < ARRAY_LEN(items); i++)
        items[i] = (struct home_item){ i % 7 ? "a" : long_text, actions, i % 3 ? 10 : 1 };
    for (size_t i = 0; i < ARRAY_LEN(sections); i++)
        sections[i] = (struct home_section){ "Running", items, ARRAY_LEN(items), "more" };
    view = slack_home_view(&home);
    text = json_print(view);
    assert_true(cJSON_GetArraySize(json_find(view, "blocks")) <= SLACK_HOME_BLOCKS_MAX);
    assert_true(strlen(text) <= SLACK_HOME_MAX_BYTES + 200);
    assert_non_null(strstr(text, "Not all of it fits here"));
    assert_non_null(strstr(text, "\"y\""));
}

#define OTHERS                                                                                                         \
    cmocka_unit_test(check_rights), cmocka_unit_test(check_published), cmocka_unit_test(check_many),                   \
        cmocka_unit_test(check_typed), cmocka_unit_test(check_limits)

int main(void)
{
    const struct CMUnitTest others[] = { OTHERS };
    struct CMUnitTest tests[ARRAY_LEN(rows) + ARRAY_LEN(others)];

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        tests[i] = (struct CMUnitTest){ .name = rows[i].name,
                                        .test_func = check_row,
                                        .initial_state = (void *)(uintptr_t)&rows[i] };
    memcpy(tests + ARRAY_LEN(rows), others, sizeof(others));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
