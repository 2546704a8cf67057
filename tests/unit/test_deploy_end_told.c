/* Who asked for a deploy, and who consented to it, are told in its thread when it does not end well. */
#include "tests/unit/deploy_fixture.h"
#include "tests/unit/rows.h"

#include "bot/model/delivery.h"

#define PEOPLE "people:\n  - { name: mia, slack: U4, github: mia }\n  - { name: lee, slack: U5, github: lee }\n"
#define YIELD(by) EVENT_MESSAGE, MESSAGE_YIELD, "{'target':'api/staging','by':'" by "','version':'v1.4.1'}"
#define BACK EVENT_READING, "service", "{'is_settled':true,'wanted':[" ALL_OLD "],'observed':[" ALL_OLD "]}"
#define NO_WAY EVENT_READING, "service", "{'is_settled':true,'wanted':[" FOREIGN "],'observed':[" FOREIGN "]}"

enum { CONSENTED = 1, RELEASED = 2, BY_RELEASE_ALONE = 4, ANN_ABORTED = 8, SETTINGS = 16 };

static const struct row {
    const char *name, *state;
    unsigned is, who;
    enum event_kind kind;
    const char *event, *body;
    const char *says; /* how its one message begins; NULL: there is none */
} rows[] = {
    { "a verdict took it back", "reverifying", 0, 0, BACK,
      "@{slack:U1}: *D1042* (`v1.4.2` to api/staging) failed: `v1.4.2` was taken back: it failed." },
    { "who consented is told, too", "reverifying", 0, CONSENTED, BACK,
      "@{slack:U1}, @{slack:U2}: *D1042* (`v1.4.2` to api/staging) failed: " },
    { "of a release, who published it, and whose App asked is nobody", "reverifying", 0, CONSENTED | RELEASED, BACK,
      "@{slack:U4}, @{slack:U5}, @{slack:U2}: *D1042* (`v1.4.2` to api/staging) failed: " },
    { "of nobody's it is said without a name", "reverifying", 0, BY_RELEASE_ALONE, BACK,
      "*D1042* (`v1.4.2` to api/staging) failed: " },
    { "what is in doubt", "returning", 0, 0, NO_WAY,
      "@{slack:U1}: *D1042* (`v1.4.2` to api/staging) failed: Somebody else changed the traffic" },
    { "settings are no version", "reverifying", 0, SETTINGS, BACK,
      "@{slack:U1}: *D1042* (other settings to api/staging) failed: " },
    { "somebody's rollback", "baking", JUDGED, 0, YIELD("D1050"),
      "@{slack:U1}: *D1042* (`v1.4.2` to api/staging) was stopped by @{slack:U3}: D1050 rolls api/staging back" },
    { "one that nobody knows of any more", "baking", JUDGED, 0, YIELD("D9999"),
      "@{slack:U1}: *D1042* (`v1.4.2` to api/staging) was stopped: D9999 rolls api/staging back" },
    { "their own rollback", "baking", JUDGED, 0, YIELD("D1051"), NULL },
    { "but who consented is told of it", "baking", JUDGED, CONSENTED, YIELD("D1051"),
      "@{slack:U2}: *D1042* (`v1.4.2` to api/staging) was stopped by @{slack:U1}: " },
    { "their own abort", "reverifying", ABORTED, ANN_ABORTED, BACK, NULL },
    { "of which who consented is told", "reverifying", ABORTED, ANN_ABORTED | CONSENTED, BACK,
      "@{slack:U2}: *D1042* (`v1.4.2` to api/staging) was stopped by @{slack:U1}: it failed. Traffic is on " },
    { "while traffic goes back nobody is", "returning", 0, 0, EVENT_TIMER, "poll", NULL, NULL },
};

static void add_people(struct deploy_body *body, struct operation *operation, unsigned who)
{
    static struct approval given[] = { { { "slack", "U2", "T1", "bob" }, 1 } };
    static struct deploy_act acts[] = { { 1, "@{slack:U1}", "aborted at 25 %", "abort", 7 } };
    static const struct deploy_trigger released = { .what = "release `v1.4.2` of acme/platform",
                                                    .subject = "acme/platform/releases/991",
                                                    .initiator = { .system = "github", .id = "mia" },
                                                    .author = "Lee" },
                                       alone = { .what = "release `v1.4.2` of acme/platform",
                                                 .subject = "acme/platform/releases/991",
                                                 .initiator = { .system = "github", .id = "" } };

    if (who & CONSENTED) {
        body->approvals.given = given;
        body->approvals.given_count = 1;
    }
    if (who & ANN_ABORTED) {
        body->acts = acts;
        body->acts_count = 1;
    }
    body->keeps_image = who & SETTINGS;
    if (!(who & (RELEASED | BY_RELEASE_ALONE)))
        return;
    body->trigger = who & RELEASED ? &released : &alone;
    operation->requester = (struct principal){ .system = "github", .id = "12345" };
}

/* The text of its only message; NULL: there is none. */
static const char *message_of(const struct outcome *out, struct arena *arena)
{
    struct message_delivery delivery;
    const char *text = NULL;
    struct error err;

    for (size_t i = 0; i < out->effects_count; i++) {
        if (strcmp(out->effects[i].kind, EFFECT_MESSAGE) != 0)
            continue;
        assert_null(text);
        assert_true(shape_from_json(&message_delivery_shape, out->effects[i].args, arena, &delivery, &err));
        assert_true(delivery.is_in_thread);
        text = delivery.reply.text;
    }
    return text;
}

static const struct operation rollbacks[] = {
    { .id = "D1050", .kind = "rollback", .state = "queued", .requester = { "slack", "U3", "T1", "cat" } },
    { .id = "D1051", .kind = "rollback", .state = "queued", .requester = { "slack", "U1", "T1", "ann" } },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION PEOPLE);
    struct deploy_body *body = deploy_body_made(fixture, 1, 25, row->is);
    struct operation operation = deploy_operation_in(row->state);
    struct event event = { .kind = row->kind, .name = row->event, .from = "engine", .end = END_DONE };
    const char *text;
    struct outcome out;

    fixture->operations = rollbacks;
    fixture->operations_count = ARRAY_LEN(rollbacks);
    add_people(body, &operation, row->who);
    if (strcmp(row->state, "baking") != 0)
        body->returning = "it failed";
    if (row->body)
        event.body = decision_json(fixture, row->body);
    outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
    machine_deploy.on_event(&fixture->view, &operation, body, &event, &out);
    text = message_of(&out, fixture->arena);
    if (!row->says)
        assert_null(text);
    else if (!text || strncmp(text, row->says, strlen(row->says)) != 0)
        assert_string_equal(text ? text : "(none)", row->says);
}

int main(void)
{
    return ROWS(rows, check_row);
}
