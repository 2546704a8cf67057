/* number.h - a sample's value as Prometheus writes it: the shortest text that is exactly that number. Pure. */
#ifndef SANDBOX_PROMETHEUS_NUMBER_H
#define SANDBOX_PROMETHEUS_NUMBER_H

struct number_text {
    char text[48];
};

struct number_text promql_number(double number); /* "0.25", "1e+30", "NaN", "+Inf", "-Inf" */

#endif
