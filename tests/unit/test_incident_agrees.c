/* Two sides change one incident at once: people here, people in PagerDuty. Webhooks come late, twice, in any order, or
 * never; writes fail, are too late, or their answer is lost. Once all is quiet both sides say the same, and nothing was
 * wanted there but what somebody asked for here, once. Each seed plays another story, the same each time. */
#include "tests/unit/incident_life_fixture.h"

#include <stdio.h>

#define SEEDS 1000
#define STEPS 60
#define PAGES_MAX 3
#define WEBHOOKS_MAX 512
#define ACTS_MAX 128
#define GIVE_UP_MS (5 * MINUTE_MS)
#define SLACK_MS (3 * SECOND_MS)
#define STORY_BYTES (256 * 1024)

enum { TRIGGERED, ACKNOWLEDGED, RESOLVED };
static const char *const statuses[] = { "triggered", "acknowledged", "resolved" };
static const char *const intents[] = { "acknowledge", "resolve", "reopen" };
static const char *const deeds[] = { "ack", "resolve", "reopen" };

struct there { /* an incident as PagerDuty has it */
    int status;
    int64_t at_ms;
    const char *by;
    bool is_merged;
};
struct webhook {
    size_t page;
    struct there told;
};
struct act { /* an effect in the lane of its page */
    size_t page;
    int intent;
    int64_t asked_at_ms;
    bool is_tried;
    const char *end; /* "written resolved 3000 ann"; NULL: not yet */
};
struct look {
    bool is_asked;
    const char *answer; /* what was read; NULL: not yet */
};

struct play {
    struct incident_life *life;
    uint64_t seed;
    size_t count;    /* pages */
    bool is_rough;   /* its REST API tells whole seconds */
    bool is_quiet;   /* nothing fails any more */
    bool is_in_dark; /* something did not arrive, for good: what is so has to be read */
    struct there there[PAGES_MAX];
    int64_t changed_at_ms;
    struct webhook webhooks[WEBHOOKS_MAX];
    size_t webhooks_count;
    struct act acts[ACTS_MAX];
    size_t acts_count;
    struct look looks[PAGES_MAX];
    size_t others;  /* what somebody else changed there, and what of ours did not get through */
    size_t follows; /* moves here that nobody here asked for */
    struct buf story;
};

static uint64_t roll(struct play *play, uint64_t sides)
{
    play->seed ^= play->seed << 13;
    play->seed ^= play->seed >> 7;
    play->seed ^= play->seed << 17;
    return (play->seed >> 11) % sides;
}

static bool happens(struct play *play, uint64_t percent)
{
    return roll(play, 100) < percent;
}

static int64_t now_ms(const struct play *play)
{
    return play->life->fixture->view.now_ms;
}

static const char *id_of(const struct play *play, size_t page)
{
    return arena_printf(play->life->fixture->arena, "P%zu", page + 1);
}

/* "resolved 1795212000000 bob" */
static const char *told(const struct play *play, const struct there *there, bool is_rough)
{
    int64_t at_ms = is_rough ? there->at_ms / SECOND_MS * SECOND_MS : there->at_ms;

    return arena_printf(play->life->fixture->arena, "%s %lld %s", statuses[there->status], (long long)at_ms,
                        there->is_merged ? "merged" : there->by);
}

/* ---- here ---- */

/* What is wanted is wanted by a person's act alone, of each page at most once. */
static void hear(struct play *play, bool is_person)
{
    struct str log = str_of(play->life->log), line;
    size_t wanted[PAGES_MAX] = { 0 };

    while (log.len > 0) {
        line = str_take_until(&log, '\n');
        if (str_take_prefix(&line, "reads page:P")) {
            play->looks[line.at[0] - '1'] = (struct look){ .is_asked = true };
        } else if (str_take_prefix(&line, "wants P")) {
            struct act *act = &play->acts[play->acts_count++];

            assert_true(play->acts_count < ACTS_MAX);
            *act = (struct act){ .page = (size_t)(line.at[0] - '1') };
            str_take_word(&line);
            act->asked_at_ms = now_ms(play);
            line = str_take_word(&line);
            for (size_t i = 0; i < ARRAY_LEN(intents); i++)
                if (str_is(line, intents[i]))
                    act->intent = (int)i;
            assert_true(is_person);
            assert_int_equal(wanted[act->page]++, 0);
        }
    }
}

static void live(struct play *play, bool is_person, const char *step)
{
    const char *before = play->life->operation.state;

    play->life->log = "";
    life_step(play->life, step);
    play->follows += !is_person && strcmp(before, play->life->operation.state) != 0;
    buf_addf(&play->story, "%lld %s -> %s\n%s", (long long)now_ms(play), step, play->life->operation.state,
             play->life->log);
    hear(play, is_person);
}

static void somebody_here(struct play *play)
{
    live(play, true,
         arena_printf(play->life->fixture->arena, "%s %s", happens(play, 50) ? "ann" : "bob", deeds[roll(play, 3)]));
}

/* ---- there ---- */

static void change(struct play *play, size_t page, int status, const char *by, bool is_merged)
{
    struct there *there = &play->there[page];

    play->others += strcmp(by, "ann") != 0;
    play->changed_at_ms = now_ms(play) > play->changed_at_ms ? now_ms(play) : play->changed_at_ms + 1;
    *there = (struct there){ status, play->changed_at_ms, by, is_merged };
    buf_addf(&play->story, "%lld   there: %s %s\n", (long long)now_ms(play), id_of(play, page),
             told(play, there, false));
    if (!play->is_quiet && happens(play, 8)) {
        play->is_in_dark = true;
        return;
    }
    assert_true(play->webhooks_count < WEBHOOKS_MAX);
    play->webhooks[play->webhooks_count++] = (struct webhook){ page, *there };
}

static void somebody_there(struct play *play)
{
    size_t page = roll(play, play->count);
    int status = (int)roll(play, 3);

    if (!play->there[page].is_merged && play->there[page].status != status &&
        !(play->there[page].status == RESOLVED && status == ACKNOWLEDGED))
        change(play, page, status, happens(play, 70) ? "bob" : "zoe", status == RESOLVED && happens(play, 5));
}

static void deliver_webhook(struct play *play)
{
    size_t at = play->webhooks_count > 0 ? roll(play, play->webhooks_count) : 0;
    struct webhook webhook = play->webhooks[at];

    if (play->webhooks_count == 0)
        return;
    if (!happens(play, 20)) /* else it comes once more */
        play->webhooks[at] = play->webhooks[--play->webhooks_count];
    live(play, false,
         arena_printf(play->life->fixture->arena, "told %s %s", id_of(play, webhook.page),
                      told(play, &webhook.told, false)));
}

/* ---- effects: as integrations/pagerduty/act.c carries them out ---- */

static struct act *next_act(struct play *play, size_t page)
{
    for (size_t i = 0; i < play->acts_count; i++)
        if (play->acts[i].page == page && !play->acts[i].end)
            return &play->acts[i];
    return NULL;
}

static bool is_written_from(int intent, int status)
{
    return intent == 0 ? status == TRIGGERED : intent == 1 ? status != RESOLVED : status == RESOLVED;
}

static bool is_already(int intent, int status)
{
    return intent == 0 ? status == ACKNOWLEDGED : intent == 1 ? status == RESOLVED : status != RESOLVED;
}

static const char *try_act(struct play *play, const struct act *act)
{
    struct arena *arena = play->life->fixture->arena;
    struct there *there = &play->there[act->page];
    int64_t changed_at_ms = play->is_rough ? there->at_ms / SECOND_MS * SECOND_MS : there->at_ms;
    bool is_late = now_ms(play) > act->asked_at_ms + PAGERDUTY_INTENT_MS;
    static const int becomes[] = { ACKNOWLEDGED, RESOLVED, TRIGGERED };

    if (now_ms(play) > act->asked_at_ms + GIVE_UP_MS)
        return "gave-up no answer";
    if (!play->is_quiet && happens(play, 25))
        return is_late ? "failed not reached in time" : NULL;
    if (!play->is_quiet && happens(play, 4))
        return "failed no access";
    if (is_already(act->intent, there->status))
        return arena_printf(arena, "already %s", told(play, there, play->is_rough));
    if (!is_written_from(act->intent, there->status) || there->is_merged)
        return arena_printf(arena, "unfit %s", told(play, there, play->is_rough));
    if (act->is_tried && changed_at_ms > act->asked_at_ms + SLACK_MS)
        return arena_printf(arena, "changed %s", told(play, there, play->is_rough));
    if (is_late)
        return arena_printf(arena, "too_late %s", told(play, there, play->is_rough));
    change(play, act->page, becomes[act->intent], "ann", false);
    if (!play->is_quiet && happens(play, 20))
        return NULL; /* the answer is lost */
    return arena_printf(arena, "written %s", told(play, there, play->is_rough));
}

static void carry_out(struct play *play)
{
    struct act *act = next_act(play, roll(play, play->count));

    if (!act)
        return;
    act->end = try_act(play, act);
    act->is_tried = true;
    if (act->end && (act->end[0] == 'g' || act->end[0] == 'f'))
        play->is_in_dark = true;
    play->others += act->end && act->end[0] != 'w' && act->end[0] != 'a';
}

/* Ends come in the order of their lane. */
static void deliver_end(struct play *play)
{
    size_t page = roll(play, play->count);

    for (size_t i = 0; i < play->acts_count; i++) {
        struct act act = play->acts[i];

        if (act.page != page)
            continue;
        if (!act.end)
            return;
        memmove(&play->acts[i], &play->acts[i + 1], (--play->acts_count - i) * sizeof(act));
        live(
            play, false,
            arena_printf(play->life->fixture->arena, "ends %s %s %s", id_of(play, page), intents[act.intent], act.end));
        return;
    }
}

static void answer_look(struct play *play)
{
    size_t page = roll(play, play->count);
    struct look *look = &play->looks[page];
    const char *answer = look->answer;

    if (!look->is_asked)
        return;
    if (!answer) {
        look->answer = told(play, &play->there[page], play->is_rough);
        return;
    }
    *look = (struct look){ 0 };
    if (!play->is_quiet && happens(play, 10)) {
        play->is_in_dark = true;
        answer = "";
    }
    live(play, false, arena_printf(play->life->fixture->arena, "read %s %s", id_of(play, page), answer));
}

/* ---- a story ---- */

static bool is_over(const struct play *play)
{
    bool is_looking = false;

    for (size_t i = 0; i < play->count; i++)
        is_looking = is_looking || play->looks[i].is_asked;
    return !is_looking && play->webhooks_count == 0 && play->acts_count == 0;
}

static void go_on(struct play *play)
{
    static void (*const moves[])(struct play * play) = { deliver_webhook, carry_out, deliver_end, answer_look };

    play->life->fixture->view.now_ms += (int64_t)(happens(play, 4) ? roll(play, 2 * MINUTE_MS) : roll(play, 700));
    moves[roll(play, ARRAY_LEN(moves))](play);
}

static void fall_quiet(struct play *play)
{
    play->is_quiet = true;
    while (!is_over(play))
        go_on(play);
}

/* As after any gap: whatever is there is read. */
static void read_all(struct play *play)
{
    for (size_t i = 0; i < play->count; i++)
        live(play, false,
             arena_printf(play->life->fixture->arena, "told %s %s", id_of(play, i),
                          told(play, &play->there[i], play->is_rough)));
    fall_quiet(play);
}

static bool agrees(const struct play *play)
{
    const char *state = play->life->operation.state;
    size_t resolved = 0, acknowledged = 0;
    bool is_merged = false;

    for (size_t i = 0; i < play->count; i++) {
        const struct incident_page *page = life_page(play->life, id_of(play, i));

        if (strcmp(page->status, statuses[play->there[i].status]) != 0 || page->acts != 0 || page->wanted)
            return false;
        resolved += play->there[i].status == RESOLVED;
        acknowledged += play->there[i].status == ACKNOWLEDGED;
        is_merged = is_merged || play->there[i].is_merged;
    }
    if (resolved == play->count && is_merged) /* nobody can open that again there, but here */
        return true;
    if (strcmp(state, INCIDENT_RESOLVED) == 0)
        return resolved == play->count;
    if (strcmp(state, INCIDENT_OPEN) == 0)
        return resolved < play->count && acknowledged == 0;
    return resolved < play->count && (acknowledged > 0 || play->count > 1); /* its acknowledged page may be over */
}

static void play_story(uint64_t seed)
{
    AUTO_LIFE struct incident_life *life = NULL;
    AUTO_BUF struct buf story = BUF(STORY_BYTES);
    struct play *play = xcalloc(1, sizeof(*play));
    static const char *const pages[] = { "P1:triggered", "P1:triggered P2:triggered",
                                         "P1:triggered P2:triggered P3:triggered" };

    play->seed = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    play->count = roll(play, 2) == 0 ? 1 : 1 + roll(play, PAGES_MAX);
    play->is_rough = happens(play, 70);
    play->story = story;
    for (size_t i = 0; i < PAGES_MAX; i++)
        play->there[i] = (struct there){ TRIGGERED, 1001, "zoe", false };
    play->life = life = life_create(INCIDENT_OPEN, pages[play->count - 1]);
    for (size_t i = 0; i < STEPS; i++) {
        if (happens(play, 12))
            somebody_here(play);
        else if (happens(play, 15))
            somebody_there(play);
        else
            go_on(play);
    }
    fall_quiet(play);
    if (play->is_in_dark)
        read_all(play);
    story = play->story;
    if (play->follows > play->others) {
        fputs(buf_text(&story), stderr);
        fail_msg("seed %llu: an echo: it moved %zu times by what %zu changes can explain", (unsigned long long)seed,
                 play->follows, play->others);
    }
    if (!agrees(play)) {
        fputs(buf_text(&story), stderr);
        fail_msg("seed %llu: they do not agree: here it is %s", (unsigned long long)seed, life->operation.state);
    }
    free(play);
}

static void both_sides_agree_in_the_end(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        play_story(seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_sides_agree_in_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
