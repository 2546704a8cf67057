#!/bin/sh
# A Redis that is there and refuses: out of memory, unable to save, a replica all of a sudden, without its scripts. Every door
# answers in its sender's way, and all is well again as soon as Redis is.
# shellcheck disable=SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
redis_up
CONFIG=$RUN/opsgate.yaml
store_config "$CONFIG"
sandbox_up
opsgate_start
wait_until 10 log_has store.refused
check "an empty store is made ours" "$BUILD/opsgate" -c "$CONFIG" store create
check "and owned" wait_until 20 has_owner
wait_until 10 is_ready "http://$OPSGATE_LISTEN"
say "$ANN" /deploy "staging --reason first"
check "a deploy, to begin with" wait_until 30 has_ended D1

# post_as DOOR PATH BODY HEADER...: the status
post_as() {
    path=$2
    printf '%s' "$3" >"$RUN/body"
    : >"$RUN/headers"
    [ "$1" = alertmanager ] || "$BUILD/opsgate" -c "$CONFIG" sign "$1" <"$RUN/body" >"$RUN/headers"
    shift 3
    for header in "$@"; do echo "$header" >>"$RUN/headers"; done
    curl -s --noproxy '*' --max-time 60 -o "$RUN/answer" -D "$RUN/answered" -w '%{http_code}' -H @"$RUN/headers" \
        -H 'Content-Type: application/json' --data-binary @"$RUN/body" "http://$OPSGATE_LISTEN$path"
}

new_id() { od -An -N8 -tx1 /dev/urandom | tr -d ' \n'; }

push_told() {
    post_as github /github/webhook '{"ref":"refs/heads/main","before":"0000000000000000000000000000000000000000","after":"a46d19b8e05fa46d19b8e05fa46d19b8e05fa46d","repository":{"id":1,"full_name":"acme/platform","owner":{"login":"acme"}},"commits":[],"pusher":{"name":"ann"},"sender":{"id":7,"login":"ann"}}' \
        'X-GitHub-Event: push'
}
incident_told() { # another one each time
    n=$(new_id)
    post_as pagerduty /pagerduty/webhook "$(jq -cn --arg id "01EVENT$n" '{ event: { $id, event_type: "incident.triggered",
        resource_type: "incident", occurred_at: (now | todate), agent: null, client: null, data: { id: "P1", type: "incident",
        number: 1, status: "triggered", title: "down", urgency: "high", html_url: "https://x.pagerduty.com/incidents/P1",
        service: { id: "S1", type: "service_reference", summary: "api" } } } }')" "X-Webhook-Id: w-$n"
}
alert_told() {
    n=$(new_id)
    post_as alertmanager /alertmanager/webhook "$(jq -cn --arg n "$n" '{ version: "4", groupKey: $n, truncatedAlerts: 0,
        status: "firing", receiver: "opsgate", groupLabels: {}, commonLabels: {}, commonAnnotations: {}, externalURL: "http://a",
        alerts: [{ status: "firing", labels: { alertname: "Down" }, annotations: {}, startsAt: (now | todate),
            endsAt: "0001-01-01T00:00:00Z", generatorURL: "http://p", fingerprint: "f\($n)" }] }')" \
        "Authorization: Bearer $SANDBOX_ALERTMANAGER_TOKEN"
}

is_refused() { # a person hears that it is not accepted: the store refused it before it wrote anything
    type_in "$BOB" /ops help
    has "$BODY" "NOT accepted"
}
is_taken() {
    type_in "$ANN" /ops help
    has "$BODY" deploy >/dev/null
}

# refuses WHAT
refuses() {
    check "$1: a person is told in words" wait_until 10 is_refused
    check "$1: with 200" same 200 "$STATUS"
    check "$1: GitHub gets 503" same 503 "$(push_told)"
    check "$1: and when to come back" grep -qi '^retry-after:' "$RUN/answered"
    check "$1: PagerDuty gets 503" same 503 "$(incident_told)"
    check "$1: Alertmanager gets 503" same 503 "$(alert_told)"
    check "$1: opsgate lives" is_live
}

# heals WHAT
heals() {
    check "$1: commands are taken again" wait_until 60 is_taken
    check "$1: GitHub's word is" wait_until 30 one_answer_of push_told
    check "$1: PagerDuty's word is" wait_until 30 one_answer_of incident_told
    check "$1: Alertmanager's word is" wait_until 30 one_answer_of alert_told
    check "$1: somebody owns the store" wait_until 30 has_owner
}
one_answer_of() { [ "$("$1")" = 202 ]; }

heals "from the start"

redis config set maxmemory 1mb >/dev/null
refuses "no memory"
redis config set maxmemory 0 >/dev/null
heals "no memory"

redis config set save '3600 1' >/dev/null
mkdir "$RUN/redis/dump.rdb"
has_failed_to_save() { redis --raw info persistence | grep -q '^rdb_last_bgsave_status:err'; }
redis bgsave >/dev/null
check "a snapshot fails" wait_until 20 has_failed_to_save
refuses "unable to save"
check "unable to save: /health/detailed says why" has \
    "$(curl -s --unix-socket "$OPSGATE_DATA/opsgate.sock" http://localhost/health/detailed | jq -r .store.trouble)" MISCONF
rmdir "$RUN/redis/dump.rdb"
saves_again() { redis bgsave >/dev/null; ! has_failed_to_save; }
check "a snapshot works" wait_until 20 saves_again
redis config set save '' >/dev/null
heals "unable to save"

redis replicaof 127.0.0.1 1 >/dev/null
refuses "a replica"
redis replicaof no one >/dev/null
heals "a replica"

redis script flush >/dev/null
heals "without scripts" # at once: it brings them itself

say "$ANN" /deploy "staging v1.4.2 --reason last"
again=$(printf '%s' "$BODY" | grep -o 'D[0-9][0-9]*' | head -n 1)
check "a deploy ends" wait_until 60 has_ended "$again"
check "and all is decided" wait_until 60 has_decided_all # the incident goes on
check "the journal is a chain" journal_is_a_chain
opsgate_stop
check "it ends with 0" same 0 "$STATUS"
finish
