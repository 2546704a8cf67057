#!/bin/sh
# Whoever opens an incident in PagerDuty sees what was changed: one change event as a rollout begins to change traffic, one at
# its end. Refused, limited, lost, away or with opsgate killed: no rollout waits for it, and none is told of twice.
# shellcheck disable=SC2016,SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
rollout_up 's/max_bake: 60s/max_bake: 15s/'

changes() { # changes ID [FILTER]: what PagerDuty was told of that operation
    world '[.pagerduty.changes[] | select(.custom_details.operation == $id)] | '"${2:-[.[].summary] | join(\"; \")}" --arg id "$1"
}

states() { # states ID: in their order
    changes "$1" '[.[].custom_details.state] | join(" ")'
}

tells() { # tells ID STATES
    wait_until 30 is_telling "$1" "$2" || same "$2" "$(states "$1")"
}

is_telling() {
    [ "$(states "$1")" = "$2" ]
}

is_over() { # though it stays among those at work as long as PagerDuty was not told of its end
    is_so "$1" '.result != null'
}

ends() { # ends ID RESULT
    wait_until 90 is_over "$1"
    same "$2" "$(operation "$1" .result)" || { operation "$1" .summary; return 1; }
}

asked() { # how often PagerDuty was
    get "$SANDBOX_URL/_sandbox/calls" | jq '[.[] | select(.service == "pagerduty" and ((.path // .url) | endswith("/v2/change/enqueue")))] | length'
}

was_asked() { # was_asked COUNT: so often at least
    [ "$(asked)" -ge "$1" ]
}

is_out() { # one was sent, and nobody has its answer
    [ "$(get "$SANDBOX_URL/_sandbox/calls" | jq \
        'any(.[]; .service == "pagerduty" and ((.path // .url) | endswith("/v2/change/enqueue")) and .status == null)')" = true ]
}

nowhere_of() { # nowhere_of TEXT
    ! grep -r -q -a -F -e "$1" "$OPSGATE_DATA" "$RUN/$INSTANCE/log"
}

is_settled() { # is_settled ID: nothing of it waits to be sent
    ! redis --raw hvals "$(key effects)" | grep -q "\"operation\":\"$1\""
}

# ---- as it should be ----

say "$ANN" /deploy "api production v1.4.2 --reason 'the cart'"
check "a rollout is done" ends D1 "done"
check "PagerDuty was told that it began, and that it is done" tells D1 "began done"
check "in words, and by whom" same "Rolling out api v1.4.2 to production (from api-prod-service-00001-kzt), by ann" \
    "$(changes D1 '.[0].summary')"
check "and at its end" same "Rolled out api v1.4.2 to production (from api-prod-service-00001-kzt)" "$(changes D1 '.[1].summary')"
check "of the service that pages for it" same "PSVC001" "$(changes D1 '[.[].service.id] | unique | join(" ")')"
check "with what else there is to know" same "api production v1.4.2 ann the cart" \
    "$(changes D1 '.[0].custom_details | "\(.service) \(.environment) \(.version) \(.by) \(.reason)"')"
check "and where to look" has "$(changes D1 '.[0].links[0].href')" "/#/operations/D1"
check "and when it was" same true "$(changes D1 '.[0].timestamp < .[1].timestamp')"
say "$ANN" /deploy "api staging v1.4.2"
check "where no key is, a rollout is done" ends D2 "done"
check "and nobody is told" same "" "$(states D2)"

# ---- what else changes what serves ----

say "$ANN" /ops "scale api production 3 30"
check "it is scaled" ends D3 "done"
check "and told of" tells D3 "began done"
check "with what it becomes" has "$(changes D3)" "Scaling api in production: not set → 3–30, by ann; Scaled api in production: not set → 3–30"
push 1.5.0
behave v1.5.0 '{"error_rate":0.25}'
say "$ANN" /deploy "api production v1.5.0"
check "a canary that fails is taken back" ends D4 failed
check "which PagerDuty is told" tells D4 "began taken back"
check "with its reason" same "Taken back: rolling out api v1.5.0 to production: $(operation D4 .body.returning)" "$(changes D4 '.[1].summary')"
say "$ANN" /rollback "api production"
check "a rollback is done" ends D5 "done"
check "and told of" tells D5 "began done"
check "with where it goes" same "Rolling back api in production to api-prod-service-00001-kzt (from v1.4.2), by ann; Rolled back api in production to api-prod-service-00001-kzt (from v1.4.2)" \
    "$(changes D5)"

# ---- PagerDuty does not take it ----

count=$(asked)
arm pagerduty /v2/change/enqueue status 400 2
say "$ANN" /ops "restart api production --fast"
check "refused, a restart is done all the same" ends D6 "done"
check "and nothing of it waits" wait_until 30 is_settled D6
check "each was sent once" same $((count + 2)) "$(asked)"
check "the log says so" grep -q "PagerDuty refuses the change event" "$RUN/$INSTANCE/log"
check "and nobody was told" same "" "$(states D6)"
disarm
count=$(asked)
post "$SANDBOX_URL/_sandbox/faults" \
    '{"service":"pagerduty","match":"/v2/change/enqueue","fault":"status","value":429,"retry_after":2,"count":1}' >/dev/null
say "$ANN" /ops "restart api production --fast"
check "limited, a restart is done" ends D7 "done"
check "and told of once its time is over, in order" tells D7 "began done"
check "by one try more" same $((count + 3)) "$(asked)"

# ---- it is away ----

count=$(asked)
arm pagerduty /v2/change/enqueue status 503 100000
say "$ANN" /ops "restart api production --fast"
check "with PagerDuty away, a restart is done" ends D8 "done"
check "it was asked more than once" wait_until 30 was_asked $((count + 2))
disarm
check "back, it hears of all of it, once" tells D8 "began done"
arm pagerduty /v2/change/enqueue drop_after 0
say "$ANN" /ops "restart api production --fast"
check "where its answer is lost, a restart is done" ends D9 "done"
check "what it may have taken is not sent again" tells D9 "began done"

# ---- kill -9 ----

arm pagerduty /v2/change/enqueue delay_after 20000
say "$ANN" /ops "restart api production --fast"
check "PagerDuty was told, and nobody has its answer" wait_until 30 is_out
opsgate_kill
opsgate_up
disarm
check "a kill -9 before the answer: the restart is done" ends D10 "done"
check "and told of once" tells D10 "began done"
check "nobody was woken for any of it" same 0 "$(world '[.slack.channels[] | select(.name == "oncall-alerts" or .name == "alerts") | .messages[]?] | length')"
check "its key is nowhere in the store, nor in the log" nowhere_of "$SANDBOX_PAGERDUTY_KEY"
check "the journal is a chain" journal_is_a_chain
finish
