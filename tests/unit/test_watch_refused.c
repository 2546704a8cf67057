/* Webhooks that could not be verified: decoded as they were handed in, and told aloud. */
#include "tests/unit/watch_fixture.h"

#include "bot/doors/decode.h"
#include "bot/model/exchange.h"
#include "bot/model/refused.h"
#include "handlers/watch/refused.h"

#define PAGERDUTY DECISION_CONFIGURATION "pagerduty:\n  webhook_secrets: [s]\n  api_token: t\n  from: a@example.com\n"
#define REFUSED(times)                                                                                                 \
    "{\"sender\":\"pagerduty\",\"times\":" times ",\"since_ms\":1795211000000,\"why\":\"none of ours is right.\","     \
    "\"advice\":\"Put it into pagerduty.webhook_secrets.\"}"

static bool decode(const char *body, struct arena *arena, struct decoded *ret_decoded)
{
    struct inbox_item item = { .v = INBOX_VERSION,
                               .source = REFUSED_SOURCE,
                               .kind = REFUSED_KIND,
                               .received_at = 5,
                               .request_id = "refused:pagerduty:host-1:1",
                               .body = body };
    struct error err;

    return decode_item(&item, arena, ret_decoded, &err);
}

static void check_wanted(void **state)
{
    AUTO_DECISION struct decision_fixture *none = decision_create(DECISION_CONFIGURATION),
                                          *fixture = decision_create(PAGERDUTY);
    struct watch_story story;

    (void)state;
    watch_begin(&story, none, &machine_refused_watch);
    assert_false(story.out.begins);
    watch_begin(&story, fixture, &machine_refused_watch);
    assert_true(story.out.begins);
    watch_hear(&story, (struct event){ .kind = EVENT_MESSAGE, .name = MESSAGE_OWNER });
    assert_null(story.out.result);
    story.fixture = none; /* a new configuration */
    watch_hear(&story, (struct event){ .kind = EVENT_MESSAGE, .name = MESSAGE_OWNER });
    assert_string_equal(story.out.result, "done");
}

static const char *said(struct watch_story *story, const char *body)
{
    struct operation operation = { .id = "L1", .kind = "watch.refused" },
                     other = { .id = "L2", .kind = "watch.pagerduty" };
    struct decoded decoded;
    const cJSON *args = NULL;

    assert_true(decode(body, story->fixture->arena, &decoded));
    assert_int_equal(decoded.kind, DECODED_EVENT);
    assert_true(refused_watch_hears(&story->fixture->view, &operation, &decoded.event));
    assert_false(refused_watch_hears(&story->fixture->view, &other, &decoded.event));
    watch_hear(story, (struct event){ .kind = EVENT_OUTSIDE, .name = decoded.event.name, .outside = &decoded.event });
    assert_int_equal(watch_count(story, EFFECT_MESSAGE, &args), 1);
    return json_find_string(args, "reply.text");
}

static void check_said(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(PAGERDUTY);
    struct watch_story story;
    const char *text;

    (void)state;
    watch_begin(&story, fixture, &machine_refused_watch);
    assert_string_equal(
        said(&story, REFUSED("1")),
        "*A webhook that says it is PagerDuty's* could not be verified, and was refused: none of ours is "
        "right. Put it into pagerduty.webhook_secrets.");
    text = said(&story, REFUSED("312"));
    assert_non_null(strstr(text, "*312 webhooks that say they are PagerDuty's* could not be verified since "));
    assert_non_null(strstr(text, "@{date:1795211000000}"));
    assert_int_equal(((const struct refused_watch *)story.body)->said, 2);
}

static void check_malformed(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct decoded decoded;

    (void)state;
    assert_false(decode("{}", arena, &decoded));
    assert_false(decode("[", arena, &decoded));
    assert_false(decode(REFUSED("\"many\""), arena, &decoded));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "it is at work where there is something to be refused", check_wanted, NULL, NULL, NULL },
        { "how many, since when, and what to do is said", check_said, NULL, NULL, NULL },
        { "what makes no sense is not taken for it", check_malformed, NULL, NULL, NULL },
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
