#!/bin/sh
# What runs opsgate in containers (deploy/docker, kubernetes, cloud-run): well-formed, and what it names is what opsgate has. No
# image is built and no cluster asked here.
# shellcheck disable=SC2016,SC2317 # called by name
. "$(dirname "$0")/lib.sh"
begin "$1"
command -v yamllint >/dev/null || { echo "yamllint is not installed: tests/run.sh does so"; exit 1; }
cd "$ROOT/deploy" || exit 1
files="docker/compose.yaml kubernetes/opsgate.yaml cloud-run/service.yaml"

for file in $files; do
    check "$file is well-formed" yamllint -d '{extends: relaxed, rules: {line-length: disable}}' "$file"
done

sandbox_up
opsgate_up || exit 1
answers() { # answers PATH: 200 or 503 is an answer of ours
    one_of "200 503" "$(curl -s --noproxy '*' -o /dev/null -w '%{http_code}' "http://$OPSGATE_LISTEN$1")"
}
paths=$(grep -ho '/health/[a-z]*' docker/Dockerfile $files | sort -u)
check "they probe three or more" [ "$(echo "$paths" | wc -l)" -ge 3 ]
for path in $paths; do
    check "$path is there" answers "$path"
done
opsgate_stop

check "each starts a command that there is, with an option of it" \
    same "serve -c /etc/opsgate/opsgate.yaml" "$(sed -n 's/^CMD //p' docker/Dockerfile | jq -r 'join(" ")')"
for file in kubernetes/opsgate.yaml cloud-run/service.yaml; do
    check "$file starts the same" grep -q 'args: \[serve, -c, /etc/opsgate/opsgate.yaml\]' "$file"
done
check "Kubernetes' configuration is good" sh -c '
    sed -n "/opsgate.yaml: |/,/^---/p" kubernetes/opsgate.yaml | sed "1d; /^---/d; s/^    //" >"$1/opsgate.yaml"
    mkdir "$1/secrets" && echo a-secret | tee "$1/secrets/slack-bot-token" >"$1/secrets/slack-signing-secret"
    sed -i "s|/run/secrets/opsgate|$1/secrets|" "$1/opsgate.yaml"
    "$2" check "$1/opsgate.yaml" >/dev/null' sh "$RUN" "$BUILD/opsgate"
for name in $(grep -o 'name: [A-Z_]*,' cloud-run/service.yaml | sed 's/name: //; s/,//'); do
    check "$name is read by opsgate, or by a file of ours" grep -rqw "$name" "$ROOT/docs/configuration.md" "$ROOT/deploy/examples/starter.yaml"
done
check "everybody listens where they are asked" same "" "$(grep -hoE '(EXPOSE|containerPort:|:)[ ]?80[0-9][0-9]' docker/Dockerfile $files | grep -v 8080)"
grace_s=$("$BUILD/opsgate" check --reference | sed -n 's/^| `graceful_shutdown_timeout`.*`"*\([0-9]*\)s"*`.*/\1/p')
number() { # number KEY FILE
    grep -o "$1:* *\"*[0-9]*" "$2" | head -n 1 | tr -dc '0-9'
}
check "Kubernetes waits for the end longer than opsgate takes" [ "$(number terminationGracePeriodSeconds kubernetes/opsgate.yaml)" -gt "$grace_s" ]
check "compose, too" [ "$(number stop_grace_period docker/compose.yaml)" -gt "$grace_s" ]
check "nobody runs as root" grep -q '^USER 10001' docker/Dockerfile
check "Redis keeps every write" grep -q 'appendfsync, always, --maxmemory-policy, noeviction' docker/compose.yaml
check "Cloud Run gives CPU between requests" grep -q 'cpu-throttling: "false"' cloud-run/service.yaml
ldd "$BUILD/opsgate" >"$RUN/linked"
for library in libmicrohttpd libcurl libhiredis libcjson libuv libfyaml libwebsockets libssl; do
    ! grep -q "$library" "$RUN/linked" || check "the image has $library" grep -q "$library" docker/Dockerfile
done
finish
