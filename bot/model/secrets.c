#include "bot/model/secrets.h"

#include "bot/base/buf.h"
#include "bot/model/card.h"

#include <string.h>

#define MASKED_MAX_BYTES (64 * 1024)

static bool has(const struct secrets *secrets, struct str text)
{
    for (size_t i = 0; i < secrets->count; i++)
        if (str_equal(secrets->texts[i], text))
            return true;
    return false;
}

static void insert(struct secrets *secrets, struct str text)
{
    size_t at = secrets->count;

    ARENA_PUSH(secrets->arena, secrets->texts, secrets->count);
    for (; at > 0 && secrets->texts[at - 1].len < text.len; at--)
        secrets->texts[at] = secrets->texts[at - 1];
    secrets->texts[at] = (struct str){ arena_copy(secrets->arena, text), text.len };
}

void secrets_add(struct secrets *secrets, const char *text)
{
    struct str rest = str_of(text);

    while (rest.len > 0) {
        struct str line = str_trim(str_take_until(&rest, '\n'));

        if (line.len >= SECRETS_MIN_BYTES && !str_starts_with(line, "-----") && !has(secrets, line))
            insert(secrets, line);
    }
}

size_t secrets_begin(const struct secrets *secrets, struct str text)
{
    for (size_t i = 0; i < secrets->count; i++) /* longest first */
        if (secrets->texts[i].len <= text.len && memcmp(secrets->texts[i].at, text.at, secrets->texts[i].len) == 0)
            return secrets->texts[i].len;
    return 0;
}

/* What was cut in the middle of a secret ends with a part of it. */
static bool is_cut_secret(const struct secrets *secrets, struct str rest)
{
    for (size_t i = 0; i < secrets->count && rest.len >= SECRETS_MIN_BYTES; i++)
        if (secrets->texts[i].len > rest.len && memcmp(secrets->texts[i].at, rest.at, rest.len) == 0)
            return true;
    return false;
}

const char *secrets_mask(const struct secrets *secrets, const char *text, struct arena *arena)
{
    struct str rest = str_of(text);
    AUTO_BUF struct buf out = BUF(MASKED_MAX_BYTES);

    if (!text)
        return NULL;
    while (rest.len > 0) {
        size_t secret = is_cut_secret(secrets, rest) ? rest.len : secrets_begin(secrets, rest);
        size_t step = secret ? secret : 1;
        unsigned char c = (unsigned char)rest.at[0];

        if (secret)
            buf_puts(&out, "***");
        else
            buf_putc(&out, c < ' ' || c == 0x7f ? ' ' : rest.at[0]);
        rest = (struct str){ rest.at + step, rest.len - step };
    }
    return arena_copy(arena, buf_str(&out));
}

const char *secrets_quote(struct str masked, size_t max_bytes, struct arena *arena)
{
    AUTO_BUF struct buf out = BUF(MASKED_MAX_BYTES);

    while (masked.len > 0) {
        if (str_take_prefix(&masked, "***")) {
            buf_puts(&out, "[secret]");
            continue;
        }
        buf_putc(&out, masked.at[0]);
        masked = (struct str){ masked.at + 1, masked.len - 1 };
    }
    return card_quote(buf_str(&out), max_bytes, arena);
}

/* "redis://user:PASSWORD@host": what stands there is no less secret than in a key of its own. */
static void add_password(struct secrets *secrets, const char *address)
{
    const char *host = strstr(address, "://"), *at, *colon;

    if (!host)
        return;
    host += 3;
    at = memrchr(host, '@', strcspn(host, "/?#"));
    colon = at ? memchr(host, ':', (size_t)(at - host)) : NULL;
    if (colon)
        secrets_add(secrets, arena_copy(secrets->arena, (struct str){ colon + 1, (size_t)(at - colon - 1) }));
}

/* The same settings written twice, once for the store and once for people: where they differ is a secret. */
static void add_differences(struct secrets *secrets, const cJSON *whole, const cJSON *masked)
{
    const cJSON *other = masked->child;

    if (cJSON_IsString(whole)) {
        if (strcmp(whole->valuestring, masked->valuestring) != 0)
            secrets_add(secrets, whole->valuestring);
        add_password(secrets, whole->valuestring);
        return;
    }
    for (const cJSON *item = whole->child; item && other; item = item->next, other = other->next)
        add_differences(secrets, item, other);
}

void secrets_add_settings(struct secrets *secrets, const struct settings *settings)
{
    cJSON *whole = shape_to_json(&settings_shape, settings, SHAPE_WHOLE);
    cJSON *masked = shape_to_json(&settings_shape, settings, SHAPE_MASKED);

    add_differences(secrets, whole, masked);
    cJSON_Delete(whole);
    cJSON_Delete(masked);
}
