/* bench_bare ADDRESS: what is left of opsgate when nothing is verified, stored or decided: the same loop, the same
 * libmicrohttpd, the same request read whole, and an answer of the same size at once. */
#include "bot/shell/http_in.h"
#include "tests/bench/command.h"

static void answer(void *arg, struct http_request *request)
{
    static const char text[] =
        "{\"response_type\":\"ephemeral\",\"text\":\"*opsgate*: what you can ask for here.\\n"
        "`deploy [SERVICE] ENVIRONMENT [VERSION] [--reason TEXT]`: bring a version of a service into an "
        "environment\\n`status [[SERVICE] ENVIRONMENT]`: what runs where, and what is on its way\\n"
        "`help [VERB]`: what you can ask for, and how\"}";
    struct http_reply reply = { .status = 200,
                                .content_type = "application/json; charset=utf-8",
                                .body = STR_LIT(text) };

    (void)arg;
    http_in_answer(request, &reply);
}

static const struct http_route rows[] = {
    { "POST", BENCH_PATH, 64 * 1024, BENCH_TYPE, answer, 0 },
};

int main(int argc, char **argv)
{
    struct error err;
    AUTO(loop) struct loop *loop = loop_create(&err);
    const struct http_routes routes = { rows, 1, NULL };
    const struct http_in_options options = { .loop = loop, .routes = &routes, .routes_count = 1 };
    AUTO(http_in) struct http_in *in = loop ? http_in_create(&options, &err) : NULL;

    if (argc != 2 || !in || !http_in_listen(in, argv[1], &err)) {
        fprintf(stderr, "bench_bare: %s\n", argc == 2 ? err.message : "usage: bench_bare ADDRESS");
        return 2;
    }
    loop_run(loop);
    return 0;
}
