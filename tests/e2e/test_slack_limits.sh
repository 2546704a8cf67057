#!/bin/sh
# Slack takes a few updates a minute, and a dozen rollouts have more to show: it says so once in each of its minutes, not to
# each card, nothing is lost, and in the end every card is right.
# shellcheck disable=SC2016,SC2034 # jq has variables of its own; lib.sh reads CONFIG
. "$(dirname "$0")/lib.sh"
begin "$1"
SERVICES=12
UPDATES=10 # a minute

sandbox_up
change_world "{\"limit_posts\":true,\"slack_limits\":{\"chat.update\":$UPDATES}}"
{
    sed '/^  components:/d; /^databases:/,/^services:/{/^services:/!d}; /^services:/q' "$ROOT/deploy/sandbox.yaml"
    for i in $(seq $SERVICES); do
        change_world "{\"service\":{\"id\":\"s$i\",\"environment\":\"staging\"}}" || exit 1
        cat <<YAML
  - name: s$i
    artifact: { image: "us-docker.pkg.dev/acme/images/api:{version}" }
    environments: [{ name: staging, strategy: all-at-once, driver: { cloud_run: { project: acme, region: us-central1, service: s$i } } }]
YAML
    done
    echo 'policy: { roles: [{ name: release-manager, members: ["slack:U012AB3CD"] }], rules: [{ allow: deploy, to: release-manager }] }'
} >"$RUN/opsgate.yaml"
CONFIG=$RUN/opsgate.yaml
opsgate_up || exit 1
check_not "so many calls of nothing are no limit" change_world '{"slack_limits":{"chat.update":-1}}'

for i in $(seq $SERVICES); do
    say "$ANN" /deploy "s$i staging v1.4.2"
done

all_are_shown() {
    [ "$(redis hlen "$(key ended)")" = $SERVICES ] && [ "$(redis hlen "$(key effects)")" = 0 ]
}
check "all of it is shown in the end" wait_until 400 all_are_shown
for i in $(seq $SERVICES); do
    check "D$i: its one card tells how it ended" card_says "D$i" "serves all traffic"
done
check "the limit was hit" world_says 'any(.slack.limits_hit[]; .limit == "chat.update")'
# Who is not answered for two seconds is no more waited for: on a slow machine several may be on their way when the first is told.
refused_calls() {
    get "$SANDBOX_URL/_sandbox/calls" |
        jq '[.[] | select(.service == "slack" and .status == 429 and (.path | endswith("/chat.update")))]'
}
asked_though_told() { # calls that were refused, and began when one before them in that minute had been for ten seconds
    refused_calls | jq --argjson hit "$(world '.slack.limits_hit | tojson')" '
        . as $refused | [$hit[] | select(.limit == "chat.update") | . as $minute
           | [$refused[] | select(.at_ms >= $minute.at_ms and .at_ms < $minute.until_ms)]
           | ([.[].ended_at_ms // infinite] | min) as $told_ms | .[] | select(.at_ms > $told_ms + 10000)] | length'
}
check "each refusal was a call's" same "$(world '[.slack.limits_hit[] | select(.limit == "chat.update") | .refused] | add')" "$(refused_calls | jq length)"
check "and in each minute of Slack's to one card alone, with all those that wait" same 0 "$(asked_though_told)"
check "and the minutes that were hit are few" \
    world_says '[.slack.limits_hit[] | select(.limit == "chat.update")] | length <= 4'
finish
