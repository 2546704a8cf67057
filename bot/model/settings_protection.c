#include "bot/model/settings_protection.h"

#define NAME_MAX_BYTES 63
#define PRIORITY_LAST 2147483646 /* the one behind it is of the rule for everybody else */

static const struct shape_field priority_rows[] = {
    ROW_INT(priority_range, from, .otherwise = "9000", .min = 0, .max = PRIORITY_LAST, .about = "the first"),
    ROW_INT(priority_range, to, .otherwise = "9999", .min = 0, .max = PRIORITY_LAST, .about = "the last"),
};
static const struct shape priority_shape = SHAPE("priorities of rules", priority_range, priority_rows);

static const struct shape_field rows[] = {
    ROW_STRING(protection_settings, name, .flags = SHAPE_REQUIRED, .min = 1, .max = NAME_MAX_BYTES,
               .about = "people type it"),
    ROW_STRING(protection_settings, about, .max = 200, .about = "one line for `blocks`"),
    ROW_STRING(protection_settings, environment, .min = 1, .max = NAME_MAX_BYTES,
               .about = "which one it belongs to, for rules"),
    ROW_STRING(protection_settings, project, .flags = SHAPE_REQUIRED, .min = 1, .max = 100,
               .about = "Google Cloud project id"),
    ROW_STRING(protection_settings, policy, .flags = SHAPE_REQUIRED, .min = 1, .max = 63,
               .about = "the security policy of Cloud Armor; it has to be attached to the load balancer's backends"),
    ROW_OBJECT(protection_settings, priorities, &priority_shape,
               .about = "of the rules that opsgate makes, one for each block; the smaller is asked first"),
    ROW_MS(protection_settings, max_for, .otherwise = "7d", .min = 60000, .max = 90 * 24 * 3600 * 1000LL,
           .about = "no block lasts longer"),
    ROW_INT(protection_settings, widest, .otherwise = "16", .min = 8, .max = 32,
            .about = "the shortest prefix of IPv4 that may be blocked"),
    ROW_INT(protection_settings, widest_v6, .otherwise = "48", .min = 16, .max = 128, .about = "likewise of IPv6"),
    ROW_STRINGS(protection_settings, never, .flags = SHAPE_ONE_OR_MANY, .max = 200,
                .about =
                    "addresses and ranges that are never blocked, nor part of a block: your office, your own way out. "
                    "Private ones, the load balancer's and trusted_proxies never are"),
};
const struct shape protection_settings_shape = SHAPE("a protection", protection_settings, rows);
