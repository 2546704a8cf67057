#include "handlers/deploy/version.h"

#include "bot/model/card.h"

#include <string.h>

#define REF_MAX_BYTES 200
#define TAG_MAX_BYTES 128
#define SHA_MIN 7
#define SHA_MAX 40
#define SHORT_SHA 7
#define DIGEST_PREFIX "sha256:"
#define QUOTED_BYTES 60
#define HEX "0123456789abcdef"

bool version_is_tag(const char *text)
{
    static const char in_tag[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    size_t len = strlen(text);

    return len >= 1 && len <= TAG_MAX_BYTES && strspn(text, in_tag) == len && text[0] != '.' && text[0] != '-';
}

bool version_is_digest(const char *text)
{
    size_t prefix = strlen(DIGEST_PREFIX);

    return strncmp(text, DIGEST_PREFIX, prefix) == 0 && strlen(text) == prefix + 64 && strspn(text + prefix, HEX) == 64;
}

/* What git allows in the name of a branch or tag (git check-ref-format), as far as it could mean something else. */
bool version_is_ref(const char *text)
{
    size_t len = strlen(text);

    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] <= ' ' || text[i] == 0x7f || strchr("~^:?*[\\@", text[i]))
            return false;
    return len >= 1 && len <= REF_MAX_BYTES && text[0] != '-' && text[0] != '/' && text[len - 1] != '/' &&
           text[len - 1] != '.' && !strstr(text, "..") && !strstr(text, "//") && utf8_is_valid(str_of(text));
}

static bool is_sha(const char *text)
{
    size_t len = strlen(text);

    return len >= SHA_MIN && len <= SHA_MAX && strspn(text, HEX) == len;
}

static bool is_whole_sha(const char *text)
{
    return is_sha(text) && strlen(text) == SHA_MAX;
}

static const struct {
    const char *prefix;
    enum version_kind kind;
    bool (*is_good)(const char *name);
    const char *expected;
} kinds[] = {
    { "tag:", VERSION_TAG, version_is_tag, "an image tag: letters, digits, `.`, `_` and `-`" },
    { "branch:", VERSION_BRANCH, version_is_ref, "the name of a branch" },
    { "sha:", VERSION_SHA, is_sha, "7 to 40 digits of a commit, in lower case" },
    { "release:", VERSION_RELEASE, version_is_ref, "the tag of a release, or `latest`" },
    { "image:", VERSION_IMAGE, version_is_digest, "a whole `sha256:` digest" },
};

static bool read_name(const char *word, struct arena *arena, struct version *version, struct error *err)
{
    struct str rest = str_of(word);

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (!str_take_prefix(&rest, kinds[i].prefix))
            continue;
        version->kind = kinds[i].kind;
        version->name = arena_copy(arena, rest);
        version->text = version->kind == VERSION_TAG || version->kind == VERSION_IMAGE ? version->name : word;
        return kinds[i].is_good(version->name) ||
               error_set(err, ERR_INVALID, "`%s` is no version: behind `%s` comes %s. Nothing was done.",
                         card_quote(str_of(word), QUOTED_BYTES, arena), kinds[i].prefix, kinds[i].expected);
    }
    version->name = version->text = word;
    version->kind = version_is_digest(word) ? VERSION_IMAGE : is_whole_sha(word) ? VERSION_SHA : VERSION_TAG;
    if (version->kind == VERSION_SHA)
        version->text = arena_printf(arena, "sha:%s", word);
    return version->kind != VERSION_TAG || version_is_tag(word) ||
           error_set(err, ERR_INVALID,
                     "`%s` is no version: name an image tag (letters, digits, `.`, `_` and `-`), `branch:NAME`, "
                     "`sha:COMMIT`, `release:TAG`, or a whole `sha256:` digest. Nothing was done.",
                     card_quote(str_of(word), QUOTED_BYTES, arena));
}

bool version_read(const char *word, struct arena *arena, struct version *ret_version, struct error *err)
{
    struct version version = { 0 };
    const char *at = strrchr(word, '@');

    if (at && !version_is_digest(at + 1))
        return error_set(err, ERR_INVALID,
                         "`%s` is no version: behind `@` comes a whole `sha256:` digest. Nothing was done.",
                         card_quote(str_of(word), QUOTED_BYTES, arena));
    if (at)
        word = arena_copy(arena, (struct str){ word, (size_t)(at - word) });
    if (!read_name(word, arena, &version, err))
        return false;
    if (at && version.kind == VERSION_IMAGE)
        return error_set(err, ERR_INVALID, "That names two images: one digest is enough. Nothing was done.");
    version.digest = at ? at + 1 : version.kind == VERSION_IMAGE ? version.name : NULL;
    *ret_version = version;
    return true;
}

bool version_needs_github(const struct version *version)
{
    if (version->digest)
        return false;
    return version->kind == VERSION_BRANCH || (version->kind == VERSION_SHA && !is_whole_sha(version->name)) ||
           (version->kind == VERSION_RELEASE);
}

const char *version_ref(const struct version *version, struct arena *arena)
{
    switch (version->kind) {
    case VERSION_BRANCH:
        return arena_printf(arena, "heads/%s", version->name);
    case VERSION_TAG:
    case VERSION_RELEASE:
        return arena_printf(arena, "tags/%s", version->name);
    case VERSION_SHA:
        return version->name;
    case VERSION_IMAGE:
        break;
    }
    return NULL;
}

const char *version_tag_of_commit(const char *branch_tag, const char *sha, struct arena *arena)
{
    struct str rest = str_of(branch_tag);
    const char *tag = "";

    while (rest.len > 0) {
        if (str_take_prefix(&rest, "{sha}")) {
            tag = arena_printf(arena, "%s%s", tag, sha);
        } else if (str_take_prefix(&rest, "{short_sha}")) {
            tag = arena_printf(arena, "%s%.*s", tag, SHORT_SHA, sha);
        } else {
            tag = arena_printf(arena, "%s%c", tag, rest.at[0]);
            rest = (struct str){ rest.at + 1, rest.len - 1 };
        }
    }
    return tag;
}
