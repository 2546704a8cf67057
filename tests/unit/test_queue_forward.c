/* What a machine asks for never goes backwards, nor to what was left as bad; what a person asks for may. */
#include "tests/unit/deploy_fixture.h"

#include "handlers/deploy/queue.h"

#include "bot/model/checks.h"

#define SHA "70e4b6c9d315f8a2701c4be59d3260f8a1c7e4b6"
#define GOOD_SHA "1111111111111111111111111111111111111111"
#define RUNNING_SHA "2222222222222222222222222222222222222222"
#define GOOD "api-good" /* the revision of what is good by the record */
#define OTHER_IMAGE "us-docker.pkg.dev/acme/images/api@sha256:00000000000000000000000000000000"

/* Who may deploy in staging, besides ann. */
#define GITHUB_AND_API                                                                                                 \
    "github: { token: t }\n"                                                                                           \
    "api: { tokens: [ { name: ci, secret: 0123456789abcdef0123456789abcdef } ] }\n"
#define ROLE "    - { name: machines, members: [\"token:ci\", \"github-app:12345\", \"github:octocat\"] }\n"
#define RULE "    - { allow: [deploy, rollback], to: machines, on: { environment: staging } }\n"

static char *configuration(void)
{
    AUTO_BUF struct buf text = BUF(8000);
    const char *rules = strstr(DECISION_CONFIGURATION, "  rules:\n");

    buf_puts(&text, GITHUB_AND_API);
    buf_add(&text, DECISION_CONFIGURATION, (size_t)(rules - DECISION_CONFIGURATION));
    buf_puts(&text, ROLE);
    buf_puts(&text, rules);
    buf_puts(&text, RULE);
    return xstrdup(buf_text(&text));
}

enum {
    OF_COMMITS = 1,    /* ours, what serves and what goes first are of commits that are known */
    OF_ONE_COMMIT = 2, /* all of them of ours */
    NOT_CONNECTED = 4, /* to GitHub */
    RETURNING = 8,     /* what goes first gives its traffic back */
    IN_LINE = 16,      /* what goes first waits, behind D9 */
    WAY_BACK = 32,     /* a rollback has the target */
    GRANTED = 64,      /* ours has the target by now */
    BAD = 128,         /* ours was left as bad there */
    ANOTHER_BAD = 256,
    IN_DOUBT_NOW = 512,
    COMPARED_SERVING = 1024, /* ours is ahead of what serves, as GitHub said */
    SETTINGS_ALONE = 2048,
    WAY_BACK_OF_A_PROGRAM = 4096, /* what goes first: a deploy's machine, and no deploy */
    IS_WAY_BACK = 8192,           /* ours */
    SERVES_OURS = 16384,          /* the image that serves is ours */
};

enum who { ANN, CI, APP, OCTOCAT };

static const struct row {
    const char *name;
    enum who who;
    const char *source, *version; /* ours */
    const char *serves, *first;   /* NULL: nothing does */
    unsigned is;
    const char *wanted; /* deploy_outcome_text */
    const char *says;   /* how it ended; NULL: it goes on */
} rows[] = {
    /* ---- who ---- */
    { "a person may go back", ANN, "slack", "v1.4.0", "v1.4.2", NULL, 0, .wanted = "queued" },
    { "also from the host", ANN, "local", "v1.4.0", "v1.4.2", NULL, 0, .wanted = "queued" },
    { "a token may not", CI, "api", "v1.4.0", "v1.4.2", NULL, 0, .wanted = "refused =refused",
      "`v1.4.0` is older than the `v1.4.2` that serves in api/staging. What a machine asks for never goes backwards; "
      "nothing was changed. A person may: `deploy api staging v1.4.0 --strategy canary`." },
    { "nor an App", APP, "github", "v1.4.0", "v1.4.2", NULL, 0, .wanted = "refused =refused", "is older than" },
    { "nor what GitHub told in the name of a person", OCTOCAT, "github", "v1.4.0", "v1.4.2", NULL, 0,
      .wanted = "refused =refused", "is older than" },
    { "nor by another door", APP, "slack", "v1.4.0", "v1.4.2", NULL, 0, .wanted = "refused =refused", "is older than" },
    { "nor an alarm", OCTOCAT, "alertmanager", "v1.4.0", "v1.4.2", NULL, 0, .wanted = "refused =refused",
      "is older than" },
    { "a token stays one at any door", CI, "slack", "v1.4.0", "v1.4.2", NULL, 0, .wanted = "refused =refused",
      "is older than" },

    /* ---- by name ---- */
    { "forward", CI, "api", "v1.5.0", "v1.4.2", NULL, 0, .wanted = "queued" },
    { "the same", CI, "api", "v1.4.2", "v1.4.2", NULL, 0, .wanted = "queued" },
    { "the very same", CI, "api", "v1.4.2", "v1.4.2", NULL, SERVES_OURS, .wanted = "refused =refused",
      "`v1.4.2` serves in api/staging already. Nothing was changed." },
    { "by another name it is another version", CI, "api", "main", "v1.4.2", NULL, SERVES_OURS, .wanted = "queued" },
    { "other settings make another deploy", CI, "api", "v1.4.2", "v1.4.2", NULL, SERVES_OURS | SETTINGS_ALONE,
      .wanted = "queued" },
    { "a person may bring it again", ANN, "slack", "v1.4.2", "v1.4.2", NULL, SERVES_OURS, .wanted = "queued" },
    { "a pre-release of what serves is older", CI, "api", "v1.4.2-rc.9", "v1.4.2", NULL, 0,
      .wanted = "refused =refused", "`v1.4.2-rc.9` is older than the `v1.4.2` that serves" },
    { "to where nothing serves", CI, "api", "v1.4.0", NULL, NULL, 0, .wanted = "queued" },
    { "what goes first counts", CI, "api", "v1.4.3", "v1.4.2", "v1.5.0", 0, .wanted = "refused =refused",
      "`v1.4.3` is older than the `v1.5.0` of D9, which goes first in api/staging" },
    { "also while it waits", CI, "api", "v1.4.3", "v1.4.2", "v1.5.0", IN_LINE, .wanted = "refused =refused",
      "`v1.5.0` of D9, which goes first" },
    { "not when it gives its traffic back", CI, "api", "v1.4.3", "v1.4.2", "v1.5.0", RETURNING,
      .wanted = "queued @line+30s" },
    { "forward from both", CI, "api", "v1.5.1", "v1.4.2", "v1.5.0", 0, .wanted = "queued @line+30s" },
    { "what a way back leaves does not count", CI, "api", "v1.4.0", "v1.4.2", NULL, WAY_BACK,
      .wanted = "queued @line+30s" },
    { "nor one by a program", CI, "api", "v1.4.0", "v1.4.2", "v1.5.0", WAY_BACK_OF_A_PROGRAM,
      .wanted = "queued @line+30s" },
    { "nor one that waits", CI, "api", "v1.4.3", "v1.4.2", "v1.5.0", WAY_BACK_OF_A_PROGRAM | IN_LINE,
      .wanted = "queued" },
    { "a way back is for going back", CI, "api", "v1.4.0", "v1.4.2", NULL, IS_WAY_BACK | GRANTED | BAD,
      .wanted = "looking ?service" },
    { "neither tells: it is let through", CI, "api", "main", "v1.4.2", NULL, 0, .wanted = "queued" },
    { "settings alone bring no version", CI, "api", "v1.4.2", "v1.4.2", NULL, SETTINGS_ALONE, .wanted = "queued" },

    /* ---- once more when it is its turn ---- */
    { "it was overtaken while it waited", CI, "api", "v1.4.0", "v1.4.2", NULL, GRANTED, .wanted = "refused =refused",
      "is older than the `v1.4.2` that serves" },
    { "it was not", CI, "api", "v1.5.0", "v1.4.2", NULL, GRANTED, .wanted = "looking ?service" },
    { "who waits behind it does not count", CI, "api", "v1.4.3", "v1.4.2", "v1.5.0", GRANTED | IN_LINE,
      .wanted = "looking ?service" },
    { "a person's turn is theirs", ANN, "slack", "v1.4.0", "v1.4.2", NULL, GRANTED, .wanted = "looking ?service" },

    /* ---- by their commits ---- */
    { "GitHub is asked", CI, "api", "sha:70e4b6c9d315", "main", NULL, OF_COMMITS, .wanted = "- ?order" },
    { "not where names tell", CI, "api", "v1.5.0", "v1.4.2", NULL, OF_COMMITS, .wanted = "queued" },
    { "nor of one commit", CI, "api", "main", "sha:70e4b6c9d315", NULL, OF_COMMITS | OF_ONE_COMMIT,
      .wanted = "queued" },
    { "nor for a person", ANN, "slack", "main", "sha:1", NULL, OF_COMMITS, .wanted = "queued" },
    { "nor when it is not connected", CI, "api", "main", "sha:1", NULL, OF_COMMITS | NOT_CONNECTED,
      .wanted = "queued" },
    { "nor twice for the same", CI, "api", "main", "sha:1", NULL, OF_COMMITS | COMPARED_SERVING, .wanted = "queued" },
    { "then of what goes first", CI, "api", "main", "sha:1", "sha:2", OF_COMMITS | COMPARED_SERVING,
      .wanted = "- ?order" },
    { "with the target in its hands, too", CI, "api", "main", "sha:1", NULL, OF_COMMITS | GRANTED,
      .wanted = "- ?order" },
    { "what serves is in doubt: nobody knows what is older", CI, "api", "v1.5.0", "v1.4.2", NULL, IN_DOUBT_NOW,
      .wanted = "refused =refused",
      "What serves in api/staging is in doubt since D6: `rollback` settles that, and so does a deploy of a person. What a "
      "machine asks for never goes backwards; nothing was changed. A person may: `deploy api staging v1.5.0 --strategy canary`." },
    { "also with the target in its hands", CI, "api", "v1.5.0", "v1.4.2", NULL, IN_DOUBT_NOW | GRANTED,
      .wanted = "refused =refused", "is in doubt since D6" },
    { "a person may settle it", ANN, "slack", "v1.5.0", "v1.4.2", NULL, IN_DOUBT_NOW, .wanted = "queued" },

    /* ---- left as bad ---- */
    { "what was left as bad is not rolled out again", CI, "api", "v1.5.0", "v1.4.2", NULL, BAD,
      .wanted = "refused =refused", "`v1.5.0` was left as bad in api/staging by D8: too many errors. What a machine" },
    { "by a person it is", ANN, "slack", "v1.5.0", "v1.4.2", NULL, BAD, .wanted = "queued" },
    { "another image is another version, whatever its name", CI, "api", "v1.5.0", "v1.4.2", NULL, ANOTHER_BAD,
      .wanted = "queued" },
    { "nor when it became bad while it waited", CI, "api", "v1.5.0", "v1.4.2", NULL, BAD | GRANTED,
      .wanted = "refused =refused", "was left as bad" },
};

struct scene {
    struct decision_fixture *fixture;
    struct operation operations[2], ended;
    struct target target;
    struct target_version good, bad;
    const char *waiting[1];
};

static const struct source_commit *commit(struct decision_fixture *fixture, const char *sha)
{
    struct source_commit *made = ARENA_NEW(fixture->arena, struct source_commit);

    made->sha = sha;
    return made;
}

static const cJSON *record(struct decision_fixture *fixture, const struct deploy_body *body)
{
    cJSON *json = shape_to_json(&deploy_body_shape, body, SHAPE_WHOLE);

    arena_defer(fixture->arena, (void (*)(void *))cJSON_Delete, json);
    return json;
}

static struct deploy_body *other_body(struct decision_fixture *fixture, const char *version, const char *sha,
                                      unsigned is)
{
    struct deploy_body *body = deploy_body_made(fixture, 0, 5, 0);

    body->version = version;
    body->image = OTHER_IMAGE;
    body->is_way_back = is & WAY_BACK_OF_A_PROGRAM;
    body->returning = is & RETURNING ? "it failed" : NULL;
    body->commit = is & OF_COMMITS ? commit(fixture, is & OF_ONE_COMMIT ? SHA : sha) : NULL;
    return body;
}

static void set(struct scene *scene, const struct row *row, const struct operation *own)
{
    struct decision_fixture *fixture = scene->fixture;
    bool is_first_holder = row->first && !(row->is & IN_LINE);

    scene->operations[0] = deploy_operation_in("baking");
    scene->operations[0].id = "D9";
    scene->operations[0].kind = row->is & WAY_BACK ? "rollback" : "deploy";
    scene->operations[0].body =
        record(fixture, other_body(fixture, row->first ? row->first : "v9.9.9", RUNNING_SHA, row->is));
    scene->operations[1] = *own;
    scene->ended = deploy_operation_in("done");
    scene->ended.id = "D7";
    scene->ended.result = "done";
    scene->ended.body = record(fixture, other_body(fixture, row->serves ? row->serves : "v0", GOOD_SHA, row->is));
    scene->good = (struct target_version){ .version = row->serves,
                                           .image = row->is & SERVES_OURS ? IMAGE : OTHER_IMAGE,
                                           .operation = "D7",
                                           .revision = GOOD };
    scene->bad = (struct target_version){
        .version = "v1.5.0", .image = row->is & BAD ? IMAGE : OTHER_IMAGE, .operation = "D8", .why = "too many errors"
    };
    scene->waiting[0] = "D9";
    scene->target = (struct target){
        .name = "api/staging",
        .holder = row->is & GRANTED                       ? "D1042"
                  : is_first_holder || row->is & WAY_BACK ? "D9"
                                                          : NULL,
        .waiting = scene->waiting,
        .waiting_count = row->is & IN_LINE,
        .good = &scene->good,
        .good_count = row->serves != NULL,
        .bad = &scene->bad,
        .bad_count = (row->is & (BAD | ANOTHER_BAD)) != 0,
        .doubt = row->is & IN_DOUBT_NOW ? "D6" : NULL,
    };
    scene->target.waiting_count = scene->target.waiting_count ? 1 : 0;
    fixture->operations = scene->operations;
    fixture->operations_count = ARRAY_LEN(scene->operations);
    fixture->ended = &scene->ended;
    fixture->ended_count = 1;
    fixture->targets = &scene->target;
    fixture->targets_count = 1;
}

static struct deploy_body *own_body(struct decision_fixture *fixture, const struct row *row)
{
    static struct deploy_compared compared[] = { { GOOD_SHA, SHA, "ahead" } };
    struct deploy_body *body = deploy_body_made(fixture, 0, 0, 0);

    body->version = row->version;
    body->image = row->is & GRANTED ? IMAGE : NULL;
    body->is_way_back = row->is & IS_WAY_BACK;
    body->source = row->is & NOT_CONNECTED ? NULL : "acme/platform";
    body->commit = row->is & OF_COMMITS ? commit(fixture, SHA) : NULL;
    if (row->is & COMPARED_SERVING) {
        body->compared = compared;
        body->compared_count = 1;
    }
    if (row->is & SETTINGS_ALONE) {
        *ARENA_PUSH(fixture->arena, body->env, body->env_count) = (struct shape_pair){ "A", "1" };
        body->image_tag = "sha256:1";
    }
    return body;
}

static struct operation own_operation(const struct row *row)
{
    static const struct principal people[] = { [ANN] = { "slack", "U1", "T1", "ann" },
                                               [CI] = { "token", "ci", NULL, NULL },
                                               [APP] = { "github-app", "12345", NULL, NULL },
                                               [OCTOCAT] = { "github", "octocat", NULL, NULL } };
    struct operation operation = deploy_operation_in(row->is & GRANTED ? "queued" : "pinning");

    operation.source = row->source;
    operation.requester = people[row->who];
    return operation;
}

/* Before it is refused for what serves by the record, Cloud Run is asked; it says the same. */
static void decide(struct decision_fixture *fixture, const struct operation *own, const void *body,
                   const struct event *event, struct outcome *out)
{
    struct event told = { .kind = EVENT_READING, .name = "serving" };

    outcome_init(out, fixture->arena, own->id, own->outside_id);
    machine_deploy.on_event(&fixture->view, own, body, event, out);
    if (out->readings_count == 0 || strcmp(out->readings[0].name, "serving") != 0)
        return;
    told.body = decision_json(fixture, "{'wanted':[" SHARE(GOOD, 100) "]}");
    body = out->body;
    outcome_init(out, fixture->arena, own->id, own->outside_id);
    machine_deploy.on_event(&fixture->view, own, body, &told, out);
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_FREE char *text = configuration();
    AUTO_DECISION struct decision_fixture *fixture = decision_create(text);
    struct scene scene = { .fixture = fixture };
    struct deploy_body *body = own_body(fixture, row);
    struct operation own = own_operation(row);
    struct event event = { .kind = EVENT_READING, .name = "digest" };
    struct outcome out;

    event.body = decision_json(fixture, "{'image':'" IMAGE "'}");
    if (row->is & GRANTED)
        event = (struct event){ .kind = EVENT_MESSAGE, .name = MESSAGE_GRANTED };
    own.body = record(fixture, body);
    set(&scene, row, &own);
    decide(fixture, &own, body, &event, &out);
    assert_string_equal(deploy_outcome_text(&out, fixture->arena), row->wanted);
    deploy_assert_says(out.summary, row->says);
}

/* ---- what GitHub answers ---- */

static const struct answer_row {
    const char *name, *answer; /* NULL: none came */
    unsigned is;
    const char *wanted, *says;
    const char *state; /* NULL: pinning */
} answer_rows[] = {
    { "ours is ahead", "{'is_known':true,'relation':'ahead'}", 0, .wanted = "queued" },
    { "it is the same", "{'is_known':true,'relation':'identical'}", 0, .wanted = "queued" },
    { "it is behind", "{'is_known':true,'relation':'behind'}", 0, .wanted = "refused =refused",
      "`main` is older than the `sha:1` that serves in api/staging" },
    { "they are of two branches: it is let through", "{'is_known':true,'relation':'diverged'}", 0, .wanted = "queued" },
    { "GitHub knows one of them no more: it is let through", "{'is_known':false,'unknown':'gone'}", 0,
      .wanted = "queued" },
    { "no answer in time: nobody can tell, and it stays", NULL, 0, .wanted = "refused =refused",
      "GitHub did not tell whether commit `70e4b6c9d315` is older than `111111111111`: no answer in time" },
    { "an answer that is none", "[]", 0, .wanted = "refused =refused", "GitHub did not tell" },
    { "with the target in its hands it goes on", "{'is_known':true,'relation':'ahead'}", GRANTED,
      .wanted = "looking !github.deployment ?service ?commits", .state = "queued" },
    { "or gives it back", "{'is_known':true,'relation':'behind'}", GRANTED, .wanted = "refused =refused",
      "is older than", .state = "queued" },
    { "who waits in the line heard too late", "{'is_known':true,'relation':'behind'}", 0, .wanted = "nothing", NULL,
      .state = "queued" },
    { "nor does it stop what runs", "{'is_known':true,'relation':'behind'}", GRANTED, .wanted = "nothing", NULL,
      .state = "baking" },
    { "who has all the consent that it needs hears it, too", "{'is_known':true,'relation':'behind'}", 0,
      .wanted = "refused =refused", "is older than", .state = "awaiting-approval" },
    { "and goes on", "{'is_known':true,'relation':'ahead'}", 0, .wanted = "queued", .state = "awaiting-approval" },
};

static void check_answer(void **state)
{
    const struct answer_row *row = *state;
    const struct row as = {
        .who = CI, .source = "api", .version = "main", .serves = "sha:1", .is = OF_COMMITS | row->is
    };
    AUTO_FREE char *text = configuration();
    AUTO_DECISION struct decision_fixture *fixture = decision_create(text);
    struct scene scene = { .fixture = fixture };
    struct deploy_body *body = own_body(fixture, &as);
    struct operation own = own_operation(&as);
    struct event event = { .kind = EVENT_READING, .name = "order", .end = row->answer ? END_DONE : END_GAVE_UP };
    struct outcome out;

    body->image = IMAGE;
    body->comparing = GOOD_SHA;
    own.state = row->state ? row->state : "pinning";
    own.body = record(fixture, body);
    event.body = row->answer ? decision_json(fixture, row->answer) : NULL;
    set(&scene, &as, &own);
    decide(fixture, &own, body, &event, &out);
    assert_string_equal(deploy_outcome_text(&out, fixture->arena), row->wanted);
    deploy_assert_says(out.summary, row->says);
}

/* ---- people consent to what a machine asked for with --now: nothing is aborted in vain ---- */

#define CONSENT "    - { require: { approvals: { count: 1, from: release-manager } }, for: deploy }\n"

static const struct consent_row {
    const char *name, *version, *first;
    unsigned is;
    bool is_same_image, aborts;
    const char *wanted, *reply;
} consent_rows[] = {
    { "backwards from what runs", "v1.4.3", "v1.5.0", 0, false, false, "refused =refused",
      "*D1042* is approved, and ends all the same: `v1.4.3` is older than the `v1.5.0` of D9" },
    { "the very same as runs", "main", "v1.5.0", 0, true, false, "refused =refused",
      "*D1042* is approved, and ends all the same: D9 does that already" },
    { "GitHub has to tell", "main", "sha:1", OF_COMMITS | COMPARED_SERVING, false, false, "- ?order",
      "*D1042* is approved, and begins unless it goes backwards: GitHub is asked." },
    { "forward it aborts", "v1.6.0", "v1.5.0", 0, false, true, "queued @line+30s",
      "*D1042* is approved, and has D9 (`v1.5.0`, at 5 %) aborted for it" },
};

static void check_consent(void **state)
{
    const struct consent_row *row = *state;
    const struct row as = {
        .who = CI, .source = "api", .version = row->version, .serves = "v1.4.2", .first = row->first, .is = row->is
    };
    AUTO_FREE char *base = configuration();
    AUTO_BUF struct buf text = BUF(9000);
    struct operation own = own_operation(&as);
    struct deploy_body *body;
    struct request request;
    struct outcome out;

    buf_puts(&text, base);
    buf_puts(&text, CONSENT);
    AUTO_DECISION struct decision_fixture *fixture = decision_create(buf_text(&text));
    struct scene scene = { .fixture = fixture };

    body = own_body(fixture, &as);
    body->image = row->is_same_image ? OTHER_IMAGE : IMAGE;
    body->is_now = true;
    own.state = "awaiting-approval";
    own.body = record(fixture, body);
    set(&scene, &as, &own);
    request = decision_request(fixture, "approve D1042");
    request.principal = (struct principal){ "slack", "U2", "T1", "bob" };
    outcome_init(&out, fixture->arena, own.id, own.outside_id);
    machine_deploy.on_event(&fixture->view, &own, body,
                            &(struct event){ .kind = EVENT_REQUEST, .name = "approve", .request = &request }, &out);
    assert_string_equal(deploy_outcome_text(&out, fixture->arena), row->wanted);
    assert_int_equal(out.requests_count, row->aborts);
    deploy_assert_says(out.reply->text, row->reply);
}

int main(void)
{
    return ROWS(rows, check_row) + ROWS(answer_rows, check_answer) + ROWS(consent_rows, check_consent);
}
