/* stage.h - a sandbox and an opsgate that only listens, anew for every story; and what stories ask for. */
#ifndef SANDBOX_TEST_STAGE_H
#define SANDBOX_TEST_STAGE_H

#include "process.h"
#include "receiver.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define STAGE_JSON "application/json; charset=utf-8"
#define STAGE_SLACK "Bearer xoxb-sandbox"
#define STAGE_ANSWER "{\"response_type\":\"ephemeral\",\"text\":\"accepted\"}" /* of the opsgate */
#define STAGE_RUN "/run/v2/projects/acme/locations/us-central1/"
#define STAGE_SERVICE STAGE_RUN "services/api-service"
#define STAGE_FIRST "api-service-00001-kzt"
#define STAGE_PIN_FIRST                                                                                                \
    "{\"type\":\"TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION\",\"revision\":\"" STAGE_FIRST "\",\"percent\":100}"

struct stage {
    struct sandbox sandbox;
    struct receiver *opsgate;
    char *token; /* of Google, "Bearer ya29..." */
};

extern const char *stage_program; /* the sandbox to start */

int stage_set_up(void **state);
int stage_tear_down(void **state);
#define STORY(test) cmocka_unit_test_setup_teardown(test, stage_set_up, stage_tear_down)

/* Of Cloud Run, with the stage's token. What gives a tree must be answered with a 200; it is the caller's. */
void stage_ask(const struct stage *stage, const char *method, const char *path, const char *body,
               struct answer *answer);
cJSON *stage_get(const struct stage *stage, const char *path);
cJSON *stage_patch(const struct stage *stage, const char *mask, const char *body); /* of STAGE_SERVICE */
cJSON *stage_wait(const struct stage *stage, const cJSON *operation);              /* until it is done */

/* Of Slack. The answer is the caller's, NULL when there was none. */
cJSON *stage_post_message(const struct stage *stage, const char *body);
int stage_messages_in(const struct stage *stage, const char *channel);

#endif
