#include "integrations/prometheus/answer.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_BYTES 240
#define UNIX_MAX_S 253402300800.0 /* the year 10000 */

/* ---- numbers ---- */

static const char *skip_digits(const char *at)
{
    return at + strspn(at, "0123456789");
}

/* [+-] digits [. digits] [e [+-] digits] */
static bool is_decimal(const char *at)
{
    const char *digits = at + strspn(at, "+-");

    if (digits - at > 1 || (at = skip_digits(digits)) == digits)
        return false;
    if (*at == '.') {
        digits = at + 1;
        if ((at = skip_digits(digits)) == digits)
            return false;
    }
    if (*at == 'e' || *at == 'E') {
        digits = at + 1;
        digits += *digits == '+' || *digits == '-' ? 1 : 0;
        if ((at = skip_digits(digits)) == digits)
            return false;
    }
    return *at == '\0';
}

bool answer_parse_number(const char *text, double *ret_value)
{
    static const struct {
        const char *text;
        double value;
    } names[] = { { "NaN", NAN }, { "+Inf", INFINITY }, { "Inf", INFINITY }, { "-Inf", -INFINITY } };
    locale_t plain;

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (strcmp(text, names[i].text) == 0) {
            *ret_value = names[i].value;
            return true;
        }
    }
    if (!is_decimal(text))
        return false;
    plain = newlocale(LC_ALL_MASK, "C", (locale_t)0); /* strtod's point may be a comma */
    if (!plain)
        abort(); /* out of memory, as everywhere */
    *ret_value = strtod_l(text, NULL, plain);
    freelocale(plain);
    return true;
}

/* ---- a success ---- */

static bool decode_time(const cJSON *json, int64_t *ret_at_ms)
{
    if (!cJSON_IsNumber(json) || !(json->valuedouble > 0 && json->valuedouble < UNIX_MAX_S))
        return false;
    *ret_at_ms = (int64_t)(json->valuedouble * 1000 + 0.5);
    return true;
}

/* [1795168800.123, "0.0042"] */
static bool decode_sample(const cJSON *json, struct answer_number *ret_number, struct error *err)
{
    const cJSON *text = cJSON_IsArray(json) ? cJSON_GetArrayItem(json, 1) : NULL;
    struct answer_number number = { .value.is_known = true };

    if (cJSON_GetArraySize(json) != 2 || !cJSON_IsString(text) || !decode_time(json->child, &number.at_ms) ||
        !answer_parse_number(text->valuestring, &number.value.value))
        return error_set(err, ERR_INVALID, "a sample that is no sample");
    if (!isfinite(number.value.value))
        number.value = (struct measure_value){ .is_known = false };
    *ret_number = number;
    return true;
}

static bool decode_vector(const cJSON *json, struct answer_number *ret_number, struct error *err)
{
    int count = cJSON_GetArraySize(json);

    if (!cJSON_IsArray(json))
        return error_set(err, ERR_INVALID, "a vector that is no list");
    if (count > 1)
        return error_set(err, ERR_CONFLICT, "it matches %d series: aggregate it", count);
    if (count == 0) {
        *ret_number = (struct answer_number){ .at_ms = 0 };
        return true;
    }
    if (json_find(json->child, "histogram"))
        return error_set(err, ERR_CONFLICT, "it gives a histogram, expected one number");
    return decode_sample(json_find(json->child, "value"), ret_number, err);
}

bool answer_decode(struct str body, struct answer_number *ret_number, struct error *err)
{
    AUTO_JSON cJSON *json = NULL;
    const char *status, *type;
    const cJSON *result;

    if (body.len > ANSWER_MAX_BYTES)
        return error_set(err, ERR_CONFLICT, "it gives more than 1 MiB: aggregate it");
    if (!json_parse(body, &json, err))
        return false;
    status = json_find_string(json, "status");
    type = json_find_string(json, "data.resultType");
    result = json_find(json, "data.result");
    if (!status || strcmp(status, "success") != 0 || !type || !result)
        return error_set(err, ERR_INVALID, "no success, and no error either");
    if (strcmp(type, "vector") == 0)
        return decode_vector(result, ret_number, err);
    if (strcmp(type, "scalar") == 0)
        return decode_sample(result, ret_number, err);
    return error_set(err, ERR_CONFLICT, "it gives a %.40s, expected one number", type);
}

/* ---- a refusal ---- */

static bool is_passing(int status)
{
    return status == 0 || status == 408 || status == 429 || status >= 500;
}

struct exchange_step answer_refused(const struct exchange *exchange, const char *what, const struct http_answer *answer)
{
    struct exchange_step step;
    AUTO_JSON cJSON *json = NULL;
    struct error ignored;
    const char *type = NULL, *words = NULL;

    if (answer->status == 0)
        return exchange_refused(exchange, what, answer);
    if (answer->body.len <= ANSWER_MAX_BYTES && json_parse(answer->body, &json, &ignored)) {
        type = json_find_string(json, "errorType");
        words = json_find_string(json, "error");
    }
    if (!words && (answer->status == 401 || answer->status == 403))
        words = "it asks for a login, and opsgate has none to show";
    if (!words && answer->status == 404)
        words = "is metrics.prometheus its address?";
    step = exchange_never(exchange, "%s: %d%s%s%s%.*s", what, answer->status, type ? " " : "", type ? type : "",
                          words ? ": " : "", SHOWN_BYTES, words ? words : "");
    if (is_passing(answer->status)) {
        step.next = NEXT_AGAIN;
        step.is_outage = true;
        step.after_ms = http_answer_retry_after_ms(answer);
    }
    return step;
}
