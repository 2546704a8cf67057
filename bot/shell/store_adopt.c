/* store_adopt.c - a person's word about a store that is not the one data_dir knows. */
#include "bot/shell/store_call.h"

#include <hiredis/hiredis.h>
#include <string.h>

static const char *const results[] = { [ADOPT_DONE] = "done",
                                       [ADOPT_BEFORE] = "before",
                                       [ADOPT_JOINED] = "joined",
                                       [ADOPT_KNOWN] = "known",
                                       [ADOPT_NOTHING] = "nothing",
                                       [ADOPT_UNSEEN] = "unseen" };

static bool parse_result(const char *text, enum adopt_result *ret_result)
{
    for (size_t i = 0; i < ARRAY_LEN(results); i++) {
        if (strcmp(text, results[i]) != 0)
            continue;
        *ret_result = (enum adopt_result)i;
        return true;
    }
    return false;
}

static void parse_adopted(struct store_call *call, const redisReply *reply)
{
    struct adopt_answer *answer = &call->is.adopted;
    struct error ignored;

    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 4)
        return;
    answer->birth = store_call_text(call, reply->element[1]);
    if (parse_result(store_call_text(call, reply->element[0]), &answer->result) &&
        parse_int(str_of(store_call_text(call, reply->element[2])), 0, INT64_MAX, &answer->seq, &ignored))
        call->status = STORE_OK;
}

static void deliver_adopted(struct store_call *call)
{
    call->is.adopted.status = call->status;
    call->fn.adopted(call->arg, &call->is.adopted);
}

static struct store_call *start(struct store_redis *store, const char *word, const char *by,
                                struct redis_command *command, store_adopted_fn on_done, void *arg)
{
    struct store_call *call = store_call_start(store, arg);

    call->fn.adopted = on_done;
    call->parse = parse_adopted;
    call->deliver = deliver_adopted;
    call->is_write = true;
    call->is.adopted = (struct adopt_answer){ .birth = "" };
    redis_command_int(command, 1);
    store_call_key(store, command, STORE_META);
    redis_command_text(command, word);
    redis_command_text(command, by);
    return call;
}

void store_redis_adopt(struct store_redis *store, const struct adopt_call *adopt, store_adopted_fn on_done, void *arg)
{
    struct redis_command command = REDIS_COMMAND();
    struct store_call *call = start(store, "adopt", adopt->by, &command, on_done, arg);

    redis_command_text(&command, adopt->known_birth);
    redis_command_int(&command, adopt->known_seq);
    redis_command_int(&command, adopt->known_adoption);
    redis_command_text(&command, adopt->new_birth);
    redis_command_int(&command, adopt->known_operations);
    redis_run(store->writer, SCRIPT_ADOPT, &command, 0, store_call_on_answered, call);
}

void store_redis_confirm(struct store_redis *store, const char *by, store_adopted_fn on_done, void *arg)
{
    struct redis_command command = REDIS_COMMAND();
    struct store_call *call = start(store, "confirm", by, &command, on_done, arg);

    redis_run(store->writer, SCRIPT_ADOPT, &command, 0, store_call_on_answered, call);
}
