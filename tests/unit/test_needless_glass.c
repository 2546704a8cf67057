/* A glass that was brought for nothing is said to be whole; and who is told of a glass is told what no glass passes. */
#include "tests/unit/decision_fixture.h"

#define FREEZE "    - { deny: deploy, on: { environment: staging }, reason: a freeze, break_glass: developer }\n"
#define ELSEWHERE "    - { deny: deploy, on: { environment: production }, reason: a freeze, break_glass: developer }\n"
#define NEEDLESS                                                                                                       \
    "No glass was needed, and none was broken: no rule denies it now. If one does when it begins, it is broken then"
#define NOT_PASSED "No glass passes a lock or a halt, so none was broken."
#define WHY " --break-glass \"it burns\""

enum { HALTED = 1, LOCKED = 2 };

static void hold(struct decision_fixture *fixture, unsigned is)
{
    static const struct {
        unsigned is;
        const char *id, *kind, *body;
    } made[] = {
        { HALTED, "D1", "halt", "{'reason':'a fire'}" },
        { LOCKED, "D2", "lock", "{'service':'api','environment':'staging','reason':'a move','blocks':'deploy'}" },
    };
    struct operation *all = arena_alloc(fixture->arena, ARRAY_LEN(made) * sizeof(*all));

    for (size_t i = 0; i < ARRAY_LEN(made); i++)
        if (is & made[i].is)
            all[fixture->operations_count++] = (struct operation){ .id = made[i].id,
                                                                   .kind = made[i].kind,
                                                                   .schema = 1,
                                                                   .state = "holding",
                                                                   .requester = { "slack", "U9", "T1", NULL },
                                                                   .created_at_ms = DECISION_NOW_MS - HOUR_MS,
                                                                   .body = decision_json(fixture, made[i].body) };
    fixture->operations = all;
}

static const struct row {
    const char *name, *rules, *line;
    unsigned is;
    const char *has, *has_not;
} rows[] = {
    { "nothing denies it", "", "deploy api staging v1" WHY, 0, NEEDLESS, NULL },
    { "a rule of another place", ELSEWHERE, "deploy api staging v1" WHY, 0, NEEDLESS, NULL },
    { "a rule that it passes", FREEZE, "deploy api staging v1" WHY, 0, "*D7*: deploying", "No glass" },
    { "none was brought", "", "deploy api staging v1", 0, "*D7*: deploying", "glass" },
    { "of several", ELSEWHERE, "deploy all staging v1" WHY, 0, NEEDLESS, NULL },
    { "of which one is", FREEZE, "deploy all staging v1" WHY, 0, "*D7*", "No glass" },
    { "a halt is not passed", "", "deploy api staging v1" WHY, HALTED, NOT_PASSED, "was needed" },
    { "nor is a lock", FREEZE, "deploy api staging v1" WHY, LOCKED, NOT_PASSED, "was needed" },
    { "who brought none is not told", "", "deploy api staging v1", HALTED, "It can go on after `unhalt`.", "glass" },
    { "explained, a glass is the way", FREEZE, "explain deploy api staging v1", 0,
      "*No, unless you break the glass*: ", "no glass passes" },
    { "but not past a halt", FREEZE, "explain deploy api staging v1", HALTED,
      "and nothing gets more traffic; no glass passes that. It can go on after `unhalt`.", "unless" },
    { "`rollback --to` is a deploy", "", "rollback api staging --to v1" WHY, 0, NEEDLESS, NULL },
    { "and passes what a deploy does", FREEZE, "rollback api staging --to v1" WHY, 0, "*D7*: deploying", "No glass" },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_BUF struct buf text = BUF(10000);
    AUTO_DECISION struct decision_fixture *fixture = NULL;
    struct str words = str_of(row->line);
    struct outcome out;
    const char *answer;

    buf_addf(&text, "%s%s", DECISION_CONFIGURATION, row->rules);
    fixture = decision_create(buf_text(&text));
    hold(fixture, row->is);
    answer =
        decision_answer(fixture, verb_find(verbs, arena_copy(fixture->arena, str_take_word(&words))), row->line, &out);
    if (row->has && !strstr(answer, row->has))
        fail_msg("no '%s' in\n%s", row->has, answer);
    if (row->has_not && strstr(answer, row->has_not))
        fail_msg("'%s' in\n%s", row->has_not, answer);
}

/* ---- refused ---- */

static const struct refused_row {
    const char *name, *line;
    unsigned is;
    bool is_by_glass;
    const char *says; /* one line; NULL: none */
} refused_rows[] = {
    { "who could break it is told of the halt", "deploy api staging v1", HALTED, true,
      "But no glass passes a lock or a halt, and everything is halted (D1). It can go on after `unhalt`." },
    { "and of a lock", "deploy api staging v1", LOCKED, true,
      "But no glass passes a lock or a halt, and api/staging is locked (D2). It can go on after `unlock api staging`." },
    { "who could not is not", "deploy api staging v1", HALTED, false, NULL },
    { "nothing holds it", "deploy api staging v1", 0, true, NULL },
    { "a lock of another place", "deploy web preview v1", LOCKED, true, NULL },
    { "what is asked of a rollout", "retry D9", HALTED, true,
      "But no glass passes a lock or a halt, and everything is halted (D1). It can go on after `unhalt`." },
    { "the way back is not held", "rollback api staging", HALTED, true, NULL },
};

static void check_refused(void **state)
{
    const struct refused_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct request request = decision_request(fixture, row->line);
    struct operation all[2] = { { .id = "D9",
                                  .kind = "deploy",
                                  .state = "baking",
                                  .target = "api/staging",
                                  .requester = { "slack", "U1", "T1", NULL },
                                  .body = decision_json(fixture, "{'service':'api','environment':'staging'}") } };
    const struct verb *verb = verb_find(verbs, request.verb);
    struct question question;
    const void *arguments;
    struct outcome out;
    struct error err;

    hold(fixture, row->is);
    if (fixture->operations_count > 0)
        all[1] = fixture->operations[0];
    fixture->operations_count++;
    fixture->operations = all;
    if (!verb->asks(&fixture->view, &request, &question, &arguments, &err))
        fail_msg("%s", err.message);
    outcome_init(&out, fixture->arena, "D7", "birth-7");
    outcome_refuse(&out, "*Denied*.");
    verb->refused(&fixture->view, &question, arguments, row->is_by_glass, &out);
    assert_int_equal(out.reply->lines_count, row->says != NULL);
    if (row->says)
        assert_string_equal(out.reply->lines[0], row->says);
}

int main(void)
{
    return ROWS(rows, check_row) + ROWS(refused_rows, check_refused);
}
