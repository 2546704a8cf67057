/* trigger_fixture.h - a configuration whose services ship by releases, pushes and workflows. Only for tests. */
#ifndef OPSGATE_TESTS_UNIT_TRIGGER_FIXTURE_H
#define OPSGATE_TESTS_UNIT_TRIGGER_FIXTURE_H

#include "tests/unit/decision_fixture.h"

#define TRIGGER_SHA "70e4b6c9d315f8a2701c4be59d3260f8a1c7e4b6"
#define TRIGGER_OTHER_SHA "1111111111111111111111111111111111111111"

#define TRIGGER_ENVIRONMENT(name, service, release)                                                                    \
    "      - name: " name "\n"                                                                                         \
    "        driver: { cloud_run: { project: acme, region: us-central1, service: " service " } }\n"                    \
    "        strategy: all-at-once\n"                                                                                  \
    "        release: " release "\n"

#define TRIGGER_SERVICE(name, repository)                                                                              \
    "  - name: " name "\n"                                                                                             \
    "    repository: " repository "\n"                                                                                 \
    "    artifact: { image: \"us-docker.pkg.dev/acme/images/" name ":{version}\" }\n"                                  \
    "    environments:\n"

#define TRIGGER_CONFIGURATION                                                                                          \
    "slack: { bot_token: xoxb-1, signing_secrets: [secret], team: T1, channels: { deployments: \"#deployments\" } }\n" \
    "github: { webhook_secrets: [secret], app: { id: 12345, private_key: k } }\n"                                      \
    "services:\n" TRIGGER_SERVICE("api", "acme/platform")                                                              \
        TRIGGER_ENVIRONMENT("staging", "api-s", "{ on: github-push, branch: main }")                                   \
            TRIGGER_ENVIRONMENT("production", "api-p", "{ on: github-release, tags: \"v*.*.*\" }")                     \
                TRIGGER_ENVIRONMENT("canary", "api-c", "{ on: github-workflow, branch: main, workflow: ci.yml }")      \
                    TRIGGER_SERVICE("web", "Acme/Platform") TRIGGER_ENVIRONMENT(                                       \
                        "production", "web-p", "{ on: github-release, tags: \"v*.*.*\", wait: 45m }")                  \
                        TRIGGER_SERVICE("mono", "acme/mono") TRIGGER_ENVIRONMENT(                                      \
                            "production", "mono-p",                                                                    \
                            "{ on: github-release, tag_prefix: api/, versions: published, paths: packages/api/** }")   \
                            TRIGGER_ENVIRONMENT("any", "mono-a",                                                       \
                                                "{ on: github-release, tags: \"nightly*\", format: any }")             \
                                TRIGGER_ENVIRONMENT("pre", "mono-b",                                                   \
                                                    "{ on: github-release, tags: \"v*\", versions: prereleased }")     \
                                    TRIGGER_SERVICE("geo", "acme/geo")                                                 \
    "      - name: production\n"                                                                                         \
    "        driver: { cloud_run: { project: acme, regions: [us-central1, europe-west1], service: geo } }\n"           \
    "        strategy: all-at-once\n"                                                                                   \
    "        release: { on: github-release, tags: \"v*\" }\n"                                                          \
    TRIGGER_SERVICE("kit", "acme/kit")                                                                                 \
        TRIGGER_ENVIRONMENT("production", "kit-p", "{ on: github-release, tag_prefix: kit/ }")                         \
            TRIGGER_SERVICE("site", "acme/kit")                                                                        \
                TRIGGER_ENVIRONMENT("production", "site-p", "{ on: github-release }")                                  \
    TRIGGER_SERVICE("shop", "acme/shop")                                                                               \
        TRIGGER_ENVIRONMENT("staging", "shop-s", "{ on: github-deployment }")                                          \
            TRIGGER_ENVIRONMENT("production", "shop-p", "{ on: github-deployment, environment: Live }")                \
                TRIGGER_SERVICE("cart", "acme/shop")                                                                   \
                    TRIGGER_ENVIRONMENT("production", "cart-p", "{ on: github-deployment, environment: live-eu }")     \
                        TRIGGER_ENVIRONMENT(                                                                           \
                            "preview", "cart-v",                                                                       \
                            "{ on: github-deployment, environment: by-branch, branch: release/1.x }")                  \
                        TRIGGER_SERVICE("till", "acme/shop")                                                           \
                            TRIGGER_ENVIRONMENT("production", "till-p", "{ on: github-deployment, environment: live-eu }") \
                                TRIGGER_ENVIRONMENT("preview", "till-v", "{ on: github-deployment, environment: by-branch }") \
    TRIGGER_SERVICE("help", "acme/shop")                                                                               \
        TRIGGER_ENVIRONMENT("preview", "help-v", "{ on: github-deployment, environment: in-two }")                     \
            TRIGGER_ENVIRONMENT("test", "help-t", "{ on: github-deployment, environment: in-two }")                    \
    "policy: { roles: [{ name: pipeline, members: [\"github-app:12345\"] }] }\n"

/* That just began. */
static inline struct operation trigger_operation(const struct decision_fixture *fixture)
{
    return (struct operation){ .id = "L7",
                               .kind = "trigger",
                               .source = "github",
                               .created_at_ms = fixture->view.now_ms,
                               .shift_ms = fixture->view.shift_ms };
}

#endif
