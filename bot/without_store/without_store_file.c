#include "bot/without_store/without_store_file.h"

#include "bot/base/file.h"
#include "bot/base/json.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX_BYTES (16 * 1024 * 1024)
#define PATH_BYTES 512
#define RESERVE_BYTES (64 * 1024)
#define NUMBER_MAX 1000000000 /* of an act */

static const struct shape_field list_rows[] = {
    ROW_INT(target_list, at_ms),
    ROW_OBJECTS(target_list, targets, &target_shape),
    ROW_OBJECTS(target_list, memberships, &membership_shape, .flags = SHAPE_NONZERO),
};
const struct shape target_list_shape = SHAPE("the targets", target_list, list_rows);

static const char *path_of(const char *data_dir, const char *name, char path[PATH_BYTES])
{
    snprintf(path, PATH_BYTES, "%s/%s", data_dir, name);
    return path;
}

/* ---- who acts ---- */

static struct flock byte_of(int64_t number)
{
    return (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = number, .l_len = 1 };
}

static int64_t number_of(const struct without_store_act *act)
{
    struct error ignored;
    int64_t number;

    if (!act->name || act->name[0] != 'W' || !parse_int(str_of(act->name + 1), 1, NUMBER_MAX, &number, &ignored))
        return 0;
    return number;
}

const char *without_store_host(struct arena *arena)
{
    char name[HOST_NAME_MAX + 1] = "";

    if (gethostname(name, sizeof(name) - 1) != 0)
        return "";
    return arena_strdup(arena, name);
}

static bool is_held(int fd, int64_t number)
{
    struct flock lock = byte_of(number);

    return fcntl(fd, F_OFD_GETLK, &lock) != 0 || lock.l_type != F_UNLCK;
}

/* ---- the journal ---- */

static bool append_text(const char *path, int fd, struct str text, struct error *err)
{
    while (text.len > 0) {
        ssize_t written = write(fd, text.at, text.len);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return error_errno(err, "%s", path);
        text.at += written;
        text.len -= (size_t)written;
    }
    return fsync(fd) == 0 || error_errno(err, "%s", path);
}

static bool sync_directory(const char *path, struct error *err) /* a new file's name is only durable after that */
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool is_good = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0)
        close(fd);
    return is_good || error_errno(err, "%s", path);
}

/* Takes line. A torn line of before is closed first: what follows must stay readable. */
static bool append(const char *data_dir, cJSON *line, struct error *err)
{
    AUTO_JSON cJSON *owned = line;
    AUTO_FREE char *text = json_print(owned);
    char path[PATH_BYTES];
    AUTO_BUF struct buf whole = BUF(FILE_MAX_BYTES);
    bool is_new, is_good;
    int fd;

    path_of(data_dir, "without-store.jsonl", path);
    fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_errno(err, "%s", path);
    is_new = lseek(fd, 0, SEEK_END) == 0;
    buf_puts(&whole, is_new ? "" : "\n");
    buf_puts(&whole, text);
    is_good = append_text(path, fd, buf_str(&whole), err) && (!is_new || sync_directory(data_dir, err));
    close(fd);
    return is_good;
}

void without_store_reserve(const char *data_dir)
{
    char path[PATH_BYTES];
    int fd = open(path_of(data_dir, "without-store.jsonl", path), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0)
        return;
    if (fallocate(fd, FALLOC_FL_KEEP_SIZE, lseek(fd, 0, SEEK_END), RESERVE_BYTES) == 0)
        fsync(fd);
    close(fd);
}

bool without_store_write(const char *data_dir, const struct without_store_act *act, struct error *err)
{
    cJSON *line = json_object();

    json_set(line, "act", shape_to_json(&without_store_act_shape, act, SHAPE_WHOLE));
    return append(data_dir, line, err);
}

bool without_store_note(const char *data_dir, const char *id, const char *note, const cJSON *more, struct error *err)
{
    cJSON *line = json_object();

    json_set_string(line, "id", id);
    json_set_string(line, "note", note);
    if (more)
        json_set(line, "more", json_copy(more));
    return append(data_dir, line, err);
}

bool without_store_adopted(const char *data_dir, const char *id, struct error *err)
{
    cJSON *line = json_object();

    json_set_string(line, "id", id);
    json_set_bool(line, "adopted", true);
    return append(data_dir, line, err);
}

/* ---- reading ---- */

static struct without_store_act *find_act(struct without_store_acts *acts, const char *id)
{
    for (size_t i = 0; id && i < acts->count; i++)
        if (strcmp(acts->acts[i].id, id) == 0)
            return &acts->acts[i];
    return NULL;
}

static void drop_act(struct without_store_acts *acts, struct without_store_act *act)
{
    size_t at = (size_t)(act - acts->acts);

    memmove(act, act + 1, (acts->count - at - 1) * sizeof(*act));
    acts->count--;
}

static void read_line(struct str line, struct arena *arena, struct without_store_acts *acts)
{
    struct error ignored;
    const cJSON *json = json_parse_in(arena, line, &ignored), *body = json_find(json, "act");
    struct without_store_act act, *known;

    if (!json || (body && !shape_from_json(&without_store_act_shape, body, arena, &act, &ignored))) {
        acts->unreadable++;
        return;
    }
    if (body && number_of(&act) > acts->last_number)
        acts->last_number = number_of(&act);
    known = find_act(acts, body ? act.id : json_find_string(json, "id"));
    if (body && known)
        *known = act;
    else if (body)
        *ARENA_PUSH(arena, acts->acts, acts->count) = act;
    else if (known && json_find_bool(json, "adopted", false))
        drop_act(acts, known);
}

bool without_store_read(const char *data_dir, struct arena *arena, struct without_store_acts *ret_acts,
                        struct error *err)
{
    AUTO_FREE char *text = NULL;
    char path[PATH_BYTES];
    struct str rest;

    *ret_acts = (struct without_store_acts){ 0 };
    if (!file_read(path_of(data_dir, "without-store.jsonl", path), FILE_MAX_BYTES, &text, err))
        return err->code == ERR_NOT_FOUND;
    rest = str_of(arena_strdup(arena, text));
    while (rest.len > 0) {
        struct str line = str_take_until(&rest, '\n');

        if (line.len > 0)
            read_line(line, arena, ret_acts);
    }
    return true;
}

/* The numbers are given in order: behind the last one of the file, adopted or not, is room. */
static bool read_last_number(const char *data_dir, int64_t *ret_number, struct error *err)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct without_store_acts acts;

    if (!without_store_read(data_dir, arena, &acts, err))
        return false;
    *ret_number = acts.last_number;
    return true;
}

/* Whoever holds a number may not have written it yet, and whoever wrote it may hold it no more. False: it is taken. */
static bool take_number(const char *data_dir, struct without_store_hold *hold, int64_t number, bool *ret_is_ours,
                        struct error *err)
{
    struct flock lock = byte_of(number);
    int64_t last;

    *ret_is_ours = hold->is_locked = fcntl(hold->fd, F_OFD_SETLK, &lock) == 0;
    if (!hold->is_locked && (errno == EAGAIN || errno == EACCES))
        return true;
    if (!read_last_number(data_dir, &last, err))
        return false;
    *ret_is_ours = number > last;
    if (*ret_is_ours || !hold->is_locked)
        return true;
    lock.l_type = F_UNLCK;
    fcntl(hold->fd, F_OFD_SETLK, &lock);
    return true;
}

bool without_store_take(const char *data_dir, struct without_store_hold *ret_hold, struct error *err)
{
    char path[PATH_BYTES];
    struct without_store_hold hold = { .fd = -1 };
    bool is_ours = false;
    int64_t number;

    if (!read_last_number(data_dir, &number, err))
        return false;
    hold.fd = open(path_of(data_dir, "without-store.jsonl", path), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (hold.fd < 0)
        return error_errno(err, "%s", path);
    while (!is_ours)
        if (!take_number(data_dir, &hold, ++number, &is_ours, err)) {
            close(hold.fd);
            return false;
        }
    snprintf(hold.name, sizeof(hold.name), "W%" PRId64, number);
    *ret_hold = hold;
    return true;
}

void without_store_let_go(struct without_store_hold *hold)
{
    if (hold->fd >= 0)
        close(hold->fd);
    hold->fd = -1;
}

/* ---- what is over ---- */

static bool is_locked_here(const struct without_store_act *act, const char *host)
{
    return act->is_locked && number_of(act) && act->host && strcmp(act->host, host) == 0;
}

/* In the order of the acts, by their ids: those that have not ended, and whose lock nobody holds. */
static const char **find_dead(const char *data_dir, const char *host, struct arena *arena,
                              const struct without_store_acts *acts, size_t *ret_count)
{
    char path[PATH_BYTES];
    int fd = open(path_of(data_dir, "without-store.jsonl", path), O_RDONLY | O_CLOEXEC);
    const char **ids = NULL;

    *ret_count = 0;
    for (size_t i = 0; fd >= 0 && i < acts->count; i++) {
        const struct without_store_act *act = &acts->acts[i];

        if (!act->result && is_locked_here(act, host) && !is_held(fd, number_of(act)))
            *ARENA_PUSH(arena, ids, *ret_count) = act->id;
    }
    if (fd >= 0)
        close(fd);
    return ids;
}

static bool is_among(const char *id, const char *const *ids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(ids[i], id) == 0)
            return true;
    return false;
}

/* Whoever was found dead has written all that it ever will: so its last word is read afterwards. */
bool without_store_read_over(const char *data_dir, const char *host, int64_t now_ms, struct arena *arena,
                             struct without_store_acts *ret_acts, struct error *err)
{
    struct without_store_acts all, again;
    const char **dead;
    size_t dead_count;

    *ret_acts = (struct without_store_acts){ 0 };
    if (!without_store_read(data_dir, arena, &all, err))
        return false;
    dead = find_dead(data_dir, host, arena, &all, &dead_count);
    if (!without_store_read(data_dir, arena, &again, err))
        return false;
    for (size_t i = 0; i < again.count; i++) {
        const struct without_store_act *act = &again.acts[i];
        bool is_elsewhere = !is_locked_here(act, host);

        if (act->result || is_among(act->id, dead, dead_count) ||
            (is_elsewhere && now_ms - act->began_at_ms > WITHOUT_STORE_DEAD_AFTER_MS))
            *ARENA_PUSH(arena, ret_acts->acts, ret_acts->count) = *act;
    }
    ret_acts->unreadable = again.unreadable;
    return true;
}

/* ---- the targets ---- */

bool targets_file_write(const char *data_dir, const struct target_list *list, struct error *err)
{
    AUTO_JSON cJSON *json = shape_to_json(&target_list_shape, list, SHAPE_WHOLE);
    AUTO_FREE char *text = json_print(json);
    char path[PATH_BYTES];

    return file_write(path_of(data_dir, "targets.json", path), str_of(text), err);
}

bool targets_file_read(const char *data_dir, struct arena *arena, struct target_list *ret_list, struct error *err)
{
    AUTO_FREE char *text = NULL;
    char path[PATH_BYTES];
    const cJSON *json;

    *ret_list = (struct target_list){ 0 };
    if (!file_read(path_of(data_dir, "targets.json", path), FILE_MAX_BYTES, &text, err))
        return err->code == ERR_NOT_FOUND;
    json = json_parse_in(arena, str_of(text), err);
    return (json && shape_from_json(&target_list_shape, json, arena, ret_list, err)) || error_wrap(err, "%s", path);
}
