/* What other live blocks and rules mean to one: wider ones that go on, previews beside real ones, and its number. */
#include "tests/unit/protection_fixture.h"

#include "bot/model/card.h"

#define OTHER_MARK "birth-0000000000000065"
#define WIDER RULE("9001", "203.0.113.0/24", "opsgate D65 [" OTHER_MARK "]")
#define WIDER_PREVIEW                                                                                                  \
    "{'priority':9001,'action':'deny(403)','is_preview':true,'ranges':['203.0.113.0/24'],'description':'" OTHER_MARK   \
    "'}"
#define ALLOWED "{'priority':500,'action':'allow','ranges':['203.0.113.0/28']}"

static void add_live(struct play *play, const char *id, const char *body)
{
    struct operation *live = ARENA_NEW(play->fixture->arena, struct operation);

    *live = (struct operation){ .id = id,
                                .kind = "protection",
                                .state = "blocked",
                                .requester = { "slack", "U2", "T1", "bob" },
                                .body = decision_json(play->fixture, body) };
    play->fixture->operations = live;
    play->fixture->operations_count = 1;
}

static void add_wider(struct play *play)
{
    add_live(play, "D65",
             "{'verb':'block','protection':'edge','range':'203.0.113.0/24','priority':9001,'mark':'" OTHER_MARK "'}");
}

static void block_stands(struct play *play)
{
    play_see(play, EMPTY);
    play_effect(play, "change", END_DONE, true);
    play_see(play, STANDS);
    assert_string_equal(play->operation.state, "blocked");
}

static struct card card_of(struct play *play)
{
    struct card card = { 0 };

    machine_protection.card(&play->fixture->view, &play->operation, play->body, &card);
    return card;
}

static void has(const char *text, const char *part)
{
    if (!text || !strstr(text, part))
        fail_msg("'%s' is not in '%s'", part, text ? text : "");
}

/* ---- what else keeps it away, once its own rule is gone ---- */

static const struct end_row {
    const char *name, *left; /* the policy once its rule is gone */
    bool has_wider;          /* D65 is live */
    enum card_tone tone;
    const char *says;
} end_rows[] = {
    { "nothing else", EMPTY, false, CARD_GOOD, "`203.0.113.7/32` is let in again" },
    { "a wider one of ours", "{'rules':[" WIDER "]}", true, CARD_WITHOUT_EFFECT,
      "`203.0.113.7/32` is still blocked by *D65*, as part of `203.0.113.0/24`: `unblock 203.0.113.0/24` ends that" },
    { "a wider one of others", "{'rules':[" RULE("1000", "203.0.113.0/24", "by hand") "]}", false, CARD_WITHOUT_EFFECT,
      "`203.0.113.7/32` is still blocked by rule 1000, as part of `203.0.113.0/24`. It is not opsgate's (by hand): a "
      "person changes it in the console" },
    { "one of others of just the same", "{'rules':[" RULE("1000", "203.0.113.7", "by hand") "]}", false,
      CARD_WITHOUT_EFFECT, "`unblock edge 203.0.113.7/32 --confirm 1000` takes it away" },
    { "a wider preview keeps nobody away", "{'rules':[" WIDER_PREVIEW "]}", true, CARD_GOOD, "is let in again" },
    { "a wider one behind who lets it through", "{'rules':[" WIDER "," ALLOWED "]}", true, CARD_GOOD,
      "is let in again" },
};

static void check_end(void **state)
{
    const struct end_row *row = *state;
    struct play play = play_line("block 203.0.113.7", "");
    struct card card;

    block_stands(&play);
    if (row->has_wider)
        add_wider(&play);
    play_person(&play, "unblock", "U1");
    play_effect(&play, "remove", END_DONE, true);
    play_see(&play, row->left);
    assert_string_equal(play.operation.result, "done");
    has(play.operation.summary, row->says);
    card = card_of(&play);
    assert_int_equal(card.tone, row->tone);
    decision_destroy(play.fixture);
}

/* Nobody is told that they are in before their rule is gone; and not at all where another one is known. */
static void check_answer(void **state)
{
    (void)state;
    for (int has_wider = 0; has_wider < 2; has_wider++) {
        struct play play = play_line("block 203.0.113.7", "");

        block_stands(&play);
        if (has_wider)
            add_wider(&play);
        play_person(&play, "unblock", "U1");
        has(play.out.reply->text, has_wider ? "`203.0.113.7/32` stays blocked by *D65*, as part of `203.0.113.0/24`"
                                            : "once its rule is gone, `203.0.113.7/32` is let in again");
        decision_destroy(play.fixture);
    }
}

static void check_number_is_not_all(void **state)
{
    struct play play = play_line("unblock 203.0.113.7 --confirm 1000", "");

    (void)state;
    add_wider(&play);
    play_see(&play, "{'rules':[" RULE("1000", "203.0.113.7", "by hand") "," WIDER "]}");
    play_effect(&play, "change", END_DONE, true);
    play_see(&play, "{'rules':[" WIDER "]}");
    assert_string_equal(play.operation.result, "done");
    has(play.operation.summary, "rule 1000 is gone, but `203.0.113.7/32` is still blocked by *D65*");
    assert_int_equal(card_of(&play).tone, CARD_WITHOUT_EFFECT);
    decision_destroy(play.fixture);
}

/* ---- part of a wider one, that nobody asked to end ---- */

static const struct part_row {
    const char *name, *policy;
    bool has_wider;
    const char *says;
} part_rows[] = {
    { "of ours", "{'rules':[" WIDER "]}", true,
      "`203.0.113.9/32` is blocked by *D65*, as part of `203.0.113.0/24`: `unblock 203.0.113.0/24` ends that. Nothing "
      "was done" },
    { "of others", "{'rules':[" RULE("1000", "203.0.113.0/24", "by hand") "]}", false,
      "is blocked by rule 1000, as part of `203.0.113.0/24`. It is not opsgate's" },
    { "of a preview", "{'rules':[" WIDER_PREVIEW "]}", true, "Nothing blocks `203.0.113.9/32`" },
    { "let through before it", "{'rules':[" WIDER "," ALLOWED "]}", true, "Nothing blocks `203.0.113.9/32`" },
};

static void check_part(void **state)
{
    const struct part_row *row = *state;
    struct play play = play_line("unblock 203.0.113.9", "");

    if (row->has_wider)
        add_wider(&play);
    play_see(&play, row->policy);
    assert_string_equal(play.operation.result, "refused");
    has(play.out.reply->text, row->says);
    decision_destroy(play.fixture);
}

int main(void)
{
    const struct CMUnitTest others[] = { cmocka_unit_test(check_answer), cmocka_unit_test(check_number_is_not_all) };

    return ROWS(end_rows, check_end) + ROWS(part_rows, check_part) + cmocka_run_group_tests(others, NULL, NULL);
}
