#include "prometheus/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS_MAX 17 /* enough for every double */

static struct number_text special(double number)
{
    struct number_text text = { "NaN" };

    if (isinf(number))
        (void)snprintf(text.text, sizeof text.text, "%s", number > 0 ? "+Inf" : "-Inf");
    return text;
}

static int same(double a, double b)
{
    return a <= b && a >= b;
}

/* As Go does: plain digits, and an exponent only where they would get long. */
struct number_text promql_number(double number)
{
    struct number_text text;
    int digits = 1, exponent = 0;

    if (!isfinite(number))
        return special(number);
    for (; digits <= DIGITS_MAX; digits++) {
        (void)snprintf(text.text, sizeof text.text, "%.*e", digits - 1, number);
        if (same(strtod(text.text, NULL), number))
            break;
    }
    exponent = (int)strtol(strchr(text.text, 'e') + 1, NULL, 10);
    if (same(number, 0) || (exponent >= -7 && exponent < 21))
        (void)snprintf(text.text, sizeof text.text, "%.*f", digits - 1 > exponent ? digits - 1 - exponent : 0, number);
    return text;
}
