#include "bot/carrier/program_runs.h"

#include "bot/shell/child.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RUN_MAX_BYTES 200

bool program_runs_is_name(const char *run)
{
    static const char in_id[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

    return run && run[0] && run[0] != '.' && strlen(run) <= RUN_MAX_BYTES && strspn(run, in_id) == strlen(run);
}

struct old_run {
    const char *path;
    int64_t at_ms;
};

static int newest_first(const void *a, const void *b)
{
    const struct old_run *one = a, *other = b;

    return one->at_ms > other->at_ms ? -1 : one->at_ms < other->at_ms;
}

static void remove_run(const char *path, struct arena *arena)
{
    static const char *const names[] = { "output", "exit", "exit.new", "pid.new", "pid", "lock" };
    struct child_result ignored;

    if (!child_shim_look(path, &ignored))
        return; /* it runs */
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        unlink(arena_printf(arena, "%s/%s", path, names[i]));
    rmdir(path); /* what else somebody put there stays, with its directory */
}

void program_runs_sweep(const char *directory_of_all, size_t kept, struct arena *arena)
{
    DIR *directory = opendir(directory_of_all);
    struct old_run *runs = NULL;
    struct dirent *entry;
    size_t count = 0;

    while (directory && (entry = readdir(directory))) {
        const char *path = arena_printf(arena, "%s/%s", directory_of_all, entry->d_name);
        struct stat status;

        if (program_runs_is_name(entry->d_name) && lstat(path, &status) == 0 && S_ISDIR(status.st_mode))
            *ARENA_PUSH(arena, runs, count) =
                (struct old_run){ path, (int64_t)status.st_mtim.tv_sec * 1000 + status.st_mtim.tv_nsec / 1000000 };
    }
    if (directory)
        closedir(directory);
    if (count > 0)
        qsort(runs, count, sizeof(*runs), newest_first);
    for (size_t i = kept; i < count; i++)
        remove_run(runs[i].path, arena);
}
