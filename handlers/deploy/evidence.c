#include "handlers/deploy/evidence.h"

#include "bot/model/checks.h"
#include "bot/model/settings.h"
#include "policy/policy.h"

#include <string.h>

/* ---- the same version ---- */

static const char *digest_of(const char *image)
{
    const char *at = image ? strrchr(image, '@') : NULL;

    return at ? at + 1 : NULL;
}

/* By the image, and only where the driver has none by the name: a name may move. */
static bool is_the_same(const struct deploy_body *body, const struct target_version *good)
{
    const char *ours = digest_of(body->image), *theirs = digest_of(good->image);

    if (ours || theirs)
        return text_equal(ours, theirs);
    return !body->repository[0] && good->version && strcmp(good->version, body->version) == 0;
}

/* ---- where it is good ---- */

/* Since when, the store's clock; 0: it is not. */
static int64_t good_since(const struct view *view, const struct deploy_body *body, const char *target_name)
{
    const struct target *target = view->find_target(view->ctx, target_name);
    const struct target_version *newest =
        target && target->good_count > 0 ? &target->good[target->good_count - 1] : NULL;

    return newest && !target->doubt && is_the_same(body, newest) ? newest->at_ms + view->shift_ms : 0;
}

/* Of several regions the youngest: it is good there when it is so in all of them. */
static int64_t good_in(const struct view *view, const struct service_settings *service,
                       const struct environment_settings *environment, const struct deploy_body *body)
{
    const struct cloud_run_driver *driver = environment->driver.cloud_run;
    const char *name = settings_target_name(service, environment, view->arena);
    int64_t youngest = 0;

    if (!driver || driver->regions_count == 0)
        return good_since(view, body, name);
    for (size_t i = 0; i < driver->regions_count; i++) {
        int64_t since_ms = good_since(view, body, arena_printf(view->arena, "%s/%s", name, driver->regions[i]));

        if (since_ms == 0)
            return 0;
        youngest = since_ms > youngest ? since_ms : youngest;
    }
    return youngest;
}

static void tell_health(const struct view *view, const struct deploy_body *body, struct facts *facts)
{
    const struct service_settings *service = settings_find_service(view->settings, body->service);
    struct health_fact *health = NULL;

    for (size_t i = 0; service && i < service->environments_count; i++)
        *ARENA_PUSH(view->arena, health, facts->health_count) =
            (struct health_fact){ service->environments[i].name,
                                  good_in(view, service, &service->environments[i], body) };
    facts->health = health;
}

/* ---- its commit ---- */

/* `v1.4.2@sha256:...` says which image, and calls it something: of which commit that was built, the name does not
 * prove. */
static bool is_by_digest(const char *image_tag)
{
    return image_tag && strncmp(image_tag, "sha256:", 7) == 0;
}

static const char *commit_of(const struct view *view, const char *operation_id)
{
    const struct operation *operation = operation_id ? view->find_operation(view->ctx, operation_id) : NULL;

    if (!operation && operation_id)
        operation = view->find_ended(view->ctx, operation_id);
    if (!operation)
        return NULL;
    if (!is_by_digest(json_find_string(operation->body, "image_tag")) && json_find(operation->body, "commit.sha"))
        return json_find_string(operation->body, "commit.sha");
    return json_find_string(operation->body, "built_of");
}

static const char *commit_in(const struct view *view, const char *target_name, const char *digest)
{
    const struct target *target = view->find_target(view->ctx, target_name);
    const char *sha = NULL;

    for (size_t i = target ? target->good_count : 0; i > 0 && !sha; i--) {
        const char *theirs = digest_of(target->good[i - 1].image);

        if (theirs && strcmp(theirs, digest) == 0)
            sha = commit_of(view, target->good[i - 1].operation);
    }
    return sha;
}

/* As it was when the very same image was deployed before, anywhere. */
static const char *commit_on_record(const struct view *view, const char *service_name, const char *image)
{
    const struct service_settings *service = settings_find_service(view->settings, service_name);
    const char *digest = digest_of(image), *sha = NULL;

    for (size_t i = 0; service && digest && i < service->environments_count && !sha; i++) {
        const struct cloud_run_driver *driver = service->environments[i].driver.cloud_run;
        const char *name = settings_target_name(service, &service->environments[i], view->arena);

        sha = commit_in(view, name, digest);
        for (size_t k = 0; driver && k < driver->regions_count && !sha; k++)
            sha = commit_in(view, arena_printf(view->arena, "%s/%s", name, driver->regions[k]), digest);
    }
    return sha;
}

const char *evidence_version_commit(const struct view *view, const char *service, const struct target_version *version)
{
    const char *sha = commit_of(view, version->operation);

    return sha ? sha : commit_on_record(view, service, version->image);
}

const char *evidence_serving_commit(const struct view *view, const char *service, const char *target_name)
{
    const struct target *target = view->find_target(view->ctx, target_name);

    if (!target || target->good_count == 0 || target->doubt)
        return NULL;
    return evidence_version_commit(view, service, &target->good[target->good_count - 1]);
}

bool evidence_is_first(const struct view *view, const char *target_name)
{
    const struct target *target = view->find_target(view->ctx, target_name);

    return !target || (target->good_count == 0 && !target->doubt);
}

const char *evidence_commit(const struct view *view, const struct deploy_body *body)
{
    if (body->commit && !is_by_digest(body->image_tag))
        return body->commit->sha;
    return body->built_of ? body->built_of : commit_on_record(view, body->service, body->image);
}

/* ---- what GitHub said ---- */

static void tell_checks(const struct deploy_body *body, struct facts *facts)
{
    const struct deploy_checks *checks = body->github_checks;

    if (checks && checks->read_at_ms)
        facts->checks = checks->state == CHECKED_GREEN ? KNOWN_YES
                        : checks->state == CHECKED_RED ? KNOWN_NO
                                                       : KNOWN_NOT;
}

const char *evidence_as_people_write(const struct settings *settings, const char *login)
{
    for (size_t i = 0; i < settings->people_count; i++) {
        const char *written = settings->people[i].github;

        if (written && str_equal_nocase(str_of(written), str_of(login)))
            return written;
    }
    return login;
}

static void tell_authors(const struct view *view, const struct deploy_body *body, struct facts *facts)
{
    const struct deploy_authors *authors = body->authors;
    struct principal *told = NULL;

    if (!authors || !authors->is_known)
        return;
    for (size_t i = 0; i < authors->logins_count; i++)
        *ARENA_PUSH(view->arena, told, facts->authors_count) =
            (struct principal){ .system = "github", .id = evidence_as_people_write(view->settings, authors->logins[i]) };
    facts->authors = told;
    facts->are_authors_known = true;
}

const char *evidence_unknown_author(const struct view *view, const struct deploy_body *body)
{
    struct facts facts = view_facts(view);

    tell_authors(view, body, &facts);
    for (size_t i = 0; i < facts.authors_count; i++)
        if (!policy_is_known(view->policy, &facts, &facts.authors[i]))
            return facts.authors[i].id;
    return NULL;
}

static bool is_pinned(const char *state, const struct deploy_body *body)
{
    return body->image || (!body->repository[0] && strcmp(state, "awaiting-artifact") != 0);
}

void evidence_tell(const struct view *view, const char *state, const struct deploy_body *body, struct facts *facts)
{
    if (!is_pinned(state, body))
        return;
    tell_health(view, body, facts);
    tell_checks(body, facts);
    tell_authors(view, body, facts);
}
