#!/bin/sh
# The road trip storyteller of deploy/examples, walked through: every procedure of its runbook, as its operators type it, and what was
# called for it, word for word. Headings are those of deploy/examples/README.md. Numbers come sooner here, and its Slack knows Ann and Bob.
# shellcheck disable=SC2016,SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
. "$(dirname "$0")/procedures.sh"
sandbox_up
programs "$RUN/checkout/scripts" database_backup.sh smoke_tests.sh restore_backup.sh health_check_all.sh
programs "$RUN/checkout/scripts/security" secret-rotation.sh
mkdir -p "$RUN/checkout/backend"
change_world '{"metrics":{"scrape_ms":500}}'
change_world '{"service":{"id":"roadtrip-api","project":"roadtrip-prod","environment":"production"}}'
change_world '{"service":{"id":"roadtrip-api-staging","project":"roadtrip-prod"}}'
change_world '{"databases":{"make":{"project":"roadtrip-prod","name":"roadtrip-db","settings":{"availabilityType":"REGIONAL"},"secondaryGceZone":"us-central1-c","replicaNames":["roadtrip-db-replica"]}}}'
change_world '{"databases":{"make":{"project":"roadtrip-prod","name":"roadtrip-db-replica","type":"READ_REPLICA_INSTANCE","masterInstanceName":"roadtrip-prod:roadtrip-db"}}}'
change_world '{"databases":{"make":{"project":"roadtrip-prod","name":"roadtrip-db-scratch","settings":{}}}}'
change_world '{"databases":{"file":"gs://roadtrip-backups/backup-file.sql"}}'
change_world '{"databases":{"backup":{"instance":"roadtrip-db","age_ms":3600000}}}'
change_world '{"databases":{"make_redis":{"project":"roadtrip-prod","instance":"roadtrip-redis"}}}'
users_come 200
programs "$RUN/bin" alembic
system_up road-trip-storyteller "s|roadtrip/storyteller|acme/platform|; s|slack: U0BOBWILSN,|& github: bob,|; s|U0JOHNSMIT|$ANN|; s|U0JANEDOE1|$BOB|; s|S0ENGINEER|S0ENG|; s|Mon-Thu 09:00-16:00 America/New_York|Mon-Sun 00:00-24:00 UTC|; /queries:/,/max: 5/d
    s|bake: 30m|bake: 3s|; s|watch: 1h|watch: 3s|; s|^\\( *\\)error_rate: 5%.*|\\1error_rate: 5%\\n\\1block: 1s|; s|environment: staging, for: 30m|environment: staging, for: 1s|
    s|gcr.io/roadtrip-prod/roadtrip-api:|us-docker.pkg.dev/acme/images/api:|; /^protections:/,/^\$/s|project: .*|project: acme|; s|policy: roadtrip-waf-policy|policy: edge-policy|"
DB="psql -h /cloudsql/roadtrip-prod:us-central1:roadtrip-db -U postgres -c"

asked_of() { # asked_of SERVICE FILTER: Cloud Run was, in this project
    asked PATCH "projects/roadtrip-prod/locations/us-central1/services/$1" "$2"
}

queried() { # queried SQL
    # shellcheck disable=SC2086 # words
    called $DB "$1"
}

echo "--- Daily health checks"
check "they are gone through" walk "$ANN" 'run daily-health'
check "health" called curl -fsS https://api.roadtripstoryteller.com/health
check "in detail" called curl -fsS https://api.roadtripstoryteller.com/health/detailed
check "the database" called gcloud sql operations list --instance=roadtrip-db --limit=5
check "the cache" called gcloud redis instances describe roadtrip-redis --region=us-central1
check "errors" called gcloud logging read 'severity>=ERROR' --limit=50 --format=json

echo "--- Weekly maintenance"
check "it is gone through" walk "$ANN" 'run weekly-maintenance'
check "operations" called gcloud sql operations list --instance=roadtrip-db
check "slow queries" queried "SELECT query, calls, mean_exec_time FROM pg_stat_statements ORDER BY mean_exec_time DESC LIMIT 10;"
check "what the firewall does" called gcloud compute security-policies describe roadtrip-waf-policy
check "who could not sign in" called gcloud logging read 'jsonPayload.event_type="authentication_failed"' --limit=100

echo "--- Monthly tasks"
check "they are gone through" walk "$ANN" 'run monthly-tasks'
check "what would be rotated" called secret-rotation.sh --dry-run
check "what it said is confirmed, then they are" called secret-rotation.sh
check "in that order" same "[secret-rotation.sh][--dry-run] [secret-rotation.sh]" "$(grep -F '[secret-rotation.sh]' "$CALLED" | tr '\n' ' ' | sed 's/ $//')"
check "which backups there are" called gsutil ls "gs://roadtrip-backups/roadtrip-backup-*"
check "one is restored in staging" walk "$ANN" 'run test-restore roadtrip-backup-20261101'
check "as by hand" called restore_backup.sh --backup-id=roadtrip-backup-20261101 --target=staging
check "and tried" called smoke_tests.sh staging

echo "--- Standard deployment"
check "a version goes to staging" walk "$ANN" 'run deploy-staging v1.4.2'
check "by Cloud Run" asked_of roadtrip-api-staging '[.traffic[]?.percent] | index(100)'
check "and is tried" same 2 "$(grep -cx '\[smoke_tests.sh\]\[staging\]' "$CALLED")"
image_is_green() { # image_is_green VERSION
    change_world "{\"github\":{\"tag\":{\"name\":\"$1\",\"at\":\"main\"}}}"
    change_world "{\"github\":{\"check\":{\"at\":\"$1\",\"name\":\"build\",\"status\":\"completed\",\"conclusion\":\"success\"}}}"
}

goes_to_production() { # once staging has had it for long enough; sets D
    say "$ANN" /deploy "roadtrip-api production v1.4.2"
    D=$(newest)
    wait_until 60 has_moved_on "$D" && ! has_ended "$D"
}

has_moved_on() {
    has_ended "$1" || is_in_state "$1" awaiting-checks awaiting-approval
}

image_is_green v1.4.2
wait_until 30 goes_to_production
check "production waits for consent" wait_until 60 is_in_state "$D" awaiting-approval
say "$BOB" /ops "approve $D"
check "then it is deployed" wait_until 120 has_ended "$D"
check "well" same "done" "$(operation "$D" .result)"
check "by a tenth" asked_of roadtrip-api '[.traffic[]?.percent] | index(10)'
check "then to all" asked_of roadtrip-api '[.traffic[]?.percent] | index(100)'

echo "--- Common issues"
check "a restart" walk "$ANN" 'restart roadtrip-api production --strategy all-at-once'
check "is a new revision, which serves" serves roadtrip-api "$(world '.run.services[] | select(.id == "roadtrip-api") | .revisions[0].id')"
check "connections are counted" walk "$ANN" 'run connections'
check "by PostgreSQL" queried "SELECT count(*) FROM pg_stat_activity;"
check "idle ones are ended" walk "$ANN" 'run kill-idle-connections --reason exhausted'
check "those alone" queried "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle' AND state_change < now() - interval '10 minutes';"
before=$(calls)
check "the cache is flushed by its name alone" walk_refused "$ANN" 'run flush-cache --reason full' '--confirm roadtrip-redis'
check "a slip flushes nothing" walk_refused "$ANN" 'run flush-cache --reason full --confirm roadtrip-reddis' 'is not the name'
check "nothing was called" same "$before" "$(calls)"
say "$ANN" /ops 'run flush-cache --reason full --confirm roadtrip-redis'
D=$(newest)
check "named, somebody else consents" wait_until 30 is_in_state "$D" awaiting-approval
say "$BOB" /ops "approve $D"
check "and it is flushed" wait_until 60 has_ended "$D"
check "as by hand" called redis-cli -h roadtrip-redis FLUSHDB
check "what Vertex AI lets us have" walk "$ANN" 'run ai-quota'
check "is told by the project" called gcloud compute project-info describe --project=roadtrip-prod

echo "--- P1 incident response playbook"
say "$ANN" /incident "declare P1 API down"
D=$(newest)
check "1: it has a channel of its own" wait_until 30 world_says '[.slack.channels[] | select(.name | startswith("inc-"))] | length == 1'
say "$ANN" /ops "incident ack $D"
say "$ANN" /ops "rollback roadtrip-api production"
R=$(newest)
check "3: the way back, while it is open" wait_until 60 has_ended "$R"
check "of all traffic" same "done" "$(operation "$R" .result)"
check "3: the database fails over" walk "$ANN" 'failover roadtrip-db --confirm roadtrip-db --reason P1'
check "by its own name, not the replica's" asked POST 'projects/roadtrip-prod/instances/roadtrip-db/failover'
check "3: more instances" walk "$ANN" 'scale roadtrip-api production 1 100'
check "a hundred" asked_of roadtrip-api '.scaling.maxInstanceCount == 100'
say "$ANN" /ops "incident resolve $D \"scaled\""
check "5: it is resolved" wait_until 30 is_so "$D" '.state != "open"'

echo "--- Database operations"
check "migrations, staging first" walk "$ANN" 'run migrate-staging'
check "up" called alembic upgrade head
check "production after a backup" walk "$ANN" 'run migrate --reason release'
check "which is made first" called gcloud sql backups create --instance=roadtrip-db "--description=Manual backup before migration"
say "$ANN" /ops 'run migrate-back --reason broken --confirm roadtrip-db'
D=$(newest)
wait_until 30 is_in_state "$D" awaiting-approval
say "$BOB" /ops "approve $D"
check "and one back" wait_until 60 has_ended "$D"
check "down" called alembic downgrade -1
check "the backup of every night" walk "$ANN" 'run backup-script --reason night'
check "is the script's" called database_backup.sh

check "what is run by itself is listed" has "$(say "$ANN" /ops schedules; echo "$BODY")" backup-script
check "an on-demand backup" walk "$ANN" 'backup create roadtrip-db "Manual backup before migration"'
check "has its words" asked POST 'roadtrip-prod/instances/roadtrip-db/backupRuns' '.description // "" | contains("Manual backup before migration")'
check "an export" walk "$ANN" 'backup export roadtrip-db'
check "is a file of its own in the bucket" asked POST 'instances/roadtrip-db/export' \
    '.exportContext | (.uri | startswith("gs://roadtrip-backups/")) and .databases == ["roadtrip_prod"]'
say "$ANN" /ops "backup list roadtrip-db"
check "backups are listed" has "$BODY" "Manual backup before migration"
check "a restore is tried elsewhere" walk "$ANN" 'backup restore roadtrip-db latest --into roadtrip-db-scratch --reason drill'
check "there" asked POST 'instances/roadtrip-db-scratch/restoreBackup'
check "an empty table would be an error" called psql -h /cloudsql/roadtrip-prod:us-central1:roadtrip-db-scratch -U postgres -c "SELECT 1 / (SELECT COUNT(*) FROM users), 1 / (SELECT COUNT(*) FROM trips);"
check "and looked at there" called psql -h /cloudsql/roadtrip-prod:us-central1:roadtrip-db-scratch -U postgres -c "SELECT COUNT(*) FROM users;"
check "what overwrites is only told at first" walk_refused "$ANN" 'backup import roadtrip-db gs://roadtrip-backups/backup-file.sql --reason loss' '--confirm roadtrip-db'
check_not "and nothing is imported" asked POST 'instances/roadtrip-db/import'
say "$ANN" /ops 'backup import roadtrip-db gs://roadtrip-backups/backup-file.sql --reason loss --confirm roadtrip-db'
D=$(newest)
check "named, somebody else consents" wait_until 30 is_in_state "$D" awaiting-approval
say "$BOB" /ops "approve $D"
check "and it is imported" wait_until 120 has_ended "$D"
check "well" same "done" "$(operation "$D" .result)"
check "as by hand" asked POST 'instances/roadtrip-db/import' '.importContext | .uri == "gs://roadtrip-backups/backup-file.sql" and .database == "roadtrip_prod"'

echo "--- Complete outage: database, Redis, API"
from=$(($(calls) + 1))
rm "$RUN/checkout/scripts/health_check_all.sh"
printf '#!/bin/sh\necho "[health_check_all.sh]" >>"%s"\nexit 1\n' "$CALLED" >"$RUN/checkout/scripts/health_check_all.sh"
chmod +x "$RUN/checkout/scripts/health_check_all.sh" # it fails, as it does where everything is down
check "it is recovered from" walk "$ANN" 'run recover-from-outage'
check "in that order" same "health_check_all.sh sql redis run curl users trips" "$(tail -n +$from "$CALLED" | sed -n \
    's/^\[health_check_all.sh\].*/health_check_all.sh/p; s/^\[gcloud\]\[\([a-z]*\)\].*/\1/p; s/^\[curl\].*/curl/p; s/.*COUNT(\*) FROM \([a-z]*\);\]$/\1/p' | tr '\n' ' ' | sed 's/ $//')"

echo "--- Secrets"
check "they are rotated by their name" walk "$ANN" 'rotate secrets --reason monthly'
check "once more" same 2 "$(grep -cxF '[secret-rotation.sh]' "$CALLED")"

echo "--- Data breach"
check "it is answered step by step" walk "$ANN" 'run data-breach'
check "secrets are rotated, the third time" same 3 "$(grep -cxF '[secret-rotation.sh]' "$CALLED")"
check "logging says more" asked_of roadtrip-api '[.template.containers[0].env[]? | select(.name == "LOG_LEVEL") | .value] == ["DEBUG"]'
check "access is read" called gcloud logging read 'protoPayload.authenticationInfo.principalEmail!=null' --limit=1000 --format=json

echo "--- DDoS"
check "layer 7 is defended" walk "$ANN" 'ddos on'
check "by Cloud Armor" asked PATCH securityPolicies/edge-policy '.adaptiveProtectionConfig.layer7DdosDefenseConfig.enable == true'
say "$ANN" /ops 'block 203.0.113.7 for 1h "an attacker"'
D=$(newest)
check "an attacker is kept away" wait_until 30 asked POST securityPolicies/edge-policy/addRule '.action == "deny(403)" and .match.config.srcIpRanges == ["203.0.113.7/32"]'
check "and listed" wait_until 10 answers "$ANN" blocks 203.0.113.7
check "and another one" answers "$ANN" 'block 198.51.100.77 for 1h "another"' 198.51.100.77
check "beside the first" wait_until 30 asked POST securityPolicies/edge-policy/addRule '.match.config.srcIpRanges == ["198.51.100.77/32"]'
check "one is let in again" answers "$ANN" 'unblock 203.0.113.7' 203.0.113.7
check "and its rule is gone, while the other's stands" wait_until 30 world_says \
    '[.armor.policies[0].rules[] | select(.priority >= 9000 and .priority < 10000) | .match.config.srcIpRanges[]] == ["198.51.100.77/32"]'
check "more instances still" walk "$ANN" 'scale roadtrip-api production 1 200'
check "two hundred" asked_of roadtrip-api '.scaling.maxInstanceCount == 200'

echo "--- Cheatsheet"
wrote roadtrip-prod roadtrip-api "a story was told"
check "logs" answers "$ANN" "logs roadtrip-api production" "a story was told"
check "of that service" searched 'resource.labels.service_name="roadtrip-api"'
check "the certificate" walk "$ANN" 'run certificate'
check "is shown" called openssl s_client -connect api.roadtripstoryteller.com:443 -servername api.roadtripstoryteller.com
nothing_is_under_way() { # but the incident, which waits for its post-mortem
    [ "$(redis hlen "$(key effects)")" = 0 ] && [ "$(redis hlen "$(key messages)")" = 0 ]
}
check "nothing is left over" wait_until 30 nothing_is_under_way
check "the journal is a chain" journal_is_a_chain
finish
