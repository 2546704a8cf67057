#include "bot/dashboard/assets.h"

#include "bot/base/digest.h"
#include "bot/base/mem.h"

#include <stdio.h>
#include <string.h>

#define ETAG_DIGITS 32

/* No script, style or picture but our own files', and nobody may frame the page. (Content Security Policy Level 3) */
#define POLICY                                                                                                         \
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "                    \
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"

static const struct http_header safety[] = {
    { "Content-Security-Policy", POLICY },
    { "X-Content-Type-Options", "nosniff" },
    { "Referrer-Policy", "no-referrer" },
    { "Cross-Origin-Opener-Policy", "same-origin" },
    { "Cross-Origin-Resource-Policy", "same-origin" },
};

size_t assets_add_safety(struct http_header *ret_headers)
{
    _Static_assert(ARRAY_LEN(safety) == ASSETS_HEADERS_MAX, "room for all of them");
    memcpy(ret_headers, safety, sizeof(safety));
    return ARRAY_LEN(safety);
}

static const struct asset *find(const char *name)
{
    for (size_t i = 0; i < assets_count; i++)
        if (strcmp(assets[i].name, name) == 0)
            return &assets[i];
    return NULL;
}

/* Is it one of those in If-None-Match? Weak ones are as good there. (RFC 9110, 13.1.2) */
static bool has_it(const struct http_request *request, const char *etag)
{
    struct str rest = str_of(http_request_header(request, "If-None-Match"));

    while (rest.len > 0) {
        struct str one = str_trim(str_take_until(&rest, ','));

        (void)str_take_prefix(&one, "W/");
        if (str_is(one, etag) || str_is(one, "*"))
            return true;
    }
    return false;
}

void assets_answer(struct http_request *request, const char *name)
{
    const struct asset *asset = find(name);
    struct http_header headers[ASSETS_HEADERS_MAX + 2];
    size_t count = assets_add_safety(headers);
    char etag[ETAG_DIGITS + 3];
    bool is_known;

    if (!asset) {
        http_in_problem(request, 404, NULL, "The dashboard has no such file.");
        return;
    }
    (void)snprintf(etag, sizeof(etag), "\"%.*s\"", ETAG_DIGITS, digest_hex(digest_sha256(asset->text)).text);
    headers[count++] = (struct http_header){ "ETag", etag };
    headers[count++] = (struct http_header){ "Cache-Control", "no-cache" };
    is_known = has_it(request, etag);
    http_in_answer(request, &(struct http_reply){ .status = is_known ? 304 : 200,
                                                  .content_type = is_known ? NULL : asset->type,
                                                  .headers = headers,
                                                  .header_count = count,
                                                  .body = is_known ? (struct str){ .len = 0 } : asset->text });
}
