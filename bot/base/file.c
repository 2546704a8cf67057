#include "bot/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}
#define AUTO_FD __attribute__((cleanup(close_fd)))

static bool read_all(int fd, char *text, size_t room, size_t *ret_len)
{
    size_t len = 0;

    while (len < room) {
        ssize_t n = read(fd, text + len, room - len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        if (n == 0)
            break;
        len += (size_t)n;
    }
    *ret_len = len;
    return true;
}

bool file_read_bytes(const char *path, size_t max_bytes, char **ret_bytes, size_t *ret_len, struct error *err)
{
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    AUTO_FREE char *text = NULL;
    size_t len;

    if (fd < 0 && errno == ENOENT)
        return error_set(err, ERR_NOT_FOUND, "%s: no such file", path);
    if (fd < 0)
        return error_errno(err, "%s", path);
    text = xcalloc(max_bytes + 2, 1);
    if (!read_all(fd, text, max_bytes + 1, &len))
        return error_errno(err, "%s", path);
    if (len > max_bytes)
        return error_set(err, ERR_TOO_LARGE, "%s: longer than %zu bytes", path, max_bytes);
    *ret_bytes = TAKE(text);
    *ret_len = len;
    return true;
}

bool file_read(const char *path, size_t max_bytes, char **ret_text, struct error *err)
{
    size_t len;

    return file_read_bytes(path, max_bytes, ret_text, &len, err);
}

static bool write_all(int fd, struct str text)
{
    while (text.len > 0) {
        ssize_t n = write(fd, text.at, text.len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        text = (struct str){ text.at + n, text.len - (size_t)n };
    }
    return true;
}

bool file_write(const char *path, struct str text, struct error *err)
{
    char fresh[4096];
    bool is_good;
    int fd;

    if (snprintf(fresh, sizeof(fresh), "%s.new", path) >= (int)sizeof(fresh))
        return error_set(err, ERR_INVALID, "%s: path too long", path);
    fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_errno(err, "%s", fresh);
    is_good = write_all(fd, text);
    if (close(fd) < 0 || !is_good)
        return error_errno(err, "%s", fresh);
    return rename(fresh, path) == 0 || error_errno(err, "%s", path);
}
