# proc.sh - what a process used, as /proc says.
# shellcheck shell=sh
# shellcheck disable=SC2046 # words are meant to be split
resident_kib() { sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$1/status"; }
peak_mib() { awk '$1 == "VmHWM:" { printf "%.1f", $2 / 1024 }' "/proc/$1/status"; }
forget_peak() { echo 5 >"/proc/$1/clear_refs"; }
cpu_ticks() { # user and system
    set -- $(sed 's/.*) //' "/proc/$1/stat")
    echo $((${12} + ${13}))
}
cpu_per_10000() { # cpu_per_10000 TICKS REQUESTS
    awk -v t="$1" -v n="$2" -v hz="$(getconf CLK_TCK)" 'BEGIN { if (n > 0) printf "%.2f", t / hz / n * 10000; else printf "-" }'
}
