#!/bin/sh
# A program asks for something over HTTP: taken as anybody's request is, once for its key, through kill -9; refused by policy, or since
# it makes no sense; and what came of it is there to be read, and waited for.
# shellcheck disable=SC2016,SC2119,SC2317 # jq has variables of its own; functions are called by name
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/api.sh"
begin "$1"
rollout_up 's/^api: .* tokens: \[/&{ name: guest, secret: a-guest-who-may-nothing-0123456789 }, /; s/^  roles:$/&\n    - { name: ci, members: ["token:ci"] }/; s/^  rules:$/&\n    - { allow: [status, history, help], to: ci }\n    - { allow: [deploy, abort], to: ci, on: { environment: staging } }/'

request() { # request JSON [KEY]
    ask requests -H 'Content-Type: application/json' ${2:+-H "Idempotency-Key: $2"} --data-binary "$1"
}

refuses() { # refuses JSON STATUS WORDS [KEY]
    request "$1" "${4:-}"
    has "$STATUS $BODY" "$2 " && has "$BODY" "$3"
}

asked_by_guest() { # asked_by_guest ID: somebody else gives their request this name, which they could guess
    curl -s --noproxy '*' -o /dev/null -w '%{http_code}' -H 'Authorization: Bearer a-guest-who-may-nothing-0123456789' \
        -H "X-Request-Id: $1" -H 'Content-Type: application/json' -d '{"text":"deploy api staging v1.4.2"}' \
        "http://$OPSGATE_LISTEN/api/v1/requests"
}

guest_is_told() { # guest_is_told ID: with which status
    curl -s --noproxy '*' -o /dev/null -w '%{http_code}' -H 'Authorization: Bearer a-guest-who-may-nothing-0123456789' \
        "http://$OPSGATE_LISTEN/api/v1/requests/$1"
}

begun() { # so many deploys there ever were
    journal | jq -s '[.[].core | select(.kind == "operation.begun" and .body.to == "pinning")] | length'
}

# ---- what makes no sense ----

check "what is no JSON" refuses '{"text":' 400 "the body: "
check "what is no object" refuses '["deploy"]' 400 "expected an object"
check "what asks for nothing" refuses '{}' 400 "text: it is missing"
check "an empty text" refuses '{"text":" "}' 400 "text: it is empty"
check "a text of another type" refuses '{"text":7}' 400 "text: expected a text"
check "a misspelt member" refuses '{"txt":"status"}' 400 "there is no such member; there are text"
check "two ways at once" refuses '{"text":"status","verb":"deploy"}' 400 "text: it says all of it"
check "a quote that does not end" refuses '{"text":"deploy api staging --reason \"x"}' 400 "quote"
check "an option with its dashes" refuses '{"verb":"deploy","options":{"--now":true}}' 400 "no dashes"
check "what would be void already" refuses '{"text":"status","not_after":"2001-01-01T00:00:00Z"}' 400 "not_after: it is over"
check "a key that is none" refuses '{"text":"status"}' 400 "Idempotency-Key" "$(printf 'k%.0s' $(seq 300))"
ask requests -H 'Content-Type: text/plain' -d 'status'
check "another type" same 415 "$STATUS"
head -c 20000 /dev/zero | tr '\0' a >"$RUN/large"
ask requests -H 'Content-Type: application/json' --data-binary "@$RUN/large"
check "what is too large" same 413 "$STATUS"
STATUS=$(curl -s --noproxy '*' -o "$RUN/answer" -w '%{http_code}' -H 'Authorization: Bearer forged' -H 'Content-Type: application/json' \
    -d '{"text":"status"}' "http://$OPSGATE_LISTEN/api/v1/requests")
check "a forged token" same 401 "$STATUS"
check "nothing of it was taken" same 0 "$(begun)"

# ---- what is refused ----

check "a verb that is none, with the nearest" refuses '{"text":"deplo api staging"}' 400 "Did you mean deploy"
check "a place that is none" refuses '{"text":"deploy api moon v1.4.2"}' 400 "moon"
check "what policy denies" refuses '{"text":"deploy api production v1.4.2"}' 403 "may deploy api in production"
denied=$(in_body .request)
ask "requests/$denied"
check "and it is told afterwards, and why" same "200 refused deploy api production v1.4.2" "$STATUS $(in_body '.state + " " + .text')"
check "by policy's own words" has "$(in_body .why)" "may deploy api in production"
ask requests/nobody-sent-this
check "a request that never was" same 404 "$STATUS"

# ---- what is done ----

request '{"text":"deploy api staging v1.4.2 --reason \"from ci\""}' build-812
check "what is allowed is taken" same "202 accepted D1" "$STATUS $(in_body '.state + " " + .operation')"
check "with the words that anybody reads" has "$(in_body .reply)" "deploying v1.4.2 of api to staging"
id=$(in_body .request)
has_ended_for_a_program() {
    ask "operations/D1?wait=10s"
    [ "$(in_body .ended)" = true ]
}
check "a script waits for its end" wait_until 60 has_ended_for_a_program
check "and reads how it was" same "done true from ci" "$(in_body '"\(.outcome) \(.succeeded) \(.reason)"')"
check "asked for by the token" same token:ci "$(in_body .requester.principal)"
ask "requests/$id"
check "the request tells the same" same "accepted D1 true done" "$(in_body '"\(.state) \(.operation) \(.ended) \(.outcome)"')"
request '{"text":"deploy api staging v1.4.2 --reason \"from ci\""}' build-812
check "sent again it is the same request" same "200 $id D1" "$STATUS $(in_body '.request + " " + .operation')"
check "another is refused by that name" same 403 "$(asked_by_guest "$id")"
check "and reads their own" same 200 "$(guest_is_told "$id")"
request '{"text":"deploy api staging v1.4.2 --reason \"from ci\""}' build-812
check "whose name it bears or not, it is the same request" same "200 accepted D1" "$STATUS $(in_body '.state + " " + .operation')"
ask "requests/$id"
check "which its number tells, too" same "accepted D1" "$(in_body '.state + " " + .operation')"
check "another body under its key is refused" refuses '{"text":"deploy api staging v1.4.3"}' 409 "Another request came" build-812
check "and was not begun" same 1 "$(begun)"
request '{"verb":"deploy","words":["api","staging","v1.4.2"],"options":{"reason":"quoted \"words\" --now"}}'
check "words in a list are taken as they are" same "202 D2" "$STATUS $(in_body .operation)"
wait_until 60 has_ended D2
check "and options with them" same 'quoted "words" --now' "$(operation D2 .body.reason)"
request '{"verb":"deploy","words":["api","staging","--now"]}'
check "a word is no option, whatever it looks like" same 400 "$STATUS"
request '{"text":"status api staging"}'
check "what only looks is answered as well" has "$STATUS $(in_body '.lines | join(" ")')" "202 "
request '{"text":"deploy api --help"}'
check "so is help" has "$(in_body .reply)" deploy

# ---- asked again, too late ----

soon=$(date -u -d '+12 seconds' +%Y-%m-%dT%H:%M:%SZ)
request "{\"text\":\"status api staging\",\"not_after\":\"$soon\"}" in-time
check "what has to be decided soon is" same "202 accepted" "$STATUS $(in_body .state)"
is_late() {
    [ "$(date -u +%s)" -gt "$(date -u -d "$soon" +%s)" ]
}
wait_until 20 is_late
request "{\"text\":\"status api staging\",\"not_after\":\"$soon\"}" in-time
check "whoever lost the answer is told it afterwards" same "200 accepted" "$STATUS $(in_body .state)"
check "what never came in time is not" refuses "{\"text\":\"status\",\"not_after\":\"$soon\"}" 400 "not_after: it is over" too-late
check "nor another body by that key" refuses "{\"text\":\"status\",\"not_after\":\"$soon\"}" 400 "not_after: it is over" in-time

# ---- kill -9 ----

is_known() { # is_known ROUND: sent once more
    request "{\"text\":\"deploy api staging v1.4.2 --reason round-$1\"}" "round-$1"
    [ "$STATUS" = 200 ] || [ "$STATUS" = 202 ]
}
for round in 1 2 3; do
    request "{\"text\":\"deploy api staging v1.4.2 --reason round-$round\"}" "round-$round"
    opsgate_kill # as soon as it was answered
    check "round $round: what was taken" same 202 "$STATUS"
    opsgate_up || exit 1
    wait_until 10 has_owner
    check "round $round: is known after kill -9" wait_until 30 is_known "$round"
    is_decided() {
        ask "requests/$id"
        [ "$(in_body .state)" = accepted ]
    }
    id=$(in_body .request)
    check "round $round: and was done" wait_until 30 is_decided
    check "round $round: begun once" same $((2 + round)) "$(begun)"
    wait_until 60 has_ended "$(in_body .operation)"
done

check "each answer is as the document says" answers_are_as_written
check "the journal is a chain" journal_is_a_chain
finish
