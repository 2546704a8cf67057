/* protection_fixture.h - one `block`, `unblock` or `ddos`, event by event: asked for by Ann, who is U1; Bob is U2. Only
 * for tests.
 *
 * A test begins it with play_line(), lets things happen to it, looks at `body`, `operation` and `out`, and lets go of
 * its fixture by decision_destroy().
 */
#ifndef OPSGATE_TESTS_UNIT_PROTECTION_FIXTURE_H
#define OPSGATE_TESTS_UNIT_PROTECTION_FIXTURE_H

#include "tests/unit/decision_fixture.h"

#include "handlers/protection/body.h"
#include "handlers/protection/protection.h"

#include <string.h>

/* clang-format off */
#define PROTECTION_CONFIGURATION \
    DECISION_CONFIGURATION \
    "    - { allow: [block, unblock, blocks, ddos, approve, abort], to: [developer, release-manager] }\n" \
    "trusted_proxies: [\"203.0.113.64/26\"]\n" \
    "protections:\n" \
    "  - { name: edge, environment: production, project: acme, policy: waf, priorities: { from: 9000, to: 9001 }, " \
    "never: [\"198.51.100.0/24\", \"2001:db8:0:1::/64\"], max_for: 2d }\n"
/* clang-format on */

struct play {
    struct decision_fixture *fixture;
    struct operation operation;
    const struct protection_body *body;
    struct outcome out;
};

static inline void play_take(struct play *play)
{
    const void *body = decision_take(play->fixture, &play->operation, &play->out, &protection_body_shape);

    play->body = body ? body : play->body;
}

static inline struct play play_line(const char *line, const char *rules)
{
    AUTO_BUF struct buf text = BUF(65536);
    const char *at = strstr(PROTECTION_CONFIGURATION, "trusted_proxies");
    struct play play = { 0 };
    const struct verb *verb;
    struct question question;
    const void *arguments;
    struct request request;
    struct error err;

    buf_addf(&text, "%.*s%s%s", (int)(at - PROTECTION_CONFIGURATION), PROTECTION_CONFIGURATION, rules, at);
    play.fixture = decision_create(buf_text(&text));
    request = decision_request(play.fixture, line);
    verb = verb_find(verbs, request.verb);
    outcome_init(&play.out, play.fixture->arena, "D7", "birth-00000000000000d7");
    if (!verb->asks(&play.fixture->view, &request, &question, &arguments, &err))
        fail_msg("%s", err.message);
    verb->begin(&play.fixture->view, &request, &question, arguments, &play.out);
    play.operation = (struct operation){ .id = "D7",
                                         .outside_id = "birth-00000000000000d7",
                                         .kind = "protection",
                                         .schema = 1,
                                         .source = "slack",
                                         .requester = { "slack", "U1", "T1", "ann" },
                                         .created_at_ms = DECISION_NOW_MS };
    play_take(&play);
    return play;
}

static inline void play_send(struct play *play, struct event event, const char *body)
{
    event.body = body ? decision_json(play->fixture, body) : NULL;
    outcome_init(&play->out, play->fixture->arena, "D7", "birth-00000000000000d7");
    machine_protection.on_event(&play->fixture->view, &play->operation, play->body, &event, &play->out);
    play_take(play);
}

static inline void play_see(struct play *play, const char *policy)
{
    play_send(play,
              (struct event){ .kind = EVENT_READING,
                              .name = "policy",
                              .end = policy ? END_DONE : END_FAILED,
                              .error = "Cloud Armor is away" },
              policy);
}

static inline void play_effect(struct play *play, const char *tag, enum event_end end, bool has_operation)
{
    play_send(play, (struct event){ .kind = EVENT_EFFECT, .name = tag, .end = end, .error = "Cloud Armor says no" },
              end != END_DONE ? NULL
              : has_operation ? "{'operation':'op-1'}"
                              : "{}");
}

static inline void play_timer(struct play *play, const char *name)
{
    play_send(play, (struct event){ .kind = EVENT_TIMER, .name = name }, NULL);
}

static inline void play_person(struct play *play, const char *verb, const char *user)
{
    struct request request = decision_request(play->fixture, arena_printf(play->fixture->arena, "%s D7", verb));

    request.principal.id = user;
    play_send(play, (struct event){ .kind = EVENT_REQUEST, .name = verb, .request = &request }, NULL);
}

#define RULE(priority, range, description)                                                                             \
    "{'priority':" priority ",'action':'deny(403)','ranges':['" range "'],'description':'" description "'}"
#define OURS(range) RULE("9000", range, "opsgate D7 [birth-00000000000000d7]")
#define EMPTY "{'rules':[]}"
#define STANDS "{'rules':[" OURS("203.0.113.7/32") "]}"
#define FOREIGN "{'rules':[" RULE("1000", "203.0.113.7", "by hand") "]}"

#endif
