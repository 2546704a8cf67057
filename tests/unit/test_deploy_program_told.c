/* What people see of a program as a driver: its output in the thread, its card. */
#include "tests/unit/deploy_program_fixture.h"

#include "bot/base/time.h"
#include "bot/model/delivery.h"

/* ---- its output ---- */

static struct message_delivery posted(struct play *play)
{
    struct message_delivery delivery;
    struct error err;

    assert_string_equal(play->out.effects[0].kind, EFFECT_MESSAGE);
    assert_true(
        shape_from_json(&message_delivery_shape, play->out.effects[0].args, play->fixture->arena, &delivery, &err));
    return delivery;
}

static void output_goes_into_the_thread(void **state)
{
    struct play play = executing("deploy tools host v1");
    struct message_delivery delivery;

    (void)state;
    progress(&play, "{'output':'one *two*\\n\\n`three` @{slack:U1}\\n','to_byte':30}");
    assert_string_equal(wants(&play), "executing !slack.message @follow");
    delivery = posted(&play);
    assert_true(delivery.is_in_thread);
    assert_string_equal(delivery.channel, "#deployments");
    assert_string_equal(delivery.reply.text, "D7, `deploy.sh`:");
    assert_int_equal(delivery.reply.lines_count, 2);
    assert_string_equal(delivery.reply.lines[0], "`one *two*`");
    assert_string_equal(delivery.reply.lines[1], "`'three' @{slack:U1}`"); /* in a code, no mention */
    timer(&play, "follow");
    assert_int_equal(looks_at(&play).from_byte, 30);
    end(&play);
}

static void messages_come_slowly_and_pass_over_nothing(void **state)
{
    struct play play = executing("deploy tools host v1");

    (void)state;
    progress(&play, "{'output':'one\\n','to_byte':4}");
    later(&play, 6000);
    progress(&play, "{'output':'two\\n','to_byte':8}"); /* the first is still on its way */
    assert_string_equal(wants(&play), "executing @follow");
    timer(&play, "follow");
    assert_int_equal(looks_at(&play).from_byte, 4);
    effect(&play, "posted", END_DONE, "{}");
    progress(&play, "{'output':'two\\nthree\\n','to_byte':14}");
    assert_string_equal(wants(&play), "executing !slack.message @follow");
    assert_int_equal(posted(&play).reply.lines_count, 2);
    effect(&play, "posted", END_FAILED, NULL);
    progress(&play, "{'output':'four\\n','to_byte':19}"); /* 5 s have not passed */
    assert_string_equal(wants(&play), "executing @follow");
    end(&play);
}

static void after_so_many_messages_only_the_end_is_of_interest(void **state)
{
    struct play play = executing("deploy tools host v1");
    struct message_delivery delivery = { .channel = NULL };

    (void)state;
    for (int i = 1; i <= 20; i++) {
        later(&play, 6000);
        progress(&play, arena_printf(play.fixture->arena, "{'output':'line %d\\n','to_byte':%d}", i, i * 10));
        delivery = posted(&play);
        effect(&play, "posted", END_DONE, "{}");
    }
    assert_string_equal(delivery.reply.lines[1], "Its output goes on: `opsgate ops show D7`");
    later(&play, 6000);
    timer(&play, "follow");
    assert_true(looks_at(&play).is_tail);
    progress(&play, "{'output':'more\\n','to_byte':900}");
    assert_string_equal(wants(&play), "executing @follow");
    progress(&play, "{'has_ended':true,'is_all':true,'output':'last\\n','to_byte':905}");
    assert_string_equal(wants(&play), "done good");
    assert_int_equal(play.body->program->feed.tail_count, 20);
    assert_string_equal(play.body->program->feed.tail[19], "last");
    assert_string_equal(play.body->program->feed.tail[18], "more");
    end(&play);
}

static void rest_is_told_when_it_ends_but_not_for_ever(void **state)
{
    struct play play = executing("deploy tools host v1");
    int looks = 0;

    (void)state;
    do {
        progress(&play, "{'has_ended':true,'output':'much\\n','to_byte':100}");
        looks++;
        assert_true(looks < 20);
    } while (!play.out.result);
    assert_int_equal(looks, 6); /* five pieces, and then the last lines */
    assert_int_equal(play.body->program->feed.posts, 6);
    end(&play);
}

/* ---- the card ---- */

static struct card card_of(struct play *play)
{
    struct card card = { .operation = "D7" };

    machine_deploy.card(&play->fixture->view, &play->operation, play->body, &card);
    return card;
}

static void card_shows_what_it_does_and_how_it_ended(void **state)
{
    struct play play = executing("deploy tools host v1");
    struct card card = card_of(&play);

    (void)state;
    assert_string_equal(card.title, "Deploy tools v1 to host");
    assert_string_equal(card.status, "D7: the program runs");
    assert_int_equal(card.tone, CARD_RUNNING);
    assert_int_equal(card.steps_count, 4);
    assert_int_equal(card.steps[3].mark, STEP_NOW);
    assert_int_equal(card.actions_count, 1);
    assert_string_equal(card.actions[0].label, "Abort");
    progress(&play, "{'has_ended':true,'is_all':true,'exit_status':3,'output':'one\\nno disk\\n','to_byte':12}");
    card = card_of(&play);
    assert_int_equal(card.tone, CARD_BAD);
    assert_int_equal(card.steps[3].mark, STEP_BAD);
    assert_int_equal(card.steps[2].mark, STEP_OK);
    assert_int_equal(card.table_count, 2);
    assert_string_equal(card.table[1], "no disk");
    assert_int_equal(card.actions_count, 0);
    end(&play);
}

static void card_of_a_good_one_offers_the_way_back(void **state)
{
    struct play play = executing("deploy tools host v1");
    struct card card;

    (void)state;
    progress(&play, "{'has_ended':true,'is_all':true,'to_byte':0}");
    card = card_of(&play);
    assert_int_equal(card.tone, CARD_GOOD);
    assert_int_equal(card.steps[3].mark, STEP_OK);
    assert_string_equal(card.actions[0].command, "rollback tools host --from D7");
    end(&play);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(output_goes_into_the_thread),
        cmocka_unit_test(messages_come_slowly_and_pass_over_nothing),
        cmocka_unit_test(after_so_many_messages_only_the_end_is_of_interest),
        cmocka_unit_test(rest_is_told_when_it_ends_but_not_for_ever),
        cmocka_unit_test(card_shows_what_it_does_and_how_it_ended),
        cmocka_unit_test(card_of_a_good_one_offers_the_way_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
