/* hooks.h - webhooks: who is told of what happens, and the log of what was sent.
 *
 * A hook: {id, kind ("repository", "organization", "app"), owner ("acme/platform", "acme", ""), url, secret, content_type
 * ("json", "form"), events, active}. A delivery: {id (digits), hook_id, guid, event, action?, body, sent_at_ms,
 * delivered_at_ms, redelivery, status_code, status, duration_ms, fault?}; it stands in the log once it was tried. GitHub
 * tries once: what is not taken within ten seconds is lost until somebody asks for it. Ids of deliveries are larger than a
 * double can count. All hooks that hear of one thing get the same guid.
 * Spec: https://docs.github.com/en/webhooks
 */
#ifndef SANDBOX_GITHUB_HOOKS_H
#define SANDBOX_GITHUB_HOOKS_H

#include "courier.h"
#include "github/github.h"

#define HOOKS_PER_EVENT_MAX 20
#define HOOK_TIMEOUT_MS 10000

struct told {
    struct repository *repository; /* NULL: of none */
    const char *event, *action;    /* action: NULL for a push */
    const char *sender;
    bool is_for_apps; /* hooks of repositories and organisations do not hear of it */
};

/* Tells every hook that wants it. Takes `members`, what the event has beside repository, organization, sender. */
void hooks_tell(struct github *github, const struct told *told, cJSON *members, int64_t now_ms);

/* {kind?, owner?, url?, secret?, content_type?, events?}: a new hook, which is pinged; or NULL. */
const cJSON *hooks_add(struct github *github, const cJSON *wanted, int64_t now_ms, struct error *err);
cJSON *hooks_find(const struct github *github, const char *kind, const char *owner, const char *id);
void hooks_ping(struct github *github, const cJSON *hook, int64_t now_ms);
void hooks_send_again(struct github *github, const cJSON *delivery, int64_t now_ms);
/* {event?, action?, fault, value?, count?}: what happens to the next deliveries of it. */
bool hooks_add_fault(struct github *github, const cJSON *wanted, struct error *err);

/* For dispatch.c. */
cJSON *github_webhook_headers(const struct github *github, const struct parcel *parcel); /* ["Name: value"] */
void github_webhook_tried(struct github *github, struct parcel *parcel, int status, int64_t now_ms); /* frees it */

#endif
