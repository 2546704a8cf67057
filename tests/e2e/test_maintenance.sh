#!/bin/sh
# Maintenance is planned, told, started by a button, holds the deploys of others, is extended, ended once its places are well, and
# watched; the public reads the same, each once, through a kill -9 and lost answers. Slips, overlaps and what is cancelled.
# shellcheck disable=SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
sed "s/local:root/local:$(id -un)/; s/^  watch: 2m/  watch: 6s/
    s/^    - { allow: maintenance, to: release-manager.*/    - { allow: [maintenance, deploy], to: [release-manager, developer], on: { environment: production } }\n    - { allow: approve, to: [developer, release-manager] }\n    - { require: { approvals: { from: developer } }, for: maintenance, on: { service: web } }/" \
    "$ROOT/deploy/sandbox.yaml" >"$RUN/opsgate.yaml"
CONFIG=$RUN/opsgate.yaml

planned() { # planned: the operation that the last answer names
    printf '%s\n' "$BODY" | grep -o 'D[0-9][0-9]*' | head -n 1
}

page_is() { # page_is STATUS: the newest of what the public reads
    world_says '.statuspage.incidents[0].status == $status' --arg status "$1"
}

updates() { # updates: what the public was told of the newest, oldest first, in one line
    world '.statuspage.incidents[0].incident_updates | reverse | map(.status) | join(" ")'
}

component_is() { # component_is ID STATUS
    world_says 'any(.statuspage.components[]; .id == $id and .status == $status)' --arg id "$1" --arg status "$2"
}

mails() { # mails PART: how many have that in their subject
    world '[.mail.mails[] | select(.subject | contains($part))] | length' --arg part "$1"
}

was_mailed() { # was_mailed PART
    [ "$(mails "$1")" = 1 ]
}

said() { # said TEXT: how often, in #deployments
    world '[.slack.channels[] | select(.name == "deployments") | .messages[] | select(.text // "" | contains($text))] | length' --arg text "$1"
}

said_longer() {
    world_says 'any(.statuspage.incidents[0].incident_updates[]; .body | contains("takes longer"))'
}

sandbox_up
opsgate_up || exit 1
wait_until 10 has_owner

# ---- what is refused, and what is never guessed ----

say "$ANN" /ops "maintenance"
check "nothing is planned yet" has "$BODY" "No maintenance is planned"
say "$ANN" /ops "maintenance paln api production in 5s for 10m why"
check "a slip is no guess" has "$BODY" "Did you mean \`maintenance plan\`? Nothing was done"
say "$ANN" /ops "maintenance plan apo production in 2d for 10m why"
check "nor one of a place" has "$BODY" "Did you mean \`api\`?"
say "$ANN" /ops "maintenance plan api production in 2h for 10m why"
check "so late it takes a reason" has "$BODY" "told at least 24 h ahead"
say "$ANN" /ops "maintenance plan api production \"Wed 22:00 Mars/Base\" for 10m why"
check "a zone that is none" has "$BODY" "not among those of \`maintenance.zones\`"
say "$EVE" /ops "maintenance plan api production in 2d for 10m why"
check "who may not is told so at once" has "$BODY" "enied"
say "$ANN" /ops "maintenance plan everything in 2d for 1h \"an upgrade\" --dry-run"
check "--dry-run tells what would be" has "$BODY" "api/production, web/production"
check "and plans nothing" has "$BODY" "Nothing was done"

# ---- planned, and cancelled ----

say "$ANN" /ops "maintenance plan api,web production in 2d for 1h \"an upgrade\""
early=$(planned)
check "one of its places takes somebody's consent" has "$BODY" "maintenance of \`api/production, web/production\` waits for consent"
check "and nobody is told before it" same 0 "$(world '.statuspage.incidents | length')"
say "$ANN" /ops "approve $early"
check "which is not one's own" has "$BODY" "Your consent does not count"
click "$BOB" "$early" Approve
check "it is given, and planned" wait_until 20 is_in_state "$early" planned
say "$ANN" /ops "status $early"
check "and says when it is told" has "$BODY" "at once, 24h before, 1h before"
check "the public hears of it" wait_until 20 page_is scheduled
check "and stakeholders" wait_until 20 was_mailed "planned ($early)"
say "$BOB" /ops "maintenance plan api production in 2d for 10m why"
check "no other one at the same time" has "$BODY" "would overlap with *$early*"
say "$BOB" /ops "status api production"
check "status tells of it" has "$BODY" "*$early*: maintenance of"
say "$ANN" /ops "maintenance start $early"
check "it does not begin sooner than was told" has "$BODY" "cannot begin sooner"
say "$ANN" /ops "maintenance cancel $early \"the vendor is not ready\""
check "it can be cancelled" wait_until 20 has_ended "$early"
check "of which the public hears" same "scheduled completed" "$(updates)"
check "and stakeholders, too" wait_until 20 was_mailed "cancelled ($early)"

# ---- its time comes: while opsgate is dead, and the answer of the status page is lost ----

arm statuspage POST drop_after 0
say "$ANN" /ops "maintenance plan api production in 5s for 10m \"database upgrade\" --short-notice \"it cannot wait\" --runbook say-hello"
id=$(planned)
opsgate_kill
opsgate_up && wait_until 20 has_owner
check "it asks when its time comes" wait_until 60 is_in_state "$id" asking
check "the public was told once, though the answer was lost" wait_until 60 page_is scheduled
check "which it was" same 1 "$(get "$SANDBOX_URL/_sandbox/calls" | jq '[.[] | select(.service == "statuspage" and .method == "POST" and .status == 0)] | length')"
check "by one entry" same 2 "$(world '.statuspage.incidents | length')"
say "$BOB" /ops "maintenance end $id"
check "what has not begun is not ended" has "$BODY" "has not begun"
click "$ANN" "$id" Start
check "a button starts it" wait_until 20 is_in_state "$id" running
check "the public reads so" wait_until 20 page_is in_progress
check "of its component, too" wait_until 20 component_is cmpapi000001 under_maintenance
say "$BOB" /ops "deploy api production v1.4.2"
check "nobody else deploys there" has "$BODY" "*at work*"
check "and is told what turns it" has "$BODY" "maintenance end $id"
say "$ANN" /ops "explain deploy api production v1.4.2"
check "but whoever planned it does" has_not "$BODY" "maintenance is at work"
check "its runbook runs" is_so "$id" '.body.work_id != null'

# ---- extended, not well, well ----

say "$ANN" /ops "maintenance extend $id 30m \"the copy takes long\""
check "a person extends it" has "$BODY" "is planned until"
check "and the public hears of that" wait_until 20 said_longer
say "$ANN" /ops "maintenance note $id \"half of it is done\""
check "a note is kept" is_so "$id" '.body.acts | contains("half of it is done")'
say "$ANN" /ops "maintenance end $id"
check "while its runbook is at work it is not ended" has "$BODY" "is still at work"
run=$(operation "$id" .body.work_id)
check "which waits for a person" wait_until 30 is_in_state "$run" confirming
say "$ANN" /ops "promote $run"
check "and ends" wait_until 30 has_ended "$run"
change_world "{\"health\":{\"service\":\"$PROD\",\"status\":500}}"
say "$ANN" /ops "maintenance end $id"
check "its places are looked at" has "$BODY" "is looked at"
check "what is not well is not freed" wait_until 30 is_so "$id" '.body.acts | contains("did not end it")'
check "and still holds" is_in_state "$id" running
change_world "{\"health\":{\"service\":\"$PROD\",\"status\":200}}"
say "$ANN" /ops "maintenance end $id"
check "once it is well it is free" wait_until 30 is_in_state "$id" watching "done"
opsgate_kill
opsgate_up && wait_until 20 has_owner
check "it is watched to its end, through a kill" wait_until 60 has_ended "$id"
check "and told what nobody could see" has "$(operation "$id" .summary)" "nothing worse was seen; \`api/production\`: no numbers"
check "the public reads that it is over" wait_until 20 page_is completed
check "and its component is set back" component_is cmpapi000001 operational
check "nothing is held any more" same "" "$(redis --raw hvals "$(key operations)" | jq -r 'select(.kind == "maintenance") | .id')"
is_all_said() {
    [ "$(said "*$id*, planned by")" -ge 1 ] && [ "$(said "has begun, until")" -ge 1 ] && [ "$(said "is over, after")" -ge 1 ]
}
wait_until 20 is_all_said # it ends whether Slack has taken that or not
check "each was said once in the channel" same "1 1 1" \
    "$(said "*$id*, planned by") $(said "has begun, until") $(said "is over, after")"

finish
