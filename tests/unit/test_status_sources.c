/* Sources that are down, refuse, or answer what cannot be: `status` says so, and shows the rest. */
#include "tests/unit/status_look_fixture.h"

static const struct row rows[] = {
    { "Cloud Run gives no answer in time",
      "status api staging",
      0,
      { BRINGS(100, "metrics.0", NUMBERS), FAILS(2900, "service.0", END_GAVE_UP, "no answer in time") },
      "begin ?service.0=3s ?metrics.0=3s | - | end",
      "*api/staging*: opsgate last deployed `v1.3.0`, 3 h ago (D4)\n"
      "last 5 min of `v1.3.0`: about 1,204 requests, 0.25 % errors, p50 51 ms, p95 110 ms\n"
      "limits of a rollout: 0.5 % errors\n"
      "its image: `api@sha256:ddd`\n"
      "before: `v1.2.0`, 60 min ago (D3), `api@sha256:ccc`\n"
      "sources: Cloud Run: no answer in 3 s; health: not asked, no address in time; Prometheus: 7 s; opsgate's "
      "record: 3 h" },
    { "Cloud Run refuses, and its words are harmless",
      "status api staging",
      0,
      { FAILS(1, "service.0", END_FAILED, "Cloud Run, api: 403: *go* away, @{slack:U1}"),
        FAILS(1, "metrics.0", END_FAILED, NULL) },
      NULL,
      "~sources: Cloud Run, api: 403:  go  away,  {slack:U1}; health: not asked, no address in time; Prometheus: it "
      "was refused without a reason; opsgate's record: 3 h" },
    { "Prometheus is down, and says so until the end",
      "status api staging",
      0,
      { BRINGS(1, "service.0", WELL), BRINGS(1, "health.0", HEALTHY),
        FAILS(2998, "metrics.0", END_GAVE_UP, "Prometheus: connection refused") },
      NULL,
      "~sources: Cloud Run: 2 s; health: 2 s; Prometheus: no answer in 3 s (Prometheus: connection refused)" },
    { "a share that is no number a service could have",
      "status api staging",
      0,
      { BRINGS(1, "service.0", SERVES("x", "{'revision':'x','percent':900000000000000000}", "")), DUE(4999, "answer") },
      "begin ?service.0=3s ?metrics.0=3s | - | end",
      "~Cloud Run: its answer cannot be read: wanted: 0: percent: " },
    { "what answers nonsense is silent",
      "status api staging",
      0,
      { BRINGS(1, "service.0", "{'wanted':7}"), BRINGS(1, "metrics.0", "[]") },
      NULL,
      "~Cloud Run: its answer cannot be read: " },
    { "an answer of nothing at all",
      "status api staging",
      0,
      { BRINGS(1, "service.0", "{}"), BRINGS(1, "metrics.0", "{}") },
      "begin ?service.0=3s ?metrics.0=3s | - | end",
      "~*api/staging*: nothing serves\n"
      "traffic: nowhere\n"
      "Cloud Run calls it changing just now\n"
      "*drift*: no traffic anywhere, not opsgate's doing; the record has all of it on `api-d4`\n"
      "last 5 min of `v1.3.0`: Prometheus has no data of it\n" },
    { "numbers that cannot be",
      "status api staging",
      0,
      { BRINGS(1, "service.0", WELL), BRINGS(1, "health.0", "{'status':-1,'is_healthy':false}"),
        BRINGS(1, "metrics.0",
               "{'canary':{'requests':" KNOWN(10) ",'errors':" KNOWN(-5) ",'p50_s':" KNOWN(
                   1e300) ",'p95_s':{}},"
                          "'baseline':{},'at_ms':99999999999999}") },
      NULL,
      "~health: not healthy: it does not say why\n"
      "last 5 min of `v1.3.0`: about 10 requests, – errors, p50 999999.0 s, p95 –\n" },
    { "names with marks in them, and shares that cannot be",
      "status api staging",
      0,
      { BRINGS(1, "service.0",
               SERVES("a`*b*",
                      "{'revision':'a`*b*','percent':250,'tag':'@{slack:U1}'},"
                      "{'percent':-5,'tag':'t'}",
                      "")),
        DUE(4999, "answer") },
      NULL,
      "~*api/staging*: revision `a' b ` serves, a version that opsgate does not know, image `api@sha256:0123456789ab`\n"
      "traffic: `a' b ` 100 % (tag ` {slack:U1}`), tag `t` on ``; Cloud Run still shows nothing\n" },
    { "an address that is none is left to the health check",
      "status api production",
      0,
      { BRINGS(1, "service.0", "{'uri':'file:///etc/passwd','is_settled':true,'is_ready':true}"),
        FAILS(1, "health.0", END_FAILED, "health check: no http address") },
      "begin ?service.0=3s | ?health.0=3s@file:///etc/passwd | end",
      "~; health check: no http address; " },
};

int main(void)
{
    return ROWS(rows, check_row);
}
