#!/bin/sh
# The journal's copy, off the machine: signed, whole through a kill, a rotation, a cut file, a full disk and another owner; what is
# cut, changed or made anew is found from the copy alone.
# shellcheck disable=SC2016,SC2119,SC2120,SC2317
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/audit.sh"
begin "$1"
sandbox_up
redis_up
COPY=$RUN/copy/journal.jsonl
KEY=$RUN/audit.pem
PUBLIC=$RUN/audit.pub
mkdir "$RUN/copy"

config() { # config NAME [MORE]: an instance of that name, with a copy of its own
    store_config "$RUN/$1.yaml"
    sed -i "s/local:root/local:$(id -un)/" "$RUN/$1.yaml"
    printf 'audit: { copy: { file: "%s" }, signing_key: "${file:%s}"%s }\n' "$RUN/copy/$1.jsonl" "$KEY" "${2:-}" >>"$RUN/$1.yaml"
    CONFIG=$RUN/$1.yaml COPY=$RUN/copy/$1.jsonl
}

entries() { # of the copy: numbers, one a line
    jq -r '.core.n // empty' "$COPY" "$@"
}

has_all() { # the copy has the store's newest entry
    newest=$(redis --raw hget "$(key meta)" last:journal)
    saw="$(entries 2>/dev/null | tail -n 1) of $newest"
    [ "$(entries 2>/dev/null | tail -n 1)" = "$newest" ]
}

has_all_again() {
    [ -f "$COPY" ] && has_all
}

has_no_gap() { # each number once, in order
    entries | awk 'NR > 1 && $1 != last + 1 { print "     " last " then " $1; bad = 1 } { last = $1 } END { exit bad }'
}

work() { # work N: so many requests that are refused, each an entry
    for _ in $(seq "$1"); do
        type_in "$EVE" /deploy "api production v1.4.2"
    done
    wait_until 20 has_decided_all
}

metric() { # metric NAME: of the instance in use
    curl -s --noproxy '*' "http://$OPSGATE_LISTEN/metrics" | sed -n "s/^$1 //p"
}

is_metric() {
    saw=$(metric "$1")
    [ "$saw" = "$2" ]
}

# ---- a key ----

config one
"$BUILD/opsgate" audit keygen "$KEY" >"$PUBLIC" 2>"$RUN/told"
check "a key for checkpoints: the private one is ours alone" same 600 "$(stat -c %a "$KEY")"
check "and the public one is told" grep -q "BEGIN PUBLIC KEY" "$PUBLIC"
check "a key that is there is never written over" says 2 "File exists" keygen "$KEY"
echo "not-a-key-at-all" >"$RUN/none.pem"
sed "s|$KEY|$RUN/none.pem|" "$CONFIG" >"$RUN/bad.yaml"
check "a key that cannot sign is refused at once" has "$("$BUILD/opsgate" -c "$RUN/bad.yaml" check 2>&1)" "audit keygen"
check_not "and not shown" has "$("$BUILD/opsgate" -c "$RUN/bad.yaml" check 2>&1)" "not-a-key-at-all"

# ---- copied ----

export OPSGATE_DATA="$RUN/one/data"
mkdir -p "$OPSGATE_DATA"
"$BUILD/opsgate" -c "$CONFIG" store create >/dev/null || exit 1
opsgate_up one || exit 1
wait_until 10 has_owner
work 3
check "what is journalled is copied soon" wait_until 10 has_all
audit export >"$RUN/export"
check "the very lines that export prints" same "" "$(jq -c 'select(.core)' "$COPY" | diff - "$RUN/export" | head -n 3)"
check "it begins with a signed word, and is whole" says 0 "Signed to entry" verify --key "$PUBLIC" "$COPY"
check "nobody but its group reads it" same 640 "$(stat -c %a "$COPY")"
check "a line for whoever collects the log, too" log_has audit.checkpoint
check "metrics tell of it" is_metric opsgate_audit_copy_trouble 0
check "and the health page" has "$(curl -s --unix-socket "$OPSGATE_DATA/opsgate.sock" http://localhost/health/detailed | jq -c .audit)" '"writing":true'

# ---- killed, cut, rotated ----

opsgate_kill
truncate -s -30 "$COPY"
opsgate_up one || exit 1
work 2
check "after a kill that broke its last line it goes on" wait_until 20 has_all
check "without a gap" has_no_gap
check "the broken line is told" log_has audit.copy_mended
check "and it is whole" says 0 "Whole: " verify --key "$PUBLIC" "$COPY"

cp "$COPY" "$RUN/before"
mv "$COPY" "$COPY.1"
work 2
check "moved away by logrotate: a new one goes on" wait_until 20 has_all
check "behind the old one" same "$(jq -r '.core.n // empty' "$COPY.1" | tail -n 1)" "$(($(entries | head -n 1) - 1))"
check "both are proven as one" says 0 "Whole: " verify --key "$PUBLIC" "$COPY.1" "$COPY"
check "the new one alone from where it begins" says 0 "Signed to entry" verify --key "$PUBLIC" "$COPY"
sed '$d' "$COPY.1" >"$RUN/short"
while tail -n 1 "$RUN/short" | grep -q checkpoint; do sed -i '$d' "$RUN/short"; done
sed -i '$d' "$RUN/short"
check "an end cut off the old one is found by the next" says 1 "missing between two files" verify --key "$PUBLIC" "$RUN/short" "$COPY"

head -n -2 "$COPY" >"$RUN/cut" && cat "$RUN/cut" >"$COPY"
work 1
check "a file that somebody cut is filled again" wait_until 20 has_all
check "which is told" log_has audit.copy_changed
check "without a gap" has_no_gap
check "and it is whole" says 0 "Whole: " verify --key "$PUBLIC" "$COPY.1" "$COPY"

# ---- a disk that takes nothing ----

mv "$COPY" "$COPY.2"
mkdir "$COPY"
work 2
check "a copy that cannot be written is told" wait_until 20 log_has audit.copy_failed
check "by a metric, too" wait_until 20 is_metric opsgate_audit_copy_trouble 1
type_in "$ANN" /status "api staging"
check "and nobody waits for it" same 200 "$(answer .status)"
rmdir "$COPY"
check "it catches up once that is mended" wait_until 20 has_all_again
check "behind what stands in the file before" says 0 "Whole: " verify --key "$PUBLIC" "$COPY.1" "$COPY.2" "$COPY"
check "and is without trouble" wait_until 20 is_metric opsgate_audit_copy_trouble 0

# ---- its end, and another owner ----

opsgate_stop
check "it ends in order" same 0 "$STATUS"
check "the last line of a stop is a checkpoint" same stop "$(tail -n 1 "$COPY" | jq -r .checkpoint.why)"
check "and all before it is signed" same 0 "$(audit --json verify --key "$PUBLIC" "$COPY" | jq .signed.unsigned_entries)"
FIRST=$COPY
config two
opsgate_up two || exit 1
wait_until 20 has_owner
work 2
check "another owner's copy has all that there was" wait_until 20 has_all
check "from the beginning" same 1 "$(entries | head -n 1)"
check "it is whole by itself" says 0 "Whole: " verify --key "$PUBLIC" "$COPY"
check "and is put together with the first one's" says 0 "Whole: " verify --key "$PUBLIC" "$FIRST" "$COPY"
check "in the order of their ends alone" says 1 "in the order of their ends" verify --key "$PUBLIC" "$COPY" "$FIRST"

# ---- the key is replaced ----

"$BUILD/opsgate" audit keygen "$RUN/next.pem" >"$RUN/next.pub" 2>/dev/null
OLD_KEY=$(head -n 1 "$COPY" | jq -r .checkpoint.key)
KEY=$RUN/next.pem
config two ", checkpoint_every: 1s"
kill -HUP "$OPSGATE_PID"
wait_until 20 log_has configuration.reloaded
work 1
is_signed_by_next() {
    saw=$(tail -n 1 "$COPY" | jq -r .checkpoint.key)
    [ "${saw:-null}" != null ] && [ "$saw" != "$OLD_KEY" ]
}
check "a key that was replaced signs from the next checkpoint on" wait_until 20 is_signed_by_next
cat "$PUBLIC" "$RUN/next.pub" >"$RUN/both.pub"
check "both keys prove it" says 0 "Signed to entry" verify --key "$RUN/both.pub" "$COPY"
check "the old one alone does not" says 1 "which is not among the 1 given" verify --key "$PUBLIC" "$COPY"
check "it is young" says 0 "Signed to entry" verify --key "$RUN/both.pub" --fresh 1h "$COPY"

# ---- tampered with, by somebody without the key ----

opsgate_stop
altered() { # altered PART SED-SCRIPT: the copy, changed so, is found out
    sed "$2" "$COPY" >"$RUN/altered"
    ! cmp -s "$COPY" "$RUN/altered" && says 1 "$1" verify --key "$RUN/both.pub" "$RUN/altered"
}
check "a denial made a consent" altered "was changed" '0,/request\.denied/s//request.accepted/'
check "its end, without the checkpoint" altered "no checkpoint" '/"checkpoint"/d'
check "its beginning" altered "no checkpoint says so" '1,3d'
check "an entry cut out" altered "are missing" '4d'
check "a checkpoint of another time" altered "its signature is not of these words" 's/"why":"stop"/"why":"time"/'
sed '$d' "$COPY" >"$RUN/cut"
check "a cut end is told as old" says 1 "was cut off, or nothing writes it" verify --key "$RUN/both.pub" --fresh 1ms "$RUN/cut"

# another journal: the store was emptied, and a person adopts it
cp "$COPY" "$RUN/foreign"
printf '%s\n' "$(head -n 2 "$COPY" | tail -n 1 | jq -c '.hash = "00" | .core.n = 99999')" >"$COPY"
opsgate_up two || exit 1
wait_until 20 has_owner
check "a file that ends with another journal is set aside" wait_until 20 log_has audit.copy_set_aside
check "and a new one has all" wait_until 20 has_all
check "whole" says 0 "Whole: " verify --key "$RUN/both.pub" "$COPY"
finish
