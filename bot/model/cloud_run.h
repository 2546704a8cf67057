/* cloud_run.h - a Cloud Run service as we look at it, and what effects and readings say of it.
 *
 * Source: Cloud Run Admin API v2, Service, Revision, TrafficTarget. Revisions are named by their short names here.
 */
#ifndef OPSGATE_MODEL_CLOUD_RUN_H
#define OPSGATE_MODEL_CLOUD_RUN_H

#include "bot/base/shape.h"

/* Written on the service with each change of ours, so that the truth is also outside. */
#define RUN_ANNOTATION_OPERATION "opsgate.dev/operation" /* outside id of the operation */
#define RUN_ANNOTATION_EFFECT "opsgate.dev/effect"       /* outside id of the effect that changed the traffic last */
#define RUN_ANNOTATION_VERSION "opsgate.dev/version"     /* what serves, as people call it */
#define RUN_ANNOTATION_PREVIOUS "opsgate.dev/previous"   /* revision that served before: where a rollback goes */
#define RUN_ANNOTATION_SCALED "opsgate.dev/scaled"       /* outside id of the effect that scaled the service last */
#define RUN_ANNOTATION_IRREVERSIBLE "opsgate.dev/irreversible" /* "true", on a revision: older code cannot run on what it changed */

struct run_place {
    const char *project, *region, *service;
};
extern const struct shape run_place_shape;

struct run_share {
    const char *revision; /* short name */
    int64_t percent;      /* 0 to 100 */
    const char *tag;      /* or NULL */
    const char *uri;      /* of the tag, as observed; or NULL */
};

extern const struct shape run_share_shape;

/* Result of READING_SERVICE (args: run_place). */
struct run_service {
    const char *etag, *uri;
    bool is_settled;     /* nothing is changing: not reconciling, observed what was asked for */
    bool is_ready;       /* settled, and the terminal condition succeeded */
    const char *problem; /* settled and failed: Cloud Run's words, or NULL */
    const char *latest_created, *latest_ready;
    const char *image;        /* of the revision that serves most, by digest where Cloud Run says so */
    const char *serving;      /* that revision */
    struct run_share *wanted; /* traffic, as asked for; LATEST resolved to latest_ready */
    size_t wanted_count;
    struct run_share *observed; /* trafficStatuses; LATEST likewise */
    size_t observed_count;
    struct shape_pair *annotations;
    size_t annotations_count;
    int64_t min_instances, max_instances; /* scaling of the service, over all its revisions; 0: not set */
    bool is_scaled_by_hand;               /* to a fixed number of instances: Cloud Run's own scaling is off */
    int64_t own_min, own_max;             /* of the revision that serves, as it was made: the lower maximum counts */
};
extern const struct shape run_service_shape;

/* Args of EFFECT_SCALE: service-level scaling, shared out over its revisions; no new one is made. Found as wanted -> done;
 * as `expected` -> changed; anything else -> stop, never overwrite. 0: not set. Result: {changed}. */
struct run_scaling {
    struct run_place place;
    int64_t expected_min, expected_max;
    int64_t min, max;
};
extern const struct shape run_scaling_shape;

/* What of a revision people may change besides its image and its environment. NULL, 0: it stays. */
struct run_resources {
    const char *cpu, *memory; /* as Cloud Run writes them: "2", "500m", "4Gi" */
    int64_t concurrency;      /* requests at once in one instance */
    int64_t timeout_s;        /* of a request */
    bool has_min;             /* min_instances counts: it may be 0 */
    int64_t min_instances, max_instances; /* of its own */
};
extern const struct shape run_resources_shape;

/* Args of EFFECT_NEW_REVISION and EFFECT_CHANGED_REVISION, which is the one that has `resources` or `removed`: an older binary
 * does not know that kind, and so makes no revision without them. A revision like the one that serves, with another image, no traffic, and a tag.
 * Result: {revision, existed}. */
struct run_new_revision {
    struct run_place place;
    const char *image;    /* by digest */
    const char *revision; /* short name, derived from the operation: unique */
    const char *tag;      /* "d1042" */
    const char *version;  /* for the annotation */
    struct shape_pair *env; /* set over what the serving one has; the rest stays */
    size_t env_count;
    int64_t min_instances;  /* of its own, at the least; 0: as many as the serving one has */
    bool is_irreversible;   /* for the annotation */
    const struct run_resources *resources; /* NULL: they stay */
    const char **removed;   /* of its environment, by name */
    size_t removed_count;
};
extern const struct shape run_new_revision_shape;

/* What is told of the value of a setting, in place of it: the same for the same value of one service. */
const char *run_setting_digest(const char *service, const char *value, struct arena *arena);

/* Args of EFFECT_TRAFFIC. The split found outside decides: `expected` -> change it; `wanted` with our effect's id in
 * the annotation -> it is done already; any other -> stop, never overwrite. Shares of 0 % without a tag do not count in
 * comparisons. Result: {changed, effect}: the id that stands in that annotation now. */
struct run_traffic {
    struct run_place place;
    struct run_share *expected;
    size_t expected_count;
    struct run_share *wanted;
    size_t wanted_count;
    const char **remove_tags; /* taken away by the same change; every other tag stays */
    size_t remove_tags_count;
    const char *version, *previous; /* for the annotations */
};
extern const struct shape run_traffic_shape;

/* Args of EFFECT_UNTAG: tags taken away, traffic as it is. Result: {changed}. */
struct run_untag {
    struct run_place place;
    const char **tags;
    size_t tags_count;
    const char *revision; /* only where they stand on this one, and only while it has no traffic; NULL: wherever they are */
};
extern const struct shape run_untag_shape;

/* READING_REVISIONS: what two revisions differ in, besides the image. Args: run_revisions_ask; result: run_revisions, in
 * the order asked, without those that are not there. */
struct run_revisions_ask {
    struct run_place place;
    const char **revisions; /* short names */
    size_t revisions_count;
};
extern const struct shape run_revisions_ask_shape;
struct run_revision {
    const char *revision;
    const char *image;           /* by digest where Cloud Run says so */
    const char *version;         /* our annotation, or NULL */
    bool is_irreversible;        /* likewise */
    struct shape_pair *settings; /* environment: name -> digest of its value, so that no value leaves the codec */
    size_t settings_count;
    struct shape_pair *secrets;  /* name -> "projects/p/secrets/s:3" */
    size_t secrets_count;
    struct shape_pair *limits;   /* "cpu", "memory", "concurrency", "timeout", "service account" */
    size_t limits_count;
    int64_t min_instances, max_instances; /* of its own, as it was made */
    bool is_minimum_known;       /* Cloud Run tells of `minimum_now` */
    int64_t minimum_now;         /* what it keeps up at this moment: 0 of one that has neither traffic nor a tag */
    bool is_ready;               /* could serve at once */
    const char *problem;         /* not ready: Cloud Run's words */
};
extern const struct shape run_revision_shape;
struct run_revisions {
    struct run_revision *revisions;
    size_t revisions_count;
};
extern const struct shape run_revisions_shape;

/* READING_TEMPLATE: what somebody else has put into the service's template that does not serve: the next revision is made
 * like the one that serves, so a deploy leaves it out. Args: run_place. */
struct run_template {
    bool is_others; /* false: it is what serves, or what opsgate put there for a revision of its own; nothing else is told */
    struct run_revision wanted, serving; /* the template, and the revision that serves most */
    int64_t service_min, service_max;    /* scaling of the service, over all revisions; 0: not set */
    const char *modified_by;             /* whoever changed the service last: most likely that; or NULL */
    int64_t modified_at_ms;              /* unix; 0: not told */
};
extern const struct shape run_template_shape;

/* Args of READING_DIGEST; result: {digest, image}. A tag that is not there ends the reading as NEVER. */
struct registry_tag {
    const char *image; /* repository: "us-docker.pkg.dev/acme/images/api" */
    const char *tag;
    bool may_be_missing; /* a tag that is not there yet is an answer then: {missing: true} */
};
extern const struct shape registry_tag_shape;

#define HEALTH_TIMEOUT_MAX_MS (5 * 60 * 1000)

/* Args of READING_HEALTH: one GET. Result: {status, is_healthy, problem}. */
struct health_probe {
    const char *url;
    int64_t expect_status;
    int64_t timeout_ms;     /* of one try: up to HEALTH_TIMEOUT_MAX_MS */
    const char *json_field; /* dotted path in the body, which has to be JSON then; or NULL */
    const char *json_value; /* what it has to be, as text: "healthy", "true", "3" */
    const char *audience;   /* a private service: asked with an identity token for this address; or NULL */
    const char *project;    /* of that service; NULL where there is no audience */
};
extern const struct shape health_probe_shape;

const char *run_annotation(const struct run_service *service, const char *name); /* NULL: it has none; service may be NULL */
bool run_split_equal(const struct run_share *a, size_t a_count, const struct run_share *b, size_t b_count);

#endif
