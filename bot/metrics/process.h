/* process.h - of the process itself, under the names that every Prometheus client gives them:
 * process_cpu_seconds_total, process_resident_memory_bytes, process_virtual_memory_bytes, process_open_fds,
 * process_max_fds, process_start_time_seconds. What /proc does not tell (proc(5): self/stat, self/fd) is left out. */
#ifndef OPSGATE_METRICS_PROCESS_H
#define OPSGATE_METRICS_PROCESS_H

#include "bot/base/buf.h"

void process_write(struct buf *buf);

#endif
