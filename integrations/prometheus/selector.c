#include "integrations/prometheus/selector.h"

#include <string.h>

#define VALUE_MAX_BYTES (16 * 1024)

/* ---- names ---- */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_name(const char *name, bool may_have_colon)
{
    if (!name || !name[0])
        return false;
    for (size_t i = 0; name[i]; i++)
        if (!is_letter(name[i]) && !(may_have_colon && name[i] == ':') && !(i > 0 && name[i] >= '0' && name[i] <= '9'))
            return false;
    return true;
}

bool query_is_metric_name(const char *name)
{
    return is_name(name, true);
}

bool query_is_label_name(const char *name)
{
    return is_name(name, false);
}

static bool check_name(const char *key, const char *name, bool is_metric, struct error *err)
{
    return is_name(name, is_metric) || error_set(err, ERR_INVALID, "%s: '%.100s' is not the name of a %s", key,
                                                 name ? name : "", is_metric ? "metric" : "label");
}

bool query_check_names(const struct measure_names *names, struct error *err)
{
    if (!check_name("requests", names->requests, true, err) || !check_name("latency", names->latency, true, err) ||
        !check_name("revision_label", names->revision_label, false, err) ||
        !check_name("code_label", names->code_label, false, err))
        return false;
    if (str_ends_with(str_of(names->latency), "_bucket"))
        return error_set(err, ERR_INVALID, "latency: the histogram is named without _bucket");
    for (size_t i = 0; i < names->match_count; i++)
        if (!check_name("match", names->match[i].key, false, err))
            return false;
    return true;
}

/* ---- values ---- */

void selector_escape(struct buf *out, const char *value)
{
    for (; *value; value++) {
        switch (*value) {
        case '\\':
        case '"':
            buf_putc(out, '\\');
            buf_putc(out, *value);
            break;
        case '\n':
            buf_puts(out, "\\n");
            break;
        case '\r':
            buf_puts(out, "\\r");
            break;
        default:
            buf_putc(out, *value);
        }
    }
}

static void add_matcher(struct buf *out, const char *before, const char *label, const char *sign, const char *value)
{
    buf_addf(out, "%s%s%s\"", before, label, sign);
    selector_escape(out, value);
    buf_putc(out, '"');
}

/* Of a regular expression that takes this text and no other. */
static void add_literal(struct buf *out, const char *text)
{
    for (; *text; text++) {
        if (strchr("\\.+*?()|[]{}^$", *text))
            buf_putc(out, '\\');
        buf_putc(out, *text);
    }
}

static void add_any_of(struct buf *out, const char *before, const char *label, const char *const *texts, size_t count)
{
    AUTO_BUF struct buf pattern = BUF(VALUE_MAX_BYTES);

    if (count == 1) {
        add_matcher(out, before, label, "=", texts[0]);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        buf_puts(&pattern, i ? "|" : "");
        add_literal(&pattern, texts[i]);
    }
    add_matcher(out, before, label, "=~", buf_text(&pattern));
    out->failed = out->failed || pattern.failed;
}

/* ---- all of it ---- */

void selector_add(struct buf *out, const struct selector *selector, const char *metric)
{
    const struct measure_names *names = selector->names;
    const char *revisions[ARRAY_LEN(selector->revisions)];
    size_t count = 0;

    for (size_t i = 0; i < ARRAY_LEN(revisions); i++)
        if (selector->revisions[i])
            revisions[count++] = selector->revisions[i];
    buf_puts(out, metric);
    if (count > 0)
        add_any_of(out, "{", names->revision_label, revisions, count);
    else
        add_matcher(out, "{", names->revision_label, "!=", "");
    if (selector->texts_count > 0)
        add_any_of(out, ",", selector->label, selector->texts, selector->texts_count);
    else if (selector->label)
        add_matcher(out, ",", selector->label, selector->sign, selector->value);
    for (size_t i = 0; i < names->match_count; i++)
        add_matcher(out, ",", names->match[i].key, "=", names->match[i].value);
    buf_putc(out, '}');
}
