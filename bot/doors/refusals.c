#include "bot/doors/refusals.h"

#include "bot/base/mem.h"
#include "bot/log.h"

#include <utlist.h>

#define SAY_MS 4000

struct refusal { /* one under way */
    struct refusals *refusals;
    struct http_out_call *call;
    char *request_id;
    struct refusal *prev, *next;
};

struct refusals {
    struct http_out *out;
    struct refusal *under_way;
    size_t count;
};

struct refusals *refusals_create(struct http_out *out)
{
    struct refusals *refusals = xcalloc(1, sizeof(*refusals));

    refusals->out = out;
    return refusals;
}

static void end(struct refusal *refusal)
{
    struct refusals *refusals = refusal->refusals;

    DL_DELETE(refusals->under_way, refusal);
    refusals->count--;
    http_out_cancel(refusal->call);
    free(refusal->request_id);
    free(refusal);
}

void refusals_destroy(struct refusals *refusals)
{
    if (!refusals)
        return;
    while (refusals->under_way)
        end(refusals->under_way);
    free(refusals);
}

/* The address is secret: neither it nor what its host says is logged. */
static void tell_unsaid(const char *request_id, const char *why)
{
    log_warn("refusal.unsaid", LOG_STR("request", request_id), LOG_STR("why", why));
}

static void on_answer(void *arg, const struct http_answer *answer)
{
    struct refusal *refusal = arg;

    refusal->call = NULL;
    if (answer->status == 0)
        tell_unsaid(refusal->request_id, answer->failure);
    else if (answer->status >= 300)
        tell_unsaid(refusal->request_id, "its address did not take it");
    end(refusal);
}

void refusals_say(void *arg, const char *request_id, const char *url, const char *content_type, struct str body)
{
    struct refusals *refusals = arg;
    const struct http_header headers[] = { { "Content-Type", content_type } };
    const struct http_call call = { .method = "POST",
                                    .url = url,
                                    .headers = headers,
                                    .header_count = ARRAY_LEN(headers),
                                    .body = body,
                                    .timeout_ms = SAY_MS,
                                    .credential = HTTP_NO_CREDENTIAL };
    struct refusal *refusal;
    struct error err;

    if (refusals->count == REFUSALS_MAX) {
        tell_unsaid(request_id, "too many are refused at once");
        return;
    }
    refusal = xcalloc(1, sizeof(*refusal));
    refusal->refusals = refusals;
    refusal->request_id = xstrdup(request_id);
    DL_APPEND(refusals->under_way, refusal);
    refusals->count++;
    refusal->call = http_out_start(refusals->out, &call, on_answer, refusal, &err);
    if (!refusal->call) {
        tell_unsaid(request_id, err.message);
        end(refusal);
    }
}
