#include "bot/shell/embedded_place.h"

#include "bot/base/buf.h"
#include "bot/shell/embedded.h"
#include "bot/shell/redis_address.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#define LOG_MAX_BYTES INT64_C(1048576)

char *embedded_path(const char *directory, const char *name)
{
    AUTO_BUF struct buf path = BUF(PATH_MAX);

    buf_addf(&path, "%s/%s", directory, name);
    return buf_take(&path);
}

bool embedded_write_url(const char *directory, char *ret_url, size_t room, struct error *err)
{
    AUTO_FREE char *path = embedded_path(directory, "redis.sock");
    int fd;

    if (strlen(path) <= REDIS_PATH_MAX && !strchr(path, '?')) {
        snprintf(ret_url, room, "unix://%s", path);
        return true;
    }
    fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return error_errno(err, "%s", directory);
    snprintf(ret_url, room, "unix:///proc/self/fd/%d/redis.sock", fd);
    return true;
}

static const struct {
    int64_t magic;
    const char *name, *why;
} forgetful[] = {
    { OVERLAYFS_SUPER_MAGIC, "overlay", "is thrown away with the container" },
    { TMPFS_MAGIC, "tmpfs", "is memory: a reboot empties it" },
    { RAMFS_MAGIC, "ramfs", "is memory: a reboot empties it" },
};

bool embedded_check_file_system(const char *data_dir, bool is_ephemeral_accepted, struct error *err)
{
    struct statfs about;

    if (statfs(data_dir, &about) != 0)
        return error_errno(err, "data_dir %s", data_dir);
    for (size_t i = 0; i < ARRAY_LEN(forgetful) && !is_ephemeral_accepted; i++)
        if ((int64_t)about.f_type == forgetful[i].magic)
            return error_set(err, ERR_INVALID,
                             "data_dir %s is on %s, which %s: mount a volume there, or set store.ephemeral: accepted",
                             data_dir, forgetful[i].name, forgetful[i].why);
    return true;
}

bool embedded_make_directory(const char *directory, struct error *err)
{
    struct stat about;

    if (mkdir(directory, 0700) == 0)
        return true;
    if (lstat(directory, &about) != 0)
        return error_errno(err, "%s", directory);
    if (!S_ISDIR(about.st_mode))
        return error_set(err, ERR_INVALID, "%s is no directory", directory);
    if (about.st_uid != geteuid())
        return error_set(err, ERR_DENIED, "%s belongs to another user", directory);
    return chmod(directory, 0700) == 0 || error_errno(err, "%s", directory);
}

/* ---- what it said last ---- */

static char *read_tail(const char *path)
{
    char *tail = xcalloc(1, EMBEDDED_STORY_BYTES + 1);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    off_t end = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
    off_t from = end > EMBEDDED_STORY_BYTES ? end - EMBEDDED_STORY_BYTES : 0;

    if (end > 0 && pread(fd, tail, EMBEDDED_STORY_BYTES, from) < 0)
        tail[0] = '\0';
    if (fd >= 0)
        close(fd);
    return tail;
}

void embedded_log_last_lines(const char *path, char *ret_text, size_t room)
{
    AUTO_FREE char *tail = read_tail(path);
    struct str rest = str_trim(str_of(tail));
    size_t len = 0;

    snprintf(ret_text, room, "%s", "it said nothing");
    while (!str_is_empty(rest)) {
        const char *end = memrchr(rest.at, '\n', rest.len);
        size_t before = end ? (size_t)(end + 1 - rest.at) : 0;
        struct str line = str_trim((struct str){ rest.at + before, rest.len - before });
        AUTO_FREE char *later = len > 0 ? xstrdup(ret_text) : NULL;

        if (later && len + line.len + strlen(" | ") >= room)
            break;
        snprintf(ret_text, room, STR_FMT "%s%s", STR_ARG(line), later ? " | " : "", later ? later : "");
        len = strlen(ret_text);
        rest = str_trim((struct str){ rest.at, before });
    }
}

void embedded_log_rotate(const char *directory, const char *log_path)
{
    AUTO_FREE char *old = embedded_path(directory, "redis.log.old");
    struct stat about;

    if (stat(log_path, &about) == 0 && about.st_size > LOG_MAX_BYTES)
        rename(log_path, old); /* if not, it grows on */
}

/* ---- for command line tools ---- */

bool embedded_url_of(const char *data_dir, char *ret_url, size_t room, struct error *err)
{
    AUTO_FREE char *whole = realpath(data_dir, NULL);
    AUTO_FREE char *directory = NULL;

    if (!whole)
        return error_errno(err, "data_dir %s", data_dir);
    directory = embedded_path(whole, "redis");
    return embedded_write_url(directory, ret_url, room, err);
}
