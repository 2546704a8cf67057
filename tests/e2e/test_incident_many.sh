#!/bin/sh
# Thirty alerts at once open thirty incidents, and Slack lets opsgate make twenty channels a minute: #incidents is told how many
# wait, once, though opsgate is killed meanwhile, and when none does any more; each has its channel in the end.
# shellcheck disable=SC2016,SC2119,SC2317 # jq has variables of its own; functions are called by name
. "$(dirname "$0")/lib.sh"
begin "$1"
MANY=30

sandbox_up
CONFIG=$RUN/opsgate.yaml
sed "s/local:root/local:$(id -un)/" "$ROOT/deploy/sandbox.yaml" >"$CONFIG"
change_world '{"alertmanager":{"config":{"group_wait_ms":50,"group_interval_ms":200}}}'
opsgate_up || exit 1
wait_until 10 has_owner

said() { # said PATTERN: how often in #incidents, in whatever message
    world '[.slack.channels[] | select(.name == "incidents") | .messages[].text] | .[]' | grep -oE "$1" | wc -l
}

is_said() {
    [ "$(said "$1")" -gt 0 ]
}

channels() {
    world '[.slack.channels[] | select(.name | startswith("inc-"))] | length'
}

have_all() {
    [ "$(redis --raw hvals "$(key operations)" | jq -s '[.[] | select(.kind == "incident" and .body.channel)] | length')" = "$MANY" ]
}

for n in $(seq $MANY); do
    change_world "$(jq -cn --arg alertname "Alert$n" '{ alertmanager: { fire: { labels: { $alertname, severity: "critical" } } } }')"
done
are_open() {
    [ "$(redis --raw hvals "$(key operations)" | jq -s '[.[] | select(.kind == "incident")] | length')" = "$MANY" ]
}
WAIT='[0-9]+ incidents wait for their channels'
check "#incidents is told that many wait" wait_until 75 is_said "$WAIT"
check "as many as still do" [ "$(channels)" -lt "$MANY" ]
check "all of them are opened meanwhile" wait_until 20 are_open # it is told as soon as twenty have theirs
"$BUILD/opsgate" -c "$CONFIG" run incident list >"$RUN/answer"
check "the list has all of them now" has "$(cat "$RUN/answer")" "$MANY incidents are open."
"$BUILD/opsgate" -c "$CONFIG" run status >"$RUN/answer"
check "and status says how many more there are" has "$(cat "$RUN/answer")" "and $((MANY - 10)) more incidents"
opsgate_kill
opsgate_up
check "it is told when none waits any more" wait_until 240 is_said "No incident waits for its channel any more"
check "each has its own" have_all
check "there is one for each" same "$MANY" "$(channels)"
check "that many wait is told once" same 1 "$(said "$WAIT")"
check "and that none does" same 1 "$(said "No incident waits for its channel any more")"
check "each was announced once" same "$MANY" "$(said 'is opened by Alertmanager')"
check "the journal is a chain" journal_is_a_chain
finish
