/* `block`, `unblock` and `ddos` past a deny, by a broken glass: whoever breaks it is reviewed, also who ends another's
 * block. */
#include "tests/unit/protection_fixture.h"

#include "handlers/review.h"

#define FIRE " --break-glass fire"
#define FREEZE(who) "    - { deny: [block, unblock, ddos], reason: a freeze, break_glass: " who " }\n"
#define CONSENT "    - { require: { approvals: { from: release-manager } }, for: [block, unblock, ddos] }\n"

static size_t count_broken(const struct outcome *out, const char *kind)
{
    size_t noted = 0, reviews = 0;

    for (size_t i = 0; i < out->journal_count; i++)
        noted += strcmp(out->journal[i].kind, kind) == 0;
    for (size_t i = 0; i < out->requests_count; i++)
        reviews += strcmp(out->requests[i].verb, verb_review_opened.name) == 0;
    assert_int_equal(noted, reviews);
    return noted;
}

static const char *answered(const struct outcome *out)
{
    const char *text = out->reply->text;

    for (size_t i = 0; i < out->reply->lines_count; i++)
        text = arena_printf(out->arena, "%s\n%s", text, out->reply->lines[i]);
    return text;
}

static const struct row {
    const char *name, *line, *rules, *policy;
    const char *state; /* afterwards */
    const char *says;  /* to whoever asked */
    const char *kind;  /* journalled; NULL: nothing is broken */
} rows[] = {
    { "a freeze refuses a block", "block 203.0.113.7", FREEZE("developer"), EMPTY, "refused",
      "You may break the glass: `--break-glass", NULL },
    { "a broken glass passes it", "block 203.0.113.7" FIRE, FREEZE("developer"), EMPTY, "changing",
      "by a broken glass: that is announced", "block.glass_broken" },
    { "not that of who has not the role", "block 203.0.113.7" FIRE, FREEZE("release-manager"), EMPTY, "refused",
      "It takes a release-manager to break the glass", NULL },
    { "what nothing needs is told so", "block 203.0.113.7" FIRE, "", EMPTY, "changing", "No glass was needed", NULL },
    { "it gives no consent", "block 203.0.113.7" FIRE, FREEZE("developer") CONSENT, EMPTY, "awaiting-approval",
      "by a broken glass", "block.glass_broken" },
    { "a dry run breaks none", "block 203.0.113.7 --dry-run" FIRE, FREEZE("developer"), EMPTY, "done",
      "Nothing was done: `--dry-run`.", NULL },
    { "a stranger's rule goes by one, too", "unblock 203.0.113.7 --confirm 1000" FIRE, FREEZE("developer"), FOREIGN,
      "changing", "by a broken glass", "unblock.glass_broken" },
    { "and the protection against floods", "ddos on" FIRE, FREEZE("developer"), EMPTY, "changing", "by a broken glass",
      "ddos.glass_broken" },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    struct play play = play_line(row->line, row->rules);
    struct card card = { 0 };
    struct error err;

    play_see(&play, row->policy);
    assert_string_equal(play.operation.state, row->state);
    if (!strstr(answered(&play.out), row->says))
        fail_msg("no '%s' in: %s", row->says, answered(&play.out));
    assert_int_equal(count_broken(&play.out, row->kind ? row->kind : "block.glass_broken"), row->kind != NULL);
    assert_int_equal(play.body->glass.denies_count, row->kind != NULL);
    if (row->kind) {
        assert_true(machine_protection.may_increase(&play.fixture->view, &play.operation, play.body, NULL, &err));
        machine_protection.card(&play.fixture->view, &play.operation, play.body, &card);
        assert_string_equal(decision_field(&card, "Broken glass"), "fire");
    }
    decision_destroy(play.fixture);
}

/* With people's consent it is not announced once more; what came meanwhile is. */
static void check_approved(void **state)
{
    struct play play = play_line("block 203.0.113.7" FIRE, FREEZE("developer") CONSENT),
                later = play_line("block 203.0.113.7" FIRE, CONSENT);

    (void)state;
    play_see(&play, EMPTY);
    play_person(&play, "approve", "U2");
    assert_string_equal(play.operation.state, "changing");
    assert_int_equal(count_broken(&play.out, "block.glass_broken"), 0);
    play_see(&later, EMPTY);
    later.fixture->view.policy = play.fixture->view.policy; /* a reload */
    play_person(&later, "approve", "U2");
    assert_string_equal(later.operation.state, "changing");
    assert_int_equal(count_broken(&later.out, "block.glass_broken"), 1);
    decision_destroy(later.fixture);
    decision_destroy(play.fixture);
}

static void end_it(struct play *play, const char *user, const char *glass)
{
    struct protection_body *asked = ARENA_NEW(play->fixture->arena, struct protection_body);
    struct request request = decision_request(play->fixture, "unblock 203.0.113.7");

    asked->glass.reason = glass;
    request.principal.id = user;
    play_send(play, (struct event){ .kind = EVENT_REQUEST, .name = "unblock", .request = &request, .arguments = asked },
              NULL);
}

/* Bob ends Ann's block: the glass is his, and so is the review. */
static void check_end(void **state)
{
    struct play play =
        play_line("block 203.0.113.7", "    - { deny: unblock, reason: a freeze, break_glass: release-manager }\n");

    (void)state;
    play_see(&play, EMPTY);
    play_effect(&play, "change", END_DONE, true);
    play_see(&play, STANDS);
    assert_string_equal(play.operation.state, "blocked");
    end_it(&play, "U1", "fire");
    assert_true(play.out.reply->is_refusal);
    assert_int_equal(count_broken(&play.out, "unblock.glass_broken"), 0);
    end_it(&play, "U2", NULL);
    assert_true(play.out.reply->is_refusal);
    end_it(&play, "U2", "fire");
    assert_int_equal(count_broken(&play.out, "unblock.glass_broken"), 1);
    assert_string_equal(play.out.requests[0].requester->id, "U2");
    assert_non_null(strstr(answered(&play.out), "by a broken glass"));
    decision_destroy(play.fixture);
}

int main(void)
{
    static const struct CMUnitTest others[] = { cmocka_unit_test(check_approved), cmocka_unit_test(check_end) };

    return ROWS(rows, check_row) + cmocka_run_group_tests_name("others", others, NULL, NULL);
}
