/* bench_requests COUNT > FILE: whole signed HTTP requests one after another, all of one length, which goes to standard
 * error. */
#include "tests/bench/command.h"

#include <string.h>

int main(int argc, char **argv)
{
    struct error err;
    int64_t count;

    if (argc != 2 || !parse_int(str_of(argv[1]), 1, INT32_MAX, &count, &err)) {
        fprintf(stderr, "usage: bench_requests COUNT > FILE\n");
        return 2;
    }
    for (int64_t i = 0; i < count; i++) {
        struct bench_command command = bench_command_make(i);
        int len = printf("POST " BENCH_PATH " HTTP/1.1\r\nHost: bench\r\nContent-Type: " BENCH_TYPE "\r\n"
                         "Content-Length: %zu\r\nX-Slack-Request-Timestamp: %s\r\nX-Slack-Signature: %s\r\n\r\n%s",
                         strlen(command.body), command.timestamp, command.signature.text, command.body);

        if (len < 0)
            return 1;
        if (i == 0)
            fprintf(stderr, "%d\n", len);
    }
    return 0;
}
