/* What `status` found at a place, in words: who serves, how it is, and where that is not what the record says. */
#include "tests/unit/status_look_fixture.h"

static const struct row rows[] = {
    { "all is well",
      "status api staging",
      0,
      { BRINGS(10, "service.0", WELL), BRINGS(5, "metrics.0", NUMBERS), BRINGS(5, "health.0", HEALTHY) },
      "begin ?service.0=3s ?metrics.0=3s | ?health.0=3s | - | end",
      "*api/staging*: `v1.3.0` serves, revision `api-d4`, image `api@sha256:0123456789ab`\n"
      "traffic: `api-d4` 100 %\n"
      "Cloud Run calls it ready\n"
      "health: healthy (200)\n"
      "last 5 min of `v1.3.0`: about 1,204 requests, 0.25 % errors, p50 51 ms, p95 110 ms\n"
      "limits of a rollout: 0.5 % errors\n"
      "record: opsgate last deployed `v1.3.0`, 3 h ago (D4)\n"
      "its image: `api@sha256:ddd`\n"
      "before: `v1.2.0`, 60 min ago (D3), `api@sha256:ccc`\n"
      "sources: Cloud Run: now; health: now; Prometheus: 4 s; opsgate's record: 3 h" },
    { "another revision serves than the record says: the numbers are asked of that one",
      "status api staging",
      0,
      { BRINGS(10, "metrics.0", NUMBERS),
        BRINGS(5, "service.0", SERVES("api-x", SHARE("api-d4", 10) "," SHARE("api-x", 90), SHARE("api-x", 100))),
        BRINGS(5, "health.0", HEALTHY), BRINGS(5, "metrics.0", NUMBERS) },
      "begin ?service.0=3s ?metrics.0=3s | - | ?health.0=3s ?metrics.0=3s | - | end",
      "*api/staging*: revision `api-x` serves, a version that opsgate does not know, image `api@sha256:0123456789ab`\n"
      "traffic: `api-d4` 10 %, `api-x` 90 %; Cloud Run still shows `api-x` 100 %\n"
      "Cloud Run calls it ready\n"
      "*drift*: 90 % on `api-x`, not opsgate's doing; the record has all of it on `api-d4`\n"
      "health: healthy (200)\n"
      "last 5 min of `api-x`: about 1,204 requests, 0.25 % errors, p50 51 ms, p95 110 ms\n"
      "limits of a rollout: 0.5 % errors\n"
      "record: opsgate last deployed `v1.3.0`, 3 h ago (D4)\n"
      "its image: `api@sha256:ddd`\n"
      "before: `v1.2.0`, 60 min ago (D3), `api@sha256:ccc`\n"
      "sources: Cloud Run: now; health: now; Prometheus: 4 s; opsgate's record: 3 h" },
    { "traffic is shared: nobody is said to serve, and each has its numbers",
      "status api staging",
      HELD,
      { BRINGS(10, "metrics.0", NUMBERS),
        BRINGS(5, "service.0",
               SERVES("api-d4", SHARE("api-d3", 10) "," TAGGED("api-d4", 20, "d4") "," SHARE("api-d4", 70),
                      SHARE("api-d3", 10) "," TAGGED("api-d4", 20, "d4") "," SHARE("api-d4", 70))),
        BRINGS(5, "health.0", HEALTHY), BRINGS(5, "metrics.0", NUMBERS_OF_TWO) },
      "begin ?service.0=3s ?metrics.0=3s | - | ?health.0=3s ?metrics.0=3s | - | end",
      "~*api/staging*: `v1.3.0` 90 %, `v1.2.0` 10 %\n"
      "traffic: `api-d3` 10 %, `api-d4` 20 % (tag `d4`), `api-d4` 70 %\n"
      "Cloud Run calls it ready\n"
      "health: healthy (200)\n"
      "last 5 min of `v1.3.0`: about 1,204 requests, 0.25 % errors, p50 51 ms, p95 110 ms\n"
      "last 5 min of `v1.2.0`: about 31 requests, 39 % errors, p50 –, p95 412 ms\n"
      "limits of a rollout: 0.5 % errors\n"
      "record: opsgate last deployed `v1.3.0`, 3 h ago (D4)\n" },
    { "while a rollout shares it, each is said to be the new one or the old one",
      "status api staging",
      ROLLING,
      { BRINGS(10, "metrics.0", NUMBERS),
        BRINGS(5, "service.0",
               SERVES("api-d4", SHARE("api-d3", 10) "," TAGGED("api-d4", 20, "d4") "," SHARE("api-d4", 70),
                      SHARE("api-d3", 10) "," TAGGED("api-d4", 20, "d4") "," SHARE("api-d4", 70))),
        BRINGS(5, "health.0", HEALTHY), BRINGS(5, "metrics.0", NUMBERS_OF_TWO) },
      "begin ?service.0=3s ?metrics.0=3s | - | ?health.0=3s ?metrics.0=3s | - | end",
      "~*api/staging*: `v1.3.0` 90 %, `v1.2.0` 10 %\n"
      "traffic: `api-d3` 10 %, `api-d4` 20 % (tag `d4`), `api-d4` 70 %\n"
      "Cloud Run calls it ready\n"
      "health: healthy (200)\n"
      "last 5 min of the old version `v1.3.0`: about 1,204 requests, 0.25 % errors, p50 51 ms, p95 110 ms\n"
      "last 5 min of the new version `v1.2.0`: about 31 requests, 39 % errors, p50 –, p95 412 ms\n"
      "limits of a rollout: 0.5 % errors\n"
      "record: opsgate last deployed `v1.3.0`, 3 h ago (D4)\n" },
    { "two of one name are told apart by their revisions",
      "status api staging",
      RESTARTING,
      { BRINGS(5, "service.0",
               SERVES("api-d4", SHARE("api-d3", 25) "," SHARE("api-d4", 75),
                      SHARE("api-d3", 25) "," SHARE("api-d4", 75))),
        DUE(4998, "answer") },
      NULL,
      "~*api/staging*: `v1.3.0` (`api-d4`) 75 %, `v1.3.0` (`api-d3`) 25 %\n" },
    { "the annotation of a rollout under way says nothing of what serves besides it",
      "status api production",
      HELD_UNRECORDED,
      { BRINGS(1, "service.0",
               "{'serving':'r1','is_settled':true,'is_ready':true,'annotations':{'opsgate.dev/version':'v9'},"
               "'wanted':[" SHARE("r1", 100) "],'observed':[" SHARE("r1", 100) "]}") },
      NULL,
      "~*api/production*: revision `r1` serves, a version that opsgate does not know" },
    { "drift to an earlier version of ours is told by its name",
      "status api staging",
      0,
      { BRINGS(1, "service.0", SERVES("api-d3", SHARE("api-d3", 100), SHARE("api-d3", 100))), DUE(4998, "answer") },
      NULL,
      "~*drift*: 100 % on `api-d3` (`v1.2.0`), not opsgate's doing" },
    { "no drift while somebody is at it",
      "status api staging",
      HELD,
      { BRINGS(1, "service.0", SERVES("api-d5", SHARE("api-d4", 50) "," SHARE("api-d5", 50), "")),
        DUE(4998, "answer") },
      NULL,
      "*api/staging*: revision `api-d5` serves, a version that opsgate does not know, image `api@sha256:0123456789ab`\n"
      "traffic: `api-d4` 50 %, `api-d5` 50 %; Cloud Run still shows nothing\n"
      "Cloud Run calls it ready\n"
      "record: opsgate last deployed `v1.3.0`, 3 h ago (D4)\n"
      "its image: `api@sha256:ddd`\n"
      "before: `v1.2.0`, 60 min ago (D3), `api@sha256:ccc`\n"
      "D5 deploy by @{slack:U2}, 94 s ago: baking\n"
      "sources: Cloud Run: 4 s; health: no answer in 4 s; Prometheus: no answer in 4 s; opsgate's record: 4 s" },
    { "nor while the record is in doubt",
      "status api staging",
      DOUBTED,
      { BRINGS(1, "service.0", SERVES("api-x", SHARE("api-x", 100), SHARE("api-x", 100))),
        BRINGS(1, "health.0", HEALTHY), BRINGS(1, "metrics.0", NUMBERS) },
      "begin ?service.0=3s | ?health.0=3s ?metrics.0=3s | - | end",
      "~record: last good `v1.3.0`, 3 h ago (D4); D4 failed after traffic was switched: look at Cloud Run" },
    { "a private service is asked with a token, and one without analysis not at all for numbers",
      "status api production",
      0,
      { BRINGS(1, "service.0", WELL),
        BRINGS(1, "health.0", "{'status':403,'is_healthy':false,'problem':'403: roles/run.invoker'}") },
      "begin ?service.0=3s | ?health.0=3s@https://api.run.app | end",
      "*api/production*: revision `api-d4` serves, a version that opsgate does not know, image `api@sha256:0123456789ab`\n"
      "traffic: `api-d4` 100 %\n"
      "Cloud Run calls it ready\n"
      "health: not healthy: 403: roles/run.invoker\n"
      "record: nothing deployed by opsgate yet\n"
      "sources: Cloud Run: now; health: now; opsgate's record: nothing of it" },
    { "without a record, the annotation is the next best thing",
      "status api production",
      0,
      { BRINGS(1, "service.0",
               "{'serving':'r1','is_settled':true,'problem':'no *quota*','annotations':"
               "{'opsgate.dev/version':'v9'},'wanted':[" SHARE("r1", 100) "," TAG("r0", "d1") "]}") },
      "begin ?service.0=3s | end",
      "~*api/production*: revision `r1` serves, annotated as `v9`, image `not known`\n"
      "traffic: `r1` 100 %, tag `d1` on `r0`; Cloud Run still shows nothing\n"
      "Cloud Run calls it not ready: no  quota \n"
      "record: nothing" },
};

/* A service with as many tags as Cloud Run lets it have. */
static void check_many_tags(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(CONFIGURATION);
    struct run run = { .fixture = fixture, .trace = "" };
    const char *shares = SHARE("api-d4", 100);

    (void)state;
    for (int i = 0; i < 300; i++)
        shares = arena_printf(fixture->arena, "%s,{'revision':'r%d','tag':'t%d'}", shares, i, i);
    arrange(fixture, 0);
    begin(&run, "status api staging");
    take_step(&run, &(struct step)BRINGS(1, "service.0",
                                         arena_printf(fixture->arena,
                                                      "{'is_settled':true,'is_ready':true,'serving':'api-d4',"
                                                      "'wanted':[%s]}",
                                                      shares)));
    assert_int_equal(run.body.sights[0].asked_count, 1 + SIGHT_TAGS_MAX);
    take_step(&run, &(struct step)DUE(4000, "answer"));
    assert_non_null(
        strstr(run.answer,
               "`api-d4` 100 %, tag `t0` on `r0`, tag `t1` on `r1`, tag `t2` on `r2`, tag `t3` on `r3` and 296 more"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        { "hundreds of tags neither fill the record nor the answer", check_many_tags, NULL, NULL, NULL },
    };

    return ROWS(rows, check_row) + cmocka_run_group_tests(tests, NULL, NULL);
}
