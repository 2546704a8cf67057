/* bench_requests KIND COUNT > FILE: whole signed HTTP requests one after another, all of one length, which goes to
 * standard error. */
#include "tests/bench/requests.h"

#include "bot/base/str.h"

#include <stdio.h>
#include <string.h>

static int print_request(const struct bench_kind *kind, int64_t number)
{
    struct bench_request request = { .header_count = 0 };
    int len;

    kind->make(number, &request);
    len = printf("POST %s HTTP/1.1\r\nHost: bench\r\nContent-Length: %zu\r\n", kind->path, strlen(request.body));
    for (size_t i = 0; i < request.header_count; i++)
        len += printf("%s: %s\r\n", request.headers[i].name, request.headers[i].value);
    return len + printf("\r\n%s", request.body);
}

int main(int argc, char **argv)
{
    const struct bench_kind *kind = argc == 3 ? bench_kind_find(argv[1]) : NULL;
    struct error err;
    int64_t count;

    if (!kind || !parse_int(str_of(argv[2]), 1, INT32_MAX, &count, &err)) {
        fprintf(stderr, "usage: bench_requests command|event COUNT > FILE\n");
        return 2;
    }
    for (int64_t i = 0; i < count; i++) {
        int len = print_request(kind, i);

        if (i == 0)
            fprintf(stderr, "%d\n", len);
    }
    return ferror(stdout) || fflush(stdout) ? 1 : 0;
}
