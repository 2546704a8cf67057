#!/bin/sh
# A new version comes: owner and standby are restarted in turn, by SIGTERM, while webhooks of all senders and commands keep
# coming through nginx, as docs/connect.md sets it up: not one is refused, lost, or done twice.
# shellcheck disable=SC2016,SC2119,SC2154,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
CRASH=$BUILD/tests/e2e/crash
. "$LIB/crash/load.sh"
. "$LIB/crash/verdict.sh"
ROUNDS=4 # of each
PACE=40

command -v nginx >/dev/null || { echo "nginx is not installed: tests/run.sh does so"; exit 1; }

# nginx_up ADDRESS ADDRESS: with the lines of docs/connect.md, for these two; sets NGINX_PID
nginx_up() {
    sed -n '/^```nginx/,/^```/p' "$ROOT/docs/connect.md" | sed "/^\`\`\`/d; s/10\.0\.0\.1:8080/$1/; s/10\.0\.0\.2:8080/$2/" >"$RUN/page"
    mkdir -p "$RUN/nginx"
    cat >"$RUN/nginx/nginx.conf" <<CONF
daemon off;
worker_processes 1;
pid $RUN/nginx/pid.nginx;
events { worker_connections 512; }
http {
    access_log off;
    client_body_temp_path $RUN/nginx/body;
    proxy_temp_path $RUN/nginx/proxy;
    fastcgi_temp_path $RUN/nginx/fastcgi;
    uwsgi_temp_path $RUN/nginx/uwsgi;
    scgi_temp_path $RUN/nginx/scgi;
    $(sed -n '/^upstream/,/^}/p' "$RUN/page")
    server { listen $proxy; $(sed '/^upstream/,/^}/d' "$RUN/page") }
}
CONF
    nginx -p "$RUN/nginx" -c "$RUN/nginx/nginx.conf" -e "$RUN/nginx/errors" >"$RUN/nginx/log" 2>&1 </dev/null &
    NGINX_PID=$!
    remember_other $NGINX_PID
}

proxy_answers() {
    [ "$(curl -s --noproxy '*' -o /dev/null -w '%{http_code}' -X POST "http://$proxy/github/webhook")" = 401 ]
}

taken() { # how many deliveries were, until now
    deliveries | awk '$5 == 202' | wc -l
}

has_taken() {
    [ "$(taken)" -ge "$1" ]
}

some_more() { # some_more WHEN: so that nothing happens to an idle one
    check "deliveries are taken $1" wait_until 20 has_taken $(($(taken) + 40))
}

judge_all() { # judge_all NAME
    rest_and_judge "$1"
    check "$1: none of $(deliveries | wc -l) deliveries was refused, or left without an answer" same "" \
        "$(deliveries | awk '$5 != 202 && $5 != 200 { print $1, $5 }' | sort | uniq -c)"
    world '.slack.deliveries[] | select(.kind == "command") | [.status, .text] | @tsv' >"$RUN/commands"
    check "$1: nor one of $(wc -l <"$RUN/commands") commands" same "" "$(awk -F '\t' '$1 != 200' "$RUN/commands")"
}

# ---- two instances, restarted in turn ----

redis_up || exit 1
world_up "s|^store: .*|store: { url: \"unix://$STORE_SOCKET\" }|"
proxy=$OPSGATE_LISTEN # people and senders know this address alone
for name in a b; do
    OPSGATE_LISTEN=127.0.0.1:$(new_port)
    [ $name = b ] || store_create a
    opsgate_up $name || exit 1
done
nginx_up "$(cat "$RUN/a/listen")" "$(cat "$RUN/b/listen")"
check "nginx takes the lines of the page, and passes on" wait_until 10 proxy_answers
OPSGATE_LISTEN=$proxy
load_up
round=0
while [ $round -lt $ROUNDS ]; do
    round=$((round + 1))
    for name in a b; do
        some_more "before $name goes, round $round"
        use $name
        opsgate_stop 30
        check "it ends well" same 0 "$STATUS"
        opsgate_up $name || exit 1
    done
done
some_more "to the end"
use a
judge_all "in turn"
stop "$NGINX_PID" 5
leave a b

# ---- one instance, whose socket somebody holds ----

redis flushall >/dev/null # another world: a sandbox and a store that know nothing of the first
rm -f "$RUN/answers"
world_up "s|^store: .*|store: { url: \"unix://$STORE_SOCKET\" }|"
proxy=$OPSGATE_LISTEN
OPSGATE_LISTEN=127.0.0.1:$(new_port)
store_create held
echo "$OPSGATE_LISTEN" >"$RUN/held/listen"
use held
"$CRASH/crash_holder" "$OPSGATE_LISTEN" "$BUILD/opsgate" serve -c "$CONFIG" >"$RUN/pids" 2>>"$RUN/held/log" </dev/null &
remember_other $!
HOLDER_PID=$!
is_held_up() {
    is_ready "http://$OPSGATE_LISTEN" && [ "$(wc -l <"$RUN/pids")" = "$1" ]
}
check "an instance serves on a socket that somebody else holds" wait_until 30 is_held_up 1
nginx_up "$OPSGATE_LISTEN" "$OPSGATE_LISTEN"
check "nginx passes on to it" wait_until 10 proxy_answers
held=$OPSGATE_LISTEN OPSGATE_LISTEN=$proxy
load_up
OPSGATE_LISTEN=$held
round=1
while [ $round -le $ROUNDS ]; do
    round=$((round + 1))
    some_more "before restart $((round - 1))"
    kill -TERM "$(tail -n 1 "$RUN/pids")"
    check "it comes again" wait_until 30 is_held_up $round
done
some_more "to the end"
judge_all "held"
kill -TERM "$HOLDER_PID"
wait "$HOLDER_PID"
check "and it ends well" same 0 $?
finish
