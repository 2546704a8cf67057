#include "bot/doors/sender.h"

static void answer_request(void *arg, const struct http_reply *reply)
{
    struct http_request *request = arg;

    http_in_answer(request, reply);
}

static bool is_request_waiting(const void *arg)
{
    const struct http_request *request = arg;

    return http_in_is_waiting(request);
}

struct sender sender_http(struct http_request *request)
{
    return (struct sender){ .id = request->id,
                            .received_at_ms = request->received_at_ms,
                            .answer = answer_request,
                            .is_waiting = is_request_waiting,
                            .arg = request };
}

void sender_answer(const struct sender *sender, const struct http_reply *reply)
{
    sender->answer(sender->arg, reply);
}

void sender_status(const struct sender *sender, int status)
{
    struct http_reply reply = { .status = status };

    sender_answer(sender, &reply);
}
