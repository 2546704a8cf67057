# monitoring.sh - opsgate that judges by Cloud Monitoring: read with `.` by its tests, behind lib.sh.
# shellcheck shell=sh
# shellcheck disable=SC2016,SC2034,SC2154 # what the file names is opsgate's, and CONFIG is for lib.sh

# monitoring_up SED-SCRIPT METRICS: the sandbox's Cloud Monitoring in place of its Prometheus, with more of `metrics`; the script
# changes more of sandbox.yaml. Nobody comes yet. A point is seen one second after its minute, and stood there for it is 4 min.
monitoring_up() {
    sed "s/bake: 8s, watch: 10s/bake: 3s, watch: 3s/; s/local:root/local:$(id -un)/; $1
        s|^metrics: .*|metrics: { google_cloud_monitoring: true, $2 }|" "$ROOT/deploy/sandbox.yaml" >"$RUN/opsgate.yaml"
    CONFIG=$RUN/opsgate.yaml
    sandbox_up
    change_world '{"monitoring":{"lag_ms":500}}'
    opsgate_up || exit 1
    wait_until 10 has_owner
}
