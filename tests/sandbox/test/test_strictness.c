/* The sandbox refuses what the real ones refuse, in their words. Every row is one request to a fresh world. */
#include "process.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define JSON "application/json; charset=utf-8"
#define FORM "application/x-www-form-urlencoded"
#define SLACK "Bearer xoxb-sandbox"
#define GOOGLE "google" /* stands for a good access token */
#define SERVICE "/run/v2/projects/acme/locations/us-central1/services/api-service"
#define FIRST "api-service-00001-kzt"
#define IMAGE "us-docker.pkg.dev/acme/images/api"
#define TOKEN "/metadata/computeMetadata/v1/instance/service-accounts/default/token"
#define MANIFESTS "/registry/v2/acme/images/api/manifests/"
#define OCI "Accept: application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json"
#define SPLIT(entries) "{\"traffic\":[" entries "]}"
#define TO_FIRST(percent)                                                                                              \
    "{\"type\":\"TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION\",\"revision\":\"" FIRST "\",\"percent\":" percent "}"
#define TEMPLATE(revision, image)                                                                                      \
    "{\"template\":{\"revision\":\"" revision "\",\"containers\":[{\"image\":\"" image "\"}]}}"
#define WITH_ENV(env) "{\"template\":{\"containers\":[{\"image\":\"" IMAGE "\",\"env\":[" env "]}]}}"
#define QUERY "/prometheus/api/v1/query?query="
#define RANGE "/prometheus/api/v1/query_range?query=up"
#define IDENTITY "/metadata/computeMetadata/v1/instance/service-accounts/default/identity"
#define POST_BLOCKS(blocks) "{\"channel\":\"C0DEPLOYS\",\"text\":\"x\",\"blocks\":[" blocks "]}"
#define TEN "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

/* clang-format off */
static const struct row {
    const char *name;
    struct ask ask;
    int status;
    const char *says, *says_too; /* must stand in the answer's body or headers; NULL for nothing more */
} rows[] = {
    /* Slack */
    { "slack: a call without a token",
      { "POST", "/slack/api/auth.test", FORM, NULL, NULL, "" }, 200, "\"not_authed\"", NULL },
    { "slack: a call with a wrong token",
      { "POST", "/slack/api/auth.test", JSON, "Bearer xoxb-other", NULL, "{}" }, 200, "\"invalid_auth\"", NULL },
    { "slack: the token in the query",
      { "GET", "/slack/api/auth.test?token=xoxb-sandbox", NULL, NULL, NULL, NULL }, 200, "\"not_authed\"", NULL },
    { "slack: the token in a form is allowed",
      { "POST", "/slack/api/auth.test", FORM, NULL, NULL, "token=xoxb-sandbox" }, 200, "\"ok\":true", "U0OPSGATE" },
    { "slack: an app-level token cannot post",
      { "POST", "/slack/api/chat.postMessage", JSON, "Bearer xapp-1", NULL, "{}" },
      200, "not_allowed_token_type", NULL },
    { "slack: Socket Mode wants the app's own token",
      { "POST", "/slack/api/apps.connections.open", FORM, SLACK, NULL, "" }, 200, "not_allowed_token_type", NULL },
    { "slack: the right one",
      { "POST", "/slack/api/apps.connections.open", FORM, "Bearer xapp-other", NULL, "" }, 200, "\"invalid_auth\"", NULL },
    { "slack: in the header, and nowhere else",
      { "POST", "/slack/api/apps.connections.open", FORM, NULL, NULL, "token=xapp-sandbox" }, 200, "\"not_authed\"", NULL },
    { "slack: an address for Socket Mode",
      { "POST", "/slack/api/apps.connections.open", FORM, "Bearer xapp-sandbox", NULL, "" },
      200, "\"url\":\"ws://127.0.0.1:", NULL },
    { "slack: an unknown method",
      { "POST", "/slack/api/chat.shout", JSON, SLACK, NULL, "{}" }, 200, "unknown_method", "chat.shout" },
    { "slack: broken JSON",
      { "POST", "/slack/api/chat.postMessage", JSON, SLACK, NULL, "{\"channel\":" }, 200, "invalid_json", NULL },
    { "slack: JSON that is no object",
      { "POST", "/slack/api/chat.postMessage", JSON, SLACK, NULL, "[1]" }, 200, "json_not_object", NULL },
    { "slack: a body of another type",
      { "POST", "/slack/api/chat.postMessage", "text/plain", SLACK, NULL, "hello" }, 200, "invalid_post_type", NULL },
    { "slack: a body without a type",
      { "POST", "/slack/api/chat.postMessage", NULL, SLACK, NULL, "channel=C0DEPLOYS" },
      200, "missing_post_type", NULL },
    { "slack: JSON without a charset is taken with a warning",
      { "POST", "/slack/api/chat.postMessage", "application/json", SLACK, NULL,
        "{\"channel\":\"C0DEPLOYS\",\"text\":\"x\"}" },
      200, "\"ok\":true", "missing_charset" },
    { "slack: a post by the channel's name answers its id",
      { "POST", "/slack/api/chat.postMessage", JSON, SLACK, NULL, "{\"channel\":\"#deployments\",\"text\":\"x\"}" },
      200, "\"channel\":\"C0DEPLOYS\"", NULL },
    { "slack: a post without a channel",
      { "POST", "/slack/api/chat.postMessage", JSON, SLACK, NULL, "{\"text\":\"x\"}" },
      200, "invalid_arguments", "channel" },
    { "slack: a post to no such channel",
      { "POST", "/slack/api/chat.postMessage", JSON, SLACK, NULL, "{\"channel\":\"C0NOWHERE\",\"text\":\"x\"}" },
      200, "channel_not_found", NULL },
    { "slack: a post of nothing",
      { "POST", "/slack/api/chat.postMessage", JSON, SLACK, NULL, "{\"channel\":\"C0DEPLOYS\"}" },
      200, "no_text", NULL },
    { "slack: a post to no such thread",
      { "POST", "/slack/api/chat.postMessage", JSON, SLACK, NULL,
        "{\"channel\":\"C0DEPLOYS\",\"text\":\"x\",\"thread_ts\":\"1.2\"}" },
      200, "thread_not_found", NULL },
    { "slack: an update by the channel's name",
      { "POST", "/slack/api/chat.update", JSON, SLACK, NULL,
        "{\"channel\":\"#deployments\",\"ts\":\"1.2\",\"text\":\"x\"}" },
      200, "channel_not_found", NULL },
    { "slack: an update of no such message",
      { "POST", "/slack/api/chat.update", JSON, SLACK, NULL,
        "{\"channel\":\"C0DEPLOYS\",\"ts\":\"1.2\",\"text\":\"x\"}" },
      200, "message_not_found", NULL },
    { "slack: an ephemeral to nobody",
      { "POST", "/slack/api/chat.postEphemeral", JSON, SLACK, NULL,
        "{\"channel\":\"C0DEPLOYS\",\"user\":\"U0\",\"text\":\"x\"}" },
      200, "user_not_in_channel", NULL },
    { "slack: a reading method does not look into JSON",
      { "POST", "/slack/api/conversations.info", JSON, SLACK, NULL, "{\"channel\":\"C0DEPLOYS\"}" },
      200, "invalid_arguments", NULL },
    { "slack: a reading method takes a form",
      { "POST", "/slack/api/conversations.info", FORM, SLACK, NULL, "channel=C0DEPLOYS" },
      200, "\"name\":\"deployments\"", NULL },
    { "slack: no such user",
      { "GET", "/slack/api/users.info?user=U0", NULL, SLACK, NULL, NULL }, 200, "user_not_found", NULL },
    { "slack: who is in a user group",
      { "GET", "/slack/api/usergroups.users.list?usergroup=S0ENG", NULL, SLACK, NULL, NULL },
      200, "\"users\":[\"U012AB3CD\",\"U0456EFGH\"]", NULL },
    { "slack: no such user group",
      { "GET", "/slack/api/usergroups.users.list?usergroup=S0NOPE", NULL, SLACK, NULL, NULL },
      200, "no_such_subteam", NULL },
    { "slack: a user group in JSON is not looked at",
      { "POST", "/slack/api/usergroups.users.list", JSON, SLACK, NULL, "{\"usergroup\":\"S0ENG\"}" },
      200, "invalid_arguments", NULL },
    { "slack: all user groups, and how many are in each",
      { "GET", "/slack/api/usergroups.list?include_count=1", NULL, SLACK, NULL, NULL },
      200, "\"user_count\":\"2\"", "\"handle\":\"eng\"" },
    { "slack: whose address it is, however it is written",
      { "GET", "/slack/api/users.lookupByEmail?email=ANN%40acme.example", NULL, SLACK, NULL, NULL },
      200, "\"id\":\"U012AB3CD\"", "\"is_email_confirmed\":true" },
    { "slack: nobody's address",
      { "GET", "/slack/api/users.lookupByEmail?email=x%40acme.example", NULL, SLACK, NULL, NULL },
      200, "users_not_found", NULL },
    { "slack: a header over 150 characters",
      { "POST", "/slack/api/chat.postMessage", JSON, SLACK, NULL,
        POST_BLOCKS("{\"type\":\"header\",\"text\":{\"type\":\"plain_text\",\"text\":\"" HUNDRED TEN TEN TEN TEN TEN "!\"}}") },
      200, "invalid_blocks", "no more than 150 characters" },
    { "slack: a header in mrkdwn",
      { "POST", "/slack/api/chat.postMessage", JSON, SLACK, NULL,
        POST_BLOCKS("{\"type\":\"header\",\"text\":{\"type\":\"mrkdwn\",\"text\":\"x\"}}") },
      200, "invalid_blocks", "/blocks/0/text" },
    { "slack: an unknown block",
      { "POST", "/slack/api/chat.postMessage", JSON, SLACK, NULL, POST_BLOCKS("{\"type\":\"card\"}") },
      200, "invalid_blocks", "unsupported type: card" },
    { "slack: an unknown field of a block",
      { "POST", "/slack/api/chat.postMessage", JSON, SLACK, NULL,
        POST_BLOCKS("{\"type\":\"divider\",\"color\":\"red\"}") },
      200, "invalid_blocks", "color" },
    { "slack: a section of nothing",
      { "POST", "/slack/api/chat.postMessage", JSON, SLACK, NULL, POST_BLOCKS("{\"type\":\"section\"}") },
      200, "invalid_blocks", NULL },
    { "slack: an empty text",
      { "POST", "/slack/api/chat.postMessage", JSON, SLACK, NULL,
        POST_BLOCKS("{\"type\":\"section\",\"text\":{\"type\":\"mrkdwn\",\"text\":\"\"}}") },
      200, "invalid_blocks", "more than 0 characters" },
    { "slack: a button of unknown style",
      { "POST", "/slack/api/chat.postMessage", JSON, SLACK, NULL,
        POST_BLOCKS("{\"type\":\"actions\",\"elements\":[{\"type\":\"button\",\"style\":\"default\",\"text\":{\"type\":" "\"plain_text\",\"text\":\"x\"}}]}") },
      200, "invalid_blocks", "style" },
    { "slack: two blocks with one id",
      { "POST", "/slack/api/chat.postMessage", JSON, SLACK, NULL,
        POST_BLOCKS("{\"type\":\"divider\",\"block_id\":\"a\"},{\"type\":\"divider\",\"block_id\":\"a\"}") },
      200, "invalid_blocks", "block_id" },
    { "slack: blocks in a form are JSON text",
      { "POST", "/slack/api/chat.postMessage", FORM, SLACK, NULL,
        "channel=C0DEPLOYS&text=x&blocks=%5B%7B%22type%22%3A%22divider%22%7D%5D" },
      200, "\"ok\":true", "divider" },
    { "slack: blocks in a form that are no JSON",
      { "POST", "/slack/api/chat.postMessage", FORM, SLACK, NULL, "channel=C0DEPLOYS&text=x&blocks=%5B" },
      200, "invalid_blocks_format", NULL },
    { "slack: metadata without a payload",
      { "POST", "/slack/api/chat.postMessage", JSON, SLACK, NULL,
        "{\"channel\":\"C0DEPLOYS\",\"text\":\"x\",\"metadata\":{\"event_type\":\"a\"}}" },
      200, "invalid_metadata_format", NULL },
    { "slack: unknown kinds of channels",
      { "GET", "/slack/api/conversations.list?types=rooms", NULL, SLACK, NULL, NULL }, 200, "invalid_types", NULL },
    { "slack: a kind of channel that no scope was given for",
      { "GET", "/slack/api/conversations.list?types=public_channel,im", NULL, SLACK, NULL, NULL },
      200, "\"missing_scope\"", "\"needed\":\"im:read\"" },
    { "slack: what was given stands in every answer",
      { "POST", "/slack/api/auth.test", JSON, SLACK, NULL, "{}" }, 200, "groups:history,groups:read,im:history", NULL },
    { "slack: a response URL nobody was given",
      { "POST", "/slack/response/abc", JSON, NULL, NULL, "{\"text\":\"x\"}" }, 404, NULL, NULL },

    /* Cloud Run */
    { "run: a call without a token",
      { "GET", SERVICE, NULL, NULL, NULL, NULL }, 401, "\"status\":\"UNAUTHENTICATED\"", "\"code\":401" },
    { "run: a call with a token nobody gave out",
      { "GET", SERVICE, NULL, "Bearer ya29.forged", NULL, NULL }, 401, "UNAUTHENTICATED", NULL },
    { "run: int64 are texts, and no zero is shown",
      { "GET", SERVICE, NULL, GOOGLE, NULL, NULL }, 200, "\"generation\":\"1\"", "\"observedGeneration\":\"1\"" },
    { "run: no such service",
      { "GET", SERVICE "-nope", NULL, GOOGLE, NULL, NULL }, 404, "NOT_FOUND", "does not exist" },
    { "run: another project",
      { "GET", "/run/v2/projects/other/locations/us-central1/services/api-service", NULL, GOOGLE, NULL, NULL },
      404, "NOT_FOUND", NULL },
    { "run: no such method", { "PUT", SERVICE, JSON, GOOGLE, NULL, "{}" }, 404, "NOT_FOUND", NULL },
    { "run: the location wildcard",
      { "GET", "/run/v2/projects/acme/locations/-/services", NULL, GOOGLE, NULL, NULL },
      400, "INVALID_ARGUMENT", NULL },
    { "run: no such operation",
      { "GET", "/run/v2/projects/acme/locations/us-central1/operations/x", NULL, GOOGLE, NULL, NULL },
      404, "NOT_FOUND", NULL },
    { "run: a patch that is no JSON",
      { "PATCH", SERVICE "?updateMask=traffic", JSON, GOOGLE, NULL, "traffic" }, 400, "INVALID_ARGUMENT", NULL },
    { "run: a patch of another type",
      { "PATCH", SERVICE "?updateMask=traffic", FORM, GOOGLE, NULL, "traffic" }, 400, "INVALID_ARGUMENT", NULL },
    { "run: an unknown mask",
      { "PATCH", SERVICE "?updateMask=traffic,colour", JSON, GOOGLE, NULL, SPLIT(TO_FIRST("100")) },
      400, "INVALID_ARGUMENT", "colour" },
    { "run: an unknown field",
      { "PATCH", SERVICE "?updateMask=traffic", JSON, GOOGLE, NULL, "{\"colour\":1}" }, 400, "Unknown name", NULL },
    { "run: a stale etag",
      { "PATCH", SERVICE "?updateMask=traffic", JSON, GOOGLE, NULL,
        "{\"etag\":\"\\\"old\\\"\",\"traffic\":[" TO_FIRST("100") "]}" },
      409, "\"status\":\"ABORTED\"", NULL },
    { "run: percents that do not sum to 100",
      { "PATCH", SERVICE "?updateMask=traffic", JSON, GOOGLE, NULL, SPLIT(TO_FIRST("90")) },
      400, "INVALID_ARGUMENT", "sum to 100" },
    { "run: a percent as text",
      { "PATCH", SERVICE "?updateMask=traffic", JSON, GOOGLE, NULL, SPLIT(TO_FIRST("\"100\"")) },
      400, "INVALID_ARGUMENT", NULL },
    { "run: a negative percent",
      { "PATCH", SERVICE "?updateMask=traffic", JSON, GOOGLE, NULL, SPLIT(TO_FIRST("101") "," TO_FIRST("-1")) },
      400, "INVALID_ARGUMENT", NULL },
    { "run: traffic to no such revision",
      { "PATCH", SERVICE "?updateMask=traffic", JSON, GOOGLE, NULL,
        SPLIT( "{\"type\":\"TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION\",\"revision\":\"api-service-x\",\"percent\":100}") },
      400, "INVALID_ARGUMENT", "does not exist" },
    { "run: traffic to a full revision name",
      { "PATCH", SERVICE "?updateMask=traffic", JSON, GOOGLE, NULL,
        SPLIT("{\"type\":\"TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION\",\"revision\":\"projects/acme/locations/" "us-central1/services/api-service/revisions/" FIRST "\",\"percent\":100}") },
      400, "INVALID_ARGUMENT", NULL },
    { "run: traffic without a type",
      { "PATCH", SERVICE "?updateMask=traffic", JSON, GOOGLE, NULL,
        SPLIT("{\"revision\":\"" FIRST "\",\"percent\":100}") },
      400, "INVALID_ARGUMENT", "type" },
    { "run: one tag twice",
      { "PATCH", SERVICE "?updateMask=traffic", JSON, GOOGLE, NULL,
        SPLIT("{\"type\":\"TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST\",\"percent\":100,\"tag\":\"a\"},{\"type\":\"TRAFFIC_" "TARGET_ALLOCATION_TYPE_LATEST\",\"tag\":\"a\"}") },
      400, "INVALID_ARGUMENT", "more than once" },
    { "run: a tag in capitals",
      { "PATCH", SERVICE "?updateMask=traffic", JSON, GOOGLE, NULL,
        SPLIT("{\"type\":\"TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST\",\"percent\":100,\"tag\":\"D1\"}") },
      400, "INVALID_ARGUMENT", NULL },
    { "run: a reserved annotation",
      { "PATCH", SERVICE "?updateMask=annotations", JSON, GOOGLE, NULL,
        "{\"annotations\":{\"run.googleapis.com/x\":\"1\"}}" },
      400, "INVALID_ARGUMENT", "reserved" },
    { "run: an annotation of our own",
      { "PATCH", SERVICE "?updateMask=annotations", JSON, GOOGLE, NULL,
        "{\"annotations\":{\"opsgate.dev/operation\":\"a-1\"}}" },
      200, "/operations/", "\"reconciling\":true" },
    { "run: an annotation that is no text",
      { "PATCH", SERVICE "?updateMask=annotations", JSON, GOOGLE, NULL, "{\"annotations\":{\"a\":1}}" },
      400, "INVALID_ARGUMENT", NULL },
    { "run: a label value in capitals",
      { "PATCH", SERVICE "?updateMask=labels", JSON, GOOGLE, NULL, "{\"labels\":{\"a\":\"B\"}}" },
      400, "INVALID_ARGUMENT", NULL },
    { "run: a template mask without a template",
      { "PATCH", SERVICE "?updateMask=template", JSON, GOOGLE, NULL, "{}" }, 400, "INVALID_ARGUMENT", "template" },
    { "run: a template without containers",
      { "PATCH", SERVICE "?updateMask=template", JSON, GOOGLE, NULL, "{\"template\":{}}" },
      400, "INVALID_ARGUMENT", "containers" },
    { "run: a template without an image",
      { "PATCH", SERVICE "?updateMask=template", JSON, GOOGLE, NULL,
        "{\"template\":{\"containers\":[{\"name\":\"a\"}]}}" },
      400, "INVALID_ARGUMENT", "image" },
    { "run: an image with half a digest",
      { "PATCH", SERVICE "?updateMask=template", JSON, GOOGLE, NULL, TEMPLATE("api-service-2", IMAGE "@sha256:12") },
      400, "INVALID_ARGUMENT", "image" },
    { "run: a revision's name used for another template",
      { "PATCH", SERVICE "?updateMask=template", JSON, GOOGLE, NULL, TEMPLATE(FIRST, IMAGE ":v1.4.2") },
      409, "\"status\":\"ALREADY_EXISTS\"", "with different configuration already exists" },
    { "run: a revision's name that is not the service's",
      { "PATCH", SERVICE "?updateMask=template", JSON, GOOGLE, NULL, TEMPLATE("web-2", IMAGE ":v1.4.2") },
      400, "INVALID_ARGUMENT", "prefixed" },
    { "run: an unknown field of a container",
      { "PATCH", SERVICE "?updateMask=template", JSON, GOOGLE, NULL,
        "{\"template\":{\"containers\":[{\"image\":\"a/b\",\"img\":1}]}}" },
      400, "Unknown name", "img" },

    { "run: half a percent",
      { "PATCH", SERVICE "?updateMask=traffic", JSON, GOOGLE, NULL, SPLIT(TO_FIRST("99.5") "," TO_FIRST("0.5")) },
      400, "INVALID_ARGUMENT", "whole number" },
    { "run: 5 and 95 are 100",
      { "PATCH", SERVICE "?updateMask=traffic", JSON, GOOGLE, NULL, SPLIT(TO_FIRST("5") "," TO_FIRST("95")) },
      200, "/operations/", NULL },
    { "run: a variable set twice",
      { "PATCH", SERVICE "?updateMask=template", JSON, GOOGLE, NULL,
        WITH_ENV("{\"name\":\"A\",\"value\":\"1\"},{\"name\":\"A\",\"value\":\"2\"}") },
      400, "INVALID_ARGUMENT", "more than once" },
    { "run: a variable without a name",
      { "PATCH", SERVICE "?updateMask=template", JSON, GOOGLE, NULL, WITH_ENV("{\"value\":\"1\"}") },
      400, "INVALID_ARGUMENT", "no name" },
    { "run: a variable that is a number",
      { "PATCH", SERVICE "?updateMask=template", JSON, GOOGLE, NULL, WITH_ENV("{\"name\":\"A\",\"value\":1}") },
      400, "INVALID_ARGUMENT", "either a text" },
    { "run: a secret without its name",
      { "PATCH", SERVICE "?updateMask=template", JSON, GOOGLE, NULL,
        WITH_ENV("{\"name\":\"A\",\"valueSource\":{\"secretKeyRef\":{\"version\":\"1\"}}}") },
      400, "INVALID_ARGUMENT", "secret" },
    { "run: no such revision",
      { "GET", SERVICE "/revisions/api-service-x", NULL, GOOGLE, NULL, NULL }, 404, "REVISION", NULL },
    { "run: a page token that is none",
      { "GET", SERVICE "/revisions?pageToken=x", NULL, GOOGLE, NULL, NULL }, 400, "INVALID_ARGUMENT", NULL },

    /* the registry */
    { "registry: a call without a login",
      { "HEAD", MANIFESTS "main", NULL, NULL, OCI, NULL }, 401, "WWW-Authenticate: Bearer realm=", NULL },
    { "registry: a tag's digest",
      { "HEAD", MANIFESTS "main", NULL, GOOGLE, OCI, NULL }, 200, "Docker-Content-Digest: sha256:", NULL },
    { "registry: no such tag", { "GET", MANIFESTS "v9", NULL, GOOGLE, OCI, NULL }, 404, "MANIFEST_UNKNOWN", NULL },
    { "registry: no such image",
      { "GET", "/registry/v2/acme/images/web/manifests/main", NULL, GOOGLE, OCI, NULL }, 404, "NAME_UNKNOWN", NULL },
    { "registry: a manifest of a type not asked for",
      { "GET", MANIFESTS "main", NULL, GOOGLE, "Accept: application/vnd.docker.distribution.manifest.v2+json", NULL },
      404, "MANIFEST_UNKNOWN", NULL },

    /* tokens */
    { "metadata: without its header", { "GET", TOKEN, NULL, NULL, NULL, NULL }, 403, "Metadata-Flavor", NULL },
    { "metadata: through a proxy", { "GET", TOKEN, NULL, NULL, "X-Forwarded-For: 10.0.0.1", NULL }, 403, NULL, NULL },
    { "token: no assertion",
      { "POST", "/token", FORM, NULL, NULL, "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer" },
      400, "\"error\":\"invalid_grant\"", "error_description" },
    { "token: another grant",
      { "POST", "/token", FORM, NULL, NULL, "grant_type=password" }, 400, "unsupported_grant_type", NULL },
    { "token: JSON", { "POST", "/token", JSON, NULL, NULL, "{}" }, 400, "invalid_request", NULL },

    /* the sandbox itself */
    { "control: an unknown fault",
      { "POST", "/_sandbox/faults", JSON, NULL, NULL, "{\"service\":\"run\",\"fault\":\"gremlins\"}" },
      400, "gremlins", NULL },
    { "control: an unknown change",
      { "POST", "/_sandbox/world", JSON, NULL, NULL, "{\"weather\":\"rain\"}" }, 400, "weather", NULL },
    { "control: a command by nobody",
      { "POST", "/_sandbox/slack/command", JSON, NULL, NULL,
        "{\"user\":\"zoe\",\"channel\":\"C0DEPLOYS\",\"command\":\"/deploy\"}" },
      400, "zoe", NULL },
    { "app: no such service", { "GET", "/app/nope/health", NULL, NULL, NULL, NULL }, 404, NULL, NULL },
    { "app: what serves says its version",
      { "GET", "/app/api-service/health", NULL, NULL, NULL, NULL }, 200, "\"status\":\"healthy\"", "\"version\":\"1.4.1\"" },

    /* Prometheus */
    { "prometheus: a number",
      { "GET", QUERY "1", NULL, NULL, NULL, NULL },
      200, "{\"status\":\"success\",\"data\":{\"resultType\":\"scalar\",\"result\":[", ",\"1\"]}}" },
    { "prometheus: a time of one's own",
      { "GET", QUERY "vector(1)&time=1795168800.123", NULL, NULL, NULL, NULL },
      200, "\"resultType\":\"vector\",\"result\":[{\"metric\":{},\"value\":[1795168800.123,\"1\"]}]", NULL },
    { "prometheus: a time as RFC 3339",
      { "GET", QUERY "vector(0)%2F0&time=2026-11-20T10:00:00Z", NULL, NULL, NULL, NULL },
      200, "[1795168800,\"NaN\"]", NULL },
    { "prometheus: a plus sign in a URL is a blank",
      { "GET", QUERY "1+2", NULL, NULL, NULL, NULL }, 400, "1:3: parse error: unexpected number", NULL },
    { "prometheus: a form", { "POST", "/prometheus/api/v1/query", FORM, NULL, NULL, "query=1%2B2" }, 200, "\"3\"", NULL },
    { "prometheus: a form comes before the URL",
      { "POST", QUERY "5", FORM, NULL, NULL, "query=7" }, 200, "\"7\"", NULL },
    { "prometheus: a broken form", { "POST", "/prometheus/api/v1/query", FORM, NULL, NULL, "query=%zz" }, 400, "bad_data", NULL },
    { "prometheus: JSON is no form",
      { "POST", "/prometheus/api/v1/query", JSON, NULL, NULL, "{\"query\":\"1\"}" },
      400, "no expression found in input", NULL },
    { "prometheus: no query", { "GET", "/prometheus/api/v1/query", NULL, NULL, NULL, NULL },
      400, "{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"invalid parameter \\\"query\\\": ", NULL },
    { "prometheus: a metric nobody has is an empty success",
      { "GET", QUERY "sum(rate(http_requests_totall%5B5m%5D))", NULL, NULL, NULL, NULL },
      200, "\"data\":{\"resultType\":\"vector\",\"result\":[]}", NULL },
    { "prometheus: a parse error has a place",
      { "GET", QUERY "sum(up%7B", NULL, NULL, NULL, NULL }, 400, "1:8: parse error: ", "bad_data" },
    { "prometheus: an unknown function",
      { "GET", QUERY "ratee(up)", NULL, NULL, NULL, NULL }, 400, "unknown function with name \\\"ratee\\\"", NULL },
    { "prometheus: what cannot be carried out",
      { "GET", QUERY "vector(1)*on(a)(absent(n%7Bx=%221%22%7D)or%20absent(n%7Bx=%222%22%7D))", NULL, NULL, NULL, NULL },
      422, "\"errorType\":\"execution\"", "many-to-many" },
    { "prometheus: a wrong time",
      { "GET", QUERY "1&time=noon", NULL, NULL, NULL, NULL },
      400, "invalid parameter \\\"time\\\": Invalid time value for 'time': cannot parse \\\"noon\\\"", NULL },
    { "prometheus: a time that is no number",
      { "GET", QUERY "1&time=NaN", NULL, NULL, NULL, NULL }, 400, "invalid parameter", "bad_data" },
    { "prometheus: a wrong timeout",
      { "GET", QUERY "1&timeout=soon", NULL, NULL, NULL, NULL }, 400, "invalid parameter \\\"timeout\\\"", NULL },
    { "prometheus: a wrong limit",
      { "GET", QUERY "1&limit=-1", NULL, NULL, NULL, NULL }, 400, "invalid parameter \\\"limit\\\"", NULL },
    { "prometheus: a range without its ends",
      { "GET", RANGE "&step=1", NULL, NULL, NULL, NULL }, 400, "cannot parse \\\"\\\" to a valid timestamp", NULL },
    { "prometheus: a range that ends before it starts",
      { "GET", RANGE "&start=20&end=10&step=1", NULL, NULL, NULL, NULL },
      400, "end timestamp must not be before start time", NULL },
    { "prometheus: a range of steps that stand still",
      { "GET", RANGE "&start=10&end=20&step=0", NULL, NULL, NULL, NULL }, 400, "zero or negative query resolution", NULL },
    { "prometheus: a range with a wrong step",
      { "GET", RANGE "&start=10&end=20&step=1x", NULL, NULL, NULL, NULL }, 400, "to a valid duration", NULL },
    { "prometheus: a range of too many points",
      { "GET", RANGE "&start=0&end=11001&step=1", NULL, NULL, NULL, NULL }, 400, "11,000 points", NULL },
    { "prometheus: a range of ranges",
      { "GET", RANGE "%5B5m%5D&start=0&end=10&step=1", NULL, NULL, NULL, NULL },
      400, "must be Scalar or instant Vector", NULL },
    { "prometheus: a range before anything was",
      { "GET", RANGE "&start=0&end=10&step=1", NULL, NULL, NULL, NULL }, 200, "\"resultType\":\"matrix\",\"result\":[]", NULL },
    { "prometheus: another method", { "PUT", QUERY "1", NULL, NULL, NULL, NULL }, 405, NULL, NULL },
    { "prometheus: another path", { "GET", "/prometheus/api/v2/query?query=1", NULL, NULL, NULL, NULL }, 404, NULL, NULL },
    { "prometheus: it is ready", { "GET", "/prometheus/-/ready", NULL, NULL, NULL, NULL }, 200, "Ready", NULL },

    /* identity */
    { "identity: without an audience",
      { "GET", IDENTITY, NULL, NULL, "Metadata-Flavor: Google", NULL }, 400, "audience", NULL },
    { "identity: without its header", { "GET", IDENTITY "?audience=a", NULL, NULL, NULL, NULL }, 403, "Metadata-Flavor", NULL },
    { "identity: of another format",
      { "GET", IDENTITY "?audience=a&format=short", NULL, NULL, "Metadata-Flavor: Google", NULL }, 400, "format", NULL },

    /* what runs, and what tests may say of it */
    { "control: a rate over one",
      { "POST", "/_sandbox/world", JSON, NULL, NULL, "{\"behaviour\":{\"service\":\"api-service\",\"error_rate\":1.5}}" },
      400, "from 0 to 1", NULL },
    { "control: what may hang, or not",
      { "POST", "/_sandbox/world", JSON, NULL, NULL, "{\"behaviour\":{\"service\":\"api-service\",\"hangs\":1}}" },
      400, "true or false", NULL },
    { "control: a share of nothing",
      { "POST", "/_sandbox/world", JSON, NULL, NULL,
        "{\"behaviour\":{\"service\":\"api-service\",\"error_rate\":1,\"from_percent\":0}}" },
      400, "from_percent", NULL },
    { "control: a share without errors",
      { "POST", "/_sandbox/world", JSON, NULL, NULL,
        "{\"behaviour\":{\"service\":\"api-service\",\"latency_ms\":1,\"from_percent\":5}}" },
      400, "from_percent", NULL },
    { "control: a latency of nothing",
      { "POST", "/_sandbox/world", JSON, NULL, NULL, "{\"behaviour\":{\"service\":\"api-service\",\"latency_ms\":0}}" },
      400, "latency_ms", NULL },
    { "control: a behaviour of nobody",
      { "POST", "/_sandbox/world", JSON, NULL, NULL, "{\"behaviour\":{\"error_rate\":0.5}}" }, 400, "whose", NULL },
    { "control: a behaviour of no such revision",
      { "POST", "/_sandbox/world", JSON, NULL, NULL, "{\"behaviour\":{\"revision\":\"x\",\"error_rate\":0.5}}" },
      400, "no such revision", NULL },
    { "control: traffic to no such service",
      { "POST", "/_sandbox/world", JSON, NULL, NULL, "{\"traffic\":{\"service\":\"x\",\"rps\":5}}" },
      400, "no such service", NULL },
    { "control: more traffic than there are dice",
      { "POST", "/_sandbox/world", JSON, NULL, NULL, "{\"traffic\":{\"service\":\"*\",\"rps\":1e9}}" }, 400, "rps", NULL },
    { "control: a health of no HTTP status",
      { "POST", "/_sandbox/world", JSON, NULL, NULL, "{\"health\":{\"service\":\"api-service\",\"status\":99}}" },
      400, "from 200 to 599", NULL },
    { "control: a foreign split of 99",
      { "POST", "/_sandbox/world", JSON, NULL, NULL, "{\"foreign\":{\"service\":\"api-service\",\"split\":{\"" FIRST "\":99}}}" },
      400, "sum to 100", NULL },
    { "control: a foreign change of nothing",
      { "POST", "/_sandbox/world", JSON, NULL, NULL, "{\"foreign\":{\"service\":\"api-service\"}}" },
      400, "nothing to change", NULL },
    { "control: an always in an always",
      { "POST", "/_sandbox/world", JSON, NULL, NULL, "{\"always\":{\"always\":{\"latency_ms\":1}}}" },
      400, "another 'always'", NULL },
    { "control: a wrong change, for always",
      { "POST", "/_sandbox/world", JSON, NULL, NULL, "{\"always\":{\"latency_ms\":-1}}" }, 400, "always: latency_ms", NULL },
    { "control: what was wrong is not kept for the next world",
      { "POST", "/_sandbox/reset", JSON, NULL, NULL, "{}" }, 200, "true", NULL },
};
/* clang-format on */

static struct sandbox sandbox;
static const char *program;

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_JSON cJSON *reset = sandbox_post(&sandbox, "reset", "{}");
    AUTO_FREE char *token = sandbox_token(&sandbox);
    AUTO_ANSWER struct answer answer;
    struct ask ask = row->ask;

    if (text_is(ask.authorization, GOOGLE))
        ask.authorization = token;
    sandbox_ask(&sandbox, &ask, &answer);
    AUTO_FREE char *all = text_format("%s%s", answer.headers, answer.body);

    if (answer.status != row->status || (row->says && !strstr(all, row->says)) ||
        (row->says_too && !strstr(all, row->says_too)))
        fail_msg("answered %d: %s", answer.status, all);
}

static int start(void **state)
{
    (void)state;
    sandbox_start(&sandbox, program, "http://127.0.0.1:9");
    return 0;
}

static int stop(void **state)
{
    (void)state;
    return sandbox_stop(&sandbox);
}

int main(int argc, char **argv)
{
    static struct CMUnitTest tests[ARRAY_LEN(rows)];

    program = argc > 1 ? argv[1] : "opsgate-sandbox";
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        tests[i] = (struct CMUnitTest){ .name = rows[i].name,
                                        .test_func = check_row,
                                        .initial_state = (void *)(intptr_t)&rows[i] };
    return cmocka_run_group_tests(tests, start, stop);
}
