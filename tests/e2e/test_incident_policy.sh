#!/bin/sh
# A rule that asks what is open gets to know it: by PagerDuty's webhooks, by looking where none came, and after a crash; and what
# people declare counts as well. The way back asks for nothing of it.
# shellcheck disable=SC2016,SC2119,SC2317 # jq has variables of its own; functions are called by name
. "$(dirname "$0")/lib.sh"
begin "$1"
sandbox_up
CONFIG=$RUN/opsgate.yaml
sed "s|^  from: ann@.*|&\n  watch: 1s|; $NO_INCIDENTS" "$ROOT/deploy/sandbox.yaml" >"$CONFIG"
cat >>"$CONFIG" <<END
    - { deny: deploy, when: { incident_at_least: P2 }, reason: "no deploys during an incident" }
incidents:
  severities: [{ name: P1 }, { name: P2 }, { name: P3 }]
  open_on:
    - { pagerduty: { priority: P1 }, severity: P1 }
    - { pagerduty: { urgency: high }, severity: P2 }
    - { pagerduty: { urgency: low }, severity: P3 }
END
opsgate_up || exit 1
wait_until 10 has_owner

watch_says() { # watch_says FILTER: true of what /health/detailed tells of PagerDuty
    curl -s --noproxy '*' --unix-socket "$OPSGATE_DATA/opsgate.sock" http://opsgate/health/detailed |
        jq -e ".pagerduty | $1" >/dev/null
}

knows_open() { # knows_open COUNT
    watch_says ".incidents_read_at > 0 and .open_incidents == $1"
}

heard() { # heard EVENT: it is in the journal
    journal | jq -e -s --arg name "$1" 'any(.[].core; .kind == "event.received" and .body.name == $name)' >/dev/null
}

resolve() { # resolve: the last one, by a person
    change_world "$(jq -cn --arg incident "$(world '.pagerduty.incidents[-1].id')" '{ pagerduty: { act: { $incident, status: "resolved", by: "PUSER01" } } }')"
}

check "what is open is read at the start" wait_until 30 knows_open 0
change_world '{"pagerduty":{"incident":{"title":"slow","urgency":"low"}}}'
check "a small one is known" wait_until 30 knows_open 1
wait_until 30 is_in_state D1 open # by its webhook: a look may know it before
say "$ANN" /deploy "api staging v1.4.2"
check "and too small to keep anybody from deploying" has "$BODY" D2

change_world '{"pagerduty":{"incident":{"title":"down","urgency":"high"}}}'
check "a webhook tells of a worse one" wait_until 30 heard incident.triggered
check "it is known" wait_until 30 knows_open 2
say "$ANN" /deploy "api staging v1.4.1"
check "nobody deploys while it is open" has "$BODY" "no deploys during an incident"
resolve
check "it ends" wait_until 30 knows_open 1
say "$ANN" /deploy "api staging v1.4.1"
check "and they deploy again" has "$BODY" D3

# ---- without webhooks ----

change_world '{"pagerduty":{"subscription":{"id":"PSUB001","active":false},"incident":{"title":"all of it","urgency":"low","priority":"P1"}}}'
check "one that no webhook told of is found" wait_until 30 knows_open 2
check "and joins what is open of its service" wait_until 30 is_so D1 '.body.pages[-1] | .title == "all of it" and .status == "triggered"'
say "$ANN" /deploy "api staging v1.4.2"
check "nobody deploys while it is open, either" has "$BODY" "no deploys during an incident"
say "$ANN" /rollback "api staging"
check "but they go back" has "$BODY" D4
resolve
check "its end is found" wait_until 30 knows_open 1
check "there as well" wait_until 30 is_so D1 '.body.pages[-1].status == "resolved"'

# ---- by somebody's word ----

say "$ANN" /incident "declare P2 half of it"
check "one is declared" wait_until 30 is_in_state D5 open
say "$ANN" /deploy "api staging v1.4.2"
check "nobody deploys while it is open" has "$BODY" "no deploys during an incident"
say "$ANN" /incident "resolve D5"
say "$ANN" /deploy "api staging v1.4.2"
check "and they deploy once it is resolved" has "$BODY" D6

# ---- and without PagerDuty ----

arm pagerduty /incidents status 403 1000
check "what cannot be seen is said" wait_until 60 watch_says '.problem != null'
opsgate_kill
opsgate_up || exit 1
wait_until 10 has_owner
check "what was known is known to the next one" wait_until 30 knows_open 1
say "$ANN" /incident "reopen D5"
say "$ANN" /deploy "api staging v1.4.1"
check "and ours is open, whatever PagerDuty has" has "$BODY" "no deploys during an incident"
disarm
check "and it looks again" wait_until 60 watch_says '.problem == null'

finish
