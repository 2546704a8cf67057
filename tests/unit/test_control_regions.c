/* `abort api wide` where wide is two regions: who is meant when none, one or several are under way, alone or as a
 * group. */
#include "tests/unit/decision_fixture.h"

#include "handlers/control.h"
#include "handlers/group/group.h"

#define WIDE                                                                                                           \
    "slack: { bot_token: xoxb-1, signing_secrets: [secret], team: T1 }\n"                                              \
    "services:\n"                                                                                                      \
    "  - name: api\n"                                                                                                  \
    "    artifact: { image: \"us-docker.pkg.dev/acme/images/api:{version}\" }\n"                                       \
    "    environments:\n"                                                                                              \
    "      - { name: wide, driver: { cloud_run: { project: a, regions: [east, west], service: c } }, "                 \
    "labels: { tier: \"1\" } }\n"                                                                                      \
    "  - name: web\n"                                                                                                  \
    "    artifact: { image: \"us-docker.pkg.dev/acme/images/web:{version}\" }\n"                                       \
    "    environments:\n"                                                                                              \
    "      - { name: wide, driver: { cloud_run: { project: a, region: east, service: d } } }\n"                        \
    "policy: { rules: [{ allow: \"*\", to: everyone, on: { environment: wide } }] }\n"

#define MEMBER(name, service) "{'name':'" name "','verb':'deploy','words':['" service "','wide','--region=" name "']}"

/* Who runs: D2 is the group of both regions of api, D1 one of all services, D3 the group of a rollback. */
enum under_way {
    EAST = 1,         /* D5 holds api/wide/east */
    WEST = 2,         /* D6 holds api/wide/west */
    GROUP = 4,        /* D2; those that run are its members */
    ALONE = 8,        /* D5 is nobody's member in spite of D2 */
    OF_ALL = 16,      /* D1, of all services: D2 is its member, and web's */
    NOT_LIVE = 32,    /* what holds the targets is gone */
    STOPPED = 64,     /* D2 is stuck */
    WAY_BACK = 128,   /* D3, and its members hold both */
    BADLY_SAID = 256, /* a group whose members are no places */
};

static const struct row {
    const char *name, *line;
    int under_way;
    const char *meant;   /* "D5": that one; "D5 D6": a group of requests; NULL: nobody */
    const char *misused; /* the sentence, when nobody is */
} rows[] = {
    { "nothing runs: nothing to abort", "abort api wide", 0, NULL,
      "Nothing is under way at `api/wide`. Nothing was done." },
    { "nor to pause", "pause api wide", 0, NULL, "Nothing is under way at `api/wide`. Nothing was done." },
    { "nor to promote", "promote api wide", 0, NULL, "Nothing is under way at `api/wide`. Nothing was done." },
    { "what has gone is not under way", "abort api wide", EAST | NOT_LIVE, NULL,
      "Nothing is under way at `api/wide`. Nothing was done." },

    { "one region alone is aborted", "abort api wide", EAST | ALONE, "D5", NULL },
    { "or the other", "abort api wide", WEST, "D6", NULL },
    { "or paused", "pause api wide", EAST | ALONE, "D5", NULL },
    { "or promoted: it is the only one", "promote api wide", WEST, "D6", NULL },
    { "or retried", "retry api wide", WEST, "D6", NULL },

    { "two of their own are aborted, each by a request", "abort api wide", EAST | WEST, "D5 D6", NULL },
    { "two are paused", "pause api wide", EAST | WEST, "D5 D6", NULL },
    { "two are not promoted on a guess", "promote api wide", EAST | WEST, NULL,
      "Which one? Several are under way at `api/wide`: D5 (`api/wide/east`), D6 (`api/wide/west`). Name one, `promote "
      "D5`. Nothing was done." },
    { "nor resumed", "resume api wide", EAST | WEST, NULL, "Which one? Several are under way at `api/wide`" },
    { "nor retried", "retry api wide", EAST | WEST, NULL, "Which one? Several are under way at `api/wide`" },

    { "a group is aborted as a whole, so that it begins no other region", "abort api wide", EAST | GROUP, "D2", NULL },
    { "with both at work too", "abort api wide", EAST | WEST | GROUP, "D2", NULL },
    { "and between two regions, when none of them runs", "abort api wide", GROUP, "D2", NULL },
    { "a stranger in one of its regions as well", "abort api wide", EAST | WEST | GROUP | ALONE, "D2 D5", NULL },
    { "its parent goes on with the other services", "abort api wide", EAST | GROUP | OF_ALL, "D2", NULL },
    { "a group that is stuck hands nothing on: its members are meant", "abort api wide", EAST | WEST | GROUP | STOPPED,
      "D5 D6", NULL },
    { "a deploy and the rollback that pushes it aside", "abort api wide", GROUP | WAY_BACK, "D2 D3", NULL },
    { "a group that deploys no place is no part of it", "abort api wide", BADLY_SAID, NULL,
      "Nothing is under way at `api/wide`. Nothing was done." },

    { "who pauses means those that run: a group is not paused", "pause api wide", EAST | GROUP, "D5", NULL },
    { "all of them", "pause api wide", EAST | WEST | GROUP, "D5 D6", NULL },
    { "none runs now: it is told what can be done", "pause api wide", GROUP, NULL,
      "D2 takes care of `api/wide`, and none of its members runs at this moment: `abort D2` stops it. Nothing was done." },
    { "the one member that runs is promoted", "promote api wide", EAST | GROUP, "D5", NULL },
    { "of several one has to be named", "promote api wide", EAST | WEST | GROUP, NULL, "Which one?" },

    { "one region by its name", "abort api wide --region west", EAST | WEST | GROUP, "D6", NULL },
    { "promoted by its name", "promote api wide --region east", EAST | WEST | GROUP, "D5", NULL },
    { "a region in which nothing runs", "abort api wide --region west", EAST | GROUP, NULL,
      "D2 takes care of `api/wide/west`" },
    { "a region that there is not", "abort api wide --region mars", EAST, NULL,
      "`api/wide` has no region `mars`, but `east, west`. Nothing was done." },
    { "a region of a service that has one", "abort web wide --region east", EAST, NULL,
      "`web/wide` has no regions to choose from. Nothing was done." },
    { "a region of an operation", "abort D5 --region east", EAST, NULL,
      "`--region` belongs to a place, and `D5` is one operation. Nothing was done." },
    { "a group by its id: policy knows it by its first place", "abort D2", GROUP, "D2", NULL },
    { "of several services too", "abort D1", OF_ALL, "D1", NULL },
    { "another service's place is not meant", "abort web wide", EAST | WEST | GROUP | OF_ALL, NULL,
      "Nothing is under way at `web/wide`. Nothing was done." },
};

struct world {
    struct operation live[8];
    size_t count;
    struct target targets[2];
};

static struct operation *put(struct decision_fixture *fixture, struct world *world, const char *id, const char *kind,
                             const char *parent, const char *body)
{
    struct operation *operation = &world->live[world->count++];

    *operation = (struct operation){
        .id = id, .kind = kind, .state = "running", .parent = parent, .body = decision_json(fixture, body)
    };
    return operation;
}

static void put_deploy(struct decision_fixture *fixture, struct world *world, const char *id, const char *target,
                       const char *parent)
{
    put(fixture, world, id, "deploy", parent, "{'service':'api','environment':'wide'}")->target = target;
}

static void fill(struct decision_fixture *fixture, struct world *world, int under_way)
{
    const char *parent = under_way & GROUP ? "D2" : NULL;
    bool has_west = under_way & WEST, has_east = under_way & EAST;

    *world = (struct world){ .targets = { { .name = "api/wide/east" }, { .name = "api/wide/west" } } };
    if (under_way & OF_ALL)
        put(fixture, world, "D1", "group", NULL,
            "{'members':[{'name':'api','words':['api','wide']},{'name':'web','words':['web','wide']}]}");
    if (under_way & GROUP)
        put(fixture, world, "D2", "group", under_way & OF_ALL ? "D1" : NULL,
            "{'members':[" MEMBER("east", "api") "," MEMBER("west", "api") "]}")
            ->is_stuck = under_way & STOPPED;
    if (under_way & WAY_BACK)
        put(fixture, world, "D3", "group", NULL, "{'members':[" MEMBER("east", "api") "," MEMBER("west", "api") "]}");
    if (under_way & BADLY_SAID)
        put(fixture, world, "D4", "group", NULL,
            "{'members':[{'name':'x','words':['D5']},{'name':'y'},{'words':7},{'name':'z','words':['api','moon']}]}");
    if (has_east && !(under_way & NOT_LIVE))
        put_deploy(fixture, world, "D5", "api/wide/east", under_way & ALONE ? NULL : parent);
    if (has_west)
        put_deploy(fixture, world, "D6", "api/wide/west", parent);
    world->targets[0].holder = has_east ? "D5" : NULL;
    world->targets[1].holder = has_west ? "D6" : NULL;
    fixture->operations = world->live;
    fixture->operations_count = world->count;
    fixture->targets = world->targets;
    fixture->targets_count = 2;
}

/* What becomes of several: a group that asks each of them. */
static void check_several(struct decision_fixture *fixture, const struct row *row)
{
    const struct group_body *body;
    struct outcome out;
    const char *ids = "";

    decision_answer(fixture, verb_find(verbs, decision_request(fixture, row->line).verb),
                    arena_printf(fixture->arena, "%s --reason \"it burns\"", row->line), &out);
    assert_true(out.begins);
    assert_string_equal(out.kind, "group");
    for (size_t i = 0; i < out.requests_count; i++) {
        const struct wanted_request *asked = &out.requests[i];

        assert_string_equal(asked->verb, decision_request(fixture, row->line).verb);
        assert_int_equal(asked->words_count, 2);
        assert_string_equal(asked->words[1], "--reason=it burns");
        ids = arena_printf(fixture->arena, "%s%s%s", ids, i ? " " : "", asked->words[0]);
    }
    assert_string_equal(ids, row->meant);
    body = out.body;
    assert_int_equal(body->on_failure, GROUP_CONTINUE);
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(WIDE);
    struct request request = decision_request(fixture, row->line);
    const struct verb *verb = verb_find(verbs, request.verb);
    struct question question = { 0 };
    const struct facts facts = view_facts(&fixture->view);
    const void *arguments;
    struct world world;
    struct error err;

    fill(fixture, &world, row->under_way);
    assert_int_equal(verb->asks(&fixture->view, &request, &question, &arguments, &err), row->meant != NULL);
    if (!row->meant) {
        if (strncmp(err.message, row->misused, strlen(row->misused)) != 0)
            assert_string_equal(err.message, row->misused);
        return;
    }
    assert_string_equal(question.service, "api"); /* of a group too, so that policy knows the place */
    assert_string_equal(question.environment, "wide");
    assert_int_equal(question.labels_count, 1);
    assert_int_equal(question.is_safe_direction, verb->is_safe_direction);
    assert_int_equal(policy_decide(fixture->view.policy, &question, &facts, POLICY_WHOLE).verdict, VERDICT_ALLOW);
    if (strchr(row->meant, ' ')) {
        assert_null(question.operation);
        check_several(fixture, row);
    } else {
        assert_string_equal(question.operation, row->meant);
        assert_string_equal(((const struct control_arguments *)arguments)->operation, row->meant);
    }
}

int main(void)
{
    return ROWS(rows, check_row);
}
