#include "dispatch.h"

#include "github/hooks.h"
#include "world.h"

#include <curl/curl.h>

#define IDLE_MS 1000
#define ALERTMANAGER_TIMEOUT_MIN_MS 5000 /* it has none of its own: a group's next turn ends it */

/* How a sender's webhooks are written, and what becomes of one after a try. Under the lock. */
struct sender {
    const char *name;
    cJSON *(*headers)(const struct world *world, const struct parcel *parcel); /* ["Name: value"]: the caller's */
    int64_t (*timeout_ms)(const struct world *world);
    void (*judge)(struct world *world, struct parcel *parcel, int status, int64_t now_ms); /* may free the parcel */
};

/* ---- one POST, without the lock ---- */

struct outgoing { /* a copy of what is needed: the parcel may be gone before it has been posted */
    char *id, *url, *body;
    cJSON *headers;
    int64_t timeout_ms, generation, n;
    const struct sender *sender;
};

static void outgoing_finish(struct outgoing *out)
{
    free(out->id);
    free(out->url);
    free(out->body);
    cJSON_Delete(out->headers);
}

static size_t ignore(char *bytes, size_t size, size_t count, void *arg)
{
    (void)bytes;
    (void)arg;
    return size * count;
}

static int post(const struct outgoing *out)
{
    struct curl_slist *headers = NULL;
    CURL *curl = curl_easy_init();
    long status = 0;

    if (!curl)
        abort();
    JSON_EACH(header, out->headers)
        headers = curl_slist_append(headers, header->valuestring);
    headers = curl_slist_append(headers, "Expect:");
    curl_easy_setopt(curl, CURLOPT_URL, out->url);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)out->timeout_ms);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)str_of(out->body).len);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, out->body);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ignore);
    if (curl_easy_perform(curl) == CURLE_OK)
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_cleanup(curl);
    curl_slist_free_all(headers);
    return (int)status;
}

/* ---- with the lock ---- */

static const struct sender *find_sender(const char *name);

static cJSON *record_of(const struct parcel *parcel)
{
    cJSON *record = json_object();

    json_set_string(record, "sender", parcel->sender);
    json_set_string(record, "id", parcel->id);
    json_set_string(record, "about", parcel->about);
    json_set_string(record, "line", parcel->line);
    json_set_int(record, "try", parcel->tries);
    return record;
}

static struct outgoing take(struct world *world, struct parcel *parcel)
{
    struct request request = { .method = "POST", .path = parcel->url, .now_ms = world_now_ms() };
    struct outgoing out = {
        .id = xstrdup(parcel->id),
        .url = xstrdup(parcel->url),
        .body = xstrdup(parcel->body),
        .sender = find_sender(parcel->sender),
        .generation = world->courier.generation,
        .n = calls_begin(&world->calls, "opsgate", &request),
    };

    parcel->is_out = true;
    parcel->tries++;
    out.headers = out.sender->headers(world, parcel);
    out.timeout_ms = out.sender->timeout_ms(world);
    AUTO_JSON cJSON *record = record_of(parcel);
    calls_body(&world->calls, out.n, record);
    return out;
}

/* All may have changed meanwhile: the world may be another, and the parcel dropped. */
static void settle(struct world *world, const struct outgoing *out, int status)
{
    struct parcel *parcel = NULL;

    if (world->courier.generation != out->generation)
        return;
    calls_end(&world->calls, out->n,
              &(struct call_end){ .status = status, .applied = status / 100 == 2, .now_ms = world_now_ms() });
    parcel = courier_find(&world->courier, out->id);
    if (parcel) {
        parcel->is_out = false;
        out->sender->judge(world, parcel, status, world_now_ms());
    }
    world_touch(world);
}

static void carry(struct world *world, struct parcel *parcel)
{
    struct outgoing out = take(world, parcel);
    int status = 0;

    world_unlock(world);
    status = post(&out);
    world_lock(world);
    settle(world, &out, status);
    outgoing_finish(&out);
}

static void *work(void *arg)
{
    struct world *world = arg;

    world_lock(world);
    while (!world->stopping) {
        int64_t now_ms = world_now_ms();
        struct parcel *parcel = courier_next(&world->courier, now_ms);

        if (parcel)
            carry(world, parcel);
        else
            world_pause(world, courier_wakes_at(&world->courier, now_ms + IDLE_MS));
    }
    world_unlock(world);
    return NULL;
}

void dispatch_start(struct dispatch *dispatch, struct world *world)
{
    for (size_t i = 0; i < DISPATCH_THREADS; i++)
        if (pthread_create(&dispatch->threads[i], NULL, work, world) != 0)
            abort();
    dispatch->is_running = true;
}

void dispatch_join(struct dispatch *dispatch)
{
    for (size_t i = 0; dispatch->is_running && i < DISPATCH_THREADS; i++)
        pthread_join(dispatch->threads[i], NULL);
    dispatch->is_running = false;
}

/* ---- the senders ---- */

static cJSON *pagerduty_headers(const struct world *world, const struct parcel *parcel)
{
    return pagerduty_webhook_headers(world->pagerduty, parcel);
}

static int64_t pagerduty_timeout(const struct world *world)
{
    return world->pagerduty->timeout_ms;
}

static void pagerduty_judge(struct world *world, struct parcel *parcel, int status, int64_t now_ms)
{
    pagerduty_webhook_tried(world->pagerduty, parcel, status, now_ms);
}

static cJSON *alertmanager_headers(const struct world *world, const struct parcel *parcel)
{
    (void)parcel;
    return alertmanager_webhook_headers(world->alertmanager);
}

static int64_t alertmanager_timeout(const struct world *world)
{
    int64_t ms = world->alertmanager->group_interval_ms;

    return ms > ALERTMANAGER_TIMEOUT_MIN_MS ? ms : ALERTMANAGER_TIMEOUT_MIN_MS;
}

static void alertmanager_judge(struct world *world, struct parcel *parcel, int status, int64_t now_ms)
{
    alertmanager_webhook_tried(world->alertmanager, parcel, status, now_ms);
}

static cJSON *github_headers(const struct world *world, const struct parcel *parcel)
{
    return github_webhook_headers(world->github, parcel);
}

static int64_t github_timeout(const struct world *world)
{
    return world->github->hook_timeout_ms;
}

static void github_judge(struct world *world, struct parcel *parcel, int status, int64_t now_ms)
{
    github_webhook_tried(world->github, parcel, status, now_ms);
}

static const struct sender senders[] = {
    { "github", github_headers, github_timeout, github_judge },
    { "pagerduty", pagerduty_headers, pagerduty_timeout, pagerduty_judge },
    { "alertmanager", alertmanager_headers, alertmanager_timeout, alertmanager_judge },
};

static const struct sender *find_sender(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(senders); i++) {
        if (text_is(senders[i].name, name))
            return &senders[i];
    }
    abort(); /* a parcel names a literal */
}
