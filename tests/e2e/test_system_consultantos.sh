#!/bin/sh
# ConsultantOS of deploy/examples, walked through: every procedure of its runbook, as its operators type it, and what was called for
# it, word for word. Headings are those of deploy/examples/README.md. Numbers come from Prometheus here, and sooner.
# shellcheck disable=SC2016,SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
. "$(dirname "$0")/procedures.sh"
sandbox_up
change_world '{"metrics":{"scrape_ms":500}}'
change_world '{"service":{"id":"consultantos","project":"example-project","environment":"production"}}'
SITE=https://consultantos.example.com
users_come 200
system_up consultantos "s|path: /health/ready|path: /health|; s|google_cloud_monitoring: true|prometheus: \"\${env:SANDBOX_URL}/prometheus\"|; s|U0PRIMARY1|$ANN|; s|U0TEAMLEAD|$BOB|
    s|\\([ {]bake: \\)[0-9]*m|\\13s|; s|watch: 1h|watch: 3s|; s|^\\( *\\)error_rate: 1%.*|\\1error_rate: 1%\\n\\1block: 1s|
    s|us-central1-docker.pkg.dev/\${env:GCP_PROJECT_ID}/cloud-run-source-deploy/consultantos:|us-docker.pkg.dev/acme/images/api:|"

setting() { # setting FILTER: Cloud Run was asked for that
    asked PATCH projects/example-project/locations/us-central1/services/consultantos "$1"
}

echo "--- Standard deployment"
say "$ANN" /deploy "consultantos production v1.4.2"
D=$(newest)
check "a version is deployed" wait_until 120 has_ended "$D"
check "well" same "done" "$(operation "$D" .result)"
check "by a tenth first" setting '[.traffic[]?.percent] | index(10)'
check "then to everybody" setting '[.traffic[]?.percent] | index(100)'
check "verified after it" walk "$ANN" 'run verify'
for probe in live ready startup detailed; do
    check "by its $probe probe" called curl -fsS "$SITE/health/$probe"
done
check "and by an analysis" called curl -fsS -X POST "$SITE/analyze" -H "Content-Type: application/json" \
    -d '{"company": "Tesla", "industry": "Electric Vehicles", "frameworks": ["porter"]}'

echo "--- Rollback to a named revision"
NEW=$(world '.run.services[] | select(.id == "consultantos") | .trafficStatuses[] | select(.percent == 100) | .revision')
OLD=$(world '.run.services[] | select(.id == "consultantos") | [.revisions[].id | select(. != $new)] | first' --arg new "$NEW")
check "to one by its name" walk "$ANN" "traffic consultantos production $OLD=100 --confirm $OLD"
check "as by hand" serves consultantos "$OLD"
check "and forward again" walk "$ANN" "traffic consultantos production $NEW=100 --confirm $NEW"
say "$ANN" /rollback "consultantos production"
D=$(newest)
check "or to the last good one, without a name" wait_until 60 has_ended "$D"
check "likewise" same "done" "$(operation "$D" .result)"
say "$ANN" /deploy "consultantos production v1.4.1 --strategy all-at-once"
D=$(newest)
check "and on, by a version" wait_until 120 has_ended "$D"
check "well, too" same "done" "$(operation "$D" .result)"

echo "--- Readiness probe failing"
check "it is asked what is wrong" walk "$ANN" 'run diagnose'
check "itself" called curl -sS "$SITE/health/detailed"
check "whether Firestore is there" called gcloud firestore databases list
check "whether it may read it" called gcloud projects get-iam-policy example-project
check "which variables it has" called gcloud run services describe consultantos --region us-central1 --format 'value(spec.template.spec.containers[0].env)'
check "a restart" walk "$ANN" 'restart consultantos production'
check "is a new revision" setting '.template.revision // "" | contains("consultantos")'

echo "--- High latency, memory, and the tables of sizes"
check "what it counts is shown" walk "$ANN" 'run metrics'
check "all of it" called curl -fsS "$SITE/health/metrics"
check "a longer timeout" walk "$ANN" 'set consultantos production timeout=600'
check "is set" setting '.template.timeout == "600s"'
check "more of everything" walk "$ANN" 'set consultantos production memory=4Gi cpu=4'
check "is set, too" setting '.template.containers[0].resources.limits | .memory == "4Gi" and .cpu == "4"'
check "the sizes of a standard production" walk "$ANN" 'set consultantos production memory=4Gi cpu=2 concurrency=80'
check "are set" setting '(.template.containers[0].resources.limits | .memory == "4Gi" and .cpu == "2") and .template.maxInstanceRequestConcurrency == 80'

echo "--- Job queue, and how many instances"
check "what waits is listed" walk "$ANN" 'run pending-jobs'
check "by its status" called curl -fsS "$SITE/jobs?status=pending"
check "more instances" walk "$ANN" 'scale consultantos production 1 20'
check "at most twenty" setting '.scaling | .minInstanceCount == 1 and .maxInstanceCount == 20'
check "for a peak" walk "$ANN" 'scale consultantos production 2 50'
check "fifty" setting '.scaling | .minInstanceCount == 2 and .maxInstanceCount == 50'

echo "--- Firestore: a backup, and back from one"
check "a backup" walk "$ANN" 'run export-firestore'
check "lies under its day" called gcloud firestore export "gs://example-project-backups/firestore/$(date -u +%Y%m%d)"
before=$(calls)
check "what would overwrite is only told at first" walk_refused "$ANN" 'run import-firestore 20261101 --reason loss' '--confirm consultantos/production'
check "a slip acts on nothing" walk_refused "$ANN" 'run import-firestore 20261101 --reason loss --confirm consultantos/prodution' 'is not the name'
check "nor an option in place of a day" walk_refused "$ANN" 'run import-firestore --all' 'the option'
check "nothing was called" same "$before" "$(calls)"
say "$ANN" /ops 'run import-firestore 20261101 --reason loss --confirm consultantos/production'
D=$(newest)
check "named, it waits for a word through another door" wait_until 30 is_in_state "$D" awaiting-approval
"$BUILD/opsgate" -c "$CONFIG" run approve "$D" >"$RUN/said" 2>&1
check "and goes on with it" wait_until 120 is_over_or_confirmed "$D" "$ANN"
check "to its end" same "done" "$(operation "$D" .result)"
check "what there was is kept" called gcloud firestore export "gs://example-project-backups/firestore/before-import-$(date -u +%Y%m%d)"
check "before what there is comes back" called gcloud firestore import gs://example-project-backups/firestore/20261101
check "and it was looked at" same "2" "$(grep -c analyze "$CALLED")"

echo "--- Logs and routine maintenance"
wrote example-project consultantos "request_id=abc123 the model did not answer" ERROR
wrote example-project consultantos "execution_time_seconds=12"
check "errors are read" answers "$ANN" "logs consultantos production --errors" "the model did not answer"
check "as by hand" searched 'severity>=ERROR'
check "one request" answers "$ANN" "logs consultantos production --request abc123" "the model did not answer"
check "by its number" searched abc123
check "slow ones" answers "$ANN" "logs consultantos production --grep execution_time_seconds" "execution_time_seconds=12"
check "by their words" searched execution_time_seconds
check "logs are exported" walk "$ANN" 'run export-logs'
check "all of them" called gcloud logging read resource.type=cloud_run_revision --format json
for review in weekly-review monthly-review quarterly-review; do
    check "the $review is gone through" walk "$ANN" "run $review"
done
check "backups were listed" called gcloud storage ls gs://example-project-backups/firestore/
check "nothing is left over" wait_until 30 is_idle
check "the journal is a chain" journal_is_a_chain
finish
