#include "run/resources.h"

#include "tree.h"

#include <stdlib.h>
#include <string.h>

#define MIB (1024.0 * 1024)

/* "2", "0.5", "500m" */
static double cpus_of(const char *text)
{
    char *end = NULL;
    double amount = text ? strtod(text, &end) : 1;

    if (!text || !*end)
        return amount;
    return text_is(end, "m") ? amount / 1000 : -1;
}

/* "512Mi", "4Gi" in MiB. */
static double mib_of(const char *text)
{
    static const struct {
        const char *unit;
        double bytes;
    } units[] = { { "Mi", MIB }, { "Gi", 1024 * MIB }, { "M", 1e6 }, { "G", 1e9 } };
    char *end = NULL;
    double amount = text ? strtod(text, &end) : 512;

    for (size_t i = 0; text && i < ARRAY_LEN(units); i++)
        if (text_is(end, units[i].unit))
            return amount * units[i].bytes / MIB;
    return text ? -1 : amount;
}

static bool is_cpu(double cpus)
{
    return (cpus >= 0.08 && cpus <= 1) || cpus == 2 || cpus == 4 || cpus == 6 || cpus == 8;
}

static double cpus_for(double mib)
{
    return mib > 24 * 1024 ? 8 : mib > 16 * 1024 ? 6 : mib > 8 * 1024 ? 4 : mib > 4 * 1024 ? 2 : 0;
}

static double mib_for(double cpus)
{
    return cpus >= 6 ? 4 * 1024 : cpus >= 4 ? 2 * 1024 : 128;
}

static bool check_limits(const cJSON *limits, int64_t concurrency, struct google_error *err)
{
    const char *cpu = tree_text(limits, "cpu"), *memory = tree_text(limits, "memory");
    double cpus = cpus_of(cpu), mib = mib_of(memory);

    if (!is_cpu(cpus))
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT,
                             "spec.template.spec.containers[0].resources.limits.cpu: Invalid value specified for cpu. "
                             "Expected 1, 2, 4, 6, 8 or a fraction of one, got '%.20s'",
                             cpu);
    if (mib < 128 || mib > 32 * 1024)
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT,
                             "spec.template.spec.containers[0].resources.limits.memory: Invalid value specified for "
                             "memory: '%.20s' must be from 128Mi to 32Gi",
                             memory);
    if (cpus < cpus_for(mib))
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT,
                             "spec.template.spec.containers[0].resources.limits.cpu: Invalid value specified for cpu. "
                             "For the specified value, memory of '%.20s' requires at least %g cpu",
                             memory, cpus_for(mib));
    if (mib < mib_for(cpus))
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT,
                             "spec.template.spec.containers[0].resources.limits.memory: Invalid value specified for "
                             "memory. For the specified value, cpu of '%.20s' requires at least %gMi",
                             cpu, mib_for(cpus));
    return cpus >= 1 || concurrency <= 1 ||
           google_refuse(err, GOOGLE_INVALID_ARGUMENT,
                         "spec.template.spec.containerConcurrency: must be 1 where cpu is less than 1");
}

static bool check_timeout(const char *timeout, struct google_error *err)
{
    char *end = NULL;
    double seconds = timeout ? strtod(timeout, &end) : 300;

    return (!timeout || text_is(end, "s")) && seconds > 0 && seconds <= 3600
               ? true
               : google_refuse(err, GOOGLE_INVALID_ARGUMENT,
                               "spec.template.spec.timeoutSeconds: must be from 1 to 3600 seconds, got '%.20s'",
                               timeout);
}

bool resources_check(const cJSON *template, struct google_error *err)
{
    int64_t concurrency = tree_int(template, "maxInstanceRequestConcurrency", 0);

    if (concurrency < 0 || concurrency > 1000)
        return google_refuse(err, GOOGLE_INVALID_ARGUMENT,
                             "spec.template.spec.containerConcurrency: must be from 0 to 1000");
    if (!check_timeout(tree_text(template, "timeout"), err))
        return false;
    JSON_EACH(container, tree_get(template, "containers"))
        if (!check_limits(tree_get(tree_get(container, "resources"), "limits"), concurrency, err))
            return false;
    return true;
}
