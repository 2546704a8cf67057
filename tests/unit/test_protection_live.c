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
    { "one of several ranges",
      "{'rules':[{'priority':1000,'action':'deny(403)','ranges':['192.0.2.0/24',"
      "'203.0.113.0/24']}]}",
      false, CARD_WITHOUT_EFFECT, "by rule 1000, as part of `203.0.113.0/24`" },
    { "one of everybody", "{'rules':[{'priority':1000,'action':'deny(403)','ranges':['*']}]}", false,
      CARD_WITHOUT_EFFECT, "by rule 1000, as everybody is. It is not opsgate's" },
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

/* ---- by its number ---- */

static const struct number_row {
    const char *name, *line, *body; /* of D12, as it lives */
    const char *error;              /* NULL: D12 is asked */
} number_rows[] = {
    { "a block", "unblock D12",
      "{'verb':'block','protection':'edge','environment':'production','range':'192.0.2.7/32'}", NULL },
    { "as it may be typed", "unblock d12 \"false alarm\"",
      "{'verb':'block','protection':'edge','environment':'production','range':'192.0.2.7/32'}", NULL },
    { "whose protection is in no configuration any more", "unblock D12",
      "{'verb':'block','protection':'gone','environment':'production','range':'192.0.2.7/32'}", NULL },
    { "likewise, by its range", "unblock 192.0.2.7",
      "{'verb':'block','protection':'gone','environment':'production','range':'192.0.2.7/32'}", NULL },
    { "likewise, with a number of a rule", "unblock 192.0.2.7 --confirm 9000",
      "{'verb':'block','protection':'gone','environment':'production','range':'192.0.2.7/32'}", NULL },
    { "one that is none", "unblock D12", "{'verb':'unblock','protection':'edge','range':'192.0.2.7/32'}",
      "There is no block `D12`, or it has ended: `blocks` lists them. Nothing was done." },
    { "one that nobody knows", "unblock D13", "{'verb':'block','protection':'edge','range':'192.0.2.7/32'}",
      "There is no block `D13`" },
    { "and its range", "unblock D12 192.0.2.7",
      "{'verb':'block','protection':'edge','environment':'production','range':'192.0.2.7/32'}", "one range at a time" },
};

static void check_number(void **state)
{
    const struct number_row *row = *state;
    struct play play = { .fixture = decision_create(PROTECTION_CONFIGURATION) };
    struct request request = decision_request(play.fixture, row->line);
    struct question question;
    const void *arguments;
    struct error err;

    add_live(&play, "D12", row->body);
    if (verb_unblock.asks(&play.fixture->view, &request, &question, &arguments, &err)) {
        assert_null(row->error);
        assert_string_equal(question.operation, "D12");
        assert_string_equal(question.environment, "production");
    } else {
        has(err.message, row->error ? row->error : "no error");
    }
    decision_destroy(play.fixture);
}

static void check_reason(void **state)
{
    struct play play = play_line("block 203.0.113.7", "");
    struct request request = decision_request(play.fixture, "unblock D7 \"false alarm\"");
    const struct protection_body asked = { .reason = "false alarm" };
    struct card card;

    (void)state;
    block_stands(&play);
    play_send(&play,
              (struct event){ .kind = EVENT_REQUEST, .name = "unblock", .request = &request, .arguments = &asked },
              NULL);
    card = card_of(&play);
    for (size_t i = 0; i < card.fields_count; i++)
        if (strcmp(card.fields[i].name, "Ended by") == 0)
            has(card.fields[i].value, ": false alarm");
    assert_string_equal(card.fields[card.fields_count - 1].name, "Ended by");
    decision_destroy(play.fixture);
}

/* ---- a preview ---- */

#define PREVIEW "block 203.0.113.7 for 2h --preview"

/* Whatever is said of it says that it is one, and none of it that somebody is kept away. */
static void says_preview(const char *text)
{
    has(text, "preview");
    if (strstr(text, "blocked") || strstr(text, "let in"))
        fail_msg("a preview blocks nobody: '%s'", text);
}

static void check_preview_told(void **state)
{
    struct play play = play_line(PREVIEW, "");
    struct card card;

    (void)state;
    play_see(&play, EMPTY);
    says_preview(play.out.reply->text);
    has(play.out.reply->lines[0], "Back: `unblock D7`");
    play_effect(&play, "change", END_DONE, true);
    play_see(&play, STANDS);
    card = card_of(&play);
    assert_string_equal(card.title, "Preview of a block 203.0.113.7/32");
    says_preview(card.status);
    has(card.status, "until");
    assert_string_equal(card.actions[0].label, "End the preview");
    assert_string_equal(card.actions[0].command, "unblock D7");
    says_preview(card.actions[0].confirm);
    play_person(&play, "unblock", "U1");
    says_preview(play.out.reply->text);
    play_effect(&play, "remove", END_DONE, true);
    play_see(&play, "{'rules':[" WIDER "]}");
    says_preview(play.operation.summary);
    has(play.operation.summary, "back: `block edge 203.0.113.7/32 for 2h --preview`");
    assert_int_equal(card_of(&play).tone, CARD_GOOD);
    decision_destroy(play.fixture);
}

/* Nor where something goes wrong with it: x: the last reading. */
static const struct trouble_row {
    const char *name,
        *events; /* o: its time is over; f: it cannot be taken away; r: it can; u: read, unseen; c: changed */
} trouble_rows[] = {
    { "nobody can see it", "u" },
    { "it cannot be taken away", "Sof" },
    { "somebody changed it", "Sorc" },
};

static const char *posted(const struct play *play)
{
    return play->out.effects_count > 0 ? json_print_in(play->fixture->arena, play->out.effects[0].args) : NULL;
}

static void check_trouble(void **state)
{
    const struct trouble_row *row = *state;
    struct play play = play_line(PREVIEW, "");

    play_see(&play, EMPTY);
    play_effect(&play, "change", END_DONE, true);
    for (const char *c = row->events; *c; c++) {
        if (*c == 'S') {
            play_see(&play, STANDS);
        } else if (*c == 'o') {
            play_timer(&play, "over");
        } else if (*c == 'f' || *c == 'r') {
            play_effect(&play, "remove", *c == 'r' ? END_DONE : END_FAILED, true);
        } else if (*c == 'u') {
            play.fixture->view.now_ms += 4 * MINUTE_MS;
            play_see(&play, EMPTY);
        } else {
            play_see(&play, "{'rules':[" RULE("5", "203.0.113.7", "[birth-00000000000000d7]") "]}");
        }
    }
    says_preview(posted(&play));
    if (play.operation.summary)
        says_preview(play.operation.summary);
    decision_destroy(play.fixture);
}

#define LIVE_PREVIEW                                                                                                   \
    "{'verb':'block','protection':'edge','environment':'production','range':'203.0.113.7/32','priority':9000,"         \
    "'is_preview':true,'mark':'" OTHER_MARK "'}"
#define LIVE_REAL                                                                                                      \
    "{'verb':'block','protection':'edge','environment':'production','range':'203.0.113.7/32','priority':9000,"         \
    "'mark':'" OTHER_MARK "'}"

/* One of the same range lives already, as D12. */
static const struct beside_row {
    const char *name, *live, *line;
    const char *error;     /* NULL: it may */
    const char *operation; /* that is asked; NULL: none */
} beside_rows[] = {
    { "a real one beside a preview", LIVE_PREVIEW, "block 203.0.113.7", NULL, NULL },
    { "a second preview", LIVE_PREVIEW, PREVIEW,
      "*D12* is a preview of just that: `unblock D12` ends it, and then it can be begun anew. Nothing was done.",
      NULL },
    { "a second real one", LIVE_REAL, "block 203.0.113.7", "*D12* blocks `203.0.113.7/32` already", NULL },
    { "a preview of what is blocked", LIVE_REAL, PREVIEW, "*D12* blocks `203.0.113.7/32` already", NULL },
    { "a preview ends by its range, too", LIVE_PREVIEW, "unblock 203.0.113.7", NULL, "D12" },
};

static void check_beside(void **state)
{
    const struct beside_row *row = *state;
    struct play play = { .fixture = decision_create(PROTECTION_CONFIGURATION) };
    struct request request = decision_request(play.fixture, row->line);
    struct question question;
    const void *arguments;
    struct error err;

    add_live(&play, "D12", row->live);
    if (verb_find(verbs, request.verb)->asks(&play.fixture->view, &request, &question, &arguments, &err)) {
        assert_null(row->error);
        if (row->operation)
            assert_string_equal(question.operation, row->operation);
        else
            assert_null(question.operation);
    } else {
        has(err.message, row->error ? row->error : "no error");
    }
    decision_destroy(play.fixture);
}

/* By its range the real one is meant, whichever came first; and a rule's number goes to the block that has it. */
static void check_both(void **state)
{
    struct play play = play_line("unblock 203.0.113.7 --confirm 9001", "");
    const struct operation both[] = {
        { .id = "D12", .kind = "protection", .state = "blocked", .body = decision_json(play.fixture, LIVE_REAL) },
        { .id = "D13",
          .kind = "protection",
          .state = "blocked",
          .body = decision_json(play.fixture, "{'verb':'block','protection':'edge','range':'203.0.113.7/32','priority':"
                                              "9001,'is_preview':true,'mark':'birth-0000000000000066'}") },
    };
    struct request request = decision_request(play.fixture, "unblock 203.0.113.7");
    struct question question;
    const void *arguments;
    struct error err;

    (void)state;
    play.fixture->operations = both;
    play.fixture->operations_count = ARRAY_LEN(both);
    assert_true(verb_unblock.asks(&play.fixture->view, &request, &question, &arguments, &err));
    assert_string_equal(question.operation, "D12");
    play_see(&play,
             "{'rules':[" RULE(
                 "9000", "203.0.113.7/32",
                 OTHER_MARK) ","
                             "{'priority':9001,'action':'deny(403)','is_preview':true,'ranges':['203.0.113.7/32'],"
                             "'description':'birth-0000000000000066'}]}");
    says_preview(play.body->becomes);
    play_effect(&play, "change", END_DONE, true);
    play_see(&play, "{'rules':[" RULE("9000", "203.0.113.7/32", OTHER_MARK) "]}");
    assert_int_equal(play.out.messages_count, 1);
    assert_string_equal(play.out.messages[0].to, "D13");
    says_preview(play.operation.summary);
    decision_destroy(play.fixture);
}

int main(void)
{
    const struct CMUnitTest others[] = { cmocka_unit_test(check_answer), cmocka_unit_test(check_number_is_not_all),
                                         cmocka_unit_test(check_reason), cmocka_unit_test(check_preview_told),
                                         cmocka_unit_test(check_both) };

    return ROWS(end_rows, check_end) + ROWS(part_rows, check_part) + ROWS(number_rows, check_number) +
           ROWS(trouble_rows, check_trouble) + ROWS(beside_rows, check_beside) +
           cmocka_run_group_tests(others, NULL, NULL);
}
