#!/bin/sh
# Backups of a database: made, listed, restored into another instance first, verified there by a runbook, promoted by a person, and
# the way back; exported, imported. Each call is sent once, through a kill -9, a lost answer, a refusal, an error of Google's.
# shellcheck disable=SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
sed "s/local:root/local:$(id -un)/
    s/restore_into: platform-scratch-db }/restore_into: platform-scratch-db, verify: look }/
    s/^databases:.*/&\n  - { name: reports-db, environment: staging, cloud_sql: { project: acme, instance: reports-db } }/
    s/^runbooks:.*/&\n  - { name: look, args: [{ name: instance, pattern: \"*-db\" }], steps: [{ check: [test, -e, \"{instance}.good\"], every: 1s, timeout: 10s }], environment: {} }/
    s/^    - { allow: restore, to: release-manager }/    - { allow: [restore, run, promote, abort, retry, approve], to: [release-manager, developer] }\n    - { require: { approvals: { from: developer } }, for: restore, on: { database: reports-db } }/" \
    "$ROOT/deploy/sandbox.yaml" >"$RUN/opsgate.yaml"
sed -i "s|{instance}.good|$RUN/{instance}.good|; s/, environment: {} }/ }/" "$RUN/opsgate.yaml"
CONFIG=$RUN/opsgate.yaml

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
arm sqladmin backupRuns drop_after 0 POST
say "$ANN" /ops "backup create platform-prod-db \"before v2.4.0\""
ID=$(asked)
check "one is made, though its answer is lost" ends_as "$ID" "done"
check "once" same 1 "$(applied 'backupRuns$')"
check "with why, and whose it is" has "$(newest platform-prod-db .description)" "before v2.4.0 (opsgate $ID"
check "its end tells the line that restores it" has "$(operation "$ID" .summary)" "backup restore platform-prod-db $(newest platform-prod-db .id)"
check "its card shows so" wait_until 20 card_shows "$ID" "before v2.4.0"
finish
