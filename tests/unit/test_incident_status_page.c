/* What the public is told of an incident: by whose words, when, and what if nobody knows whether it was told. The title
 * of each here is "API down", and never public.
 */
#include "tests/unit/decision_fixture.h"

#define STATUSPAGE                                                                                                     \
    "statuspage:\n"                                                                                                    \
    "  page: pg1\n"                                                                                                    \
    "  api_token: k\n"                                                                                                 \
    "  component_status: major_outage\n"                                                                               \
    "  components: { api: c1, api/production: c2, web: c3, web/production: c3 }\n"
#define LIFE_CONFIGURATION                                                                                             \
    DECISION_CONFIGURATION                                                                                             \
    "pagerduty: { webhook_secrets: [s], api_token: t, from: a@example.com }\n"                                         \
    "people: [{ name: ann, slack: U1 }]\n"                                                                             \
    "incidents: { severities: [{ name: P1, status_page: true }, { name: P2 }] }\n" STATUSPAGE

#include "bot/model/statuspage.h"
#include "tests/unit/incident_life_fixture.h"

#define URL "https://stspg.io/i1"
#define MANAGE "https://manage.statuspage.io/pages/pg1/incidents"

/* "resolved done monitoring": what became of what was told as resolved, and how the page is then; "closed": somebody
 * had resolved it there; "opening failed why", "opening unknown why". */
static void page_ends(struct incident_life *life, struct str rest)
{
    struct arena *arena = life->fixture->arena;
    struct str tag = str_take_word(&rest), how = str_take_word(&rest);
    bool is_done = str_is(how, "done") || str_is(how, "closed");
    struct statuspage_told told = { .id = "i1", .url = URL, .is_closed = str_is(how, "closed") };
    struct event event = { .kind = EVENT_EFFECT,
                           .name = arena_printf(arena, "public:%s",
                                                str_is(tag, "opening") ? "open" : arena_copy(arena, tag)),
                           .end = is_done                 ? END_DONE
                                  : str_is(how, "failed") ? END_FAILED
                                  : str_is(how, "late")   ? END_GAVE_UP
                                                          : END_UNKNOWN };
    AUTO_JSON cJSON *json = NULL;

    rest = str_trim(rest);
    if (is_done) {
        told.status = arena_copy(arena, rest);
        event.body = json = shape_to_json(&statuspage_told_shape, &told, SHAPE_WHOLE);
    } else {
        event.error = arena_copy(arena, rest);
    }
    life_event(life, &event);
}

/* With the words of the configuration for its opening: "" for none. */
static void begins(struct incident_life *life, const char *opening)
{
    struct statuspage_settings *page =
        (struct statuspage_settings *)(uintptr_t)life->fixture->view.settings->statuspage;
    struct outcome out;

    page->opening = opening;
    outcome_init(&out, life->fixture->arena, "D12", "birth-00000000000000d1");
    incident_begin(&life->fixture->view, incident_own_body(life->body, life->fixture->arena), "@{slack:U1}", &out);
    life_take(life, &out);
}

/* An alert of that service. */
static void fires(struct incident_life *life, struct str service)
{
    struct arena *arena = life->fixture->arena;
    struct incident_alerts *alerts = ARENA_PUSH(arena, life->body->alerts, life->body->alerts_count);

    alerts->key = "g1";
    *ARENA_PUSH(arena, alerts->services, alerts->services_count) = arena_copy(arena, str_trim(service));
}

/* Another incident, which affects `web/production`, and is there as that status. */
static void affects_web(struct incident_life *life, struct str status)
{
    struct arena *arena = life->fixture->arena;
    struct operation *other = ARENA_NEW(arena, struct operation);

    *other = (struct operation){
        .id = "D13",
        .kind = "incident",
        .state = INCIDENT_OPEN,
        .body = decision_json(life->fixture, arena_printf(arena,
                                                          "{'status_page':{'id':'i2','status':'" STR_FMT
                                                          "','components':['web/production']}}",
                                                          STR_ARG(str_trim(status)))),
    };
    life->fixture->operations = other;
    life->fixture->operations_count = 1;
}

static void step(struct incident_life *life, const char *step)
{
    struct str rest = str_of(step), word = str_take_word(&rest);

    if (str_is(word, "page"))
        page_ends(life, rest);
    else if (str_is(word, "begins"))
        begins(life, str_trim(rest).len > 0 ? arena_copy(life->fixture->arena, str_trim(rest)) : NULL);
    else if (str_is(word, "fires"))
        fires(life, rest);
    else if (str_is(word, "other"))
        affects_web(life, rest);
    else if (str_is(word, "private"))
        life->body->is_private = true;
    else
        life_step(life, step);
}

#define SHOWN "begins We look into it.", "page opening done investigating"

static const struct life_row by_itself[] = {
    { "opened, with the configuration's words and its neutral title",
      INCIDENT_OPEN,
      "",
      { "begins We look into it." },
      "announces: *D12* (P1: API down) is declared by @{slack:U1}.\n"
      "page opens Service disruption investigating: We look into it.\n"
      "-> open\n" },
    { "opened, and nothing is configured to be said",
      INCIDENT_OPEN,
      "",
      { "begins" },
      "announces: *D12* (P1: API down) is declared by @{slack:U1}.\n"
      "-> open\n" },
    { "opened by an alert: its service is affected",
      INCIDENT_OPEN,
      "",
      { "fires api", "begins We look into it." },
      "announces: *D12* (P1: API down) is opened by @{slack:U1}.\n"
      "page opens Service disruption investigating: We look into it., c1=major_outage, c2=major_outage\n"
      "-> open\n" },
    { "opened, of a severity that is not shown",
      INCIDENT_OPEN,
      "",
      { "ann severity P2", "begins We look into it." },
      "announces: *D12* (P2: API down) is declared by @{slack:U1}.\n-> open\n" },
    { "opened, and private", INCIDENT_OPEN, "", { "private", "begins We look into it." }, "-> open\n" },
    { "it stands there",
      INCIDENT_OPEN,
      "",
      { SHOWN },
      "says: The status page shows *D12*: https://stspg.io/i1. `incident public D12 TEXT` tells the public more.\n" },
    { "acknowledged: the public hears nothing",
      INCIDENT_OPEN,
      "",
      { SHOWN, "ann ack" },
      "says: Acknowledged by @{slack:U1}, who leads now.\n"
      "replies: *D12* is acknowledged, and you lead it.\n"
      "-> acknowledged\n" },
    { "resolved: never by what is said inside",
      INCIDENT_OPEN,
      "",
      { SHOWN, "ann resolve db-1 was full" },
      "says: *D12* (P1: API down) is resolved by @{slack:U1}, 0 ms after it was opened: db-1 was full.\n"
      "announces: *D12* (P1: API down) is resolved by @{slack:U1}, 0 ms after it was opened: db-1 was full.\n"
      "page updates resolved: This is resolved.\n"
      "replies: *D12* is resolved. `incident postmortem D12` writes a draft of its story, `incident close D12` ends it.\n"
      "-> resolved\n" },
    { "resolved before it stands there: told afterwards",
      INCIDENT_OPEN,
      "",
      { "begins We look into it.", "ann resolve", "page opening done investigating" },
      "says: The status page shows *D12*: https://stspg.io/i1. `incident public D12 TEXT` tells the public more.\n"
      "page updates resolved: This is resolved.\n" },
    { "resolved by PagerDuty",
      INCIDENT_OPEN,
      "P1:triggered",
      { SHOWN, "told P1 resolved 2000 bob" },
      "says: *D12* (P1: API down) is resolved by bob, 0 ms after it was opened.\n"
      "announces: *D12* (P1: API down) is resolved by bob, 0 ms after it was opened.\n"
      "page updates resolved: This is resolved.\n"
      "-> resolved\n" },
    { "open again",
      INCIDENT_OPEN,
      "",
      { SHOWN, "ann resolve", "page resolved done resolved", "ann reopen db-1" },
      "says: *D12* (P1: API down) is open again, by @{slack:U1}: db-1. `incident ack D12` says that you work on it.\n"
      "announces: *D12* (P1: API down) is open again, by @{slack:U1}: db-1. `incident ack D12` says that you work on it.\n"
      "page updates investigating: The problem is back. We are investigating., reopens\n"
      "replies: *D12* is open again.\n"
      "-> open\n" },
    { "resolved, and another one affects the same: that does not work yet",
      INCIDENT_OPEN,
      "",
      { "other investigating", SHOWN, "ann public api, web: x", "ann public resolved: It is over." },
      "page updates resolved: It is over., c1=operational\n"
      "says: @{slack:U1} tells the public, as resolved: It is over.\n"
      "replies: The status page is told of *D12*, as resolved: It is over.\n" },
    { "resolved, as is the other one",
      INCIDENT_OPEN,
      "",
      { "other resolved", SHOWN, "ann public api, web: x", "ann public resolved: It is over." },
      "page updates resolved: It is over., c1=operational, c3=operational\n"
      "says: @{slack:U1} tells the public, as resolved: It is over.\n"
      "replies: The status page is told of *D12*, as resolved: It is over.\n" },
    { "open again, and nobody knows whether it was told that it is resolved",
      INCIDENT_OPEN,
      "",
      { SHOWN, "ann resolve", "page resolved unknown it did not answer", "ann reopen" },
      "says: *D12* (P1: API down) is open again, by @{slack:U1}. `incident ack D12` says that you work on it.\n"
      "announces: *D12* (P1: API down) is open again, by @{slack:U1}. `incident ack D12` says that you work on it.\n"
      "page updates investigating: The problem is back. We are investigating., reopens\n"
      "replies: *D12* is open again.\n"
      "-> open\n" },
    { "open again, and there it has a post-mortem already",
      INCIDENT_OPEN,
      "",
      { SHOWN, "ann resolve", "page resolved closed postmortem", "ann reopen" },
      "says: *D12* (P1: API down) is open again, by @{slack:U1}. `incident ack D12` says that you work on it.\n"
      "announces: *D12* (P1: API down) is open again, by @{slack:U1}. `incident ack D12` says that you work on it.\n"
      "page updates investigating: The problem is back. We are investigating., reopens\n"
      "replies: *D12* is open again.\n"
      "-> open\n" },
    { "open again, and it became one that is shown meanwhile",
      INCIDENT_OPEN,
      "",
      { "ann severity P2", "begins We look into it.", "ann resolve", "ann severity P1", "ann reopen" },
      "says: *D12* (P1: API down) is open again, by @{slack:U1}. `incident ack D12` says that you work on it.\n"
      "announces: *D12* (P1: API down) is open again, by @{slack:U1}. `incident ack D12` says that you work on it.\n"
      "page opens Service disruption investigating: We look into it.\n"
      "replies: *D12* is open again.\n"
      "-> open\n" },
    { "nothing was public: nothing is when it is resolved",
      INCIDENT_OPEN,
      "",
      { "begins", "ann resolve" },
      "says: *D12* (P1: API down) is resolved by @{slack:U1}, 0 ms after it was opened.\n"
      "announces: *D12* (P1: API down) is resolved by @{slack:U1}, 0 ms after it was opened.\n"
      "replies: *D12* is resolved. `incident postmortem D12` writes a draft of its story, `incident close D12` ends it.\n"
      "-> resolved\n" },
    { "another severity, which is shown",
      INCIDENT_OPEN,
      "",
      { "ann severity P2", "begins We look into it.", "ann severity P1" },
      "says: *D12* (API down) is P1 now, and was P2, says @{slack:U1}.\n"
      "announces: *D12* (API down) is P1 now, and was P2, says @{slack:U1}.\n"
      "page opens Service disruption investigating: We look into it.\n"
      "replies: *D12* is P1 now.\n" },
    { "another severity, and only a person knows what to say",
      INCIDENT_OPEN,
      "",
      { "ann severity P2", "begins", "ann severity P1" },
      "says: *D12* (API down) is P1 now, and was P2, says @{slack:U1}.\n"
      "announces: *D12* (API down) is P1 now, and was P2, says @{slack:U1}.\n"
      "says: The status page says nothing of *D12* yet. `incident public D12 TEXT` tells the public: these words alone, nothing else that is said of it.\n"
      "replies: *D12* is P1 now.\n" },
};

static const struct life_row by_people[] = {
    { "the first words open it",
      INCIDENT_OPEN,
      "",
      { "begins", "ann public Some logins fail." },
      "page opens Service disruption investigating: Some logins fail.\n"
      "says: @{slack:U1} tells the public, as investigating: Some logins fail.\n"
      "replies: The status page is told of *D12*, as investigating: Some logins fail.\n" },
    { "more words",
      INCIDENT_OPEN,
      "",
      { SHOWN, "ann public Some logins fail." },
      "page updates investigating: Some logins fail.\n"
      "says: @{slack:U1} tells the public, as investigating: Some logins fail.\n"
      "replies: The status page is told of *D12*, as investigating: Some logins fail.\n" },
    { "a status, and what it affects",
      INCIDENT_OPEN,
      "",
      { SHOWN, "ann public identified, api, web: A fix is on its way." },
      "page updates identified: A fix is on its way., c1=major_outage, c3=major_outage\n"
      "says: @{slack:U1} tells the public, as identified: A fix is on its way.\n"
      "replies: The status page is told of *D12*, as identified: A fix is on its way.\n" },
    { "the status stays, and so does what it affects",
      INCIDENT_OPEN,
      "",
      { SHOWN, "ann public identified, api: We know why.", "page identified done identified",
        "ann public Half of it works." },
      "page updates identified: Half of it works.\n"
      "says: @{slack:U1} tells the public, as identified: Half of it works.\n"
      "replies: The status page is told of *D12*, as identified: Half of it works.\n" },
    { "before it stands there: afterwards, in their order",
      INCIDENT_OPEN,
      "",
      { "begins We look into it.", "ann public Some logins fail.", "ann public identified: We know why.",
        "page opening done investigating" },
      "says: The status page shows *D12*: https://stspg.io/i1. `incident public D12 TEXT` tells the public more.\n"
      "page updates investigating: Some logins fail.\n"
      "page updates identified: We know why.\n" },
    { "the same words again",
      INCIDENT_OPEN,
      "",
      { SHOWN, "ann public Some logins fail.", "ann public Some logins fail." },
      "refuses: That is what the status page says of *D12* already: https://stspg.io/i1. Nothing was done.\n" },
    { "two services of one component",
      INCIDENT_OPEN,
      "",
      { SHOWN, "ann public web, web/production: Some logins fail." },
      "page updates investigating: Some logins fail., c3=major_outage\n"
      "says: @{slack:U1} tells the public, as investigating: Some logins fail.\n"
      "replies: The status page is told of *D12*, as investigating: Some logins fail.\n" },
    { "the same words of one thing more",
      INCIDENT_OPEN,
      "",
      { SHOWN, "ann public Some logins fail.", "ann public web: Some logins fail." },
      "page updates investigating: Some logins fail., c3=major_outage\n"
      "says: @{slack:U1} tells the public, as investigating: Some logins fail.\n"
      "replies: The status page is told of *D12*, as investigating: Some logins fail.\n" },
    { "resolved in own words",
      INCIDENT_OPEN,
      "",
      { SHOWN, "ann public api: x", "ann public resolved: All is well again." },
      "page updates resolved: All is well again., c1=operational\n"
      "says: @{slack:U1} tells the public, as resolved: All is well again.\n"
      "replies: The status page is told of *D12*, as resolved: All is well again.\n" },
    { "then it is resolved here, and the public knows",
      INCIDENT_OPEN,
      "",
      { SHOWN, "ann public resolved: All is well again.", "page resolved done resolved", "ann resolve" },
      "says: *D12* (P1: API down) is resolved by @{slack:U1}, 0 ms after it was opened.\n"
      "announces: *D12* (P1: API down) is resolved by @{slack:U1}, 0 ms after it was opened.\n"
      "replies: *D12* is resolved. `incident postmortem D12` writes a draft of its story, `incident close D12` ends it.\n"
      "-> resolved\n" },
    { "resolved: the words for it come later, and are refused",
      INCIDENT_OPEN,
      "",
      { SHOWN, "ann resolve", "page resolved done resolved", "ann public Sorry for that." },
      "refuses: *D12* is resolved, on the status page, too. If it is not over, `incident reopen D12` opens both again. What it says of the past is changed there: https://stspg.io/i1. Nothing was done.\n" },
    { "resolved, and was never shown",
      INCIDENT_RESOLVED,
      "",
      { "ann public Sorry for that." },
      "refuses: *D12* is resolved, and the status page never showed it. Nothing was done.\n" },
    { "of a severity that is not shown",
      INCIDENT_OPEN,
      "",
      { "ann severity P2", "ann public Some logins fail." },
      "refuses: Incidents of P2 are not shown on the status page: `incident severity D12 ...` makes it another one, or its severity gets `status_page: true` in the configuration. Nothing was done.\n" },
    { "less bad by now: what is shown goes on",
      INCIDENT_OPEN,
      "",
      { SHOWN, "ann severity P2", "ann public Some logins fail." },
      "page updates investigating: Some logins fail.\n"
      "says: @{slack:U1} tells the public, as investigating: Some logins fail.\n"
      "replies: The status page is told of *D12*, as investigating: Some logins fail.\n" },
    { "a private one",
      INCIDENT_OPEN,
      "",
      { "private", "ann public Some logins fail." },
      "refuses: *D12* is private: nothing of it is public. Nothing was done.\n" },
    { "opened as resolved",
      INCIDENT_OPEN,
      "",
      { "ann public resolved: All is well." },
      "refuses: The status page says nothing of *D12* yet: what is opened there is not resolved. Nothing was done.\n" },
};

static const struct life_row ends[] = {
    { "it was not opened: other words are a first try",
      INCIDENT_OPEN,
      "",
      { "begins We look into it.", "page opening failed the key may not" },
      "says: The status page does not show *D12*: the key may not. `incident public D12 TEXT` tries again.\n" },
    { "other words are a first try",
      INCIDENT_OPEN,
      "",
      { "begins We look into it.", "page opening failed no", "ann public Some logins fail." },
      "page opens Service disruption investigating: Some logins fail.\n"
      "says: @{slack:U1} tells the public, as investigating: Some logins fail.\n"
      "replies: The status page is told of *D12*, as investigating: Some logins fail.\n" },
    { "it was not opened, and is resolved: nobody is asked to try again",
      INCIDENT_OPEN,
      "",
      { "begins We look into it.", "ann resolve", "page opening failed the key may not" },
      "says: The status page does not show *D12*: the key may not. What was to follow was not told, either.\n" },
    { "nobody knows whether it was opened",
      INCIDENT_OPEN,
      "",
      { "begins We look into it.", "ann public More.", "page opening unknown it did not answer" },
      "says: Nobody knows whether the status page shows *D12*: it did not answer. Look at https://manage.statuspage.io/pages/pg1/incidents. `incident public D12 TEXT` finds it there, or opens it. What was to follow was not told.\n" },
    { "then it is looked for, with the words that opened it",
      INCIDENT_OPEN,
      "",
      { "begins We look into it.", "page opening late it did not answer", "ann public Some logins fail." },
      "page opens Service disruption investigating: We look into it., again, quiet\n"
      "says: @{slack:U1} tells the public, as investigating: Some logins fail.\n"
      "replies: The status page is told of *D12*, as investigating: Some logins fail.\n" },
    { "and what was said comes behind",
      INCIDENT_OPEN,
      "",
      { "begins We look into it.", "page opening late it did not answer", "ann public Some logins fail.",
        "page opening done investigating" },
      "says: The status page shows *D12*: https://stspg.io/i1. `incident public D12 TEXT` tells the public more.\n"
      "page updates investigating: Some logins fail.\n" },
    { "nobody knows whether it was opened, and it is resolved",
      INCIDENT_OPEN,
      "",
      { "begins We look into it.", "page opening unknown it did not answer", "ann resolve" },
      "says: *D12* (P1: API down) is resolved by @{slack:U1}, 0 ms after it was opened.\n"
      "announces: *D12* (P1: API down) is resolved by @{slack:U1}, 0 ms after it was opened.\n"
      "says: opsgate cannot tell the public that *D12* is resolved: look at https://manage.statuspage.io/pages/pg1/incidents, and tell it there.\n"
      "replies: *D12* is resolved. `incident postmortem D12` writes a draft of its story, `incident close D12` ends it.\n"
      "-> resolved\n" },
    { "words that were not told",
      INCIDENT_OPEN,
      "",
      { SHOWN, "ann public identified: x", "page identified failed Body is too long." },
      "says: The status page was not told of *D12*, as identified: Body is too long. Say it there, https://stspg.io/i1, or once more: `incident public D12 identified: TEXT`.\n" },
    { "and may be said again",
      INCIDENT_OPEN,
      "",
      { SHOWN, "ann public x", "page investigating failed no", "ann public x" },
      "page updates investigating: x\n"
      "says: @{slack:U1} tells the public, as investigating: x\n"
      "replies: The status page is told of *D12*, as investigating: x\n" },
    { "but not what was said behind it, and is on its way",
      INCIDENT_OPEN,
      "",
      { SHOWN, "ann public x", "ann public y", "page investigating failed no", "ann public y" },
      "refuses: That is what the status page says of *D12* already: https://stspg.io/i1. Nothing was done.\n" },
    { "words that may have been told",
      INCIDENT_OPEN,
      "",
      { SHOWN, "ann resolve", "page resolved late it did not answer" },
      "says: Nobody knows whether the status page has what was said of *D12*, as resolved: it did not answer. Look at https://stspg.io/i1 before you say it again.\n" },
    { "somebody has resolved it there",
      INCIDENT_OPEN,
      "",
      { SHOWN, "ann public monitoring: x", "page monitoring closed resolved" },
      "says: Somebody has resolved *D12* on the status page: what was said, as monitoring, was not told. `incident public D12 monitoring: TEXT` opens it there again. https://stspg.io/i1\n" },
    { "a person opens it there again",
      INCIDENT_OPEN,
      "",
      { SHOWN, "ann public monitoring, web: x", "page monitoring closed resolved", "ann public It is back." },
      "page updates investigating: It is back., reopens, c3=major_outage\n"
      "says: @{slack:U1} tells the public, as investigating: It is back.\n"
      "replies: The status page is told of *D12*, as investigating: It is back.\n" },
    { "it was resolved there already, and what it affects is set back",
      INCIDENT_OPEN,
      "",
      { SHOWN, "ann public web: x", "ann resolve", "page resolved closed resolved" },
      "page updates components, c3=operational\n" },
    { "which may fail",
      INCIDENT_OPEN,
      "",
      { SHOWN, "ann public web: x", "ann resolve", "page resolved closed resolved", "page components failed no" },
      "says: The status page has not set back what *D12* affects: no. Look at https://stspg.io/i1.\n" },
    { "closed while it is opening",
      INCIDENT_OPEN,
      "",
      { "begins We look into it.", "ann resolve", "ann close" },
      "refuses: The status page has not answered yet whether it shows *D12*: close it once it has. It is asked for an hour at most. Nothing was done.\n" },
    { "closed before it is resolved there",
      INCIDENT_OPEN,
      "",
      { SHOWN, "ann resolve", "ann close" },
      "says: *D12* (P1: API down) is closed by @{slack:U1}. It was resolved after 0 ms.\n"
      "announces: *D12* (P1: API down) is closed by @{slack:U1}. It was resolved after 0 ms.\n"
      "says: The status page is being told that *D12* is resolved. If that fails, nobody hears of it here any more: look at https://stspg.io/i1.\n"
      "replies: *D12* is closed.\n"
      "  The status page is being told that *D12* is resolved. If that fails, nobody hears of it here any more: look at https://stspg.io/i1.\n"
      "-> closed\n"
      "ends done: P1, resolved after 0 ms\n" },
    { "closed, and nobody knows",
      INCIDENT_OPEN,
      "",
      { SHOWN, "ann resolve", "page resolved late no", "ann close" },
      "says: *D12* (P1: API down) is closed by @{slack:U1}. It was resolved after 0 ms.\n"
      "announces: *D12* (P1: API down) is closed by @{slack:U1}. It was resolved after 0 ms.\n"
      "says: Nobody knows whether the status page says that *D12* is resolved: look at https://stspg.io/i1.\n"
      "replies: *D12* is closed.\n"
      "  Nobody knows whether the status page says that *D12* is resolved: look at https://stspg.io/i1.\n"
      "-> closed\n"
      "ends done: P1, resolved after 0 ms\n" },
    { "closed, and all is well",
      INCIDENT_OPEN,
      "",
      { SHOWN, "ann resolve", "page resolved done resolved", "ann close" },
      "says: *D12* (P1: API down) is closed by @{slack:U1}. It was resolved after 0 ms.\n"
      "announces: *D12* (P1: API down) is closed by @{slack:U1}. It was resolved after 0 ms.\n"
      "replies: *D12* is closed.\n"
      "-> closed\n"
      "ends done: P1, resolved after 0 ms\n" },
};

static void check(void **state)
{
    const struct life_row *row = *state;
    AUTO_LIFE struct incident_life *life = life_create(row->state, row->pages);

    for (size_t i = 0; i < LIFE_STEPS_MAX && row->steps[i]; i++) {
        life->log = "";
        step(life, row->steps[i]);
    }
    assert_string_equal(life->log, row->log);
}

/* ---- as it is typed ---- */

#define MISTAKEN(word)                                                                                                 \
    "`" word                                                                                                           \
    "`? Before the words for the public may stand one status (investigating, identified, monitoring, resolved) "       \
    "and names of `statuspage.components`. Nothing was done."
#define OURS(word) "`" word "` is somebody or a channel of yours: the public is told without names. Nothing was done."
#define TEN(x) x x x x x x x x x x
#define FIFTEEN_HUNDRED TEN(TEN("fifteen-letters"))

static const struct typed_row {
    const char *name, *line;
    const char *means; /* "identified [api web] We know why.", or what is refused */
} typed[] = {
    { "words alone", "incident public D12 Some logins fail.", "- [] Some logins fail." },
    { "without the number", "incident public Some logins fail.", "- [] Some logins fail." },
    { "a status", "incident public D12 Identified: We know why.", "identified [] We know why." },
    { "in quotes", "incident public D12 \"identified, web: We know why.\"", "identified [web] We know why." },
    { "a component", "incident public D12 API/production: We know why.", "- [api/production] We know why." },
    { "both", "incident public D12 monitoring, web, api: It is better.", "monitoring [web api] It is better." },
    { "in any order, and apart", "incident public web: monitoring: It is better.", "monitoring [web] It is better." },
    { "a word like a status is a word", "incident public Monitoring shows no failures: all is well.",
      "- [] Monitoring shows no failures: all is well." },
    { "so is one without a comma behind it", "incident public Identified by all: it works.",
      "- [] Identified by all: it works." },
    { "and any other before a colon", "incident public Update: it works.", "- [] Update: it works." },
    { "a second status is asked back, before anybody reads it", "incident public resolved, monitoring: x",
      MISTAKEN("monitoring:") },
    { "so is what nobody knows", "incident public identified, db: x", MISTAKEN("db:") },
    { "and what is mistyped", "incident public D12 identifed: x", MISTAKEN("identifed:") },
    { "a component", "incident public D12 api/prodction: x", MISTAKEN("api/prodction:") },
    { "a service that is none of the components", "incident public D12 web/preview, identified: x",
      MISTAKEN("web/preview,") },
    { "nothing but those", "incident public D12 identified, api,", MISTAKEN("api,") },
    { "more than is told at once", "incident public D12 resolved: " FIFTEEN_HUNDRED "!",
      "The public reads 1500 bytes at once, and these are 1501: say it in fewer words, or in two. Nothing was done." },
    { "a status that has lost its colon", "incident public D12 resolved",
      "The public needs words, too: say them behind the status, as in `incident public resolved: It works again.` Nothing "
      "was done." },
    { "somebody of Slack's", "incident public D12 slack:U2 looks into it", OURS("slack:U2") },
    { "a channel of it", "incident public D12 see C012AB3CD.", OURS("C012AB3CD.") },
    { "somebody, as people call them", "incident public D12 (@Ann, that is)", OURS("(@Ann,") },
    { "all of yours", "incident public D12 @here it works", OURS("@here") },
    { "what only looks like them", "incident public D12 CLOUDFLARE tells more at @acmestatus.",
      "- [] CLOUDFLARE tells more at @acmestatus." },
};

static void check_typed(void **state)
{
    const struct typed_row *row = *state;
    AUTO_LIFE struct incident_life *life = life_create(INCIDENT_OPEN, "");
    struct request request = decision_request(life->fixture, row->line);
    struct operation operation = { .id = "D12", .kind = "incident", .state = INCIDENT_OPEN, .body = json_object() };
    const struct incident_arguments *arguments;
    struct arena *arena = life->fixture->arena;
    const char *components = "";
    struct question question;
    const void *asked;
    struct error err;

    life->fixture->operations = &operation;
    life->fixture->operations_count = 1;
    if (!verb_incident.asks(&life->fixture->view, &request, &question, &asked, &err)) {
        assert_string_equal(err.message, row->means);
    } else {
        arguments = asked;
        for (size_t i = 0; i < arguments->components_count; i++)
            components = arena_printf(arena, "%s%s%s", components, i ? " " : "", arguments->components[i]);
        assert_string_equal(
            arena_printf(arena, "%s [%s] %s", arguments->status ? arguments->status : "-", components, arguments->text),
            row->means);
    }
    cJSON_Delete((cJSON *)(uintptr_t)operation.body);
}

/* ---- what people see of it ---- */

static const struct life_row cards[] = {
    { "nothing is said yet",
      INCIDENT_OPEN,
      "",
      { "begins" },
      "says nothing of it: `incident public D12 TEXT` tells the public" },
    { "on its way",
      INCIDENT_OPEN,
      "",
      { "begins We look into it." },
      "on its way, as investigating: We look into it." },
    { "there", INCIDENT_OPEN, "", { SHOWN }, "investigating, https://stspg.io/i1: We look into it." },
    { "soon more",
      INCIDENT_OPEN,
      "",
      { SHOWN, "ann public identified: x" },
      "investigating, soon identified, https://stspg.io/i1: x" },
    { "more",
      INCIDENT_OPEN,
      "",
      { SHOWN, "ann public identified: x", "page identified done identified" },
      "identified, https://stspg.io/i1: x" },
    { "not known",
      INCIDENT_OPEN,
      "",
      { "begins We look into it.", "page opening unknown no" },
      "nobody knows whether it is shown there: " MANAGE },
    { "of a severity that is not shown", INCIDENT_OPEN, "", { "ann severity P2", "begins" }, "-" },
    { "resolved, and never shown", INCIDENT_OPEN, "", { "ann resolve" }, "-" },
};

static void check_card(void **state)
{
    const struct life_row *row = *state;
    AUTO_LIFE struct incident_life *life = life_create(row->state, row->pages);
    struct card card = { .title = NULL };
    const char *field = "-";

    for (size_t i = 0; i < LIFE_STEPS_MAX && row->steps[i]; i++)
        step(life, row->steps[i]);
    incident_card(&life->fixture->view, &life->operation, life->body, &card);
    for (size_t i = 0; i < card.fields_count; i++)
        if (strcmp(card.fields[i].name, "Status page") == 0)
            field = card.fields[i].value;
    assert_string_equal(field, row->log);
}

/* #incidents is for all of them: which one is meant is said, once. */
static void check_without_channel(void **state)
{
    static const char *const steps[] = { SHOWN };
    AUTO_LIFE struct incident_life *life = life_create(INCIDENT_OPEN, "");

    (void)state;
    life->body->channel = NULL;
    for (size_t i = 0; i < ARRAY_LEN(steps); i++)
        step(life, steps[i]);
    assert_non_null(strstr(life->log, "announces: The status page shows *D12*: "));
    step(life, "ann ack");
    assert_non_null(strstr(life->log, "announces: *D12*: Acknowledged by @{slack:U1}"));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(check_without_channel) };

    return ROWS(typed, check_typed) + ROWS(cards, check_card) + ROWS(by_itself, check) + ROWS(by_people, check) +
           ROWS(ends, check) + cmocka_run_group_tests(tests, NULL, NULL);
}
