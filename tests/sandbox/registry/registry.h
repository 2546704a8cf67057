/* registry.h - the image registry: repositories, tags, manifests, and how an image behaves once it runs.
 *
 * An image is made from a version text; its manifest names that version, and its digest is the manifest's true SHA-256.
 * Serves the pull side of the OCI distribution API the way Artifact Registry does. The world's lock covers it.
 * Spec: https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md
 */
#ifndef SANDBOX_REGISTRY_H
#define SANDBOX_REGISTRY_H

#include "exchange.h"
#include "google/tokens.h"

enum image_health {
    IMAGE_HEALTHY,
    IMAGE_UNHEALTHY,   /* starts, but answers 503 to /health */
    IMAGE_NEVER_READY, /* its container never listens: the revision fails */
};

struct registry_image {
    struct registry_image *next;
    char *repository; /* "acme/images/api" */
    char *version;    /* what the running app says it is */
    char *manifest;
    const char *media_type;
    char digest[7 + 64 + 1]; /* "sha256:..." */
    enum image_health health;
};

struct registry {
    struct registry_image *images; /* newest first */
    cJSON *tags;                   /* array: {repository, tag, digest, moved_at_ms} */
    cJSON *coming;                 /* array: {repository, tag, version | digest, at_ms}, pushed when their time comes */
};

/* A build that ends later: `version` makes the image then, or `digest` is one that exists. */
struct registry_push {
    const char *repository, *tag, *version, *digest;
    int64_t at_ms;
};

struct registry *registry_create(int64_t now_ms); /* with the default images and tags */
void registry_destroy(struct registry *registry);
AUTO_DEFINE(registry)

struct registry_image *registry_add(struct registry *registry, const char *repository, const char *version,
                                    enum image_health health);
bool registry_tag(struct registry *registry, const char *repository, const char *tag, const char *digest,
                  int64_t now_ms);

void registry_push_later(struct registry *registry, const struct registry_push *push); /* copies */
bool registry_advance(struct registry *registry, int64_t now_ms);                        /* did anything arrive? */

struct registry_image *registry_find(const struct registry *registry, const char *repository, const char *reference);
/* "us-docker.pkg.dev/acme/images/api:main", or "...@sha256:..."; the host is ignored. NULL when there is no such image.
 */
struct registry_image *registry_find_image(const struct registry *registry, const char *image);

bool image_health_parse(const char *text, enum image_health *ret_health); /* "ok", "unhealthy", "never_ready" */
const char *image_health_text(enum image_health health);

void registry_serve(struct registry *registry, const struct tokens *tokens, const struct request *request,
                    struct reply *reply);
cJSON *registry_state(const struct registry *registry);

#endif
