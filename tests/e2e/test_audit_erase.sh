#!/bin/sh
# A person is erased from the journal: who may, what is counted, what goes and what a legal hold keeps; the chain stays whole, in the
# store and in a copy, and nothing of the record names them any more.
# shellcheck disable=SC2016,SC2119,SC2317
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/audit.sh"
begin "$1"
sandbox_up
CONFIG=$RUN/opsgate.yaml
COPY=$RUN/journal.jsonl
configure() { # configure HOLDS
    sed "s/local:root/local:$(id -un)/; s/^  rules:/&\n    - { allow: erase, to: operator }/" "$ROOT/deploy/sandbox.yaml" >"$CONFIG"
    printf 'audit: { copy: "%s", signing_key: "${file:%s}"%s }\n' "$COPY" "$RUN/audit.pem" "$1" >>"$CONFIG"
}
"$BUILD/opsgate" audit keygen "$RUN/audit.pem" >"$RUN/audit.pub" 2>/dev/null
configure ''
TODAY=$(date -u +%Y-%m-%d) # all that follows is said today, or after midnight
opsgate_up || exit 1
wait_until 10 has_owner

reload() {
    before=$(grep -c '"configuration.reloaded"' "$RUN/$INSTANCE/log")
    kill -HUP "$OPSGATE_PID"
    wait_until 20 is_reloaded "$before"
}

is_reloaded() { # is_reloaded TIMES: once more than that
    [ "$(grep -c '"configuration.reloaded"' "$RUN/$INSTANCE/log")" -gt "$1" ]
}

of_person() { # of_person ID: what stands beside entries and names them
    redis --raw hvals "$(key personal)" | grep -c "$1"
}

none_of() { # none_of ID
    saw=$(of_person "$1")
    [ "$saw" = 0 ]
}

has_ended_with() { # has_ended_with WORDS: the newest erasure
    saw=$(redis --raw hvals "$(key ended)" | jq -rs '[.[] | select(.kind == "erase")] | max_by(.id[1:] | tonumber) | .summary')
    has "$saw" "$1" >/dev/null
}

say "$ANN" /deploy "api staging v1.4.2"
wait_until 60 has_ended D1
say "$EVE" /deploy "api production v1.4.2"
say "$EVE" /status "api staging"
say "$BOB" /ops "lock api staging \"for <@$EVE>\""
say "$BOB" /ops "unlock api staging"
wait_until 20 is_idle # what is on its way to Slack names her, too
BEFORE=$(of_person "$EVE")
check "the journal knows her" test "$BEFORE" -ge 3
cp "$COPY" "$RUN/copy.before"

# ---- who, and whom ----

check "a person that is none is refused" says 2 "is no person" erase mastodon:eve --dry-run
check "a name is not guessed" says 2 "Did you mean bob" erase bop --dry-run
check "nothing is erased by one word" says 2 "cannot be taken back" erase "slack:$EVE"
check "nor by another one's" says 2 "takes the same once more" erase "slack:$EVE" --confirm "slack:$BOB"
say "$ANN" /ops "erase slack:$EVE --confirm slack:$EVE"
check "policy says who may" has "$BODY" "Denied"
check "all of them are there yet" same "$BEFORE" "$(of_person "$EVE")"

# ---- counted, held, erased ----

check "a dry run counts" says 0 "D" erase "slack:$EVE" --dry-run
check "and tells how many it would be" wait_until 20 has_ended_with "Nothing was erased: $BEFORE entries"
configure ", hold: [{ person: \"slack:$EVE\", reason: \"case 7\" }]"
reload
check "whom a hold keeps nobody erases" says 1 "opsgate.yaml:$(wc -l <"$CONFIG" | tr -d ' '): case 7" erase "slack:$EVE" --confirm "slack:$EVE"
check "a metric tells of the hold" has "$(curl -s --noproxy '*' "http://$OPSGATE_LISTEN/metrics")" "opsgate_audit_holds 1"
configure ", hold: [{ person: \"slack:$BOB\", reason: \"case 10\" }]"
reload
check "what one says who is held" says 0 "D" erase "slack:$EVE" --dry-run
check "is held, whoever else is named in it" wait_until 20 has_ended_with "legal hold and stay"
configure ', hold: [{ since: "2020-01-01", until: "2030-01-01", reason: "case 8" }]'
sed -i "s/2030-01-01/${TODAY}T00:00:00Z/" "$CONFIG"
reload
"$BUILD/opsgate" -c "$CONFIG" audit erase "slack:$EVE" --confirm "slack:$EVE" >"$RUN/said" 2>&1
check "what is outside of its time goes" wait_until 30 has_ended_with "Erased: "
check "all of it" wait_until 10 none_of "$EVE"
check "also what others said of her" none_of "$EVE"
check "and nobody else's" test "$(of_person "$BOB")" -ge 1
check "the chain is whole" says 0 "Whole: " verify
check "which tells that somebody was erased" has "$SAID" "it is erased who asked"
check "the entry that says so names entries, and nobody" same "$BEFORE" \
    "$(journal | jq -s '[.[] | select(.core.kind == "person.erased") | .core.body.entries[]] | length')"
for place in journal personal operations effects timers messages meta; do
    check_not "no name is left in $place" sh -c "redis-cli -s '$OPSGATE_DATA/redis/redis.sock' --raw $(case $place in journal) echo "xrange '$(key journal)' - +" ;; *) echo "hgetall '$(key $place)'" ;; esac) | grep -q '$EVE'"
done
check "of what ended the erasure names nobody" same 0 "$(redis --raw hvals "$(key ended)" | jq -c 'select(.kind == "erase")' | grep -c "$EVE")"
check_not "nor in the log of that" sh -c "sed -n '/\"erase by/,\$p' '$RUN/one/log' | grep -q '$EVE'"

# ---- a whole hold, by an operation ----

configure ', hold: [{ operation: D1, reason: "case 9" }]'
reload
HELD=$(journal | jq -s '[.[] | select(.core.operation == "D1" and .personal)] | length')
"$BUILD/opsgate" -c "$CONFIG" audit erase ann --confirm ann >"$RUN/said" 2>&1
check "of ann all goes but what an operation holds" wait_until 30 has_ended_with "under legal hold"
check "which says why" has "$saw" "case 9"
check "that stays" same "$HELD" "$(of_person "$ANN")"

# ---- a kill in the middle ----

configure ''
reload
arm_kill() {
    "$BUILD/opsgate" -c "$CONFIG" audit erase bob --confirm bob >"$RUN/said" 2>&1 &
    remember_other $!
    nap_ms "$(random_ms 5 60)"
    opsgate_kill
}
arm_kill
opsgate_up || exit 1
wait_until 20 has_owner
wait_until 20 has_decided_all
"$BUILD/opsgate" -c "$CONFIG" audit erase bob --confirm bob >"$RUN/said" 2>&1
check "asked again after a kill it is done" wait_until 30 none_of "$BOB"
check "and the chain is whole" says 0 "Whole: " verify

# ---- the copy ----

newest_copied() { [ "$(jq -r '.core.n // empty' "$COPY" | tail -n 1)" = "$(redis --raw hget "$(key meta)" last:journal)" ]; }
wait_until 20 newest_copied
check "the copy still has her: it is another file" grep -q "$EVE" "$COPY"
audit redact "$COPY" >"$RUN/redacted" 2>"$RUN/said"
check_not "redacted it has her no more" grep -q "$EVE" "$RUN/redacted"
check "and is whole, signed as before" says 0 "Signed to entry" verify --key "$RUN/audit.pub" "$RUN/redacted"
check "as many lines as there were" same "$(wc -l <"$COPY")" "$(wc -l <"$RUN/redacted")"
audit redact "$RUN/copy.before" "$COPY" >"$RUN/redacted" 2>"$RUN/said"
check_not "nor a file before, by what a later one says" grep -q "$EVE" "$RUN/redacted"
check "which is whole as well" says 0 "Signed to entry" verify --key "$RUN/audit.pub" "$RUN/redacted"
check "the files in their order alone" says 2 "in the order of their ends" redact "$COPY" "$RUN/copy.before"
jq -c "select(.core.n > 5)" "$COPY" >"$RUN/later"
jq -c "select(.core and .core.n <= 5)" "$RUN/copy.before" >"$RUN/earlier"
printf '%s\n' "$(head -n 1 "$RUN/later" | jq -c '.core.n = 99')" >>"$RUN/later"
check "and of one journal" says 2 "was changed" redact "$RUN/earlier" "$RUN/later"
check "what cannot be read is no empty copy" says 2 "Is a directory" verify "$RUN"
check "nor is it here" says 2 "Is a directory" redact "$RUN"
check "a file that is none is refused" says 2 "No such file" redact "$RUN/nothing"
finish
