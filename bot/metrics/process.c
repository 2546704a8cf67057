#include "bot/metrics/process.h"

#include "bot/base/str.h"
#include "bot/metrics/text.h"
#include "bot/shell/open_files.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Of /proc/self/stat, counted from the state, which is the first behind the program's name. Times are clock ticks, the
 * start since the machine's boot. */
enum stat_field {
    STAT_USER = 11,
    STAT_SYSTEM = 12,
    STAT_STARTED = 19,
    STAT_VIRTUAL = 20,
    STAT_RESIDENT = 21,
    STAT_FIELDS
};

static bool read_stat(int64_t fields[static STAT_FIELDS])
{
    FILE *file = fopen("/proc/self/stat", "re");
    char line[1024], *name_end;
    struct str rest;
    struct error ignored;

    if (!file)
        return false;
    line[fread(line, 1, sizeof(line) - 1, file)] = '\0';
    fclose(file);
    name_end = strrchr(line, ')'); /* the name may hold anything, but nothing behind it does */
    rest = str_of(name_end ? name_end + 1 : "");
    str_take_word(&rest); /* the state, a letter */
    for (size_t i = 1; i < STAT_FIELDS; i++)
        if (!parse_int(str_take_word(&rest), INT64_MIN, INT64_MAX, &fields[i], &ignored))
            return false;
    return true;
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
    int64_t stat[STAT_FIELDS];
    int files = open_files();

    if (read_stat(stat)) {
        metric_counter(buf, "process_cpu_seconds_total", "CPU time, of user and system.",
                       (double)(stat[STAT_USER] + stat[STAT_SYSTEM]) / ticks);
        metric_gauge(buf, "process_resident_memory_bytes", "Resident memory.",
                     (double)stat[STAT_RESIDENT] * (double)sysconf(_SC_PAGESIZE));
        metric_gauge(buf, "process_virtual_memory_bytes", "Virtual memory.", (double)stat[STAT_VIRTUAL]);
        metric_gauge(buf, "process_start_time_seconds", "When it started, in seconds since 1970.",
                     booted_at_s() + (double)stat[STAT_STARTED] / ticks);
    }
    if (files >= 0)
        metric_gauge(buf, "process_open_fds", "Open file descriptors.", files);
    metric_gauge(buf, "process_max_fds", "How many it may open.", (double)open_files_most());
}
