#include "handlers/trigger/comment.h"

#include "handlers/trigger/asked.h"
#include "handlers/trigger/listen.h"
#include "handlers/trigger/places.h"

#include "bot/model/effect.h"
#include "bot/model/exchange.h"
#include "bot/model/github_event.h"
#include "bot/model/pull.h"
#include "bot/model/settings.h"
#include "policy/decide.h"

#include <string.h>

#define SHA_CALLED 12
#define FENCE_BYTES 64
#define CUT " More services take it than one comment can begin: the rest was not. Name one."
#define TAKERS_SHOWN 8
#define AT_ONCE_MAX 20 /* comments of one repository that are looked into or followed */

/* ---- the command ---- */

/* What stands behind it in `line`, which begins with it. */
static bool take_command(struct str *line, const char *command)
{
    struct str rest = *line;

    if (!str_take_prefix(&rest, command) || (rest.len > 0 && rest.at[0] != ' ' && rest.at[0] != '\t'))
        return false;
    *line = rest;
    return true;
}

static bool is_of(const struct service_settings *service, const char *repository)
{
    return service->repository && str_equal_nocase(str_of(service->repository), str_of(repository));
}

static bool takes(const struct environment_settings *environment, struct str line)
{
    return environment->comments && environment->comments->enabled &&
           take_command(&line, environment->comments->command);
}

/* Is it the command of any place of that repository? */
static bool is_command(const struct view *view, const char *repository, struct str line)
{
    for (size_t i = 0; i < view->settings->services_count; i++) {
        const struct service_settings *service = &view->settings->services[i];

        for (size_t k = 0; is_of(service, repository) && k < service->environments_count; k++)
            if (takes(&service->environments[k], line))
                return true;
    }
    return false;
}

static struct str first_line(const char *text)
{
    struct str rest = str_of(text), line = str_take_until(&rest, '\n');

    while (line.len > 0 && line.at[line.len - 1] == '\r')
        line.len--;
    return line;
}

/* ---- the event ---- */

/* By a person, with no program between, on an open pull request; who sent it is who wrote it. */
static bool is_by_its_author(const struct github_issue_comment *comment, const struct outside_event *event)
{
    return comment->is_pull_request && comment->number > 0 && comment->state && strcmp(comment->state, "open") == 0 &&
           comment->author && comment->author_type && strcmp(comment->author_type, "User") == 0 && !comment->app_id &&
           strcmp(event->principal.system, "github") == 0 && strcmp(event->principal.id, comment->author) == 0;
}

/* ---- who is heard ---- */

/* Anybody may write on a public repository: whoever could begin nothing anywhere, at any time, costs no call of GitHub,
 * no operation and no answer. */
static bool is_stranger(const struct view *view, const struct principal *who)
{
    const struct facts facts = view_facts(view);

    return policy_is_stranger(view->policy, &facts, who, "github", "deploy");
}

/* The calls that an answer takes are bounded too. */
static bool are_too_many(const struct view *view, const char *repository)
{
    size_t count = view->list_operations(view->ctx, NULL, 0), asking = 0;
    const struct operation **all = arena_alloc(view->arena, (count + 1) * sizeof(*all));

    view->list_operations(view->ctx, all, count);
    for (size_t i = 0; i < count; i++) {
        const char *theirs = strcmp(all[i]->kind, machine_trigger.kind) == 0 && !operation_has_ended(all[i]) &&
                                     json_find_int(all[i]->body, "kind", TRIGGER_RELEASE) == TRIGGER_COMMENT
                                 ? json_find_string(all[i]->body, "repository")
                                 : NULL;

        asking += theirs && str_equal_nocase(str_of(theirs), str_of(repository));
    }
    return asking >= AT_ONCE_MAX;
}

bool trigger_comment_asks(const struct view *view, const struct outside_event *event,
                          struct wanted_request *ret_request)
{
    struct trigger_body body = { .kind = TRIGGER_COMMENT };
    struct github_issue_comment comment;
    struct error ignored;

    if (!shape_from_json(github_event_shape(event->name), event->body, view->arena, &comment, &ignored) ||
        !comment.id || !comment.body || !comment.about.repository || !is_by_its_author(&comment, event) ||
        !is_command(view, comment.about.repository, first_line(comment.body)))
        return false;
    if (is_stranger(view, &event->principal))
        ret_request->why_not = "whoever wrote it may deploy nowhere";
    else if (are_too_many(view, comment.about.repository))
        ret_request->why_not = "too many comments there wait for an answer";
    if (ret_request->why_not)
        return false;
    trigger_listen_about(event, &body);
    body.repository = comment.about.repository;
    body.id = comment.id;
    body.number = comment.number;
    *ret_request = asked_write(&body, NULL, view->arena);
    return true;
}

/* ---- what is written there ---- */

/* Their own, and not that of statuses: those of a rollout wait for nobody who talks. */
static const char *lane(const struct triggering *t)
{
    char *repository = arena_strdup(t->view->arena, t->body->repository);

    str_lower(repository);
    return arena_printf(t->view->arena, "github:comments:%s", repository);
}

static void react(struct triggering *t, const char *content)
{
    struct reaction_made made = { t->body->repository, t->body->id, content };

    outcome_effect(t->out, (struct wanted_effect){ .kind = EFFECT_REACTION,
                                                   .lane = lane(t),
                                                   .args = shape_to_json(&reaction_made_shape, &made, SHAPE_WHOLE) });
}

static void answer(struct triggering *t, const char *text)
{
    struct comment_made made = { t->body->repository, t->body->number, text };

    outcome_effect(t->out, (struct wanted_effect){ .kind = EFFECT_COMMENT,
                                                   .lane = lane(t),
                                                   .args = shape_to_json(&comment_made_shape, &made, SHAPE_WHOLE) });
}

/* Words of others: in a code block nobody is mentioned, and nothing is a link. Its fence is longer than any in them. */
static const char *fenced(const struct triggering *t, const char *words)
{
    char fence[FENCE_BYTES] = "```";
    size_t len = strlen(fence);

    while (strstr(words, fence) && len + 1 < sizeof(fence))
        fence[len++] = '`', fence[len] = '\0';
    return strstr(words, fence) ? "" : arena_printf(t->view->arena, "\n\n%stext\n%s\n%s", fence, words, fence);
}

/* "@{slack:U1}" as "slack:U1": GitHub knows none of them. */
static const char *unmarked(const struct triggering *t, const char *words)
{
    char *copy = arena_strdup(t->view->arena, words), *to = copy;
    bool is_mark = false;

    for (const char *from = words; *from; from++) {
        if (strncmp(from, "@{", 2) == 0 && strchr(from, '}')) {
            is_mark = true;
            from++;
        } else if (is_mark && *from == '}') {
            is_mark = false;
        } else {
            *to++ = *from;
        }
    }
    *to = '\0';
    return copy;
}

/* `place` NULL: it came to none. */
static void tell_why(struct triggering *t, const struct trigger_place *place, const char *why)
{
    struct arena *arena = t->view->arena;
    const char *what = place ? arena_printf(arena, "Nothing was deployed to **%s**", place->environment)
                             : "Nothing was deployed",
               *which = place ? arena_printf(arena, "deploy %s %s", place->service, place->environment) : NULL;
    const char *again = which ? arena_printf(arena, "Whoever may asks again in a new comment, or in Slack: `/%s %s`.",
                                             which, place->version)
                              : "Ask again in a new comment.";

    react(t, "-1");
    if (t->body->is_private)
        answer(t, arena_printf(arena, "%s:%s\n\n%s", what, fenced(t, unmarked(t, why)), again));
    else
        answer(t, arena_printf(arena, "%s. Why, and who may, is not told in public%s. %s", what,
                               which ? arena_printf(arena, ": `/ops explain %s` in Slack tells whoever asks", which)
                                     : arena_printf(arena, "; opsgate's journal has it (%s)", t->out->operation_id),
                               again));
}

void comment_told_nothing(struct triggering *t, const char *why)
{
    tell_why(t, NULL, why);
}

static const char *services_of(const struct triggering *t, enum place_state state)
{
    const char *services = NULL;

    for (size_t i = 0; i < t->body->places_count; i++) {
        const struct trigger_place *place = &t->body->places[i];

        if (place->state == (int64_t)state)
            services = services ? arena_printf(t->view->arena, "%s, %s", services, place->service) : place->service;
    }
    return services;
}

static const struct trigger_place *first_of(const struct triggering *t, enum place_state state)
{
    for (size_t i = 0; i < t->body->places_count; i++)
        if (t->body->places[i].state == (int64_t)state)
            return &t->body->places[i];
    return NULL;
}

void comment_told_places(struct triggering *t)
{
    const struct trigger_place *begun = first_of(t, PLACE_BEGUN), *refused = first_of(t, PLACE_REFUSED),
                               *left_out = first_of(t, PLACE_LEFT_OUT);

    if (begun) {
        react(t, "eyes");
        answer(t,
               arena_printf(t->view->arena, "**%s** deploys `%.*s` to **%s** (%s).%s", begun->operation, SHA_CALLED,
                            t->body->sha, begun->environment, services_of(t, PLACE_BEGUN), t->body->is_cut ? CUT : ""));
    } else if (refused) {
        tell_why(t, refused, refused->text ? refused->text : "it was refused");
    } else if (left_out) {
        answer(t, arena_printf(t->view->arena, "Nothing is to be deployed to **%s** (%s)%s%s.", left_out->environment,
                               services_of(t, PLACE_LEFT_OUT), t->body->is_private ? ": " : "",
                               t->body->is_private ? left_out->text : ""));
    }
}

void comment_told_end(struct triggering *t, const char *result)
{
    react(t, strcmp(result, "done") == 0 ? "rocket" : "-1");
}

/* ---- is it still so? ---- */

void comment_ask(struct triggering *t)
{
    struct pull_ask ask = { t->body->repository, t->body->number, t->body->id };

    outcome_read(t->out, "pull", READING_PULL, shape_to_json(&pull_ask_shape, &ask, SHAPE_WHOLE), TRIGGER_READ_MS);
}

/* GitHub knows that comment as the one that was told: by whom, and a command. Else whoever told it has made it up. */
static bool is_told(const struct triggering *t, const struct pull_comment *comment)
{
    return comment && comment->author && comment->line &&
           str_equal_nocase(str_of(comment->author), str_of(t->body->initiator.id)) &&
           is_command(t->view, t->body->repository, str_of(comment->line));
}

/* Words of ours, which tell anybody nothing new. NULL: its head may be deployed. */
static const char *fault_of(const struct triggering *t, const struct pull_read *read)
{
    int64_t age_ms = view_unix_ms(t->view) - read->comment->at_ms,
            max_ms = t->view->settings->automation.max_event_age_ms;

    if (t->body->is_late || age_ms > max_ms)
        return arena_printf(t->view->arena,
                            "your comment was found %s after you wrote it, and opsgate acts on nothing that is older "
                            "than %s. Ask again",
                            duration_about(age_ms).text, duration_about(max_ms).text);
    if (strcmp(read->state, "open") != 0)
        return "this pull request is closed. Reopen it, and ask again";
    if (read->is_fork)
        return "its head is in another repository, and of forks nothing is deployed. Push it to a branch of this one, "
               "and ask there";
    if (read->head_at_ms == 0 || read->head_at_ms >= read->comment->at_ms)
        return "its head was pushed after you asked, or in the same second. Look at it, and ask again";
    return NULL;
}

/* ---- where ---- */

/* Nothing but two names: an option that is passed over would be one that somebody believes in. */
static const char *take_words(struct triggering *t, struct str rest, const char *command)
{
    struct str environment = str_take_word(&rest), service = str_take_word(&rest), more = str_take_word(&rest);

    if (environment.len == 0 || more.len > 0 || environment.at[0] == '-' || (service.len > 0 && service.at[0] == '-'))
        return arena_printf(t->view->arena, "ask `%s ENVIRONMENT` or `%s ENVIRONMENT SERVICE`, and nothing else",
                            command, command);
    t->body->environment = arena_copy(t->view->arena, environment);
    t->body->service = service.len > 0 ? arena_copy(t->view->arena, service) : NULL;
    return NULL;
}

static void add_place(struct triggering *t, const struct service_settings *service,
                      const struct environment_settings *environment)
{
    int64_t built_ms = environment->release ? environment->release->wait_ms : 0,
            waits_ms = service->artifact ? service->artifact->wait_ms : 0;
    struct trigger_place place = {
        .service = service->name,
        .environment = environment->name,
        .version = arena_printf(t->view->arena, "sha:%s", t->body->sha),
        .called = arena_printf(t->view->arena, "sha:%.*s", SHA_CALLED, t->body->sha),
        .wait_ms = built_ms > waits_ms ? built_ms : waits_ms,
    };

    places_add(t->view, t->body, &place);
}

/* "`.deploy staging api`, `/ship preview api`": what may be asked for there. In public it is not listed what there is.
 */
static const char *find_takers(const struct triggering *t)
{
    struct arena *arena = t->view->arena;
    const char *text = NULL;
    size_t count = 0;

    for (size_t i = 0; t->body->is_private && i < t->view->settings->services_count; i++) {
        const struct service_settings *service = &t->view->settings->services[i];

        for (size_t k = 0; is_of(service, t->body->repository) && k < service->environments_count; k++) {
            const struct environment_settings *environment = &service->environments[k];

            if (!environment->comments || !environment->comments->enabled || ++count > TAKERS_SHOWN)
                continue;
            text = arena_printf(arena, "%s%s`%s %s %s`", text ? text : "", text ? ", " : "",
                                environment->comments->command, environment->name, service->name);
        }
    }
    return count > TAKERS_SHOWN ? arena_printf(arena, "%s and %zu more", text, count - TAKERS_SHOWN) : text;
}

static const char *nowhere(const struct triggering *t)
{
    const char *takers = find_takers(t);

    if (!takers)
        return "no such place takes that from a comment. In Slack, `/deploy SERVICE ENVIRONMENT VERSION` asks for any";
    return arena_printf(t->view->arena, "no such place takes that from a comment. These do: %s", takers);
}

/* Each service of the repository that is meant, and takes that very command there. NULL: there are such. */
static const char *find_places(struct triggering *t, struct str line)
{
    const char *fault = NULL;

    for (size_t i = 0; i < t->view->settings->services_count; i++) {
        const struct service_settings *service = &t->view->settings->services[i];

        for (size_t k = 0; is_of(service, t->body->repository) && k < service->environments_count; k++) {
            const struct environment_settings *environment = &service->environments[k];
            struct str rest = line;

            if (!takes(environment, line) || !take_command(&rest, environment->comments->command))
                continue;
            fault = take_words(t, rest, environment->comments->command);
            if (fault)
                return fault;
            if (strcmp(environment->name, t->body->environment) == 0 &&
                (!t->body->service || strcmp(service->name, t->body->service) == 0))
                add_place(t, service, environment);
        }
    }
    return t->body->places_count > 0 ? NULL : nowhere(t);
}

void comment_on_pull(struct triggering *t)
{
    struct pull_read read;
    const char *fault;

    if (!trigger_read_answer(t, &pull_read_shape, &read))
        return;
    if (!is_told(t, read.comment)) {
        trigger_end(t, "refused", "GitHub knows no such comment by who is said to have written it");
        return;
    }
    t->body->is_private = !read.is_public;
    t->body->sha = read.head_sha;
    fault = read.comment->is_edited ? "your comment was edited. Ask again in a new one" : fault_of(t, &read);
    fault = fault ? fault : find_places(t, str_of(read.comment->line));
    if (!fault) {
        trigger_spread(t);
        return;
    }
    react(t, "-1");
    answer(t, arena_printf(t->view->arena, "Nothing was deployed: %s.", fault));
    trigger_end(t, "refused", "%s", fault);
}
