#include "integrations/registry/digest.h"

#include "bot/base/time.h"
#include "bot/model/cloud_run.h"
#include "bot/model/settings.h"
#include "integrations/dialog.h"
#include "integrations/url.h"

#include <string.h>

#define TIMEOUT_MS (8 * SECOND_MS)
#define TAG_MAX_BYTES 128
#define PATH_MAX_BYTES 255

/* ---- references ---- */

static bool is_made_of(struct str text, const char *characters)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] == '\0' || !strchr(characters, text.at[i]))
            return false;
    return text.len > 0;
}

bool registry_digest_is_valid(struct str digest)
{
    return str_take_prefix(&digest, "sha256:") && digest.len == 64 && is_made_of(digest, "0123456789abcdef");
}

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

static bool is_tag(struct str tag) /* [A-Za-z0-9_][A-Za-z0-9_.-]{0,127} */
{
    return tag.len <= TAG_MAX_BYTES && is_made_of(tag, LOWER "ABCDEFGHIJKLMNOPQRSTUVWXYZ" DIGITS "_.-") &&
           tag.at[0] != '.' && tag.at[0] != '-';
}

static bool is_path(struct str path) /* of components in lower case */
{
    if (path.len > PATH_MAX_BYTES || !is_made_of(path, LOWER DIGITS "._-/"))
        return false;
    while (path.len > 0) {
        struct str component = str_take_until(&path, '/');

        if (component.len == 0 || !is_made_of((struct str){ component.at, 1 }, LOWER DIGITS))
            return false;
    }
    return true;
}

static bool is_host(struct str host) /* with an optional port */
{
    return is_made_of(host, LOWER "ABCDEFGHIJKLMNOPQRSTUVWXYZ" DIGITS ".-:") &&
           (str_contains(host, ".") || str_contains(host, ":"));
}

bool registry_image_parse(struct str text, struct registry_image *ret_image, struct error *err)
{
    struct registry_image image = { .digest = text };
    struct str name = str_take_until(&image.digest, '@');
    bool has_digest = name.len < text.len;

    image.host = str_take_until(&name, '/');
    image.tag = name;
    image.path = str_take_until(&image.tag, ':');
    if (!is_host(image.host) || !is_path(image.path) || (image.path.len < name.len && !is_tag(image.tag)) ||
        (has_digest && !registry_digest_is_valid(image.digest)))
        return error_set(err, ERR_INVALID, "image '%.*s': expected one like us-docker.pkg.dev/acme/images/api:v1",
                         (int)(text.len < 120 ? text.len : 120), text.at ? text.at : "");
    *ret_image = image;
    return true;
}

/* ---- the exchange ---- */

/* Where a Google token may go. */
static bool is_google(struct str host)
{
    return str_ends_with(host, ".pkg.dev") || str_is(host, "gcr.io") || str_ends_with(host, ".gcr.io");
}

static const char *manifest_url(const struct exchange *exchange, const struct registry_image *image, struct str tag)
{
    const char *replaced = exchange->settings->registry.url;
    AUTO_BUF struct buf url = BUF(URL_MAX_BYTES);

    if (replaced && replaced[0])
        url_add_base(&url, replaced);
    else
        buf_addf(&url, "https://" STR_FMT, STR_ARG(image->host));
    buf_addf(&url, "/v2/" STR_FMT "/manifests/" STR_FMT, STR_ARG(image->path), STR_ARG(tag));
    return arena_copy(exchange->arena, buf_str(&url));
}

static struct http_call manifest_call(const struct exchange *exchange, const struct registry_image *image,
                                      struct str tag)
{
    static const struct http_header headers[] = {
        { "Accept",
          "application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, "
          "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json" },
    };
    const char *replaced = exchange->settings->registry.url;
    bool is_trusted = (replaced && replaced[0]) || is_google(image->host);
    struct str path = image->path; /* its first part is the project: acme/images/api */

    return (struct http_call){
        .method = "HEAD",
        .url = manifest_url(exchange, image, tag),
        .headers = headers,
        .header_count = ARRAY_LEN(headers),
        .timeout_ms = TIMEOUT_MS,
        .credential = is_trusted ? HTTP_GOOGLE_REGISTRY : HTTP_NO_CREDENTIAL,
        .project = arena_copy(exchange->arena, str_take_until(&path, '/')),
    };
}

static struct exchange_step resolved(const struct exchange *exchange, const struct registry_image *image,
                                     struct str digest)
{
    cJSON *result = json_object();

    json_set_str(result, "digest", digest);
    json_set_string(result, "image",
                    arena_printf(exchange->arena, STR_FMT "/" STR_FMT "@" STR_FMT, STR_ARG(image->host),
                                 STR_ARG(image->path), STR_ARG(digest)));
    return exchange_done(exchange, result);
}

static struct exchange_step missing(const struct exchange *exchange)
{
    cJSON *result = json_object();

    json_set_bool(result, "missing", true);
    return exchange_done(exchange, result);
}

static struct exchange_step judge(const struct exchange *exchange, const struct registry_image *image, struct str tag,
                                  bool is_credential_sent, const struct http_answer *answer)
{
    const char *host = arena_copy(exchange->arena, image->host), *path = arena_copy(exchange->arena, image->path);
    struct str digest = str_of(http_answer_header(answer, "docker-content-digest"));

    if (answer->status == 404 && json_find_bool(exchange->args, "may_be_missing", false))
        return missing(exchange);
    if (answer->status == 404)
        return exchange_never(exchange, "no image tagged %.*s in %s/%s: was it built and pushed?", (int)tag.len, tag.at,
                              host, path);
    if (answer->status == 403 || (answer->status == 401 && !is_credential_sent))
        return exchange_never(exchange, "%s does not let us read %s (status %d): give opsgate's account the right to",
                              host, path, answer->status);
    if (answer->status != 200)
        return exchange_refused(exchange, host, answer);
    if (!registry_digest_is_valid(digest))
        return exchange_never(exchange, "%s did not name the digest of %s (Docker-Content-Digest)", host, path);
    return resolved(exchange, image, digest);
}

struct exchange_step registry_digest_read(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    const struct http_answer *answer;
    struct registry_image image;
    struct registry_tag args;
    struct http_call call;
    struct error err;
    struct str tag;

    if (!shape_from_json(&registry_tag_shape, exchange->args, exchange->arena, &args, &err) ||
        !registry_image_parse(str_of(args.image), &image, &err))
        return exchange_never(exchange, "registry: %s", err.message);
    if (image.digest.len > 0)
        return resolved(exchange, &image, image.digest);
    tag = args.tag[0] ? str_of(args.tag) : image.tag;
    if (registry_digest_is_valid(tag))
        return resolved(exchange, &image, tag);
    if (!is_tag(tag))
        return exchange_never(exchange, "'%.*s' cannot be the tag of an image", (int)tag.len,
                              tag.len > 0 ? tag.at : "");
    call = manifest_call(exchange, &image, tag);
    answer = dialog_ask(&dialog, call);
    return answer ? judge(exchange, &image, tag, call.credential != HTTP_NO_CREDENTIAL, answer) : dialog.step;
}
