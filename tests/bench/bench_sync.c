/* bench_sync FILE PER_SECOND SECONDS: appends 4 KiB to a new file and has them synced, at a fixed pace, as a store's
 * append-only file is written: what the disk alone takes of an answer. Prints one line: p50, p99 and the longest in ms.
 */
#include "bot/base/mem.h"
#include "bot/base/str.h"
#include "tests/bench/times.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BYTES 4096

static double now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void wait_until(double at_ms)
{
    double left_ms = at_ms - now_ms();

    if (left_ms > 0)
        nanosleep(&(struct timespec){ (time_t)(left_ms / 1e3), (long)(left_ms * 1e6) % 1000000000 }, NULL);
}

static double append(int fd)
{
    static char bytes[BYTES];
    double began_ms = now_ms();

    memset(bytes, 'x', sizeof(bytes));
    if (write(fd, bytes, sizeof(bytes)) != sizeof(bytes) || fdatasync(fd) != 0) {
        perror("bench_sync");
        exit(2);
    }
    return now_ms() - began_ms;
}

int main(int argc, char **argv)
{
    int64_t per_second, seconds, count;
    double *took_ms, began_ms;
    struct error err;
    int fd;

    if (argc != 4 || !parse_int(str_of(argv[2]), 1, 100000, &per_second, &err) ||
        !parse_int(str_of(argv[3]), 1, 3600, &seconds, &err)) {
        fprintf(stderr, "usage: bench_sync FILE PER_SECOND SECONDS\n");
        return 2;
    }
    fd = open(argv[1], O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (fd < 0) {
        perror(argv[1]);
        return 2;
    }
    count = per_second * seconds;
    took_ms = xcalloc((size_t)count, sizeof(*took_ms));
    began_ms = now_ms();
    for (int64_t i = 0; i < count; i++) {
        wait_until(began_ms + (double)i * 1e3 / (double)per_second);
        took_ms[i] = append(fd);
    }
    times_tell(took_ms, (size_t)count);
    free(took_ms);
    close(fd);
    unlink(argv[1]);
    return 0;
}
