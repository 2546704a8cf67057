/* GitHub's webhooks at the door and at the owner: what is taken, what is refused, and what stays whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bot/model/github_event.h"
#include "integrations/github/webhook.h"
#include "integrations/github/webhook_json.h"
#include "integrations/github/webhook_signature.h"

#include <string.h>

#define DELIVERY "72d3162e-cc78-11e3-81ab-4c9367dc0958"
#define JSON_TYPE "application/json"
#define FORM_TYPE "application/x-www-form-urlencoded"
#define REPOSITORY "'repository':{'id':42,'full_name':'acme/platform'}"
#define RELEASE                                                                                                        \
    "{'action':'published','release':{'id':991,'tag_name':'v1','draft':false,'prerelease':false}," REPOSITORY "}"

/* With double quotes, in the arena. */
static const char *quoted(const char *text, struct arena *arena)
{
    char *copy = arena_strdup(arena, text);

    for (char *c = copy; c && *c; c++)
        *c = *c == '\'' ? '"' : *c;
    return copy;
}

/* ---- the signature ---- */

#define SECRET "It's a Secret to Everybody"
#define GOOD "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"

static const struct signature_row {
    const char *name, *secrets[2], *body, *signature;
    bool is_good;
} signatures[] = {
    { "the right secret", { SECRET }, "Hello, World!", GOOD, true },
    { "the second of two, while they are changed", { "new", SECRET }, "Hello, World!", GOOD, true },
    { "another secret", { "guess" }, "Hello, World!", GOOD, false },
    { "no secret configured", { NULL }, "Hello, World!", GOOD, false },
    { "another body", { SECRET }, "Hello, World?", GOOD, false },
    { "an empty body", { SECRET }, "", GOOD, false },
    { "no header", { SECRET }, "Hello, World!", NULL, false },
    { "an empty header", { SECRET }, "Hello, World!", "", false },
    { "the old kind of signature",
      { SECRET },
      "Hello, World!",
      "sha1=01dc10d0c83e72ed246219cdd91669667fe2ca59",
      false },
    { "upper case",
      { SECRET },
      "Hello, World!",
      "sha256=757107EA0EB2509FC211221CCE984B8A37570B6D7586C22C46F4379C8B043E17",
      false },
    { "cut short", { SECRET }, "Hello, World!", "sha256=757107ea0eb2509fc211221cce984b8a", false },
    { "one digit more", { SECRET }, "Hello, World!", GOOD "0", false },
};

static void check_signature(void **state)
{
    const struct signature_row *row = *state;
    struct github_webhook_secrets secrets = { row->secrets, row->secrets[1] ? 2 : row->secrets[0] ? 1 : 0 };
    struct error err = { 0 };

    assert_int_equal(github_webhook_signature_check(&secrets, str_of(row->body), row->signature, &err), row->is_good);
    if (!row->is_good) {
        assert_int_equal(err.code, ERR_DENIED);
        assert_null(strstr(err.message, SECRET));
    }
}

static void an_empty_secret_is_no_secret(void **state)
{
    const char *const empty[] = { "" };
    struct github_webhook_secrets secrets = { empty, 1 };
    struct github_webhook_signature forged = github_webhook_signature_make("", STR_LIT("x"));
    struct error err;

    (void)state;
    assert_false(github_webhook_signature_check(&secrets, STR_LIT("x"), forged.text, &err));
}

/* ---- the door ---- */

#define REFUSED (-1)

static const struct door_row {
    const char *name, *event, *delivery, *hook, *type;
    const char *body; /* with 'single' quotes */
    int is;           /* of enum github_webhook_is, or REFUSED */
    const char *why;  /* stands in the message */
    size_t len;       /* of a body that holds a NUL */
} doors[] = {
    { "a release", "release", DELIVERY, "5", JSON_TYPE, RELEASE, GITHUB_WANTED, NULL, 0 },
    { "no hook's id", "release", DELIVERY, NULL, JSON_TYPE, RELEASE, GITHUB_WANTED, NULL, 0 },
    { "a type with parameters", "release", DELIVERY, "5", "Application/JSON; charset=UTF-8", RELEASE, GITHUB_WANTED,
      NULL, 0 },
    { "white space around", "release", DELIVERY, "5", JSON_TYPE, " \r\n\t" RELEASE "\n", GITHUB_WANTED, NULL, 0 },
    { "a ping", "ping", DELIVERY, "5", JSON_TYPE, "{'zen':'Keep it logically awesome.','hook_id':5}", GITHUB_PING, NULL,
      0 },
    { "a ping that is no JSON", "ping", DELIVERY, "5", JSON_TYPE, "zen", REFUSED, "JSON", 0 },
    { "an event that nobody wants", "discussion", DELIVERY, "5", JSON_TYPE, "{}", GITHUB_NOT_STORED, NULL, 0 },
    { "is not even looked at", "discussion", DELIVERY, "5", "text/plain", "\xff", GITHUB_NOT_STORED, NULL, 0 },
    { "an action that nobody wants", "release", DELIVERY, "5", JSON_TYPE, "{'action':'created'}", GITHUB_NOT_STORED,
      NULL, 0 },
    { "an action that is new", "release", DELIVERY, "5", JSON_TYPE, "{'action':'sold'}", GITHUB_NOT_STORED, NULL, 0 },
    { "an edited comment could make a command of an old one", "issue_comment", DELIVERY, "5", JSON_TYPE,
      "{'action':'edited'}", GITHUB_NOT_STORED, NULL, 0 },
    { "no action where one belongs", "release", DELIVERY, "5", JSON_TYPE, "{'release':{}}", REFUSED, "action", 0 },
    { "an action that is a number", "release", DELIVERY, "5", JSON_TYPE, "{'action':1}", REFUSED, "action", 0 },
    { "an action that is null", "release", DELIVERY, "5", JSON_TYPE, "{'action':null}", REFUSED, "action", 0 },
    { "an action with an escape", "release", DELIVERY, "5", JSON_TYPE, "{'action':'\\u0070ublished'}", REFUSED,
      "action", 0 },
    { "an action inside of something else", "release", DELIVERY, "5", JSON_TYPE, "{'x':{'action':'published'}}",
      REFUSED, "action", 0 },
    { "a push has none", "push", DELIVERY, "5", JSON_TYPE, "{'ref':'refs/heads/main'}", GITHUB_WANTED, NULL, 0 },
    { "of two actions the first counts", "release", DELIVERY, "5", JSON_TYPE, "{'action':'sold','action':'published'}",
      GITHUB_NOT_STORED, NULL, 0 },
    { "no event's name", NULL, DELIVERY, "5", JSON_TYPE, RELEASE, REFUSED, "X-GitHub-Event", 0 },
    { "an event's name with a space", "re lease", DELIVERY, "5", JSON_TYPE, RELEASE, REFUSED, "X-GitHub-Event", 0 },
    { "no delivery's id", "release", NULL, "5", JSON_TYPE, RELEASE, REFUSED, "X-GitHub-Delivery", 0 },
    { "a delivery's id that is none", "release", "72d3162e", "5", JSON_TYPE, RELEASE, REFUSED, "X-GitHub-Delivery", 0 },
    { "one that goes on", "release", DELIVERY "0", "5", JSON_TYPE, RELEASE, REFUSED, "X-GitHub-Delivery", 0 },
    { "one with another letter", "release", "72d3162g-cc78-11e3-81ab-4c9367dc0958", "5", JSON_TYPE, RELEASE, REFUSED,
      "X-GitHub-Delivery", 0 },
    { "a hook's id that is no number", "release", DELIVERY, "5\"", JSON_TYPE, RELEASE, REFUSED, "X-GitHub-Hook-ID", 0 },
    { "no type", "release", DELIVERY, "5", NULL, RELEASE, REFUSED, "Content-Type", 0 },
    { "another type", "release", DELIVERY, "5", "application/jsonx", RELEASE, REFUSED, "Content-Type", 0 },
    { "no body", "release", DELIVERY, "5", JSON_TYPE, "", REFUSED, "empty", 0 },
    { "a body cut short", "release", DELIVERY, "5", JSON_TYPE, "{'action':'published','release':{'id':99", REFUSED,
      "byte 40", 0 },
    { "a list", "release", DELIVERY, "5", JSON_TYPE, "[]", REFUSED, "object", 0 },
    { "a text", "release", DELIVERY, "5", JSON_TYPE, "'published'", REFUSED, "object", 0 },
    { "null", "release", DELIVERY, "5", JSON_TYPE, "null", REFUSED, "object", 0 },
    { "two values", "release", DELIVERY, "5", JSON_TYPE, RELEASE RELEASE, REFUSED, "behind", 0 },
    { "not UTF-8", "release", DELIVERY, "5", JSON_TYPE, "{'action':'\xff'}", REFUSED, "UTF-8", 0 },
    { "a NUL", "push", DELIVERY, "5", JSON_TYPE, "{'a':'b\0c'}", REFUSED, "UTF-8", 11 },
    { "a NUL, escaped", "push", DELIVERY, "5", JSON_TYPE, "{'a':'\\u0000'}", REFUSED, "NUL", 0 },
    { "half a surrogate pair", "push", DELIVERY, "5", JSON_TYPE, "{'a':'\\ud83d'}", REFUSED, "surrogate", 0 },
    { "the other half", "push", DELIVERY, "5", JSON_TYPE, "{'a':'\\ude80'}", REFUSED, "surrogate", 0 },
    { "a raw line break in a string", "push", DELIVERY, "5", JSON_TYPE, "{'a':'b\nc'}", REFUSED, "control", 0 },
    { "an unknown escape", "push", DELIVERY, "5", JSON_TYPE, "{'a':'\\x'}", REFUSED, "escape", 0 },
    { "a number of a hundred digits", "push", DELIVERY, "5", JSON_TYPE,
      "{'a':1000000000000000000000000000000000000000000000000000000000000000000000000000000000000000}", REFUSED,
      "digits", 0 },
    { "a number with a leading zero", "push", DELIVERY, "5", JSON_TYPE, "{'a':01}", REFUSED, "expected", 0 },
    { "a form", "release", DELIVERY, "5", FORM_TYPE, "payload=%7B%22action%22%3A%22published%22%7D", GITHUB_WANTED,
      NULL, 0 },
    { "a form with something else in it", "release", DELIVERY, "5", FORM_TYPE,
      "a=b&payload=%7B%22action%22%3A%22published%22%7D", GITHUB_WANTED, NULL, 0 },
    { "a form without payload", "release", DELIVERY, "5", FORM_TYPE, "a=b", REFUSED, "payload", 0 },
    { "a form with two payloads", "release", DELIVERY, "5", FORM_TYPE, "payload=%7B%7D&payload=%7B%7D", REFUSED, "form",
      0 },
    { "a form with percent garbage", "release", DELIVERY, "5", FORM_TYPE, "payload=%7B%2", REFUSED, "escape", 0 },
    { "a form with a NUL", "release", DELIVERY, "5", FORM_TYPE, "payload=%00", REFUSED, "NUL", 0 },
    { "a form whose payload is no JSON", "release", DELIVERY, "5", FORM_TYPE, "payload=hello", REFUSED, "JSON", 0 },
    { "JSON that says it is a form", "release", DELIVERY, "5", FORM_TYPE, RELEASE, REFUSED, "payload", 0 },
};

static bool accept(const struct door_row *row, struct arena *arena, struct github_webhook_door *ret_door,
                   struct error *err)
{
    const char *body = row->len ? row->body : quoted(row->body, arena);
    struct github_webhook webhook = { .event = row->event,
                                      .delivery = row->delivery,
                                      .hook_id = row->hook,
                                      .content_type = row->type,
                                      .body = { body, row->len ? row->len : strlen(body) } };

    return github_webhook_accept(&webhook, arena, ret_door, err);
}

static void check_door(void **state)
{
    const struct door_row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    struct github_webhook_door door = { 0 };
    struct error err = { 0 };

    if (!accept(row, arena, &door, &err)) {
        if (row->is != REFUSED)
            fail_msg("refused: %s", err.message);
        assert_int_equal(err.code, ERR_INVALID);
        if (!strstr(err.message, row->why))
            fail_msg("no '%s' in: %s", row->why, err.message);
        return;
    }
    assert_int_equal(door.is, row->is);
    if (door.is != GITHUB_WANTED) {
        assert_null(door.body);
        assert_int_equal(door.keys_count, 0);
        return;
    }
    assert_string_equal(door.keys[0], "github:" DELIVERY);
    assert_string_equal(door.kind, GITHUB_WEBHOOK_KIND);
}

/* ---- the owner ---- */

static const struct owner_row {
    const char *name, *event, *payload;
    const char *why;  /* refused; NULL: it is good, and then */
    const char *path; /* of the typed body */
    const char *text; /* what stands there; NULL: nothing */
} owners[] = {
    { "an id beyond doubles keeps its digits", "release",
      "{'action':'published','release':{'id':9223372036854775807,'tag_name':'v1','draft':false,'prerelease':false}," REPOSITORY
      "}",
      NULL, "id", "9223372036854775807" },
    { "and so does its neighbour of 2^53", "release",
      "{'action':'published','release':{'id':9007199254740993,'tag_name':'v1','draft':false,'prerelease':false}," REPOSITORY
      "}",
      NULL, "id", "9007199254740993" },
    { "an id beyond 64 bits", "release",
      "{'action':'published','release':{'id':9223372036854775808,'tag_name':'v1','draft':false,'prerelease':false}," REPOSITORY
      "}",
      "release.id", NULL, NULL },
    { "an id that is a text", "release",
      "{'action':'published','release':{'id':'991','tag_name':'v1','draft':false,'prerelease':false}," REPOSITORY "}",
      "release.id", NULL, NULL },
    { "an id that is a fraction", "release",
      "{'action':'published','release':{'id':1.5,'tag_name':'v1','draft':false,'prerelease':false}," REPOSITORY "}",
      "release.id", NULL, NULL },
    { "an id below nothing", "release",
      "{'action':'published','release':{'id':-1,'tag_name':'v1','draft':false,'prerelease':false}," REPOSITORY "}",
      "release.id", NULL, NULL },
    { "no id", "release",
      "{'action':'published','release':{'tag_name':'v1','draft':false,'prerelease':false}," REPOSITORY "}",
      "id: missing", NULL, NULL },
    { "no release", "release", "{'action':'published'," REPOSITORY "}", "id: missing", NULL, NULL },
    { "null where a release is expected", "release", "{'action':'published','release':null," REPOSITORY "}",
      "id: missing", NULL, NULL },
    { "a list where a release is expected", "release", "{'action':'published','release':[{'id':1}]," REPOSITORY "}",
      "id: missing", NULL, NULL },
    { "a draft that says so in words is no release", "release",
      "{'action':'published','release':{'id':1,'tag_name':'v1','draft':'true','prerelease':false}," REPOSITORY "}",
      "release.draft", NULL, NULL },
    { "whether it is a draft must be told", "release",
      "{'action':'published','release':{'id':1,'tag_name':'v1','prerelease':false}," REPOSITORY "}",
      "is_draft: missing", NULL, NULL },
    { "a tag with a line break", "release",
      "{'action':'published','release':{'id':1,'tag_name':'v1\\n','draft':false,'prerelease':false}," REPOSITORY "}",
      "release.tag_name", NULL, NULL },
    { "a time that is none", "release",
      "{'action':'published','release':{'id':1,'tag_name':'v1','draft':false,'prerelease':false,'published_at':'soon'}," REPOSITORY
      "}",
      "release.published_at", NULL, NULL },
    { "of equal members the first counts", "release",
      "{'action':'published','release':{'id':1,'id':2,'tag_name':'v1','draft':false,'prerelease':false}," REPOSITORY
      "}",
      NULL, "id", "1" },
    { "no repository", "release",
      "{'action':'published','release':{'id':1,'tag_name':'v1','draft':false,'prerelease':false}}", "repository", NULL,
      NULL },
    { "a repository that leads elsewhere", "release",
      "{'action':'published','release':{'id':1,'tag_name':'v1','draft':false,'prerelease':false},'repository':{'full_name':'a/../b'}}",
      "repository", NULL, NULL },
    { "a page that is none is left out", "release",
      "{'action':'published','release':{'id':1,'tag_name':'v1','draft':false,'prerelease':false,'html_url':'javascript:x'}," REPOSITORY
      "}",
      NULL, "url", NULL },
    { "a deployment's payload may be a text", "deployment",
      "{'action':'created','deployment':{'id':1,'sha':'a46d19b8e05f7c23b1d94e6a80f3c75d2e91b8f6','ref':'v1','task':'deploy',"
      "'environment':'production','payload':'free'}," REPOSITORY "}",
      NULL, "deployment.payload", "free" },
    { "or an object", "deployment",
      "{'action':'created','deployment':{'id':1,'sha':'a46d19b8e05f7c23b1d94e6a80f3c75d2e91b8f6','ref':'v1','task':'deploy',"
      "'environment':'production','payload':{'x':'y'}}," REPOSITORY "}",
      NULL, "deployment.payload.x", "y" },
    { "a sha that is a path", "deployment",
      "{'action':'created','deployment':{'id':1,'sha':'../../etc','ref':'v1','task':'deploy','environment':'production'}," REPOSITORY
      "}",
      "deployment.sha", NULL, NULL },
    { "an empty comment", "issue_comment",
      "{'action':'created','comment':{'id':1,'body':'','author_association':'NONE'},'issue':{'number':1}," REPOSITORY
      "}",
      NULL, "body", "" },
    { "an action that became known later", "release",
      "{'action':'created','release':{'id':1,'tag_name':'v1','draft':false,'prerelease':false}," REPOSITORY "}",
      "not with this action", NULL, NULL },
};

static void check_owner(void **state)
{
    const struct owner_row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    struct inbox_item item = {
        .kind = GITHUB_WEBHOOK_KIND,
        .body = arena_printf(arena, "{\"event\":\"%s\",\"delivery\":\"" DELIVERY "\",\"payload\":%s}", row->event,
                             quoted(row->payload, arena)),
    };
    struct outside_event event;
    struct error err = { 0 };
    bool is_good = github_webhook_decode(&item, arena, &event, &err);

    if (row->why) {
        assert_false(is_good);
        assert_int_equal(err.code, ERR_INVALID);
        if (!strstr(err.message, row->why))
            fail_msg("no '%s' in: %s", row->why, err.message);
        return;
    }
    if (!is_good)
        fail_msg("refused: %s", err.message);
    if (row->text)
        assert_string_equal(json_find_string(event.body, row->path), row->text);
    else
        assert_null(json_find(event.body, row->path));
}

/* ---- what tells the same ---- */

static struct outside_event event_of(const char *event, const char *payload, struct arena *arena)
{
    struct github_webhook webhook = {
        .event = event, .delivery = DELIVERY, .content_type = JSON_TYPE, .body = str_of(quoted(payload, arena))
    };
    struct github_webhook_door door;
    struct outside_event outside;
    struct error err = { 0 };

    if (!github_webhook_accept(&webhook, arena, &door, &err) || door.is != GITHUB_WANTED ||
        !github_webhook_decode(&(struct inbox_item){ .kind = door.kind, .body = door.body }, arena, &outside, &err))
        fail_msg("%s", err.message);
    return outside;
}

#define RELEASE_AT(action, at)                                                                                         \
    "{'action':'" action "','release':{'id':991,'tag_name':'v1','draft':false,'prerelease':false,'published_at':'" at  \
    "'}," REPOSITORY "}"
#define RUN(action, attempt)                                                                                                  \
    "{'action':'" action "','workflow_run':{'id':7,'run_attempt':" attempt                                                    \
    ",'path':'ci.yml','event':'push','status':'completed','head_sha':'a46d19b8e05f7c23b1d94e6a80f3c75d2e91b8f6'}," REPOSITORY \
    "}"
#define PUSH(before, after, at)                                                                                         \
    "{'ref':'refs/heads/main','before':'" before "','after':'" after                                                    \
    "','created':false,'deleted':false,'forced':true,'repository':{'id':42,'full_name':'acme/platform','pushed_at':" at \
    "}}"
#define A "a46d19b8e05f7c23b1d94e6a80f3c75d2e91b8f6"
#define B "92c7f05e1ab3d846f9e20c5b7d68134fa0b7e5d5"
#define PULL(user)                                                                                                     \
    "{'action':'created','comment':{'id':1,'body':'x','author_association':'NONE'},'issue':{'number':128" user         \
    "}," REPOSITORY "}"

static const struct pair_row {
    const char *name, *event, *one, *other_event, *other;
    bool same_subject, same_meaning;
} pairs[] = {
    { "published and released are two facts about one release", "release",
      RELEASE_AT("published", "2026-11-20T10:00:00Z"), "release", RELEASE_AT("released", "2026-11-20T10:00:00Z"), true,
      false },
    { "told through two hooks it is one fact", "release", RELEASE_AT("published", "2026-11-20T10:00:00Z"), "release",
      RELEASE_AT("published", "2026-11-20T10:00:00+00:00"), true, true },
    { "published again, it is a new one", "release", RELEASE_AT("published", "2026-11-20T10:00:00Z"), "release",
      RELEASE_AT("published", "2026-11-20T12:00:00Z"), true, false },
    { "a second attempt of a run is another fact about it", "workflow_run", RUN("completed", "1"), "workflow_run",
      RUN("completed", "2"), true, false },
    { "a push there and there again is two", "push", PUSH(A, B, "1795168200"), "push", PUSH(A, B, "1795168900"), true,
      false },
    { "one push told twice is one", "push", PUSH(A, B, "1795168200"), "push", PUSH(A, B, "1795168200"), true, true },
    { "a pull request is no issue", "issue_comment", PULL(""), "issue_comment", PULL(",'pull_request':{}"), false,
      true },
};

static void check_pair(void **state)
{
    const struct pair_row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    struct outside_event one = event_of(row->event, row->one, arena);
    struct outside_event other = event_of(row->other_event, row->other, arena);

    assert_int_equal(strcmp(one.subject, other.subject) == 0, row->same_subject);
    assert_int_equal(strcmp(one.meaning, other.meaning) == 0, row->same_meaning);
}

/* ---- a release, however it is told ---- */

#define RELEASE_TOLD(action, prerelease, updated)                                                                      \
    "{'action':'" action "','release':{'id':991,'tag_name':'v1','draft':false,'prerelease':" prerelease                \
    ",'published_at':'2026-11-20T10:00:00Z','updated_at':'" updated "'}," REPOSITORY "}"
#define AT_TEN "2026-11-20T10:00:00Z"
#define AT_TWELVE "2026-11-20T12:00:00Z"
#define PRE "release:991:pre:2026-11-20T10:00:00.000Z"
#define FULL "release:991:full:2026-11-20T10:00:00.000Z"

static const struct fact_row {
    const char *name, *payload;
    const char *fact; /* NULL: none */
    int64_t changed_ms; /* after it was published; 0: it is not said */
} facts[] = {
    { "published", RELEASE_TOLD("published", "false", AT_TEN), FULL, 0 },
    { "released is the same", RELEASE_TOLD("released", "false", AT_TEN), FULL, 0 },
    { "a pre-release is another", RELEASE_TOLD("published", "true", AT_TEN), PRE, 0 },
    { "also by that name", RELEASE_TOLD("prereleased", "true", AT_TEN), PRE, 0 },
    { "one that is made a full one is what it was since then", RELEASE_TOLD("released", "false", AT_TWELVE), FULL,
      2 * 3600 * 1000 },
    { "whatever else changed makes nothing of it", RELEASE_TOLD("published", "false", AT_TWELVE), FULL, 0 },
    { "an edited one is no such thing", RELEASE_TOLD("edited", "false", AT_TWELVE), NULL, 0 },
};

static void check_fact(void **state)
{
    const struct fact_row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    struct outside_event event = event_of("release", row->payload, arena);

    assert_string_equal(event.fact ? event.fact : "(none)", row->fact ? row->fact : "(none)");
    assert_int_equal(event.changed_at_ms ? event.changed_at_ms - INT64_C(1795168800000) : 0, row->changed_ms);
}

/* ---- large ones ---- */

static void add_files(struct buf *out, const char *name, int commit, int files, const char *folder)
{
    buf_addf(out, ",\"%s\":[", name);
    for (int i = 0; i < files; i++)
        buf_addf(out, "%s\"%s/%d/file-%d.c\"", i ? "," : "", folder, commit, i);
    buf_puts(out, "]");
}

static const char *large_push(int commits, int files, struct arena *arena)
{
    AUTO_BUF struct buf out = BUF(GITHUB_WEBHOOK_BODY_MAX_BYTES);

    buf_puts(&out, "{\"ref\":\"refs/heads/main\",\"before\":\"" A "\",\"after\":\"" B
                   "\",\"created\":false,\"deleted\":false,\"forced\":false,"
                   "\"repository\":{\"id\":42,\"full_name\":\"acme/platform\"},\"commits\":[");
    for (int i = 0; i < commits; i++) {
        buf_addf(&out, "%s{\"id\":\"" A "\",\"message\":\"%d\"", i ? "," : "", i);
        add_files(&out, "added", i, files, "api");
        add_files(&out, "modified", 0, files, "web");
        add_files(&out, "removed", 0, 1, "docs");
        buf_putc(&out, '}');
    }
    buf_puts(&out, "]}");
    assert_false(out.failed);
    return arena_copy(arena, buf_str(&out));
}

static const struct large_row {
    const char *name;
    int commits, files;
    int64_t told; /* paths */
    bool are_cut;
} larges[] = {
    { "one commit of many files", 1, 100, 201, false },
    { "many commits that touch the same files", 500, 1, 502, true },
    { "as many files as GitHub lists", 2, 3000, 300, true },
    { "as many commits as GitHub lists", 2048, 90, 300, true },
};

static void check_large(void **state)
{
    const struct large_row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    struct outside_event event = event_of("push", large_push(row->commits, row->files, arena), arena);
    struct github_push push;
    struct error err;

    assert_true(shape_from_json(&github_push_shape, event.body, arena, &push, &err));
    assert_int_equal(push.commits, row->commits);
    assert_int_equal(push.files, (int64_t)row->commits * (2 * row->files + 1));
    assert_int_equal(push.paths_count, row->told < 300 ? row->told : 300);
    assert_int_equal(push.are_paths_cut, row->are_cut);
    assert_string_equal(push.paths[0], "api/0/file-0.c");
}

static void a_body_of_25_mib_and_not_one_byte_more(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    char *body = arena_alloc(arena, GITHUB_WEBHOOK_BODY_MAX_BYTES + 2);
    const char *release = quoted(RELEASE, arena);
    struct github_webhook webhook = { .event = "release", .delivery = DELIVERY, .content_type = JSON_TYPE };
    struct github_webhook_door door;
    struct error err = { 0 };

    (void)state;
    memset(body, ' ', GITHUB_WEBHOOK_BODY_MAX_BYTES + 1);
    memcpy(body, release, strlen(release) - 1);
    body[GITHUB_WEBHOOK_BODY_MAX_BYTES - 1] = '}';
    webhook.body = (struct str){ body, GITHUB_WEBHOOK_BODY_MAX_BYTES };
    assert_true(github_webhook_accept(&webhook, arena, &door, &err));
    assert_string_equal(door.kind, GITHUB_EVENT_KIND);
    assert_true(strlen(door.body) < 1024);
    webhook.body.len++;
    assert_false(github_webhook_accept(&webhook, arena, &door, &err));
    assert_int_equal(err.code, ERR_TOO_LARGE);
}

static void a_large_one_without_its_id_is_refused_at_the_door(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    const char *padding = arena_printf(arena, "%070000d", 0);
    const char *body = arena_printf(arena, "{\"action\":\"published\",\"padding\":\"%s\"}", padding);
    struct github_webhook webhook = {
        .event = "release", .delivery = DELIVERY, .content_type = JSON_TYPE, .body = str_of(body)
    };
    struct github_webhook_door door;
    struct error err = { 0 };

    (void)state;
    assert_false(github_webhook_accept(&webhook, arena, &door, &err));
    assert_int_equal(err.code, ERR_INVALID);
    assert_non_null(strstr(err.message, "id: missing"));
}

static void a_long_text_is_cut_between_characters(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    AUTO_BUF struct buf body = BUF(1 << 20);
    struct outside_event event;
    struct github_release release;
    struct error err;

    (void)state;
    buf_puts(&body,
             "{'action':'published','release':{'id':1,'tag_name':'v1','draft':false,'prerelease':false,'body':'");
    for (int i = 0; i < 5000; i++)
        buf_puts(&body, i % 2 ? "\xc3\xa9\\n" : "\\ud83d\\ude80");
    buf_puts(&body, "'}," REPOSITORY "}");
    event = event_of("release", buf_text(&body), arena);
    assert_true(shape_from_json(&github_release_shape, event.body, arena, &release, &err));
    assert_true(release.about.is_cut);
    assert_true(utf8_is_valid(str_of(release.body)) && strlen(release.body) > 4000);
}

static void nesting_is_bounded_where_it_is_stored_too(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();

    (void)state;
    for (int depth = WEBHOOK_JSON_MAX_DEPTH - 2; depth <= WEBHOOK_JSON_MAX_DEPTH + 2; depth++) {
        AUTO_BUF struct buf body = BUF(4096);
        struct github_webhook webhook = { .event = "push", .delivery = DELIVERY, .content_type = JSON_TYPE };
        struct github_webhook_door door;
        struct outside_event event;
        struct error err = { 0 };

        buf_puts(&body, "{\"x\":");
        for (int i = 1; i < depth; i++)
            buf_putc(&body, '[');
        for (int i = 1; i < depth; i++)
            buf_putc(&body, ']');
        buf_putc(&body, '}');
        webhook.body = buf_str(&body);
        assert_int_equal(github_webhook_accept(&webhook, arena, &door, &err), depth <= WEBHOOK_JSON_MAX_DEPTH);
        if (depth > WEBHOOK_JSON_MAX_DEPTH)
            continue;
        assert_false(
            github_webhook_decode(&(struct inbox_item){ .kind = door.kind, .body = door.body }, arena, &event, &err));
        assert_non_null(strstr(err.message, "missing")); /* of a push's members: it could be read */
    }
}

#define ADD_ROWS(rows, function)                                                                                       \
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)                                                                       \
        tests[count++] = (struct CMUnitTest)                                                                           \
        {                                                                                                              \
            .name = (rows)[i].name, .test_func = (function), .initial_state = (void *)(uintptr_t) & (rows)[i]          \
        }

int main(void)
{
    static const struct CMUnitTest alone[] = {
        cmocka_unit_test(an_empty_secret_is_no_secret),
        cmocka_unit_test(a_body_of_25_mib_and_not_one_byte_more),
        cmocka_unit_test(a_large_one_without_its_id_is_refused_at_the_door),
        cmocka_unit_test(a_long_text_is_cut_between_characters),
        cmocka_unit_test(nesting_is_bounded_where_it_is_stored_too),
    };
    struct CMUnitTest tests[ARRAY_LEN(alone) + ARRAY_LEN(signatures) + ARRAY_LEN(doors) + ARRAY_LEN(owners) +
                            ARRAY_LEN(pairs) + ARRAY_LEN(facts) + ARRAY_LEN(larges)];
    size_t count = 0;

    for (size_t i = 0; i < ARRAY_LEN(alone); i++)
        tests[count++] = alone[i];
    ADD_ROWS(signatures, check_signature);
    ADD_ROWS(doors, check_door);
    ADD_ROWS(owners, check_owner);
    ADD_ROWS(pairs, check_pair);
    ADD_ROWS(facts, check_fact);
    ADD_ROWS(larges, check_large);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
