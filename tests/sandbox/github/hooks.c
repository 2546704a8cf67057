#include "github/hooks.h"

#include "form.h"
#include "github/call.h"
#include "random.h"

#include "bot/base/digest.h"
#include "bot/base/time.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#define KEPT_MAX 2000
#define FIRST_DELIVERY_ID INT64_C(171832346114490369) /* odd, beyond 2^53: no double holds it */

/* ---- hooks ---- */

static bool has_event(const cJSON *hook, const char *event)
{
    JSON_EACH(item, tree_get(hook, "events")) {
        if (text_is(cJSON_GetStringValue(item), event) || text_is(cJSON_GetStringValue(item), "*"))
            return true;
    }
    return false;
}

static bool is_one_of(const char *text, const char *const *words)
{
    for (; *words; words++) {
        if (text_is(text, *words))
            return true;
    }
    return false;
}

static bool check_hook(const struct github *github, const cJSON *hook, struct error *err)
{
    static const char *const kinds[] = { "repository", "organization", "app", NULL };
    static const char *const types[] = { "json", "form", NULL };

    if (!is_one_of(tree_text(hook, "kind"), kinds))
        return error_set(err, ERR_INVALID, "'kind' is repository, organization or app");
    if (tree_has_text(hook, "kind", "repository") && !github_find(github, tree_text(hook, "owner")))
        return error_set(err, ERR_NOT_FOUND, "no such repository");
    if (!text_starts(tree_text_or(hook, "url", ""), "http"))
        return error_set(err, ERR_INVALID, "url is missing scheme");
    if (!is_one_of(tree_text(hook, "content_type"), types))
        return error_set(err, ERR_INVALID, "content_type is not included in the list");
    JSON_EACH(other, github->hooks) {
        if (tree_has_text(other, "kind", tree_text(hook, "kind")) &&
            tree_has_text(other, "owner", tree_text(hook, "owner")) &&
            tree_has_text(other, "url", tree_text(hook, "url")) &&
            tree_equal(tree_get(other, "events"), tree_get(hook, "events")))
            return error_set(err, ERR_CONFLICT, "Hook already exists on this repository");
    }
    JSON_EACH(event, tree_get(hook, "events")) {
        int count = 0;

        JSON_EACH(other, github->hooks) {
            count += tree_has_text(other, "owner", tree_text(hook, "owner")) &&
                     has_event(other, cJSON_GetStringValue(event));
        }
        if (count >= HOOKS_PER_EVENT_MAX)
            return error_set(err, ERR_CONFLICT, "The \"%.60s\" event cannot have more than %d hooks",
                             cJSON_GetStringValue(event), HOOKS_PER_EVENT_MAX);
    }
    return true;
}

const cJSON *hooks_add(struct github *github, const cJSON *wanted, int64_t now_ms, struct error *err)
{
    AUTO_JSON cJSON *hook = json_object();
    const char *kind = tree_text_or(wanted, "kind", "repository");
    bool is_app = text_is(kind, "app");

    json_set_int(hook, "id", github->last_hook_id + 1);
    json_set_string(hook, "kind", kind);
    json_set_string(hook, "owner",
                    is_app ? ""
                           : tree_text_or(wanted, "owner", text_is(kind, "organization") ? "acme" : "acme/platform"));
    json_set_string(hook, "url", tree_text_or(wanted, "url", github->webhook_url ? github->webhook_url : ""));
    json_set_string(hook, "secret", tree_text_or(wanted, "secret", ""));
    json_set_string(hook, "content_type",
                    tree_text_or(wanted, "content_type", is_app ? "json" : "form")); /* its default! */
    if (cJSON_IsArray(tree_get(wanted, "events")))
        tree_copy(hook, wanted, "events");
    else
        json_add_string(json_set(hook, "events", json_array()), is_app ? "*" : "push");
    json_set_bool(hook, "active", !cJSON_IsFalse(tree_get(wanted, "active")));
    json_set_int(hook, "created_at_ms", now_ms);
    if (!check_hook(github, hook, err))
        return NULL;
    github->last_hook_id++;
    json_add(github->hooks, hook);
    hooks_ping(github, hook, now_ms);
    return TAKE(hook);
}

cJSON *hooks_find(const struct github *github, const char *kind, const char *owner, const char *id)
{
    cJSON *hook = NULL;

    cJSON_ArrayForEach(hook, github->hooks) {
        AUTO_FREE char *number = text_format("%lld", (long long)tree_int(hook, "id", 0));

        if (tree_has_text(hook, "kind", kind) && tree_has_text(hook, "owner", owner) && (!id || text_is(id, number)))
            return hook;
    }
    return NULL;
}

/* ---- faults ---- */

bool hooks_add_fault(struct github *github, const cJSON *wanted, struct error *err)
{
    static const char *const faults[] = { "lost", "late", "twice", "bad_signature", "no_signature", NULL };
    cJSON *fault = NULL;

    if (!is_one_of(tree_text(wanted, "fault"), faults))
        return error_set(err, ERR_INVALID, "'fault' is lost, late (value: ms), twice, bad_signature or no_signature");
    fault = json_add(github->hook_faults, json_copy(wanted));
    json_set_int(fault, "count", tree_int(wanted, "count", 1));
    return true;
}

/* The fault that waits for this, one time less; the caller's copy, or NULL. */
static cJSON *take_fault(struct github *github, const char *event, const char *action)
{
    int at = 0;

    JSON_EACH(fault, github->hook_faults) {
        cJSON *taken = NULL;

        if (text_is(tree_text_or(fault, "event", event), event) &&
            (!tree_text(fault, "action") || text_is(action, tree_text(fault, "action")))) {
            int64_t count = tree_int(fault, "count", 1);

            taken = json_copy(fault);
            if (count <= 1)
                cJSON_DeleteItemFromArray(github->hook_faults, at);
            else
                json_set_int(cJSON_GetArrayItem(github->hook_faults, at), "count", count - 1);
            return taken;
        }
        at++;
    }
    return NULL;
}

/* ---- one delivery ---- */

static void put_in_log(cJSON *delivery, int status_code, const char *status, int64_t now_ms)
{
    json_set_int(delivery, "status_code", status_code);
    json_set_string(delivery, "status", status);
    json_set_int(delivery, "delivered_at_ms", now_ms);
    json_set_int(delivery, "duration_ms", now_ms - tree_int(delivery, "sent_at_ms", now_ms));
}

static void post(struct github *github, const cJSON *hook, cJSON *delivery, int64_t due_at_ms)
{
    AUTO_FREE char *owner = text_format("github-hook-%lld", (long long)tree_int(hook, "id", 0));
    AUTO_FREE char *body = NULL;

    if (tree_has_text(hook, "content_type", "form")) {
        AUTO_JSON cJSON *form = json_object();

        json_set_string(form, "payload", tree_text(delivery, "body"));
        body = form_encode(form);
    }
    courier_add(github->courier, &(struct parcel){ .sender = "github",
                                                   .id = (char *)(uintptr_t)tree_text(delivery, "id"),
                                                   .owner = owner,
                                                   .line = (char *)(uintptr_t)tree_text(delivery, "id"), /* no order */
                                                   .url = (char *)(uintptr_t)tree_text(hook, "url"),
                                                   .body = body ? body : (char *)(uintptr_t)tree_text(delivery, "body"),
                                                   .about = (char *)(uintptr_t)tree_text(delivery, "about"),
                                                   .made_at_ms = due_at_ms,
                                                   .due_at_ms = due_at_ms });
}

static cJSON *record(struct github *github, const cJSON *hook, const cJSON *like, bool is_again, int64_t now_ms)
{
    cJSON *delivery = json_add(github->deliveries, json_object());

    github->last_delivery_id += 2 + now_ms % 3;
    tree_set_textf(delivery, "id", "%lld", (long long)(FIRST_DELIVERY_ID + github->last_delivery_id));
    json_set_int(delivery, "hook_id", tree_int(hook, "id", 0));
    tree_copy(delivery, like, "guid");
    tree_copy(delivery, like, "event");
    tree_copy(delivery, like, "action");
    tree_copy(delivery, like, "about");
    tree_copy(delivery, like, "body");
    tree_copy(delivery, like, "repository_id");
    json_set_bool(delivery, "redelivery", is_again);
    json_set_int(delivery, "sent_at_ms", now_ms);
    tree_keep_last(github->deliveries, KEPT_MAX);
    return delivery;
}

static void send(struct github *github, const cJSON *hook, const cJSON *like, int64_t now_ms)
{
    AUTO_JSON cJSON *fault = take_fault(github, tree_text(like, "event"), tree_text(like, "action"));
    cJSON *delivery = record(github, hook, like, false, now_ms);
    const char *kind = tree_text(fault, "fault");

    if (!github->courier)
        return;
    if (kind)
        json_set_string(delivery, "fault", kind);
    if (text_is(kind, "lost")) {
        put_in_log(delivery, 502, "failed to connect to host", now_ms);
        return;
    }
    post(github, hook, delivery, now_ms + (text_is(kind, "late") ? tree_int(fault, "value", 1000) : 0));
    if (text_is(kind, "twice"))
        post(github, hook, record(github, hook, like, false, now_ms), now_ms);
}

void hooks_send_again(struct github *github, const cJSON *old, int64_t now_ms)
{
    cJSON *hook = NULL;

    cJSON_ArrayForEach(hook, github->hooks) {
        if (tree_int(hook, "id", 0) == tree_int(old, "hook_id", -1) && github->courier)
            post(github, hook, record(github, hook, old, true, now_ms), now_ms);
    }
}

/* ---- on its way ---- */

static cJSON *find_delivery(const struct github *github, const char *id)
{
    return tree_find(github->deliveries, "id", id);
}

static void add_header(cJSON *headers, const char *name, const char *value)
{
    AUTO_FREE char *line = text_format("%s: %s", name, value);

    json_add_string(headers, line);
}

/* Its own signer, so that one misunderstanding cannot sit on both sides. */
static void add_signature(cJSON *headers, const char *name, const EVP_MD *kind, const char *prefix, const char *secret,
                          const char *body, bool is_bad)
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned int len = 0;
    AUTO_BUF struct buf value = BUF(256);

    HMAC(kind, secret, (int)strlen(secret), (const unsigned char *)body, strlen(body), mac, &len);
    if (is_bad)
        mac[0] ^= 1;
    buf_puts(&value, prefix);
    hex_add(&value, mac, len);
    add_header(headers, name, buf_text(&value));
}

static cJSON *hook_of(const struct github *github, const cJSON *delivery)
{
    cJSON *hook = NULL;

    cJSON_ArrayForEach(hook, github->hooks) {
        if (tree_int(hook, "id", 0) == tree_int(delivery, "hook_id", -1))
            return hook;
    }
    return NULL;
}

cJSON *github_webhook_headers(const struct github *github, const struct parcel *parcel)
{
    cJSON *headers = json_array();
    const cJSON *delivery = find_delivery(github, parcel->id), *hook = hook_of(github, delivery);
    const char *secret = tree_text_or(hook, "secret", ""), *kind = tree_text_or(hook, "kind", "");
    AUTO_FREE char *id = text_format("%lld", (long long)tree_int(hook, "id", 0));
    bool is_bad = tree_has_text(delivery, "fault", "bad_signature");

    add_header(headers, "Accept", "*/*");
    add_header(headers, "Content-Type",
               tree_has_text(hook, "content_type", "form") ? "application/x-www-form-urlencoded" : "application/json");
    add_header(headers, "User-Agent", "GitHub-Hookshot/8d33975");
    add_header(headers, "X-GitHub-Delivery", tree_text_or(delivery, "guid", ""));
    add_header(headers, "X-GitHub-Event", tree_text_or(delivery, "event", ""));
    add_header(headers, "X-GitHub-Hook-ID", id);
    add_header(headers, "X-GitHub-Hook-Installation-Target-Type", text_is(kind, "app") ? "integration" : kind);
    if (!secret[0] || tree_has_text(delivery, "fault", "no_signature"))
        return headers;
    add_signature(headers, "X-Hub-Signature", EVP_sha1(), "sha1=", secret, parcel->body, is_bad);
    add_signature(headers, "X-Hub-Signature-256", EVP_sha256(), "sha256=", secret, parcel->body, is_bad);
    return headers;
}

void github_webhook_tried(struct github *github, struct parcel *parcel, int status, int64_t now_ms)
{
    cJSON *delivery = find_delivery(github, parcel->id);
    AUTO_FREE char *invalid = text_format("Invalid HTTP Response: %d", status), *id = xstrdup(parcel->id);

    if (delivery)
        put_in_log(delivery, status, status == 0 ? "timed out" : status < 400 ? "OK" : invalid, now_ms);
    courier_drop(github->courier, id); /* never tried again */
}

/* ---- telling ---- */

static bool hears(const cJSON *hook, const struct told *told)
{
    const char *name = told->repository ? told->repository->full_name : "";
    const char *owner = tree_text_or(hook, "owner", "");

    if (!tree_true(hook, "active") || !has_event(hook, told->event))
        return false;
    if (tree_has_text(hook, "kind", "app"))
        return !told->repository || !told->repository->is_not_installed;
    if (told->is_for_apps)
        return false;
    if (tree_has_text(hook, "kind", "organization"))
        return text_starts(name, owner) && name[strlen(owner)] == '/';
    return text_is(owner, name);
}

static cJSON *body_for(struct github *github, const cJSON *hook, const struct told *told, const cJSON *members)
{
    cJSON *body = json_object(), *installation = NULL;

    json_set_string(body, "action", told->action);
    JSON_EACH(member, members) {
        json_set(body, member->string, json_copy(member));
    }
    if (told->repository) {
        struct str name = str_of(told->repository->full_name);
        AUTO_FREE char *owner = str_copy(str_take_until(&name, '/'));

        if (!tree_get(body, "repository"))
            json_set(body, "repository",
                     repository_shown(&(struct call){ .github = github, .repository = told->repository }));
        json_set(body, "organization", organization_shown(owner));
    }
    if (tree_has_text(hook, "kind", "app") && !tree_get(body, "installation")) {
        installation = json_set(body, "installation", json_object());
        json_set_int(installation, "id", APP_INSTALLATION);
        json_set_string(installation, "node_id", "MDIzOkluc3RhbGxhdGlvbg==");
    }
    json_set(body, "sender", user_shown(told->sender ? told->sender : "ann"));
    return body;
}

static char *make_guid(void)
{
    const struct random_hex one = random_hex(), two = random_hex();

    return text_format("%.8s-%.4s-4%.3s-a%.3s-%.8s%.4s", one.text, one.text + 8, one.text + 12, two.text, two.text + 3,
                       two.text + 11);
}

static void tell_one(struct github *github, const cJSON *hook, const struct told *told, const cJSON *members,
                     const char *guid, int64_t now_ms)
{
    AUTO_JSON cJSON *like = json_object(), *body = body_for(github, hook, told, members);
    AUTO_FREE char *text = json_print(body);

    json_set_string(like, "guid", guid);
    json_set_string(like, "event", told->event);
    json_set_string(like, "action", told->action);
    tree_set_textf(like, "about", "%s%s%s", told->event, told->action ? "." : "", told->action ? told->action : "");
    json_set_string(like, "body", text);
    if (told->repository)
        json_set_int(like, "repository_id", told->repository->id);
    send(github, hook, like, now_ms);
}

void hooks_tell(struct github *github, const struct told *told, cJSON *members, int64_t now_ms)
{
    AUTO_FREE char *guid = make_guid();

    JSON_EACH(hook, github->hooks) {
        if (hears(hook, told))
            tell_one(github, hook, told, members, guid, now_ms);
    }
    cJSON_Delete(members);
}

void hooks_ping(struct github *github, const cJSON *hook, int64_t now_ms)
{
    struct told told = { .event = "ping", .repository = github_find(github, tree_text(hook, "owner")) };
    AUTO_JSON cJSON *members = json_object();
    AUTO_FREE char *guid = make_guid();

    json_set_string(members, "zen", "Keep it logically awesome.");
    json_set_int(members, "hook_id", tree_int(hook, "id", 0));
    json_set(members, "hook", hook_shown(hook));
    tell_one(github, hook, &told, members, guid, now_ms);
}
