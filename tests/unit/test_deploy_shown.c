/* Numbers change the card as seldom as Slack wants it; whatever else changes is shown at once. */
#include "tests/unit/deploy_fixture.h"

#define MEASURE(errors) /* nothing for the judge */                                                                    \
    EVENT_READING, "measure",                                                                                          \
        "{'canary':" NUMBERS(1000, errors) ",'baseline':" NUMBERS(9000, 3) ",'at_ms':1795212000000}"
#define SEEN EVENT_READING, "service", SERVES(AT_5)
#define ASKS(verb) EVENT_REQUEST, verb, NULL
#define LOOKS EVENT_TIMER, "look", NULL

#define NUMBERS_ALONE 2

static const struct step {
    int64_t after_ms;
    enum event_kind kind;
    const char *event, *body;
    int changes; /* the card: false, true; or NUMBERS_ALONE, which wait when others have more to show */
} canary[] = {
    /* baked 100 s, so it is looked at every 10 s */
    { 0, MEASURE(1), true },              /* the first numbers */
    { 100, SEEN, false },                 /* observed for a moment more */
    { 900, MEASURE(2), false },           /* others, right behind them */
    { 4000, SEEN, false },                /* half-way */
    { 4100, LOOKS, false },               /* it asks, and has no answer yet */
    { 400, MEASURE(3), true },            /* ten seconds later, but for what one answer was faster than the other */
    { 100, MEASURE(4), false },           /* too soon */
    { 10000, MEASURE(4), NUMBERS_ALONE }, /* ten more */
    { 100, MEASURE(5), false },           /* too soon */
    { 100, ASKS("pause"), true },         /* at once, whenever it comes */
    { 100, MEASURE(5), false },           /* shown with the pause already */
    { 5000, MEASURE(4), false },          /* too soon */
    { 900, ASKS("resume"), true },
    { 4000, MEASURE(5), true },                   /* the first ones since somebody did something */
    { 4000, MEASURE(4), false },                  /* too soon */
    { 100, EVENT_READING, "measure", ILL, true }, /* over a limit: its traffic goes back, and that is shown at once */
};
static const struct step unjudged[] = {
    { 0, SEEN, false }, { 1000, SEEN, false }, { 9000, SEEN, true }, { 10000, SEEN, true }, { 3000, SEEN, false },
};
static const struct step same[] = {
    { 0, MEASURE(1), true },
    { 100, ASKS("pause"), true },
    { 10000, MEASURE(1), false },
    { 10000, MEASURE(1), false },
};
static const struct step short_step[] = {
    { 0, MEASURE(1), true },
    { 1000, MEASURE(2), true },
    { 1000, MEASURE(3), true },
    { 100, LOOKS, false },
};
static const struct step among_ten[] = {
    { 0, MEASURE(1), true },      { 10000, MEASURE(2), false },
    { 9100, MEASURE(3), true },                                 /* two seconds for each of them */
    { 10000, MEASURE(4), false }, { 100, ASKS("pause"), true }, /* at once, however many there are */
};
static const struct step short_among_three[] = {
    { 0, MEASURE(1), true },
    { 2000, MEASURE(2), false },
    { 3100, MEASURE(3), true },
    { 1000, MEASURE(4), false },
};
static const struct step paused_among_many[] = {
    { 0, MEASURE(1), true },
    { 100, ASKS("pause"), true },
    { 10000, MEASURE(2), true },  /* the first ones since somebody did something */
    { 10000, MEASURE(3), false }, /* six seconds for each of them all */
};
static const struct step jumped[] = {
    { 0, MEASURE(1), true },
    { 60000, MEASURE(2), true },
    { -60000, MEASURE(3), true },
    { 100, MEASURE(4), false },
};

static const struct play {
    const char *name;
    unsigned is;
    int64_t bake_ms;
    const struct step *steps;
    size_t steps_count;
    size_t others; /* that are looked at, too */
} plays[] = {
    { "numbers alone come every ten seconds", JUDGED, 100000, canary, ARRAY_LEN(canary), 0 },
    { "without a judge, so does the time", 0, 100000, unjudged, ARRAY_LEN(unjudged), 0 },
    { "the same again is no change", JUDGED, 100000, same, ARRAY_LEN(same), 0 },
    { "a step of seconds is watched by somebody", JUDGED, 8000, short_step, ARRAY_LEN(short_step), 0 },
    { "a clock that jumps hides none for long", JUDGED, 100000, jumped, ARRAY_LEN(jumped), 0 },
    { "of ten that are looked at each comes every twenty seconds", JUDGED, 100000, among_ten, ARRAY_LEN(among_ten), 9 },
    { "nor is a step of seconds shown with each look then", JUDGED, 8000, short_among_three,
      ARRAY_LEN(short_among_three), 2 },
    { "one that is paused leaves its turn to others", JUDGED, 100000, paused_among_many, ARRAY_LEN(paused_among_many),
      2 },
};

static const char *card_text(struct decision_fixture *fixture, const struct operation *operation,
                             const struct deploy_body *body)
{
    struct card card = { .title = NULL };
    cJSON *json;
    const char *text;

    machine_deploy.card(&fixture->view, operation, body, &card);
    json = shape_to_json(&card_shape, &card, SHAPE_WHOLE);
    text = json_print_in(fixture->arena, json);
    cJSON_Delete(json);
    return text;
}

/* Itself, so many others of which some bake and some are watched, and some that nobody looks at. */
static void go_on_beside(struct decision_fixture *fixture, const struct operation *self, size_t others)
{
    static const char *const states[] = { "baking", "watching" };
    struct operation idle = deploy_operation_in("queued"), paused = deploy_operation_in("baking"), *list = NULL;
    size_t count = 0;

    paused.body = decision_json(fixture, "{'is_paused':true}");
    *ARENA_PUSH(fixture->arena, list, count) = *self;
    for (size_t i = 0; i < others; i++)
        *ARENA_PUSH(fixture->arena, list, count) = deploy_operation_in(states[i % 2]);
    for (size_t i = 0; i < 30; i++)
        *ARENA_PUSH(fixture->arena, list, count) = i % 2 ? idle : paused;
    fixture->operations = list;
    fixture->operations_count = count;
}

static void check_play(void **state)
{
    const struct play *play = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct deploy_body *body = deploy_body_made(fixture, 0, 5, play->is);
    struct deploy_step *steps = arena_alloc(fixture->arena, body->steps_count * sizeof(*steps));
    struct operation operation = deploy_operation_in("baking");
    struct request request = { .principal = { "slack", "U1", "T1", "ann" } };
    struct control_arguments arguments = { .look = CONTROL_ANY_LOOK };
    const char *before;

    memcpy(steps, body->steps, body->steps_count * sizeof(*steps));
    steps[0].bake_ms = play->bake_ms;
    body->steps = steps;
    body->observed_at_ms = fixture->view.now_ms;
    deploy_body_judged(fixture, body);
    go_on_beside(fixture, &operation, play->others);
    before = card_text(fixture, &operation, body);
    for (size_t i = 0; i < play->steps_count; i++) {
        const struct step *step = &play->steps[i];
        struct event event = { .kind = step->kind,
                               .name = step->event,
                               .request = &request,
                               .arguments = &arguments,
                               .body = step->body ? decision_json(fixture, step->body) : NULL };
        struct outcome out;
        const char *after;

        fixture->view.now_ms += step->after_ms;
        outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
        machine_deploy.on_event(&fixture->view, &operation, body, &event, &out);
        if (out.body)
            body = (struct deploy_body *)out.body;
        after = card_text(fixture, &operation, body);
        if ((step->changes != false) != (strcmp(before, after) != 0))
            fail_msg("step %zu: the card is%s\n%s", i, step->changes ? " as it was" : " another one", after);
        if (out.card_can_wait && step->kind != EVENT_READING)
            fail_msg("step %zu: what somebody did can wait", i);
        if (!out.card_can_wait && step->changes == NUMBERS_ALONE)
            fail_msg("step %zu: its numbers cannot wait", i);
        if (out.state)
            operation.state = out.state;
        before = card_text(fixture, &operation, body);
    }
}

/* A service looked at every second, whatever comes back, changes its card six times a minute and no oftener. */
static void check_rate(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct deploy_body *body = deploy_body_made(fixture, 0, 5, JUDGED);
    struct operation operation = deploy_operation_in("baking");
    const char *before = card_text(fixture, &operation, body);
    int changes = 0;

    (void)state;
    body->observed_at_ms = fixture->view.now_ms;
    for (int64_t s = 0; s < 60; s++) {
        const char *numbers = arena_printf(fixture->arena,
                                           "{'canary':{'requests':" KNOWN(% d) ",'errors':" KNOWN(0) ",'p50_s':" KNOWN(
                                               0.05) ",'p95_s':" KNOWN(0.1) "},'baseline':{},'at_ms':1795212000000}",
                                           (int)(1000 + s));
        struct event event = { .kind = EVENT_READING, .name = "measure", .body = decision_json(fixture, numbers) };
        struct outcome out;

        fixture->view.now_ms += SECOND_MS;
        outcome_init(&out, fixture->arena, operation.id, operation.outside_id);
        machine_deploy.on_event(&fixture->view, &operation, body, &event, &out);
        body = (struct deploy_body *)out.body;
        body->observed_at_ms = fixture->view.now_ms;
        changes += strcmp(before, card_text(fixture, &operation, body)) != 0;
        before = card_text(fixture, &operation, body);
    }
    assert_in_range(changes, 5, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "six changes a minute, however often it is looked at", check_rate, NULL, NULL, NULL },
    };

    return ROWS(plays, check_play) + cmocka_run_group_tests(tests, NULL, NULL);
}
