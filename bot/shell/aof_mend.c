#include "bot/shell/aof_mend.h"

#include "bot/base/file.h"
#include "bot/shell/aof_tail.h"
#include "bot/shell/lock_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER "appendonlydir"
#define MANIFEST FOLDER "/appendonly.aof.manifest"
#define MANIFEST_MAX_BYTES (1024 * 1024)
#define PIECE_BYTES 65536

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}
#define AUTO_FD __attribute__((cleanup(close_fd)))

/* ---- which file ---- */

/* "file NAME seq N type T", and what later versions put behind it. */
static void read_row(struct str line, struct str *ret_name, struct str *ret_type)
{
    *ret_name = *ret_type = (struct str){ NULL, 0 };
    for (struct str key = str_take_word(&line); key.len > 0; key = str_take_word(&line)) {
        struct str value = str_take_word(&line);

        if (str_is(key, "file"))
            *ret_name = value;
        else if (str_is(key, "type"))
            *ret_type = value;
    }
}

/* It is loaded last, and appended to: the last increment, whatever bases and forgotten ones (b, h) are named. */
static bool find_last(const char *directory, char *ret_path, struct error *err)
{
    char path[AOF_PATH_BYTES];
    AUTO_FREE char *text = NULL;

    ret_path[0] = '\0';
    snprintf(path, sizeof(path), "%s/" MANIFEST, directory);
    if (!file_read(path, MANIFEST_MAX_BYTES, &text, err))
        return err->code == ERR_NOT_FOUND;
    for (struct str rest = str_of(text), name, type; rest.len > 0;) {
        read_row(str_take_until(&rest, '\n'), &name, &type);
        if (str_is(type, "i") && name.len > 0 && !memchr(name.at, '/', name.len))
            snprintf(ret_path, AOF_PATH_BYTES, "%s/" FOLDER "/" STR_FMT, directory, STR_ARG(name));
    }
    return true;
}

/* ---- how much of it ---- */

static ssize_t read_piece(int fd, char *piece, size_t room, int64_t at)
{
    ssize_t n;

    do {
        n = pread(fd, piece, room, (off_t)at);
    } while (n < 0 && errno == EINTR);
    return n;
}

static bool measure(int fd, int64_t *ret_size, int64_t *ret_whole)
{
    AUTO_FREE char *piece = xcalloc(1, PIECE_BYTES);
    struct aof_tail tail = { 0 };
    struct stat about;
    int64_t at = 0;
    ssize_t n = 1;

    if (fstat(fd, &about) != 0)
        return false;
    if (!S_ISREG(about.st_mode)) {
        errno = EINVAL;
        return false;
    }
    for (bool goes_on = true; goes_on && n > 0; at += n) {
        n = read_piece(fd, piece, PIECE_BYTES, at);
        if (n < 0)
            return false;
        goes_on = aof_tail_feed(&tail, (struct str){ piece, (size_t)n });
    }
    *ret_size = (int64_t)about.st_size;
    *ret_whole = aof_tail_whole(&tail, (int64_t)about.st_size);
    return true;
}

/* ---- the cut ---- */

static bool copy(int from, int64_t at, int64_t bytes, int to)
{
    AUTO_FREE char *piece = xcalloc(1, PIECE_BYTES);

    while (bytes > 0) {
        ssize_t n = read_piece(from, piece, bytes < PIECE_BYTES ? (size_t)bytes : PIECE_BYTES, at);

        if (n <= 0 || write(to, piece, (size_t)n) != n)
            return false;
        at += n;
        bytes -= n;
    }
    return true;
}

/* What cannot be kept is cut all the same: it never happened, and a full disk must not keep opsgate from starting. */
static void keep(int fd, struct aof_cut *cut)
{
    char fresh[AOF_PATH_BYTES + 8];
    int64_t bytes = cut->bytes < AOF_KEPT_MAX_BYTES ? cut->bytes : AOF_KEPT_MAX_BYTES;
    AUTO_FD int to = -1;

    if (snprintf(cut->kept_in, sizeof(cut->kept_in), "%s.cut", cut->path) < (int)sizeof(cut->kept_in)) {
        snprintf(fresh, sizeof(fresh), "%s.new", cut->kept_in);
        to = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (to >= 0 && copy(fd, cut->at_byte, bytes, to) && rename(fresh, cut->kept_in) == 0)
            return;
        if (to >= 0)
            unlink(fresh);
    }
    cut->kept_in[0] = '\0';
}

static bool cut_off(const struct aof_cut *cut, struct error *err)
{
    AUTO_FD int fd = open(cut->path, O_WRONLY | O_CLOEXEC);

    if (fd >= 0 && ftruncate(fd, (off_t)cut->at_byte) == 0 && fsync(fd) == 0)
        return true;
    return error_set(err, ERR_INTERNAL,
                     "half a transaction at the end, %" PRId64 " bytes from byte %" PRId64
                     " on, cannot be cut off: %s: %s",
                     cut->bytes, cut->at_byte, strerror(errno), cut->path);
}

static bool check_alone(const char *path, struct error *err)
{
    pid_t pid;

    if (lock_file_holders(path, &pid, 1) == 0)
        return true;
    return error_set(err, ERR_CONFLICT,
                     "process %d has the append-only file open, and it ends in half a transaction: %s", (int)pid, path);
}

bool aof_mend(const char *directory, struct aof_cut *ret_cut, struct error *err)
{
    struct aof_cut cut = { 0 };
    AUTO_FD int fd = -1;
    int64_t size;

    *ret_cut = cut;
    if (!find_last(directory, cut.path, err))
        return false;
    if (!cut.path[0])
        return true;
    fd = open(cut.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT || error_errno(err, "%s", cut.path);
    if (!measure(fd, &size, &cut.at_byte))
        return error_errno(err, "%s", cut.path);
    cut.bytes = size - cut.at_byte;
    if (cut.bytes == 0)
        return true;
    if (!check_alone(cut.path, err))
        return false;
    keep(fd, &cut);
    if (!cut_off(&cut, err))
        return false;
    *ret_cut = cut;
    return true;
}
