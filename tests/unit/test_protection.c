/* `block`, `unblock` and `ddos`: their words, what is never blocked, and every row of their machine. */
#include "tests/unit/protection_fixture.h"

#include "handlers/control.h"

#include <string.h>

#define END_CONSENT "    - { require: { approvals: { from: release-manager } }, for: unblock }\n"
#define CONSENT "    - { require: { approvals: { from: release-manager } }, for: block }\n"

/* ---- words ---- */

static const struct word_row {
    const char *name, *line;
    const char *error; /* NULL: it begins */
    const char *range;
    int64_t for_ms;
} word_rows[] = {
    { "one address", "block 203.0.113.7", NULL, "203.0.113.7/32", HOUR_MS },
    { "a range for a while", "block 203.0.113.0/27 for 30m", NULL, "203.0.113.0/27", 30 * MINUTE_MS },
    { "as an option, and where", "block edge 203.0.113.7/32 \"a scanner\" --for 2d", NULL, "203.0.113.7/32",
      2 * DAY_MS },
    { "IPv6, in one way of writing", "block 2001:0DB8:0:7::/64", NULL, "2001:db8:0:7::/64", HOUR_MS },
    { "IPv4 inside of IPv6 is that address", "block ::ffff:203.0.113.7", NULL, "203.0.113.7/32", HOUR_MS },
    { "no address at all", "block", "Which addresses?", NULL, 0 },
    { "a name that is near", "block egde 203.0.113.7", "Did you mean `edge`?", NULL, 0 },
    { "a number too large", "block 203.0.113.256", "expected an address", NULL, 0 },
    { "a number too few", "block 203.0.113", "expected an address", NULL, 0 },
    { "an octal number", "block 0203.0.113.7", "expected an address", NULL, 0 },
    { "another address of the range", "block 203.0.113.7/24", "by its first address", NULL, 0 },
    { "a length with a zero in front", "block 203.0.113.0/024", "by its first address", NULL, 0 },
    { "no length behind the slash", "block 203.0.113.0/", "by its first address", NULL, 0 },
    { "with a port", "block 203.0.113.7:80", "expected an address", NULL, 0 },
    { "everything", "block 0.0.0.0/0", "too wide", NULL, 0 },
    { "more than the file takes", "block 203.0.0.0/15", "too wide", NULL, 0 },
    { "too wide of IPv6", "block 2001:db8::/32", "(`widest_v6`)", NULL, 0 },
    { "all of IPv4 inside of IPv6", "block ::ffff:0:0/96", "too wide", NULL, 0 },
    { "a private one inside of IPv6", "block ::ffff:a00:1/128", "private (RFC 1918)", NULL, 0 },
    { "a private one", "block 10.0.0.1", "private (RFC 1918)", NULL, 0 },
    { "a range with private ones in it", "block 172.16.0.0/16", "private (RFC 1918)", NULL, 0 },
    { "ourselves", "block 127.0.0.1", "this machine itself", NULL, 0 },
    { "the load balancer", "block 35.191.7.0/24", "health checks", NULL, 0 },
    { "a private one of IPv6", "block fd00::1", "private (RFC 4193)", NULL, 0 },
    { "never", "block 198.51.100.7", "(`never`)", NULL, 0 },
    { "what has never in it", "block 198.51.0.0/16", "(`never`)", NULL, 0 },
    { "never of IPv6", "block 2001:db8:0:1::9", "(`never`)", NULL, 0 },
    { "a proxy before opsgate", "block 203.0.113.70", "(`trusted_proxies`)", NULL, 0 },
    { "two at once", "block 203.0.113.7 203.0.113.8", "one range at a time", NULL, 0 },
    { "two at once, behind a time", "block 203.0.113.7 for 2h 2001:db8:0:7::/64", "one range at a time", NULL, 0 },
    { "a time behind the reason", "block 203.0.113.7 \"a scanner\" for 2h", "right behind the addresses", NULL, 0 },
    { "a time without its word", "block 203.0.113.7 2h", "right behind the addresses", NULL, 0 },
    { "a time with a blank", "block 203.0.113.7 30 minutes", "`30 minutes` is no reason", NULL, 0 },
    { "a time in another way of writing", "block 203.0.113.7 30min", "such as `for 30m`", NULL, 0 },
    { "until when, and not for how long", "block 203.0.113.7 until 13:00 scan", "such as `for 30m`", NULL, 0 },
    { "likewise, behind the reason", "block 203.0.113.7 scan until 13:00", "such as `for 30m`", NULL, 0 },
    { "until something happens", "block 203.0.113.7 until tomorrow", "`until tomorrow` is no reason", NULL, 0 },
    { "an end takes no time", "unblock 203.0.113.7 in for 2h", "`unblock` takes no time", NULL, 0 },
    { "an hour of the day", "block 203.0.113.7 13:00", "such as `for 30m`", NULL, 0 },
    { "a reason with a number", "block 203.0.113.7 404 scanner", NULL, "203.0.113.7/32", HOUR_MS },
    { "a reason with until", "block 203.0.113.7 held until legal answers", NULL, "203.0.113.7/32", HOUR_MS },
    { "a time twice", "block 203.0.113.7 for 2h --for 1h", "right behind the addresses", NULL, 0 },
    { "a time of something else", "ddos on 2h", "There is no protection `2h`", NULL, 0 },
    { "a time that is none is named", "block 203.0.113.7 for 1 hour", "and not `1`", NULL, 0 },
    { "a reason with such words", "block 203.0.113.7 \"seen for 2h at 203.0.113.8\"", NULL, "203.0.113.7/32", HOUR_MS },
    { "a reason with a word of time", "block 203.0.113.7 looked for all night", NULL, "203.0.113.7/32", HOUR_MS },
    { "unblock two at once", "unblock 203.0.113.7 203.0.113.8", "one range at a time", NULL, 0 },
    { "for too long", "block 203.0.113.7 for 3d", "`max_for`", NULL, 0 },
    { "for no time", "block 203.0.113.7 for 0s", "takes a duration", NULL, 0 },
    { "for, and nothing", "block 203.0.113.7 for", "takes a duration", NULL, 0 },
    { "an option that is not known", "block 203.0.113.7 --forever", "`--forever`", NULL, 0 },
    { "neither, and nothing else", "ddos", "`ddos` takes `on` or `off`, as in `ddos on`.", NULL, 0 },
    { "neither on nor off", "ddos maybe", "`on` or `off`", NULL, 0 },
    { "on, of what is not there", "ddos on egde", "Did you mean `edge`?", NULL, 0 },
    { "unblock nothing", "unblock", "Which addresses?", NULL, 0 },
    { "unblock by a word", "unblock egde", "Did you mean `edge`?", NULL, 0 },
    { "unblock with a number that is none", "unblock 203.0.113.7 --confirm all", "takes the priority", NULL, 0 },
    { "blocks of something", "blocks edge", "takes no words", NULL, 0 },
};

static void check_words(void **state)
{
    const struct word_row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(PROTECTION_CONFIGURATION);
    struct request request = decision_request(fixture, row->line);
    const struct verb *verb = verb_find(verbs, request.verb);
    const struct protection_body *body;
    struct question question;
    const void *arguments;
    struct outcome out;
    struct error err;

    outcome_init(&out, fixture->arena, "D7", "birth-00000000000000d7");
    if (!verb->asks(&fixture->view, &request, &question, &arguments, &err)) {
        if (!row->error || !strstr(err.message, row->error))
            fail_msg("%s", err.message);
        return;
    }
    assert_null(row->error);
    assert_string_equal(question.environment, "production");
    verb->begin(&fixture->view, &request, &question, arguments, &out);
    assert_true(out.begins);
    body = out.body;
    assert_string_equal(body->range, row->range);
    assert_int_equal(body->for_ms, row->for_ms);
    assert_int_equal(out.readings_count, 1);
    assert_int_equal(out.effects_count, 0);
}

/* ---- one of them, event by event ---- */

/* A row per story: what happens, in letters, and where it ends. s: the policy as `sees`; e: the effect is done, n:
 * there was nothing to do, f: it fails, u: nobody knows; S: it stands; E: empty; x: not read; o: its time is over; g:
 * its rule went by its number; p: the poll; U: unblock by Ann; A: abort; a: Bob approves; m: minutes later; L: later,
 * past every deadline. */
static const struct story {
    const char *name, *line, *rules, *events, *sees;
    const char *state, *result, *says; /* result NULL: it lives; says: in the summary, the reply or the problem */
    size_t effects;                    /* in the last outcome */
} stories[] = {
    { "it is looked at, and sent", "block 203.0.113.7", "", "E", NULL, "changing", NULL, NULL, 1 },
    { "and stands once it is seen", "block 203.0.113.7", "", "EeS", NULL, "blocked", NULL, NULL, 0 },
    { "not seen yet, it is looked for again", "block 203.0.113.7", "", "EeE", NULL, "verifying", NULL, NULL, 0 },
    { "whose answer was lost stands, too", "block 203.0.113.7", "", "EuES", NULL, "blocked", NULL, NULL, 0 },
    { "what failed is not waited for", "block 203.0.113.7", "", "EfE", NULL, "failed", "failed", "Cloud Armor says no",
      1 },
    { "what failed, and stands, stands", "block 203.0.113.7", "", "EfS", NULL, "blocked", NULL, NULL, 0 },
    { "an operation that failed is told", "block 203.0.113.7", "", "Ees", "{'rules':[],'problem':'too many rules'}",
      "failed", "failed", "too many rules", 1 },
    { "whose priority was taken takes the next", "block 203.0.113.7", "", "Efs",
      "{'rules':[" RULE("9000", "192.0.2.1", "x") "]}", "changing", NULL, NULL, 1 },
    { "but not after its time", "block 203.0.113.7", "", "EfLs", "{'rules':[" RULE("9000", "192.0.2.1", "x") "]}",
      "failed", "failed", "Cloud Armor says no", 1 },
    { "what nobody could see is told as that", "block 203.0.113.7", "", "EumE", NULL, "unseen", NULL, "shows nothing",
      1 },
    { "what nobody could read, likewise", "block 203.0.113.7", "", "EeLx", NULL, "unseen", NULL, "is away", 1 },
    { "what nobody answered for, and never came, has failed", "block 203.0.113.7", "", "EumELpE", NULL, "failed",
      "failed", "no answer came to it", 1 },
    { "but not while nobody can look", "block 203.0.113.7", "", "EumELpx", NULL, "unseen", NULL, "is away", 0 },
    { "nor what Google took", "block 203.0.113.7", "", "EemELpE", NULL, "unseen", NULL, "shows nothing", 0 },
    { "is told once", "block 203.0.113.7", "", "EumEmpE", NULL, "unseen", NULL, NULL, 0 },
    { "and stands once somebody sees it", "block 203.0.113.7", "", "EumEmpS", NULL, "blocked", NULL, NULL, 0 },
    { "its end comes all the same", "block 203.0.113.7", "", "EumEo", NULL, "removing", NULL, NULL, 1 },
    { "of what never came, too", "block 203.0.113.7", "", "EumEonE", NULL, "done", "done", "never came", 0 },
    { "or when somebody asks for it", "block 203.0.113.7", "", "EeLxU", NULL, "removing", NULL, "let in again", 1 },
    { "what cannot be taken away then is told", "block 203.0.113.7", "", "EeLxof", NULL, "overdue", NULL,
      "Cloud Armor says no", 1 },
    { "a switch that nobody could see has failed", "ddos on", "", "EuLE", NULL, "failed", "failed", "nobody could see",
      1 },
    { "unread, it begins nothing", "block 203.0.113.7", "", "x", NULL, "refused", "refused", "could not be read", 0 },
    { "blocked already", "block 203.0.113.7", "", "s", FOREIGN, "refused", "refused", "rule 1000 blocks it already",
      0 },
    { "by a wider one", "block 203.0.113.7", "", "s", "{'rules':[" RULE("1000", "203.0.112.0/20", "x") "]}", "refused",
      "refused", "rule 1000 blocks it already", 0 },
    { "a preview blocks nothing", "block 203.0.113.7", "", "s",
      "{'rules':[{'priority':1000,'action':'deny(403)','is_preview':true,'ranges':['203.0.113.7']}]}", "changing", NULL,
      NULL, 1 },
    { "let through before", "block 203.0.113.7", "", "s",
      "{'rules':[{'priority':7,'action':'allow','ranges':['203.0.113.0/24']}]}", "refused", "refused",
      "lets it through", 0 },
    { "let through behind its priority is blocked", "block 203.0.113.7", "", "s",
      "{'rules':[{'priority':9001,'action':'allow','ranges':['203.0.113.0/24']}]}", "changing", NULL, "by rule 9000",
      1 },
    { "blocked for everybody, but let through before that", "block 203.0.113.7", "", "s",
      "{'rules':[{'priority':30000,'action':'deny(403)','ranges':['*']},"
      "{'priority':20000,'action':'allow','ranges':['203.0.0.0/8']}]}",
      "changing", NULL, "by rule 9000", 1 },
    { "blocked, but for a part that is let through", "block 203.0.113.0/27", "", "s",
      "{'rules':[{'priority':30000,'action':'deny(403)','ranges':['*']},"
      "{'priority':20000,'action':'allow','ranges':['203.0.113.7']}]}",
      "changing", NULL, "by rule 9000", 1 },
    { "slowed down before, it would not be asked for", "block 203.0.113.7", "", "s",
      "{'rules':[{'priority':7,'action':'throttle','ranges':['*']}]}", "refused", "refused",
      "rule 7 (throttle) is asked first", 0 },
    { "blocked before it is let through", "block 203.0.113.7", "", "s",
      "{'rules':[{'priority':20000,'action':'allow','ranges':['*']}," RULE("10000", "203.0.113.0/24", "x") "]}",
      "refused", "refused", "rule 10000 blocks it already", 0 },
    { "let through before its priority, among ours", "block 203.0.113.7", "", "s",
      "{'rules':[{'priority':9000,'action':'allow','ranges':['203.0.113.0/24']}]}", "refused", "refused",
      "rule 9000 lets it through", 0 },
    { "its next priority is behind who lets it through", "block 203.0.113.7", "", "Efs",
      "{'rules':[{'priority':9000,'action':'allow','ranges':['203.0.113.7']}]}", "failed", "failed",
      "rule 9000 lets it through", 1 },
    { "no place left", "block 203.0.113.7", "", "s",
      "{'rules':[" RULE("9000", "192.0.2.1", "x") "," RULE("9001", "192.0.2.2", "x") "]}", "refused", "refused",
      "no free priority", 0 },
    { "a dry run changes nothing", "block 203.0.113.7 --dry-run", "", "E", NULL, "done", "done", "Would be done", 0 },
    { "its time is over", "block 203.0.113.7", "", "EeSo", NULL, "removing", NULL, NULL, 1 },
    { "over before it is seen waits", "block 203.0.113.7", "", "Eeo", NULL, "verifying", NULL, NULL, 0 },
    { "and then it is gone", "block 203.0.113.7", "", "EeSoeE", NULL, "done", "done", "its time is over", 0 },
    { "gone already, nobody is named for it", "block 203.0.113.7", "", "EeSonE", NULL, "done", "done",
      "its rule was gone already; back", 0 },
    { "still there, it is looked for again", "block 203.0.113.7", "", "EeSoeS", NULL, "leaving", NULL, NULL, 0 },
    { "still there for too long", "block 203.0.113.7", "", "EeSoeLS", NULL, "overdue", NULL, "still shows", 1 },
    { "what cannot be taken away", "block 203.0.113.7", "", "EeSof", NULL, "overdue", NULL, "Cloud Armor says no", 1 },
    { "is tried again", "block 203.0.113.7", "", "EeSofp", NULL, "removing", NULL, NULL, 1 },
    { "somebody asks for its end", "block 203.0.113.7", "", "EeSU", NULL, "removing", NULL, "let in again", 1 },
    { "twice is once", "block 203.0.113.7", "", "EeSUU", NULL, "removing", NULL, "already", 0 },
    { "before it stands there is no end", "block 203.0.113.7", "", "EU", NULL, "changing", NULL, "does not block", 0 },
    { "changed by somebody, it is left", "block 203.0.113.7", "", "EeSoes",
      "{'rules':[{'priority':9000,'action':'deny(403)','ranges':['203.0.113.7/32','192.0.2.1'],'description':"
      "'[birth-00000000000000d7]'}]}",
      "failed", "failed", "somebody changed rule 9000", 1 },
    { "moved by somebody, too", "block 203.0.113.7", "", "EeSoes",
      "{'rules':[" RULE("5", "203.0.113.7", "[birth-00000000000000d7]") "]}", "failed", "failed",
      "somebody changed rule 5", 1 },
    { "whose end wants consent is ended by nobody alone", "block 203.0.113.7", END_CONSENT, "EeSU", NULL, "blocked",
      NULL, "`unblock edge 203.0.113.7/32 --confirm 9000` asks", 0 },
    { "a stranger's rule, too, waits for it", "unblock 203.0.113.7 --confirm 1000", END_CONSENT, "s", FOREIGN,
      "awaiting-approval", NULL, "once people consent", 1 },
    { "and goes with it", "unblock 203.0.113.7 --confirm 1000", END_CONSENT, "sa", FOREIGN, "changing", NULL,
      "is approved", 1 },
    { "it cannot be aborted once it is sent", "block 203.0.113.7", "", "EA", NULL, "changing", NULL,
      "cannot be aborted", 0 },
    { "it waits for consent", "block 203.0.113.7", CONSENT, "E", NULL, "awaiting-approval", NULL, "once people consent",
      1 },
    { "Bob's is enough", "block 203.0.113.7", CONSENT, "Ea", NULL, "changing", NULL, "is approved", 1 },
    { "until then it can be aborted", "block 203.0.113.7", CONSENT, "EA", NULL, "aborted", "aborted",
      "nothing was changed", 0 },
    { "one whose rule goes by its number is over", "block 203.0.113.7", "", "EeSgE", NULL, "done", "done",
      "its rule was gone already", 0 },
    { "also when it was overdue", "block 203.0.113.7", "", "EeSofgE", NULL, "done", "done", "was gone already", 0 },
    { "a stranger's rule wants its number", "unblock 203.0.113.7", "", "s", FOREIGN, "refused", "refused",
      "--confirm 1000", 0 },
    { "the right one", "unblock 203.0.113.7 --confirm 9000", "", "s", FOREIGN, "refused", "refused", "--confirm 1000",
      0 },
    { "with it, it goes", "unblock 203.0.113.7 --confirm 1000", "", "s", FOREIGN, "changing", NULL, NULL, 1 },
    { "and is seen to be gone", "unblock 203.0.113.7 --confirm 1000", "", "seE", FOREIGN, "done", "done",
      "back: `block", 0 },
    { "nothing is there", "unblock 203.0.113.7", "", "E", NULL, "refused", "refused", "Nothing blocks", 0 },
    { "only a wider one", "unblock 203.0.113.7", "", "s", "{'rules':[" RULE("1000", "203.0.113.0/24", "x") "]}",
      "refused", "refused", "is blocked by rule 1000, as part of", 0 },
    { "a flood's defence goes on", "ddos on", "", "E", NULL, "changing", NULL, NULL, 1 },
    { "until it is seen", "ddos on", "", "Ees", "{'rules':[],'is_adaptive':true}", "done", "done",
      "back: `ddos off edge`", 0 },
    { "on already", "ddos on", "", "s", "{'rules':[],'is_adaptive':true}", "done", "done", "already", 0 },
};

static void happen(struct play *play, const struct story *story, char c)
{
    switch (c) {
    case 's':
        play_see(play, story->sees);
        break;
    case 'S':
        play_see(play, STANDS);
        break;
    case 'E':
        play_see(play, EMPTY);
        break;
    case 'x':
        play_see(play, NULL);
        break;
    case 'e':
    case 'n':
    case 'f':
    case 'u':
        play_effect(play, strcmp(play->operation.state, "removing") == 0 ? "remove" : "change",
               c == 'e' || c == 'n' ? END_DONE
               : c == 'f'           ? END_FAILED
                                    : END_UNKNOWN,
               c == 'e');
        break;
    case 'g':
        play_send(play, (struct event){ .kind = EVENT_MESSAGE, .name = "block.gone" }, NULL);
        break;
    case 'o':
        play_timer(play, "over");
        break;
    case 'p':
        play_timer(play, "poll");
        break;
    case 'L':
        play->fixture->view.now_ms += HOUR_MS;
        break;
    case 'm':
        play->fixture->view.now_ms += 4 * MINUTE_MS;
        break;
    case 'U':
        play_person(play, "unblock", "U1");
        break;
    case 'A':
        play_person(play, "abort", "U1");
        break;
    default:
        play_person(play, "approve", "U2");
        break;
    }
}

static const char *first_line(const struct play *play)
{
    return play->out.reply && play->out.reply->lines_count > 0 ? play->out.reply->lines[0] : NULL;
}

static bool says(const struct play *play, const char *part)
{
    const char *texts[] = { play->operation.summary, play->out.reply ? play->out.reply->text : NULL, first_line(play),
                            play->body->problem };

    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        if (texts[i] && strstr(texts[i], part))
            return true;
    return false;
}

static void card_says_nothing_twice(const struct play *play)
{
    struct card card = { 0 };

    machine_protection.card(&play->fixture->view, &play->operation, play->body, &card);
    for (size_t i = 0; i < card.fields_count; i++)
        if (strstr(card.status, card.fields[i].value))
            fail_msg("%s: %s", card.fields[i].name, card.status);
}

static void check_story(void **state)
{
    const struct story *story = *state;
    struct play play = play_line(story->line, story->rules);

    for (const char *c = story->events; *c; c++)
        happen(&play, story, *c);
    if (story->says && !says(&play, story->says))
        fail_msg("nobody says '%s', but: %s / %s", story->says, play.operation.summary ? play.operation.summary : "",
                 play.out.reply ? play.out.reply->text : "");
    if (story->result)
        assert_string_equal(play.operation.result, story->result);
    else
        assert_null(play.operation.result);
    assert_string_equal(play.operation.state, story->state);
    assert_int_equal(play.out.effects_count, story->effects);
    card_says_nothing_twice(&play);
    decision_destroy(play.fixture);
}

/* What nobody else's rule can be: it names the priority, the mark, by whom, and until when. */
static void check_order(void **state)
{
    struct play play = play_line("block 203.0.113.7 for 2h \"a scanner\" --preview", "");
    const cJSON *args;

    (void)state;
    play_see(&play, EMPTY);
    assert_int_equal(play.out.effects_count, 1);
    assert_string_equal(play.out.effects[0].kind, EFFECT_BLOCK);
    args = play.out.effects[0].args;
    assert_int_equal(json_find_int(args, "priority", 0), 9000);
    assert_string_equal(json_find_string(args, "mark"), "birth-00000000000000d7");
    assert_string_equal(json_find_string(args, "description"),
                        "opsgate D7, by slack:U1, until 2026-11-21T00:00:00.000Z: a scanner [birth-00000000000000d7]");
    assert_true(json_find_bool(args, "is_preview", false));
    assert_string_equal(play.out.timers[0].name, "over");
    assert_int_equal(play.out.timers[0].at_ms, DECISION_NOW_MS + 2 * HOUR_MS);
    decision_destroy(play.fixture);
}

/* What could not be sent in its time is not sent after it. */
static void check_too_late(void **state)
{
    struct play play = play_line("block 203.0.113.7 for 1m", "");

    (void)state;
    play_see(&play, EMPTY);
    play_timer(&play, "over");
    assert_string_equal(play.operation.state, "changing");
    assert_int_equal(play.out.cancels_count, 1);
    assert_string_equal(play.out.cancels[0], "change");
    assert_string_equal(play.out.timers[0].name, "over");
    decision_destroy(play.fixture);
}

/* A live one answers for itself, so nothing is asked of Cloud Armor for a second one, or on a guess. */
static void check_live(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(PROTECTION_CONFIGURATION);
    const struct operation live = {
        .id = "D3",
        .kind = "protection",
        .state = "blocked",
        .body = decision_json(fixture, "{'verb':'block','protection':'edge','environment':'production','range':"
                                       "'203.0.113.7/32','priority':9000}"),
    };
    struct request again = decision_request(fixture, "block 203.0.113.7"),
                   end = decision_request(fixture, "unblock 203.0.113.7");
    struct question question;
    const void *arguments;
    struct error err;

    (void)state;
    fixture->operations = &live;
    fixture->operations_count = 1;
    assert_false(verb_block.asks(&fixture->view, &again, &question, &arguments, &err));
    assert_non_null(strstr(err.message, "*D3* blocks"));
    assert_true(verb_unblock.asks(&fixture->view, &end, &question, &arguments, &err));
    assert_string_equal(question.operation, "D3");
    assert_string_equal(question.environment, "production");
    end = decision_request(fixture, "unblock 203.0.113.7 --confirm 9000"); /* as a stranger's: people may be asked */
    assert_true(verb_unblock.asks(&fixture->view, &end, &question, &arguments, &err));
    assert_null(question.operation);
    assert_true(verb_unblock.is_asked_again);
}

/* What a reload never lets be blocked is not sent any more, whenever it was asked for; and a card names the rule that
 * it comes to be. */
static void check_sent(void **state)
{
    struct play play = play_line("block 203.0.113.7", "");
    struct settings settings;
    const char *proxies[] = { "203.0.113.0/28" };
    const struct effect sent = { .id = "D7.1" };
    struct error err;

    (void)state;
    play_see(&play, EMPTY);
    assert_true(machine_protection.may_increase(&play.fixture->view, &play.operation, play.body, &sent, &err));
    settings = *play.fixture->view.settings;
    settings.trusted_proxies = proxies;
    settings.trusted_proxies_count = 1;
    play.fixture->view.settings = &settings;
    assert_false(machine_protection.may_increase(&play.fixture->view, &play.operation, play.body, &sent, &err));
    assert_non_null(strstr(err.message, "`trusted_proxies`"));
    play_effect(&play, "change", END_FAILED, false);
    play_see(&play, "{'rules':[" RULE("9000", "192.0.2.1", "x") "]}");
    assert_non_null(strstr(play.body->becomes, "by rule 9001"));
    decision_destroy(play.fixture);
}

/* Whose step it is goes on once it stands; who has ended hears nothing. */
static void check_parent(void **state)
{
    const struct operation parent = { .id = "D3", .kind = "runbook", .state = "following" };

    (void)state;
    for (int lives = 0; lives < 2; lives++) {
        struct play play = play_line("block 203.0.113.7", "");

        play.fixture->operations = &parent;
        play.fixture->operations_count = (size_t)lives;
        play.operation.parent = "D3";
        play.operation.parent_name = "step 2";
        play_see(&play, EMPTY);
        play_effect(&play, "change", END_DONE, true);
        assert_int_equal(play.out.messages_count, 0);
        play_see(&play, STANDS);
        assert_int_equal(play.out.messages_count, lives);
        if (lives) {
            assert_string_equal(play.out.messages[0].name, MESSAGE_CHILD_STANDS);
            assert_string_equal(json_find_string(play.out.messages[0].body, "name"), "step 2");
            assert_string_equal(json_find_string(play.out.messages[0].body, "result"), "done");
        }
        decision_destroy(play.fixture);
    }
}

static void check_number(void **state)
{
    struct play play = play_line("unblock 203.0.113.7 --confirm 1000", "");
    const struct operation live = { .id = "D3",
                                    .kind = "protection",
                                    .state = "blocked",
                                    .body = decision_json(play.fixture, "{'verb':'block','protection':'edge','range':"
                                                                        "'203.0.113.7/32','priority':1000}") };

    (void)state;
    play.fixture->operations = &live;
    play.fixture->operations_count = 1;
    play_see(&play, FOREIGN);
    play_effect(&play, "change", END_DONE, true);
    play_see(&play, EMPTY);
    assert_string_equal(play.operation.result, "done");
    assert_int_equal(play.out.messages_count, 1);
    assert_string_equal(play.out.messages[0].to, "D3");
    assert_string_equal(play.out.messages[0].name, "block.gone");
    decision_destroy(play.fixture);
}

/* What the policy does not show is told, too: a card says that it stands. */
static void check_blocks(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(PROTECTION_CONFIGURATION);
    const struct operation live[] = {
        { .id = "D3",
          .kind = "protection",
          .state = "blocked",
          .requester = { "slack", "U1", "T1", "ann" },
          .body = decision_json(fixture, "{'verb':'block','protection':'edge','range':'203.0.113.7/32','priority':9000,"
                                         "'mark':'birth-00000000000000d7'}") },
        { .id = "D4",
          .kind = "protection",
          .state = "blocked",
          .body = decision_json(fixture, "{'verb':'block','protection':'edge','range':'203.0.113.8/32','priority':9001,"
                                         "'mark':'birth-00000000000000d8'}") },
        { .id = "D5",
          .kind = "protection",
          .state = "awaiting-approval",
          .body = decision_json(fixture, "{'verb':'unblock','protection':'edge','range':'203.0.113.9/32'}") },
    };
    struct request request = decision_request(fixture, "blocks");
    struct operation look = { .id = "L7", .state = "reading" };
    struct event event = { .kind = EVENT_READING, .name = "seen:0", .body = decision_json(fixture, STANDS) };
    struct question question;
    const void *arguments, *body;
    struct outcome out;
    struct error err;
    const char *text = "";

    (void)state;
    assert_true(verb_blocks.asks(&fixture->view, &request, &question, &arguments, &err));
    outcome_init(&out, fixture->arena, "L7", "birth-0000000000000017");
    verb_blocks.begin(&fixture->view, &request, &question, arguments, &out);
    body = decision_take(fixture, &look, &out, machine_blocks.body);
    fixture->operations = live;
    fixture->operations_count = ARRAY_LEN(live);
    outcome_init(&out, fixture->arena, "L7", "birth-0000000000000017");
    machine_blocks.on_event(&fixture->view, &look, body, &event, &out);
    for (size_t i = 0; i < out.reply->lines_count; i++)
        text = arena_printf(fixture->arena, "%s\n%s", text, out.reply->lines[i]);
    assert_non_null(strstr(text, "*D3* `203.0.113.7/32` until"));
    assert_non_null(strstr(text, "*D4* `203.0.113.8/32` (blocked): *no rule of it is there*"));
    assert_null(strstr(text, "*D3* `203.0.113.7/32` ("));
    assert_null(strstr(text, "D5"));
}

int main(void)
{
    const struct CMUnitTest others[] = { cmocka_unit_test(check_order),  cmocka_unit_test(check_too_late),
                                         cmocka_unit_test(check_live),   cmocka_unit_test(check_sent),
                                         cmocka_unit_test(check_parent), cmocka_unit_test(check_blocks),
                                         cmocka_unit_test(check_number) };

    return ROWS(word_rows, check_words) + ROWS(stories, check_story) + cmocka_run_group_tests(others, NULL, NULL);
}
