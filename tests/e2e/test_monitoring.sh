#!/bin/sh
# Cloud Monitoring as the metrics source, in all that needs no minute to pass: the warning of `check`, what `doctor` finds,
# how it is asked, and that neither a refusal nor silence ever passes a step. By its numbers: test_monitoring_minutes.sh.
# shellcheck disable=SC2016,SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
# shellcheck source=tests/e2e/monitoring.sh
. "$LIB/monitoring.sh"
monitoring_up 's/steps: .5%, 25%, 50%, 100%./steps: [25%, 100%]/; s/max_bake: 60s/max_bake: 3s/' 'lag: 1s'

doctor() { # doctor MARK TEXT [MEND]: what it finds of production's time series
    "$BUILD/opsgate" -c "$CONFIG" doctor --json 2>/dev/null | jq -e --arg mark "$1" --arg text "$2" --arg mend "${3:-}" \
        'any(.findings[]; .subject == "Cloud Monitoring api-prod-service" and .mark == $mark and (.text | contains($text)) and (.mend // "" | contains($mend)))' >/dev/null
}

asked() { # asked JQ: true of what Cloud Monitoring was asked, all of it
    get "$SANDBOX_URL/_sandbox/calls" | jq -e "[.[] | select(.service == \"monitoring\")] | $1" >/dev/null
}

is_held() {
    is_so "$1" '.body.held != null'
}

is_held_for() { # is_held_for ID TEXT
    is_held "$1" && [ "$(operation "$1" '.body.held // "" | contains("'"$2"'")')" = true ]
}

# ---- before anything runs ----

sed 's/, lag: 1s//' "$CONFIG" >"$RUN/late.yaml"
check "check warns where a bake is shorter than Cloud Monitoring is late" has "$("$BUILD/opsgate" check "$RUN/late.yaml" 2>&1)" \
    "Cloud Monitoring tells a minute only 4m later: each step takes 7m at least, however short its bake of 3s"
sed 's|google_cloud_monitoring: true|&, prometheus: http://127.0.0.1:9|' "$CONFIG" >"$RUN/both.yaml"
check "and two sources are a mistake" has "$("$BUILD/opsgate" check "$RUN/both.yaml" 2>&1)" "rollouts are judged from one source"

# ---- doctor ----

check "doctor: a service that nobody called has no series" wait_until 10 doctor open "knows of no requests" "nobody calls"
change_world '{"traffic":{"service":"*","rps":50},"monitoring":{"past_minutes":12}}'
check "one that was called can be read" wait_until 10 doctor good "its requests can be read"
change_world '{"monitoring":{"no_role":true}}'
check "without the role it names the role" wait_until 10 doctor bad "403" "roles/monitoring.viewer"
change_world '{"monitoring":{"no_role":false}}'
arm monitoring timeSeries status 503 1000
check "a Cloud Monitoring that is down is unreachable" wait_until 10 doctor unreachable "503"
disarm

# ---- a step by what it refuses, tells in part, or does not tell ----

push 1.5.0
change_world '{"monitoring":{"no_role":true}}'
say "$ANN" /deploy "api production v1.5.0"
check "without the role a step is held" wait_until 60 is_held_for D1 "did not answer"
check "the card names the role, and the project" wait_until 20 card_shows D1 'roles/monitoring.viewer in acme'
change_world '{"monitoring":{"no_role":false,"incomplete":true}}'
say "$ANN" /ops "retry D1"
check "an answer that is not all there is holds it, too" wait_until 60 is_held_for D1 "not all that there is"
change_world '{"monitoring":{"incomplete":false,"drop_minutes":1000}}'
say "$ANN" /ops "retry D1"
check "silence is nothing known, and no pass" wait_until 60 is_held_for D1 "how many requests the new version got is not known"
check "the card says how late its metrics come" wait_until 20 card_shows D1 'its metrics come 1 s late'
users_come 0
check "none of that took it on" shares_were "$PROD" D1 "25"

# ---- how it is asked ----

check "it was asked for requests by class, and for latencies" asked 'any(.[]; .query.filter | contains("run.googleapis.com/request_count"))
    and any(.[]; .query.filter | contains("run.googleapis.com/request_latencies"))'
check "of that service in its project, by the revisions' own names" asked 'all(.[]; .path == "/v3/projects/acme/timeSeries")
    and any(.[]; .query.filter | contains("resource.labels.service_name=\"api-prod-service\"") and contains("-d1-") and contains("\" OR "))'
check "nothing that Google would refuse" wait_until 10 asked 'all(.[]; .status == 200 or .status == 403 or .status == 503)'
check "and in whole minutes that are over" asked 'all(.[]; (.query["interval.endTime"] | test(":00(.000)?Z$")) and (.query["interval.startTime"] | test(":00(.000)?Z$")))'

say "$ANN" /ops "abort D1"
check "aborted, its traffic goes back" wait_until 60 has_ended D1
check "all of it" shares_were "$PROD" D1 "25 0"
check "the journal is a chain" journal_is_a_chain
finish
