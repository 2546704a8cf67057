/* policy_test.c - `opsgate policy test FILE`: worked examples of a policy, each with what has to come of it. */
#include "bot/cli/policy.h"

#include "bot/base/file.h"
#include "bot/base/time.h"
#include "bot/configuration/walk.h"
#include "policy/members.h"

#include <stdio.h>
#include <string.h>

#define FILE_MAX_BYTES (1024 * 1024)

enum { EXAMPLE_CHECKS_UNKNOWN, EXAMPLE_CHECKS_RED, EXAMPLE_CHECKS_GREEN };
static const char *const checks_names[] = { "unknown", "red", "green", NULL };
static const char *const stage_names[] = { "static", "whole", "increase", NULL };

struct example_facts {
    const char *incident; /* "none", or the severity of the worst; NULL: not known */
    const char *reason, *break_glass;
    const char *version;               /* as it was pinned; NULL: not known */
    int checks;                        /* as above */
    const char **approvals, **authors; /* principals; no list of authors: not known */
    size_t approvals_count, authors_count;
    struct shape_pair *healthy; /* environment -> for how long */
    size_t healthy_count;
    struct shape_pair *groups; /* source -> its members, separated by white space */
    size_t groups_count;
    int64_t groups_age_ms; /* since they were read */
    bool confirmed;
};
struct example {
    int line;
    const char *who, *asks, *at, *rule;
    int stage;  /* enum policy_stage */
    int expect; /* enum verdict */
    const struct example_facts *facts;
};

static const struct shape_field facts_rows[] = {
    ROW_STRING(example_facts, incident, .min = 1, .max = 63, .about = "none, or the severity of the worst open one"),
    ROW_STRING(example_facts, reason, .min = 1, .max = 400, .about = "as given with --reason"),
    ROW_STRING(example_facts, break_glass, .min = 1, .max = 400, .about = "as given for breaking the glass"),
    ROW_STRING(example_facts, version, .min = 1, .max = 200,
               .about = "as it was pinned, for requirements of a version"),
    ROW_ENUM(example_facts, checks, checks_names, .about = "on the pinned commit"),
    ROW_STRINGS(example_facts, approvals, .flags = SHAPE_ONE_OR_MANY, .max = 100, .about = "who has approved just now"),
    ROW_STRINGS(example_facts, authors, .flags = SHAPE_ONE_OR_MANY, .max = 100, .about = "of its commits"),
    ROW_MAP(example_facts, healthy, .max = 100, .about = "environment: for how long the version has been good there"),
    ROW_MAP(example_facts, groups, .max = 100, .about = "group, team or schedule: its members"),
    ROW_MS(example_facts, groups_age, .otherwise = "0s", .max = 365 * DAY_MS, .about = "since those were read"),
    ROW_BOOL(example_facts, confirmed, .about = "through a second door"),
};
static const struct shape facts_shape = SHAPE("facts", example_facts, facts_rows);

static const struct shape_field example_rows[] = {
    ROW_LINE(example, line),
    ROW_STRING(example, who, .flags = SHAPE_REQUIRED, .min = 3, .max = 200, .about = "slack:U012AB3CD, local:ann"),
    ROW_STRING(example, asks, .flags = SHAPE_REQUIRED, .min = 1, .max = 2000, .about = "deploy api production v1.2"),
    ROW_STRING(example, at, .min = 1, .max = 40, .about = "when, as 2026-11-20T22:00:00Z; else now"),
    ROW_ENUM(example, stage, stage_names, .otherwise = "whole", .about = "when it is asked"),
    ROW_OPTION(example, facts, &facts_shape, .about = "what is known"),
    ROW_ENUM(example, expect, policy_verdict_names, .flags = SHAPE_REQUIRED, .about = "what has to come of it"),
    ROW_STRING(example, rule, .min = 1, .max = 200, .about = "which rule has to decide, as opsgate.yaml:12"),
};
static const struct shape example_shape = SHAPE("examples", example, example_rows);

/* ---- what is known ---- */

static bool read_principals(const struct policy_looking *looking, const char **texts, size_t count,
                            struct principal **ret, struct error *err)
{
    struct request request = { 0 };

    *ret = arena_alloc(looking->arena, (count + 1) * sizeof(**ret));
    for (size_t i = 0; i < count; i++) {
        if (!policy_read_who(looking, texts[i], &request, err))
            return false;
        (*ret)[i] = request.principal;
    }
    return true;
}

static bool read_healthy(const struct policy_looking *looking, const struct example_facts *known, struct facts *facts,
                         struct error *err)
{
    struct health_fact *health = arena_alloc(looking->arena, (known->healthy_count + 1) * sizeof(*health));
    int64_t for_ms;

    for (size_t i = 0; i < known->healthy_count; i++) {
        if (!duration_parse(str_of(known->healthy[i].value), &for_ms, err))
            return error_wrap(err, "healthy");
        health[i] = (struct health_fact){ known->healthy[i].key, facts->unix_ms - for_ms };
    }
    facts->health = health;
    facts->health_count = known->healthy_count;
    return true;
}

static const struct members *read_groups(const struct policy_looking *looking, const struct example_facts *known,
                                         int64_t now_ms)
{
    struct membership *read = arena_alloc(looking->arena, (known->groups_count + 1) * sizeof(*read));

    for (size_t i = 0; i < known->groups_count; i++) {
        struct str rest = str_of(known->groups[i].value), word;

        read[i] = (struct membership){ .source = known->groups[i].key, .read_at_ms = now_ms - known->groups_age_ms };
        while ((word = str_take_word(&rest)).len > 0)
            *ARENA_PUSH(looking->arena, read[i].members, read[i].members_count) = arena_copy(looking->arena, word);
    }
    return members_compile(looking->policy, read, known->groups_count, looking->arena);
}

static bool read_facts(const struct policy_looking *looking, const struct example_facts *known, struct facts *facts,
                       struct error *err)
{
    static const enum known checks[] = { KNOWN_NOT, KNOWN_NO, KNOWN_YES };
    struct approval_fact *approvals = arena_alloc(looking->arena, (known->approvals_count + 1) * sizeof(*approvals));
    struct principal *by, *authors;

    if (!read_principals(looking, known->approvals, known->approvals_count, &by, err) ||
        !read_principals(looking, known->authors, known->authors_count, &authors, err) ||
        !read_healthy(looking, known, facts, err))
        return false;
    for (size_t i = 0; i < known->approvals_count; i++)
        approvals[i] = (struct approval_fact){ by[i], facts->unix_ms };
    facts->members = read_groups(looking, known, facts->unix_ms);
    facts->incidents = !known->incident ? KNOWN_NOT : strcmp(known->incident, "none") == 0 ? KNOWN_NO : KNOWN_YES;
    facts->worst_incident = facts->incidents == KNOWN_YES ? known->incident : NULL;
    facts->reason = known->reason ? known->reason : facts->reason;
    facts->break_glass = known->break_glass ? known->break_glass : facts->break_glass;
    facts->checks = checks[known->checks];
    facts->approvals = approvals;
    facts->approvals_count = known->approvals_count;
    facts->are_authors_known = known->authors_count > 0;
    facts->authors = authors;
    facts->authors_count = known->authors_count;
    facts->is_confirmed_elsewhere = known->confirmed;
    return true;
}

/* ---- one after the other ---- */

static bool ask(const struct policy_looking *looking, const struct example *example, struct decision *ret,
                struct error *err)
{
    struct request request = { .text = example->asks };
    struct str words = str_of(example->asks);
    struct policy_asked asked = { .stage = POLICY_WHOLE };
    int64_t at_ms = looking->now_ms;

    if (example->at && !time_parse(str_of(example->at), &at_ms, err))
        return false;
    if (!policy_read_who(looking, example->who, &request, err))
        return false;
    request.verb = arena_copy(looking->arena, str_take_word(&words));
    if (!request_split(words, looking->arena, &request, err) || !policy_read_request(looking, &request, &asked, err))
        return false;
    asked.facts =
        (struct facts){ .unix_ms = at_ms, .reason = asked.question.reason, .break_glass = asked.question.break_glass };
    if (example->facts && !read_facts(looking, example->facts, &asked.facts, err))
        return false;
    asked.question.version = example->facts ? example->facts->version : NULL;
    *ret = policy_decide(looking->policy, &asked.question, &asked.facts, (enum policy_stage)example->stage);
    return true;
}

/* CLI_OK: as expected. */
static enum cli_exit try_example(const struct policy_looking *looking, const char *path, const struct example *example)
{
    struct decision decision;
    struct error err;

    if (!ask(looking, example, &decision, &err)) {
        printf("%s:%d: %s\n", path, example->line, err.message);
        return CLI_USAGE;
    }
    if ((int)decision.verdict == example->expect &&
        (!example->rule || (decision.rule && strcmp(decision.rule, example->rule) == 0)))
        return CLI_OK;
    printf("%s:%d: %s %s: expected %s%s%s, found %s by %s: %s\n", path, example->line, example->who, example->asks,
           policy_verdict_names[example->expect], example->rule ? " by " : "", example->rule ? example->rule : "",
           policy_verdict_names[decision.verdict], decision.rule ? decision.rule : "no rule", decision.reason);
    return CLI_NO;
}

static const char *find_nothing(void *arg, const char *name)
{
    (void)arg, (void)name;
    return NULL;
}

static bool read_nothing(void *arg, const char *path, char **ret_text, size_t *ret_len, struct error *err)
{
    (void)arg, (void)ret_text, (void)ret_len;
    return error_set(err, ERR_INVALID, "%s: examples read no files", path);
}

static void on_wrong(void *arg, struct yaml_place place, const char *message)
{
    walk_wrong_at(arg, place, "", message);
}

static const struct example *read_examples(const struct policy_looking *looking, const char *path, struct str text,
                                           struct configuration_errors *errors, size_t *ret_count)
{
    const struct configuration_source source = {
        .path = path, .text = text, .find_variable = find_nothing, .read_file = read_nothing
    };
    struct walk walk = { .source = &source, .errors = errors, .arena = looking->arena };
    const struct yaml_node *root = yaml_parse(text, looking->arena, on_wrong, &walk);

    return root ? walk_list(&walk, &example_shape, root, ret_count) : NULL;
}

static int try_all(const struct policy_looking *looking, const char *path, const struct example *examples, size_t count)
{
    size_t good = 0;
    int code = CLI_OK;

    for (size_t i = 0; i < count; i++) {
        enum cli_exit one = try_example(looking, path, &examples[i]);

        good += one == CLI_OK;
        code = (int)one > code ? (int)one : code;
    }
    printf("%zu of %zu examples are as expected\n", good, count);
    return code;
}

int cli_policy_test(const struct policy_looking *looking)
{
    const char *path = looking->cli->words[1];
    AUTO_FREE char *text = NULL;
    AUTO_BUF struct buf out = BUF(FILE_MAX_BYTES);
    struct configuration_errors errors = { 0 };
    const struct example *examples;
    struct error err;
    size_t count = 0;
    int code;

    if (looking->cli->words_count != 2)
        return cli_usage(looking->cli);
    if (!file_read(path, FILE_MAX_BYTES, &text, &err)) {
        cli_complain("%s", err.message);
        return CLI_USAGE;
    }
    errors = (struct configuration_errors){ .arena = arena_create(), .file = path };
    examples = read_examples(looking, path, str_of(text), &errors, &count);
    if (errors.count > 0) {
        configuration_errors_print(&errors, &out);
        fputs(buf_text(&out), stderr);
        code = CLI_USAGE;
    } else {
        code = try_all(looking, path, examples, count);
    }
    configuration_errors_finish(&errors);
    return code;
}
