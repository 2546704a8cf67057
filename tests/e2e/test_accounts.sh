#!/bin/sh
# An environment with credentials of its own: what is asked about its project is signed by that service account, all else
# by the common one; and a key file that is not there holds up nothing but what needs it.
# shellcheck disable=SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
sandbox_up
change_world '{"service":{"id":"web-elsewhere","project":"acme-elsewhere"}}'
get "$SANDBOX_URL/_sandbox/service-account.json" >"$RUN/key.json"
CONFIG=$RUN/accounts.yaml
sed "s|^services:\$|&\n  - name: elsewhere\n    artifact: \"us-docker.pkg.dev/acme/images/api:{version}\"\n    environments:\n      - { name: staging, driver: { cloud_run: { project: acme-elsewhere, region: us-central1, service: web-elsewhere } }, strategy: all-at-once, google: { credentials: \"$RUN/key.json\" } }|
    s|^  metadata_url: .*|&\n  token_url: \${env:SANDBOX_URL}/token|" "$ROOT/deploy/sandbox.yaml" >"$CONFIG"

asked_by() { # asked_by SERVICE: the account that changed it last
    world '.run.services[] | select(.id == $service) | .history[] | select(.kind == "wanted") | .by' --arg service "$1" | tail -n 1
}

opsgate_up || exit 1
wait_until 10 has_owner
say "$ANN" /deploy "api staging v1.4.2"
check "the common account deploys" wait_until 30 has_ended D1
check "as what it is" same opsgate@acme.iam.gserviceaccount.com "$(asked_by api-service)"
say "$ANN" /deploy "elsewhere staging v1.4.2"
check "the other one, where it is named" wait_until 30 has_ended D2
check "to its end" same "done" "$(operation D2 .result)"
check "as what that is" same opsgate-key@acme.iam.gserviceaccount.com "$(asked_by web-elsewhere)"
opsgate_stop

mv "$RUN/key.json" "$RUN/moved.json"
OUT=$("$BUILD/opsgate" -c "$CONFIG" doctor 2>&1)
check "the doctor names the environment whose key is not there" has "$OUT" "Google credentials of elsewhere/staging"
check "and asks with the common one all the same" has "$OUT" "Cloud Run api-service"
OUT=$("$BUILD/opsgate" serve -c "$CONFIG" 2>&1)
check "without it nothing starts" same 2 "$?"
check "which says why" has "$OUT" "key.json"
finish
