/* Which of two versions is the older one: by semver.org 2.0.0, rules 2 and 9 to 11, and by GitHub's word for two
 * commits. */
#include "tests/unit/rows.h"

#include "handlers/deploy/order.h"

#include <string.h>

static const char *const order_names[] = {
    [ORDER_UNKNOWN] = "unknown", [ORDER_OLDER] = "older", [ORDER_SAME] = "the same", [ORDER_NEWER] = "newer"
};

static const struct row {
    const char *name, *version, *other;
    enum order order; /* of the version to the other; the other way round is checked as well */
} rows[] = {
    /* ---- rule 11.2: numbers, from left to right ---- */
    { "a patch", "v1.4.1", "v1.4.2", ORDER_OLDER },
    { "a minor", "1.3.9", "1.4.0", ORDER_OLDER },
    { "a major", "1.9.9", "2.0.0", ORDER_OLDER },
    { "numbers are no texts", "v1.9.0", "v1.10.0", ORDER_OLDER },
    { "nor are they of a length that a machine has", "1.0.99999999999999999999999999",
      "1.0.100000000000000000000000000", ORDER_OLDER },
    { "the same", "v1.4.2", "v1.4.2", ORDER_SAME },
    { "a v is no part of it", "v1.4.2", "1.4.2", ORDER_SAME },
    { "nor is a digest", "v1.4.2@sha256:9f86", "v1.4.2", ORDER_SAME },
    { "a digest does not decide", "v1.4.1@sha256:ffff", "v1.4.2@sha256:0000", ORDER_OLDER },
    { "zeros", "0.0.0", "0.0.1", ORDER_OLDER },

    /* ---- rules 11.3 and 11.4: pre-releases; the list of the rule itself ---- */
    { "a pre-release is older than its release", "1.0.0-rc.1", "1.0.0", ORDER_OLDER },
    { "and newer than the release before", "1.0.0", "1.0.1-alpha", ORDER_OLDER },
    { "alpha, alpha.1", "1.0.0-alpha", "1.0.0-alpha.1", ORDER_OLDER },
    { "alpha.1, alpha.beta", "1.0.0-alpha.1", "1.0.0-alpha.beta", ORDER_OLDER },
    { "alpha.beta, beta", "1.0.0-alpha.beta", "1.0.0-beta", ORDER_OLDER },
    { "beta, beta.2", "1.0.0-beta", "1.0.0-beta.2", ORDER_OLDER },
    { "beta.2, beta.11", "1.0.0-beta.2", "1.0.0-beta.11", ORDER_OLDER },
    { "beta.11, rc.1", "1.0.0-beta.11", "1.0.0-rc.1", ORDER_OLDER },
    { "letters by ASCII", "1.0.0-Beta", "1.0.0-alpha", ORDER_OLDER },
    { "a beginning is older", "1.0.0-rc", "1.0.0-rc1", ORDER_OLDER },
    { "a hyphen belongs to an identifier", "1.0.0--1", "1.0.0-alpha-1", ORDER_OLDER },
    { "what only looks like a number is a text", "1.0.0-9", "1.0.0-0a", ORDER_OLDER },
    { "the same pre-release", "v1.0.0-rc.1", "1.0.0-rc.1", ORDER_SAME },

    /* ---- rule 10: builds ---- */
    { "a build does not count", "1.0.0+20130313144700", "1.0.0+exp.sha.5114f85", ORDER_SAME },
    { "a build may begin with zeros", "1.0.0+001", "1.0.0", ORDER_SAME },
    { "a hyphen in a build begins no pre-release", "1.0.0+a-b", "1.0.0", ORDER_SAME },
    { "a build of a pre-release", "1.0.0-beta+exp.1", "1.0.0-beta", ORDER_SAME },

    /* ---- what is none: nobody knows ---- */
    { "nothing", NULL, "1.0.0", ORDER_UNKNOWN },
    { "an empty word", "", "1.0.0", ORDER_UNKNOWN },
    { "a branch", "main", "v1.0.0", ORDER_UNKNOWN },
    { "a commit", "sha:70e4b6c9d315", "v1.0.0", ORDER_UNKNOWN },
    { "a digest alone", "sha256:9f86", "v1.0.0", ORDER_UNKNOWN },
    { "two numbers", "1.4", "1.5.0", ORDER_UNKNOWN },
    { "four numbers", "1.4.2.1", "1.5.0", ORDER_UNKNOWN },
    { "a dot at the end", "1.4.2.", "1.5.0", ORDER_UNKNOWN },
    { "a number that begins with zero", "1.04.2", "1.5.0", ORDER_UNKNOWN },
    { "a date", "2026.01.05", "2026.1.6", ORDER_UNKNOWN },
    { "a minus", "1.-4.2", "1.5.0", ORDER_UNKNOWN },
    { "two v", "vv1.4.2", "1.5.0", ORDER_UNKNOWN },
    { "an upper V", "V1.4.2", "1.5.0", ORDER_UNKNOWN },
    { "a v alone", "v", "1.5.0", ORDER_UNKNOWN },
    { "white space", " 1.4.2", "1.5.0", ORDER_UNKNOWN },
    { "an empty pre-release", "1.4.2-", "1.5.0", ORDER_UNKNOWN },
    { "an empty identifier", "1.4.2-a..b", "1.5.0", ORDER_UNKNOWN },
    { "an identifier that ends nothing", "1.4.2-a.", "1.5.0", ORDER_UNKNOWN },
    { "a number of a pre-release that begins with zero", "1.4.2-01", "1.5.0", ORDER_UNKNOWN },
    { "an empty build", "1.4.2+", "1.5.0", ORDER_UNKNOWN },
    { "two builds", "1.4.2+a+b", "1.5.0", ORDER_UNKNOWN },
    { "an underscore", "1.4.2-a_b", "1.5.0", ORDER_UNKNOWN },
    { "letters beyond ASCII", "1.4.2-\xc3\xa4", "1.5.0", ORDER_UNKNOWN },
    { "two that are the same and none", "main", "main", ORDER_UNKNOWN },
};

static void check(enum order found, enum order expected)
{
    assert_string_equal(order_names[found], order_names[expected]);
}

static void check_row(void **state)
{
    static const enum order turned[] = {
        [ORDER_UNKNOWN] = ORDER_UNKNOWN, [ORDER_OLDER] = ORDER_NEWER, [ORDER_SAME] = ORDER_SAME
    };
    const struct row *row = *state;

    check(order_by_name(row->version, row->other), row->order);
    check(order_by_name(row->other, row->version), turned[row->order]);
}

static const struct relation_row {
    const char *name, *relation;
    enum order order;
} relation_rows[] = {
    { "all of its commits are in the other", "behind", ORDER_OLDER },
    { "it has all of the other, and more", "ahead", ORDER_NEWER },
    { "one commit", "identical", ORDER_SAME },
    { "two branches", "diverged", ORDER_UNKNOWN },
    { "GitHub did not tell", NULL, ORDER_UNKNOWN },
    { "a word that it does not have", "beside", ORDER_UNKNOWN },
    { "none", "", ORDER_UNKNOWN },
};

static void check_relation(void **state)
{
    const struct relation_row *row = *state;

    check(order_by_relation(row->relation), row->order);
}

int main(void)
{
    return ROWS(rows, check_row) + ROWS(relation_rows, check_relation);
}
