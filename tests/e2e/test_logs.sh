#!/bin/sh
# What a service wrote, read from Cloud Logging: of its last minutes, errors alone, of one request; hostile words, secrets, a missing
# permission, an empty page; in a thread where operations are, else for one person alone; on the host.
# shellcheck disable=SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
sed "s/local:root/local:$(id -un)/" "$ROOT/deploy/sandbox.yaml" >"$RUN/opsgate.yaml"
CONFIG=$RUN/opsgate.yaml

entry() { # entry JSON: one more of the service that serves production
    change_world '{"logging":{"entry":'"$(printf '%s' "$1" | jq -c '{service: "api-prod-service"} + .')"'}}'
}

lines() { # lines FILTER: of the answer's text, one each
    printf '%s\n' "$BODY" | jq -r .text
}

asked_logging() { # the last filter that Cloud Logging was asked by
    get "$SANDBOX_URL/_sandbox/calls" | jq -r 'last(.[] | select(.path | test("entries:list"))) | .body | (fromjson? // .) | .filter'
}

thread() { # thread TEXT: all that stands under the message with that text
    world '[.slack.channels[] | select(.name == "deployments") | .messages] | .[0] as $all
        | last($all[] | select(.blocks | tostring | contains($text))).ts as $ts
        | [$all[] | select(.thread_ts == $ts and .ts != $ts) | .text] | join("\n")' --arg text "$1"
}

thread_has() { # thread_has TEXT PART
    case $(thread "$1") in
    *"$2"*) return 0 ;;
    esac
    return 1
}

refuses() { # refuses "WORDS" PART
    say "$ANN" /ops "$1"
    has "$BODY" "$2"
}

sandbox_up
opsgate_up || exit 1
wait_until 10 has_owner

# ---- words ----

check "a place that is none" refuses "logs api prodution" "production"
check "an option that is none" refuses "logs api production --erors" "--errors"
check "a service alone" refuses "logs api" "It has: staging, production."
check "a time that is none" refuses "logs api production --since yesterday" "\`--since\` takes"
check "two words for it" refuses "logs api production --since \"2 hours\"" "in one word such as \`2h\`, and not \`2 hours\`"
check "too long ago" refuses "logs api production --since 25h" "\`--since\` takes"
check "a request's id with a quote in it" refuses "logs api production --request 'x\" OR severity>=DEBUG'" "is no id of a request"
check "a word too many" refuses "logs api production now" "I do not know what"
say "$EVE" /ops "logs api production"
check "whoever may not is denied" has "$BODY" "*Denied*"
say "$ANN" /ops "logs api production"
check "nothing is told as nothing" has "$BODY" "nothing was written"

# ---- what was written ----

entry '{"text":"first words","age_ms":60000}'
entry '{"text":"second words","severity":"WARNING","age_ms":50000,"revision":"api-prod-service-00001-abc"}'
entry '{"json":{"message":"it broke","request_id":"req-42"},"severity":"ERROR","age_ms":40000}'
entry '{"text":"too old","age_ms":3600000}'
entry '{"text":"*bold* `code` <!channel> & password=hunter2 by bob@example.com accessToken=t0ps3cret with Authorization: Token abc.def.ghi","age_ms":30000}'
entry '{"http":{"requestMethod":"GET","requestUrl":"https://api.example.com/orders?token=abcdef","status":503,"latency":"0.5s"},"severity":"ERROR","age_ms":20000}'
say "$ANN" /ops "logs api production"
check "all of the last quarter of an hour" has "$BODY" "5 lines, newest last"
check "oldest first" has "$(lines | tr '\n' ' ')" "first words"
check "with its revision" has "$BODY" "WARNING 00001-abc: second words"
check "an hour ago is left out" has_not "$BODY" "too old"
check "a request is told in words" has "$BODY" "→ 503 in 0.5s"
check "passwords are masked" has_not "$BODY" hunter2
check "so are tokens" has_not "$BODY" abc.def
check "by whatever name" has_not "$BODY" t0ps3cret
check "and those in addresses" has_not "$BODY" abcdef
check "and e-mail addresses" has_not "$BODY" bob@example
check "nobody is called by a log" has_not "$BODY" "<!channel>"
check "it leads to the console" has "$BODY" console.cloud.google.com
check "it used up no number" same "" "$(redis --raw hkeys "$(key operations)" | grep '^D')"
say "$ANN" /ops "logs api production --errors"
check "errors alone" has "$BODY" "errors: 2 lines"
say "$ANN" /ops "logs api production --request req-42"
check "one request alone" has "$BODY" "1 line"
check "that one" has "$BODY" "it broke (request req-42)"
say "$ANN" /ops "logs api production --since 2h"
check "further back" has "$BODY" "too old"
say "$ANN" /ops 'logs api production --grep "x\" OR severity>=DEBUG OR \"y"'
check "what is typed is text, and nothing of the query" has "$BODY" "nothing was written"
check "quoted as such" has "$(asked_logging)" 'AND "x\" OR severity>=DEBUG OR \"y"'
change_world '{"logging":{"empty_page":true}}'
say "$ANN" /ops "logs api production"
check "an empty page is not the end" has "$BODY" "5 lines"

# ---- in a thread ----

say "$BOB" /ops "deploy api staging main"
ID=$(printf '%s\n' "$BODY" | grep -o 'D[0-9][0-9]*' | head -n 1)
check "a deploy has its card" wait_until 60 has_ended "$ID"
users_come 100
change_world '{"behaviour":{"service":"api-prod-service","error_rate":0.5}}'
has_errors() { # enough of them
    world_says '[.run.services[] | select(.id == "api-prod-service") | .revisions[].served.errors] | add > 60'
}
check "what serves begins to fail" wait_until 60 has_errors
say "$ANN" /ops "logs api production --errors"
check "there are many" has "$BODY" "50 lines"
check "what was left out is counted" has "$BODY" "older ones were left out"
say "$ANN" /ops "logs api production --errors" '{"channel":"C0DEPLOYS"}'
check "where operations are, they stand in a thread" has "$BODY" "they stand in the thread here"
check "all of them" wait_until 30 thread_has "Logs of api/production" "1 to 25 of 50"
check "in two messages" wait_until 30 thread_has "Logs of api/production" "26 to 50 of 50"
check "with their requests" has "$(thread "Logs of api/production")" "(request "
check "without their tokens" has_not "$(thread "Logs of api/production")" pay_0123

# ---- what does not come; the host ----

change_world '{"logging":{"deny":true}}'
say "$ANN" /ops "logs api production"
check "a permission that is lacking is named" has "$BODY" "logging.logEntries.list"
"$BUILD/opsgate" -c "$CONFIG" doctor >"$RUN/doctor" 2>&1
check "by doctor, too" has "$(cat "$RUN/doctor")" "logging.logEntries.list"
change_world '{"logging":{"deny":false}}'
arm logging entries garbage 0
say "$ANN" /ops "logs api production --errors"
check "half an answer is asked again" has "$BODY" "50 lines"
"$BUILD/opsgate" -c "$CONFIG" run logs api production --errors >"$RUN/out" 2>&1
check "on the host, too" has "$(cat "$RUN/out")" "50 lines, newest last"
"$BUILD/opsgate" -c "$CONFIG" --json run logs api production >"$RUN/out" 2>&1
check "and as JSON" same true "$(jq '.lines | length > 50' "$RUN/out")"
finish
