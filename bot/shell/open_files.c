#include "bot/shell/open_files.h"

#include <sys/resource.h>

static int64_t before; /* of the process, as the limit itself is */

void open_files_raise(void)
{
    struct rlimit limit;
    rlim_t soft;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max)
        return;
    soft = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
        before = (int64_t)soft;
}

int64_t open_files_before(void)
{
    return before;
}

int64_t open_files_most(void)
{
    struct rlimit limit;

    return getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max > (rlim_t)INT64_MAX ? INT64_MAX
                                                                                       : (int64_t)limit.rlim_max;
}
