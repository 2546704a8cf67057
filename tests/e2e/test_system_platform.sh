#!/bin/sh
# The AI assistant platform of deploy/examples, walked through: every procedure of its documents, as its operators type it, and what
# was called for it, word for word. Headings are those of deploy/examples/README.md. Of the example four things are other here: the
# world is the sandbox's, in one project; numbers come from Prometheus, and sooner; and nobody waits an hour.
# shellcheck disable=SC2016,SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
. "$(dirname "$0")/procedures.sh"
sandbox_up
for where in staging production; do
    programs "$RUN/checkout/infrastructure/$where" deploy.sh
done
change_world '{"metrics":{"scrape_ms":500}}'
change_world '{"databases":{"make_redis":{"project":"acme","instance":"platform-prod-redis"}}}'
change_world '{"databases":{"make":{"project":"acme","name":"platform-db","settings":{"availabilityType":"REGIONAL"},"secondaryGceZone":"us-central1-c"}}}'
for service in websocket-service websocket-prod-service agent-service agent-prod-service; do
    change_world "{\"service\":{\"id\":\"$service\"}}"
done
users_come 200
system_up ai-assistant-platform "s|project: platform-[a-z]*|project: acme|; s|google_cloud_monitoring: true|prometheus: \"\${env:SANDBOX_URL}/prometheus\"|
    s|\\([ {]bake: \\)[0-9]*m|\\13s|g; s|watch: 1h|watch: 3s|g; s|error_rate: 0.5%|&, block: 1s|; s|^\( *\)error_rate: 0.5%, block: 1s *#.*|\1error_rate: 0.5%\n\1block: 1s|
    s|environment: staging, for: 1h|environment: staging, for: 1s|
    s|^  announce: \\[48h.*|&\\n  watch: 5s|; /^maintenance:/,/^\$/s|windows: .*|windows: 'Mon-Sun 00:00-24:00 UTC'|"

image() { # image VERSION: built, tagged, green
    change_world "{\"tag\":{\"tag\":\"$1\",\"version\":\"${1#v}\",\"repository\":\"platform-prod/api\"}}"
}

split() { # split PERCENT: Cloud Run was asked for so much on the newest revision
    asked PATCH services/api-prod-service "[.traffic[]?.percent] | index($1)"
}

goes_to_production() { # goes_to_production VERSION: once staging has had it for long enough; sets D
    say "$ANN" /deploy "api production $1 ${more:-}"
    D=$(newest)
    wait_until 60 has_moved_on "$D" && ! has_ended "$D"
}

has_moved_on() {
    has_ended "$1" || is_in_state "$1" awaiting-checks awaiting-approval
}

consented() { # consented ID: it waits for somebody else's word, and gets it
    wait_until 60 is_in_state "$1" awaiting-approval && say "$BOB" /ops "approve $1"
}

ends_as() { # ends_as RESULT ID
    wait_until 120 has_ended "$2"
    same "$1" "$(operation "$2" .result)" || { operation "$2" .summary; return 1; }
}

echo "--- Step 1, 2, 3 and 5: infrastructure, databases, LiveKit, frontends"
check "set up phase by phase, and what has to be filled in asked for" walk "$ANN" 'run set-up-production --reason first'
check "infrastructure" called deploy.sh --skip-backend --skip-frontend
check "databases" called deploy.sh --skip-infrastructure --skip-backend --skip-frontend
check "connection pooling" called gcloud sql instances patch platform-prod-db --database-flags=cloudsql.enable_pgbouncer=on
check "LiveKit" called deploy.sh --skip-infrastructure --skip-database --skip-backend --skip-frontend
check "services, blue-green" called deploy.sh --skip-infrastructure --skip-database --skip-frontend --blue-green
check "frontends" called deploy.sh --skip-infrastructure --skip-database --skip-backend
check "what browsers keep" called gsutil setmeta -h "Cache-Control:public, max-age=31536000, immutable" "gs://platform-prod-landing/assets/**"
check "the uptime check" called gcloud monitoring uptime-check-configs create api-uptime "--display-name=API Uptime" \
    --http-check=https://api.platform.com/health --period=60 --timeout=10
check "verified" called deploy.sh --verify-only
check "nine calls, and none that nobody asked for" same 9 "$(calls)"
check "a phase is left out by name" walk "$ANN" 'run set-up-production --reason again --skip infrastructure --skip database --skip pooling --skip livekit --skip backend --skip cache --skip uptime'
check "and no other was run" same 11 "$(calls)"
check "--verify-only is --checks-only" walk "$ANN" 'run set-up-production --reason look --checks-only'
check "which calls the verification alone" same "12 deploy.sh" "$(calls) $(tail -n 1 "$CALLED" | sed 's/\[\([a-z.]*\)\]\[--verify-only\]/\1/')"
check "another LiveKit server" walk "$ANN" 'run add-livekit zone=b --reason load'
check "is made as it was by hand" called gcloud compute instances create livekit-server-b --machine-type=n2-standard-4 --zone=us-central1-b \
    --network-interface=subnet=platform-prod-subnet-b --image-family=ubuntu-2204-lts --image-project=ubuntu-os-cloud \
    --tags=livekit-server "--metadata-from-file=startup-script=$RUN/checkout/infrastructure/production/livekit-startup.sh"
check "in no other zone" walk_refused "$ANN" 'run add-livekit zone=d --reason load' 'expected one of `b`, `c`'
check "their load balancer" walk "$ANN" 'run balance-livekit --reason load'
check "likewise" called gcloud compute backend-services create livekit-backend --protocol=TCP --port=7880 --health-checks=livekit-health-check --global
check "the CDN forgets" walk "$ANN" 'run invalidate-cdn --reason stale'
check "everything" called gcloud compute url-maps invalidate-cdn-cache platform-prod-lb "--path=/*" --async

echo "--- First-Time Deployment: staging"
check "staging is set up" walk "$ANN" 'run set-up-staging'
check "without what the production script alone does" called deploy.sh --skip-infrastructure

echo "--- Step 4: backend, by canary"
image v2.0.0
say "$ANN" /deploy "api staging v2.0.0"
D=$(newest)
check "a version is tried in staging" ends_as "done" "$D"
change_world '{"github":{"tag":{"name":"v2.0.0","at":"main"}}}'
change_world '{"github":{"check":{"at":"v2.0.0","name":"build","status":"completed","conclusion":"success"}}}'
check "its consent waits until it was good there for long enough" wait_until 30 goes_to_production v2.0.0
check "for production somebody else consents" consented "$D"
check "then it goes up" ends_as "done" "$D"
for percent in 5 25 50 100; do
    check "by $percent %" split "$percent"
done

echo "--- Step 4: back above 0.5 % of errors"
image v2.1.0
change_world '{"behaviour":{"image":"v2.1.0","error_rate":0.2}}'
change_world '{"github":{"tag":{"name":"v2.1.0","at":"main"}}}'
change_world '{"behaviour":{"service":"api-service","error_rate":0}}'
say "$ANN" /deploy "api staging v2.1.0"
D=$(newest)
check "one that breaks" ends_as "done" "$D"
wait_until 30 goes_to_production v2.1.0
check "is consented to" consented "$D"
check "and goes back by itself" ends_as failed "$D"
check "before half of the users met it" same "" "$(operation "$D" '.body.steps[]? | select(.percent == 50 and .verdict == "pass") | .percent')"

echo "--- Step 4: manual traffic control"
OLD=$(world '.run.services[] | select(.id == "api-prod-service") | .trafficStatuses[] | select(.percent == 100) | .revision')
NEW=$(world '.run.services[] | select(.id == "api-prod-service") | [.revisions[].id | select(. != $old)] | first' --arg old "$OLD")
say "$ANN" /ops "traffic api production"
check "the revisions are listed" has "$BODY" "$OLD"
check "a share is given by hand" walk "$ANN" "traffic api production $NEW=5 $OLD=95 --confirm $NEW --reason compare"
check "as it was by hand" asked PATCH services/api-prod-service "$(share "$NEW" 5) and $(share "$OLD" 95)"
check "and taken back" walk "$ANN" "traffic api production $OLD=100"

echo "--- Blue-green"
change_world '{"github":{"tag":{"name":"v2.2.0","at":"main"}}}'
image v2.2.0
say "$ANN" /deploy "api staging v2.2.0"
check "another version" ends_as "done" "$(newest)"
more="--strategy blue-green"
wait_until 30 goes_to_production v2.2.0
check "is consented to" consented "$D"
check "and switched at once, then watched" wait_until 60 is_in_state "$D" watching

echo "--- Rollback, service failure"
say "$ANN" /rollback "api production"
check "the way back" ends_as "done" "$(newest)"
check "gives all traffic to the one before" serves api-prod-service "$OLD"

echo "--- LiveKit"
check "its servers are asked" walk "$ANN" 'run check-livekit'
check "each" called curl -fsS http://livekit-server-c.us-central1-c.c.platform-prod.internal:7881/
check "their logs" walk "$ANN" 'run livekit-logs a'
check "are read on the machine" called gcloud compute ssh livekit-server-a --zone=us-central1-a "--command=docker logs livekit-livekit-1 --tail=100"
check "one is reset" walk "$ANN" 'run reset-livekit a --reason stuck'
check "by its zone" called gcloud compute instances reset livekit-server-a --zone=us-central1-a
check_not "no other one" called gcloud compute instances reset livekit-server-b --zone=us-central1-b

echo "--- Database failure"
check "a slip acts on nothing" walk_refused "$ANN" 'failover platform-prod-bd' 'platform-prod-db'
before=$(calls)
walk_refused "$ANN" 'failover platform-prod-db --confirm platform-prod-bd --reason drill' 'platform-prod-db'
check_not "nor one in the name that is typed again" asked POST 'platform-prod-db/failover'
check "named, it fails over" walk "$ANN" 'failover platform-prod-db --confirm platform-prod-db --reason drill'
check "by Cloud SQL" asked POST 'projects/acme/instances/platform-prod-db/failover'
check "and no program" same "$before" "$(calls)"

say "$ANN" /ops "backup list platform-prod-db"
check "its backups are listed" has "$BODY" "AUTOMATED"
BACKUP=$(world '[.databases.backups[] | select(.instance == "platform-prod-db")] | last | .id')
check "latest is no number of one" walk_refused "$ANN" 'backup restore platform-prod-db latest --reason loss --confirm platform-prod-db' 'tells its number'
check "a restore is only told at first" walk_refused "$ANN" "backup restore platform-prod-db $BACKUP --reason loss" '--confirm platform-prod-db'
check_not "and nothing is restored" asked POST 'platform-prod-db/restoreBackup'
check "named, it is restored" walk "$ANN" "backup restore platform-prod-db $BACKUP --reason loss --confirm platform-prod-db"
check "over the database that was meant, from that one" asked POST 'projects/acme/instances/platform-prod-db/restoreBackup' ".restoreBackupContext | .instanceId == \"platform-prod-db\" and (.backupRunId | tostring) == \"$BACKUP\""
check "after a backup of what was there" asked POST 'projects/acme/instances/platform-prod-db/backupRuns'

echo "--- View logs"
wrote acme api-prod-service "no route to the walker" ERROR
check "what a service wrote" answers "$ANN" "logs api production" "no route to the walker"
check "is asked of Cloud Logging" searched 'resource.labels.service_name="api-prod-service"'

echo "--- Complete outage"
before=$(calls)
check "the first word only tells" walk_refused "$ANN" 'run move-region us-west1 10.1.2.3 --reason outage' '--confirm api/production'
check "and calls nothing" same "$before" "$(calls)"
check "named, everything moves" walk "$ANN" 'run move-region us-west1 10.1.2.3 --reason outage --confirm api/production'
check "the region" called deploy.sh --region=us-west1 --production
check "the names" called gcloud dns record-sets update api.platform.com. --type=A --zone=platform-com --ttl=60 --rrdatas=10.1.2.3
check "in that order" same "deploy.sh curl gcloud curl" "$(tail -n 4 "$CALLED" | sed 's/^\[\([a-z.]*\)\].*/\1/' | tr '\n' ' ' | sed 's/ $//')"

echo "--- IP whitelisting, audit, GDPR, load, costs"
check "who may reach the administration" walk "$BOB" 'run restrict-admin 203.0.113.7/32 198.51.100.0/24'
check "is the firewall's" called gcloud compute firewall-rules create platform-admin-whitelist --network=platform-prod-vpc --allow=tcp:443 \
    --source-ranges=203.0.113.7/32,198.51.100.0/24 --target-tags=admin-access
check "an address that is none is refused" walk_refused "$BOB" 'run restrict-admin office 198.51.100.0/24' 'office'
check "the audit log" walk "$ANN" 'run audit-log'
check "is read" called gcloud logging read protoPayload.serviceName=run.googleapis.com --limit=100 --format=json
check "a person's data" walk "$ANN" 'run gdpr-export GDPR-17'
check "is exported" called curl -fsS -X POST https://api.platform.com/api/users/export -H @/run/secrets/gdpr-header -o /var/lib/opsgate/gdpr/GDPR-17.json
check "and deleted, by its name" walk "$ANN" 'run gdpr-delete GDPR-17 --reason GDPR-17 --confirm api/production'
check "for good" called curl -fsS -X DELETE https://api.platform.com/api/users/me -H @/run/secrets/gdpr-header
check "load" walk "$ANN" 'run load-test'
check "comes from k6" called k6 run --vus 100 --duration 5m "$RUN/checkout/load-test.js"
check "costs" walk "$ANN" 'run costs'
check "are billed" called gcloud billing projects describe platform-prod

echo "--- Maintenance procedure"
check "less than a day ahead is not announced" walk_refused "$ANN" 'maintenance plan api production in 2h for 1h "an update"' '--short-notice'
say "$ANN" /ops 'maintenance plan api production now for 1h "an update" --short-notice "walked through"'
D=$(newest)
check "a maintenance is told to all" wait_until 30 world_says '[.slack.channels[] | select(.name == "deployments") | .messages[] | select(.text // "" | contains("an update"))] | length >= 1'
check "by mail too" wait_until 30 world_says '[.mail[]? | select(tostring | contains("eng@platform.com") and contains("an update"))] | length >= 1'
say "$ANN" /ops "maintenance start $D"
check "it starts" wait_until 30 is_in_state "$D" running
say "$BOB" /deploy "api production v2.0.0 --reason hurry"
check "others wait for its end" has "$BODY" "$D"
say "$ANN" /ops "maintenance end $D"
check "its end is looked at, and watched" wait_until 60 has_ended "$D"
check "and was good" same "done" "$(operation "$D" .result)"

echo "--- Incident response, P0 to P4"
for severity in P0 P1 P2 P3 P4; do
    check "a $severity has its channel, somebody who leads it, and an end" declared "$ANN" "$severity"
done

echo "--- Regular reviews, go-live"
for review in weekly-review monthly-review quarterly-review go-live; do
    check "the $review is gone through" walk "$ANN" "run $review"
done
check "and called for what it needs" called k6 run --vus 200 --duration 5m "$RUN/checkout/load-test.js"
nothing_is_under_way() { # but incidents, which wait for their post-mortems
    [ "$(redis hlen "$(key effects)")" = 0 ] && [ "$(redis hlen "$(key messages)")" = 0 ]
}
check "nothing is left over" wait_until 30 nothing_is_under_way
check "the journal is a chain" journal_is_a_chain
finish
