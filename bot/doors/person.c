/* person.c - whoever asks waits at the door for words: for the answer, or for why it was not accepted. */
#include "bot/doors/doors.h"

#define UNSAID_STATUS 503 /* refused, and there is no way to say why */

struct person { /* waits on a connection for the words of the answer */
    const struct ingress_options *options;
    const struct reply_door *how;
    bool is_silent; /* the connection shows them nothing */
    char *connection, *request_id;
    char *url; /* where it is refused then; or NULL */
};

const char *door_refusal(const struct reply_door *how, enum arrival_is is, const char *why, struct arena *arena)
{
    switch (is) {
    case ARRIVAL_NEW:
    case ARRIVAL_DUPLICATE:
        break;
    case ARRIVAL_FULL:
        return "*NOT accepted*: opsgate has too much waiting. Nothing was done; please ask again in a moment.";
    case ARRIVAL_IN_DOUBT:
        return how->in_doubt;
    case ARRIVAL_NO_STORE:
        return how->store_is_down(why, arena);
    case ARRIVAL_FOREIGN:
        return arena_printf(arena, "*NOT accepted*: this opsgate does not know its store (%s). Nothing was done.", why);
    case ARRIVAL_TOO_LARGE:
        return "*NOT accepted*: the request is too large. Nothing was done.";
    case ARRIVAL_TOO_OFTEN:
        return arena_printf(
            arena,
            "*NOT accepted*: you have asked too often within the hour. Nothing was done; ask again in %s. "
            "What leads back (rollback, pause, abort) is taken at any time.",
            why);
    case ARRIVAL_MALFORMED:
        return "*NOT accepted*: the request is not valid UTF-8. Nothing was done.";
    }
    return NULL;
}

/* By the address, since the connection of a silent door shows nothing. Without one, a status that is no success has the
 * sender's own system say that it failed. */
static void refuse_silently(const struct person *person, const char *text)
{
    const struct ingress_options *options = person->options;
    struct reply reply = { .text = text, .is_refusal = true };
    AUTO_FREE char *body = person->how->write(&reply);

    if (!person->url) {
        replies_fail(options->replies, person->connection, UNSAID_STATUS);
        return;
    }
    if (options->refuse)
        options->refuse(options->refuse_arg, person->request_id, person->url, person->how->content_type, str_of(body));
    replies_let_go(options->replies, person->connection);
}

static int refusal_status(const struct reply_door *how, enum arrival_is is)
{
    if (is == ARRIVAL_TOO_LARGE)
        return how->too_large_status;
    return is == ARRIVAL_TOO_OFTEN && how->refused_status != 200 ? 429 : how->refused_status;
}

static void refuse(const struct person *person, enum arrival_is is, const char *why)
{
    AUTO(arena) struct arena *arena = arena_create();
    const struct reply_door *how = person->how;
    const char *text = door_refusal(how, is, why, arena);

    if (person->is_silent)
        refuse_silently(person, text);
    else
        replies_refuse(person->options->replies, person->connection, refusal_status(how, is), text);
}

static void tell_person(void *arg, enum arrival_is is, const char *why)
{
    struct person *person = arg;
    struct replies *replies = person->options->replies;

    if (is == ARRIVAL_NEW && !person->is_silent)
        replies_confirm(replies, person->connection); /* its reply comes when it is decided */
    else if (is == ARRIVAL_NEW || is == ARRIVAL_DUPLICATE)
        replies_let_go(replies, person->connection); /* of a duplicate, the first one is answered */
    else
        refuse(person, is, why);
    free(person->connection);
    free(person->request_id);
    free(person->url);
    free(person);
}

/* Our own answer, "accepted, but not answered in time", must come before http_in's: that one says "unreachable". */
static int64_t wait_of(const struct ingress_options *options, const struct sender *sender,
                       const struct arrival *arrival)
{
    int64_t most_ms = options->settings->limits.answer_timeout_ms;
    int64_t left_ms = sender->received_at_ms + most_ms - most_ms / 10 - loop_now_ms(options->loop);

    return left_ms < 0 ? 0 : left_ms < arrival->wait_ms ? left_ms : arrival->wait_ms;
}

static struct reply_doubt doubt_of(const struct person *person)
{
    if (person->is_silent)
        return (struct reply_doubt){ .status = person->url ? 0 : UNSAID_STATUS };
    return (struct reply_doubt){ person->how->refused_status, person->how->in_doubt };
}

void door_accept_from(struct door *door, const struct sender *sender, const struct reply_door *how,
                      const struct arrival *arrival)
{
    const struct ingress_options *options = door->options;
    int64_t wait_ms = wait_of(options, sender, arrival);
    struct person *person = xcalloc(1, sizeof(*person));
    struct arrival theirs = *arrival;

    *person = (struct person){ .options = options,
                               .how = how,
                               .is_silent = how->is_silent || sender->is_deaf,
                               .request_id = xstrdup(sender->id),
                               .url = arrival->url ? xstrdup(arrival->url) : NULL };
    person->connection = xstrdup(replies_wait(options->replies, sender, how, wait_ms, doubt_of(person)));
    theirs.request_id = person->request_id;
    theirs.connection = person->connection;
    theirs.inline_until_ms = person->is_silent ? 0 : options->store_unix_ms(options->ctx) + wait_ms;
    door_offer(door, how, &theirs, tell_person, person);
}

void door_accept(struct door *door, struct http_request *request, const struct reply_door *how,
                 const struct arrival *arrival)
{
    struct sender sender = sender_http(request);

    if (utf8_is_valid(str_of(arrival->body))) {
        door_accept_from(door, &sender, how, arrival);
        return;
    }
    door->counts->malformed++;
    http_in_problem(request, 400, NULL, "The body is not valid UTF-8.");
}
