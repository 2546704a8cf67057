#include "bot/shell/lock_file.h"

#include "bot/base/str.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define AUTO_DIR __attribute__((cleanup(auto_closedir)))
static void auto_closedir(DIR **dir)
{
    if (*dir)
        closedir(*dir);
}

bool lock_file_take(const char *path, int *ret_fd, struct error *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0)
        return error_errno(err, "%s", path);
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
        *ret_fd = fd;
        return true;
    }
    if (errno == EWOULDBLOCK)
        error_set(err, ERR_CONFLICT, "%s is held by another process", path);
    else
        error_errno(err, "%s", path);
    close(fd);
    return false;
}

bool lock_file_is_free(const char *path)
{
    struct error err;
    int fd;

    if (!lock_file_take(path, &fd, &err))
        return false;
    close(fd);
    return true;
}

static bool has_open(pid_t pid, const struct stat *file)
{
    char path[64];
    AUTO_DIR DIR *dir = NULL;

    snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
    dir = opendir(path);
    for (struct dirent *entry = dir ? readdir(dir) : NULL; entry; entry = readdir(dir)) {
        struct stat open_file;

        if (fstatat(dirfd(dir), entry->d_name, &open_file, 0) == 0 && open_file.st_dev == file->st_dev &&
            open_file.st_ino == file->st_ino)
            return true;
    }
    return false;
}

size_t lock_file_holders(const char *path, pid_t *pids, size_t room)
{
    AUTO_DIR DIR *dir = opendir("/proc");
    struct stat file;
    size_t count = 0;

    if (!dir || stat(path, &file) != 0)
        return 0;
    for (struct dirent *entry = readdir(dir); entry && count < room; entry = readdir(dir)) {
        struct error err;
        int64_t pid;

        if (parse_int(str_of(entry->d_name), 1, INT32_MAX, &pid, &err) && pid != getpid() &&
            has_open((pid_t)pid, &file))
            pids[count++] = (pid_t)pid;
    }
    return count;
}
