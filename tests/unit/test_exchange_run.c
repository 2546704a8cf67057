/* An attempt through its exchange: credentials first, the lease before every call, and what may have happened. */
#include "tests/unit/rows.h"

#include "bot/carrier/exchange_run.h"

#include <stdio.h>
#include <string.h>

/* steps: what the exchange wants after so many answers: G a GET, P a POST, T a GET with Google's token, F one with a
 * fresh token, H one with a repository's, . done, ! never, U never, and nobody knows what was before. answers, one for
 * each call: o 200, 8 200 with all that an answer may hold, 5 500, 4 408, 1 401, x none came, n it never left, > the
 * attempt's deadline passes first. story: the calls made (t brings a token), f when the token is forgotten, and the
 * end: . done, ? again, ~ again and it may have happened, ! and U never. */
static const struct row {
    const char *name, *steps, *answers, *story;
    int refused_at;   /* the call that may not be sent any more, from 1; 0: all may */
    const char *seat; /* NULL: not looked at */
} rows[] = {
    { "calls go one after another", "GGP.", "ooo", "GGP.", 0, NULL },
    { "a token is fetched once", "TT.", "ooo", "tTT.", 0, NULL },
    { "no token, no call", "T.", "5", "t?", 0, NULL },
    { "no token server, no call", "T.", "x", "t?", 0, NULL },
    { "a token that is refused is forgotten", "T.", "o1", "tTf?", 0, NULL },
    { "a fresh token is fetched once", "TF.", "oooo", "tTftF.", 0, NULL },
    { "a fresh token for want of any", "F.", "oo", "ftF.", 0, NULL },
    { "a repository's token that is refused", "H.", "o1", "tHf?", 0, "github:acme/api" },
    { "one that is not given is the App's affair", "H.", "1", "tf?", 0, "github" },
    { "one that nobody could be asked for", "H.", "5", "t?", 0, "github:acme/api" },
    { "a refusal for good ends it", "G!", "o", "G!", 0, NULL },
    { "also one that could not see what was before", "GU", "o", "GU", 0, NULL },
    { "a look that was not answered changed nothing", "GP.", "x", "G?", 0, NULL },
    { "a change that was not answered may have happened", "GP.", "ox", "GP~", 0, NULL },
    { "a change that never left did not happen", "GP.", "on", "GP?", 0, NULL },
    { "a change answered by 500 may have happened", "GP.", "o5", "GP~", 0, NULL },
    { "but not where the peer says what that means: it was not taken", "GQ.", "o5", "GQ?", 0, NULL },
    { "without any answer it may have, there, too", "GQ.", "ox", "GQ~", 0, NULL },
    { "a change that took the peer too long may have happened", "GP.", "o4", "GP~", 0, NULL },
    { "a look that took the peer too long changed nothing", "GP.", "4", "G?", 0, NULL },
    { "a change that is out at the deadline may have happened", "GP.", "o>", "GP~", 0, NULL },
    { "a look that is out at the deadline changed nothing", "GP.", ">", "G?", 0, NULL },
    { "without the lease nothing leaves", "GP.", "oo", "?", 1, NULL },
    { "the lease is asked for before every call", "GP.", "oo", "G?", 2, NULL },
    { "and before a token is fetched", "TP.", "oo", "?", 1, NULL },
    { "and between the token and the call", "TP.", "oo", "t?", 2, NULL },
    { "an exchange that goes round in circles is stopped", "G", "o", NULL, 0, NULL },
    { "answers as large as two of the largest are read", "GGP.", "88o", "GGP.", 0, NULL },
    { "of larger ones none is, and nothing is changed", "GGGP.", "888o", "GGG?", 0, NULL },
};

struct play {
    const struct row *row;
    int asked;
    bool has_token;
    char story[256];
};

static struct exchange_step step(const struct exchange *exchange)
{
    const char *steps = json_find_string(exchange->args, "steps");
    size_t last = strlen(steps) - 1, at = exchange->answer_count < last ? exchange->answer_count : last;
    const struct http_answer *answer = exchange->answer_count ? &exchange->answers[exchange->answer_count - 1] : NULL;

    if (answer && answer->status == 408)
        return exchange_again(exchange, "the peer took too long");
    if (answer && answer->status != 200)
        return exchange_refused(exchange, "the peer", answer);
    switch (steps[at]) {
    case 'P':
        return exchange_call((struct http_call){ .method = "POST", .url = "http://peer/P" });
    case 'Q':
        return exchange_call(
            (struct http_call){ .method = "POST", .url = "http://peer/Q", .is_untaken_on_5xx = true });
    case 'T':
        return exchange_call(
            (struct http_call){ .method = "GET", .url = "http://peer/T", .credential = HTTP_GOOGLE_ACCESS });
    case 'H':
        return exchange_call((struct http_call){
            .method = "GET", .url = "http://peer/H", .credential = HTTP_GITHUB, .audience = "acme/api" });
    case 'F':
        return exchange_call((struct http_call){ .method = "GET",
                                                 .url = "http://peer/F",
                                                 .credential = HTTP_GOOGLE_ACCESS,
                                                 .wants_fresh_credential = true });
    case '.':
        return exchange_done(exchange, NULL);
    case '!':
        return exchange_never(exchange, "no");
    case 'U': {
        struct exchange_step never = exchange_never(exchange, "no");

        never.is_unclear = true;
        return never;
    }
    default:
        return exchange_call((struct http_call){ .method = "GET", .url = "http://peer/G" });
    }
}

static struct exchange_step fetch_step(const struct exchange *exchange)
{
    const struct http_answer *answer = exchange->answers;

    if (exchange->answer_count == 0)
        return exchange_call((struct http_call){ .method = "GET", .url = "http://tokens/t" });
    return answer->status == 200 ? exchange_done(exchange, NULL) : exchange_refused(exchange, "tokens", answer);
}

static const char *get_token(void *ctx, const struct http_call *call, struct arena *arena)
{
    const struct play *play = ctx;

    (void)call;
    (void)arena;
    return play->has_token ? "Bearer x" : NULL;
}

static exchange_fn fetch_token(void *ctx, const struct http_call *call, struct arena *arena, const cJSON **ret_args,
                               struct error *err)
{
    (void)ctx;
    (void)call;
    (void)arena;
    (void)err;
    *ret_args = NULL;
    return fetch_step;
}

static bool learn_token(void *ctx, const struct http_call *call, const cJSON *result, struct error *err)
{
    struct play *play = ctx;

    (void)call;
    (void)result;
    (void)err;
    play->has_token = true;
    return true;
}

static void tell(struct play *play, char c)
{
    size_t len = strlen(play->story);

    if (len < sizeof(play->story) - 1)
        play->story[len] = c;
}

static void forget_token(void *ctx, const struct http_call *call)
{
    struct play *play = ctx;

    (void)call;
    play->has_token = false;
    tell(play, 'f');
}

static bool may_send(void *arg)
{
    struct play *play = arg;

    return ++play->asked != play->row->refused_at;
}

static char huge[HTTP_ANSWER_MAX_BYTES];

static void answer(struct exchange_run *run, char c)
{
    static const struct {
        char c;
        struct http_answer answer;
    } answers[] = {
        { 'o', { .status = 200, .was_sent = true } },
        { '5', { .status = 500, .was_sent = true } },
        { '4', { .status = 408, .was_sent = true } },
        { '1', { .status = 401, .was_sent = true } },
        { 'x', { .failure = "timed out", .was_sent = true } },
        { 'n', { .failure = "refused", .was_sent = false } },
        { '8', { 200, .body = { huge, sizeof(huge) }, .was_sent = true } },
    };

    if (c == '>')
        exchange_run_expire(run);
    for (size_t i = 0; i < ARRAY_LEN(answers); i++)
        if (answers[i].c == c)
            exchange_run_answer(run, &answers[i].answer);
}

static void check_row(void **state)
{
    struct play play = { .row = *state };
    struct credential_source credentials = { &play, get_token, fetch_token, learn_token, forget_token, NULL };
    AUTO_JSON cJSON *args = json_object();
    struct exchange_run_options options = {
        .step = step, .credentials = &credentials, .args = args, .may_send = may_send, .may_send_arg = &play
    };
    AUTO(exchange_run) struct exchange_run *run = NULL;
    const char *answers = play.row->answers;
    const struct http_call *call;
    const struct attempt_end *end;
    size_t calls = 0;

    json_set_string(args, "steps", play.row->steps);
    run = exchange_run_create(&options);
    while ((call = exchange_run_next(run)) != NULL) {
        tell(&play, call->url[strlen(call->url) - 1]);
        assert_ptr_equal(exchange_run_next(run), call); /* the same one until it is answered */
        answer(run, answers[calls < strlen(answers) ? calls : strlen(answers) - 1]);
        calls++;
    }
    end = exchange_run_end(run);
    assert_non_null(end);
    assert_true(end->result == ATTEMPT_DONE || end->error);
    tell(&play, end->result == ATTEMPT_DONE    ? '.'
                : end->is_unclear              ? 'U'
                : end->result == ATTEMPT_NEVER ? '!'
                : end->may_have_happened       ? '~'
                                               : '?');
    if (play.row->seat)
        assert_string_equal(end->seat, play.row->seat);
    if (play.row->story)
        assert_string_equal(play.story, play.row->story);
    else
        assert_int_equal(calls, EXCHANGE_CALLS_MAX);
}

int main(void)
{
    return ROWS(rows, check_row);
}
