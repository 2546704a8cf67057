#include "handlers/protection/range.h"

#include "handlers/protection/rule.h"

#include "bot/model/card.h"

#include <inttypes.h>
#include <string.h>

#define QUOTED_BYTES 100

/* ---- of itself ---- */

bool range_parse(struct str text, struct network *ret_range, struct error *err)
{
    if (memchr(text.at ? text.at : "", '/', text.len) && !network_is_range(text))
        return error_set(err, ERR_INVALID, "expected a range by its first address, such as 203.0.113.0/24");
    return network_parse(text, ret_range, err);
}

static const struct {
    const char *range, *what;
} nobodys[] = {
    { "0.0.0.0/8", "no address of anybody (RFC 1122)" },
    { "10.0.0.0/8", "private (RFC 1918)" },
    { "100.64.0.0/10", "shared by a carrier's own network (RFC 6598)" },
    { "127.0.0.0/8", "this machine itself" },
    { "169.254.0.0/16", "link-local" },
    { "172.16.0.0/12", "private (RFC 1918)" },
    { "192.168.0.0/16", "private (RFC 1918)" },
    { "224.0.0.0/4", "multicast" },
    { "240.0.0.0/4", "reserved" },
    { "35.191.0.0/16", "the load balancer's health checks" },
    { "130.211.0.0/22", "the load balancer's health checks" },
    { "::/127", "this machine itself" },
    { "fc00::/7", "private (RFC 4193)" },
    { "fe80::/10", "link-local" },
    { "ff00::/8", "multicast" },
};

static bool overlap(const struct network *a, const struct network *b)
{
    return network_covers(a, b) || network_covers(b, a);
}

static bool overlaps(const char *text, const struct network *range)
{
    struct network network;
    struct error ignored;

    return text && network_parse(str_of(text), &network, &ignored) && overlap(&network, range);
}

static const char *refuse_listed(const char *const *list, size_t count, const char *key, const struct network *range,
                                 struct arena *arena)
{
    for (size_t i = 0; i < count; i++)
        if (overlaps(list[i], range))
            return arena_printf(arena, "`%s` is never blocked: `%s` (`%s`)", network_format(range).text, list[i], key);
    return NULL;
}

const char *range_refusal(const struct settings *settings, const struct protection_settings *protection,
                          const struct network *range, struct arena *arena)
{
    int64_t widest = network_is_v4(range) ? protection->widest : protection->widest_v6;
    const struct network_text text = network_format(range);
    const char *listed;

    if (network_prefix(range) < widest)
        return arena_printf(arena, "`%s` is too wide: `%s` takes /%" PRId64 " and longer (`%s`)", text.text,
                            protection->name, widest, network_is_v4(range) ? "widest" : "widest_v6");
    for (size_t i = 0; i < ARRAY_LEN(nobodys); i++)
        if (overlaps(nobodys[i].range, range))
            return arena_printf(arena, "`%s` is never blocked: `%s` is %s", text.text, nobodys[i].range,
                                nobodys[i].what);
    listed = refuse_listed(protection->never, protection->never_count, "never", range, arena);
    return listed ? listed
                  : refuse_listed(settings->trusted_proxies, settings->trusted_proxies_count, "trusted_proxies", range,
                                  arena);
}

/* ---- beside the rules that are there ---- */

/* One behind ours and before `rule`, which so does not come to all of the range. */
static bool is_passed_by(const struct armor_seen *seen, int64_t priority, const struct armor_rule *rule,
                         const struct network *range)
{
    for (size_t i = 0; i < seen->rules_count; i++) {
        const struct armor_rule *other = &seen->rules[i];

        if (other->is_preview || rule_denies(other) || other->priority <= priority || other->priority >= rule->priority)
            continue;
        for (size_t k = 0; k < other->ranges_count; k++)
            if (overlaps(other->ranges[k], range))
                return true;
    }
    return false;
}

const char *range_in_vain(const struct armor_seen *seen, int64_t priority, const struct network *range,
                          struct arena *arena)
{
    const struct armor_rule *rule = rule_deciding(seen, range);
    const char *action = rule && rule->action ? rule->action : "no action", *about;

    if (!rule)
        return NULL;
    about = rule->description ? arena_printf(arena, ": %s", card_quote(str_of(rule->description), QUOTED_BYTES, arena))
                              : "";
    if (rule_denies(rule) && !is_passed_by(seen, priority, rule, range))
        return arena_printf(arena, "rule %" PRId64 " blocks it already%s", rule->priority, about);
    if (rule_denies(rule) || rule->priority > priority)
        return NULL;
    if (strcmp(action, "allow") == 0)
        return arena_printf(arena, "rule %" PRId64 " lets it through before a block could be asked%s", rule->priority,
                            about);
    return arena_printf(arena, "rule %" PRId64 " (%s) is asked first, so a block would do nothing%s", rule->priority,
                        card_quote(str_of(action), QUOTED_BYTES, arena), about);
}
