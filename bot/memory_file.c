#include "bot/memory_file.h"

#include "bot/base/file.h"
#include "bot/base/json.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX_BYTES 4096
#define PATH_MAX_BYTES 4096

static bool path_of(const char *data_dir, const char *name, char *path, struct error *err)
{
    return snprintf(path, PATH_MAX_BYTES, "%s/%s", data_dir, name) < PATH_MAX_BYTES ||
           error_set(err, ERR_INVALID, "data_dir: path too long");
}

bool memory_file_read(const char *data_dir, struct engine_memory *ret_memory, struct error *err)
{
    AUTO(arena) struct arena *arena = arena_create();
    AUTO_FREE char *text = NULL;
    struct engine_memory memory = { .seq = 0 };
    char path[PATH_MAX_BYTES];
    const cJSON *json;
    const char *birth;

    if (!path_of(data_dir, "store.json", path, err))
        return false;
    if (!file_read(path, FILE_MAX_BYTES, &text, err)) {
        *ret_memory = memory;
        return err->code == ERR_NOT_FOUND;
    }
    json = json_parse_in(arena, str_of(text), err);
    if (!json || !json_get_string(json, "birth", &birth, err) || !json_get_int(json, "seq", &memory.seq, err))
        return error_wrap(err, "%s", path);
    if (strlen(birth) >= sizeof(memory.birth))
        return error_set(err, ERR_INVALID, "%s: birth: too long", path);
    memory.adoption = json_find_int(json, "adoption", 0);
    memory.operations = json_find_int(json, "operations", 0);
    memcpy(memory.birth, birth, strlen(birth) + 1);
    *ret_memory = memory;
    return true;
}

bool memory_file_write(const char *data_dir, const struct engine_memory *memory, struct error *err)
{
    char path[PATH_MAX_BYTES], text[240], adoption[48] = "";

    if (memory->adoption > 0)
        snprintf(adoption, sizeof(adoption), ",\"adoption\":%lld", (long long)memory->adoption);
    snprintf(text, sizeof(text), "{\"birth\":\"%s\",\"seq\":%lld%s,\"operations\":%lld}\n", memory->birth,
             (long long)memory->seq, adoption, (long long)memory->operations);
    return path_of(data_dir, "store.json", path, err) && file_write(path, str_of(text), err);
}

static char crash_path[PATH_MAX_BYTES]; /* the handler below can take no argument */

/* Only what signal-safety(7) allows. */
static void on_crash(int number)
{
    int fd = open(crash_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (fd >= 0) {
        char digits[2] = { (char)('0' + number / 10 % 10), (char)('0' + number % 10) };

        if (write(fd, digits, sizeof(digits)) < 0) /* nothing more can be done here */
            _exit(128 + number);
        close(fd);
    }
    raise(number); /* the handler was reset: this ends us as if it had never been there */
}

bool memory_file_watch_crashes(const char *data_dir, struct error *err)
{
    static const int signals[] = { SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL };
    struct sigaction action = { .sa_handler = on_crash, .sa_flags = (int)SA_RESETHAND };
    bool has_crashed;

    if (!path_of(data_dir, "crashed", crash_path, err))
        return false;
    has_crashed = access(crash_path, F_OK) == 0;
    unlink(crash_path);
    for (size_t i = 0; i < ARRAY_LEN(signals); i++)
        sigaction(signals[i], &action, NULL);
    return has_crashed;
}
