#include "bot/audit/copy_file.h"

#include "bot/base/arena.h"
#include "bot/base/json.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- how it ends ---- */

static bool read_at(int fd, char *bytes, size_t len, off_t at, struct error *err)
{
    while (len > 0) {
        ssize_t n = pread(fd, bytes, len, at);

        if (n <= 0)
            return error_errno(err, "its end cannot be read");
        bytes += n;
        len -= (size_t)n;
        at += n;
    }
    return true;
}

static void take_position(struct copy_end *end, const cJSON *from, const char *n, const char *head, const char *at)
{
    const char *text = json_find_string(from, head);

    end->is_known = true;
    end->n = json_find_int(from, n, 0);
    end->at_ms = json_find_int(from, at, 0);
    snprintf(end->head, sizeof(end->head), "%s", text ? text : "");
}

/* From its last line backwards, until an entry and a checkpoint were met. */
static void take_line(struct copy_end *end, struct str line)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct error ignored;
    const cJSON *json = json_parse_in(arena, line, &ignored), *checkpoint = json_find(json, "checkpoint");

    if (checkpoint && !end->checkpoint_at_ms)
        end->checkpoint_at_ms = json_find_int(checkpoint, "at", 0);
    if (checkpoint && !end->is_known)
        take_position(end, checkpoint, "n", "head", "at");
    if (json_find_int(json, "core.n", 0) <= 0)
        return;
    if (!end->is_known)
        take_position(end, json, "core.n", "hash", "core.at");
    end->behind += !end->checkpoint_at_ms;
}

static void read_lines(struct copy_end *end, struct str tail)
{
    while (tail.len > 0 && !(end->is_known && end->checkpoint_at_ms)) {
        size_t from = tail.len - 1; /* its '\n' */

        while (from > 0 && tail.at[from - 1] != '\n')
            from--;
        take_line(end, (struct str){ tail.at + from, tail.len - from });
        tail.len = from;
    }
}

/* A line that was not written to its end is none. */
static bool cut_broken_line(int fd, const char *tail, size_t *len, off_t *size, int64_t *ret_cut, struct error *err)
{
    size_t whole = *len;

    while (whole > 0 && tail[whole - 1] != '\n')
        whole--;
    *ret_cut = (int64_t)(*len - whole);
    if (*ret_cut == 0)
        return true;
    *size -= (off_t)*ret_cut;
    *len = whole;
    return ftruncate(fd, *size) == 0 || error_errno(err, "a broken line at its end cannot be taken away");
}

static bool read_end(struct copy_file *file, struct copy_end *ret_end, int64_t *ret_cut, struct error *err)
{
    AUTO_FREE char *tail = NULL;
    struct copy_end end = { .n = 0 };
    struct stat is;
    size_t len;

    if (fstat(file->fd, &is) < 0)
        return error_errno(err, "it cannot be looked at");
    len = is.st_size > COPY_TAIL_MAX_BYTES ? COPY_TAIL_MAX_BYTES : (size_t)is.st_size;
    tail = xcalloc(len + 1, 1);
    file->size = is.st_size;
    if (!read_at(file->fd, tail, len, is.st_size - (off_t)len, err) ||
        !cut_broken_line(file->fd, tail, &len, &file->size, ret_cut, err))
        return false;
    read_lines(&end, (struct str){ tail, len });
    *ret_end = end;
    return true;
}

/* ---- open, look ---- */

void copy_file_close(struct copy_file *file)
{
    if (file->fd >= 0)
        close(file->fd);
    *file = (struct copy_file){ .fd = -1 };
}

static bool open_it(struct copy_file *file, const char *path, struct error *err)
{
    struct stat is;

    file->fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0640);
    if (file->fd < 0)
        return error_errno(err, "it cannot be opened");
    if (fstat(file->fd, &is) < 0)
        return error_errno(err, "it cannot be looked at");
    if (!S_ISREG(is.st_mode))
        return error_set(err, ERR_INVALID, "it is no file");
    if (flock(file->fd, LOCK_EX | LOCK_NB) < 0)
        return error_set(err, ERR_CONFLICT, "another process writes it: each instance needs a file of its own");
    file->device = is.st_dev;
    file->inode = is.st_ino;
    return true;
}

static bool is_still_there(const struct copy_file *file, const char *path)
{
    struct stat is;

    return file->fd >= 0 && lstat(path, &is) == 0 && is.st_dev == file->device && is.st_ino == file->inode;
}

static bool look(struct copy_file *file, const char *path, enum copy_state *ret_state, struct copy_end *ret_end,
                 int64_t *ret_cut, struct error *err)
{
    struct stat is;
    bool was_open = is_still_there(file, path);

    if (!was_open) {
        copy_file_close(file);
        if (!open_it(file, path, err))
            return false;
    }
    if (fstat(file->fd, &is) < 0)
        return error_errno(err, "it cannot be looked at");
    *ret_cut = 0;
    *ret_state = was_open ? (is.st_size == file->size ? COPY_AS_IT_WAS : COPY_CHANGED) : COPY_OPENED;
    if (*ret_state != COPY_AS_IT_WAS && !read_end(file, ret_end, ret_cut, err))
        return false;
    if (*ret_state != COPY_AS_IT_WAS && file->size == 0)
        *ret_state = COPY_BEGUN;
    return true;
}

bool copy_file_look(struct copy_file *file, const char *path, enum copy_state *ret_state, struct copy_end *ret_end,
                    int64_t *ret_cut, struct error *err)
{
    if (look(file, path, ret_state, ret_end, ret_cut, err))
        return true;
    copy_file_close(file);
    return error_wrap(err, "%s", path);
}

/* ---- write ---- */

bool copy_file_append(struct copy_file *file, const char *path, struct str lines, struct error *err)
{
    struct str rest = lines;

    while (rest.len > 0) {
        ssize_t n = write(file->fd, rest.at, rest.len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        rest = (struct str){ rest.at + n, rest.len - (size_t)n };
    }
    if (rest.len == 0 && fdatasync(file->fd) == 0) {
        file->size += (off_t)lines.len;
        return true;
    }
    error_errno(err, "%s", path);
    if (ftruncate(file->fd, file->size) < 0)
        copy_file_close(file); /* what is half there is taken away when it is opened again */
    return false;
}

bool copy_file_set_aside(struct copy_file *file, const char *path, int64_t unix_ms, char ret_name[static 512],
                         struct error *err)
{
    struct stat ignored;

    do
        snprintf(ret_name, 512, "%s.%" PRId64, path, unix_ms++);
    while (lstat(ret_name, &ignored) == 0);
    copy_file_close(file);
    return rename(path, ret_name) == 0 || error_errno(err, "%s", path);
}
