/* Groups, teams and schedules, through answers written down: who is in them, and every way to say no. */
#include "tests/unit/rows.h"
#include "tests/unit/scripted_exchange.h"

#include "bot/model/membership.h"
#include "integrations/github/teams.h"
#include "integrations/pagerduty/oncall.h"
#include "integrations/slack/groups.h"
#include "integrations/slack/people.h"
#include "integrations/slack/user.h"

#define PEOPLE "{'emails':['ann@example.com','bob+x@example.com']}"
#define LOOK_UP(email) "GET https://slack.com/api/users.lookupByEmail?email=" email "%40example.com"
#define NOBODY "{'ok':false,'error':'users_not_found'}"
#define SLACK_USER(id, email, more)                                                                                    \
    "{'ok':true,'user':{'id':'" id "','team_id':'T1','deleted':false,'is_bot':false,'is_restricted':false" more        \
    ",'profile':{'email':'" email "'}}}"
#define CONFIRMED ",'is_email_confirmed':true"
#define ASKED_FOR_ANN(text) .calls = { { LOOK_UP("ann"), .status = 200, .answer = text } }
#define ONE "{'user':'U1'}"
#define INFO "GET https://slack.com/api/users.info?user=U1"
#define GROUP "{'source':'slack-group:S0ENG'}"
#define USERS "GET https://slack.com/api/usergroups.users.list?usergroup=S0ENG"
#define TEAM "{'source':'github-team:acme/engineering'}"
#define GITHUB "https://api.github.com"
#define FIRST "GET " GITHUB "/orgs/acme/teams/engineering/members?per_page=100"
#define PAGE(number) GITHUB "/organizations/7/team/9/members?per_page=100&page=" number
#define NEXT(number)                                                                                                   \
    {                                                                                                                  \
        "link", "<" PAGE(number) ">; rel=\"next\", <" PAGE("9") ">; rel=\"last\""                                      \
    }
#define USER(login) "{'login':'" login "','id':1,'type':'User'}"
#define SCHEDULE "{'source':'pagerduty-schedule:PABC123'}"
#define PAGERDUTY "https://api.pagerduty.com"
#define NOW_USERS                                                                                                      \
    "GET " PAGERDUTY "/schedules/PABC123/users?since=2023-11-16T02%3A00%3A00.000Z&until=2023-11-16T02%3A00%3A01.000Z"
#define ONCALLS(offset)                                                                                                \
    "GET " PAGERDUTY "/oncalls?schedule_ids%5B%5D=PABC123&include%5B%5D=users&limit=100&offset=" offset
#define ANN "{'id':'PUSER01','type':'user','name':'Ann','email':'Ann@Example.com'}"
#define BOB "{'id':'PUSER02','type':'user','name':'Bob','email':'bob@example.com'}"
#define ON_CALL(user) "{'user':" user ",'schedule':{'id':'PABC123'},'escalation_level':1}"
#define REFUSED(message) "{'error':{'message':'" message "','code':2010}}"

static const struct scripted_row slack_rows[] = {
    { "a group's members, each once and in order", slack_group_read, GROUP,
      .calls = { { USERS, .status = 200, .answer = "{'ok':true,'users':['U2','W1','U2','U1']}" } }, .next = NEXT_DONE,
      .result = "{'members':['slack:U1','slack:U2','slack:W1']}" },
    { "a group with nobody in it", slack_group_read, GROUP,
      .calls = { { USERS, .status = 200, .answer = "{'ok':true,'users':[]}" } }, .next = NEXT_DONE,
      .result = "{'members':[]}" },
    { "what is no id of a user's is nobody", slack_group_read, GROUP,
      .calls = { { USERS, .status = 200, .answer = "{'ok':true,'users':['u1','B1',7,null,'U1/U2','U','U9']}" } },
      .next = NEXT_DONE, .result = "{'members':['slack:U9']}" },
    { "a group without its list", slack_group_read, GROUP,
      .calls = { { USERS, .status = 200, .answer = "{'ok':true}" } }, .next = NEXT_AGAIN,
      .error = "without a list of users" },
    { "the scope is missing", slack_group_read, GROUP,
      .calls = { { USERS, .status = 200,
                   .answer =
                       "{'ok':false,'error':'missing_scope','needed':'usergroups:read','provided':'chat:write'}" } },
      .next = NEXT_NEVER, .error = "[usergroups:read]" },
    { "no such group", slack_group_read, GROUP,
      .calls = { { USERS, .status = 200, .answer = "{'ok':false,'error':'no_such_subteam'}" } }, .next = NEXT_NEVER,
      .error = "there is no such user group" },
    { "a plan without groups", slack_group_read, GROUP,
      .calls = { { USERS, .status = 200, .answer = "{'ok':false,'error':'plan_upgrade_required'}" } },
      .next = NEXT_NEVER, .error = "paid plan" },
    { "Slack limits us", slack_group_read, GROUP,
      .calls = { { USERS, .status = 429, .header = { "retry-after", "7" } } }, .next = NEXT_AGAIN,
      .error = "Slack answered 429", .after_ms = 7000, .is_outage = true },
    { "Slack is down", slack_group_read, GROUP, .calls = { { USERS, .status = 0 } }, .next = NEXT_AGAIN,
      .error = "connection refused", .is_outage = true },
    { "an answer that is no JSON", slack_group_read, GROUP, .calls = { { USERS, .status = 200, .answer = "<html>" } },
      .next = NEXT_AGAIN, .error = "no JSON", .is_outage = true },
    { "a group whose id would lead elsewhere", slack_group_read, "{'source':'slack-group:S1&x=2'}", .next = NEXT_NEVER,
      .error = "is no user group" },
    { "no group at all", slack_group_read, "{}", .next = NEXT_NEVER, .error = "an id such as slack-group:S0ENG" },

    /* whose addresses */
    { "people by their addresses, however those are written", slack_people_read, PEOPLE,
      .calls = { { LOOK_UP("ann"), .status = 200, .answer = SLACK_USER("U1", "Ann@Example.com", CONFIRMED) },
                 { LOOK_UP("bob%2Bx"), .status = 200, .answer = NOBODY } },
      .next = NEXT_DONE, .result = "{'members':[],'emails':[{'member':'slack:U1','email':'ann@example.com'}]}" },
    { "an address that was not confirmed joins nobody", slack_people_read, "{'emails':['ann@example.com']}",
      ASKED_FOR_ANN(SLACK_USER("U1", "ann@example.com", "")), .next = NEXT_DONE, .result = "{'members':[]}" },
    { "nor does another one than was asked for", slack_people_read, "{'emails':['ann@example.com']}",
      ASKED_FOR_ANN(SLACK_USER("U1", "anna@example.com", CONFIRMED)), .next = NEXT_DONE, .result = "{'members':[]}" },
    { "nor a guest's", slack_people_read, "{'emails':['ann@example.com']}",
      ASKED_FOR_ANN(SLACK_USER("U1", "ann@example.com", CONFIRMED ",'is_ultra_restricted':true")), .next = NEXT_DONE,
      .result = "{'members':[]}" },
    { "people without the scope", slack_people_read, "{'emails':['ann@example.com']}",
      ASKED_FOR_ANN("{'ok':false,'error':'missing_scope','needed':'users:read.email'}"), .next = NEXT_NEVER,
      .error = "[users:read.email]" },
    { "one who could not be looked up is not nobody", slack_people_read, PEOPLE,
      .calls = { { LOOK_UP("ann"), .status = 200, .answer = NOBODY }, { LOOK_UP("bob%2Bx"), .status = 503 } },
      .next = NEXT_AGAIN, .error = "503", .is_outage = true },

    /* Is somebody still there? */
    { "a user who is", slack_user_read, ONE,
      .calls = { { INFO, .status = 200, .answer = "{'ok':true,'user':{'id':'U1','deleted':false}}" } },
      .next = NEXT_DONE, .result = "{'is_deactivated':false}" },
    { "one whose account is off", slack_user_read, ONE,
      .calls = { { INFO, .status = 200, .answer = "{'ok':true,'user':{'id':'U1','deleted':true,'is_bot':false}}" } },
      .next = NEXT_DONE, .result = "{'is_deactivated':true}" },
    { "who is still there must have been said", slack_user_read, ONE,
      .calls = { { INFO, .status = 200, .answer = "{'ok':true,'user':{'id':'U1'}}" } }, .next = NEXT_AGAIN,
      .error = "without saying whether" },
    { "and not in other words", slack_user_read, ONE,
      .calls = { { INFO, .status = 200, .answer = "{'ok':true,'user':{'id':'U1','deleted':'true'}}" } },
      .next = NEXT_AGAIN, .error = "without saying whether" },
    { "nor of somebody else", slack_user_read, ONE,
      .calls = { { INFO, .status = 200, .answer = "{'ok':true,'user':{'id':'U2','deleted':true}}" } },
      .next = NEXT_AGAIN, .error = "without saying whether" },
    { "one whom Slack does not know has not left by that", slack_user_read, ONE,
      .calls = { { INFO, .status = 200, .answer = "{'ok':false,'error':'user_not_found'}" } }, .next = NEXT_NEVER,
      .error = "user_not_found - it knows no such user" },
    { "a user without the scope", slack_user_read, ONE,
      .calls = { { INFO, .status = 200, .answer = "{'ok':false,'error':'missing_scope','needed':'users:read'}" } },
      .next = NEXT_NEVER, .error = "[users:read]" },
    { "a user while Slack is down", slack_user_read, ONE, .calls = { { INFO, .status = 503 } }, .next = NEXT_AGAIN,
      .error = "503", .is_outage = true },
    { "a user whose id would lead elsewhere", slack_user_read, "{'user':'U1&token=x'}", .next = NEXT_NEVER,
      .error = "an id such as" },
    { "no user at all", slack_user_read, "{}", .next = NEXT_NEVER, .error = "an id such as" },
};

static const struct scripted_row rows[] = {
    /* GitHub */
    { "a team's members; its bots are nobody", github_team_read, TEAM,
      .calls = { { FIRST, .status = 200, .signature = "other acme",
                   .answer =
                       "[" USER("octocat") "," USER("Ann-F") ",{'login':'x[bot]','type':'Bot'},{'login':'y','type':"
                                                             "'Bot'},{'login':'a/b','type':'User'},7]" } },
      .next = NEXT_DONE, .result = "{'members':['github:Ann-F','github:octocat']}" },
    { "a team on three pages", github_team_read, TEAM,
      .calls = { { FIRST, .status = 200, .answer = "[" USER("c") "]", .header = NEXT("2") },
                 { "GET " PAGE("2"), .status = 200, .answer = "[" USER("b") "," USER("c") "]", .header = NEXT("3"),
                   .signature = "other acme" },
                 { "GET " PAGE("3"), .status = 200, .answer = "[" USER("a") "]",
                   .header = { "link", "<" PAGE("1") ">; rel=\"first\"" } } },
      .next = NEXT_DONE, .result = "{'members':['github:a','github:b','github:c']}" },
    { "a team with nobody in it", github_team_read, TEAM, .calls = { { FIRST, .status = 200, .answer = "[]" } },
      .next = NEXT_DONE, .result = "{'members':[]}" },
    { "a list that goes round in circles", github_team_read, TEAM,
      .calls = { { FIRST, .status = 200, .answer = "[]", .header = NEXT("2") },
                 { "GET " PAGE("2"), .status = 200, .answer = "[]", .header = NEXT("2") } },
      .next = NEXT_AGAIN, .error = "goes round in circles" },
    { "a list that goes on somewhere else", github_team_read, TEAM,
      .calls = { { FIRST, .status = 200, .answer = "[]",
                   .header = { "link", "<https://evil.example/members?page=2>; rel=\"next\"" } } },
      .next = NEXT_NEVER, .error = "another address" },
    { "a page that fails is not half a team", github_team_read, TEAM,
      .calls = { { FIRST, .status = 200, .answer = "[" USER("a") "]", .header = NEXT("2") },
                 { "GET " PAGE("2"), .status = 502 } },
      .next = NEXT_AGAIN, .error = "GitHub answered 502", .is_outage = true },
    { "a page that is no list is not half a team", github_team_read, TEAM,
      .calls = { { FIRST, .status = 200, .answer = "[" USER("a") "]", .header = NEXT("2") },
                 { "GET " PAGE("2"), .status = 200, .answer = "{'login':'b'}" } },
      .next = NEXT_AGAIN, .error = "no list" },
    { "a team that is not there, or not seen", github_team_read, TEAM, .calls = { { FIRST, .status = 404 } },
      .next = NEXT_NEVER, .error = "Members: read on acme" },
    { "the permission is missing", github_team_read, TEAM,
      .calls = { { FIRST, .status = 403, .answer = "{'message':'Resource not accessible by integration'}",
                   .header = { "x-accepted-github-permissions", "members=read" } } },
      .next = NEXT_NEVER, .error = "give it members=read on acme" },
    { "a team that has another name by now", github_team_read, TEAM, .calls = { { FIRST, .status = 301 } },
      .next = NEXT_NEVER, .error = "change its name in the configuration" },
    { "GitHub limits us", github_team_read, TEAM,
      .calls = { { FIRST, .status = 403, .answer = "{}", .header = { "x-ratelimit-remaining", "0" } } },
      .next = NEXT_AGAIN, .error = "limits how much", .after_ms = 60000, .is_outage = true },
    { "a team whose name would lead elsewhere", github_team_read, "{'source':'github-team:acme/../x'}",
      .next = NEXT_NEVER, .error = "is no team" },
    { "a team without an organisation", github_team_read, "{'source':'github-team:acme'}", .next = NEXT_NEVER,
      .error = "is no team" },

    /* PagerDuty */
    { "who is on call now, each once, with their addresses", pagerduty_schedule_read, SCHEDULE,
      .calls = { { NOW_USERS, .status = 200, .answer = "{'users':[" BOB "," ANN "," BOB ",{'id':'../x'},{},7]}" } },
      .next = NEXT_DONE,
      .result = "{'members':['pagerduty:PUSER01','pagerduty:PUSER02'],'emails':[{'member':'pagerduty:PUSER02','email':"
                "'bob@example.com'},{'member':'pagerduty:PUSER01','email':'ann@example.com'}]}" },
    { "nobody is on call", pagerduty_schedule_read, SCHEDULE,
      .calls = { { NOW_USERS, .status = 200, .answer = "{'users':[]}" } }, .next = NEXT_DONE,
      .result = "{'members':[]}" },
    { "an address that is none is left out", pagerduty_schedule_read, SCHEDULE,
      .calls = { { NOW_USERS, .status = 200,
                   .answer = "{'users':[{'id':'PUSER03','email':'a b@c'},{'id':'PUSER04','email':null}]}" } },
      .next = NEXT_DONE, .result = "{'members':['pagerduty:PUSER03','pagerduty:PUSER04']}" },
    { "a shift-based one, by who is on call; on two pages", pagerduty_schedule_read, SCHEDULE,
      .calls = { { NOW_USERS, .status = 404 },
                 { ONCALLS("0"), .status = 200,
                   .answer = "{'oncalls':[" ON_CALL(ANN) "," ON_CALL(ANN) "],'more':true}" },
                 { ONCALLS("100"), .status = 200,
                   .answer = "{'oncalls':[" ON_CALL("{'id':'PUSER02','type':'user_reference'}") "],'more':false}" } },
      .next = NEXT_DONE,
      .result = "{'members':['pagerduty:PUSER01','pagerduty:PUSER02'],'emails':[{'member':'pagerduty:PUSER01','email':"
                "'ann@example.com'}]}" },
    { "no such schedule", pagerduty_schedule_read, SCHEDULE,
      .calls = { { NOW_USERS, .status = 404 }, { ONCALLS("0"), .status = 200, .answer = "{'oncalls':[]}" } },
      .next = NEXT_NEVER, .error = "PagerDuty knows no schedule PABC123" },
    { "the key may not see users", pagerduty_schedule_read, SCHEDULE,
      .calls = { { NOW_USERS, .status = 403, .answer = REFUSED("Access Denied") } }, .next = NEXT_NEVER,
      .error = "(users.read and schedules.read)" },
    { "nor who is on call", pagerduty_schedule_read, SCHEDULE,
      .calls = { { NOW_USERS, .status = 400 }, { ONCALLS("0"), .status = 403, .answer = REFUSED("Access Denied") } },
      .next = NEXT_NEVER, .error = "(oncalls.read)" },
    { "an answer without its list", pagerduty_schedule_read, SCHEDULE,
      .calls = { { NOW_USERS, .status = 200, .answer = "{'schedule':{}}" } }, .next = NEXT_AGAIN, .error = "no list" },
    { "PagerDuty limits us", pagerduty_schedule_read, SCHEDULE,
      .calls = { { NOW_USERS, .status = 429, .header = { "ratelimit-reset", "3" } } }, .next = NEXT_AGAIN,
      .error = "limits", .after_ms = 4000, .is_outage = true },
    { "a schedule whose id would lead elsewhere", pagerduty_schedule_read, "{'source':'pagerduty-schedule:P/../x'}",
      .next = NEXT_NEVER, .error = "an id such as" },
};

static const struct github_settings github = { .api_url = GITHUB };
static const struct pagerduty_settings pagerduty = { .api_url = PAGERDUTY };

static const struct scripted_row of_another_team = {
    .name = "somebody of another workspace is nobody",
    .step = slack_people_read,
    .args = "{'emails':['ann@example.com']}",
    ASKED_FOR_ANN(SLACK_USER("U1", "ann@example.com", CONFIRMED)),
    .next = NEXT_DONE,
    .result = "{'members':[]}",
};

static void check_another_team(void **state)
{
    struct settings settings = script_settings;

    (void)state;
    settings.slack.team = "T2";
    run_scripted_with(&of_another_team, &settings);
}

static void check_row(void **state)
{
    struct settings settings = script_settings;

    settings.github = &github;
    settings.pagerduty = &pagerduty;
    run_scripted_with(*state, &settings);
}

/* ---- bounds ---- */

struct endless {
    size_t calls;
    struct http_answer answers[80];
    struct http_header headers[80];
};

/* Each page leads to another one. */
static struct exchange_step turn_pages(exchange_fn step, const char *args, const char *body, struct arena *arena)
{
    struct settings settings = script_settings;
    struct endless *endless = ARENA_NEW(arena, struct endless);
    struct exchange exchange = { .settings = &settings, .answers = endless->answers, .arena = arena };
    struct exchange_step next;
    struct error err;

    settings.github = &github;
    settings.pagerduty = &pagerduty;
    exchange.args = json_parse_in(arena, str_of(quoted(args, arena)), &err);
    while ((next = step(&exchange)).next == NEXT_CALL) {
        size_t at = exchange.answer_count++;

        assert_true(at < 64); /* as many as an exchange may make */
        endless->headers[at] = (struct http_header){
            "link", arena_printf(arena, "<" GITHUB "/organizations/7/team/9/members?page=%zu>; rel=\"next\"", at + 2)
        };
        endless->answers[at] = (struct http_answer){ .status = strstr(next.call.url, "/schedules/") ? 404 : 200,
                                                     .headers = &endless->headers[at],
                                                     .header_count = 1,
                                                     .body = str_of(quoted(body, arena)) };
    }
    return next;
}

static void check_endless(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct exchange_step step = turn_pages(github_team_read, TEAM, "[" USER("a") "]", arena);

    (void)state;
    assert_int_equal(step.next, NEXT_NEVER);
    assert_non_null(strstr(step.error, "more than 6000 members"));
    step = turn_pages(pagerduty_schedule_read, SCHEDULE, "{'oncalls':[" ON_CALL(ANN) "],'more':true}", arena);
    assert_int_equal(step.next, NEXT_NEVER);
    assert_non_null(strstr(step.error, "more than 10 pages"));
}

static struct exchange_step read_many(exchange_fn step, const char *args, const char *before, const char *each,
                                      const char *after, int count, struct arena *arena)
{
    AUTO_BUF struct buf body = BUF(8 << 20);

    buf_puts(&body, before);
    for (int i = 0; i < count; i++)
        buf_addf(&body, each, i > 0 ? "," : "", i);
    buf_puts(&body, after);
    return turn_pages(step, args, arena_copy(arena, buf_str(&body)), arena);
}

static void check_too_many(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct exchange_step step;

    (void)state;
    step = read_many(slack_group_read, GROUP, "{'ok':true,'users':[", "%s'U%d'", "]}", MEMBERSHIP_MAX, arena);
    assert_int_equal(step.next, NEXT_DONE);
    step = read_many(slack_group_read, GROUP, "{'ok':true,'users':[", "%s'U%d'", "]}", MEMBERSHIP_MAX + 1, arena);
    assert_int_equal(step.next, NEXT_NEVER);
    assert_non_null(strstr(step.error, "more than 10000 members"));
    step = read_many(pagerduty_schedule_read, SCHEDULE, "{'oncalls':[", "%s{'user':{'id':'P%d'}}", "]}", 1001, arena);
    assert_int_equal(step.next, NEXT_NEVER);
    assert_non_null(strstr(step.error, "more than 1000 people"));
}

/* ---- which there are ---- */

static void check_sources(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    const char *one[] = { "slack:U1", "slack-group:S1", "github-team:a/b" };
    const char *two[] = { "slack-group:S1", "pagerduty-schedule:P1", "slack-groups:S2" };
    const char *to[] = { "everyone", "slack-group:S2", "developer" };
    struct role_settings roles[] = { { .name = "a", .members = one, .members_count = 3 },
                                     { .name = "b", .members = two, .members_count = 3 } };
    const char *from[] = { "lead", "slack-group:S3" }, *glass[] = { "slack-group:S4" };
    const struct require_approvals approvals = { .from = from, .from_count = 2 };
    const struct require_settings require = { .approvals = &approvals };
    struct rule_settings rules[] = { { .to = to, .to_count = 3 },
                                     { .require = &require },
                                     { .break_glass = glass, .break_glass_count = 1 } };
    const char *irreversible[] = { "lead", "pagerduty-schedule:P2" };
    struct settings settings = { .policy = { .roles = roles,
                                             .roles_count = 2,
                                             .rules = rules,
                                             .rules_count = 3,
                                             .irreversible_glass = irreversible,
                                             .irreversible_glass_count = 2 } };
    const char **sources, *many[MEMBERSHIP_SOURCES_MAX + 1];
    size_t count;

    (void)state;
    sources = membership_sources(&settings, arena, &count);
    assert_int_equal(count, 7);
    assert_string_equal(sources[0], "slack-group:S1");
    assert_string_equal(sources[1], "github-team:a/b");
    assert_string_equal(sources[2], "pagerduty-schedule:P1");
    assert_string_equal(sources[3], "slack-group:S2");
    assert_string_equal(sources[4], "slack-group:S3"); /* approvers */
    assert_string_equal(sources[5], "slack-group:S4"); /* and who may break a glass */
    assert_string_equal(sources[6], "pagerduty-schedule:P2"); /* of an irreversible release, too */
    for (size_t i = 0; i < ARRAY_LEN(many); i++)
        many[i] = arena_printf(arena, "slack-group:S%zu", i);
    roles[0].members = many;
    roles[0].members_count = ARRAY_LEN(many);
    membership_sources(&settings, arena, &count);
    assert_int_equal(count, MEMBERSHIP_SOURCES_MAX);
    assert_null(membership_reading("slack:U1"));
    assert_null(membership_reading("everyone"));
    assert_string_equal(membership_reading("pagerduty-schedule:P1"), READING_PAGERDUTY_SCHEDULE);
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        { .name = "somebody of another workspace is nobody", .test_func = check_another_team },
        { .name = "a list without an end is refused", .test_func = check_endless },
        { .name = "so are too many members", .test_func = check_too_many },
        { .name = "every source that roles and rules name, once", .test_func = check_sources },
    };

    return RUN_SCRIPTED(slack_rows) + ROWS(rows, check_row) + cmocka_run_group_tests(more, NULL, NULL);
}
