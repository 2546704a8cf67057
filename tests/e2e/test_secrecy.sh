#!/bin/sh
# No secret leaves opsgate but to whom it belongs: each that a file can hold is fed through every door, every outside system that sends
# it back in its errors, programs that print it and every command, and then looked for in all that opsgate wrote, told or posted.
# shellcheck disable=SC2016,SC2034,SC2046,SC2119,SC2154,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
OUT=$RUN/out # all that anybody gets to see
mkdir "$OUT"

# ---- a marker for each secret; what the sandbox's world asks for is one already ----

export SLACK_BOT_TOKEN=xoxb-marker-7e1a SLACK_SIGNING_SECRET=marker-signing-7e1a
sandbox_up
export SANDBOX_API_TOKEN=marker-api-token-7e1a SANDBOX_ALERTMANAGER_TOKEN=marker-alertmanager-7e1a MARKED=marker-variable-7e1a
CONFIG=$RUN/opsgate.yaml
"$BUILD/opsgate" audit keygen "$RUN/audit.pem" >"$RUN/audit.pub" 2>/dev/null
sed "s/local:root/local:$(id -un)/; s|^smtp: .*|smtp: { url: \"$SANDBOX_SMTP_URL\", from: o@example.com, username: opsgate, password: marker-smtp-7e1a }\nheartbeat: { url: \"$SANDBOX_URL/app/marker-heartbeat-7e1a\", every: 10s }|
    s|client_secret: \"[^\"]*\"|client_secret: marker-oidc-7e1a|
    s|^runbooks:.*|&\n  - name: leak\n    environment: { LEAK: \"\${env:MARKED}\" }\n    steps: [{ name: print, run: [/usr/bin/env] }, { name: fail, run: [/bin/sh, -c, 'echo \"no: \$LEAK\" >\&2; exit 1'] }]|" \
    "$ROOT/deploy/sandbox.yaml" >"$CONFIG"
printf 'audit: { copy: "%s", signing_key: "${file:%s}", checkpoint_every: 1s }\n' "$OUT/journal.jsonl" "$RUN/audit.pem" >>"$CONFIG"

# Those that go with none of the above: another file, which is only checked, and asked for what it names.
OTHER=$RUN/other.yaml
sed "s|^store: .*|store: { url: \"sentinel://127.0.0.1:1/m\", replicas: 1, username: u, password: marker-store-7e1a, sentinel_username: v, sentinel_password: marker-sentinel-7e1a }|
    s|^  signing_secrets: .*|  socket_mode: { app_token: xapp-marker-7e1a }|
    s|^  token: .*SANDBOX_GITHUB.*|  app: { id: 12345, private_key: marker-app-key-7e1a }|" "$CONFIG" >"$OTHER"

SECRETS="$SLACK_BOT_TOKEN $SLACK_SIGNING_SECRET $SANDBOX_GITHUB_TOKEN $SANDBOX_GITHUB_SECRET $SANDBOX_PAGERDUTY_SECRET
    $SANDBOX_PAGERDUTY_TOKEN $SANDBOX_ALERTMANAGER_TOKEN $SANDBOX_STATUSPAGE_TOKEN $SANDBOX_API_TOKEN $MARKED marker-smtp-7e1a
    $SANDBOX_PAGERDUTY_KEY $SANDBOX_PAGERDUTY_WEB_KEY marker-heartbeat-7e1a $(sed -n 2p "$RUN/audit.pem") marker-store-7e1a marker-sentinel-7e1a xapp-marker-7e1a marker-app-key-7e1a marker-oidc-7e1a"
keys() { # the keys that the reference page calls secret
    "$BUILD/opsgate" check --reference | sed -n 's/^| `\([a-z_]*\)` .*\*Secret\.\*.*/\1/p' | sort
}
check "there is a marker for each key that is a secret" same \
    "api_token api_token app_token bot_token client_secret environment pagerduty_integration_key pagerduty_integration_key password password private_key secret sentinel_password signing_key signing_secrets token tokens url webhook_secrets webhook_secrets" \
    "$(keys | tr '\n' ' ' | sed 's/ $//')"

nowhere() { # nowhere TEXT...: in what anybody gets to see
    for text in "$@"; do
        if grep -r -s -l -F -e "$text" "$OUT" "$RUN"/*/log >"$RUN/found"; then
            saw="$text in $(tr '\n' ' ' <"$RUN/found")"
            echo "     $(grep -r -s -h -F -m 1 -e "$text" "$OUT" "$RUN"/*/log | head -n 1 | cut -c 1-600)"
            return 1
        fi
    done
}

# ---- files ----

for file in "$CONFIG" "$OTHER"; do
    "$BUILD/opsgate" -c "$file" check >"$OUT/check-$(basename "$file")" 2>&1
    "$BUILD/opsgate" -c "$file" check --json >"$OUT/check-json-$(basename "$file")" 2>&1
    timeout 60 "$BUILD/opsgate" -c "$file" doctor >"$OUT/doctor-$(basename "$file")" 2>&1
done
n=0
while read -r wrong; do # each is wrong in its own way
    n=$((n + 1))
    sed "$wrong" "$CONFIG" >"$RUN/wrong.yaml"
    "$BUILD/opsgate" -c "$RUN/wrong.yaml" check >"$OUT/wrong-$n" 2>&1 && failed "a bad file is refused: $wrong"
done <<'EOF'
s|^store: .*|store: { url: "redis://user:marker-url-7e1a@127.0.0.1:6379" }|
s|^  bot_token: .*|  bot_token: [marker-list-7e1a]|
s|secret: "${env:SANDBOX_API_TOKEN}"|secret: marker-short|
s|^  url: .*registry|  url: http://user:marker-url-7e1a@127.0.0.1/registry|
s|^heartbeat: .*|heartbeat: { url: "ftp://marker-url-7e1a" }|
s|signing_key: .*|signing_key: marker-key-7e1a }|
EOF
check "what is wrong with a file is told without its secrets" nowhere marker-list-7e1a marker-short marker-key-7e1a
check "also where an address holds one" nowhere marker-url-7e1a

# ---- at work; whoever is asked sends all of it back ----

opsgate_up || exit 1
wait_until 10 has_owner
echo_back() { # echo_back SERVICE STATUS COUNT [MATCH]
    post "$SANDBOX_URL/_sandbox/faults" "{\"service\":\"$1\",\"fault\":\"echo\",\"value\":$2,\"count\":$3,\"match\":\"${4:-}\"}" >/dev/null
}
for service in registry metadata run prometheus github pagerduty statuspage sqladmin compute logging; do
    echo_back "$service" 400 3
done
echo_back slack 400 3 /chat
echo_back response 400 1
say "$ANN" /deploy "api staging v1.4.2"
say "$ANN" /status "api production"
say "$ANN" /incident 'declare P1 "it is down" --service api'
say "$ANN" /ops "logs api production"
say "$ANN" /failover platform-prod-db
say "$ANN" /ops "backup list platform-prod-db"
say "$ANN" /ops blocks
say "$ANN" /ops "set api staging PASSWORD=marker-typed-7e1a"
say "$ANN" /ops "sett api staging PASSWORD=marker-typed-7e1a"
for service in run github pagerduty statuspage; do
    echo_back "$service" 403 2
done
echo_back slack 403 2 /chat
say "$ANN" /deploy "api staging v1.4.1"
has_failed() { wait_until 60 log_has carrier.failed; }
check "they have sent it back" has_failed
disarm
say "$ANN" /ops "run leak"
has_leaked() { # its record stands among those at work until its last card is posted
    { redis --raw hvals "$(key operations)"; redis --raw hvals "$(key ended)"; } |
        jq -es 'any(.[]; .kind == "runbook" and .result)' >/dev/null
}
check "a runbook that prints its secrets has ended" wait_until 60 has_leaked
is_unparked() {
    saw=$(curl -s --unix-socket "$OPSGATE_DATA/opsgate.sock" http://localhost/health/detailed | jq -c .parked)
    [ "$saw" = null ]
}
kill -HUP "$OPSGATE_PID" # what Slack refused above may have parked its cards: they go on once the file was read again
check "and its card was posted" wait_until 60 is_unparked

# ---- doors: forged, malformed, oversized, genuine; tokens where they do not belong ----

door() { # door NAME CURL-ARGUMENT...: what is answered, with its head
    name=$1
    shift
    curl -s -i --noproxy '*' --max-time 60 "$@" >"$OUT/door-$name" 2>&1
}
URL=http://$OPSGATE_LISTEN
head -c 70000 /dev/zero | tr '\0' 'x' >"$RUN/large"
n=0
for path in /slack/commands /slack/interactions /slack/events /github/webhook /pagerduty/webhook /alertmanager/webhook /api/v1/changes /health/detailed /metrics; do
    n=$((n + 1))
    for body in '{"a":' '{}' "@$RUN/large"; do
        door "$n-${#body}" -X POST --data-binary "$body" -H "Content-Type: application/json" -H "X-Slack-Request-Timestamp: $(date +%s)" \
            -H "X-Slack-Signature: v0=f0f0marker-forged-7e1a" -H "X-Hub-Signature-256: sha256=f0f0marker-forged-7e1a" \
            -H "X-PagerDuty-Signature: v1=f0f0marker-forged-7e1a" -H "Authorization: Bearer marker-bearer-7e1a" \
            -H "Cookie: session=marker-cookie-7e1a" "$URL$path?token=marker-query-7e1a"
    done
done
door line -H "Authorization: Basic marker-bearer-7e1a" "$URL/nothing/marker-path-7e1a?token=marker-query-7e1a"
door head -H "X-Api-Key: $(head -c 40000 /dev/zero | tr '\0' 'y')" -H "Authorization: Bearer marker-bearer-7e1a" "$URL/health/live"
door good-api -H "Authorization: Bearer $SANDBOX_API_TOKEN" "$URL/health/detailed"
for sender in github pagerduty; do # genuine, and no JSON: what is signed is kept as a dead letter
    printf '{"half":' >"$RUN/half"
    "$BUILD/opsgate" -c "$CONFIG" sign "$sender" <"$RUN/half" >"$RUN/head-$sender" 2>/dev/null
    sed -n 's/.*=\([0-9a-f]\{64\}\).*/\1/p' "$RUN/head-$sender" >>"$RUN/signatures"
    door "half-$sender" -X POST -H @"$RUN/head-$sender" -H "Content-Type: application/json" -H "X-GitHub-Event: push" \
        -H "X-GitHub-Delivery: 11111111-2222-3333-4444-555555555555" --data-binary @"$RUN/half" "$URL/$sender/webhook"
done
"$BUILD/opsgate" -c "$CONFIG" sign slack <"$RUN/half" 2>/dev/null | sed -n 's/.*=\([0-9a-f]\{64\}\).*/\1/p' >>"$RUN/signatures"
check "what was forged is nowhere" nowhere marker-forged-7e1a marker-bearer-7e1a marker-cookie-7e1a
check "nor what came in an address" nowhere marker-query-7e1a marker-path-7e1a

# ---- all that opsgate tells ----

wait_until 30 has_decided_all
cli() { # cli NAME WORD...: to a file of that name
    name=$1
    shift
    "$BUILD/opsgate" -c "$CONFIG" "$@" >"$OUT/cli-$name" 2>&1
}
cli ops ops list
cli events events list
cli events-json events --json list
cli dead dead list
cli dead-json dead --json list
cli tail audit tail
cli tail-json audit --json tail
cli export audit export
cli csv audit export --csv
cli verify audit verify
cli lint policy lint
cli doctor doctor
cli doctor-json doctor --json
for id in $(redis --raw hkeys "$(key operations)") $(redis --raw hkeys "$(key ended)"); do
    cli "show-$id" ops show "$id"
    cli "show-json-$id" ops --json show "$id"
done
for id in $("$BUILD/opsgate" -c "$CONFIG" dead --json list | jq -r '.[].id'); do
    cli "dead-$id" dead show "$id"
    cli "dead-json-$id" dead --json show "$id"
done
for id in $("$BUILD/opsgate" -c "$CONFIG" events --json list | jq -r '.[].id // empty' | head -n 5); do
    cli "event-$id" events --json show "$id"
done
curl -s --unix-socket "$OPSGATE_DATA/opsgate.sock" http://localhost/health/detailed >"$OUT/detailed"
curl -s --noproxy '*' "$URL/metrics" >"$OUT/metrics"
journal >"$OUT/stored-journal"
for place in operations ended; do redis --raw hvals "$(key $place)" >"$OUT/stored-$place"; done
redis --raw hvals "$(key personal)" >"$OUT/stored-personal"
world '[.slack.channels[]?, .slack.messages[]?, .slack.ephemerals[]?, .github, .pagerduty, .statuspage, .mail | .. | strings] | .[]' 2>/dev/null |
    grep -v -e '^http' >"$OUT/posted"
check "there is much to look through" test "$(find "$OUT" -type f -size +0 | wc -l)" -gt 50
kill -HUP "$OPSGATE_PID"
opsgate_stop
check "it ends in order" same 0 "$STATUS"

# ---- and none of it ----

for secret in $SECRETS; do
    check "nowhere: $(echo "$secret" | cut -c 1-24)" nowhere "$secret"
done
check "nor a token's half: what is cut in its middle" nowhere xoxb-marker marker-signing marker-variable
rm "$OUT"/stored-operations "$OUT"/stored-ended "$OUT"/posted # it is to be set: the store has to know it, and they typed it there
check "nor a value that somebody typed" nowhere marker-typed-7e1a
check "nor an address that Slack gave to answer to" nowhere "/slack/response/"
check "nor a signature that was good" nowhere $(cat "$RUN/signatures")
finish
