/* bench_bare ADDRESS: what is left of opsgate when nothing is verified, stored or decided: the same loop, the same
 * libmicrohttpd, the same request read whole, and an answer of the same size at once. */
#include "bot/shell/http_in.h"
#include "tests/bench/requests.h"

#include <stdio.h>
#include <string.h>

static void answer(void *arg, struct http_request *request)
{
    const struct bench_kind *kind = bench_kinds;

    (void)arg;
    while (kind[1].name && strcmp(kind->path, request->path) != 0)
        kind++;
    http_in_answer(request, &(struct http_reply){ .status = kind->status,
                                                  .content_type = "application/json; charset=utf-8",
                                                  .body = str_of(kind->answer) });
}

static const struct http_route rows[] = {
    { "POST", "/slack/commands", 64 * 1024, NULL, answer, 0, NULL },
    { "POST", "/github/webhook", 64 * 1024, NULL, answer, 0, NULL },
};

int main(int argc, char **argv)
{
    struct error err;
    AUTO(loop) struct loop *loop = loop_create(&err);
    const struct http_routes routes = { rows, ARRAY_LEN(rows), NULL };
    const struct http_in_options options = { .loop = loop, .routes = &routes, .routes_count = 1 };
    AUTO(http_in) struct http_in *in = loop ? http_in_create(&options, &err) : NULL;

    if (argc != 2 || !in || !http_in_listen(in, argv[1], &err)) {
        fprintf(stderr, "bench_bare: %s\n", argc == 2 ? err.message : "usage: bench_bare ADDRESS");
        return 2;
    }
    loop_run(loop);
    return 0;
}
