#include "bot/without_store_file.h"

#include "bot/base/file.h"
#include "bot/base/json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX_BYTES (16 * 1024 * 1024)
#define PATH_BYTES 512

static const struct shape_field list_rows[] = {
    ROW_INT(target_list, at_ms),
    ROW_OBJECTS(target_list, targets, &target_shape),
};
const struct shape target_list_shape = SHAPE("the targets", target_list, list_rows);

/* ---- the journal ---- */

static const char *path_of(const char *data_dir, const char *name, char path[PATH_BYTES])
{
    snprintf(path, PATH_BYTES, "%s/%s", data_dir, name);
    return path;
}

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
