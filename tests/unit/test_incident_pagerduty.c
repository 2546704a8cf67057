/* An incident and its pages: what is so in PagerDuty becomes so here, what is wanted here is wanted there, in any
 * order, at once, and when it fails. Nothing that was told is ever written back. */
#include "tests/unit/incident_life_fixture.h"

static const struct life_row seen[] = {
    { "acknowledged there, by somebody who is known here",
      INCIDENT_OPEN,
      "P1:triggered",
      { "told P1 acknowledged 2002 bob" },
      "says: Acknowledged by @{slack:U2}, who leads now.\n"
      "-> acknowledged\n" },
    { "acknowledged there, by a stranger: nobody leads",
      INCIDENT_OPEN,
      "P1:triggered",
      { "told P1 acknowledged 2002 zoe" },
      "says: Acknowledged by zoe.\n"
      "-> acknowledged\n" },
    { "acknowledged there, by a machine",
      INCIDENT_OPEN,
      "P1:triggered",
      { "told P1 acknowledged 2002" },
      "says: Acknowledged by PagerDuty.\n"
      "-> acknowledged\n" },
    { "told twice",
      INCIDENT_OPEN,
      "P1:triggered",
      { "told P1 acknowledged 2002 bob", "told P1 acknowledged 2002 bob" },
      "" },
    { "resolved there",
      INCIDENT_ACKNOWLEDGED,
      "P1:acknowledged",
      { "told P1 resolved 2002 bob" },
      "says: *D12* (P1: API down) is resolved by @{slack:U2}, 42 min after it was opened.\n"
      "announces: *D12* (P1: API down) is resolved by @{slack:U2}, 42 min after it was opened.\n"
      "-> resolved\n" },
    { "resolved there, unacknowledged",
      INCIDENT_OPEN,
      "P1:triggered",
      { "told P1 resolved 2002" },
      "says: *D12* (P1: API down) is resolved by PagerDuty, 42 min after it was opened.\n"
      "announces: *D12* (P1: API down) is resolved by PagerDuty, 42 min after it was opened.\n"
      "-> resolved\n" },
    { "reopened there",
      INCIDENT_RESOLVED,
      "P1:resolved",
      { "told P1 triggered 2002 bob" },
      "says: *D12* (P1: API down) is open again, by @{slack:U2}: incident #1 is triggered in PagerDuty. `incident ack D12` says that you work on it.\n"
      "announces: *D12* (P1: API down) is open again, by @{slack:U2}: incident #1 is triggered in PagerDuty. `incident ack D12` says that you work on it.\n"
      "-> open\n" },
    { "reopened and acknowledged there, and only the last was told",
      INCIDENT_RESOLVED,
      "P1:resolved",
      { "told P1 acknowledged 2002 bob" },
      "says: *D12* (P1: API down) is open again, by @{slack:U2}: incident #1 is acknowledged in PagerDuty. `incident ack D12` says that you work on it.\n"
      "announces: *D12* (P1: API down) is open again, by @{slack:U2}: incident #1 is acknowledged in PagerDuty. `incident ack D12` says that you work on it.\n"
      "says: Acknowledged by @{slack:U2}, who leads now.\n"
      "-> acknowledged\n" },
    { "nobody is at it there any more",
      INCIDENT_ACKNOWLEDGED,
      "P1:acknowledged",
      { "told P1 triggered 2002" },
      "says: PagerDuty goes on calling: it is not acknowledged there. `incident ack D12` says that you work on it.\n"
      "-> open\n" },
    { "what is older than what is known is nothing",
      INCIDENT_RESOLVED,
      "P1:resolved",
      { "told P1 triggered 999" },
      "" },
    { "out of order: acknowledged, after it was resolved",
      INCIDENT_OPEN,
      "P1:triggered",
      { "told P1 resolved 3003 bob", "told P1 acknowledged 2002 ann" },
      "" },
    { "within one second nobody knows what was first: it is read",
      INCIDENT_OPEN,
      "P1:triggered",
      { "read P1 resolved 3000 bob", "told P1 acknowledged 3500 ann" },
      "reads page:P1\n" },
    { "and what is read is what is so",
      INCIDENT_OPEN,
      "P1:triggered",
      { "read P1 resolved 3000 bob", "told P1 acknowledged 3500 ann", "read P1 acknowledged 3000 ann" },
      "says: *D12* (P1: API down) is open again, by @{slack:U1}: incident #1 is acknowledged in PagerDuty. `incident ack D12` says that you work on it.\n"
      "announces: *D12* (P1: API down) is open again, by @{slack:U1}: incident #1 is acknowledged in PagerDuty. `incident ack D12` says that you work on it.\n"
      "says: Acknowledged by @{slack:U1}, who leads now.\n"
      "-> acknowledged\n" },
    { "or it was so",
      INCIDENT_OPEN,
      "P1:triggered",
      { "read P1 resolved 3000 bob", "told P1 acknowledged 3500 ann", "read P1 resolved 3000 bob" },
      "" },
    { "told once more meanwhile, it is read once more",
      INCIDENT_OPEN,
      "P1:triggered",
      { "read P1 resolved 3000 bob", "told P1 acknowledged 3500 ann", "told P1 triggered 4004 bob" },
      "says: *D12* (P1: API down) is open again, by @{slack:U2}: incident #1 is triggered in PagerDuty. `incident ack D12` says that you work on it.\n"
      "announces: *D12* (P1: API down) is open again, by @{slack:U2}: incident #1 is triggered in PagerDuty. `incident ack D12` says that you work on it.\n"
      "reads page:P1\n"
      "-> open\n" },
    { "what was read before somebody wants something is nothing",
      INCIDENT_OPEN,
      "P1:triggered",
      { "read P1 acknowledged 3000 bob", "told P1 triggered 3500 zoe", "ann resolve", "read P1 triggered 3000 zoe" },
      "" },
    { "and it is read again behind that",
      INCIDENT_OPEN,
      "P1:triggered",
      { "read P1 acknowledged 3000 bob", "told P1 triggered 3500 zoe", "ann resolve", "read P1 triggered 3000 zoe",
        "ends P1 resolve written resolved 5000 ann" },
      "reads page:P1\n" },
    { "what cannot be read changes nothing",
      INCIDENT_OPEN,
      "P1:triggered",
      { "read P1 resolved 3000 bob", "told P1 acknowledged 3500 ann", "read P1" },
      "" },
    { "what is no page of it changes nothing", INCIDENT_OPEN, "P1:triggered", { "told P7 resolved 2002" }, "" },
    { "no status is told", INCIDENT_OPEN, "P1:triggered", { "told P1 - 2002" }, "" },
    { "a time that nobody knows is taken",
      INCIDENT_OPEN,
      "P1:triggered",
      { "told P1 acknowledged 0 bob" },
      "says: Acknowledged by @{slack:U2}, who leads now.\n"
      "-> acknowledged\n" },
    { "merged into another one: over, and remembered",
      INCIDENT_OPEN,
      "P1:triggered",
      { "told P1 resolved 2002 merged" },
      "says: *D12* (P1: API down) is resolved by PagerDuty, 42 min after it was opened: incident #1 was merged into another one in PagerDuty.\n"
      "announces: *D12* (P1: API down) is resolved by PagerDuty, 42 min after it was opened: incident #1 was merged into another one in PagerDuty.\n"
      "-> resolved\n" },
    { "what was merged is not asked for any more",
      INCIDENT_OPEN,
      "P1:triggered",
      { "told P1 resolved 2002 merged", "ann reopen" },
      "says: *D12* (P1: API down) is open again, by @{slack:U1}. `incident ack D12` says that you work on it.\n"
      "announces: *D12* (P1: API down) is open again, by @{slack:U1}. `incident ack D12` says that you work on it.\n"
      "replies: *D12* is open again.\n"
      "-> open\n" },
};

static const struct life_row several[] = {
    { "one of two is acknowledged there: it is acknowledged, and the other pages on",
      INCIDENT_OPEN,
      "P1:triggered P2:triggered",
      { "told P1 acknowledged 2002 bob" },
      "says: Acknowledged by @{slack:U2}, who leads now.\n"
      "-> acknowledged\n" },
    { "and whoever says so here acknowledges the other, too",
      INCIDENT_OPEN,
      "P1:triggered P2:triggered",
      { "told P1 acknowledged 2002 bob", "ann ack" },
      "wants P2 acknowledge by slack:U1\n"
      "replies: *D12* is acknowledged already, by @{slack:U2}, just now. But not all of it in PagerDuty: that is asked for now.\n" },
    { "one of two is resolved there: it is not over",
      INCIDENT_ACKNOWLEDGED,
      "P1:acknowledged P2:triggered",
      { "told P1 resolved 2002 bob" },
      "" },
    { "all are resolved there",
      INCIDENT_ACKNOWLEDGED,
      "P1:resolved P2:triggered",
      { "told P2 resolved 2002 bob" },
      "says: *D12* (P1: API down) is resolved by @{slack:U2}, 42 min after it was opened.\n"
      "announces: *D12* (P1: API down) is resolved by @{slack:U2}, 42 min after it was opened.\n"
      "-> resolved\n" },
    { "one of two is reopened there",
      INCIDENT_RESOLVED,
      "P1:resolved P2:resolved",
      { "told P2 triggered 2002 bob" },
      "says: *D12* (P1: API down) is open again, by @{slack:U2}: incident #2 is triggered in PagerDuty. `incident ack D12` says that you work on it.\n"
      "announces: *D12* (P1: API down) is open again, by @{slack:U2}: incident #2 is triggered in PagerDuty. `incident ack D12` says that you work on it.\n"
      "-> open\n" },
    { "one of two is not acknowledged any more: the other is",
      INCIDENT_ACKNOWLEDGED,
      "P1:acknowledged P2:acknowledged",
      { "told P2 triggered 2002" },
      "" },
    { "acknowledged here: each that is not so already, and none that is over",
      INCIDENT_OPEN,
      "P1:triggered P2:acknowledged P3:resolved P4:-",
      { "ann ack" },
      "says: Acknowledged by @{slack:U1}, who leads now.\n"
      "wants P1 acknowledge by slack:U1\n"
      "wants P4 acknowledge by slack:U1\n"
      "replies: *D12* is acknowledged, and you lead it. PagerDuty is told, too.\n"
      "-> acknowledged\n" },
    { "resolved here: each that is not so already",
      INCIDENT_ACKNOWLEDGED,
      "P1:triggered P2:acknowledged P3:resolved",
      { "ann resolve fixed" },
      "says: *D12* (P1: API down) is resolved by @{slack:U1}, 42 min after it was opened: fixed.\n"
      "announces: *D12* (P1: API down) is resolved by @{slack:U1}, 42 min after it was opened: fixed.\n"
      "wants P1 resolve by slack:U1: fixed\n"
      "wants P2 resolve by slack:U1: fixed\n"
      "replies: *D12* is resolved. `incident postmortem D12` writes a draft of its story, `incident close D12` ends it. PagerDuty is told, too.\n"
      "-> resolved\n" },
    { "reopened here: each of them, but what was merged",
      INCIDENT_RESOLVED,
      "P1:resolved P2:resolved",
      { "told P2 resolved 2002 merged", "ann reopen" },
      "says: *D12* (P1: API down) is open again, by @{slack:U1}. `incident ack D12` says that you work on it.\n"
      "announces: *D12* (P1: API down) is open again, by @{slack:U1}. `incident ack D12` says that you work on it.\n"
      "wants P1 reopen by slack:U1\n"
      "replies: *D12* is open again. PagerDuty is told, too.\n"
      "-> open\n" },
    { "one is resolved there while the other is being reopened",
      INCIDENT_RESOLVED,
      "P1:resolved P2:resolved",
      { "ann reopen", "ends P1 reopen written triggered 2000", "told P1 resolved 3003 bob" },
      "" },
};

static const struct life_row both[] = {
    { "what was written comes back: no echo",
      INCIDENT_OPEN,
      "P1:triggered",
      { "ann ack", "told P1 acknowledged 2002 ann" },
      "" },
    { "its end is no news, either",
      INCIDENT_OPEN,
      "P1:triggered",
      { "ann ack", "told P1 acknowledged 2002 ann", "ends P1 acknowledge written acknowledged 2000 ann" },
      "" },
    { "nor when it was so already",
      INCIDENT_OPEN,
      "P1:triggered",
      { "ann ack", "ends P1 acknowledge already acknowledged 2000 bob" },
      "" },
    { "acknowledged here, resolved there: it is over",
      INCIDENT_OPEN,
      "P1:triggered",
      { "ann ack", "told P1 resolved 2002 bob" },
      "says: *D12* (P1: API down) is resolved by @{slack:U2}, 42 min after it was opened.\n"
      "announces: *D12* (P1: API down) is resolved by @{slack:U2}, 42 min after it was opened.\n"
      "-> resolved\n" },
    { "and the acknowledgement is dropped, which is said",
      INCIDENT_OPEN,
      "P1:triggered",
      { "ann ack", "told P1 resolved 2002 bob", "ends P1 acknowledge unfit resolved 2000 bob" },
      "says: PagerDuty: incident #1 is resolved. If it is not over, `incident reopen D12` opens it again.\n" },
    { "the same, and its webhook comes last",
      INCIDENT_OPEN,
      "P1:triggered",
      { "ann ack", "ends P1 acknowledge unfit resolved 2000 bob" },
      "says: PagerDuty: incident #1 is resolved. If it is not over, `incident reopen D12` opens it again.\n"
      "says: *D12* (P1: API down) is resolved by @{slack:U2}, 42 min after it was opened.\n"
      "announces: *D12* (P1: API down) is resolved by @{slack:U2}, 42 min after it was opened.\n"
      "-> resolved\n" },
    { "the webhook behind it is no news",
      INCIDENT_OPEN,
      "P1:triggered",
      { "ann ack", "ends P1 acknowledge unfit resolved 2000 bob", "told P1 resolved 2002 bob" },
      "" },
    { "resolved here, acknowledged there: it will be written over",
      INCIDENT_ACKNOWLEDGED,
      "P1:triggered",
      { "ann resolve", "told P1 acknowledged 2002 bob" },
      "" },
    { "and it was",
      INCIDENT_ACKNOWLEDGED,
      "P1:triggered",
      { "ann resolve", "told P1 acknowledged 2002 bob", "ends P1 resolve written resolved 3000 ann" },
      "" },
    { "resolved here, reopened there before the answer came",
      INCIDENT_ACKNOWLEDGED,
      "P1:acknowledged",
      { "ann resolve", "told P1 resolved 2002 ann", "told P1 triggered 3003 bob" },
      "" },
    { "and what it ends as decides",
      INCIDENT_ACKNOWLEDGED,
      "P1:acknowledged",
      { "ann resolve", "told P1 resolved 2002 ann", "told P1 triggered 3003 bob",
        "ends P1 resolve changed triggered 3000 bob" },
      "says: PagerDuty: incident #1 is triggered. `incident resolve D12` asks again.\n"
      "says: *D12* (P1: API down) is open again, by @{slack:U2}: incident #1 is triggered in PagerDuty. `incident ack D12` says that you work on it.\n"
      "announces: *D12* (P1: API down) is open again, by @{slack:U2}: incident #1 is triggered in PagerDuty. `incident ack D12` says that you work on it.\n"
      "-> open\n" },
    { "resolved twice at once",
      INCIDENT_ACKNOWLEDGED,
      "P1:acknowledged",
      { "ann resolve", "told P1 resolved 2002 bob" },
      "" },
    { "reopened here, acknowledged there",
      INCIDENT_RESOLVED,
      "P1:resolved",
      { "ann reopen", "ends P1 reopen already acknowledged 2000 bob" },
      "says: Acknowledged by @{slack:U2}, who leads now.\n"
      "-> acknowledged\n" },
    { "resolved, and reopened before PagerDuty had heard of it",
      INCIDENT_ACKNOWLEDGED,
      "P1:acknowledged",
      { "ann resolve", "bob reopen" },
      "says: *D12* (P1: API down) is open again, by @{slack:U2}. `incident ack D12` says that you work on it.\n"
      "announces: *D12* (P1: API down) is open again, by @{slack:U2}. `incident ack D12` says that you work on it.\n"
      "wants P1 reopen by slack:U2\n"
      "replies: *D12* is open again. PagerDuty is told, too.\n"
      "-> open\n" },
    { "the end of the first of two is no news",
      INCIDENT_ACKNOWLEDGED,
      "P1:acknowledged",
      { "ann resolve", "bob reopen", "ends P1 resolve written resolved 2000 ann" },
      "" },
    { "nor is its webhook",
      INCIDENT_ACKNOWLEDGED,
      "P1:acknowledged",
      { "ann resolve", "bob reopen", "ends P1 resolve written resolved 2000 ann", "told P1 resolved 2500 ann" },
      "" },
    { "nor the end of the second",
      INCIDENT_ACKNOWLEDGED,
      "P1:acknowledged",
      { "ann resolve", "bob reopen", "ends P1 resolve written resolved 2000 ann", "told P1 resolved 2500 ann",
        "ends P1 reopen written triggered 3000 bob" },
      "" },
    { "nor what was done there before both",
      INCIDENT_ACKNOWLEDGED,
      "P1:triggered",
      { "ann resolve", "bob reopen", "told P1 acknowledged 2002 zoe" },
      "" },
    { "what is told late of the first",
      INCIDENT_ACKNOWLEDGED,
      "P1:acknowledged",
      { "ann resolve", "bob reopen", "ends P1 resolve written resolved 2000 ann",
        "ends P1 reopen written triggered 3000 bob", "told P1 resolved 2500 ann" },
      "" },
    { "an end that was overtaken by a webhook",
      INCIDENT_OPEN,
      "P1:triggered",
      { "ann ack", "told P1 acknowledged 2002 ann", "told P1 resolved 4004 bob",
        "ends P1 acknowledge written acknowledged 2000 ann" },
      "" },
};

static const struct life_row fails[] = {
    { "too late: it stays as it is there, and so it is here",
      INCIDENT_OPEN,
      "P1:triggered",
      { "ann ack", "ends P1 acknowledge too_late triggered 1000" },
      "says: PagerDuty: incident #1 is triggered. `incident ack D12` asks again.\n"
      "says: PagerDuty goes on calling: it is not acknowledged there. `incident ack D12` says that you work on it.\n"
      "-> open\n" },
    { "too late to resolve: it is not over",
      INCIDENT_ACKNOWLEDGED,
      "P1:acknowledged",
      { "ann resolve", "ends P1 resolve too_late acknowledged 1000 bob" },
      "says: PagerDuty: incident #1 is acknowledged. `incident resolve D12` asks again.\n"
      "says: *D12* (P1: API down) is open again, by PagerDuty: incident #1 is acknowledged in PagerDuty. `incident ack D12` says that you work on it.\n"
      "announces: *D12* (P1: API down) is open again, by PagerDuty: incident #1 is acknowledged in PagerDuty. `incident ack D12` says that you work on it.\n"
      "says: Acknowledged by PagerDuty.\n"
      "-> acknowledged\n" },
    { "too late to reopen",
      INCIDENT_RESOLVED,
      "P1:resolved",
      { "ann reopen", "ends P1 reopen too_late resolved 1000 bob" },
      "says: PagerDuty: incident #1 is resolved. `incident reopen D12` asks again.\n"
      "says: *D12* (P1: API down) is resolved by PagerDuty, 42 min after it was opened.\n"
      "announces: *D12* (P1: API down) is resolved by PagerDuty, 42 min after it was opened.\n"
      "-> resolved\n" },
    { "changed since",
      INCIDENT_ACKNOWLEDGED,
      "P1:acknowledged",
      { "ann resolve", "ends P1 resolve changed triggered 4000 bob" },
      "says: PagerDuty: incident #1 is triggered. `incident resolve D12` asks again.\n"
      "says: *D12* (P1: API down) is open again, by @{slack:U2}: incident #1 is triggered in PagerDuty. `incident ack D12` says that you work on it.\n"
      "announces: *D12* (P1: API down) is open again, by @{slack:U2}: incident #1 is triggered in PagerDuty. `incident ack D12` says that you work on it.\n"
      "-> open\n" },
    { "refused: it is said once, and stays here as somebody wants it",
      INCIDENT_OPEN,
      "P1:triggered",
      { "ann ack", "ends P1 acknowledge failed PagerDuty: the key may not do that." },
      "says: PagerDuty does not acknowledge incident #1: PagerDuty: the key may not do that. Do it there, or ask again: `incident ack D12`.\n" },
    { "asked again, it is wanted again",
      INCIDENT_OPEN,
      "P1:triggered",
      { "ann ack", "ends P1 acknowledge failed no", "after 3m", "ann ack" },
      "wants P1 acknowledge by slack:U1\n"
      "replies: *D12* is acknowledged already, by @{slack:U1}, 3 min ago. But not all of it in PagerDuty: that is asked for now.\n" },
    { "refused, and then done there",
      INCIDENT_OPEN,
      "P1:triggered",
      { "ann ack", "ends P1 acknowledge failed no", "told P1 acknowledged 2002 bob" },
      "" },
    { "refused, and it pages on: whoever said so is not heard there",
      INCIDENT_OPEN,
      "P1:triggered",
      { "ann ack", "ends P1 acknowledge gave-up no", "told P1 triggered 2002" },
      "says: PagerDuty goes on calling: it is not acknowledged there. `incident ack D12` says that you work on it.\n"
      "-> open\n" },
    { "refused, but reopened there meanwhile",
      INCIDENT_ACKNOWLEDGED,
      "P1:acknowledged",
      { "ann resolve", "told P1 resolved 2002 ann", "told P1 triggered 3003 bob", "ends P1 resolve gave-up no answer" },
      "says: PagerDuty does not resolve incident #1: no answer. Do it there, or ask again: `incident resolve D12`.\n"
      "says: *D12* (P1: API down) is open again, by PagerDuty: incident #1 is triggered in PagerDuty. `incident ack D12` says that you work on it.\n"
      "announces: *D12* (P1: API down) is open again, by PagerDuty: incident #1 is triggered in PagerDuty. `incident ack D12` says that you work on it.\n"
      "-> open\n" },
    { "the first of two is refused: the second tells",
      INCIDENT_OPEN,
      "P1:triggered",
      { "ann ack", "ann resolve", "ends P1 acknowledge failed no" },
      "" },
    { "cancelled: nobody has to know",
      INCIDENT_OPEN,
      "P1:triggered",
      { "ann ack", "ends P1 acknowledge cancelled" },
      "" },
    { "merged: it cannot be reopened there, and is open here all the same",
      INCIDENT_RESOLVED,
      "P1:resolved",
      { "ann reopen", "ends P1 reopen unfit resolved 2000 merged" },
      "says: PagerDuty: incident #1 is resolved.\n" },
    { "and it stays open",
      INCIDENT_RESOLVED,
      "P1:resolved",
      { "ann reopen", "ends P1 reopen unfit resolved 2000 merged", "told P1 resolved 2002 merged" },
      "" },
    { "refused twice, it stays here as somebody wants it",
      INCIDENT_OPEN,
      "P1:triggered",
      { "ann ack", "ends P1 acknowledge failed no", "ann ack", "ends P1 acknowledge failed no" },
      "says: PagerDuty does not acknowledge incident #1: no. Do it there, or ask again: `incident ack D12`.\n" },
    { "a note that did not get there",
      INCIDENT_OPEN,
      "P1:triggered",
      { "ann note x", "ends P1 note gave-up PagerDuty did not answer" },
      "says: A note did not get into PagerDuty's incident #1: PagerDuty did not answer. It stands in the timeline here.\n" },
    { "an end of what is no page", INCIDENT_OPEN, "P1:triggered", { "ends P7 resolve written resolved 2000" }, "" },
};

/* ---- pages ---- */

static bool add(struct incident_life *life, const char *id)
{
    struct pagerduty_reference service = { .id = "PSERVICE" };
    struct pagerduty_incident page = {
        .id = id, .number = 42, .title = "API *down*", .status = "triggered", .status_at_ms = 5005, .service = &service
    };
    struct deciding d = { .view = &life->fixture->view, .id = "D12", .state = INCIDENT_OPEN, .body = life->body };

    return incident_add_page(&d, &page);
}

static void a_page_joins_once(void **state)
{
    AUTO_LIFE struct incident_life *life = life_create(INCIDENT_OPEN, "");
    const struct incident_page *page;

    (void)state;
    assert_false(incident_has_page(life->body, "P1"));
    assert_true(add(life, "P1"));
    assert_true(incident_has_page(life->body, "P1"));
    assert_false(incident_has_page(life->body, NULL));
    page = &life->body->pages[0];
    assert_string_equal(page->title, "API  down ");
    assert_string_equal(page->service, "PSERVICE");
    assert_int_equal(page->status_at_ms, 5005);
    life_step(life, "ann ack");
    assert_true(add(life, "P1"));
    assert_int_equal(life->body->pages_count, 1);
    assert_string_equal(life->body->pages[0].wanted, "acknowledge");
}

static void more_pages_than_are_followed(void **state)
{
    AUTO_LIFE struct incident_life *life = life_create(INCIDENT_OPEN, "");

    (void)state;
    for (int i = 0; i < INCIDENT_PAGES_MAX; i++)
        assert_true(add(life, arena_printf(life->fixture->arena, "P%d", i)));
    assert_false(add(life, "PMORE"));
    assert_true(add(life, "P7"));
    assert_int_equal(life->body->pages_count, INCIDENT_PAGES_MAX);
}

/* One that joins what is acknowledged pages on: nobody has said anything of it yet. */
static void a_page_that_joins_is_not_acknowledged_by_itself(void **state)
{
    AUTO_LIFE struct incident_life *life = life_create(INCIDENT_ACKNOWLEDGED, "P1:acknowledged");

    (void)state;
    assert_true(add(life, "P2"));
    life_step(life, "told P2 triggered 6006");
    assert_string_equal(life->log, "");
    life_step(life, "ann ack");
    assert_non_null(strstr(life->log, "wants P2 acknowledge"));
}

static void without_its_section_nothing_is_wanted_there(void **state)
{
    AUTO_LIFE struct incident_life *life = life_create(INCIDENT_OPEN, "P1:triggered");
    struct settings settings = *life->fixture->view.settings;

    (void)state;
    settings.pagerduty = NULL;
    life->fixture->view.settings = &settings;
    life_step(life, "ann ack");
    life_step(life, "ann note x");
    assert_null(strstr(life->log, "wants"));
    assert_null(strstr(life->log, "notes"));
}

int main(void)
{
    const struct CMUnitTest pages[] = {
        cmocka_unit_test(a_page_joins_once),
        cmocka_unit_test(more_pages_than_are_followed),
        cmocka_unit_test(a_page_that_joins_is_not_acknowledged_by_itself),
        cmocka_unit_test(without_its_section_nothing_is_wanted_there),
    };

    return ROWS(seen, life_check) + ROWS(several, life_check) + ROWS(both, life_check) + ROWS(fails, life_check) +
           cmocka_run_group_tests(pages, NULL, NULL);
}
