/* An incident's states by what people ask for: each from each, once and twice; what is said where, and who else has to
 * hear.
 */
#include "tests/unit/incident_life_fixture.h"

#include "bot/engine/store.h"

static const struct life_row moves[] = {
    { "acknowledged: who does it leads, and PagerDuty hears of it",
      INCIDENT_OPEN,
      "P1:triggered",
      { "ann ack" },
      "says: Acknowledged by @{slack:U1}, who leads now.\n"
      "wants P1 acknowledge by slack:U1\n"
      "replies: *D12* is acknowledged, and you lead it. PagerDuty is told, too.\n"
      "-> acknowledged\n" },
    { "without a page PagerDuty hears of nothing",
      INCIDENT_OPEN,
      "",
      { "ann ack" },
      "says: Acknowledged by @{slack:U1}, who leads now.\n"
      "replies: *D12* is acknowledged, and you lead it.\n"
      "-> acknowledged\n" },
    { "who leads already goes on",
      INCIDENT_OPEN,
      "",
      { "bob lead", "ann ack" },
      "says: Acknowledged by @{slack:U1}.\n"
      "replies: *D12* is acknowledged.\n"
      "-> acknowledged\n" },
    { "acknowledged twice: who did it, and when",
      INCIDENT_OPEN,
      "",
      { "ann ack", "after 3m", "bob ack" },
      "refuses: *D12* is acknowledged already, by @{slack:U1}, 3 min ago. Nothing was done.\n" },
    { "pressed twice, PagerDuty is asked once",
      INCIDENT_OPEN,
      "P1:triggered",
      { "ann ack", "bob ack" },
      "refuses: *D12* is acknowledged already, by @{slack:U1}, just now. Nothing was done.\n" },
    { "a resolved one cannot be acknowledged",
      INCIDENT_OPEN,
      "P1:triggered",
      { "ann resolve", "ann ack" },
      "refuses: *D12* is resolved, by @{slack:U1}, just now: nobody has to answer. If it is not over, `incident reopen D12` opens it again. Nothing was done.\n" },
    { "resolved, with words",
      INCIDENT_ACKNOWLEDGED,
      "P1:acknowledged",
      { "ann resolve rolled back" },
      "says: *D12* (P1: API down) is resolved by @{slack:U1}, 42 min after it was opened: rolled back.\n"
      "announces: *D12* (P1: API down) is resolved by @{slack:U1}, 42 min after it was opened: rolled back.\n"
      "wants P1 resolve by slack:U1: rolled back\n"
      "replies: *D12* is resolved. `incident postmortem D12` writes a draft of its story, `incident close D12` ends it. PagerDuty is told, too.\n"
      "-> resolved\n" },
    { "resolved without ever being acknowledged",
      INCIDENT_OPEN,
      "P1:triggered",
      { "ann resolve" },
      "says: *D12* (P1: API down) is resolved by @{slack:U1}, 42 min after it was opened.\n"
      "announces: *D12* (P1: API down) is resolved by @{slack:U1}, 42 min after it was opened.\n"
      "wants P1 resolve by slack:U1\n"
      "replies: *D12* is resolved. `incident postmortem D12` writes a draft of its story, `incident close D12` ends it. PagerDuty is told, too.\n"
      "-> resolved\n" },
    { "resolved twice",
      INCIDENT_ACKNOWLEDGED,
      "P1:acknowledged",
      { "ann resolve", "after 5m", "bob resolve" },
      "refuses: *D12* is resolved already, by @{slack:U1}, 5 min ago. Nothing was done.\n" },
    { "reopened: somebody has to answer anew",
      INCIDENT_RESOLVED,
      "P1:resolved",
      { "ann reopen it is back" },
      "says: *D12* (P1: API down) is open again, by @{slack:U1}: it is back. `incident ack D12` says that you work on it.\n"
      "announces: *D12* (P1: API down) is open again, by @{slack:U1}: it is back. `incident ack D12` says that you work on it.\n"
      "wants P1 reopen by slack:U1\n"
      "replies: *D12* is open again. PagerDuty is told, too.\n"
      "-> open\n" },
    { "an open one is open already",
      INCIDENT_OPEN,
      "P1:triggered",
      { "ann reopen" },
      "refuses: *D12* is open already. Nothing was done.\n" },
    { "an acknowledged one, too, and a page of it that is over stays so",
      INCIDENT_OPEN,
      "P1:resolved P2:triggered",
      { "bob ack", "after 2m", "ann reopen" },
      "refuses: *D12* is open, and acknowledged already, by @{slack:U2}, 2 min ago. Nothing was done.\n" },
    { "reopened twice",
      INCIDENT_RESOLVED,
      "",
      { "ann reopen", "after 2m", "bob reopen" },
      "refuses: *D12* is open already, by @{slack:U1}, 2 min ago. Nothing was done.\n" },
    { "acknowledged again after it was reopened",
      INCIDENT_RESOLVED,
      "P1:resolved",
      { "ann reopen", "ends P1 reopen written triggered 2000", "bob ack" },
      "says: Acknowledged by @{slack:U2}, who leads now.\n"
      "wants P1 acknowledge by slack:U2\n"
      "replies: *D12* is acknowledged, and you lead it. PagerDuty is told, too.\n"
      "-> acknowledged\n" },
    { "closed before it is resolved",
      INCIDENT_ACKNOWLEDGED,
      "",
      { "ann close" },
      "refuses: *D12* is not resolved: `incident resolve D12` first. Nothing was done.\n" },
    { "closed",
      INCIDENT_RESOLVED,
      "P1:resolved",
      { "ann close" },
      "says: *D12* (P1: API down) is closed by @{slack:U1}. It was resolved after 40 min.\n"
      "announces: *D12* (P1: API down) is closed by @{slack:U1}. It was resolved after 40 min.\n"
      "replies: *D12* is closed.\n"
      "-> closed\n"
      "ends done: P1, resolved after 40 min\n" },
    { "closed before PagerDuty has answered",
      INCIDENT_ACKNOWLEDGED,
      "P1:triggered P2:resolved",
      { "ann resolve", "ann close" },
      "says: *D12* (P1: API down) is closed by @{slack:U1}. It was resolved after 42 min.\n"
      "announces: *D12* (P1: API down) is closed by @{slack:U1}. It was resolved after 42 min.\n"
      "replies: *D12* is closed.\n"
      "  In PagerDuty 1 of its 2 incidents is not resolved yet, as far as is known: look there.\n"
      "-> closed\n"
      "ends done: P1, resolved after 42 min\n" },
};

static const struct life_row words[] = {
    { "a lead of one's own",
      INCIDENT_OPEN,
      "",
      { "ann lead" },
      "says: @{slack:U1} leads now.\n"
      "replies: You lead *D12* now.\n" },
    { "somebody else leads",
      INCIDENT_OPEN,
      "",
      { "ann lead bob" },
      "says: @{slack:U2} leads now, says @{slack:U1}.\n"
      "replies: @{slack:U2} leads *D12* now.\n" },
    { "who leads already",
      INCIDENT_OPEN,
      "",
      { "ann lead bob", "ann lead bob" },
      "refuses: @{slack:U2} leads *D12* already. Nothing was done.\n" },
    { "who leads already, and says so",
      INCIDENT_OPEN,
      "",
      { "ann ack", "ann lead" },
      "refuses: You lead *D12* already. Nothing was done.\n" },
    { "another severity",
      INCIDENT_OPEN,
      "P1:triggered",
      { "ann severity P2 few users" },
      "says: *D12* (API down) is P2 now, and was P1, says @{slack:U1}: few users.\n"
      "announces: *D12* (API down) is P2 now, and was P1, says @{slack:U1}: few users.\n"
      "replies: *D12* is P2 now.\n" },
    { "the same severity",
      INCIDENT_OPEN,
      "",
      { "ann severity P1" },
      "refuses: *D12* is P1 already. Nothing was done.\n" },
    { "the same severity twice",
      INCIDENT_OPEN,
      "",
      { "ann severity P2", "after 4m", "bob severity P2" },
      "refuses: *D12* is P2 already, by @{slack:U1}, 4 min ago. Nothing was done.\n" },
    { "an update goes to everybody, and to the pages that are open",
      INCIDENT_ACKNOWLEDGED,
      "P1:resolved P2:acknowledged",
      { "ann update half of it is back" },
      "says: *Update* by @{slack:U1}: half of it is back\n"
      "notes P2: half of it is back\n"
      "replies: Your update of *D12* is said, and stands on its card.\n" },
    { "whom somebody mentions is told in Slack, and by name in PagerDuty",
      INCIDENT_ACKNOWLEDGED,
      "P1:acknowledged",
      { "ann update ask slack:U2, not slack:T2 or x-slack:U2: slack:W7" },
      "says: *Update* by @{slack:U1}: ask @{slack:U2}, not slack:T2 or x-slack:U2: @{slack:W7}\n"
      "notes P1: ask @bob, not slack:T2 or x-slack:U2: slack:W7\n"
      "replies: Your update of *D12* is said, and stands on its card.\n" },
    { "an update of what is over goes to the pages all the same",
      INCIDENT_RESOLVED,
      "P1:resolved P2:resolved",
      { "ann update refunds are on their way" },
      "says: *Update* by @{slack:U1}: refunds are on their way\n"
      "notes P1: refunds are on their way\n"
      "notes P2: refunds are on their way\n"
      "replies: Your update of *D12* is said, and stands on its card.\n" },
    { "a note is for the timeline, and for PagerDuty's",
      INCIDENT_ACKNOWLEDGED,
      "P1:triggered",
      { "ann note saw it at noon" },
      "notes P1: saw it at noon\n"
      "replies: Noted in the timeline of *D12*.\n" },
    { "nothing that an incident takes",
      INCIDENT_OPEN,
      "",
      { "ann list" },
      "refuses: `help incident` tells what *D12* takes. Nothing was done.\n" },
    { "a word of other operations",
      INCIDENT_OPEN,
      "P1:triggered",
      { "ann /abort" },
      "refuses: *D12* is an incident, and takes no `abort`: perhaps `incident resolve D12`? Nothing was done.\n" },
    { "another one, of which nobody knows what was meant",
      INCIDENT_OPEN,
      "P1:triggered",
      { "ann /hold" },
      "refuses: *D12* is an incident, and takes no `hold`: perhaps `incident show D12`? Nothing was done.\n" },
    { "a reopening that failed there is asked for again",
      INCIDENT_RESOLVED,
      "P1:resolved",
      { "ann reopen", "ends P1 reopen failed no", "ann reopen" },
      "wants P1 reopen by slack:U1\n"
      "replies: *D12* is open already, by @{slack:U1}, just now. But not all of it in PagerDuty: that is asked for now.\n" },
};

/* ---- what is kept ---- */

static void a_reopened_one_is_answered_anew(void **state)
{
    AUTO_LIFE struct incident_life *life = life_create(INCIDENT_OPEN, "P1:triggered");

    (void)state;
    life->body->is_ack_overdue = true;
    life_step(life, "ann ack");
    assert_true(life->body->acknowledged_at_ms == DECISION_NOW_MS);
    life_step(life, "ann resolve");
    assert_true(life->body->resolved_at_ms == DECISION_NOW_MS);
    life_step(life, "after 2m");
    life_step(life, "bob reopen");
    assert_int_equal(life->body->acknowledged_at_ms, 0);
    assert_int_equal(life->body->resolved_at_ms, 0);
    assert_true(life->body->reopened_at_ms == DECISION_NOW_MS + 2 * MINUTE_MS);
    assert_false(life->body->is_ack_overdue);
    assert_string_equal(life->body->lead, "@{slack:U1}");
}

static void a_new_lead_is_wanted_in_the_channel(void **state)
{
    AUTO_LIFE struct incident_life *life = life_create(INCIDENT_OPEN, "");

    (void)state;
    life_step(life, "ann lead bob");
    assert_string_equal(life->body->lead_principal, "slack:U2");
    assert_int_equal(life->body->people_count, 1);
    assert_string_equal(life->body->people[0], "U2");
}

static void an_update_is_remembered_with_its_time(void **state)
{
    AUTO_LIFE struct incident_life *life = life_create(INCIDENT_OPEN, "");

    (void)state;
    life_step(life, "ann update half of it is back");
    assert_string_equal(life->body->update, "half of it is back");
    assert_true(life->body->updated_at_ms == DECISION_NOW_MS);
}

static void everything_stands_in_the_timeline_in_its_order(void **state)
{
    static const char *const steps[] = { "ann ack",           "ann severity P2 few users",
                                         "ann update better", "ann note mind the cache",
                                         "bob lead",          "bob resolve fixed",
                                         "ann reopen no",     "ann resolve now",
                                         "ann close" };
    static const char *const kinds[] = { "acknowledged", "severity", "update",   "note",  "lead",
                                         "resolved",     "reopened", "resolved", "closed" };
    AUTO_LIFE struct incident_life *life = life_create(INCIDENT_OPEN, "");

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(steps); i++)
        life_step(life, steps[i]);
    assert_int_equal(life->body->timeline_count, ARRAY_LEN(kinds));
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        assert_string_equal(life->body->timeline[i].kind, kinds[i]);
    assert_string_equal(life->body->timeline[1].text, "P2, was P1: few users");
    assert_string_equal(life->body->timeline[5].who, "@{slack:U2}");
}

/* However much people paste into it: one whose record the store refuses could not even be closed. */
static void its_record_fits_into_the_store(void **state)
{
    static char step[10 + INCIDENT_TEXT_MAX_BYTES] = "ann note ";
    AUTO_LIFE struct incident_life *life = life_create(INCIDENT_OPEN, "");
    AUTO_JSON cJSON *json = NULL;
    size_t before = strlen(step);

    (void)state;
    memset(step + before, '"', INCIDENT_TEXT_MAX_BYTES); /* in JSON each is two */
    for (size_t i = 0; i < INCIDENT_TIMELINE_MAX; i++)
        life_step(life, step);
    life_step(life, "ann resolve");
    json = shape_to_json(&incident_body_shape, life->body, SHAPE_WHOLE);
    assert_in_range(strlen(json_print_in(life->fixture->arena, json)), STORE_VALUE_MAX_BYTES / 2,
                    STORE_VALUE_MAX_BYTES - 128 * 1024); /* the rest is for what is around */
    assert_int_equal((int64_t)life->body->timeline_count + life->body->cut, INCIDENT_TIMELINE_MAX + 1);
}

/* However much was noted before: else somebody of long ago would be said to have done it. */
static void who_moved_it_last_is_known(void **state)
{
    AUTO_LIFE struct incident_life *life = life_create(INCIDENT_OPEN, "");

    (void)state;
    life_step(life, "bob resolve");
    life_step(life, "bob reopen");
    for (size_t i = 0; i < INCIDENT_TIMELINE_MAX; i++)
        life_step(life, "ann note once more");
    assert_in_range(life->body->cut, 1, INCIDENT_TIMELINE_MAX);
    life_step(life, "ann resolve");
    life->log = "";
    life_step(life, "bob resolve");
    assert_string_equal(life->log, "refuses: *D12* is resolved already, by @{slack:U1}, just now. Nothing was done.\n");
}

/* What is refused, or so already, leaves no trace. */
static void nothing_done_is_nothing_recorded(void **state)
{
    static const char *const steps[] = { "ann close", "ann reopen", "ann severity P1", "ann /abort", "ann list" };
    AUTO_LIFE struct incident_life *life = life_create(INCIDENT_OPEN, "P1:triggered");

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(steps); i++)
        life_step(life, steps[i]);
    assert_int_equal(life->body->timeline_count, 0);
    assert_string_equal(life->operation.state, INCIDENT_OPEN);
}

int main(void)
{
    const struct CMUnitTest kept[] = {
        cmocka_unit_test(a_reopened_one_is_answered_anew),
        cmocka_unit_test(a_new_lead_is_wanted_in_the_channel),
        cmocka_unit_test(an_update_is_remembered_with_its_time),
        cmocka_unit_test(everything_stands_in_the_timeline_in_its_order),
        cmocka_unit_test(its_record_fits_into_the_store),
        cmocka_unit_test(who_moved_it_last_is_known),
        cmocka_unit_test(nothing_done_is_nothing_recorded),
    };

    return ROWS(moves, life_check) + ROWS(words, life_check) + cmocka_run_group_tests(kept, NULL, NULL);
}
