# procedures.sh - the three systems of deploy/examples, with the world in the sandbox's hands: read with `.` by their walks, behind
# lib.sh. What a procedure runs is a program that notes its words; what it asks of Google or Slack is a call of the sandbox.
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154 # CONFIG and PATH are for lib.sh and opsgate

CALLED=$RUN/called

# programs DIRECTORY NAME...: each notes how it was called, as words does, and ends well; DIRECTORY is before all others.
programs() {
    mkdir -p "$1"
    cat >"$1/.note" <<END
#!/bin/sh
{ printf '[%s]' "\${0##*/}" "\$@"; echo; } >>"$CALLED"
END
    chmod +x "$1/.note"
    (cd "$1" && shift && for name; do ln -sf .note "$name"; done)
}

words() { # words WORD...: "[gcloud][sql]"
    printf '[%s]' "$@"
    echo
}

called() { # called WORD...: a program was, with these words and no others
    words "$@" >"$RUN/wanted-words"
    grep -qxF -f "$RUN/wanted-words" "$CALLED" 2>/dev/null || { echo "     wanted: $(cat "$RUN/wanted-words")"; echo "     found:  $(tail -n 5 "$CALLED" 2>/dev/null)"; return 1; }
}

calls() { # how often programs were called
    wc -l <"$CALLED" 2>/dev/null || echo 0
}

# asked METHOD PATH [FILTER]: somebody's API was, that changed something, and FILTER is true of the body
asked() {
    [ "$(get "$SANDBOX_URL/_sandbox/calls" | jq --arg method "$1" --arg path "$2" \
        "[.[] | select(.method == \$method and (.path | test(\$path)) and .applied and ((.body | if type == \"string\" then (try fromjson catch {}) else . end // {}) | ${3:-true}))] | length")" -ge 1 ]
}

share() { # share REVISION PERCENT: for asked
    echo "([.traffic[]? | select(.revision == \"$1\") | .percent // 0] | add == $2)"
}

serves() { # serves SERVICE REVISION: all of its traffic, now
    world_says '.run.services[] | select(.id == $service) | [.trafficStatuses[] | select(.percent == 100) | .revision] == [$revision]' \
        --arg service "$1" --arg revision "$2"
}

# system_up NAME [SED-SCRIPT]: opsgate with deploy/examples/NAME.yaml. Other addresses, the sandbox's secrets and ids, a private
# Redis, and whatever the hour is nothing is due or forbidden by it; all else is as the file has it, but for what the script changes.
system_up() {
    programs "$RUN/bin" gcloud gsutil psql k6 openssl
    programs "$RUN/others" curl redis-cli # which this test itself needs
    PATH=$RUN/bin:$PATH
    set -a
    # shellcheck disable=SC1090 # of the example
    . "$ROOT/deploy/examples/$1.env"
    SLACK_BOT_TOKEN=xoxb-sandbox SLACK_SIGNING_SECRET=sandbox-secret GITHUB_WEBHOOK_SECRET=$SANDBOX_GITHUB_SECRET
    PAGERDUTY_WEBHOOK_SECRET=$SANDBOX_PAGERDUTY_SECRET PAGERDUTY_TOKEN=$SANDBOX_PAGERDUTY_TOKEN
    PAGERDUTY_INTEGRATION_KEY=$SANDBOX_PAGERDUTY_KEY
    STATUSPAGE_TOKEN=$SANDBOX_STATUSPAGE_TOKEN ALERTMANAGER_TOKEN=$SANDBOX_ALERTMANAGER_TOKEN
    set +a
    CONFIG=$RUN/$1.yaml
    sed "/^data_dir: /d; s|^listen: .*|listen: \${env:OPSGATE_LISTEN}\ndata_dir: \${env:OPSGATE_DATA}|
        s|^local_socket.*||; s|^  replicas: .*||; s|^  url: redis://.*|  url: embedded|; s|^  url: embedded|&\n  ephemeral: accepted|
        s|ephemeral: refused|ephemeral: accepted|; s|^  team: .*|  team: T0SANDBOX|; s|^  name: .*|  name: default|; s|name: roadtrip,|name: default,|; s|your-org/|acme/|
        s|^  bot_token: .*|&\n  api_url: \${env:SANDBOX_URL}/slack/api|; /^  socket_mode:/,/app_token/d
        s|^  webhook_secrets: .*GITHUB.*|&\n  api_url: \${env:SANDBOX_URL}/github|; s|id: [0-9]*\$|id: 12345|; s|{ id: [0-9]*,|{ id: 12345,|
        s|^  webhook_secrets: .*PAGERDUTY.*|&\n  api_url: \${env:SANDBOX_URL}/pagerduty\n  events_url: \${env:SANDBOX_URL}/pagerduty|; /^pagerduty:/,/^\$/s|^  from: .*|  from: ann@example.com|
        s|^  credentials: metadata.*|&\n  run_url: \${env:SANDBOX_URL}/run\n  sqladmin_url: \${env:SANDBOX_URL}/sqladmin\n  redis_url: \${env:SANDBOX_URL}/redis\n  monitoring_url: \${env:SANDBOX_URL}/monitoring\n  compute_url: \${env:SANDBOX_URL}/compute\n  logging_url: \${env:SANDBOX_URL}/logging\n  metadata_url: \${env:SANDBOX_URL}/metadata\nregistry: { url: \"\${env:SANDBOX_URL}/registry\" }|
        s|^  prometheus: .*|  prometheus: \${env:SANDBOX_URL}/prometheus|
        s|^  page: .*|  page: sandboxpage\n  api_url: \${env:SANDBOX_URL}/statuspage|
        s|smtp://smtp\.[a-z.]*:587|\${env:SANDBOX_SMTP_URL}|; /^  username: /d; /^  password: /d
        s|cron: \"[^\"]*\"|cron: \"0 0 29 feb *\"|; /deny: /s|during: [^}]*}|during: \"2020-01-01 - 2020-01-02 UTC\" }|
        s|/opt/[a-z]*|$RUN/checkout|g; s|\[curl,|[$RUN/others/curl,|; s|\[redis-cli,|[$RUN/others/redis-cli,|
        s|local:primary|local:$(id -un)|; s|local: primary|local: $(id -un)|; ${2:-}" "$ROOT/deploy/examples/$1.yaml" >"$CONFIG"
    GITHUB_APP_PRIVATE_KEY=$(get "$SANDBOX_URL/_sandbox/github-app.pem")
    export GITHUB_APP_PRIVATE_KEY
    opsgate_up || exit 1
    wait_until 10 has_owner
}

newest() { # the operation that was begun last by somebody, and not by another one
    { redis --raw hvals "$(key operations)"; redis --raw hvals "$(key ended)"; } |
        jq -sr '[.[] | select((.id | test("^D[0-9]+$")) and (.parent | not)) | .id[1:] | tonumber] | max // "" | "D\(.)"'
}

has_begun() { # has_begun BEFORE
    ID=$(newest)
    [ "$ID" != "$1" ]
}

waiting() { # waiting ID: those of it, and of what it has asked for, that a person has to confirm
    redis --raw hvals "$(key operations)" | jq -r --arg id "$1" 'select((.id == $id or .parent == $id) and .state == "confirming") | .id'
}

is_over_or_confirmed() { # is_over_or_confirmed ID USER: who asked says of each thing that it is done
    has_ended "$1" && return
    for waits in $(waiting "$1"); do
        say "$2" /ops "promote $waits"
    done
    return 1
}

searched() { # searched PART: Cloud Logging was asked last by a filter with PART
    has "$(get "$SANDBOX_URL/_sandbox/calls" | jq -r 'last(.[] | select(.path | test("entries:list"))) | .body | (fromjson? // .) | .filter')" "$1"
}

wrote() { # wrote PROJECT SERVICE TEXT [SEVERITY]: to its log
    change_world "$(jq -nc --arg project "$1" --arg service "$2" --arg text "$3" --arg severity "${4:-INFO}" \
        '{logging: {entry: {$project, $service, $text, $severity, age_ms: 1000}}}')"
}

answers() { # answers USER TEXT PART: `/ops TEXT`, with a text that has PART
    say "$1" /ops "$2"
    has "$BODY" "$3"
}

declared() { # declared USER SEVERITY: an incident has a channel of its own, is taken, and resolved; sets D
    say "$1" /incident "declare $2 walked $2"
    D=$(newest)
    wait_until 30 world_says '[.slack.channels[] | select(.name | startswith("inc-") and contains($title))] | length == 1' --arg title "walked-$(echo "$2" | tr P p)" || return 1
    say "$1" /ops "incident ack $D"
    say "$1" /ops "incident resolve $D \"walked through\""
    wait_until 30 is_so "$D" '.state != "open"'
}

# walk USER TEXT: `/ops TEXT` to its good end; sets ID. What a person has to do is said to be done.
walk() {
    walk_before=$(newest)
    say "$1" /ops "$2"
    wait_until 20 has_begun "$walk_before" || { echo "     answered: $BODY"; return 1; }
    walk_id=$ID
    wait_until 120 is_over_or_confirmed "$walk_id" "$1"
    ID=$walk_id
    same "done" "$(operation "$ID" .result)" || { operation "$ID" .summary; return 1; }
}

# walk_refused USER TEXT PART: the answer says PART, and nothing was begun
walk_refused() {
    walk_before=$(newest)
    say "$1" /ops "$2"
    has "$BODY" "$3" && same "$walk_before" "$(newest)"
}
