#!/bin/sh
# GitHub, PagerDuty and Alertmanager tell opsgate what happens: all that was accepted is in the journal once, whatever was
# forged, sent twice, too large or refused on its way, and whenever opsgate was killed. OPSGATE_E2E_FULL=1 kills more often.
# shellcheck disable=SC2016,SC2119,SC2317 # jq has variables of its own; functions are called by name
. "$(dirname "$0")/lib.sh"
begin "$1"
kills=$([ -n "${OPSGATE_E2E_FULL:-}" ] && echo 30 || echo 4)
sandbox_up
CONFIG=$RUN/opsgate.yaml # nothing opens an incident, which would stay until somebody closes it
sed "$NO_INCIDENTS" "$ROOT/deploy/sandbox.yaml" >"$CONFIG"
opsgate_up || exit 1
wait_until 10 has_owner
change_world '{"pagerduty":{"retry_ms":200},"alertmanager":{"config":{"group_wait_ms":50,"group_interval_ms":200,
    "retry_ms":200,"group_by":["alertname"]}}}'

heard() { # heard SOURCE NAME: the ids of what the journal has of it, in order
    journal | jq -r --arg source "$1" --arg name "$2" \
        '.core | select(.kind == "event.received") | .body | select(.source == $source and .name == $name) | .id'
}

has_heard() { # has_heard SOURCE NAME TIMES
    [ "$(heard "$1" "$2" | wc -l)" -eq "$3" ]
}

was_answered() { # was_answered EVENT STATUS...: GitHub's deliveries of it, all of them, in any order
    event=$1
    shift
    [ "$(world '[.github.deliveries[] | select(.event == $event) | .status_code] | sort | join(" ")' --arg event "$event")" = "$*" ]
}

all_came() { # neither of those who try again has anything left to send
    world_says '(.pagerduty.waiting | length) == 0 and (.alertmanager.waiting | length) == 0'
}

metric() { # metric NAME
    get "http://$OPSGATE_LISTEN/metrics" | awk -v name="$1" '$1 == name { print $2 }'
}

push_commit() { # push_commit MESSAGE: GitHub tells of it once
    change_world "$(jq -cn --arg message "$1" '{ github: { commit: { $message } } }')"
}

page() { # page TITLE: PagerDuty tells of it until it is taken
    change_world "$(jq -cn --arg title "$1" '{ pagerduty: { incident: { $title, urgency: "high" } } }')"
}

alert() { # alert NAME: so does Alertmanager
    change_world "$(jq -cn --arg alertname "$1" '{ alertmanager: { fire: { labels: { $alertname, severity: "critical" } } } }')"
}

# ---- each of them ----

change_world '{"github":{"hook":{"secret":"sandbox-github-secret","content_type":"form","events":["*"]}}}'
check "GitHub's ping is answered" wait_until 10 was_answered ping 200
push_commit first
check "a push is accepted" wait_until 10 was_answered push 202
check "and stands in the journal" wait_until 10 has_heard github push 1
change_world '{"github":{"event":{"event":"watch","action":"started"}}}'
check "what nobody wants is accepted, too" wait_until 10 was_answered watch 202
check "and counted, no more" same 1 "$(metric 'opsgate_events_passed_over_total{event="github.watch"}')"

page "API is down"
check "an incident stands in the journal" wait_until 10 has_heard pagerduty incident.triggered 1
alert HighErrors
check "an alert stands in the journal" wait_until 10 has_heard alertmanager alerts.firing 1
change_world '{"alertmanager":{"config":{"twins":2},"resolve":{"labels":{"alertname":"HighErrors","severity":"critical"}}}}'
check "its end stands in the journal" wait_until 10 has_heard alertmanager alerts.resolved 1
check "both twins have told of it" wait_until 10 world_says '[.alertmanager.delivered[] | select(.outcome == "delivered")] | length == 3'
check "and it is one" has_heard alertmanager alerts.resolved 1
change_world '{"alertmanager":{"config":{"twins":1}}}'

# ---- forged, sent again, and a secret that is wrong ----

change_world '{"github":{"hook_fault":{"event":"push","fault":"bad_signature"}}}'
push_commit forged
check "a forged one is refused" wait_until 10 was_answered push 202 401
check "and somebody is told" wait_until 5 log_has webhook.refused
change_world '{"github":{"hook_fault":{"event":"push","fault":"twice"}}}'
push_commit twice
check "one that comes twice is accepted, and known" wait_until 10 was_answered push 200 202 202 401
check "only the genuine ones are in the journal, and each once" wait_until 10 has_heard github push 2

change_world '{"pagerduty":{"rotate":{"id":"PSUB001","only":"not-ours"}}}'
page "Nobody can verify this"
refused_and_kept() {
    world_says '(.pagerduty.waiting | length) == 1 and .pagerduty.waiting[0].tries >= 2'
}
check "what PagerDuty signs with another secret is tried again, not dropped" wait_until 20 refused_and_kept
check "and is not believed" has_heard pagerduty incident.triggered 1
check "which the metrics tell" test "$(metric 'opsgate_webhooks_refused_total{source="pagerduty"}')" -ge 2
check "and people, once, with what to do" wait_until 20 world_says '[.slack.channels[] | select(.id == "C0ALERTS") | .messages[] |
    tostring | select(contains("pagerduty.webhook_secrets"))] | length == 1'
change_world '{"pagerduty":{"rotate":{"id":"PSUB001","secret":"sandbox-pagerduty-secret"}}}'
check "once one of its signatures is right, it is" wait_until 20 has_heard pagerduty incident.triggered 2
change_world '{"pagerduty":{"rotate":{"id":"PSUB001","only":"sandbox-pagerduty-secret"}}}'

# ---- by hand: opsgate sign ----

hand() { # hand SENDER FILE [CURL-OPTION...]: prints the status; $RUN/headers is what was signed
    hand_path=/$1/webhook
    hand_file=$2
    shift 2
    curl -s --noproxy '*' --max-time 60 -o "$RUN/answer" -w '%{http_code}' -H @"$RUN/headers" \
        -H 'Content-Type: application/json' -H 'Expect:' "$@" --data-binary @"$hand_file" "http://$OPSGATE_LISTEN$hand_path"
}

signed() { # signed SENDER FILE
    "$BUILD/opsgate" -c "$CONFIG" sign "$1" <"$2" >"$RUN/headers"
}

release=$ROOT/tests/golden/github-body-release-published.json
signed github "$release"
check "a release by curl: 202" same 202 "$(hand github "$release" -H 'X-GitHub-Event: release')"
check "and again: 200" same 200 "$(hand github "$release" -H 'X-GitHub-Event: release')"
check "it is in the journal" wait_until 10 has_heard github release.published 1
{ printf '{"padding":"'; head -c 20000000 /dev/zero | tr '\0' x; printf '",'; tail -c +2 "$release"; } >"$RUN/large"
signed github "$RUN/large"
check "20 MB of it: 202" same 202 "$(hand github "$RUN/large" -H 'X-GitHub-Event: release')"
told_again() { # or known again, by what it means
    [ "$(journal | jq -s '[.[].core | select((.kind | startswith("event.")) and .body.name == "release.published")] | length')" = 2 ]
}
check "and it stands there, too" wait_until 20 told_again
head -c 26214401 /dev/zero >"$RUN/huge"
check "a byte more than 25 MiB: 413" same 413 "$(hand github "$RUN/huge" -H 'X-GitHub-Event: release')"
check "with the wrong body: 401" same 401 "$(hand github "$ROOT/tests/golden/github-body-push.json" -H 'X-GitHub-Event: push')"
check "the answer shows no signature" has_not "$(cat "$RUN/answer")" "sha256="

printf 'no JSON, and genuine' >"$RUN/body"
signed pagerduty "$RUN/body"
check "genuine, and nothing that can be read: 202" same 202 "$(hand pagerduty "$RUN/body")"
is_dead() {
    "$BUILD/opsgate" -c "$CONFIG" dead list | grep "PagerDuty's webhook: JSON" >"$RUN/dead"
}
check "it is a dead letter, with the reason" wait_until 10 is_dead
check "and its sender" has "$(cat "$RUN/dead")" pagerduty

# ---- while opsgate is away ----

# Alertmanager gives a notification up after its group's interval: here none is over before a slow machine is back.
change_world '{"alertmanager":{"config":{"group_interval_ms":120000}}}'
known=$(heard github push | wc -l)
opsgate_kill
push_commit "while it was away"
page "While it was away"
alert WhileItWasAway
lost() { world_says '.github.deliveries[-1].status_code == 0'; }
check "GitHub tells nobody" wait_until 20 lost
opsgate_start
wait_opsgate 30
check "PagerDuty tells again" wait_until 30 has_heard pagerduty incident.triggered 3
check "Alertmanager tells again" wait_until 30 has_heard alertmanager alerts.firing 2
check "GitHub does not" has_heard github push "$known"
hook=$(world '.github.hooks[-1].id')
lost_id=$(world '.github.deliveries[-1].id')
send_again() {
    curl -s --noproxy '*' -o "$RUN/again" -w '%{http_code}' -X POST -H "Authorization: Bearer $SANDBOX_GITHUB_TOKEN" \
        "$SANDBOX_URL/github/repos/acme/platform/hooks/$hook/deliveries/$lost_id/attempts"
}
check "a person has it sent again" same 202 "$(send_again)"
check "and it is accepted" wait_until 20 has_heard github push $((known + 1))
check "once more" same 202 "$(send_again)"
known_again() { world_says '.github.deliveries[-1] | .redelivery and .status_code == 200'; }
check "is known" wait_until 20 known_again

# ---- kill -9 while they tell ----

round=0
while [ "$round" -lt "$kills" ]; do
    round=$((round + 1))
    for n in 1 2 3 4 5; do
        push_commit "push $round.$n"
        page "Page $round.$n"
        alert "Alert$round$n"
    done &
    senders=$!
    nap_ms "$(random_ms 20 400)"
    opsgate_kill
    opsgate_start
    wait "$senders"
    wait_opsgate 30
done
check "after $kills kills all that is told again has come" wait_until 60 all_came
pages=$(world '.pagerduty.incidents | length')
check "each of $pages pages is in the journal once" wait_until 60 has_heard pagerduty incident.triggered "$pages"
check "none of them twice" same "" "$(heard pagerduty incident.triggered | sort | uniq -d)"
check "each alert likewise" wait_until 60 has_heard alertmanager alerts.firing $((2 + 5 * kills))
accepted() {
    world '.github.deliveries[] | select(.event == "push" and .status_code == 202) | .guid' | sort -u
}
in_journal() { # what GitHub was told is ours, is; and what it was not told may be
    heard github push | sort >"$RUN/journal"
    accepted >"$RUN/accepted"
    [ -z "$(comm -23 "$RUN/accepted" "$RUN/journal")" ]
}
check "each push that was accepted is in the journal ($(accepted | wc -l))" wait_until 30 in_journal
check "and once" same "" "$(uniq -d "$RUN/journal")"
check "the journal is a chain" journal_is_a_chain
check "nothing is left over" wait_until 20 is_idle
opsgate_stop
check "it ends with 0" same 0 "$STATUS"
finish
