#include "bot/configuration/reference.h"

#include "bot/configuration/restart.h"
#include "bot/model/settings.h"

#include <ctype.h>
#include <string.h>

#define HOW "How it is read"
#define THE_FILE "The file"
#define VERBS "Verbs that rules may name"
#define SOURCES "Sources that rules may name"

static const char introduction[] =
    "# Configuration\n"
    "\n"
    "Every key that opsgate knows, written by `opsgate check --reference` out of the rows that read them: change "
    "those, not\n"
    "this page. Whole files to begin with: [the smallest useful one](connect.md#the-smallest-useful-file), and those "
    "in\n"
    "[deploy/examples/](../deploy/examples).\n";

static const char how_it_is_read[] =
    "\n"
    "## " HOW "\n"
    "\n"
    "The file is YAML, at most 1 MiB, without anchors, aliases, merge keys and tags. It is read whole or refused "
    "whole:\n"
    "`opsgate check -c FILE` tells everything that is wrong, with line, column, key and what was expected.\n"
    "\n"
    "- Durations are written `250ms`, `30s`, `5m`, `1h30m`, `48h`, `2d`; sizes `512KiB`, `1MiB`; shares `0.5%` or "
    "`0.005`.\n"
    "- In every text `${env:NAME}` and `${file:PATH}` are filled in; a path is relative to the file, and one newline "
    "at the\n"
    "  end is dropped. One that is missing or empty is an error. Keys marked *secret* are never shown again.\n"
    "- The environment goes before the file: `LOG_LEVEL`, `ENABLE_METRICS`, `HEALTH_CHECK_TIMEOUT` and\n"
    "  `GRACEFUL_SHUTDOWN_TIMEOUT` (whole seconds), `PORT` (the port of `listen`), `RATE_LIMIT_PER_HOUR`\n"
    "  (`limits.requests_per_hour`). A value that makes no sense is an error too.\n";

/* ---- one row ---- */

static const char *type_name(const struct shape_field *field)
{
    static const char *const names[] = {
        [SHAPE_STRING] = "text",
        [SHAPE_INT] = "number",
        [SHAPE_BOOL] = "true or false",
        [SHAPE_MS] = "duration",
        [SHAPE_BYTES] = "size",
        [SHAPE_RATIO] = "share",
        [SHAPE_ENUM] = "word",
        [SHAPE_OBJECT] = "mapping",
        [SHAPE_OPTION] = "mapping",
        [SHAPE_STRINGS] = "list",
        [SHAPE_OBJECTS] = "list of mappings",
        [SHAPE_MAP] = "mapping of texts",
        [SHAPE_JSON] = "any",
        [SHAPE_LINE] = "",
    };

    return names[field->type];
}

static void print_type(const struct shape_field *field, struct buf *out)
{
    buf_puts(out, type_name(field));
    if (field->flags & SHAPE_ONE_OR_MANY)
        buf_puts(out, field->type == SHAPE_OBJECTS ? ", or one mapping" : ", or one text");
    if (field->of && field->of->scalar)
        buf_puts(out, field->type == SHAPE_OBJECTS ? ", each also as one value" : ", or one value");
    for (size_t i = 0; field->names && field->names[i]; i++)
        buf_addf(out, "%s`%s`", i ? ", " : ": ", field->names[i]);
}

static void print_marks(const struct shape_field *field, struct buf *out)
{
    static const struct {
        unsigned flag;
        const char *mark;
    } rows[] = { { SHAPE_REQUIRED, " **Required.**" },
                 { SHAPE_SECRET, " *Secret.*" } };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (field->flags & rows[i].flag)
            buf_puts(out, rows[i].mark);
}

static void print_cell(const char *text, struct buf *out) /* '|' would end the cell */
{
    for (; text && *text; text++)
        buf_addf(out, "%s%c", *text == '|' ? "\\" : "", *text);
}

static void print_row(const struct shape_field *field, struct buf *out)
{
    buf_addf(out, "| `%s` | ", field->name);
    print_type(field, out);
    buf_addf(out, " | %s%s%s | ", field->otherwise ? "`" : "", field->otherwise ? field->otherwise : "",
             field->otherwise ? "`" : "");
    shape_say_range(field, out);
    buf_puts(out, " | ");
    print_cell(field->about, out);
    print_marks(field, out);
    buf_puts(out, " |\n");
}

/* ---- a section for each mapping ---- */

static void print_path(const char *path, const struct shape_field *field, struct buf *out)
{
    buf_addf(out, "%s%s%s%s", path, path[0] ? "." : "", field->name, field->type == SHAPE_OBJECTS ? "[]" : "");
}

static void print_section(const struct shape *shape, const char *path, struct buf *out)
{
    buf_addf(out, "\n## %s%s%s\n\n", path[0] ? "`" : "", path[0] ? path : THE_FILE, path[0] ? "`" : "");
    if (shape->scalar)
        buf_addf(out, "One value in its place sets `%s`.\n\n", shape->scalar);
    buf_puts(out, "| key | type | default | range | what |\n| --- | --- | --- | --- | --- |\n");
    for (size_t i = 0; i < shape->count; i++)
        if (shape->fields[i].name)
            print_row(&shape->fields[i], out);
    for (size_t i = 0; i < shape->count; i++) {
        const struct shape_field *field = &shape->fields[i];
        AUTO_BUF struct buf below = BUF(500);

        if (!field->of)
            continue;
        print_path(path, field, &below);
        print_section(field->of, buf_text(&below), out);
    }
}

/* ---- contents: a line for each section, with those inside it that have none inside of their own ---- */

static void print_link(const char *text, const char *heading, struct buf *out)
{
    buf_addf(out, "[%s](#", text);
    for (; *heading; heading++) /* GitHub's anchor: in lower case, and without what is no word */
        if (isalnum((unsigned char)*heading) || strchr("_- ", *heading))
            buf_addf(out, "%c", *heading == ' ' ? '-' : tolower((unsigned char)*heading));
    buf_puts(out, ")");
}

static void print_title(const char *title, struct buf *out)
{
    buf_puts(out, "\n- ");
    print_link(title, title, out);
}

static void print_key(const char *path, struct buf *out)
{
    AUTO_BUF struct buf text = BUF(500);
    const char *inside = strrchr(path, '.');

    buf_addf(&text, "`%s`", inside ? inside : path);
    print_link(buf_text(&text), path, out);
}

static bool has_sections(const struct shape *shape)
{
    for (size_t i = 0; i < shape->count; i++)
        if (shape->fields[i].of)
            return true;
    return false;
}

static void print_leaves(const struct shape *shape, const char *path, struct buf *out)
{
    for (size_t i = 0; i < shape->count; i++) {
        AUTO_BUF struct buf below = BUF(500);

        if (!shape->fields[i].of || has_sections(shape->fields[i].of))
            continue;
        print_path(path, &shape->fields[i], &below);
        buf_puts(out, " ");
        print_key(buf_text(&below), out);
    }
}

static void print_branches(const struct shape *shape, const char *path, int depth, struct buf *out)
{
    for (size_t i = 0; i < shape->count; i++) {
        const struct shape *of = shape->fields[i].of;
        AUTO_BUF struct buf below = BUF(500);

        if (!of || (depth > 0 && !has_sections(of)))
            continue;
        print_path(path, &shape->fields[i], &below);
        buf_addf(out, "\n%*s- ", 2 * depth, "");
        print_key(buf_text(&below), out);
        print_leaves(of, buf_text(&below), out);
        print_branches(of, buf_text(&below), depth + 1, out);
    }
}

static void print_contents(struct buf *out)
{
    print_title(HOW, out);
    print_title(THE_FILE, out);
    print_branches(&settings_shape, "", 0, out);
    print_title(VERBS, out);
    print_title(SOURCES, out);
    buf_puts(out, "\n");
}

static void print_words(const char *title, const char *const *words, struct buf *out)
{
    buf_addf(out, "\n## %s\n\n", title);
    for (size_t i = 0; words[i]; i++)
        buf_addf(out, "%s`%s`", i ? ", " : "", words[i]);
    buf_puts(out, "\n");
}

static void print_restart(struct buf *out)
{
    const char *key;

    buf_puts(out,
             "\nSIGHUP and `/ops reload` have the file read again. A bad one changes nothing, and is told as `check` "
             "tells it. A good one is in\nforce from the next decision on: what runs keeps the plan that it began "
             "with, and its next increase is judged by the new rules. At the\nnext start only, and told when they "
             "differ: ");
    for (size_t i = 0; (key = configuration_restart_key(i)) != NULL; i++)
        buf_addf(out, "%s`%s`", i > 0 ? ", " : "", key);
    buf_puts(out,
             "; but each secret at once, the `app_token` of `slack.socket_mode`, too: [how to rotate them](secrets.md).\n\n"
             "On the host, `opsgate run`, `halt`, `unhalt`, `ops`, `events` and `dead` only have to find the opsgate "
             "that runs, and its store: of a bad\nfile they warn, and go on by what of it can be read, as long as "
             "`data_dir`, `local_socket` and `store` are without a mistake. What decides\nby the file itself refuses "
             "it: `serve`, `check`, `policy`, `doctor`, `store`, `sign`, and `run --without-store`.\n");
}

void reference_print(struct buf *out)
{
    buf_puts(out, introduction);
    print_contents(out);
    buf_puts(out, how_it_is_read);
    print_restart(out);
    print_section(&settings_shape, "", out);
    print_words(VERBS, policy_verb_names, out);
    print_words(SOURCES, policy_source_names, out);
}
