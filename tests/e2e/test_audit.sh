#!/bin/sh
# The journal, read, copied off the machine and proven to be whole: from the store, from the copy alone; whatever somebody changes, takes
# away or cuts off is found, and what was erased of a person is not held against it.
# shellcheck disable=SC2119,SC2317
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/audit.sh"
begin "$1"
sandbox_up
CONFIG=$RUN/opsgate.yaml
sed "s/local:root/local:$(id -un)/" "$ROOT/deploy/sandbox.yaml" >"$CONFIG"
opsgate_up || exit 1
wait_until 10 has_owner
COPY=$RUN/journal.jsonl

altered() { # altered SED-SCRIPT PART: the copy, changed so, is found out
    sed "$1" "$COPY" >"$RUN/altered"
    cmp -s "$COPY" "$RUN/altered" && return 1
    says 1 "$2" verify "$RUN/altered"
}

is_quiet() { # nothing is journalled any more: all is decided, and what came of it has ended, though a lock stands
    has_decided_all && [ "$(redis hlen "$(key effects)")" = 0 ] && [ "$(redis hlen "$(key messages)")" = 0 ] && has_decided_all
}

say "$ANN" /deploy "api staging v1.4.2"
wait_until 60 has_ended D1
say "$BOB" /status "api staging"
say "$EVE" /deploy "api production v1.4.2"
say "$ANN" /ops 'lock api production "=cmd|calc, \"quoted\""'
say "$ANN" /ops '=cmd|calc'
wait_until 20 is_quiet

# ---- read ----

check "the newest entries, the newest first" says 0 "request.accepted" tail
check "who asked for what" has "$SAID" "ann                  deploy api staging v1.4.2"
check "who was refused" has "$SAID" "request.denied"
check "of one person" says 0 "deploy api production v1.4.2" --person "slack:$EVE" tail
check "by the name that people have" says 0 "deploy api staging" --person ann tail
check "a name that nobody has is not guessed" says 2 "Did you mean ann" --person anm tail
says 0 "deploy api production v1.4.2" --person "slack:$EVE" tail
check "nobody else's" has_not "$SAID" "api staging"
check "as JSON" same "$(redis xlen "$(key journal)")" "$(audit --json --since 1d tail | jq length)"
check "nothing is of so long ago" same 0 "$(audit --json --until 1h tail | jq length)"

# ---- proven, and copied ----

check "the store's is whole" says 0 "Whole: " verify
check "to its head" has "$SAID" "head $(redis hget "$(key meta)" journal)"
HEAD=$(redis --raw hget "$(key meta)" journal)
audit export >"$COPY"
check "the copy has all of it" same "$(redis xlen "$(key journal)")" "$(wc -l <"$COPY")"
check "with who asked" same "deploy api staging v1.4.2" "$(jq -rs '[.[] | select(.core.kind == "request.accepted")][0].beside.values.text' "$COPY")"
check "it is whole by itself" says 0 "Whole: " verify "$COPY"
check "as JSON, too" same "true $HEAD" "$(audit --json verify "$COPY" | jq -r '"\(.whole) \(.head)"')"
check "from a pipe" same 0 "$(audit verify - <"$COPY" >/dev/null; echo $?)"
check "to the head that one remembers" says 0 "Whole: " verify --head "$HEAD" "$COPY"

# ---- tampered with ----

N=$(jq -rs '[.[] | select(.core.kind == "request.denied")][0].core.n' "$COPY")
check "a denial made a consent" altered 's/request\.denied/request.accepted/' "entry $N was changed"
check "an entry taken away" altered "/\"core\":{\"n\":$N,/d" "entries $N to $N are missing"
check "the words of somebody" altered 's/"text":"deploy api production v1.4.2"/"text":"status"/' "entry $N: who asked, or what they said, was changed"
check "two that change places" altered '3{h;d};4{G}' "are missing"
check "a line that is none" altered '5s/.*/{}/' "stands what is no entry"
check "a line that is cut" altered '$s/.\{20\}$//' "stands what is no entry"
head -n -3 "$COPY" >"$RUN/cut"
check "of what was cut off at its end the copy itself knows nothing" says 0 "Whole: " verify "$RUN/cut"
check "but the head that one remembers" says 1 "was cut off" verify --head "$HEAD" "$RUN/cut"
jq -c "if .core.n == $N then del(.beside) else . end" "$COPY" >"$RUN/erased"
check "a person that was erased is no fault" says 0 "; of 1 it is erased who asked" verify "$RUN/erased"

# the store itself: an entry in the middle, by somebody who can write there
ID=$(redis --raw xrange "$(key journal)" - + count 3 | sed -n 7p)
redis xdel "$(key journal)" "$ID" >/dev/null
check "an entry taken out of the store" says 1 "entries 3 to 3 are missing" verify
redis xtrim "$(key journal)" minid "$ID" >/dev/null
check "older ones that were dropped in time are none" says 0 "Whole: " verify
redis hset "$(key personal)" "$N" '{"salt":"00","values":{"text":"status"}}' >/dev/null
check "somebody's words, changed in the store" says 1 "entry $N: who asked" verify

# ---- for a spreadsheet ----

audit export --csv >"$RUN/journal.csv"
check "a line each, and a head" has "$(head -n 1 "$RUN/journal.csv")" "number,at,kind,operation,request_id,who,text"
check "quotes are doubled" grep -q ' ""=cmd|calc, ' "$RUN/journal.csv"
check "no cell is a formula" grep -q ",\"'=cmd|calc\"" "$RUN/journal.csv"
check_not "not one" grep -q ',"[=+@-]' "$RUN/journal.csv"

# ---- of what is not kept any more ----

redis hdel "$(key ended)" D1 >/dev/null
check "an operation that was dropped is told as one" has "$("$BUILD/opsgate" -c "$CONFIG" ops show D1 2>&1)" "D1 is not kept any more"
check "one that never was, as none" has "$("$BUILD/opsgate" -c "$CONFIG" ops show D999 2>&1)" "there is no operation D999"

# ---- misused ----

check "a word that is none" says 2 "Did you mean 'verify'" verfy
check "a file that is not there" says 2 "No such file" verify "$RUN/nothing"
check "a time that is none" says 2 "--since" --since yesterday tail
check "what does not belong to it" says 2 "Usage" --csv tail
: >"$RUN/empty"
check "an empty copy is told as one" says 0 "Nothing is in it" verify "$RUN/empty"
check "but not to a head" says 1 "was cut off" verify --head "$HEAD" "$RUN/empty"
opsgate_stop
check "without a store" says 3 "opsgate:" verify
check "the copy needs none" says 0 "Whole: " verify "$COPY"
finish
