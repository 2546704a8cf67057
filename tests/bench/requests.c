#include "tests/bench/requests.h"

#include "bot/shell/clock.h"
#include "integrations/github/webhook_signature.h"
#include "integrations/slack/signature.h"

#include <stdio.h>
#include <string.h>

/* the secrets of opsgate.yaml */
#define SLACK_SECRET "bench-signing-secret"
#define GITHUB_SECRET "bench-webhook-secret"
#define EVENT_BODY_BYTES 2048
#define FIRST_ID 1000000000LL /* a number of JSON has no zeros in front */

static void add_header(struct bench_request *request, const char *name, const char *value)
{
    size_t i = request->header_count++;

    snprintf(request->values[i], sizeof(request->values[i]), "%s", value);
    request->headers[i] = (struct http_header){ name, request->values[i] };
}

static void make_command(int64_t number, struct bench_request *ret_request)
{
    struct clock clock = clock_system();
    long long now_ms = clock.unix_ms(clock.ctx);
    char timestamp[24];

    snprintf(timestamp, sizeof(timestamp), "%lld", now_ms / 1000);
    snprintf(ret_request->body, sizeof(ret_request->body),
             "token=none&team_id=T0BENCH&team_domain=bench&channel_id=C0BENCH&channel_name=bench&user_id=U0BENCH&"
             "user_name=bench&command=%%2Fops&text=help&api_app_id=A0BENCH&is_enterprise_install=false&"
             "response_url=http%%3A%%2F%%2F127.0.0.1%%3A9%%2Fbench&trigger_id=%013lld.%010lld.bench",
             now_ms, (long long)number);
    add_header(ret_request, "Content-Type", "application/x-www-form-urlencoded");
    add_header(ret_request, "X-Slack-Request-Timestamp", timestamp);
    add_header(ret_request, "X-Slack-Signature",
               slack_signature_make(SLACK_SECRET, timestamp, str_of(ret_request->body)).text);
}

/* Nobody here acts on it: it is journalled, and that is all. What fills it up to its size is read by nobody. */
static void make_event(int64_t number, struct bench_request *ret_request)
{
    static const char frame[] =
        "{\"action\":\"published\",\"release\":{\"id\":%lld,\"tag_name\":\"v1.%010lld.0\",\"target_commitish\":"
        "\"main\",\"name\":\"Faster cart\",\"draft\":false,\"prerelease\":false,\"html_url\":"
        "\"https://github.com/acme/platform/releases/tag/v1\",\"author\":{\"login\":\"mia\",\"id\":7,\"type\":\"User\"},"
        "\"body\":\"Faster cart.\\r\\n\\r\\nBy @mia in #17\",\"assets\":[]},\"repository\":{\"id\":42,\"name\":\"platform\","
        "\"full_name\":\"acme/platform\",\"private\":true,\"default_branch\":\"main\",\"topics\":[\"c\",\"ops\"],"
        "\"url\":\"https://api.github.com/repos/acme/platform\"},\"sender\":{\"login\":\"mia\",\"id\":7,\"type\":\"User\"}";
    static const char member[] = ",\"member_%02d_url\":\"https://api.github.com/repos/acme/platform/members/%02d\"";
    struct clock clock = clock_system();
    long long now_ms = clock.unix_ms(clock.ctx);
    char guid[40], *body = ret_request->body;
    size_t len =
        (size_t)snprintf(body, sizeof(ret_request->body), frame, FIRST_ID + (long long)number, (long long)number);

    for (int i = 0; len + sizeof(member) < EVENT_BODY_BYTES; i = (i + 1) % 100)
        len += (size_t)snprintf(body + len, EVENT_BODY_BYTES - len, member, i, i);
    snprintf(body + len, sizeof(ret_request->body) - len, "}");
    snprintf(guid, sizeof(guid), "%08llx-%04llx-11f0-8000-%012llx", (unsigned long long)now_ms & 0xffffffff,
             (unsigned long long)now_ms >> 32 & 0xffff, (unsigned long long)number);
    add_header(ret_request, "Content-Type", "application/json");
    add_header(ret_request, "X-GitHub-Event", "release");
    add_header(ret_request, "X-GitHub-Delivery", guid);
    add_header(ret_request, "X-Hub-Signature-256", github_webhook_signature_make(GITHUB_SECRET, str_of(body)).text);
}

const struct bench_kind bench_kinds[] = {
    { .name = "command",
      .path = "/slack/commands",
      .status = 200,
      .min_bytes = 20,
      .answer = "{\"response_type\":\"ephemeral\",\"text\":\"*opsgate*: what you can ask for here.\\n"
                "`deploy [SERVICE] ENVIRONMENT [VERSION] [--reason TEXT]`: bring a version of a service into an "
                "environment\\n`status [[SERVICE] ENVIRONMENT]`: what runs where, and what is on its way\\n"
                "`help [VERB]`: what you can ask for, and how\"}",
      .make = make_command },
    { .name = "event", .path = "/github/webhook", .status = 202, .answer = "accepted\n", .make = make_event },
    { .name = NULL },
};

const struct bench_kind *bench_kind_find(const char *name)
{
    for (const struct bench_kind *kind = bench_kinds; kind->name; kind++)
        if (strcmp(kind->name, name) == 0)
            return kind;
    return NULL;
}
