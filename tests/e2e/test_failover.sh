#!/bin/sh
# A database is failed over once: told first, its name typed, consented to, read again right before the call, followed and verified;
# through a kill -9, a lost answer, a refusal, another operation, and what has become worse meanwhile. To its standby, to a replica
# that is promoted, and on Memorystore.
# shellcheck disable=SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
sed "s/local:root/local:$(id -un)/
    /^  - name: platform-prod-db/,/recovery_point/ {
        s/recovery_point: 5m/&\n    cool_down: 15m/
    }
    s/^databases:.*/&\n  - { name: hand-db, environment: staging, runbook: move-hand, recovery_time: 15m }\n  - { name: reports-db, environment: staging, cloud_sql: { project: acme, instance: reports-db, replica: reports-db-replica }, recovery_point: 5m, max_lag: 30s }\n  - { name: session-cache, environment: staging, memorystore: { project: acme, region: us-central1, instance: session-cache }, cool_down: 1s }/
    s/^runbooks:.*/&\n  - { name: move-hand, target: hand-db, steps: [{ name: move, run: [mkdir, RUNDIR\/moved], timeout: 1m, on_crash: ask }, { manual: it_answers }] }/
    s/^    - { allow: failover, to: release-manager }/    - { allow: [failover, approve, retry, abort, promote], to: [release-manager, developer] }\n    - { require: { approvals: { from: developer }, reason: true }, for: failover, on: { database: session-cache } }/" \
    "$ROOT/deploy/sandbox.yaml" | sed "s|RUNDIR|$RUN|" >"$RUN/opsgate.yaml"
CONFIG=$RUN/opsgate.yaml

sql() { # sql INSTANCE FILTER
    world '.databases.sql[] | select(.name == $name) | '"$2" --arg name "$1"
}

cache() { # cache FILTER
    world '.databases.redis[0] | '"$1"
}

calls_of() { # calls_of PATTERN: how often Google was asked to change anything so
    get "$SANDBOX_URL/_sandbox/calls" | jq --arg pattern "$1" '[.[] | select(.method == "POST" and (.path | test($pattern)))] | length'
}

has_failed_over() { # has_failed_over COUNT: so often it has arrived
    [ "$(applied failover)" = "$1" ]
}

applied() { # applied PATTERN: how often something came of it
    get "$SANDBOX_URL/_sandbox/calls" | jq --arg pattern "$1" '[.[] | select(.applied and (.path | test($pattern)))] | length'
}

asked() { # asked: the operation that the last answer names
    printf '%s\n' "$BODY" | grep -o 'D[0-9][0-9]*' | head -n 1
}

ends_as() { # ends_as ID RESULT
    wait_until 90 has_ended "$1" && same "$2" "$(operation "$1" .result)"
}

is_quiet() { # nothing runs in Cloud SQL
    world_says 'all(.databases.operations[]; .over)'
}

begins_again() { # kill -9, and the same once more
    opsgate_kill
    opsgate_up && wait_until 20 has_owner
}

incident() { # the one that is open
    redis --raw hvals "$(key operations)" | jq -r 'select(.kind == "incident") | .id' 2>/dev/null | head -n 1
}

is_about_api() {
    [ -n "$(incident)" ] && is_in_state "$(incident)" open
}

sandbox_up
opsgate_up || exit 1
wait_until 10 has_owner

# ---- it is told, and nothing is done ----

say "$ANN" /failover
check "alone it lists what may be failed over" has "$BODY" "*platform-prod-db*: Cloud SQL, POSTGRES_15, *RUNNABLE*"
check "a replica, too" has "$BODY" "its replica \`reports-db-replica\` becomes a primary of its own"
check "and Memorystore" has "$BODY" "*session-cache*: Memorystore, REDIS_7_0, *READY*"
say "$ANN" /failover platform-prod-bd
check "a slip is no guess" has "$BODY" "Did you mean \`platform-prod-db\`? Nothing was done"
say "$ANN" /failover "platform-prod-db --confirm platform-prod-bd"
check "nor is the name typed wrongly the second time" has "$BODY" "typed once more"
say "$ANN" /failover "platform-prod-db --confrim platform-prod-db"
check "an option that is none is not passed over" has "$BODY" "--confirm"
say "$ANN" /failover platform-prod-db
check "the preflight tells the state" has "$BODY" "*RUNNABLE* in us-central1-a, REGIONAL (it has a standby)"
check "what may be lost" has "$BODY" "Data you may lose: nothing that was committed"
check "the last backup's age" has "$BODY" "Last backup: 20 h ago"
check "the objectives" has "$BODY" "RTO 15 min, RPO 5 min"
check "who needs it" has "$BODY" "Needed by: api/production"
check "and the line to type" has "$BODY" "\`failover platform-prod-db --confirm platform-prod-db"
say "$ANN" /failover hand-db
check "of what a runbook fails over its steps are told" has "$BODY" "(\`move\`): run \`mkdir"
check "nobody was asked to change anything" same 0 "$(calls_of 'failover|promote')"

# ---- by a runbook ----

say "$ANN" /failover "hand-db --confirm hand-db"
HAND=$(asked)
check "its name typed once more the runbook runs" wait_until 30 is_in_state "$HAND" confirming
check "its program has run" test -d "$RUN/moved"
check "its card tells what it is for" wait_until 20 card_shows "$HAND" "Fail over hand-db by move-hand"
say "$ANN" /ops "promote $HAND"
check "it is done" ends_as "$HAND" "done"
check "and timed against its objective" has "$(operation "$HAND" .summary)" "within 15 min (RTO)"

# ---- what must not go ----

change_world '{"databases":{"operation":{"instance":"platform-prod-db","type":"BACKUP_VOLUME"}}}'
say "$ANN" /failover "platform-prod-db --confirm platform-prod-db"
check "beside another operation none begins" has "$BODY" "\`BACKUP_VOLUME\` is at work on it"
change_world '{"databases":{"finish":"platform-prod-db"}}'
check "that ends" wait_until 30 is_quiet
change_world '{"databases":{"deny":["cloudsql.instances.failover"]}}'
say "$ANN" /failover "platform-prod-db --confirm platform-prod-db"
ID=$(asked)
check "without the permission it ends" ends_as "$ID" refused
check "and says which" has "$(operation "$ID" .summary)" "cloudsql.instances.failover"
change_world '{"databases":{"deny":[]}}'
say "$ANN" /ops 'halt "a fire"'
say "$ANN" /failover "platform-prod-db --confirm platform-prod-db"
check "a halt holds it" has "$BODY" "It can go on after \`unhalt\`"
say "$ANN" /ops unhalt
say "$ANN" /ops 'lock platform-prod-db "a migration"'
say "$BOB" /failover "platform-prod-db --confirm platform-prod-db"
check "so does a lock on the database" has "$BODY" "locked \`platform-prod-db/production\`"
say "$ANN" /ops "unlock platform-prod-db"
check "which is taken away by its name" has_not "$BODY" "Nothing was done"
say "$EVE" /failover "platform-prod-db --confirm platform-prod-db"
check "whoever may not is denied" has "$BODY" "*Denied*"
check "nothing came of any of that" same 0 "$(applied 'failover|promote')"

# ---- to its standby, through a kill ----

change_world '{"databases":{"take_ms":3600000}}' # until it is finished by hand
say "$ANN" /failover "platform-prod-db --confirm platform-prod-db --reason \"zone a is dark\""
ID=$(asked)
check "it begins" has "$BODY" "its standby in us-central1-c takes over"
check "it is followed" wait_until 30 is_in_state "$ID" following
say "$ANN" /ops "abort $ID"
check "it cannot be aborted any more" has "$BODY" "nothing takes a failover back"
say "$BOB" /failover "platform-prod-db --confirm platform-prod-db"
check "a second one is refused" has "$BODY" "*$ID* fails \`platform-prod-db\` over already"
check "opsgate dies, and comes again" begins_again
check "it is followed still" same following "$(operation "$ID" .state)"
change_world '{"databases":{"take_ms":2000,"finish":"platform-prod-db"}}'
check "it is done" ends_as "$ID" "done"
check "once" same 1 "$(applied failover)"
check "the primary is elsewhere" same us-central1-c "$(sql platform-prod-db .gceZone)"
check "within its time" has "$(operation "$ID" .summary)" "of 15 min (RTO)"
check "who needs it was asked" has "$(operation "$ID" .summary)" "api/production is healthy"
check "and the way back is told" has "$(operation "$ID" .summary)" "To go back: \`failover platform-prod-db\`"
check "its card shows so" wait_until 20 card_shows "$ID" "zone a is dark"
say "$ANN" /failover "platform-prod-db --confirm platform-prod-db"
check "so soon again it takes a word more" has "$BODY" "--again"

# ---- an answer that is lost; killed before one came ----

arm sqladmin failover drop_after 0
say "$ANN" /failover "platform-prod-db --confirm platform-prod-db --again"
ID=$(asked)
check "whose answer was lost is found" ends_as "$ID" "done"
check "and was not sent again" same 2 "$(applied failover)"
check "it is where it was at first" same us-central1-a "$(sql platform-prod-db .gceZone)"
arm sqladmin failover delay_after 20000
say "$ANN" /failover "platform-prod-db --confirm platform-prod-db --again"
ID=$(asked)
check "one is out" wait_until 30 is_in_state "$ID" sending
check "and has arrived" wait_until 30 has_failed_over 3
check "killed before its answer" begins_again
check "it is found" ends_as "$ID" "done"
check "once" same 3 "$(applied failover)"

# ---- nobody can tell: a person decides ----

arm sqladmin failover drop_before 0
say "$ANN" /failover "platform-prod-db --confirm platform-prod-db --again"
LOST=$(asked)
check "one never arrives" wait_until 30 is_in_state "$LOST" seeking

# ---- meanwhile: a replica is promoted ----

arm sqladmin instances/reports-db status 503
say "$ANN" /failover "reports-db --confirm reports-db"
check "a primary that does not answer once promotes nothing by itself" has "$BODY" "--promote"
change_world '{"databases":{"instance":{"name":"reports-db-replica","lag_s":null}}}'
say "$ANN" /failover "reports-db --confirm reports-db"
check "a loss that nobody knows has to be accepted" has "$BODY" "--lose unknown"
change_world '{"databases":{"instance":{"name":"reports-db-replica","lag_s":90}}}'
say "$ANN" /failover reports-db
check "the preflight tells how much" has "$BODY" "*90 s* of writes"
check "and that it is for good" has "$BODY" "This cannot be undone"
say "$ANN" /failover "reports-db --confirm reports-db --lose 60s"
check "less was accepted than would be lost" has "$BODY" "--confirm reports-db --lose 1m30s"
check "so nothing was done" same 0 "$(calls_of promote)"
say "$ANN" /failover "reports-db --confirm reports-db --lose 90s"
ID=$(asked)
check "with that it is promoted" ends_as "$ID" "done"
check "it is a primary now" same CLOUD_SQL_INSTANCE "$(sql reports-db-replica .instanceType)"
check "what to do by hand is told" has "$(operation "$ID" .summary)" "fence or remove \`reports-db\`"
check "and that the RPO was met" has "$(operation "$ID" .summary)" "RPO 5 min: met"
say "$ANN" /failover "reports-db --confirm reports-db --lose 90s --again"
check "once only" has "$BODY" "is no replica any more"

# ---- Memorystore, with consent ----

say "$ANN" /failover session-cache
check "its preflight tells what policy wants" has "$BODY" "As it stands policy would refuse it"
say "$ANN" /failover "session-cache --confirm session-cache"
check "without a reason it is denied" has "$BODY" "*Denied*"
say "$ANN" /failover "session-cache --confirm session-cache --reason drill"
ID=$(asked)
check "with one it waits" wait_until 20 is_in_state "$ID" awaiting-approval
change_world '{"databases":{"redis":{"instance":"session-cache","state":"MAINTENANCE"}}}'
say "$ANN" /ops "approve $ID"
check "who asked cannot consent" has "$BODY" "does not count"
say "$BOB" /ops "approve $ID"
check "somebody else can" has "$BODY" "is approved"
check "what has become worse meanwhile stops it" ends_as "$ID" refused
check "and is told" has "$(operation "$ID" .summary)" "it is MAINTENANCE"
change_world '{"databases":{"redis":{"instance":"session-cache","state":"READY","pending_bytes":99000000}}}'
say "$ANN" /failover "session-cache --confirm session-cache --reason drill"
ID=$(asked)
say "$BOB" /ops "approve $ID"
check "Memorystore refuses to lose so much" ends_as "$ID" refused
check "in its words" has "$(operation "$ID" .summary)" "LIMITED_DATA_LOSS"
say "$ANN" /failover "session-cache --confirm session-cache --force-data-loss --reason drill"
ID=$(asked)
say "$BOB" /ops "approve $ID"
check "unless it is forced" ends_as "$ID" "done"
check "its primary is elsewhere" same us-central1-b "$(cache .currentLocationId)"

# ---- what never arrived ----

check "a person is asked" wait_until 90 is_in_state "$LOST" asking
check "by its card" wait_until 20 card_shows "$LOST" "nobody knows whether it began"
check "nothing was sent again alone" same 3 "$(applied '/failover$')"
say "$ANN" /ops "retry $LOST"
check "who looked has it sent" has "$BODY" "the call is sent again"
check "and it is done" ends_as "$LOST" "done"

# ---- Google ends it with an error ----

change_world '{"databases":{"fail_next":{"code":"INTERNAL_ERROR","message":"the standby is not in sync"}}}'
say "$ANN" /failover "platform-prod-db --confirm platform-prod-db --again"
ID=$(asked)
check "a failover that fails is told" ends_as "$ID" failed
check "with why, and where to look" has "$(operation "$ID" .summary)" "the standby is not in sync. By hand: \`gcloud sql instances describe"
check "all ends" wait_until 30 is_idle

# ---- beside an incident ----

change_world '{"pagerduty":{"incident":{"title":"api is slow","service":"PSVC001","urgency":"high"}}}'
check "somebody is paged for who needs it" wait_until 30 is_about_api
say "$ANN" /failover platform-prod-db
check "the preflight names the incident" has "$BODY" "Open incident: $(incident)"
say "$ANN" /failover "platform-prod-db --confirm platform-prod-db --again"
ID=$(asked)
check "it is failed over" ends_as "$ID" "done"
check "its card names it, too" wait_until 20 card_shows "$ID" "Incident"
check "and the incident has it among its changes" has "$("$BUILD/opsgate" -c "$CONFIG" run incident postmortem "$(incident)")" "failover, platform-prod-db"
finish
