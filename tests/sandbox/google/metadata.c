#include "google/metadata.h"

#include "google/identity.h"

#include <string.h>
#include <strings.h>

#define AUDIENCE_MAX_BYTES 2000
#define ACCOUNT "/computeMetadata/v1/instance/service-accounts/default/"

static const struct {
    const char *path, *value;
} texts[] = {
    { ACCOUNT "email", TOKENS_DEFAULT_ACCOUNT },
    { "/computeMetadata/v1/project/project-id", "acme" },
    { "/computeMetadata/v1/project/numeric-project-id", "123456789012" },
    { "/computeMetadata/v1/instance/region", "projects/123456789012/regions/us-central1" },
};

static void serve_text(const struct request *request, struct reply *reply)
{
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        if (text_is(request->path, texts[i].path)) {
            reply_text(reply, 200, "application/text", texts[i].value);
            return;
        }
    }
    reply_text(reply, 404, "text/html; charset=UTF-8", "<html><title>Error 404 (Not Found)</title></html>\n");
}

/* The bare token, as text; "full" adds claims about the machine, which nobody here reads. */
static void serve_identity(struct tokens *tokens, const struct request *request, struct reply *reply)
{
    const char *audience = request_query(request, "audience"), *format = request_query(request, "format");

    if (!audience || !*audience || strlen(audience) > AUDIENCE_MAX_BYTES)
        return reply_text(reply, 400, "text/html", "non-empty audience parameter required");
    if (format && !text_is(format, "full") && !text_is(format, "standard"))
        return reply_text(reply, 400, "text/html", "invalid format parameter");
    reply_text(reply, 200, "text/html", identity_issue(tokens, TOKENS_DEFAULT_ACCOUNT, audience, request->now_ms));
}

void metadata_serve(struct tokens *tokens, const struct request *request, struct reply *reply)
{
    const char *flavor = request_header(request, "Metadata-Flavor");

    reply_header(reply, "Metadata-Flavor", "Google");
    reply_header(reply, "Server", "Metadata Server for VM");
    if (!flavor || strcasecmp(flavor, "Google") != 0 || request_header(request, "X-Forwarded-For"))
        reply_text(reply, 403, "text/html; charset=UTF-8",
                   "<html><title>Error 403 (Forbidden)</title>Missing Metadata-Flavor:Google header.</html>\n");
    else if (!request_is(request, "GET"))
        reply_text(reply, 405, "text/html; charset=UTF-8",
                   "<html><title>Error 405 (Method Not Allowed)</title></html>\n");
    else if (text_is(request->path, ACCOUNT "token"))
        reply_json(reply, 200,
                   tokens_answer(tokens_get(tokens, TOKENS_DEFAULT_ACCOUNT, request->now_ms), request->now_ms));
    else if (text_is(request->path, ACCOUNT "identity"))
        serve_identity(tokens, request, reply);
    else
        serve_text(request, reply);
}
