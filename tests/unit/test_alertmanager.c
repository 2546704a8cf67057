/* Alertmanager's groups at the door and for the owner, and its bearer token. */
#include "tests/unit/rows.h"

#include "bot/model/alert.h"
#include "integrations/alertmanager/group.h"
#include "integrations/alertmanager/token.h"

#include <string.h>

#define ALERT(fingerprint, status, starts)                                                                             \
    "{'status':'" status "','labels':{'alertname':'A'},'startsAt':'" starts "','endsAt':'0001-01-01T00:00:00Z',"       \
    "'fingerprint':'" fingerprint "'}"
#define ONE ALERT("c0ffee0123456789", "firing", "2026-11-20T10:00:00.123Z")
#define TWO ALERT("0123456789abcdef", "firing", "2026-11-20T10:05:00Z")
#define GROUP(key, status, alerts)                                                                                     \
    "{'version':'4','groupKey':'" key "','status':'" status "','receiver':'bot','alerts':[" alerts "]}"

static const char *quoted(const char *text, struct arena *arena)
{
    char *copy = arena_strdup(arena, text);

    for (char *c = copy; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    return copy;
}

static bool accept_text(const char *body, struct arena *arena, struct alertmanager_door *door, struct error *err)
{
    return alertmanager_group_accept(str_of(body), arena, door, err);
}

static void decode(const char *kind, const char *body, struct arena *arena, struct outside_event *event,
                   struct alert_group *group)
{
    struct inbox_item item = { .kind = kind, .body = body, .received_at = 7 };
    struct error err;

    if (!alertmanager_group_decode(&item, arena, event, &err) ||
        !shape_from_json(&alert_group_shape, event->body, arena, group, &err))
        fail_msg("%s", err.message);
}

/* ---- what says the same ---- */

static const struct pair {
    const char *name;
    const char *one, *other;
    bool is_same;
} pairs[] = {
    { "a repeat says the same", GROUP("{}:{}", "firing", ONE), GROUP("{}:{}", "firing", ONE), true },
    { "a twin that lists them in another order says the same", GROUP("{}:{}", "firing", ONE "," TWO),
      GROUP("{}:{}", "firing", TWO "," ONE), true },
    { "another receiver's name, another reason, other links are no news", GROUP("{}:{}", "firing", ONE),
      "{'version':'4','groupKey':'{}:{}','status':'firing','receiver':'b2','externalURL':'http://am2','alerts':[" ONE
      "],'notification_reason':'repeat interval elapsed'}",
      true },
    { "one alert more is news", GROUP("{}:{}", "firing", ONE), GROUP("{}:{}", "firing", ONE "," TWO), false },
    { "another group is news", GROUP("{}:{}", "firing", ONE), GROUP("{}:{a}", "firing", ONE), false },
    { "resolved is news", GROUP("{}:{}", "firing", ONE),
      GROUP("{}:{}", "resolved", ALERT("c0ffee0123456789", "resolved", "2026-11-20T10:00:00.123Z")), false },
    { "the same alert, firing anew, is news", GROUP("{}:{}", "firing", ONE),
      GROUP("{}:{}", "firing", ALERT("c0ffee0123456789", "firing", "2026-11-20T12:00:00.123Z")), false },
    { "without fingerprints, labels tell alerts apart",
      GROUP("k", "firing", "{'status':'firing','labels':{'a':'1','b':'2'}}"),
      GROUP("k", "firing", "{'status':'firing','labels':{'a':'1','b':'3'}}"), false },
    { "and their order tells nothing", GROUP("k", "firing", "{'status':'firing','labels':{'a':'1','b':'2'}}"),
      GROUP("k", "firing", "{'status':'firing','labels':{'b':'2','a':'1'}}"), true },
};

static void check_pair(void **state)
{
    const struct pair *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    struct alertmanager_door one, other;
    struct error err;

    assert_true(accept_text(quoted(row->one, arena), arena, &one, &err));
    assert_true(accept_text(quoted(row->other, arena), arena, &other, &err));
    assert_int_equal(one.keys_count, 1);
    assert_int_equal(strlen(one.keys[0]), strlen("alertmanager:") + 64);
    assert_int_equal(strcmp(one.keys[0], other.keys[0]) == 0, row->is_same);
}

/* ---- what is no group of version 4 ---- */

static const struct bad {
    const char *name;
    const char *body;
    bool is_payload; /* and a custom payload may be why */
} bad[] = {
    { "nothing", "", false },
    { "no JSON", "status=firing", false },
    { "bytes that are no UTF-8", "{'version':'\xff'}", false },
    { "a custom payload", "{'text':'HighErrors is firing'}", true },
    { "a list", "[]", true },
    { "another version", "{'version':'5','groupKey':'k','status':'firing','alerts':[]}", true },
    { "a version that is a number", "{'version':4,'groupKey':'k','status':'firing','alerts':[]}", true },
    { "no group key", "{'version':'4','status':'firing','alerts':[]}", true },
    { "an empty group key", GROUP("", "firing", ""), true },
    { "no status", "{'version':'4','groupKey':'k','alerts':[]}", true },
    { "a status of its own", GROUP("k", "on fire", ""), true },
    { "no alerts", "{'version':'4','groupKey':'k','status':'firing','alerts':null}", true },
    { "alerts that are a map", "{'version':'4','groupKey':'k','status':'firing','alerts':{}}", true },
    { "an alert that is a text", GROUP("k", "firing", "'x'"), true },
    { "an alert without labels", GROUP("k", "firing", "{'status':'firing'}"), true },
    { "an alert without a status", GROUP("k", "firing", "{'labels':{}}"), true },
};

static void check_bad(void **state)
{
    const struct bad *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    const char *text = quoted(row->body, arena);
    struct inbox_item item = { .kind = ALERTMANAGER_GROUP_KIND, .body = text };
    struct alertmanager_door door;
    struct outside_event event;
    struct error err, again;

    assert_false(accept_text(text, arena, &door, &err));
    assert_int_equal(err.code, ERR_INVALID);
    assert_false(alertmanager_group_decode(&item, arena, &event, &again));
    assert_string_equal(err.message, again.message);
    assert_non_null(strstr(err.message, "Alertmanager's webhook"));
    assert_int_equal(strstr(err.message, "remove it") != NULL, row->is_payload);
    assert_true(str_starts_with(str_of(alertmanager_group_key(str_of(text), arena)), "alertmanager-body:"));
}

/* ---- one by one ---- */

static void each_alert_says_for_itself(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct outside_event event;
    struct alert_group group;

    (void)state;
    decode(ALERTMANAGER_GROUP_KIND,
           quoted(GROUP("k", "firing",
                        "{'status':'resolved','labels':{'a':'1'},'startsAt':'2026-11-20T10:00:00Z',"
                        "'endsAt':'2026-11-20T11:00:00+01:00','generatorURL':'javascript:alert(1)'},"
                        "{'status':'firing','labels':{'a':'1','a':'2','n':7,'':'x'},'startsAt':'2026-11-20T10:01:00Z',"
                        "'endsAt':'2026-11-20T10:09:00Z','annotations':null}"),
                  arena),
           arena, &event, &group);
    assert_string_equal(event.name, ALERTMANAGER_FIRING);
    assert_string_equal(event.subject, "k");
    assert_int_equal(event.occurred_at_ms, INT64_C(1795168860000)); /* the later start */
    assert_int_equal(group.alerts_count, 2);
    assert_true(group.alerts[0].is_firing); /* those that fire come first */
    assert_int_equal(group.alerts[0].ends_at_ms, 0);
    assert_int_equal(group.alerts[0].labels_count, 1);
    assert_string_equal(group.alerts[0].labels[0].value, "2"); /* the last of equal names */
    assert_int_equal(group.alerts[1].ends_at_ms, INT64_C(1795168800000));
    assert_null(group.alerts[1].url);
    assert_int_equal(strlen(group.alerts[1].fingerprint), 16);
}

static void a_group_that_is_over_says_when(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct outside_event event;
    struct alert_group group;

    (void)state;
    decode(ALERTMANAGER_GROUP_KIND,
           quoted("{'version':'4','groupKey':'k','status':'resolved','truncatedAlerts':9007199254740991,'alerts':["
                  "{'status':'resolved','labels':{},'startsAt':'x','endsAt':'2026-11-20T10:00:00Z'}],"
                  "'commonLabels':{'severity':'critical','team':'b'},'groupLabels':{'team':'a'}}",
                  arena),
           arena, &event, &group);
    assert_string_equal(event.name, ALERTMANAGER_RESOLVED);
    assert_string_equal(event.principal.id, "");
    assert_string_equal(event.meaning, event.id);
    assert_int_equal(event.occurred_at_ms, INT64_C(1795168800000));
    assert_int_equal(group.alerts[0].starts_at_ms, 0);
    assert_int_equal(group.alerts_missing, 1000000000); /* however many are claimed */
    assert_string_equal(alert_group_label(&group, "team"), "a");
    assert_string_equal(alert_group_label(&group, "severity"), "critical");
    assert_null(alert_group_label(&group, "tier"));
}

/* A group of so many alerts; every tenth fires. */
static const char *many(int count, const char *annotation, struct arena *arena)
{
    AUTO_BUF struct buf text = BUF(8 << 20);

    buf_puts(&text, quoted("{'version':'4','groupKey':'k','status':'firing','truncatedAlerts':5,'alerts':[", arena));
    for (int i = 0; i < count; i++)
        buf_addf(&text,
                 "%s{\"status\":\"%s\",\"labels\":{\"alertname\":\"A\",\"n\":\"%d\"},\"annotations\":{\"d\":\"%s\"}}",
                 i ? "," : "", i % 10 == 9 ? "firing" : "resolved", i, annotation);
    buf_puts(&text, "]}");
    return arena_copy(arena, buf_str(&text));
}

static void a_large_group_is_stored_as_it_was_read(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    const char *text = many(2000, "a long story \\u0007", arena);
    struct alertmanager_door door;
    struct outside_event typed, raw;
    struct alert_group group;
    struct error err;

    (void)state;
    assert_true(accept_text(text, arena, &door, &err));
    assert_string_equal(door.kind, ALERTMANAGER_TYPED_KIND);
    assert_true(strlen(door.body) <= INBOX_BODY_MAX_BYTES);
    assert_int_equal(door.alerts_count, 2000);
    decode(door.kind, door.body, arena, &typed, &group);
    assert_true(group.is_cut);
    assert_true(group.alerts_count >= 50);
    assert_int_equal(group.alerts_count + (size_t)group.alerts_missing, 2005);
    for (size_t i = 0; i < group.alerts_count; i++)
        assert_true(group.alerts[i].is_firing); /* 200 of them: no room for others */
    decode(ALERTMANAGER_GROUP_KIND, text, arena, &raw, &group);
    assert_true(cJSON_Compare(typed.body, raw.body, true));
    assert_string_equal(typed.id, raw.id);
    assert_string_equal(door.keys[0], arena_printf(arena, "alertmanager:%s", raw.id));
}

static void long_texts_give_way_before_alerts_do(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    AUTO_BUF struct buf story = BUF(8192);
    struct outside_event event;
    struct alert_group group;

    (void)state;
    while (story.len < 4000)
        buf_puts(&story, "\xe2\x82\xac");
    decode(ALERTMANAGER_GROUP_KIND, many(60, buf_text(&story), arena), arena, &event, &group);
    assert_int_equal(group.alerts_count, 60);
    assert_true(group.is_cut);
    assert_true(strlen(group.alerts[0].annotations[0].value) > 100);
    assert_null(strchr(group.alerts[0].annotations[0].value, '?')); /* what half a character would have become */
}

static void a_group_too_large_to_read_says_what_to_set(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    const char *text = many(60000, "x", arena);
    struct alertmanager_door door;
    struct error err;

    (void)state;
    assert_true(strlen(text) > ALERTMANAGER_BODY_MAX_BYTES);
    assert_false(accept_text(text, arena, &door, &err));
    assert_int_equal(err.code, ERR_TOO_LARGE);
    assert_non_null(strstr(err.message, "max_alerts"));
}

static void an_item_of_the_typed_kind_may_hold_anything(void **state)
{
    static const char *const bodies[] = { "",
                                          "[]",
                                          "{}",
                                          "{'digest':'00'}",
                                          "{'digest':'00','group':{}}",
                                          "{'digest':'00','group':{'key':'k','alerts':[{}]}}" };
    AUTO(arena) struct arena *arena = arena_create();
    struct outside_event event;
    struct error err;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        struct inbox_item item = { .kind = ALERTMANAGER_TYPED_KIND, .body = quoted(bodies[i], arena) };

        assert_false(alertmanager_group_decode(&item, arena, &event, &err));
        assert_int_equal(err.code, ERR_INVALID);
    }
}

static void a_long_group_key_is_called_by_its_digest(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    AUTO_BUF struct buf text = BUF(8192);
    struct outside_event event;
    struct alert_group group;

    (void)state;
    buf_puts(&text, quoted("{'version':'4','status':'resolved','alerts':[],'groupKey':'", arena));
    for (int i = 0; i < 400; i++)
        buf_putc(&text, 'k');
    buf_puts(&text, "\"}");
    decode(ALERTMANAGER_GROUP_KIND, buf_text(&text), arena, &event, &group);
    assert_int_equal(strlen(event.subject), 64);
    assert_true(group.is_cut);
}

/* ---- the token ---- */

static const char *const tokens[] = { "", NULL, "t0ken", "an older one" };

static const struct token {
    const char *name;
    const char *header;
    bool is_good;
} headers[] = {
    { "one of ours", "Bearer t0ken", true },
    { "the scheme in any case", "bEARER t0ken", true },
    { "another one of ours, with blanks around", "Bearer   an older one ", true },
    { "no header", NULL, false },
    { "an empty header", "", false },
    { "a scheme alone", "Bearer", false },
    { "an empty token", "Bearer ", false },
    { "another token", "Bearer t0kem", false },
    { "the start of one", "Bearer t0ke", false },
    { "one with more behind it", "Bearer t0ken2", false },
    { "the token alone", "t0ken", false },
    { "another scheme", "Basic t0ken", false },
};

static void check_token(void **state)
{
    const struct token *row = *state;
    struct error err = { .code = ERR_NONE };

    assert_int_equal(alertmanager_token_check(tokens, ARRAY_LEN(tokens), row->header, &err), row->is_good);
    assert_int_equal(err.code, row->is_good ? ERR_NONE : ERR_DENIED);
    assert_null(strstr(err.message, "t0ke"));
    assert_false(alertmanager_token_check(tokens, 2, row->header, &err)); /* none but empty ones configured */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_alert_says_for_itself),
        cmocka_unit_test(a_group_that_is_over_says_when),
        cmocka_unit_test(a_large_group_is_stored_as_it_was_read),
        cmocka_unit_test(long_texts_give_way_before_alerts_do),
        cmocka_unit_test(a_group_too_large_to_read_says_what_to_set),
        cmocka_unit_test(an_item_of_the_typed_kind_may_hold_anything),
        cmocka_unit_test(a_long_group_key_is_called_by_its_digest),
    };

    return ROWS(pairs, check_pair) + ROWS(bad, check_bad) + ROWS(headers, check_token) +
           cmocka_run_group_tests(tests, NULL, NULL);
}
