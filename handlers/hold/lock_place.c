#include "handlers/hold/lock_place.h"

#include "handlers/maintenance/maintenance.h"
#include "handlers/place.h"

#include <string.h>

struct hold_place lock_place_of(const struct lock_body *body)
{
    return (struct hold_place){ body->service, body->environment };
}

static bool is_environment(const struct settings *settings, const char *word)
{
    for (size_t i = 0; i < settings->services_count; i++)
        if (settings_find_environment(&settings->services[i], word))
            return true;
    return false;
}

const char *lock_place_typed(const struct hold_place *place, struct arena *arena)
{
    if (!place->environment)
        return LOCK_EVERYTHING;
    return place->service ? arena_printf(arena, "%s %s", place->service, place->environment) : place->environment;
}

bool lock_place_is_known(const struct settings *settings, const struct hold_place *place)
{
    const struct service_settings *service;

    if (!place->service)
        return !place->environment || is_environment(settings, place->environment);
    if (settings_find_database(settings, place->service))
        return text_equal_or_none(settings_find_database(settings, place->service)->environment, place->environment);
    service = settings_find_service(settings, place->service);
    return service && settings_find_environment(service, place->environment);
}

/* A database in its environment, which may be typed behind it: what holds there holds failovers of it. */
static bool read_database(const struct database_settings *database, const struct typed *typed,
                          struct hold_place *place, size_t *ret_taken, struct question *question, struct error *err)
{
    const char *second = typed->words_count > 1 ? typed->words[1] : NULL;

    if (!database->environment)
        return error_set(err, ERR_INVALID,
                         "`%s` is in no environment, so it cannot be locked alone: give it one in the configuration. "
                         "Nothing was done.",
                         database->name);
    *ret_taken = second && strcmp(second, database->environment) == 0 ? 2 : 1;
    *place = (struct hold_place){ database->name, database->environment };
    question->database = database->name;
    question->environment = database->environment;
    question->labels = database->labels;
    question->labels_count = database->labels_count;
    return true;
}

bool lock_place_read(const struct view *view, const struct request *request, const struct typed *typed,
                     struct hold_place *ret_place, size_t *ret_taken, struct question *ret_question, struct error *err)
{
    const char *first = typed->words_count > 0 ? typed->words[0] : NULL;
    struct typed two = *typed;
    struct place place;

    *ret_place = (struct hold_place){ NULL, NULL };
    *ret_question =
        (struct question){ .principal = request->principal, .verb = request->verb, .source = request->source };
    *ret_taken = 1;
    if (!first)
        return error_set(err, ERR_INVALID,
                         "What? A service and its environment, an environment, or `%s`. Nothing was "
                         "done.",
                         LOCK_EVERYTHING);
    if (strcmp(first, LOCK_EVERYTHING) == 0)
        return true;
    if (!settings_find_service(view->settings, first) && is_environment(view->settings, first)) {
        ret_place->environment = ret_question->environment = first;
        return true;
    }
    if (!settings_find_service(view->settings, first) && settings_find_database(view->settings, first))
        return read_database(settings_find_database(view->settings, first), typed, ret_place, ret_taken, ret_question,
                             err);
    two.words_count = two.words_count < 2 ? two.words_count : 2;
    if (!place_read(view->settings, &two, view->arena, &place, err))
        return false;
    place_ask(request, &place, view->arena, ret_question);
    ret_place->service = place.service->name;
    ret_place->environment = place.environment->name;
    *ret_taken = 2;
    return true;
}

bool lock_place_by_id(const struct view *view, const struct request *request, const char *id,
                      struct hold_place *ret_place, struct question *ret_question, struct error *err)
{
    const struct operation *lock = view->find_operation(view->ctx, id);
    struct typed words = { .verb = request->verb };
    struct hold_place read;
    size_t taken;

    if (lock && maintenance_holds(lock))
        return error_set(err, ERR_NOT_FOUND, "%s is maintenance, and no lock: `maintenance end %s`. Nothing was done.",
                         id, id);
    if (!lock || operation_has_ended(lock) || strcmp(lock->kind, machine_lock.kind) != 0)
        return error_set(err, ERR_NOT_FOUND,
                         "There is no lock `%s`, or it has ended: `locks` lists them. Nothing was "
                         "done.",
                         id);
    *ret_place =
        (struct hold_place){ json_find_string(lock->body, "service"), json_find_string(lock->body, "environment") };
    if (ret_place->service)
        words.words[words.words_count++] = ret_place->service;
    words.words[words.words_count++] = ret_place->environment ? ret_place->environment : LOCK_EVERYTHING;
    if (!lock_place_read(view, request, &words, &read, &taken, ret_question, err))
        *ret_question = (struct question){ .principal = request->principal,
                                           .verb = request->verb,
                                           .service = ret_place->service,
                                           .environment = ret_place->environment,
                                           .source = request->source };
    ret_question->operation = lock->id;
    return true;
}

const struct operation *lock_find(const struct view *view, const struct hold_place *place)
{
    size_t count = hold_list(view, NULL, 0);
    const struct operation **list = arena_alloc(view->arena, (count + 1) * sizeof(*list));

    hold_list(view, list, count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i]->kind, machine_lock.kind) == 0 &&
            text_equal_or_none(json_find_string(list[i]->body, "service"), place->service) &&
            text_equal_or_none(json_find_string(list[i]->body, "environment"), place->environment))
            return list[i];
    return NULL;
}
