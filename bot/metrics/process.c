#include "bot/metrics/process.h"

#include "bot/metrics/text.h"
#include "bot/shell/open_files.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct proc_stat { /* /proc/self/stat; times in clock ticks, the start since the machine's boot */
    unsigned long long user, system, started, virtual_bytes;
    long resident_pages;
};

static bool read_stat(struct proc_stat *ret)
{
    FILE *file = fopen("/proc/self/stat", "re");
    char line[1024];
    const char *rest;
    size_t len;

    if (!file)
        return false;
    len = fread(line, 1, sizeof(line) - 1, file);
    fclose(file);
    line[len] = '\0';
    rest = strrchr(line, ')'); /* the program's name may hold anything, but nothing behind it does */
    return rest &&
           sscanf(rest + 1,
                  " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %*d %*d %*d %*d %*d %*d %llu %llu %ld",
                  &ret->user, &ret->system, &ret->started, &ret->virtual_bytes, &ret->resident_pages) == 5;
}

static double booted_at_s(void)
{
    struct timespec now, since;

    clock_gettime(CLOCK_REALTIME, &now);
    clock_gettime(CLOCK_BOOTTIME, &since);
    return (double)(now.tv_sec - since.tv_sec) + (double)(now.tv_nsec - since.tv_nsec) / 1e9;
}

static int open_files(void)
{
    DIR *list = opendir("/proc/self/fd");
    int count = 0;

    if (!list)
        return -1;
    while (readdir(list))
        count++;
    closedir(list);
    return count - 3; /* ".", "..", and the list itself */
}

void process_write(struct buf *buf)
{
    double ticks = (double)sysconf(_SC_CLK_TCK);
    struct proc_stat stat;
    int files = open_files();

    if (read_stat(&stat)) {
        metric_counter(buf, "process_cpu_seconds_total", "CPU time, of user and system.",
                       (double)(stat.user + stat.system) / ticks);
        metric_gauge(buf, "process_resident_memory_bytes", "Resident memory.",
                     (double)stat.resident_pages * (double)sysconf(_SC_PAGESIZE));
        metric_gauge(buf, "process_virtual_memory_bytes", "Virtual memory.", (double)stat.virtual_bytes);
        metric_gauge(buf, "process_start_time_seconds", "When it started, in seconds since 1970.",
                     booted_at_s() + (double)stat.started / ticks);
    }
    if (files >= 0)
        metric_gauge(buf, "process_open_fds", "Open file descriptors.", files);
    metric_gauge(buf, "process_max_fds", "How many it may open.", (double)open_files_most());
}
