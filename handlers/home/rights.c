/* rights.c - what a person may do, and where, in a few lines: verbs that may be used at the same places stand together.
 */
#include "handlers/home/home.h"

#include "handlers/place.h"

#include "bot/model/settings.h"
#include "policy/decide.h"

#include <string.h>

#define NAMED_MAX 4      /* services of an environment: more are counted */
#define SERVICES_MAX 100 /* of each environment that are asked about: where there are more, the first speak for all */

enum about { ABOUT_PLACE, ABOUT_DATABASE, ABOUT_ALL };

/* Those that change something, and that people ask for most. */
static const struct told {
    const char *verb;
    enum about about;
} told[] = {
    { "deploy", ABOUT_PLACE },  { "rollback", ABOUT_PLACE },    { "promote", ABOUT_PLACE },
    { "approve", ABOUT_PLACE }, { "scale", ABOUT_PLACE },       { "restart", ABOUT_PLACE },
    { "lock", ABOUT_PLACE },    { "failover", ABOUT_DATABASE }, { "backup", ABOUT_DATABASE },
    { "incident", ABOUT_ALL },  { "halt", ABOUT_ALL },
};

struct asking {
    const struct view *view;
    const struct principal *who;
    struct facts facts;
};

enum right { RIGHT_NONE, RIGHT_WITH_MORE, RIGHT_WHOLE };

static enum right right_of(const struct asking *a, const struct question *question)
{
    struct decision decision = policy_decide(a->view->policy, question, &a->facts, POLICY_STATIC);

    return decision.verdict == VERDICT_ALLOW   ? RIGHT_WHOLE
           : decision.verdict == VERDICT_NEEDS ? RIGHT_WITH_MORE
                                               : RIGHT_NONE;
}

static struct question question_of(const struct asking *a, const char *verb)
{
    return (struct question){ .principal = *a->who, .verb = verb, .source = "slack" };
}

/* ---- places ---- */

struct counted { /* of one environment, or of the databases */
    size_t all, whole, with_more;
    const char *named; /* the first of those that they may */
};

static void count(const struct asking *a, const char *name, enum right right, struct counted *counted)
{
    size_t before = counted->whole + counted->with_more;

    counted->all++;
    counted->whole += right == RIGHT_WHOLE;
    counted->with_more += right == RIGHT_WITH_MORE;
    if (right != RIGHT_NONE && before < NAMED_MAX)
        counted->named = counted->named ? arena_printf(a->view->arena, "%s, %s", counted->named, name) : name;
}

/* "staging"; "production (with more than your word)"; "api, web in production"; NULL: nowhere there. */
static const char *words_of(const struct asking *a, const char *name, const struct counted *counted)
{
    size_t may = counted->whole + counted->with_more;
    const char *more = counted->whole == 0      ? " (where its conditions are met)"
                       : counted->with_more > 0 ? " (some where conditions are met)"
                                                : "";

    if (may == 0)
        return NULL;
    if (may == counted->all)
        return arena_printf(a->view->arena, "%s%s", name, more);
    if (may <= NAMED_MAX)
        return arena_printf(a->view->arena, "%s in %s%s", counted->named, name, more);
    return arena_printf(a->view->arena, "%zu of %zu in %s%s", may, counted->all, name, more);
}

static const char *in_environment(const struct asking *a, const char *verb, const char *environment)
{
    const struct settings *settings = a->view->settings;
    struct request request = { .verb = verb, .source = "slack", .principal = *a->who };
    struct counted counted = { 0 };

    for (size_t i = 0; i < settings->services_count && counted.all < SERVICES_MAX; i++) {
        struct place place = { .service = &settings->services[i] };
        struct question question;

        place.environment = settings_find_environment(place.service, environment);
        if (!place.environment)
            continue;
        place_ask(&request, &place, a->view->arena, &question);
        count(a, place.service->name, right_of(a, &question), &counted);
    }
    return words_of(a, environment, &counted);
}

static bool is_named_before(const struct settings *settings, size_t service, const char *environment)
{
    for (size_t i = 0; i < service; i++)
        if (settings_find_environment(&settings->services[i], environment))
            return true;
    return false;
}

static const char *join(const char *text, const char *one, struct arena *arena)
{
    return !one ? text : text ? arena_printf(arena, "%s; %s", text, one) : one;
}

static const char *at_places(const struct asking *a, const char *verb)
{
    const struct settings *settings = a->view->settings;
    const char *text = NULL;

    for (size_t i = 0; i < settings->services_count; i++)
        for (size_t k = 0; k < settings->services[i].environments_count; k++) {
            const char *environment = settings->services[i].environments[k].name;

            if (!is_named_before(settings, i, environment))
                text = join(text, in_environment(a, verb, environment), a->view->arena);
        }
    return text;
}

static const char *at_databases(const struct asking *a, const char *verb)
{
    const struct settings *settings = a->view->settings;
    struct counted counted = { 0 };

    for (size_t i = 0; i < settings->databases_count; i++) {
        const struct database_settings *database = &settings->databases[i];
        struct question question = question_of(a, verb);

        question.database = database->name;
        question.environment = database->environment;
        question.labels = database->labels;
        question.labels_count = database->labels_count;
        count(a, database->name, right_of(a, &question), &counted);
    }
    return words_of(a, "the databases", &counted);
}

static const char *at_all(const struct asking *a, const char *verb)
{
    const struct question question = question_of(a, verb);
    enum right right = right_of(a, &question);

    return right == RIGHT_NONE ? NULL : right == RIGHT_WHOLE ? "any" : "any (where its conditions are met)";
}

/* ---- lines ---- */

struct line {
    const char *verbs, *where;
};

void home_rights(const struct view *view, const struct principal *who, const char ***ret_lines, size_t *ret_count)
{
    const struct asking a = { view, who, view_facts(view) };
    struct line lines[ARRAY_LEN(told)];
    size_t count = 0, k;

    for (size_t i = 0; i < ARRAY_LEN(told); i++) {
        const char *where = told[i].about == ABOUT_PLACE      ? at_places(&a, told[i].verb)
                            : told[i].about == ABOUT_DATABASE ? at_databases(&a, told[i].verb)
                                                              : at_all(&a, told[i].verb);

        for (k = 0; where && k < count && strcmp(lines[k].where, where) != 0; k++)
            ;
        if (where && k == count)
            lines[count++] = (struct line){ arena_printf(view->arena, "`%s`", told[i].verb), where };
        else if (where)
            lines[k].verbs = arena_printf(view->arena, "%s `%s`", lines[k].verbs, told[i].verb);
    }
    *ret_lines = NULL;
    *ret_count = 0;
    for (size_t i = 0; i < count; i++)
        *ARENA_PUSH(view->arena, *ret_lines, *ret_count) =
            strcmp(lines[i].where, "any") == 0 ? lines[i].verbs
                                               : arena_printf(view->arena, "%s: %s", lines[i].verbs, lines[i].where);
}
