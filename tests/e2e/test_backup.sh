#!/bin/sh
# Backups of a database: made, listed, restored into another instance first, verified there by a runbook, promoted by a person, and
# the way back; exported, imported. Each call is sent once, through a kill -9, a lost answer, a refusal, an error of Google's.
# shellcheck disable=SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
sed "s/local:root/local:$(id -un)/
    s/restore_into: platform-scratch-db }/restore_into: platform-scratch-db, verify: look }/
    s/^databases:.*/&\n  - { name: reports-db, environment: staging, cloud_sql: { project: acme, instance: reports-db } }/
    s/^runbooks:.*/&\n  - { name: restore-test, steps: [{ verb: \"backup restore platform-prod-db latest --into platform-scratch-db\" }] }\n  - { name: look, args: [{ name: instance, pattern: \"*-db\" }], steps: [{ check: [test, -e, \"{instance}.good\"], every: 1s, timeout: 3s }], environment: {} }/
    s/^    - { allow: restore, to: release-manager }/    - { allow: [restore, run, promote, abort, retry, approve], to: [release-manager, developer] }\n    - { require: { approvals: { from: developer } }, for: restore, on: { database: reports-db } }/" \
    "$ROOT/deploy/sandbox.yaml" >"$RUN/opsgate.yaml"
sed -i "s|{instance}.good|$RUN/{instance}.good|; s/, environment: {} }/ }/" "$RUN/opsgate.yaml"
CONFIG=$RUN/opsgate.yaml
SQL=/v1/projects/acme/instances

applied() { # applied PATTERN: how many calls changed anything
    get "$SANDBOX_URL/_sandbox/calls" | jq --arg pattern "$1" '[.[] | select(.applied and .method == "POST" and (.path | test($pattern)))] | length'
}

asked() { # asked: the operation that the last answer names
    printf '%s\n' "$BODY" | grep -o 'D[0-9][0-9]*' | head -n 1
}

ends_as() { # ends_as ID RESULT
    wait_until 90 has_ended "$1" && same "$2" "$(operation "$1" .result)"
}

newest() { # newest INSTANCE FILTER: of its backups
    world '[.databases.backups[] | select(.instance == $name)] | last | '"$2" --arg name "$1"
}

holds() { # holds INSTANCE: what it was made anew from
    world '.databases.contents[$name] // "its own"' --arg name "$1"
}

is_made_of() { # is_made_of INSTANCE WHAT
    world_says '.databases.contents[$name] == $what' --arg name "$1" --arg what "$2"
}

begins_again() { # kill -9, and the same once more
    opsgate_kill
    opsgate_up && wait_until 20 has_owner
}

sandbox_up
opsgate_up || exit 1
wait_until 10 has_owner

# ---- made, and listed ----

say "$ANN" /ops "backup list platform-prod-db"
check "the list tells how old each is" has "$BODY" "AUTOMATED, SUCCESSFUL, 20 h ago"
say "$ANN" /ops "backup create platform-prod-bd"
check "a slip is no guess" has "$BODY" "Did you mean \`platform-prod-db\`? Nothing was done"
say "$ANN" /ops "backup crate platform-prod-db"
check "nor is one of what to do" has "$BODY" "Did you mean \`create\`? Nothing was done"
say "$EVE" /ops "backup create platform-prod-db"
check "whoever may not is denied" has "$BODY" "*Denied*"
arm sqladmin "POST $SQL/platform-prod-db/backupRuns" drop_after 0
say "$ANN" /ops "backup create platform-prod-db \"before v2.4.0\""
ID=$(asked)
check "one is made, though its answer is lost" ends_as "$ID" "done"
check "once" same 1 "$(applied 'backupRuns$')"
check "with why, and whose it is" has "$(newest platform-prod-db .description)" "before v2.4.0 (opsgate $ID"
check "its end tells the line that restores it" has "$(operation "$ID" .summary)" "backup restore platform-prod-db $(newest platform-prod-db .id)"
check "its card shows so" wait_until 20 card_shows "$ID" "before v2.4.0"
ID1=$(newest platform-prod-db .id)
change_world '{"databases":{"deny":["cloudsql.backupRuns.create"]}}'
say "$ANN" /ops "backup create platform-prod-db"
ID=$(asked)
check "without the permission it ends" ends_as "$ID" refused
check "and says which" has "$(operation "$ID" .summary)" "cloudsql.backupRuns.create"
change_world '{"databases":{"deny":[],"fail_next":{"code":"INTERNAL_ERROR","message":"the disk is full"}}}'
say "$ANN" /ops "backup create platform-prod-db"
ID=$(asked)
check "what Google ends with an error has failed" ends_as "$ID" failed
check "with why" has "$(operation "$ID" .summary)" "the disk is full"
change_world '{"databases":{"backup":{"instance":"reports-db","age_ms":1,"status":"FAILED"}}}'
say "$ANN" /ops "backup list reports-db"
check "one that failed is listed as that" has "$BODY" "AUTOMATED, FAILED"

# ---- an answer that never came, of a call that never arrived; with consent ----

arm sqladmin "POST $SQL/reports-db/restoreBackup" drop_before 0
change_world '{"databases":{"instance":{"name":"reports-db","replicaNames":["reports-db-replica"]}}}'
FIRST=$(world '[.databases.backups[] | select(.instance == "reports-db" and .status == "SUCCESSFUL")][0].id')
say "$ANN" /ops "backup restore reports-db $FIRST --confirm reports-db --no-safety-backup"
check "nothing is restored over what has replicas" has "$BODY" "Delete its replicas first"
change_world '{"databases":{"instance":{"name":"reports-db","replicaNames":[]}}}'
say "$ANN" /ops "backup restore reports-db $FIRST --confirm reports-db --no-safety-backup"
LOST=$(asked)
check "where consent is required it waits" wait_until 20 is_in_state "$LOST" awaiting-approval
say "$ANN" /ops "approve $LOST"
check "who asked cannot consent" has "$BODY" "does not count"
say "$BOB" /ops "approve $LOST"
check "somebody else can" has "$BODY" "is approved"
check "its call never arrives" wait_until 30 is_in_state "$LOST" seeking

# ---- what a restore would do ----

say "$ANN" /ops "backup restore platform-prod-db 17"
check "a backup that is not there is none" has "$BODY" "there is no backup \`17\` of it"
say "$ANN" /ops "backup restore platform-prod-db $ID1"
check "it is told what is lost" has "$BODY" "everything that was written to \`platform-prod-db\` since the backup"
check "and that another instance comes first" has "$BODY" "It goes into \`platform-scratch-db\` first"
check "and the line" has "$BODY" "\`backup restore platform-prod-db $ID1 --confirm platform-prod-db"
say "$ANN" /ops "backup restore platform-prod-db $ID1 --confirm platform-prod-bd"
check "a name typed wrongly the second time does nothing" has "$BODY" "typed once more"
say "$ANN" /ops "backup restore platform-prod-db latest --confirm platform-prod-db"
check "which one it is has to be said" has "$BODY" "tells its number"
say "$ANN" /ops "backup restore platform-prod-db latest --into reports-db"
check "no other instance is overwritten" has "$BODY" "takes \`platform-scratch-db\`"
check "nothing was restored" same 0 "$(applied restoreBackup)"

# ---- a restore test ----

say "$ANN" /ops "backup restore platform-prod-db latest --into platform-scratch-db"
ID=$(asked)
check "one that is not verified has failed" ends_as "$ID" failed
check "and says by what, and that the database is as it was" has "$(operation "$ID" .summary)" "The database itself was not changed"
check "it is there all the same" same "$ID1" "$(holds platform-scratch-db)"
: >"$RUN/platform-scratch-db.good"
say "$BOB" /ops "backup restore platform-prod-db latest --into platform-scratch-db"
ID=$(asked)
check "one that is verified is done" ends_as "$ID" "done"
check "and says so" has "$(operation "$ID" .summary)" "Verified by \`look\`"
say "$BOB" /ops "run restore-test"
ID=$(asked)
check "a runbook tests it as well" ends_as "$ID" "done"
check "the database is as it was" same "its own" "$(holds platform-prod-db)"

# ---- the restore, through a kill ----

say "$ANN" /ops 'halt "a fire"'
say "$ANN" /ops "backup restore platform-prod-db $ID1 --confirm platform-prod-db"
check "a halt holds it" has "$BODY" "It can go on after \`unhalt\`"
say "$ANN" /ops unhalt
change_world '{"databases":{"take_ms":3600000}}' # until it is finished by hand
say "$ANN" /ops "backup restore platform-prod-db $ID1 --confirm platform-prod-db --reason \"a bad migration\""
RESTORE=$(asked)
check "it begins in the other instance" wait_until 30 is_in_state "$RESTORE" following
say "$ANN" /ops "backup restore platform-prod-db $ID1 --confirm platform-prod-db"
check "a second one is refused" has "$BODY" "*$RESTORE* restores or imports \`platform-prod-db\` already"
say "$ANN" /ops "abort $RESTORE"
check "its call is followed to its end" has "$BODY" "cannot be aborted just now"
check "opsgate dies, and comes again" begins_again
change_world '{"databases":{"take_ms":1000,"finish":"platform-scratch-db"}}'
check "a person is waited for" wait_until 60 is_in_state "$RESTORE" proved
check "the database is as it was still" same "its own" "$(holds platform-prod-db)"
check "its card asks" wait_until 20 card_shows "$RESTORE" "Restore it over platform-prod-db"
arm sqladmin "POST $SQL/platform-prod-db/restoreBackup" delay_after 20000
: >"$RUN/platform-prod-db.good"
say "$ANN" /ops "promote $RESTORE"
check "somebody says go on" has "$BODY" "once what is there is backed up"
check "the call is out" wait_until 60 is_in_state "$RESTORE" sending
check "and has arrived" wait_until 30 is_made_of platform-prod-db "$ID1"
check "killed before its answer" begins_again
check "it is found, and done" ends_as "$RESTORE" "done"
check "once" same 1 "$(applied "$SQL/platform-prod-db/restoreBackup")"
check "what was there was backed up first" has "$(newest platform-prod-db .description)" "before backup $ID1 is restored"
SAFETY=$(newest platform-prod-db .id)
check "and that is the way back" has "$(operation "$RESTORE" .summary)" "To go back: \`backup restore platform-prod-db $SAFETY\`"
check "it was verified there, too" has "$(operation "$RESTORE" .summary)" "Verified by \`look\`"
check "who needs it was asked" has "$(operation "$RESTORE" .summary)" "api/production is healthy"
say "$ANN" /ops "promote $RESTORE"
check "what has ended is not promoted again" has "$BODY" "$RESTORE"
check "no call went out for it" same 1 "$(applied "$SQL/platform-prod-db/restoreBackup")"

# ---- exported, and imported ----

say "$BOB" /ops "backup export platform-prod-db platfrom"
check "a database that is none there is no guess" has "$BODY" "Did you mean \`platform\`?"
say "$BOB" /ops "backup export platform-prod-db"
ID=$(asked)
check "the only one there is exported" ends_as "$ID" "done"
FILE=$(world '.databases.files | last')
check "to a file of its own" has "$FILE" "gs://acme-backups/platform-prod-db/platform-"
check "which its end names" has "$(operation "$ID" .summary)" "$FILE"
say "$ANN" /ops "backup import platform-prod-db gs://elsewhere/x.sql --confirm platform-prod-db"
check "what lies in nobody's bucket is not imported" has "$BODY" "is not in \`gs://acme-backups\`"
say "$ANN" /ops "backup import platform-prod-db $FILE"
check "an import is told first" has "$BODY" "\`backup import platform-prod-db platform $FILE --confirm platform-prod-db"
say "$ANN" /ops "lock platform-prod-db \"a migration\""
say "$BOB" /ops "backup import platform-prod-db $FILE --confirm platform-prod-db"
check "a lock on the database holds it" has "$BODY" "locked \`platform-prod-db/production\`"
say "$ANN" /ops "unlock platform-prod-db"
say "$ANN" /ops "backup import platform-prod-db $FILE --confirm platform-prod-db"
ID=$(asked)
check "its name typed once more it is imported" ends_as "$ID" "done"
check "that file" same "$FILE" "$(holds platform-prod-db)"
say "$ANN" /ops "backup import platform-prod-db gs://acme-backups/no-such.sql --confirm platform-prod-db"
ID=$(asked)
check "a file that is not there fails" ends_as "$ID" failed
check "and the way back is told, for nobody knows how much was done" has "$(operation "$ID" .summary)" "To go back:"

# ---- what never arrived ----

check "a person is asked" wait_until 120 is_in_state "$LOST" asking
check "nothing was sent again alone" same 0 "$(applied "$SQL/reports-db/restoreBackup")"
say "$ANN" /ops "retry $LOST"
check "who looked has it sent" has "$BODY" "the call is sent again"
check "and it is done" ends_as "$LOST" "done"
check "without a way back, as it was asked for" has "$(operation "$LOST" .summary)" "Nothing goes back"
check "all ends" wait_until 30 is_idle
finish
