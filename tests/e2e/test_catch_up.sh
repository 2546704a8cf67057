#!/bin/sh
# GitHub never sends twice: what it could not deliver is read from its log, at the start and every few moments, and is in
# the journal once; also when a person has it sent again, and whenever opsgate is killed meanwhile. PagerDuty falls silent
# when it is refused: it is made to tell again, and what it did not tell is read.
# shellcheck disable=SC2016,SC2119,SC2317 # jq has variables of its own; functions are called by name
. "$(dirname "$0")/lib.sh"
begin "$1"
kills=$([ -n "${OPSGATE_E2E_FULL:-}" ] && echo 6 || echo 3)
sandbox_up
change_world '{"github":{"hook":{"secret":"sandbox-github-secret","content_type":"form","events":["*"]}}}'
hook=$(world '.github.hooks[-1].id')
CONFIG=$RUN/opsgate.yaml
sed "s|^  webhook_secrets: .*GITHUB.*|&\n  hooks: [{ repository: acme/platform, id: $hook }]\n  catch_up: 1s|
    s|^  from: ann@.*|&\n  subscriptions: PSUB001\n  watch: 1s|" \
    "$ROOT/deploy/sandbox.yaml" >"$CONFIG"
opsgate_up || exit 1
wait_until 10 has_owner

heard() { # the guids of the pushes in the journal, in order
    journal | jq -r '.core | select(.kind == "event.received") | .body | select(.source == "github" and .name == "push") | .id'
}

has_heard() { # has_heard TIMES
    [ "$(heard | wc -l)" -eq "$1" ]
}

caught_up() { # those of them that were read from the log
    journal | jq -r '.core | select(.kind == "event.received" and .body.caught_up) | .body.id'
}

push_commit() { # push_commit MESSAGE: GitHub tells of it once
    change_world "$(jq -cn --arg message "$1" '{ github: { commit: { $message } } }')"
}

was_answered() { # was_answered STATUS: the last delivery
    world_says ".github.deliveries[-1].status_code == $1"
}

watermark() { # of the App's log; 0: never read to its end
    redis --raw hvals "$(key operations)" | jq 'select(.kind == "watch.github") | .body.logs[0].looked_at_ms'
}

has_looked() {
    [ "$(watermark)" -gt "${1:-0}" ]
}

# ---- what came is left alone ----

check "the log is read at the start" wait_until 30 has_looked
push_commit first
check "a push that came" wait_until 10 has_heard 1
check "is not caught up with" same "" "$(caught_up)"

# ---- what did not, while opsgate is killed as it catches up ----

change_world '{"github":{"hook_fault":{"event":"push","fault":"bad_signature"}}}'
push_commit refused
check "one that was refused" wait_until 10 was_answered 401
opsgate_kill
for n in 1 2 3 4 5 6 7 8; do
    push_commit "while it was away, $n"
done
reached_nobody() { world_says '[.github.deliveries[] | select(.event == "push" and .status_code == 0)] | length == 8'; }
check "and eight that reached nobody" wait_until 20 reached_nobody
nap_ms 31000 # younger ones could still be on their way
some_more() { [ "$(heard | wc -l)" -gt "$known" ]; }
round=0
while [ "$round" -lt "$kills" ]; do
    round=$((round + 1))
    known=$(heard | wc -l)
    disarm
    arm github /deliveries/ delay_before 200 $((8 / kills))
    arm github /deliveries/ delay_before 30000 1000 # so that each round finds some that no round before has read
    opsgate_start
    check "some are read from the log" wait_until 60 some_more
    nap_ms "$(random_ms 0 250)"
    opsgate_kill
done
opsgate_start
wait_opsgate 30
disarm
check "after $kills kills all nine are in the journal" wait_until 90 has_heard 10
check "and said to be caught up with" same 9 "$(caught_up | sort -u | wc -l)"
before=$(watermark)
check "and when the log is read again" wait_until 60 has_looked "$before"
check "each is there once" same "" "$(heard | sort | uniq -d)"
check "and they are all" has_heard 10

# ---- and they come by the hook after all ----

send_again() {
    curl -s --noproxy '*' -o "$RUN/again" -w '%{http_code}' -X POST -H "Authorization: Bearer $SANDBOX_GITHUB_TOKEN" \
        "$SANDBOX_URL/github/repos/acme/platform/hooks/$hook/deliveries/$(world '.github.deliveries[-1].id')/attempts"
}
check "a person has one sent again" same 202 "$(send_again)"
known_again() { world_says '.github.deliveries[-1] | .redelivery and .status_code == 200'; }
check "it is known" wait_until 20 known_again
check "and no more" has_heard 10

detailed() { # detailed FILTER: of /health/detailed, by the local socket
    curl -s --unix-socket "$OPSGATE_DATA/opsgate.sock" http://localhost/health/detailed | jq -r "$1"
}
check "/health/detailed says how far it has come" same "hook $hook of acme/platform 0 true" \
    "$(detailed '.catch_up[0] | "\(.log) \(.lost) \(.looked_at > 0 and .watermark > 0)"')"
check "and how long ago that is" same true "$(detailed '.catch_up[0].watermark_age_s | . >= 0 and . < 3600')"
check "so does doctor" has "$("$BUILD/opsgate" -c "$CONFIG" doctor)" "hook $hook of acme/platform: read up to 20"

# ---- PagerDuty falls silent ----

page() { # page TITLE: PagerDuty tells of it, if it does
    change_world "$(jq -cn --arg title "$1" '{ pagerduty: { incident: { $title, urgency: "high" } } }')"
}

of_pagerduty() { # of_pagerduty KIND: how many entries of the journal are of it
    journal | jq -s --arg kind "$1" '[.[] | select(.core.kind == $kind)] | length'
}

has_of() { # has_of KIND TIMES
    [ "$(of_pagerduty "$1")" -eq "$2" ]
}

check "nothing was wrong with PagerDuty's subscription" has_of subscription.failed 0
change_world '{"pagerduty":{"retry_ms":200,"subscription":{"id":"PSUB001","unsigned":true}}}'
page "Nobody signs this"
page "Nor this"
page "Nor that"
check "one that was refused three times is found silent" wait_until 60 has_of subscription.failed 1
change_world '{"pagerduty":{"subscription":{"id":"PSUB001","unsigned":false}}}'
check "and enabled again" wait_until 60 has_of subscription.works 1
check "the three it did not tell of are read" wait_until 60 has_of incident.differs 3
check "people are told" wait_until 30 world_says '[.slack.channels[].messages[] | tostring | select(contains("silenced"))] | length == 1'
page "It tells again"
check "and it tells again" wait_until 30 has_of event.received 11

# ---- as an App ----

opsgate_stop
check "it ends with 0" same 0 "$STATUS"
GITHUB_APP_KEY=$(get "$SANDBOX_URL/_sandbox/github-app.pem")
export GITHUB_APP_KEY
change_world '{"github":{"hook":{"kind":"app","secret":"sandbox-github-secret"}}}'
sed -i '/^  hooks:/d
    s|^  token: .*GITHUB.*|  app: { id: 12345, private_key: "${env:GITHUB_APP_KEY}" }|' "$CONFIG"
opsgate_start
wait_opsgate 30
app_log_read() { [ "$(detailed '.catch_up[0] | "\(.log) \(.looked_at > 0) \(.problem)"')" = "the App true null" ]; }
check "the App's own log is read, with its key" wait_until 60 app_log_read

check "the journal is a chain" journal_is_a_chain
opsgate_stop
check "it ends with 0" same 0 "$STATUS"
finish
