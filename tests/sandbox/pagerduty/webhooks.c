/* Who is told what: subscriptions, webhooks, and what becomes of them. */
#include "pagerduty/pagerduty.h"

#include "random.h"

#include "bot/base/digest.h"
#include "bot/base/time.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#define DROPS_MAX 3
#define SILENCE_MS DAY_MS
#define GIVE_UP_MS (48 * HOUR_MS)
#define DELIVERED_KEPT 5000

/* ---- subscriptions ---- */

cJSON *pagerduty_subscription_add(struct pagerduty *pagerduty, const cJSON *wanted, const char *id, const char *secret)
{
    cJSON *subscription = json_add(pagerduty->subscriptions, json_object()), *secrets = NULL;
    AUTO_FREE char *new_id = id ? NULL : pagerduty_new_id(pagerduty, "PSUB");

    json_set_string(subscription, "id", id ? id : new_id);
    json_set_string(subscription, "type", "webhook_subscription");
    json_set_bool(subscription, "active", !cJSON_IsFalse(tree_get(wanted, "active")));
    tree_copy(subscription, wanted, "description");
    tree_copy(subscription, wanted, "delivery_method");
    tree_copy(subscription, wanted, "events"); /* none: all */
    tree_copy(subscription, wanted, "filter");
    secrets = json_set(subscription, "secrets", json_array());
    json_add_string(secrets, secret ? secret : random_hex().text);
    return subscription;
}

bool pagerduty_subscription_is_silent(const struct pagerduty *pagerduty, const cJSON *subscription, int64_t now_ms)
{
    return tree_int(subscription, "silent_until_ms", 0) > pagerduty_clock(pagerduty, now_ms);
}

void pagerduty_subscription_enable(cJSON *subscription)
{
    json_set_int(subscription, "silent_until_ms", 0);
    json_set_int(subscription, "drops", 0);
}

cJSON *pagerduty_subscription_shown(const struct pagerduty *pagerduty, const cJSON *subscription, bool with_secret,
                                    int64_t now_ms)
{
    cJSON *shown = json_copy(subscription), *delivery = tree_get(shown, "delivery_method");

    cJSON_DeleteItemFromObjectCaseSensitive(shown, "secrets");
    cJSON_DeleteItemFromObjectCaseSensitive(shown, "drops");
    cJSON_DeleteItemFromObjectCaseSensitive(shown, "silent_until_ms");
    json_set_string(delivery, "type", "http_delivery_method");
    json_set_bool(delivery, "temporarily_disabled", pagerduty_subscription_is_silent(pagerduty, subscription, now_ms));
    json_set(delivery, "secret", cJSON_CreateNull());
    if (with_secret)
        json_set(delivery, "secret", json_copy(tree_get(subscription, "secrets")->child));
    return shown;
}

/* ---- telling ---- */

static bool listens(const cJSON *subscription, const struct pagerduty_telling *telling)
{
    const cJSON *events = tree_get(subscription, "events"), *filter = tree_get(subscription, "filter");
    bool is_wanted = !events;

    if (telling->to)
        return telling->to == subscription;
    JSON_EACH(event, events)
        is_wanted = is_wanted || text_is(event->valuestring, telling->type);
    if (tree_has_text(filter, "type", "service_reference"))
        is_wanted = is_wanted && text_is(tree_text(filter, "id"), tree_text(telling->service, "id"));
    return is_wanted && tree_true(subscription, "active");
}

static char *event_text(struct pagerduty *pagerduty, const struct pagerduty_telling *telling, int64_t now_ms)
{
    AUTO_JSON cJSON *body = json_object();
    AUTO_FREE char *id = pagerduty_new_id(pagerduty, "01SANDBOX");
    struct str resource = str_of(telling->type), first = str_take_until(&resource, '.');
    cJSON *event = json_set(body, "event", json_object()), *client = json_object();

    json_set_string(event, "id", id);
    json_set_string(event, "event_type", telling->type);
    json_set_str(event, "resource_type", first);
    pagerduty_set_time(event, "occurred_at", pagerduty_clock(pagerduty, now_ms));
    json_set(event, "agent", telling->agent ? json_copy(telling->agent) : cJSON_CreateNull());
    json_set_string(client, "name", "PagerDuty");
    json_set(event, "client", client);
    json_set(event, "data", telling->data);
    return json_print(body);
}

static void send_to(struct pagerduty *pagerduty, const cJSON *subscription, const struct pagerduty_telling *telling,
                    const char *body, int64_t now_ms)
{
    const char *owner = tree_text(subscription, "id");
    AUTO_FREE char *line = text_format("pagerduty/%s/%s", owner, telling->resource);
    struct random_hex id = random_hex();

    courier_add(pagerduty->courier,
                &(struct parcel){ .sender = "pagerduty",
                                  .id = id.text,
                                  .owner = (char *)(uintptr_t)owner,
                                  .line = line,
                                  .url = (char *)(uintptr_t)tree_text(tree_get(subscription, "delivery_method"), "url"),
                                  .body = (char *)(uintptr_t)body,
                                  .about = (char *)(uintptr_t)telling->type,
                                  .made_at_ms = pagerduty_clock(pagerduty, now_ms),
                                  .due_at_ms = now_ms });
}

/* One event, the same id for all who are told; each is told by a webhook of its own. */
void pagerduty_tell(struct pagerduty *pagerduty, const struct pagerduty_telling *telling, int64_t now_ms)
{
    AUTO_FREE char *body = event_text(pagerduty, telling, now_ms);

    JSON_EACH(subscription, pagerduty->subscriptions) {
        if (listens(subscription, telling) && !pagerduty_subscription_is_silent(pagerduty, subscription, now_ms))
            send_to(pagerduty, subscription, telling, body, now_ms);
    }
}

/* ---- one try ---- */

static void add_signature(struct buf *header, const char *secret, struct str body)
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned len = 0;

    if (!HMAC(EVP_sha256(), secret, (int)strlen(secret), (const unsigned char *)body.at, body.len, mac, &len))
        abort();
    buf_puts(header, header->len > 0 && header->at[header->len - 1] != ' ' ? ",v1=" : "v1=");
    hex_add(header, mac, len);
}

cJSON *pagerduty_webhook_headers(const struct pagerduty *pagerduty, const struct parcel *parcel)
{
    const cJSON *subscription = tree_find(pagerduty->subscriptions, "id", parcel->owner);
    AUTO_BUF struct buf signature = BUF(4096);
    AUTO_FREE char *id = text_format("X-Webhook-Id: %s", parcel->id);
    AUTO_FREE char *owner = text_format("X-Webhook-Subscription: %s", parcel->owner);
    cJSON *headers = json_array();

    json_add_string(headers, "Content-Type: application/json");
    json_add_string(headers, "User-Agent: PagerDuty-Webhook/V3.0");
    json_add_string(headers, id);
    json_add_string(headers, owner);
    buf_puts(&signature, "X-PagerDuty-Signature: ");
    JSON_EACH(secret, tree_get(subscription, "secrets"))
        add_signature(&signature, secret->valuestring, str_of(parcel->body));
    if (!tree_true(subscription, "unsigned"))
        json_add_string(headers, buf_text(&signature));
    JSON_EACH(header, tree_get(tree_get(subscription, "delivery_method"), "custom_headers")) {
        AUTO_FREE char *line =
            text_format("%s: %s", tree_text_or(header, "name", "X-Custom"), tree_text_or(header, "value", ""));

        json_add_string(headers, line);
    }
    return headers;
}

static void remember(struct pagerduty *pagerduty, const struct parcel *parcel, const char *outcome)
{
    cJSON *entry = json_add(pagerduty->delivered, json_object());

    json_set_string(entry, "id", parcel->id);
    json_set_string(entry, "subscription", parcel->owner);
    json_set_string(entry, "event", parcel->about);
    json_set_int(entry, "tries", parcel->tries);
    json_set_string(entry, "outcome", outcome);
    tree_keep_last(pagerduty->delivered, DELIVERED_KEPT);
}

/* The third in a row: nothing more comes for a day, and what waits is lost. Frees the owner's parcels. */
static void count_drop(struct pagerduty *pagerduty, cJSON *subscription, int64_t now_ms)
{
    int64_t drops = tree_int(subscription, "drops", 0) + 1;

    json_set_int(subscription, "drops", drops);
    if (drops < DROPS_MAX)
        return;
    json_set_int(subscription, "silent_until_ms", pagerduty_clock(pagerduty, now_ms) + SILENCE_MS);
    courier_drop_owner(pagerduty->courier, tree_text(subscription, "id"));
}

static bool is_retried(const struct pagerduty *pagerduty, const struct parcel *parcel, int status, int64_t now_ms)
{
    bool is_passing = status == 0 || status == 429 || status >= 500;

    return is_passing && pagerduty_clock(pagerduty, now_ms) - parcel->made_at_ms < GIVE_UP_MS;
}

void pagerduty_webhook_tried(struct pagerduty *pagerduty, struct parcel *parcel, int status, int64_t now_ms)
{
    cJSON *subscription = tree_find(pagerduty->subscriptions, "id", parcel->owner);
    AUTO_FREE char *id = xstrdup(parcel->id);
    bool is_taken = status / 100 == 2;

    if (!is_taken && is_retried(pagerduty, parcel, status, now_ms)) {
        parcel->due_at_ms = now_ms + pagerduty->retry_ms;
        return;
    }
    remember(pagerduty, parcel, is_taken ? "delivered" : "dropped");
    courier_drop(pagerduty->courier, id);
    if (!subscription)
        return;
    if (is_taken)
        json_set_int(subscription, "drops", 0);
    else
        count_drop(pagerduty, subscription, now_ms);
}
