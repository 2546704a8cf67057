/* The true verbs in an engine: when a request is parsed, what nobody can meet refuses it at once, and what comes with
 * its artifact waits for that; a verb that pins nothing is judged wholly, or nobody would ever judge the rest. */
#include "tests/unit/engine_fixture.h"
#include "tests/unit/rows.h"

#include "handlers/registry.h"

static const char configuration[] = FIXTURE_SLACK_T1
    "services:\n"
    "  - name: api\n"
    "    artifact: { image: \"us-docker.pkg.dev/acme/images/api:{version}\" }\n"
    "    environments:\n"
    "      - name: staging\n"
    "        driver: { cloud_run: { project: acme, region: us-central1, service: api-staging } }\n"
    "        strategy: all-at-once\n"
    "      - name: production\n"
    "        driver: { cloud_run: { project: acme, region: us-central1, service: api-prod } }\n"
    "        strategy: all-at-once\n"
    "incidents: { severities: [{ name: P1 }] }\n"
    "policy:\n"
    "  rules:\n"
    "    - { allow: \"*\", to: everyone }\n"
    "    - { require: { reason: true }, for: deploy, on: { environment: staging } }\n"
    "    - { require: { version: \"v*\", second_channel: true }, for: deploy, on: { environment: production } }\n"
    "    - { require: { second_channel: true }, for: [help, dead] }\n"
    "    - { deny: [status, rollback], when: { incident_at_least: P1 } }\n";

static int setup(void **state)
{
    struct world *world = world_create();
    struct node *node = world_node(world);

    configuration_destroy(world->configuration);
    world->configuration = fixture_good(configuration);
    world->settings = world->configuration->settings;
    node->config.policy = policy_compile(&world->settings, NULL, world->configuration->zones, world->arena);
    node->config.verbs = verbs;
    node->config.machines = machines;
    node_start(node);
    world_advance(world, 1000);
    *state = world;
    return 0;
}

static const struct row {
    const char *name, *says;
    bool begins;
    const char *reply; /* begins so */
} rows[] = {
    { "a need that nobody can meet refuses at once", "U1 deploy api staging v1", false,
      "REFUSED *Denied*: deploy of api in staging requires a reason (none is given) (test.yaml:" },
    { "what the request itself gives meets it", "U1 deploy api staging v1 --reason=hotfix", true, "" },
    { "likewise for a deploy that is called a rollback", "U1 rollback api staging --to v1", false,
      "REFUSED *Denied*: deploy of api in staging requires a reason (none is given) (test.yaml:" },
    { "and its reason goes with it", "U1 rollback api staging --to v1 --reason=hotfix", true, "" },
    { "what comes with the artifact is waited for", "U1 deploy api production v1", true, "" },
    { "a verb that pins nothing waits for nothing", "U1 help", false,
      "REFUSED *Denied*: help requires a word through a second door (test.yaml:" },
    { "a condition that nobody can judge denies", "U1 status", false,
      "REFUSED *Denied*: status is denied (whether an incident of P1 or worse is open is not known, so it denies) (test.yaml:" },
};

/* Who asks later why it was let in finds the rule, and its words: lines move with a reload. */
static void check_allowed(struct world *world)
{
    const struct fake_place *journal = &world->store->places[STORE_JOURNAL];
    const cJSON *accepted = NULL;

    for (size_t i = 0; i < journal->count; i++) {
        const cJSON *entry = world_record(world, STORE_JOURNAL, journal->fields[i].field);

        if (strcmp(json_find_string(entry, "core.kind"), "request.accepted") == 0)
            accepted = entry;
    }
    assert_string_equal(json_find_string(accepted, "core.body.rule"), "test.yaml:15");
    assert_string_equal(json_find_string(accepted, "core.body.rule_words"), "allow * to everyone");
}

static void check_row(void **state)
{
    const struct row *row = *state;
    struct world *world;
    void *made = NULL;
    const char *reply;

    setup(&made);
    world = made;
    world_say(world, row->says);
    reply = world->replies[world->replies_count - 1];
    assert_int_equal(world_operation(world, "D1") != NULL, row->begins);
    assert_int_equal(world_journalled(world, row->begins ? "request.accepted" : "request.denied"), 1);
    if (row->begins)
        check_allowed(world);
    if (strncmp(reply, row->reply, strlen(row->reply)) != 0)
        assert_string_equal(reply, row->reply);
    assert_int_equal(strncmp(reply, "REFUSED", 7) == 0, !row->begins);
    world_teardown(&made);
}

int main(void)
{
    return ROWS(rows, check_row);
}
