/* Policy against the naive reference: a million random questions to random policies, each at all three stages. Then
 * each operator of the reference is turned around, which has to be noticed; how often says what decides how many of the
 * cases.
 *
 * SEED (tests/seed.h) says which they are, ONLY=M takes the policy of that number alone, POLICIES=K so many of them.
 */
#include "subject.h"

#include "tests/seed.h"

static uint64_t number_of(const char *variable, uint64_t otherwise)
{
    const char *text = getenv(variable);

    return text ? strtoull(text, NULL, 10) : otherwise;
}

/* ---- the same? ---- */

static int line_of(const char *rule)
{
    const char *colon = rule ? strrchr(rule, ':') : NULL;

    return colon ? (int)strtol(colon + 1, NULL, 10) : 0;
}

static enum reference_state state_of(const struct need *need)
{
    switch (need->state) {
    case NEED_MET:
        return REFERENCE_MET;
    case NEED_PENDING:
        return REFERENCE_PENDING;
    case NEED_PEOPLE:
        return REFERENCE_PEOPLE;
    default:
        return REFERENCE_UNMET;
    }
}

static size_t count_need(const struct reference_decision *decision, const struct reference_need *need)
{
    size_t found = 0;

    for (size_t i = 0; i < decision->needs_count; i++)
        found += decision->needs[i].line == need->line && decision->needs[i].kind == need->kind &&
                 decision->needs[i].state == need->state;
    return found;
}

/* As sets; what is more than the array holds is only counted. */
static bool are_needs_same(const struct decision *real, const struct reference_decision *expected)
{
    if (real->needs_count != expected->needs_count)
        return false;
    for (size_t i = 0; i < real->needs_count && i < POLICY_NEEDS_MAX; i++) {
        const struct reference_need need = { line_of(real->needs[i].rule), real->needs[i].kind,
                                             state_of(&real->needs[i]) };

        if (count_need(expected, &need) != 1)
            return false;
    }
    return true;
}

/* Of several requirements any that is not met may be told as the one that decides. */
static bool is_unmet(const struct reference_decision *expected, int line)
{
    for (size_t i = 0; i < expected->needs_count; i++)
        if (expected->needs[i].line == line && expected->needs[i].state != REFERENCE_MET)
            return true;
    return false;
}

static bool is_same(const struct decision *real, const struct reference_decision *expected)
{
    if (real->verdict != expected->verdict || real->can_break_glass != expected->can_break_glass ||
        (real->stale_source != NULL) != expected->is_stale)
        return false;
    if (expected->line != 0 && line_of(real->rule) != expected->line)
        return false;
    if (real->verdict != VERDICT_NEEDS)
        return true;
    return is_unmet(expected, line_of(real->rule)) && are_needs_same(real, expected);
}

/* ---- told to whoever looks for the reason ---- */

static void print_needs_of_reference(const struct reference_decision *decision, struct buf *out)
{
    for (size_t i = 0; i < decision->needs_count; i++)
        buf_addf(out, " [line %d: need %d is %d]", decision->needs[i].line, (int)decision->needs[i].kind,
                 (int)decision->needs[i].state);
}

static void print_needs(const struct decision *decision, struct buf *out)
{
    for (size_t i = 0; i < decision->needs_count && i < POLICY_NEEDS_MAX; i++)
        buf_addf(out, " [line %d: need %d is %d]", line_of(decision->needs[i].rule), (int)decision->needs[i].kind,
                 (int)state_of(&decision->needs[i]));
}

static void tell_difference(const struct subject *subject, size_t number, size_t stage, const struct question *question,
                            const struct facts *facts, const struct decision *real,
                            const struct reference_decision *expected)
{
    AUTO_BUF struct buf out = BUF(60000);

    random_policy_print(subject->written, &out);
    random_question_print(question, facts, &out);
    buf_addf(&out, "at the stage %s\npolicy:    %s, line %d, glass %d, old group %s:", stage_names[stage],
             verdict_names[real->verdict], line_of(real->rule), real->can_break_glass,
             real->stale_source ? real->stale_source : "-");
    print_needs(real, &out);
    buf_addf(&out, " %s\nreference: %s, line %d, glass %d, old group %d:", real->reason,
             verdict_names[expected->verdict], expected->line, expected->can_break_glass, expected->is_stale);
    print_needs_of_reference(expected, &out);
    fprintf(stderr, "%s\n", buf_text(&out));
    fail_msg("SEED=%" PRIu64 " ONLY=%zu", seed, number);
}

/* ---- the comparison, and what decides ---- */

static struct {
    size_t cases, sampled;
    size_t verdicts[ARRAY_LEN(stages)][ARRAY_LEN(verdict_names)];
    size_t found[FLIP_COUNT]; /* of the sampled */
} mix;

static void compare(const struct subject *subject, size_t number, const struct question *question,
                    const struct facts *facts)
{
    for (size_t i = 0; i < ARRAY_LEN(stages); i++) {
        struct decision real = subject_decide(subject, question, facts, stages[i]);
        struct reference_decision expected = reference_decide(&subject->world, question, facts, stages[i]);

        mix.verdicts[i][expected.verdict]++;
        if (!is_same(&real, &expected))
            tell_difference(subject, number, i, question, facts, &real, &expected);
    }
    mix.cases++;
}

static bool is_found(const struct reference_world *flipped, const struct question *question, const struct facts *facts,
                     const struct decision *real)
{
    for (size_t i = 0; i < ARRAY_LEN(stages); i++) {
        struct reference_decision otherwise = reference_decide(flipped, question, facts, stages[i]);

        if (!is_same(&real[i], &otherwise))
            return true;
    }
    return false;
}

/* Would it have been noticed with an operator turned around? */
static void sample(const struct subject *subject, const struct question *question, const struct facts *facts)
{
    struct decision real[ARRAY_LEN(stages)];

    for (size_t i = 0; i < ARRAY_LEN(stages); i++)
        real[i] = subject_decide(subject, question, facts, stages[i]);
    for (int flip = FLIP_NONE + 1; flip < FLIP_COUNT; flip++) {
        struct reference_world flipped = subject->world;

        flipped.flip = (enum reference_flip)flip;
        mix.found[flip] += is_found(&flipped, question, facts, real);
    }
    mix.sampled++;
}

static void the_reference_agrees(void **state)
{
    size_t only = (size_t)number_of("ONLY", SIZE_MAX);

    (void)state;
    for (size_t number = 0; number < policies; number++) {
        AUTO(arena) struct arena *arena = NULL;
        struct subject subject;

        if (only != SIZE_MAX && number != only)
            continue;
        arena = arena_create();
        subject = subject_begin(number, arena);
        for (size_t i = 0; i < QUESTIONS; i++) {
            struct question question = random_question(&subject.random, subject.written);
            struct facts facts = random_facts(&subject.random, subject.written);

            compare(&subject, number, &question, &facts);
            if (i == 0)
                sample(&subject, &question, &facts);
        }
    }
    print_message("%zu cases, each at %zu stages\n", mix.cases, ARRAY_LEN(stages));
    for (size_t i = 0; i < ARRAY_LEN(stages); i++)
        print_message("%-9s allow %4.1f %%  needs %4.1f %%  deny %4.1f %%\n", stage_names[i],
                      100.0 * (double)mix.verdicts[i][VERDICT_ALLOW] / (double)mix.cases,
                      100.0 * (double)mix.verdicts[i][VERDICT_NEEDS] / (double)mix.cases,
                      100.0 * (double)mix.verdicts[i][VERDICT_DENY] / (double)mix.cases);
}

static const struct flip_row {
    enum reference_flip flip;
    int percent; /* at least; 0: once */
    const char *about;
} flip_rows[] = {
#define FLIP_ROW(name, percent, about) { FLIP_##name, percent, about },
    REFERENCE_FLIPS(FLIP_ROW)
#undef FLIP_ROW
};

static void every_rule_condition_and_need_decides(void **state)
{
    size_t missing = 0;

    (void)state;
    print_message("decides in ... of %zu sampled cases\n", mix.sampled);
    for (size_t i = 0; i < ARRAY_LEN(flip_rows); i++) {
        double share = 100.0 * (double)mix.found[flip_rows[i].flip] / (double)mix.sampled;
        bool is_enough = share >= flip_rows[i].percent;

        if (flip_rows[i].percent > 0)
            print_message("%6.2f %%  %s%s\n", share, flip_rows[i].about, is_enough ? "" : "  TOO SELDOM");
        missing += !is_enough;
    }
    if (missing > 0 && policies == POLICIES)
        fail_msg("SEED=%" PRIu64 ": %zu of them decide too seldom", seed, missing);
}

static void every_flipped_operator_is_found(void **state)
{
    size_t missing = 0;

    (void)state;
    print_message("found in ... of %zu sampled cases\n", mix.sampled);
    for (size_t i = 0; i < ARRAY_LEN(flip_rows); i++) {
        size_t found = mix.found[flip_rows[i].flip];

        if (flip_rows[i].percent == 0)
            print_message("%7zu  %s%s\n", found, flip_rows[i].about, found > 0 ? "" : "  NEVER");
        missing += found == 0;
    }
    if (missing > 0 && policies == POLICIES)
        fail_msg("SEED=%" PRIu64 ": %zu of them would go unnoticed", seed, missing);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reference_agrees),
        cmocka_unit_test(every_rule_condition_and_need_decides),
        cmocka_unit_test(every_flipped_operator_is_found),
    };

    seed = seed_of_run();
    policies = (size_t)number_of("POLICIES", POLICIES);
    printf("SEED=%" PRIu64 "\n", seed);
    return cmocka_run_group_tests(tests, NULL, NULL) + test_properties();
}
