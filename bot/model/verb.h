/* verb.h - the two things a handler file exports: a verb, which requests name, and the machine of what it begins.
 *
 * Both are pure. The registries (handlers/registry.c) only list them; help, policy, typo suggestions and the doors all
 * read the same entries.
 */
#ifndef OPSGATE_MODEL_VERB_H
#define OPSGATE_MODEL_VERB_H

#include "bot/model/event.h"
#include "bot/model/outcome.h"
#include "bot/model/question.h"
#include "bot/model/request.h"
#include "bot/model/view.h"

struct verb {
    const char *name;    /* "deploy" */
    const char *usage;   /* "deploy [SERVICE] ENVIRONMENT [VERSION] [--reason TEXT]" */
    const char *summary; /* one line */
    const char *const *details; /* what `help VERB` says besides, a line each; NULL-terminated, or NULL */
    const struct verb_option *options; /* those with secret values among them; NULL: none has any */
    size_t options_count;
    bool hides_values;      /* of its words NAME=VALUE in upper case the values are nobody's business: request_text_shown */
    bool hides_words;       /* they name a person who is to be forgotten: the journal has its name alone */
    const char *ruled_as; /* what rules call it: its asks() asks policy for that; NULL: its name */
    const char *also_ruled_as; /* and what they call it with some words: who types that has read them. NULL: nothing */
    bool is_safe_direction; /* goes to inbox:safe, read first, with its own reserve */
    const char *safe_word;  /* with this first word it does so, too, where else it does not; or NULL */
    bool is_look;           /* changes nothing: an operation that it begins has a number of its own kind, which nobody types:
                             * operation.h */
    bool (*only_looks)(const void *arguments); /* with these words it changes nothing, and is such a look; NULL: never */
    bool is_internal;       /* nobody types it: no help lists it, no suggestion names it, and policy is not asked. Its asks()
                             * must refuse every source that a door gives */
    bool takes_glass;       /* its asks() reads --break-glass TEXT: by that a deny is passed whose `break_glass` names a role of theirs.
                             * Else no deny of it is, whatever its rule names */
    bool outlives_asker;    /* it is about what was done: an operation that asked for it may be over by the time it is decided */
    bool is_asked_again;    /* its machine asks policy once more, wholly, when the artifact is pinned: what comes with that is
                             * pending until then. Else everything is judged before begin() */
    /* What policy is asked, from the words: before begin() runs. `arguments` is what begin() gets. False: the words make
     * no sense; err says what, with the nearest thing that would have; the person also gets the usage line. */
    bool (*asks)(const struct view *view, const struct request *request, struct question *ret_question,
                 const void **ret_arguments, struct error *err);
    /* Whose usage they get, where the words are another verb's, or NULL. NULL: always its own. */
    const struct verb *(*is_about)(const struct view *view, const struct request *request);
    /* Policy refused it, and the reply says so: lines that help whoever asked besides. `is_by_glass`: it says, too, that they
     * could break the glass. NULL: there are none. */
    void (*refused)(const struct view *view, const struct question *question, const void *arguments, bool is_by_glass,
                    struct outcome *out);
    /* Policy allowed it, as far as it can be known by now. Not called when the question names a live operation: that one
     * decides, in one commit with its own state, so that a double click is one request. */
    void (*begin)(const struct view *view, const struct request *request, const struct question *question,
                  const void *arguments, struct outcome *out);
};

/* `verbs` is NULL-terminated, as the registry is. */
const struct verb *verb_find(const struct verb *const *verbs, const char *name);    /* or NULL */
bool verb_goes_first(const struct verb *verb, const struct request *request); /* to inbox:safe; `verb` may be NULL */
const struct verb *verb_nearest(const struct verb *const *verbs, const char *name); /* probably meant, or NULL */

struct upgrade {
    int64_t from_schema;
    cJSON *(*upgrade)(cJSON *body); /* takes the old body, gives the one of from_schema + 1 */
};

struct machine {
    const char *kind;         /* "deploy" */
    int64_t schema;           /* of its body */
    const struct shape *body;
    const struct upgrade *upgrades;
    size_t upgrades_count;
    /* There is one of it as long as it is wanted, and nobody asks for it: whenever an owner has loaded the store and finds none
     * at work, this may begin one (outcome_begin), a look by its number; the one at work hears MESSAGE_OWNER instead. NULL: it
     * is asked for. */
    void (*stand)(const struct view *view, struct outcome *out);
    bool hears_refusals; /* of all that stand one hears MESSAGE_REFUSED and MESSAGE_ACCEPTED */
    bool stands_aside; /* before it claims its target, and after it let it go, it takes no place in the target's line, and
                        * need not give way to anybody */
    /* What stands as it is when an event of its own crashes its owner again and again, as a lock does: stuck, but not ended. No
     * timer, message or reading wakes it any more; what people ask of it still comes to on_event, and may end it. The
     * sentence is what they are told then. NULL: such a one ends, stuck. */
    const char *holds_on;
    /* The operation's own event. Never called for one that ended. */
    void (*on_event)(const struct view *view, const struct operation *operation, const void *body,
                     const struct event *event, struct outcome *out);
    /* Who is in which group, by its body: of all machines one knows it. Kept as view.memberships while the record stands as it
     * is. NULL: it does not know. */
    const struct membership *(*memberships)(const void *body, size_t *ret_count);
    /* And who was ever joined by their addresses; needs memberships. NULL: nobody. */
    const struct principal_join *(*joins)(const void *body, size_t *ret_count);
    /* May this increase go now? Asked before every try of an effect whose kind is an increase or is asked first; NULL: nothing forbids it. False:
     * it is never tried (again), and ends as cancelled (unknown, if a try may have arrived) with err's sentence. */
    bool (*may_increase)(const struct view *view, const struct operation *operation, const void *body,
                         const struct effect *effect, struct error *err);
    /* No store answers, and this instance was its last owner. May it go on with this operation, in memory alone, until it
     * gives back what it had raised - and do nothing else? `stored_state`: in which the store knows it ("": nobody knows);
     * the operation and its body are as it has become since. `giving_back`: args of the decrease that it wants; NULL: none
     * yet. *ret_why: why it wants that, or NULL. NULL: never. */
    bool (*may_go_on_alone)(const struct view *view, const struct operation *operation, const void *body,
                            const char *stored_state, const cJSON *giving_back, const char **ret_why);
    /* Does giving traffic back wait for this reading? Then whoever is on call hears when it is refused. NULL: never. */
    bool (*looks_for_way_back)(const struct operation *operation, const struct awaited *awaited);
    /* How it looks to people now; the engine shows it again whenever it changed. NULL: it has no card. */
    void (*card)(const struct view *view, const struct operation *operation, const void *body, struct card *ret_card);
};

#endif
