/* What is wrong with a file is told: all of it, at its place, with what was expected. */
#include "configuration_texts.h"
#include "rows.h"

#include "bot/model/membership.h"

#define PAGERDUTY "pagerduty: { webhook_secrets: [s], api_token: t, from: ops@example.com }\n"
#define KEYED(key)                                                                                                     \
    "services: [{ name: api, environments: [{ name: p, driver: { program: { deploy: [d] } }, pagerduty_integration_key: " key \
    " }] }]\n"

static const struct row {
    const char *name, *text, *errors; /* each error as "line:column: path: message\n" */
} rows[] = {
    { "a small file is good", SLACK, "" },
    { "a whole service is good", SLACK API, "" },
    { "an empty file says so", "", "1:1: the file says nothing\n" },
    { "a file of comments says so", "# nothing\n", "1:1: the file says nothing\n" },
    { "a list is no configuration", "- a\n",
      "1:1: expected the configuration, a mapping { key: value }, found a list\n" },
    { "a word is no configuration", "hello\n",
      "1:1: expected the configuration, a mapping { key: value }, found a single value\n" },
    { "a missing section is told with what it is for", "listen: 0.0.0.0:80\n",
      "1:1: missing key 'slack' in the configuration; it is for: the workspace\n" },
    { "everything that is wrong is told at once",
      "listn: x\n"
      "log_level: loud\n" SLACK "services: 5\n"
      "store: { replicas: many, memory: 1KiB }\n",
      "1:1: listn: unknown key 'listn' in the configuration; did you mean 'listen'?\n"
      "2:12: log_level: expected one of debug, info, warn, error, found 'loud'\n"
      "4:11: services: expected a list of mappings, found a single value\n"
      "5:20: store.replicas: expected a whole number, found 'many'\n"
      "5:34: store.memory: out of range: from 16MiB to 64GiB\n" },
    { "an unknown key gets the nearest spelling", SLACK "databses: []\n",
      "2:1: databses: unknown key 'databses' in the configuration; did you mean 'databases'?\n" },
    { "an unknown key that resembles none gets the list", SLACK "registry: { zzzzzzzz: 1 }\n",
      "2:13: registry.zzzzzzzz: unknown key 'zzzzzzzz' in the registry; it knows url\n" },
    { "no way for Slack to reach us", "slack: { bot_token: \"${env:SLACK_BOT_TOKEN}\", team: T0 }\n",
      "1:8: slack: missing key 'signing_secrets' or 'socket_mode': one of them says how Slack reaches opsgate\n" },
    { "Socket Mode is such a way, and wants the app's own token",
      "slack: { bot_token: \"${env:SLACK_BOT_TOKEN}\", team: T0, socket_mode: { connections: 11 } }\n",
      "1:70: slack.socket_mode: missing key 'app_token' in Socket Mode; it is for: xapp token with connections:write\n"
      "1:85: slack.socket_mode.connections: out of range: from 1 to 10\n" },
    { "a key given twice",
      SLACK "listen: 127.0.0.1:1\n"
            "listen: 127.0.0.1:2\n",
      "3:1: 'listen' is given twice, first in line 2\n" },
    { "ranges of addresses that are none",
      SLACK "trusted_proxies: proxy.example\n"
            "github: { webhook_secrets: \"${env:SLACK_SIGNING_SECRET}\", allow_from: [192.30.252.0/22, 10.0.0.1/8] }\n",
      "2:18: trusted_proxies: expected an address or a range such as 192.0.2.0/24 or 2001:db8::/32\n"
      "3:89: github.allow_from[1]: expected a range that begins with its first address\n" },
    { "hooks that are nobody's, with nothing to read their logs with",
      SLACK "github: { hooks: [{ repository: platform, id: 5 }, { repository: acme/platform, id: 0 }] }\n",
      "2:33: github.hooks[0].repository: expected OWNER/NAME such as acme/platform\n"
      "2:47: github.hooks[0].id: its log is read with github.app or github.token: neither is there\n"
      "2:85: github.hooks[1].id: out of range: from 1 to 9007199254740992\n" },
    { "holds on what nobody and nothing is called", SLACK "audit:\n  hold:\n    - { person: \"slack:u0456efgh\", reason: a }\n    - { operation: d12, reason: b }\n",
      "4:17: audit.hold[0].person: `slack:u0456efgh` is nobody: ids of slack are in capitals and digits.\n"
      "5:20: audit.hold[1].operation: expected an operation such as D1042\n" },
    { "a key without a value", SLACK "google:\n",
      "2:1: google: expected Google Cloud, a mapping { key: value }, found nothing\n" },
    { "null is nothing",
      SLACK "data_dir: ~\n"
            "listen: null\n",
      "2:11: data_dir: expected a text, found nothing\n"
      "3:9: listen: expected a text, found nothing\n" },
    { "a quoted null is a text", SLACK "metrics: { prometheus: \"null\" }\n",
      "2:24: metrics.prometheus: expected an address such as https://host/path, without user, password, '?' or '#'\n" },
    { "a mapping where a text belongs", SLACK "data_dir: { a: 1 }\n",
      "2:11: data_dir: expected a text, found a mapping\n" },
    { "a text where a mapping belongs", SLACK "store: embedded\n",
      "2:8: store: expected the store, a mapping { key: value }, found a single value\n" },
    { "a text where a list belongs", SLACK "services: api\n",
      "2:11: services: expected a list of mappings, found a single value\n" },
    { "an empty text", SLACK "data_dir: \"\"\n", "2:11: data_dir: out of range: length from 1 to 200\n" },
    { "a number out of range", SLACK "store: { url: \"redis://h\", replicas: 11 }\n",
      "2:38: store.replicas: out of range: from 0 to 10\n" },
    { "a duration out of range", SLACK "health_check_timeout: 1ms\n",
      "2:23: health_check_timeout: out of range: from 100ms to 5m\n" },
    { "a duration without its unit", SLACK "health_check_timeout: 5\n",
      "2:23: health_check_timeout: expected a duration such as 30s, 5m or 48h, found '5'\n" },
    { "a word that is nearly right", SLACK "log_level: inof\n",
      "2:12: log_level: expected one of debug, info, warn, error, found 'inof'; did you mean 'info'?\n" },
    { "a truth that is none", SLACK "metrics: { enabled: yes }\n",
      "2:21: metrics.enabled: expected true or false, found 'yes'\n" },
    { "broken YAML", SLACK "listen: [1, 2\n", "3:1: not YAML: flow sequence without a closing bracket\n" },
    { "a tab",
      SLACK "store:\n"
            "	url: embedded\n",
      "3:1: not YAML: tab character may not be used as indentation\n" },
    { "an anchor and its alias",
      SLACK "data_dir: &d /var/lib/x\n"
            "local_socket: *d\n",
      "2:14: anchors (&name) are not supported: write it out where it is needed\n"
      "3:16: aliases (*name) are not supported: write it out where it is needed\n" },
    { "a merge key", SLACK "store: { <<: { url: embedded } }\n",
      "2:10: merge keys (<<) are not supported: write it out where it is needed\n" },
    { "a tag", SLACK "data_dir: !!str /var/lib/x\n",
      "2:17: tags (!type) are not supported: each key knows its own type\n" },
    { "a second document",
      SLACK "---\n"
            "listen: x\n",
      "2:1: a second document begins; only one is read\n" },
    { "a key that is no text",
      SLACK "? [a]\n"
            ": b\n",
      "2:3: a key must be a text\n" },
    { "a NUL in quotes", SLACK "data_dir: \"/a\\0b\"\n", "2:11: a NUL character has no use in a text\n" },
    { "too deep", SLACK "x: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n",
      "2:35: nested deeper than 32 levels\n" },
    { "bytes that are no text", SLACK "# \xff\n",
      "2:1: this line is not valid UTF-8 text, or holds a NUL character\n" },
    { "a variable that is not set", SLACK "data_dir: ${env:NOWHERE}\n",
      "2:11: data_dir: environment variable NOWHERE is not set\n" },
    { "a variable that is empty", SLACK "data_dir: ${env:EMPTY}\n",
      "2:11: data_dir: environment variable EMPTY is empty\n" },
    { "a file that is not there", SLACK "data_dir: ${file:/secrets/none}\n",
      "2:11: data_dir: cannot read /secrets/none: No such file or directory\n" },
    { "a file with nothing in it", SLACK "data_dir: ${file:/secrets/empty}\n",
      "2:11: data_dir: the file /secrets/empty is empty\n" },
    { "a file with blanks alone", SLACK "data_dir: ${file:/secrets/blank}\n",
      "2:11: data_dir: the file /secrets/blank is empty\n" },
    { "a file beside the configuration", SLACK "data_dir: ${file:none}\n",
      "2:11: data_dir: cannot read /etc/opsgate/none: No such file or directory\n" },
    { "something else to be filled in",
      SLACK "data_dir: ${HOME}/x\n"
            "local_socket: \"${env:\"\n",
      "2:11: data_dir: expected ${env:NAME} or ${file:PATH}, found '${HOME}'\n"
      "3:15: local_socket: '${' without its '}'\n" },
    { "a variable as shells have it, also of a secret",
      "slack: { bot_token: \"${SLACK_BOT_TOKEN}\", signing_secrets: [\"${SIGNING}\"], team: T0 }\n"
      "data_dir: ${HOME}\n",
      "1:21: slack.bot_token: a variable of the environment is written ${env:SLACK_BOT_TOKEN}\n"
      "1:61: slack.signing_secrets[0]: a variable of the environment is written ${env:SIGNING}\n"
      "2:11: data_dir: a variable of the environment is written ${env:HOME}\n" },
    { "nobody misses what stands there misspelt, nor what needs it",
      SLACK "githb: { webhook_secrets: [a], token: b }\n"
            "services:\n"
            "  - name: api\n"
            "    repository: acme/api\n"
            "    environments: [{ name: production, driver: { github_actions: { workflow: w.yml } } }]\n"
            "policy:\n"
            "  rols: [{ name: dev, members: 'local:a' }]\n"
            "  rules: [{ allow: deploy, to: dev }, { alow: deploy, to: dev }]\n",
      "2:1: githb: unknown key 'githb' in the configuration; did you mean 'github'?\n"
      "8:3: policy.rols: unknown key 'rols' in the policy; did you mean 'roles'?\n"
      "9:41: policy.rules[1].alow: unknown key 'alow' in a rule; did you mean 'allow'?\n" },
    { "a step that cannot be read is no step that the next one must exceed",
      SLACK "services:\n"
            "  - name: api\n"
            "    artifact: \"r.example.com/api:{version}\"\n"
            "    environments:\n"
            "      - name: production\n"
            "        driver: { cloud_run: { project: p, region: r, service: a } }\n"
            "        strategy: { canary: { steps: [5%, 250%, 50%, 100%] } }\n",
      "8:43: services[api].environments[production].strategy.canary.steps[1]: out of range: from 1% to 100%\n" },
    { "probes that come too seldom by no number that was meant",
      SLACK "services:\n"
            "  - name: api\n"
            "    artifact: \"r.example.com/api:{version}\"\n"
            "    environments:\n"
            "      - name: production\n"
            "        driver: { cloud_run: { project: p, region: r, service: a } }\n"
            "        strategy: { canary: { steps: [5%, 100%], bake: 5m } }\n"
            "        analysis: { error_rate: 1%, max_bake: 10minutes, probes: { every: 1m } }\n",
      "9:47: services[api].environments[production].analysis.max_bake: expected a duration such as 30s, 5m or 48h, "
      "found '10minutes'\n" },
    { "what was filled in is never shown",
      SLACK "log_level: ${env:SMTP_PASSWORD}\n"
            "store: { replicas: \"${file:/secrets/one}\" }\n",
      "2:12: log_level: expected one of debug, info, warn, error (what was found is not shown)\n"
      "3:20: store.replicas: expected a whole number (what was found is not shown)\n" },
    { "nor by what looks at the whole",
      SLACK "policy: { roles: [{ name: dev, members: \"${env:SMTP_PASSWORD}\" }] }\n"
            "store: { name: \"${env:SMTP_PASSWORD}/\" }\n"
            "runbooks: [{ name: fix, target: \"${file:/secrets/one}\", steps: [{ run: [x] }] }]\n",
      "2:41: policy.roles[dev].members: expected SYSTEM:ID such as slack:U012AB3CD, local:deploy, slack-group:S0ENG\n"
      "3:16: store.name: expected letters, digits, '-' and '_'\n"
      "4:33: runbooks[fix].target: no such target '**********': none is configured\n" },
    { "a secret that is wrong is never shown", SLACK "api: { tokens: [{ name: ci, secret: short-one }] }\n",
      "2:37: api.tokens[ci].secret: out of range: length from 16 to 20000\n" },
    { "addresses are checked",
      SLACK "registry: { url: \"registry.local\" }\n"
            "metrics: { prometheus: \"http://user@prometheus:9090\" }\n",
      "2:18: registry.url: expected an address such as https://host/path, without user, password, '?' or '#'\n"
      "3:24: metrics.prometheus: expected an address such as https://host/path, without user, password, '?' or '#'\n" },
    { "a port has a range", SLACK "listen: localhost:99999\n",
      "2:9: listen: expected a port from 0 to 65535, found 99999\n" },
    { "where to listen", SLACK "listen: localhost\n",
      "2:9: listen: expected HOST:PORT such as 0.0.0.0:8080, [V6]:PORT, or an absolute path\n" },
    { "a store with TLS is refused with its reason", SLACK "store: { url: \"rediss://h\" }\n",
      "2:15: store.url: rediss:// is not possible: hiredis 0.14 has no TLS; use a private network or a TLS proxy\n" },
    { "a password does not belong into an address", SLACK "store: { url: \"redis://:pw@h\" }\n",
      "2:15: store.url: an address must not hold a password: it belongs in store.username and store.password\n" },
    { "sentinels are asked for a master by its name", SLACK "store: { url: \"sentinel://a,b\", replicas: 1 }\n",
      "2:15: store.url: expected the master's name after the sentinels: sentinel://H1,H2/MASTER\n" },
    { "sentinels want replicas", SLACK "store: { url: \"sentinel://a:26379,b/main\" }\n",
      "2:8: store: sentinels need store.replicas: with the master more than half of the nodes, else a failover loses what "
      "was acknowledged\n" },
    { "a password of sentinels wants sentinels", SLACK "store: { url: \"redis://h\", sentinel_password: s }\n",
      "2:47: store.sentinel_password: only sentinels are asked with it, and store.url names none; that of Redis is "
      "store.password\n" },
    { "a user of sentinels wants a password",
      SLACK "store: { url: \"sentinel://a,b/main\", replicas: 1, sentinel_username: u }\n",
      "2:70: store.sentinel_username: a user needs store.sentinel_password, too\n" },
    { "an embedded store has no replicas", SLACK "store: { replicas: 1 }\n",
      "2:20: store.replicas: contradicts store.url: the embedded store has no replicas\n" },
    { "one source of metrics", SLACK "metrics: { prometheus: \"http://p\", google_cloud_monitoring: true }\n",
      "2:61: metrics.google_cloud_monitoring: contradicts metrics.prometheus: rollouts are judged from one source\n" },
    { "Cloud Monitoring answers no PromQL",
      SLACK "metrics: { google_cloud_monitoring: true }\n" API "      - { name: production, " RUN(
          "b") ",\n"
               "          strategy: { canary: { steps: [100%], bake: 10m } }, analysis: { queries: [{ name: q, query: up, max: 1 }] } }\n",
      "9:84: services[api].environments[production].analysis.queries: contradicts metrics.google_cloud_monitoring: queries are "
      "asked of metrics.prometheus\n" },
    { "two targets that are one thing", SLACK API "      - { name: production, " RUN("a") " }\n",
      "7:84: services[api].environments[production].driver.cloud_run.service: is the same outside thing as "
      "'api/staging': two targets must not change one thing\n" },
    { "two services of one name",
      SLACK API
      "  - { name: api, artifact: \"r.example.com/b:{version}\", environments: [{ name: staging, " RUN("b") " }] }\n",
      "7:13: services[api].name: a service or database called 'api' exists already\n" },
    { "a name with capitals",
      SLACK "services: [{ name: Api, artifact: \"r.example.com/b:{version}\", environments: [{ name: staging, " RUN(
          "b") " }] }]\n",
      "2:20: services[Api].name: expected lower case letters, digits and '-', found 'Api'\n" },
    { "no driver, and two",
      SLACK "services:\n"
            "  - name: api\n"
            "    environments:\n"
            "      - { name: a, driver: {} }\n"
            "      - { name: b, driver: { program: { deploy: [x] }, github_actions: { workflow: y } } }\n",
      "5:28: services[api].environments[a].driver: expected exactly one of cloud_run, program, github_actions\n"
      "6:28: services[api].environments[b].driver: expected exactly one of cloud_run, program, github_actions\n"
      "6:72: services[api].environments[b].driver.github_actions: needs the service's repository\n"
      "6:72: services[api].environments[b].driver.github_actions: needs the section github\n" },
    { "an image without its version",
      SLACK "services: [{ name: api, artifact: \"r.example.com/b:latest\", environments: [{ name: staging, " RUN(
          "b") " }] }]\n",
      "2:35: services[api].artifact: expected \":{version}\" at the end, once: the tag is filled in there\n" },
    { "a service without an image cannot be on Cloud Run",
      SLACK "services: [{ name: api, environments: [{ name: staging, " RUN("b") " }] }]\n",
      "2:78: services[api].environments[staging].driver.cloud_run: needs the service's artifact: which image is "
      "deployed\n" },
    { "steps that fall, and do not end at 100%",
      SLACK API "      - { name: production, " RUN("b") ", strategy: { canary: { steps: [50%, 25%, 0.5] } } }\n",
      "7:126: services[api].environments[production].strategy.canary.steps[1]: each step must be larger than the one "
      "before\n"
      "7:131: services[api].environments[production].strategy.canary.steps[2]: the last step must be 100%\n" },
    { "a step that Cloud Run cannot do",
      SLACK API "      - { name: production, " RUN("b") ", strategy: { canary: { steps: [2.5%, 100%] } } }\n",
      "7:121: services[api].environments[production].strategy.canary.steps[0]: Cloud Run splits traffic in whole "
      "percents\n" },
    { "a share out of range is told in percents",
      SLACK API "      - { name: production, " RUN("b") ", strategy: { canary: { steps: [0%, 100%] } } }\n",
      "7:121: services[api].environments[production].strategy.canary.steps[0]: out of range: from 1% to 100%\n" },
    { "a strategy that says nothing", SLACK API "      - { name: production, " RUN("b") ", strategy: {} }\n",
      "7:101: services[api].environments[production].strategy: expected one of all-at-once, canary, blue_green\n" },
    { "a slip in its name is told once",
      SLACK API "      - { name: production, " RUN("b") ", strategy: { canry: {} } }\n",
      "7:103: services[api].environments[production].strategy.canry: unknown key 'canry' in a strategy; did you mean "
      "'canary'?\n" },
    { "a bake that cannot be read contradicts nothing",
      SLACK API "      - { name: production, " RUN(
          "b") ",\n"
               "          strategy: { canary: { steps: [100%], bake: 8x } }, analysis: { max_bake: 1m } }\n",
      "8:54: services[api].environments[production].strategy.canary.bake: expected a duration such as 30s, 5m or 48h, "
      "found '8x'\n" },
    { "nor does a max_bake",
      SLACK API "      - { name: production, " RUN(
          "b") ",\n"
               "          strategy: { canary: { steps: [100%], bake: 3h } }, analysis: { max_bake: 8x } }\n",
      "8:84: services[api].environments[production].analysis.max_bake: expected a duration such as 30s, 5m or 48h, "
      "found '8x'\n" },
    { "but a bake without one of its own does",
      SLACK API "      - { name: production, " RUN(
          "b") ",\n"
               "          strategy: { canary: { steps: [100%], bake: 3h } }, analysis: { max_bake: 1h } }\n",
      "8:84: services[api].environments[production].analysis.max_bake: 1h is shorter than the canary's bake of "
      "3h\n" },
    { "and the bake of a step of its own",
      SLACK API "      - { name: production, " RUN(
          "b") ",\n"
               "          strategy: { canary: { steps: [{ traffic: 5%, bake: 2h }, 100%], bake: 1h } }, analysis: { max_bake: 1h } }\n",
      "8:62: services[api].environments[production].strategy.canary.steps[0].bake: 2h is longer than analysis.max_bake, "
      "1h\n" },
    { "a strategy without its settings", SLACK API "      - { name: production, " RUN("b") ", strategy: canary }\n",
      "7:101: services[api].environments[production].strategy: 'canary' needs its settings: expected { canary: { key: "
      "value } }\n" },
    { "probes that never suffice, and of no path",
      SLACK API "      - { name: production, " RUN(
          "b") ",\n"
               "          strategy: { canary: { steps: [100%] } }, analysis: { max_bake: 10m, probes: { every: 1m, path: x } } }\n",
      "8:96: services[api].environments[production].analysis.probes.every: a step needs 20 probes, which take 20m: longer than max_bake, 10m\n"
      "8:106: services[api].environments[production].analysis.probes.path: expected a path such as /health\n" },
    { "probes at a path that is none, and queries beside them",
      SLACK API "      - { name: production, " RUN(
          "b") ",\n"
               "          strategy: { canary: { steps: [100%] } }, health: { path: \"/a b\" },\n"
               "          analysis: { probes: { path: \"/up now\" }, queries: [{ name: q, query: up, max: 1 }] } }\n",
      "8:68: services[api].environments[production].health.path: expected a path such as /health\n"
      "9:39: services[api].environments[production].analysis.probes.path: expected a path such as /health\n"
      "9:61: services[api].environments[production].analysis.queries: contradicts probes: a step is judged by these, and no metrics source is asked\n" },
    { "probes of what has no address",
      SLACK API "      - { name: production, driver: { program: { deploy: [x] } },\n"
                "          strategy: { blue_green: {} }, analysis: { probes: true } }\n",
      "8:61: services[api].environments[production].analysis.probes: contradicts the driver: only on cloud_run has a new revision an address of its own\n" },
    { "an analysis that nothing measures is good: people judge",
      SLACK API "      - { name: production, " RUN(
          "b") ", strategy: { canary: { steps: [100%] } }, analysis: { error_rate: 1% } }\n",
      "" },
    { "metrics whose names are no names",
      SLACK METRICS API "      - { name: production, " RUN(
          "b") ", strategy: { canary: { steps: [100%] } },\n"
               "          analysis: { error_rate: 1%, metrics: { requests: \"up} or vector(1) #\", latency: x_bucket,\n"
               "            revision_label: \"a:b\", code_label: 1st, match: { good: x, \"a-b\": y } } } }\n",
      "9:60: services[api].environments[production].analysis.metrics.requests: " NAME
      "9:91: services[api].environments[production].analysis.metrics.latency: names a histogram without _bucket\n"
      "10:29: services[api].environments[production].analysis.metrics.revision_label: " NAME
      "10:48: services[api].environments[production].analysis.metrics.code_label: " NAME
      "10:60: services[api].environments[production].analysis.metrics.match: expected labels as Prometheus has them: "
      "letters, digits and '_'\n" },
    { "no region", SLACK API "      - { name: production, driver: { cloud_run: { project: p, service: b } } }\n",
      "7:50: services[api].environments[production].driver.cloud_run: expected exactly one of region, regions\n" },
    { "a region and regions", SLACK API REGIONS("region: r, regions: [a]"),
      "7:96: services[api].environments[production].driver.cloud_run.regions: expected exactly one of region, regions\n" },
    { "an empty list of regions", SLACK API REGIONS("regions: []"),
      "7:85: services[api].environments[production].driver.cloud_run.regions: expected exactly one of region, regions\n" },
    { "several regions are good", SLACK API REGIONS("regions: [a, b]"), "" },
    { "a region twice", SLACK API REGIONS("regions: [a, b, a]"),
      "7:92: services[api].environments[production].driver.cloud_run.regions[2]: is named twice\n" },
    { "a region of somebody else's service",
      SLACK API "      - { name: production, driver: { cloud_run: { project: p, service: a, regions: [q, r] } } }\n",
      "7:73: services[api].environments[production].driver.cloud_run.service: is the same outside thing as "
      "'api/staging': two targets must not change one thing\n" },
    { "a field of a JSON answer", SLACK API HEALTH("field: checks.0.database, value: up"), "" },
    { "a path that is none", SLACK API HEALTH("field: \"checks..database\""),
      "7:22: services[api].health.field: expected a path such as status or checks.database\n" },
    { "a path with a dot at its end", SLACK API HEALTH("field: \"checks.\""),
      "7:22: services[api].health.field: expected a path such as status or checks.database\n" },
    { "a value of nothing", SLACK API HEALTH("value: up"),
      "7:22: services[api].health.value: needs the key field: which part of the JSON answer it is\n" },
    { "a field of an answer without a body", SLACK API HEALTH("expect_status: 204, field: status"),
      "7:42: services[api].health.field: contradicts expect_status: such an answer has no JSON to look into\n" },
    { "an analysis of no steps", SLACK API "      - { name: production, " RUN("b") ", analysis: { max_bake: 1h } }\n",
      "7:101: services[api].environments[production].analysis: contradicts the strategy: all-at-once has no steps to "
      "judge\n" },
    { "releases need GitHub and a repository",
      SLACK API "      - { name: production, " RUN("b") ", release: { on: github-push } }\n",
      "7:100: services[api].environments[production].release: needs the section github\n"
      "7:100: services[api].environments[production].release: needs the service's repository\n"
      "7:106: services[api].environments[production].release.on: github-push needs the key branch\n" },
    { "releases of which nobody tells, and which nobody may confirm",
      SLACK
      "github: { }\nautomation: { as: \"github-app:7\" }\n"
      "services:\n  - name: api\n    repository: acme/api\n    artifact: \"r.example.com/b:{version}\"\n    environments:\n"
      "      - { name: production, " RUN("b") ", release: { on: github-release, tags: /v1 }, comments: true }\n",
      "9:100: services[api].environments[production].release: needs github.webhook_secrets: GitHub tells of it by "
      "webhooks\n"
      "9:100: services[api].environments[production].release: needs github.app or github.token: GitHub is asked whether "
      "it is so\n"
      "9:128: services[api].environments[production].release.tags: matches nothing: no path begins with a /: they count "
      "from the repository's root\n"
      "9:145: services[api].environments[production].comments: needs github.webhook_secrets: GitHub tells of it by "
      "webhooks\n"
      "9:145: services[api].environments[production].comments: needs github.app or github.token: GitHub is asked whether "
      "it is so\n" },
    { "comments need GitHub, a repository and one word",
      SLACK API "      - { name: production, " RUN("b") ", comments: { command: \"a b\" } }\n",
      "7:101: services[api].environments[production].comments: needs the section github\n"
      "7:101: services[api].environments[production].comments: needs the service's repository\n"
      "7:112: services[api].environments[production].comments.command: expected one word\n" },
    { "what a rule does not listen to",
      SLACK API
      "      - { name: production, " RUN("b") ", release: { on: github-push, branch: m, tags: v1, workflow: w } }\n",
      "7:100: services[api].environments[production].release: needs the section github\n"
      "7:100: services[api].environments[production].release: needs the service's repository\n"
      "7:136: services[api].environments[production].release.tags: contradicts on: github-push knows no such thing\n"
      "7:150: services[api].environments[production].release.workflow: contradicts on: github-push knows no such thing\n" },
    { "a workflow without its name",
      SLACK API "      - { name: production, " RUN("b") ", release: { on: github-workflow, branch: m } }\n",
      "7:100: services[api].environments[production].release: needs the section github\n"
      "7:100: services[api].environments[production].release: needs the service's repository\n"
      "7:106: services[api].environments[production].release.on: github-workflow needs the key workflow\n" },
    { "a name on GitHub that nothing listens to",
      SLACK API "      - { name: production, " RUN(
          "b") ", release: { on: github-deployment, environment: E, tags: v1 } }\n"
               "      - { name: test, " RUN("c") ", release: { on: github-push, branch: m, environment: E } }\n",
      "7:100: services[api].environments[production].release: needs the section github\n"
      "7:100: services[api].environments[production].release: needs the service's repository\n"
      "7:147: services[api].environments[production].release.tags: contradicts on: github-deployment knows no such thing\n"
      "8:94: services[api].environments[test].release: needs the section github\n"
      "8:94: services[api].environments[test].release: needs the service's repository\n"
      "8:137: services[api].environments[test].release.environment: contradicts on: github-push knows no such thing\n" },
    { "tags and paths that match nothing",
      SLACK API "      - { name: production, " RUN(
          "b") ", release: { on: github-release, tags: v1, tag_prefix: api/, paths: [/api] } }\n",
      "7:100: services[api].environments[production].release: needs the section github\n"
      "7:100: services[api].environments[production].release: needs the service's repository\n"
      "7:128: services[api].environments[production].release.tags: contradicts tag_prefix: a tag that it takes begins with 'api/'\n"
      "7:158: services[api].environments[production].release.paths[0]: matches nothing: no path begins with a /: they count from the repository's root\n" },
    { "automation in the name of a person", SLACK API "automation: { as: \"slack:U1\" }\n",
      "7:19: automation.as: expected github-app:ID or token:NAME: a machine's name\n" },
    { "of no token", SLACK API "automation: { as: \"token:ci\" }\n",
      "7:19: automation.as: no such token 'ci' in api.tokens\n" },
    { "of no App", SLACK API "automation: { as: \"github-app:me\" }\n",
      "7:19: automation.as: expected the App's number after 'github-app:'\n" },
    { "a branch needs GitHub",
      SLACK API "      - { name: production, " RUN("b") ", default_version: \"branch:main\" }\n",
      "7:108: services[api].environments[production].default_version: branch: needs the section github and the "
      "service's repository\n" },
    { "a version without its kind", SLACK API "      - { name: production, " RUN("b") ", default_version: main }\n",
      "7:108: services[api].environments[production].default_version: expected tag:NAME or branch:NAME\n" },
    { "a need that does not exist",
      SLACK API "    needs: [dta, api]\n"
                "databases: [{ name: data, cloud_sql: { project: p, instance: i } }]\n",
      "7:13: services[api].needs[0]: no such service or database 'dta'; did you mean 'data'?\n"
      "7:18: services[api].needs[1]: a service cannot need itself\n" },
    { "a database in an environment that no service has: rules would pass it by",
      SLACK API "      - { name: production, " RUN("b") " }\n"
                "databases:\n"
                "  - { name: data, environment: prod, cloud_sql: { project: p, instance: i } }\n"
                "  - { name: more, environment: prodution, cloud_sql: { project: p, instance: m } }\n"
                "  - { name: less, environment: production, cloud_sql: { project: p, instance: l } }\n",
      "9:32: databases[data].environment: no such environment of a service 'prod'\n"
      "10:32: databases[more].environment: no such environment of a service 'prodution'; did you mean 'production'?\n" },
    { "a database where there are no services",
      SLACK "databases: [{ name: data, environment: prod, cloud_sql: { project: p, instance: i } }]\n", "" },
    { "a database that is nothing", SLACK "databases: [{ name: data }]\n",
      "2:13: databases[data]: expected exactly one of cloud_sql, memorystore, runbook\n" },
    { "a replica is what its database fails over to, and nobody else's",
      SLACK "databases:\n"
            "  - { name: data, cloud_sql: { project: p, instance: i, replica: r } }\n"
            "  - { name: more, cloud_sql: { project: p, instance: r } }\n",
      "4:54: databases[more].cloud_sql.instance: is the same outside thing as 'data': two targets must not change one "
      "thing\n" },
    { "where exports go, and what is given away to be restored into",
      SLACK "databases:\n"
            "  - { name: data, cloud_sql: { project: p, instance: i } }\n"
            "  - { name: more, cloud_sql: { project: p, instance: m }, backups: { bucket: s3://b, databases: [\"-a\"], "
            "restore_into: i } }\n"
            "  - { name: cache, memorystore: { project: p, region: r, instance: c }, backups: { bucket: gs://abc } }\n",
      "4:78: databases[more].backups.bucket: expected gs://BUCKET or gs://BUCKET/FOLDER\n"
      "4:98: databases[more].backups.databases[0]: expected a database's name of letters, digits, '-' and '_' that does "
      "not begin with '-'\n"
      "4:119: databases[more].backups.restore_into: is the same outside thing as 'data': two targets must not change one "
      "thing\n"
      "5:82: databases[cache].backups: are those of Cloud SQL: this database has no cloud_sql\n" },
    { "a runbook that holds a database, and waits for a backup of it",
      SLACK "databases:\n"
            "  - { name: data, cloud_sql: { project: p, instance: i }, backups: { restore_into: s } }\n"
            "runbooks:\n"
            "  - name: nightly\n"
            "    target: data\n"
            "    steps:\n"
            "      - { verb: \"backup list data\" }\n"
            "      - { verb: \"backup restore data latest --into s\" }\n"
            "      - { verb: \"backup create data\" }\n",
      "10:17: runbooks[nightly].steps[2].verb: would wait for ever: the runbook holds data itself. Leave its target out, and "
      "each step takes its own\n" },
    { "a runbook that fails a database over",
      SLACK "databases:\n"
            "  - { name: one, runbook: mov }\n"
            "  - { name: two, runbook: move, max_lag: 5s }\n"
            "  - { name: three, runbook: away }\n"
            "runbooks:\n"
            "  - { name: move, args: [{ name: zone, one_of: [a] }], steps: [{ wait: 1s }] }\n"
            "  - { name: away, target: three, schedule: { cron: \"0 2 * * *\" }, steps: [{ wait: 1s }] }\n",
      "3:27: databases[one].runbook: no such runbook 'mov'; did you mean 'move'?\n"
      "4:27: databases[two].runbook: the runbook has to hold what it changes: give it `target: two`\n"
      "4:27: databases[two].runbook: nobody gives the runbook its argument 'zone' in a failover: give it a default\n"
      "4:42: databases[two].max_lag: is not for a database with a runbook: let that check it\n"
      "8:44: runbooks[away].schedule: away fails three over: a person types its name, and no schedule does\n" },
    { "a runbook that verifies what was restored",
      SLACK "databases:\n"
            "  - { name: data, cloud_sql: { project: p, instance: i }, backups: { verify: lok } }\n"
            "  - { name: more, cloud_sql: { project: p, instance: m }, backups: { verify: look, restore_into: s } }\n"
            "  - { name: less, cloud_sql: { project: p, instance: l }, backups: { verify: here } }\n"
            "runbooks:\n"
            "  - { name: look, args: [{ name: zone, one_of: [a] }], steps: [{ check: [a] }] }\n"
            "  - { name: here, args: [{ name: instance, one_of: [m] }], target: less, steps: [{ check: [a] }] }\n",
      "3:78: databases[data].backups.verify: no such runbook 'lok'; did you mean 'look'?\n"
      "4:78: databases[more].backups.verify: nobody gives the runbook its argument 'zone': it gets `instance` alone, so "
      "give that one a default\n"
      "4:78: databases[more].backups.verify: the runbook has no argument `instance`, which says whether restore_into or "
      "the database itself is to be checked\n"
      "5:78: databases[less].backups.verify: would wait for ever: the restore holds less itself. Leave the runbook's "
      "target out\n"
      "5:78: databases[less].backups.verify: the runbook does not take instance=l: expected one of `m`\n" },
    { "what a step asks for, and nobody would understand",
      SLACK API "databases: [{ name: data, cloud_sql: { project: p, instance: i } }]\n"
                "runbooks:\n"
                "  - name: slips\n"
                "    args: [{ name: where, one_of: [production, staging] }, { name: any, pattern: \"*\" }]\n"
                "    steps:\n"
                "      - { verb: \"deploy apii staging v1\" }\n"
                "      - { verb: \"deploy api prodction v1\" }\n"
                "      - { verb: \"deploy api staging v1 --strtegy x\" }\n"
                "      - { verb: \"backup restore dataa latest\" }\n"
                "      - { verb: \"backup restore data latest --into s\" }\n"
                "      - { verb: \"deploy api staging v1\" }\n"
                "      - { verb: \"backup create data\" }\n"
                "      - { verb: \"rollback api staging\" }\n"
                "      - { verb: \"deploy api {where} v1\" }\n"
                "      - { verb: \"resume api staging\" }\n"
                "      - { verb: \"deploy {any} prodction v1\" }\n"
                "      - { verb: \"deploy apii {where} v1\" }\n",
      "12:17: runbooks[slips].steps[0].verb: would be refused: There is no service `apii`. Did you mean `api`?\n"
      "13:17: runbooks[slips].steps[1].verb: would be refused: There is no environment of `api` called `prodction`, so "
      "nothing was done. There is: staging.\n"
      "14:17: runbooks[slips].steps[2].verb: would be refused: I do not know the option `--strtegy`. Did you mean "
      "`--strategy`?\n"
      "15:17: runbooks[slips].steps[3].verb: would be refused: There is no database `dataa`. Did you mean `data`?\n"
      "16:17: runbooks[slips].steps[4].verb: would be refused: `data` is restored nowhere else: name an instance as its "
      "`backups.restore_into` in the configuration first.\n"
      "23:17: runbooks[slips].steps[11].verb: would be refused: There is no service `apii`. Did you mean `api`?\n" },
    { "somebody in two entries",
      SLACK "people:\n"
            "  - { slack: U1, github: ada }\n"
            "  - { slack: u2, github: ada }\n",
      "4:14: people[1].slack: expected a user id, U...\n"
      "4:26: people[1].github: github:ada is somebody else already: one entry for a person\n" },
    { "members of all kinds",
      SLACK "policy:\n"
            "  roles:\n"
            "    - name: a\n"
            "      members: [\"slack:u1\", \"slak:U1\", \"slack-group:X\", \"github-team:acme\", "
            "\"pagerduty-schedule:P1\", \"token:ci\", \"nobody\"]\n",
      "5:17: policy.roles[a].members[0]: expected a user id, U... after 'slack:'\n"
      "5:29: policy.roles[a].members[1]: no such system 'slak'; did you mean 'slack:'?\n"
      "5:40: policy.roles[a].members[2]: expected the id of a user group, S... after 'slack-group:'\n"
      "5:57: policy.roles[a].members[3]: expected ORGANISATION/TEAM after 'github-team:'\n"
      "5:57: policy.roles[a].members[3]: needs the section github\n"
      "5:77: policy.roles[a].members[4]: needs the section pagerduty\n"
      "5:102: policy.roles[a].members[5]: no such token 'ci': none is configured\n"
      "5:114: policy.roles[a].members[6]: expected SYSTEM:ID such as slack:U012AB3CD, local:deploy, "
      "slack-group:S0ENG\n" },
    { "a role called everyone", SLACK "policy: { roles: [{ name: everyone, members: \"local:a\" }] }\n",
      "2:27: policy.roles[everyone].name: 'everyone' is every member of the workspace already\n" },
    { "a ruleset's key takes no change events", SLACK PAGERDUTY KEYED("Rabcdef0123456789abcdef012345678"),
      "3:116: services[api].environments[p].pagerduty_integration_key: is the key of a ruleset, which takes no change events: "
      "name that of an Events API v2 integration of the service\n" },
    { "a key that is too short", SLACK PAGERDUTY KEYED("0123456789abcdef"),
      "3:116: services[api].environments[p].pagerduty_integration_key: expected 32 characters: the Integration Key of an Events "
      "API v2 integration\n" },
    { "one that is none", SLACK PAGERDUTY KEYED("\"0123456789abcdef 0123456789abcde\""),
      "3:116: services[api].environments[p].pagerduty_integration_key: expected letters and digits alone: the Integration Key of "
      "an Events API v2 integration\n" },
    { "a key without PagerDuty", SLACK KEYED("0123456789abcdef0123456789abcdef"),
      "2:116: services[api].environments[p].pagerduty_integration_key: needs the section pagerduty\n" },
    { "a database's, too", SLACK
      "databases: [{ name: d, cloud_sql: { project: a, instance: d }, pagerduty_integration_key: R }]\n",
      "2:91: databases[d].pagerduty_integration_key: expected 32 characters: the Integration Key of an Events API v2 "
      "integration\n"
      "2:91: databases[d].pagerduty_integration_key: needs the section pagerduty\n" },
    { "all is no service", SLACK "services: [{ name: all, environments: [{ name: staging, " RUN("a") " }] }]\n",
      "2:20: services[all].name: 'all' is what people type for every one of them\n"
      "2:78: services[all].environments[staging].driver.cloud_run: needs the service's artifact: which image is "
      "deployed\n" },
    { "nor an environment", SLACK "services: [{ name: api, environments: [{ name: all, " RUN("a") " }] }]\n",
      "2:48: services[api].environments[all].name: 'all' is what people type for every one of them\n"
      "2:74: services[api].environments[all].driver.cloud_run: needs the service's artifact: which image is deployed\n" },
    { "a rule for an empty list of places is none", RULE("{ allow: deploy, to: dev, on: { environment: [] } }"),
      "10:52: policy.rules[0].on.environment: out of range: count from 1 to 1000\n" },
    { "a rule that denies nothing is none", RULE("{ deny: [] }"),
      "10:15: policy.rules[0].deny: out of range: count from 1 to 100\n" },
    { "two roles of one name",
      SLACK "policy: { roles: [{ name: a, members: \"local:a\" }, { name: a, members: \"local:b\" }] }\n",
      "2:60: policy.roles[a].name: a role called 'a' exists already\n" },
    { "a good rule", RULE("{ allow: [deploy, status], to: dev, on: { environment: staging } }"), "" },
    { "a rule that is nothing", RULE("{ to: dev }"),
      "10:7: policy.rules[0]: expected exactly one of allow, deny, require\n" },
    { "a rule that is two", RULE("{ allow: deploy, deny: deploy, to: dev }"),
      "10:7: policy.rules[0]: expected exactly one of allow, deny, require\n" },
    { "an allow for nobody", RULE("{ allow: deploy }"),
      "10:7: policy.rules[0]: missing key 'to': an allow says whom\n" },
    { "a requirement for no verb, of nothing", RULE("{ require: {} }"),
      "10:7: policy.rules[0]: missing key 'for': a require says for which verbs\n"
      "10:18: policy.rules[0].require: requires nothing\n" },
    { "a failover is asked for no version", RULE("{ require: { version: \"v*\" }, for: [deploy, failover] }"),
      "10:29: policy.rules[0].require.version: is for versions: failover brings none, and could never meet it; leave "
      "failover out of `for`\n" },
    { "keys of another kind of rule",
      RULE("{ allow: deploy, to: dev, for: deploy, break_glass: dev, reason: \"why\" }"),
      "10:38: policy.rules[0].for: belongs to a require; allow and deny name their verbs themselves\n"
      "10:59: policy.rules[0].break_glass: belongs to a deny\n"
      "10:72: policy.rules[0].reason: belongs to a deny or require: nobody is refused by an allow\n" },
    { "a verb that does not exist", RULE("{ allow: [deplyo, status], to: dev }"),
      "10:17: policy.rules[0].allow[0]: no such verb 'deplyo'; did you mean 'deploy'?\n" },
    { "who says everybody means everyone", RULE("{ allow: deploy, to: [everybody, evryone, \"*\"] }"),
      "10:29: policy.rules[0].to[0]: no such role 'everybody'; did you mean 'everyone'?\n"
      "10:40: policy.rules[0].to[1]: no such role 'evryone'; did you mean 'everyone'?\n"
      "10:49: policy.rules[0].to[2]: no such role '*'; did you mean 'everyone'?\n" },
    { "a role that does not exist", RULE("{ allow: deploy, to: [dve, \"slack:U2\", everyone] }"),
      "10:29: policy.rules[0].to[0]: no such role 'dve'; did you mean 'dev'?\n" },
    { "places that do not exist",
      RULE("{ deny: deploy, on: { service: [appi], environment: stagign, labels: { tier: \"1\" } } }"),
      "10:39: policy.rules[0].on.service[0]: no such service 'appi'; did you mean 'api'?\n"
      "10:59: policy.rules[0].on.environment: no such environment 'stagign'; did you mean 'staging'?\n"
      "10:78: policy.rules[0].on.labels.tier: nothing has the label tier: 1\n" },
    { "conditions that make no sense",
      RULE("{ deny: deploy, when: { source: slak, during: [\"Someday\", \"Mon 9-10 UTC\", \"Mon 09:00-10:00\"], "
           "incident_at_least: P2 } }"),
      "10:39: policy.rules[0].when.source: no such source 'slak'; did you mean 'slack'?\n"
      "10:54: policy.rules[0].when.during[0]: expected days or dates, hours and a zone, such as 'Wed 22:00-24:00 UTC' "
      "or '2026-12-20 - 2027-01-02 Europe/Berlin'\n"
      "10:65: policy.rules[0].when.during[1]: expected a zone at the end, such as UTC or Europe/Berlin\n"
      "10:81: policy.rules[0].when.during[2]: expected a zone at the end, such as UTC or Europe/Berlin\n"
      "10:120: policy.rules[0].when.incident_at_least: no such severity 'P2': none is configured\n" },
    { "requirements that make no sense",
      RULE("{ require: { approvals: { from: boss }, checks: green, window: \"Mon-Fri UTC\", healthy_in: { environment: "
           "prod } }, for: deploy }"),
      "10:39: policy.rules[0].require.approvals.from: no such role 'boss'\n"
      "10:55: policy.rules[0].require.checks: needs the section github\n"
      "10:112: policy.rules[0].require.healthy_in.environment: no such environment 'prod'\n" },
    { "authors whom nobody could name",
      RULE("{ require: { approvals: { from: dev, exclude_authors: true } }, for: deploy }"),
      "10:61: policy.rules[0].require.approvals.exclude_authors: needs the section github\n" },
    { "mail to nowhere",
      SLACK "smtp: { url: \"http://mail.example.com\", from: \"Ops <ops@example.com>\", username: \"a b\" }\n"
            "policy: { glass_mail_to: [ops@example.com, \"a@b.example, c@d.example\"] }\n",
      "2:14: smtp.url: expected an address such as smtp://host:587, without user or password\n"
      "2:47: smtp.from: expected an e-mail address such as opsgate@example.com, without a name\n"
      "2:82: smtp.username: expected a name without spaces\n"
      "2:82: smtp.username: username and password go together: the other one is missing\n"
      "3:44: policy.glass_mail_to[1]: expected an e-mail address such as ops@example.com\n" },
    { "mail without a server", SLACK "policy: { glass_mail_to: ops@example.com }\n",
      "2:26: policy.glass_mail_to: needs the section smtp\n" },
    { "a ladder that falls, to nobody",
      SLACK "incidents:\n"
            "  severities:\n"
            "    - { name: P1, mail_after: 1h, status_page: true, escalate: [{ after: 1h, to: boss }, { after: 30m, "
            "to: boss }] }\n"
            "    - { name: P1 }\n"
            "  open_on:\n"
            "    - { severity: P2, pagerduty: { urgency: hgih } }\n"
            "  channel: \"Inc-{dat}\"\n",
      "4:31: incidents.severities[P1].mail_after: needs mail_to: whom\n"
      "4:48: incidents.severities[P1].status_page: needs the section statuspage\n"
      "4:82: incidents.severities[P1].escalate[0].to: no such role 'boss': none is configured\n"
      "4:99: incidents.severities[P1].escalate[1].after: each step must come later than the one before\n"
      "4:108: incidents.severities[P1].escalate[1].to: no such role 'boss': none is configured\n"
      "5:15: incidents.severities[P1].name: a severity called 'P1' exists already\n"
      "7:19: incidents.open_on[0].severity: no such severity 'P2'; did you mean 'P1'?\n"
      "7:34: incidents.open_on[0].pagerduty: needs the section pagerduty\n"
      "7:45: incidents.open_on[0].pagerduty.urgency: expected high or low\n"
      "8:12: incidents.channel: no such placeholder 'dat'; did you mean 'date'?\n"
      "8:12: incidents.channel: Slack's channels have lower case letters, digits, '-' and '_'\n" },
    { "a dashboard that nobody reaches, and a provider whom nobody can trust",
      SLACK "dashboard:\n"
            "  public_url: https://ops.example/opsgate\n"
            "  idle: 2h\n"
            "  session: 1h\n"
            "  oidc: { issuer: \"http://login.example\", client_id: a, client_secret: b }\n",
      "3:15: dashboard.public_url: expected a host without a path: it has one to itself\n"
      "5:12: dashboard.session: expected no less than idle\n"
      "6:19: dashboard.oidc.issuer: expected https: whoever stands between could say who anybody is\n" },
    { "a provider that cannot send anybody back",
      SLACK "dashboard: { oidc: { issuer: \"https://login.example\", client_id: a, client_secret: b, person: mail } }\n",
      "2:20: dashboard.oidc: needs dashboard.public_url: the provider sends people back to that\n"
      "2:95: dashboard.oidc.person: expected one of slack, email, found 'mail'; did you mean 'email'?\n" },
    { "a workspace that nobody names, while anybody may sign in at Slack",
      "slack: { bot_token: a, signing_secrets: b }\n"
      "dashboard: { public_url: \"https://ops.example\", oidc: { issuer: \"https://slack.com\", client_id: a, client_secret: b } }\n",
      "2:55: dashboard.oidc: needs slack.team, or person: email: anybody may sign in at Slack, of whatever workspace\n" },
    { "a status page without its ids",
      SLACK "statuspage:\n"
            "  page: https://status.example.com\n"
            "  api_token: t\n"
            "  components: { web: API gateway }\n",
      "3:9: statuspage.page: expected Statuspage's id of it: letters, digits, '-' and '_'\n"
      "5:17: statuspage.components.web: expected Statuspage's id of it: letters, digits, '-' and '_'\n"
      "5:17: statuspage.components.web: no such service or target 'web': none is configured\n" },
    { "types of incidents that mean nothing",
      SLACK "policy: { roles: [{ name: legal, members: [\"slack:U1\"] }] }\n"
            "incidents:\n"
            "  severities: [{ name: P1 }]\n"
            "  types:\n"
            "    - { name: p1, severity: P1 }\n"
            "    - { name: data-breach, severity: P2, call: [legal, leagl] }\n"
            "    - { name: data-breach, severity: P1 }\n"
            "    - { name: Data Breach, severity: P1 }\n",
      "6:15: incidents.types[p1].name: a severity is called 'p1' already\n"
      "7:38: incidents.types[data-breach].severity: no such severity 'P2'; did you mean 'P1'?\n"
      "7:56: incidents.types[data-breach].call[1]: no such role 'leagl'; did you mean 'legal'?\n"
      "8:15: incidents.types[data-breach].name: a type called 'data-breach' exists already\n"
      "9:15: incidents.types[Data Breach].name: expected lower case letters, digits and '-', found 'Data Breach'\n" },
    { "times of an incident that cannot be kept",
      SLACK "incidents:\n"
            "  hours: [\"Mon-Fri 09:00-17:00 UTC\", \"weekdays\"]\n"
            "  holidays: \"2026-13-01 UTC\"\n"
            "  severities:\n"
            "    - { name: P1, mail_after: 30m, mail_to: [\"Ann <ann@example.com>\", ann@example.com] }\n",
      "3:38: incidents.hours[1]: expected days or dates, hours and a zone, such as 'Wed 22:00-24:00 UTC' or "
      "'2026-12-20 - 2027-01-02 Europe/Berlin'\n"
      "4:13: incidents.holidays: expected days or dates, hours and a zone, such as 'Wed 22:00-24:00 UTC' or "
      "'2026-12-20 - 2027-01-02 Europe/Berlin'\n"
      "6:45: incidents.severities[P1].mail_to: needs the section smtp\n"
      "6:46: incidents.severities[P1].mail_to[0]: expected an e-mail address such as ops@example.com\n" },
    { "maintenance brings no version",
      RULE("{ require: { reason: true, version: \"v*\" }, for: [deploy, maintenance] }"),
      "10:43: policy.rules[0].require.version: is for versions: maintenance brings none, and could never meet it; leave "
      "maintenance out of `for`\n" },
    { "maintenance that means nothing",
      SLACK API "maintenance:\n"
                "  announce: [48h, soon]\n"
                "  channel: deployments\n"
                "  mail_to: nobody\n"
                "  status_page: {}\n"
                "  windows: \"Wednesdays\"\n"
                "  zones: [UTC, Europe/Berln, CET]\n"
                "  strat: ask\n"
                "  places:\n"
                "    - { name: api, of: api/staging }\n"
                "    - { name: all, of: [api/stagin, api/staging, api/staging] }\n",
      "8:19: maintenance.announce[1]: expected a duration from 1m to 30d, such as 24h\n"
      "9:12: maintenance.channel: expected a channel such as \"#deployments\" (in quotes), or its id C...\n"
      "10:12: maintenance.mail_to: needs the section smtp\n"
      "10:12: maintenance.mail_to: expected an e-mail address such as team@example.com\n"
      "11:16: maintenance.status_page: needs the section statuspage\n"
      "12:12: maintenance.windows: expected days or dates, hours and a zone, such as 'Wed 22:00-24:00 UTC' or "
      "'2026-12-20 - 2027-01-02 Europe/Berlin'\n"
      "13:16: maintenance.zones[1]: no such zone 'Europe/Berln'; did you mean 'Europe/Berlin'?\n"
      "13:30: maintenance.zones[2]: no such zone 'CET': UTC, or a name of the tz database such as Europe/Berlin\n"
      "14:3: maintenance.strat: unknown key 'strat' in maintenance; did you mean 'start'?\n"
      "16:15: maintenance.places[api].name: a service is called 'api' already\n"
      "17:25: maintenance.places[all].of[0]: no such service/environment 'api/stagin'; did you mean 'api/staging'?\n"
      "17:50: maintenance.places[all].of[2]: 'api/staging' stands there twice\n" },
    { "hours that are not told", SLACK "incidents: { severities: [{ name: P4, acknowledge: 8h, in_hours: true }] }\n",
      "2:66: incidents.severities[P4].in_hours: needs incidents.hours: which\n" },
    { "a person may not fail",
      SLACK API "runbooks:\n"
                "  - { name: fix, steps: [{ manual: \"look\", may_fail: true }] }\n",
      "8:54: runbooks[fix].steps[0].may_fail: is for run and check: what else is asked for has to end well\n" },
    { "a runbook that names what is not",
      SLACK API "runbooks:\n"
                "  - name: fix\n"
                "    target: api/stagin\n"
                "    args: [{ name: zone }, { name: size, one_of: [a, b], default: c }]\n"
                "    steps: [{ run: [reset, \"{zon}\", \"{zone}\"] }]\n",
      "9:13: runbooks[fix].target: no such target 'api/stagin'; did you mean 'api/staging'?\n"
      "10:12: runbooks[fix].args[zone]: expected exactly one of one_of, pattern, type: an argument is never free text\n"
      "10:67: runbooks[fix].args[size].default: contradicts one_of: it is none of them\n"
      "11:28: runbooks[fix].steps[0].run[1]: no such placeholder 'zon'; did you mean 'zone'?\n" },
    { "a runbook's arguments that are none",
      SLACK "runbooks:\n"
            "  - name: fix\n"
            "    args:\n"
            "      - { name: a, type: integr }\n"
            "      - { name: b, type: integer, min: 5 }\n"
            "      - { name: c, type: integer, min: 5, max: 3 }\n"
            "      - { name: d, type: cidr, default: 10.0.0.1/8 }\n"
            "      - { name: f, pattern: \"*\", max: 3 }\n"
            "      - { name: today, pattern: \"*\" }\n"
            "    steps: [{ run: [x, '{\"a\": \"b\"}', \"{today}\"] }, { run: [x, \"{tody}\"] }]\n",
      "5:26: runbooks[fix].args[a].type: no such type of an argument 'integr'; did you mean 'integer'?\n"
      "6:26: runbooks[fix].args[b].type: an integer needs min and max: how many is too many?\n"
      "7:40: runbooks[fix].args[c].min: is more than max\n"
      "8:41: runbooks[fix].args[d].default: contradicts type: expected a range of addresses by its first one, such as "
      "`10.1.0.0/16`\n"
      "9:39: runbooks[fix].args[f].max: is for an integer alone\n"
      "10:17: runbooks[fix].args[today].name: is taken: {today} is the day on which a run was asked for\n"
      "11:63: runbooks[fix].steps[1].run[1]: no such placeholder 'tody'; did you mean 'today'?\n" },
    { "a runbook's steps that are none",
      SLACK API "runbooks:\n"
                "  - name: fix\n"
                "    target: api/staging\n"
                "    steps:\n"
                "      - { run: [x], check: [y] }\n"
                "      - { name: a, check: [y], on_crash: repeat }\n"
                "      - { name: a, run: [y], every: 3s }\n"
                "      - { wait: 5m, timeout: 1m }\n"
                "      - { verb: \"deply api staging {v}\" }\n"
                "      - { verb: \"deploy api staging v1\" }\n"
                "      - { verb: \"run other\" }\n"
                "      - { manual: \"look at {x}\" }\n"
                "      - { verb: \"restart api staging\" }\n"
                "      - { verb: \"failover main --confirm main\" }\n"
                "      - { name: \"7\", run: [redis-cli, -s, /var/lib/opsgate/redis/redis.sock, FlushAll] }\n",
      "11:9: runbooks[fix].steps[0]: expected exactly one of run, check, verb, manual, wait\n"
      "12:42: runbooks[fix].steps[a].on_crash: is for run alone: a check is made again anyway\n"
      "13:17: runbooks[fix].steps[a].name: a step called 'a' exists already\n"
      "13:37: runbooks[fix].steps[a].every: is for check alone\n"
      "14:30: runbooks[fix].steps[3].timeout: is for what may take too long: a wait takes what it says\n"
      "15:17: runbooks[fix].steps[4].verb: no such placeholder 'v'\n"
      "15:17: runbooks[fix].steps[4].verb: there is no verb 'deply'; did you mean 'deploy'?\n"
      "16:17: runbooks[fix].steps[5].verb: would wait for ever: the runbook holds api/staging itself. Leave its target out, and each step takes its own\n"
      "17:17: runbooks[fix].steps[6].verb: no such runbook 'other'\n"
      "18:19: runbooks[fix].steps[7].manual: no such placeholder 'x'\n"
      "19:17: runbooks[fix].steps[8].verb: would wait for ever: the runbook holds api/staging itself. Leave its target out, and each step takes its own\n"
      "20:17: runbooks[fix].steps[9].verb: would confirm what a person has to type: take it as an argument, and say --confirm {argument}\n"
      "21:17: runbooks[fix].steps[7].name: a number is how steps without a name are called\n"
      "21:27: runbooks[fix].steps[7].run: would empty opsgate's own store (store.url)\n" },
    { "whatever says a name for a person that has to type it",
      SLACK "runbooks:\n"
            "  - name: anew\n"
            "    args: [{ name: db, pattern: \"*\", default: main }, { name: id, pattern: \"*\", default: \"7\" }]\n"
            "    schedule: { cron: \"0 2 * * *\", args: { db: main } }\n"
            "    steps: [{ verb: \"backup restore {db} {id} --confirm={db}\" }]\n"
            "  - { name: other, steps: [{ verb: \"run anew id=8 db=main\" }] }\n"
            "  - { name: good, args: [{ name: which, pattern: \"*\" }], steps: [{ verb: \"run anew db={which}\" }] }\n",
      "4:47: runbooks[anew].args[db].default: would confirm what a person has to type: leave the default out\n"
      "5:44: runbooks[anew].schedule.args.db: would confirm what a person has to type: no schedule does that\n"
      "7:36: runbooks[other].steps[0].verb: would confirm what a person has to type: take it as an argument, and say "
      "db={argument}\n" },
    { "runbooks that run each other",
      SLACK "runbooks:\n"
            "  - { name: one, steps: [{ verb: \"run two\" }] }\n"
            "  - { name: two, steps: [{ verb: \"run one\" }] }\n",
      "3:25: runbooks[one].steps: it comes back to itself: it runs a runbook that runs it\n"
      "4:25: runbooks[two].steps: it comes back to itself: it runs a runbook that runs it\n" },
    { "a runbook's environment and match",
      SLACK "runbooks:\n"
            "  - { name: one, environment: { 1A: x }, match: { service: nobody }, steps: [{ run: [x] }] }\n",
      "3:33: runbooks[one].environment.1A: expected the name of a variable: letters, digits and '_', no digit first\n"
      "3:60: runbooks[one].match.service: no such service 'nobody': none is configured\n" },
    { "schedules that never come, or give what is not taken",
      SLACK "runbooks:\n"
            "  - { name: one, schedule: { cron: \"0 2 31 feb *\" }, steps: [{ run: [x] }] }\n"
            "  - { name: two, schedule: { cron: \"0 25 * * *\", zone: Europe/Berlim, owner: led }, steps: [{ run: [x] }] }\n"
            "  - name: three\n"
            "    args: [{ name: what, one_of: [db, files] }, { name: to, pattern: \"*\" }]\n"
            "    schedule: [{ cron: \"0 2 * * *\", args: { what: d } }, { name: one, cron: \"0 2 * *\", args: { wat: db, to: x } }]\n"
            "    steps: [{ run: [x] }]\n"
            "  - { name: four, target: main, destructive: true, schedule: { cron: \"0 2 * * *\", missed: onc }, steps: [{ run: [x] }] }\n"
            "  - { name: five, rotates: key, steps: [{ run: [x] }] }\n"
            "  - { name: six, rotates: key, steps: [{ verb: \"rotate key\" }] }\n"
            "databases: [{ name: main, cloud_sql: { project: p, instance: main } }]\n"
            "policy: { roles: [{ name: lead, members: [\"slack:U1\", \"schedule:fiv\"] }] }\n",
      "3:36: runbooks[one].schedule.cron: never comes: there is no such day\n"
      "4:36: runbooks[two].schedule.cron: '25' is no hour: expected 0 to 23, *, a range, a list, or a step such as */5\n"
      "4:56: runbooks[two].schedule.zone: no such zone 'Europe/Berlim'; did you mean 'Europe/Berlin'?\n"
      "4:78: runbooks[two].schedule.owner: no such role 'led'; did you mean 'lead'?\n"
      "7:16: runbooks[three].schedule[0]: needs a name: three has several\n"
      "7:43: runbooks[three].schedule[0].args: the runbook needs 'to', and nobody is there to be asked\n"
      "7:45: runbooks[three].schedule[0].args.what: expected one of `db`, `files`\n"
      "7:66: runbooks[three].schedule[one].name: a schedule called 'one' exists already\n"
      "7:77: runbooks[three].schedule[one].cron: expected five fields, as in \"0 2 * * *\": minute, hour, day of the month, month, day of the week; the day of the week is missing\n"
      "7:94: runbooks[three].schedule[one].args: the runbook needs 'what', and nobody is there to be asked\n"
      "7:96: runbooks[three].schedule[one].args.wat: no such argument 'wat'; did you mean 'what'?\n"
      "9:62: runbooks[four].schedule: four is destructive: a person types the name of what it changes, and no schedule does\n"
      "9:91: runbooks[four].schedule.missed: expected one of once, skip, found 'onc'; did you mean 'once'?\n"
      "11:27: runbooks[six].rotates: another runbook rotates 'key' already\n"
      "13:55: policy.roles[lead].members[1]: no such schedule 'fiv'\n" },
    { "rules about runbooks that never apply",
      SLACK "runbooks: [{ name: one, steps: [{ run: [x] }] }]\n"
            "policy:\n"
            "  rules:\n"
            "    - { allow: run, to: everyone, on: { runbook: on } }\n"
            "    - { allow: deploy, to: everyone, on: { runbook: one } }\n"
            "    - { require: { version: \"v*\" }, for: run }\n",
      "5:50: policy.rules[0].on.runbook: no such runbook 'on'; did you mean 'one'?\n"
      "6:16: policy.rules[1].allow: is never asked of a runbook: expected run, rotate, schedules, approve, pause, resume, promote, abort or retry\n"
      "7:29: policy.rules[2].require.version: is for versions: run brings none, and could never meet it; leave run "
      "out of `for`\n" },
    { "a channel without quotes is a comment", SLACK "google: { credentials: metdata }\n",
      "2:24: google.credentials: expected metadata, or the absolute path of a service account's key file\n" },
    { "a project has one account, and a program has none",
      SLACK "services:\n"
            "  - name: api\n"
            "    artifact: \"r.example.com/api:{version}\"\n"
            "    environments:\n"
            "      - { name: a, driver: { cloud_run: { project: p, region: r, service: a } }, google: { credentials: /a } }\n"
            "      - { name: b, driver: { cloud_run: { project: p, region: r, service: b } }, google: { credentials: /b } }\n"
            "      - { name: c, driver: { program: { deploy: [x] } }, google: { credentials: /c } }\n"
            "      - { name: d, driver: { cloud_run: { project: q, region: r, service: d } }, google: { credentials: d } }\n",
      "7:105: services[api].environments[b].google.credentials: another environment of the same project has other "
      "credentials (/a): one project, one account\n"
      "8:66: services[api].environments[c].google: only an environment with the driver cloud_run has a project of "
      "Google's\n"
      "9:105: services[api].environments[d].google.credentials: expected metadata, or the absolute path of a service "
      "account's key file\n" },
};

static const char *without_file_name(struct buf *all, struct buf *out)
{
    struct str rest = buf_str(all);

    while (rest.len > 0) {
        struct str line = str_take_until(&rest, '\n');

        str_take_prefix(&line, "/etc/opsgate/test.yaml:");
        buf_add_str(out, line);
        buf_putc(out, '\n');
    }
    return buf_text(out);
}

static void check_row(void **state)
{
    const struct row *row = *state;
    struct configuration_errors errors = { 0 };
    AUTO(configuration) struct configuration *configuration = fixture_read(str_of(row->text), &errors);
    AUTO_BUF struct buf all = BUF(100000), out = BUF(100000);

    configuration_errors_print(&errors, &all);
    assert_string_equal(without_file_name(&all, &out), row->errors);
    assert_int_equal(configuration == NULL, row->errors[0] != '\0');
    configuration_errors_finish(&errors);
}

/* As many groups as are read, each twice, and then one more. */
static void check_groups(void **state)
{
    (void)state;
    for (int more = 0; more <= 1; more++) {
        AUTO_BUF struct buf text = BUF(100000), all = BUF(100000), out = BUF(1000);
        struct configuration_errors errors = { 0 };

        buf_puts(&text, SLACK "policy:\n  roles:\n    - name: dev\n      members:\n");
        for (int i = 0; i < 2 * MEMBERSHIP_SOURCES_MAX; i++)
            buf_addf(&text, "        - slack-group:S%d\n", i / 2);
        buf_addf(&text, "  rules: [{ allow: status, to: %s }]\n", more ? "\"slack-group:SX\"" : "dev");
        AUTO(configuration) struct configuration *configuration = fixture_read(buf_str(&text), &errors);

        configuration_errors_print(&errors, &all);
        assert_string_equal(
            without_file_name(&all, &out),
            more ? "406:32: policy.rules[0].to: opsgate reads 200 groups, teams and schedules, and this is "
                   "one more: nobody would be in it\n"
                 : "");
        configuration_errors_finish(&errors);
    }
}

/* As many schedules as one record keeps, and one more. */
static void check_schedules_count(void **state)
{
    (void)state;
    for (int more = 0; more <= 1; more++) {
        AUTO_BUF struct buf text = BUF(100000), all = BUF(100000), out = BUF(1000);
        struct configuration_errors errors = { 0 };

        buf_puts(&text, SLACK "runbooks:\n");
        for (int i = 0; i < SCHEDULES_MAX + more; i++)
            buf_addf(&text, "  - { name: r%d, schedule: { cron: \"0 2 * * *\" }, steps: [{ run: [x] }] }\n", i);
        AUTO(configuration) struct configuration *configuration = fixture_read(buf_str(&text), &errors);

        configuration_errors_print(&errors, &all);
        assert_string_equal(without_file_name(&all, &out),
                            more ? "63:28: runbooks[r60].schedule: opsgate keeps 60 schedules, and this is one more\n" : "");
        configuration_errors_finish(&errors);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(check_groups), cmocka_unit_test(check_schedules_count) };

    return ROWS(rows, check_row) + cmocka_run_group_tests(tests, NULL, NULL);
}
