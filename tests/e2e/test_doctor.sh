#!/bin/sh
# `opsgate doctor`: in a good world nothing is wrong; each thing that is wrong is named, with how to mend it; nothing is
# changed by asking, and no secret is told.
# shellcheck disable=SC2016,SC2119,SC2317 # $subject is jq's, and functions are called by name
. "$(dirname "$0")/lib.sh"
begin "$1"

doctor() { # doctor [CONFIG]: sets FOUND and CODE
    "$BUILD/opsgate" -c "${1:-$CONFIG}" doctor --json >"$RUN/found" 2>"$RUN/complaints"
    CODE=$?
    FOUND=$(cat "$RUN/found")
    cat "$RUN/found" "$RUN/complaints" >>"$RUN/all"
}

is_all_good() {
    doctor
    [ "$CODE" = 0 ]
}

finds() { # finds MARK SUBJECT TEXT MEND: one such finding; parts of both texts
    printf '%s\n' "$FOUND" | jq -e --arg mark "$1" --arg subject "$2" --arg text "$3" --arg mend "${4:-}" \
        'any(.findings[]; .mark == $mark and .subject == $subject and (.text | contains($text)) and (.mend // "" | contains($mend)))' \
        >/dev/null || { printf '     found: %s\n' "$FOUND"; return 1; }
}

is_late() { # a check but that of SUBJECT had no answer within its limit: the machine has more to do
    printf '%s\n' "$FOUND" | jq -e --arg subject "$1" \
        'any(.findings[]; .mark == "unreachable" and .subject != $subject and (.text | test("too long|no answer within")))' >/dev/null
}

names() { # names MARK SUBJECT TEXT MEND [CODE [CONFIG]]: asked now, it is the reason for that exit code
    for _ in 1 2 3 4 5; do
        doctor "${6:-$CONFIG}"
        is_late "$([ "$1" = unreachable ] && echo "$2")" || break
    done
    finds "$1" "$2" "$3" "$4" && same "${5:-1}" "$CODE"
}

other() { # other SED-SCRIPT: sets OTHER, a configuration that differs
    OTHER=$RUN/other.yaml
    sed "$1" "$ROOT/deploy/sandbox.yaml" >"$OTHER"
}

applied() { # how many calls have changed the world: not those to the app, nor the webhooks to opsgate
    get "$SANDBOX_URL/_sandbox/calls" | jq '[.[] | select(.service != "app" and .service != "opsgate" and .applied)] | length'
}

# Below the limit of whoever runs this, whatever that is.
sed 's/^listen:.*/&\nlimits: { connections_max: 64 }/' "$ROOT/deploy/sandbox.yaml" >"$RUN/opsgate.yaml"
CONFIG=$RUN/opsgate.yaml
sandbox_up
change_world '{"metrics":{"scrape_ms":200}}'
users_come 50
opsgate_up || exit 1
wait_until 10 has_owner
change_world '{"github":{"hook":{"kind":"repository","owner":"acme/platform","secret":"sandbox-github-secret",
    "content_type":"json","events":["push"]}}}'

# ---- a good world ----

before=$(applied)
has_taken_webhook() { # the one that was sent when its hook was made: it may be on its way
    is_all_good && finds good "GitHub webhooks of acme/platform" "answered 20" >/dev/null
}
check "in a good world nothing is wrong, and the webhook that was sent when its hook was made is taken" wait_until 20 has_taken_webhook
check "opsgate serves" finds good "Local socket" serves
check "what asking cannot tell is said" finds open "Slack signing secret" "does not tell" "opsgate sign slack"
check "nothing was changed by asking" same "$before" "$(applied)"
"$BUILD/opsgate" -c "$CONFIG" doctor >"$RUN/lines"
check "people see a line each" same "$(printf '%s\n' "$FOUND" | jq '.findings | length')" "$(grep -cE '^(✓|✗|–) ' "$RUN/lines")"

# ---- Slack ----

change_world '{"slack_scopes":"chat:write,commands,channels:read,channels:history,im:history,groups:history"}'
check "a scope that is missing is named, and what it is for" names bad "Slack scopes" \
    "app_mentions:read (being asked as @opsgate), groups:read (finding a private channel by its name)" "Install App again"
check "and what it breaks" finds bad "Slack channels" "missing_scope"
manifest_scopes() { # manifest_scopes FILE
    sed -n 's/^    bot: \[\(.*\)\]$/\1/p' "$ROOT/deploy/slack/$1" | tr -d ' '
}
check "both manifests ask for the same scopes" same "$(manifest_scopes manifest.yaml)" "$(manifest_scopes manifest-socket-mode.yaml)"
other 's/^listen:.*/&\nlimits: { connections_max: 64 }/'
for scope in $(manifest_scopes manifest.yaml | tr , ' '); do
    change_world "{\"slack_scopes\":\"$(manifest_scopes manifest.yaml | sed "s/\(^\|,\)$scope\(,\|$\)/,/")\"}"
    check "none of them can be spared: $scope" names bad "Slack scopes" "one is missing: $scope (" "Install App again" 1 "$OTHER"
done
without=$(manifest_scopes manifest.yaml | tr , '\n' | grep -vE '^(channels:manage|groups:write|pins:write|bookmarks:.*|files:write|reactions:read)$' | paste -sd,)
change_world "{\"slack_scopes\":\"$without\"}"
other "$NO_INCIDENTS"
check "those for incidents are asked for by nobody without such a section" names good "Slack scopes" "all" "" 0 "$OTHER"
change_world "{\"slack_scopes\":\"$(manifest_scopes manifest.yaml)\"}"
check "and no more is needed" names good "Slack scopes" "all" "" 0
change_world '{"channel":[{"id":"C0DEPLOYS","is_member":false},{"id":"C0ALERTS","is_archived":true}]}'
check "a channel that the bot is not in" names bad "Slack #deployments" "not in it" "/invite @opsgate"
check "and one that is archived" finds bad "Slack #alerts" "archived" "unarchive"
change_world '{"channel":[{"id":"C0DEPLOYS","is_member":true},{"id":"C0ALERTS","is_archived":false}]}'
change_world '{"slack_clock_s":400}'
check "a clock that is wrong" names bad Clock "behind Slack's" "timedatectl"
change_world '{"slack_clock_s":0}'
arm slack auth.test ok_false '"token_revoked"' 1000
check "a token that was revoked" names bad "Slack token" "token_revoked" "Install App"
disarm
arm slack auth.test status 503 1000
check "a Slack that is down is only unreachable" names unreachable "Slack token" "503" "" 3
disarm
other 's/#incidents/#nowhere/; s/team: .*/team: T0ELSEWHERE/'
check "a channel that is not there" names bad "Slack #nowhere" "no such channel" "create it" 1 "$OTHER"
check "a token of another workspace" finds bad "Slack token" "slack.team is T0ELSEWHERE" "right workspace"
other 's|^  signing_secrets: .*|  socket_mode: { app_token: xapp-sandbox }|; s/^listen:.*/&\nlimits: { connections_max: 64 }/'
check "Socket Mode's token opens connections" names good "Slack Socket Mode" "opens connections" "" 0 "$OTHER"
other 's|^  signing_secrets: .*|  socket_mode: { app_token: xapp-wrong-and-secret }|'
check "one that does not" names bad "Slack Socket Mode" invalid_auth "connections:write" 1 "$OTHER"

other 's|members: \["slack:U0456EFGH"\]|members: ["slack-group:S0ENG", "slack-group:S0NOPE", "github-team:acme/engineering", "pagerduty-schedule:PSCHED1"]|'
check "a group that a role names" names good "Members of slack-group:S0ENG" "2 are in it" "" 1 "$OTHER"
check "a group that is not there" finds bad "Members of slack-group:S0NOPE" "no such user group" "usergroups:read"
check "a team" finds good "Members of github-team:acme/engineering" "2 are in it"
check "a schedule" finds good "Members of pagerduty-schedule:PSCHED1" "1 is in it"

# What docs/connect.md has people try by hand.
(cd "$RUN" && sed 's/T012AB3CD/T0SANDBOX/' "$ROOT/docs/connect.md" | grep "^printf 'command=" >try.sh && sh ./try.sh)
check "the door takes a command that is signed by hand" same 200 "$(send "$RUN/body")"
check "and answers it" has "$(cat "$RUN/answer")" "/ops"

# ---- who tells opsgate, and whom it asks ----

change_world '{"pagerduty":{"subscription":{"id":"PSUB001","active":false}}}'
check "a subscription that was switched off" names bad "PagerDuty webhooks" "switched off" "switch it on"
change_world '{"pagerduty":{"subscription":{"id":"PSUB001","active":true}}}'
other 's/api_token: .*/api_token: pd-wrong-and-secret/; s/^  token: .*/  token: ghp_wrong_and_secret/'
check "PagerDuty's key" names bad "PagerDuty key" "refuses the key" "API Access Keys" 1 "$OTHER"
check "an integration key is not tried by telling of a change" finds open "PagerDuty changes" "nothing tells but a change"
check "GitHub's token" finds bad "GitHub acme/platform" "401" "github.token"
other 's/{env:SANDBOX_PAGERDUTY_WEB_KEY}/{env:OTHER_KEY}/'
export OTHER_KEY=0123456789abcdef0123456789abcdef
check "an integration key that PagerDuty does not know" names bad "PagerDuty changes" "the key of web/production is none of theirs" \
    "Events API v2" 1 "$OTHER"
other 's/cmpweb000001/cmpgone/'
check "a component that the status page does not have" names bad "Statuspage components" "no component cmpgone" "statuspage.components" 1 "$OTHER"
other 's/^  from: ann@.*/  from: nobody@example.com/'
check "as whom incidents are changed" names bad "PagerDuty from" "nobody@example.com is no user there" "e-mail address of a user" 1 "$OTHER"
check "whether the key may write, nobody tells" finds open "PagerDuty key" "does not tell whether it may write" "not Read-only"
change_world '{"github":{"hook_fault":{"event":"push","fault":"bad_signature","count":1},"commit":{"message":"one more"}}}'
was_refused() {
    names bad "GitHub webhooks of acme/platform" "answered 401" "webhook_secrets" >/dev/null
}
check "a webhook that was refused" wait_until 10 was_refused
change_world '{"github":{"commit":{"message":"and one that is taken"}}}'
check "until the next one is taken" wait_until 10 is_all_good
GITHUB_APP_KEY=$(get "$SANDBOX_URL/_sandbox/github-app.pem")
export GITHUB_APP_KEY
change_world '{"service":{"id":"worker-service"}}'
check "GitHub as an App" names good "GitHub acme/platform" "can be read" "" 0 "$ROOT/tests/e2e/github.yaml"
sed 's/id: 12345/id: 54321/' "$ROOT/tests/e2e/github.yaml" >"$RUN/app.yaml"
check "an App of another number" names bad "GitHub acme/platform" "App" "github.app" 1 "$RUN/app.yaml"

# ---- what it changes, and judges by ----

arm run services/api-prod-service status 403 1000
check "a service that may not be read" names bad "Cloud Run api-prod-service" "403" "Cloud Run Developer"
disarm
other 's/service: web-prod-service/service: nowhere-service/; s|http_requests|x|'
check "one that is not there" names bad "Cloud Run nowhere-service" "no such service" "" 1 "$OTHER"
change_world '{"databases":{"deny":["cloudsql.instances.get"]}}'
check "a database that may not be read says which permission" names bad "database platform-prod-db" "cloudsql.instances.get" "docs/failover.md"
change_world '{"databases":{"deny":["cloudsql.backupRuns.list"]}}'
check "so do backups that may not" names bad "backups of platform-prod-db" "cloudsql.backupRuns.list" "docs/backups.md"
change_world '{"databases":{"deny":[],"instance":{"name":"platform-scratch-db","databaseVersion":"POSTGRES_16"}}}'
check "nothing is restored into another version" names bad "backups of platform-prod-db" "none can be restored there" "restore_into"
change_world '{"databases":{"instance":{"name":"platform-scratch-db","databaseVersion":"POSTGRES_15"}}}'
change_world '{"databases":{"instance":{"name":"platform-prod-db","settings":{"availabilityType":"ZONAL"}}}}'
check "one without a standby is said to be so" names bad "database platform-prod-db" "it cannot be failed over" "REGIONAL"
change_world '{"databases":{"instance":{"name":"platform-prod-db","settings":{"availabilityType":"REGIONAL"}}}}'
arm openid openid-configuration status 404 1000
check "a provider of sign-in that is none" names bad "Sign-in" "404" "dashboard.oidc.issuer"
disarm
arm registry manifests status 403 1000
check "a registry that does not let us" names bad "Registry acme/images/api" "does not let us read" "Artifact Registry Reader"
disarm
other 's/min_requests: 50/metrics: { match: { zone: mars } }, &/'
check "metrics that have no series" names bad "Prometheus api/production" 'zone="mars"' "scraped" 1 "$OTHER"
change_world '{"metrics":{"scrape_ms":4000}}'
comes_seldom() {
    names open "Prometheus api/production" "a sample comes about every 4 s, and its analysis counts in blocks of 1s" "Set analysis.block" 0 >/dev/null
}
check "metrics that come more seldom than rollouts count" wait_until 30 comes_seldom
change_world '{"metrics":{"scrape_ms":200}}'
arm prometheus query status 503 1000
check "a Prometheus that is down" names unreachable Prometheus 503 "" 3
disarm
arm metadata token status 404 1000
check "no credentials of Google's" names unreachable "Cloud Run api-service" "google.credentials" "" 3
disarm
printf 'no key' >"$RUN/key.json"
other "s|credentials: metadata|credentials: $RUN/none.json|"
check "a key file that is not there" names bad "Google credentials" "$RUN/none.json" "key file" 1 "$OTHER"
other "s|credentials: metadata|credentials: $RUN/key.json|"
check "a key file that is none" names bad "Cloud Run api-service" "google.credentials" "" 1 "$OTHER"

# ---- whoever does not answer ----

arm slack conversations.list delay_before 30000 1000
check "each check has a limit" names unreachable "Slack channels" "too long" "" 3
disarm

# ---- this machine, and the store ----

deep=$RUN/$(head -c 100 /dev/zero | tr '\0' x)
mkdir "$deep"
other "s|^data_dir: .*|data_dir: $deep|; s|url: embedded, ephemeral: accepted|url: unix://$RUN/none.sock|"
check "a socket's path that is too long" names bad "Local socket" "107 are possible" "shorter" 1 "$OTHER"
other "s|^data_dir: .*|data_dir: $RUN/nowhere|; s/^listen:.*/&\nlimits: { connections_max: 64 }/"
check "a data_dir that is not there yet is nothing wrong" names open data_dir "not there yet" "" 0 "$OTHER"
other "s|^data_dir: .*|data_dir: $RUN/nowhere/deeper|"
check "one that serve could not make is" names bad data_dir "$RUN/nowhere/deeper" "make it" 1 "$OTHER"
other 's|^  channels: .*|  channels: { deployments: "#deployments", alerts: "#gone" }|'
check "a channel that the file names and Slack does not know" names bad 'Slack #gone' "no such channel" "" 1 "$OTHER"
sed "$NO_INCIDENTS; /^policy:/,\$d" "$ROOT/deploy/sandbox.yaml" >"$RUN/other.yaml"
check "a file in which no rule allows anything" names bad Policy "every request is denied" "docs/connect.md" 1 "$RUN/other.yaml"
other 's|^listen:.*|&\nlimits: { connections_max: 100000 }|'
# shellcheck disable=SC3045 # dash has it
ulimit -n 4096 # which no process may raise
check "more connections than files may be open" names bad "Open files" "wants 100128" "LimitNOFILE" 1 "$OTHER"
other "s|url: embedded, ephemeral: accepted|url: unix://$RUN/none.sock|; s/^listen:.*/&\nlimits: { connections_max: 64 }/"
check "a Redis that is not there" names unreachable Store "does not answer" "store.url" 3 "$OTHER"
hung=$(redis --raw info server | tr -d '\r' | sed -n 's/^process_id://p')
kill -STOP "$hung"
check "its own one that hangs while opsgate serves" names unreachable Store "opsgate serves, and its own Redis does not answer" "--without-store" 3
kill -CONT "$hung"
opsgate_stop
check "an embedded one runs with opsgate" names open Store "as long as opsgate serves" "" 0
check "which does not serve now" finds open "Local socket" "does not serve"
redis-server --port 0 --unixsocket "$RUN/own.sock" --dir "$RUN" --save '' --appendonly no >/dev/null 2>&1 &
remember_other $!
own_answers() {
    redis-cli -s "$RUN/own.sock" ping >/dev/null 2>&1
}
wait_until 20 own_answers
other "s|url: embedded, ephemeral: accepted|url: unix://$RUN/own.sock|"
check "one that forgets cannot be the store" names bad Store "cannot be the store" "appendonly yes" 1 "$OTHER"
redis-cli -s "$RUN/own.sock" config set appendonly yes >/dev/null
check "one that is empty has to be made ours" names bad Store "empty" "opsgate store create" 1 "$OTHER"
check "one that may lose a second is told" finds open Store "less than" "appendfsync always"

# ---- never told ----

opsgate_up || exit 1
other 's/#deployments/#xoxb-sandbox/'
check "a secret that came where it does not belong is not shown" names bad 'Slack #***' "no such channel" "" 1 "$OTHER"

check "everything that was wrong had its mend" same 0 \
    "$(grep '^{' "$RUN/all" | jq -s '[.[].findings[] | select((.mark == "bad" or .mark == "unreachable") and ((.mend // "") == ""))] | length')"
for secret in "$SLACK_BOT_TOKEN" "$SLACK_SIGNING_SECRET" ghp_ pd-sandbox pd-wrong xapp-sandbox xapp-wrong "BEGIN RSA" eyJ; do
    check "no output holds $secret" same "" "$(grep -o -e "$secret" "$RUN/all" | head -n 1)"
done
other 's/^policy:/polcy:/'
doctor "$OTHER"
check "a configuration that is wrong is not asked about" same 2 "$CODE"
finish
