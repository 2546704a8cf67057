/* configuration_texts.h - what the tests of configurations put their files together from. Lines count from SLACK. */
#ifndef OPSGATE_TESTS_CONFIGURATION_TEXTS_H
#define OPSGATE_TESTS_CONFIGURATION_TEXTS_H

#include "configuration_fixture.h"

#define SLACK FIXTURE_SLACK /* line 1 */
#define RUN(name) "driver: { cloud_run: { project: p, region: r, service: " name " } }"
#define API                                                                                                            \
    "services:\n"                                                                                                      \
    "  - name: api\n"                                                                                                  \
    "    artifact: \"r.example.com/api:{version}\"\n"                                                                  \
    "    environments:\n"                                                                                              \
    "      - { name: staging, " RUN("a") " }\n" /* lines 2 to 6 */
#define METRICS "metrics: { prometheus: \"http://prometheus:9090\" }\n"
#define REGIONS(text) /* line 7 */                                                                                     \
    "      - { name: production, driver: { cloud_run: { project: p, service: b, " text " } } }\n"
#define HEALTH(text) "    health: { " text " }\n" /* line 7 */
#define NAME "expected a name as Prometheus has them: letters, digits and '_'\n"
#define RULE(text)                                                                                                     \
    SLACK API "policy:\n  roles: [{ name: dev, members: \"slack:U1\" }]\n  rules:\n    - " text "\n" /* line 10 */

#endif
