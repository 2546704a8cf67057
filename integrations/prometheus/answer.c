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

struct envelope {
    const char *type;
    const cJSON *result; /* of that type */
    bool is_warned;
};

static bool open_envelope(struct str body, struct arena *arena, struct envelope *ret_envelope, struct error *err)
{
    const char *status, *type;
    const cJSON *result;
    const cJSON *json;

    if (body.len > ANSWER_MAX_BYTES)
        return error_set(err, ERR_CONFLICT, "it gives more than 1 MiB: aggregate it");
    json = json_parse_in(arena, body, err);
    if (!json)
        return false;
    status = json_find_string(json, "status");
    type = json_find_string(json, "data.resultType");
    result = json_find(json, "data.result");
    if (!status || strcmp(status, "success") != 0 || !type || !result)
        return error_set(err, ERR_INVALID, "no success, and no error either");
    *ret_envelope = (struct envelope){ type, result, cJSON_GetArraySize(json_find(json, "warnings")) > 0 };
    return true;
}

bool answer_decode(struct str body, struct answer_number *ret_number, struct error *err)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct envelope envelope;

    if (!open_envelope(body, arena, &envelope, err))
        return false;
    if (strcmp(envelope.type, "vector") == 0)
        return decode_vector(envelope.result, ret_number, err);
    if (strcmp(envelope.type, "scalar") == 0)
        return decode_sample(envelope.result, ret_number, err);
    return error_set(err, ERR_CONFLICT, "it gives a %.40s, expected one number", envelope.type);
}

/* ---- many numbers ---- */

static bool add_sample(struct answer_samples *samples, const cJSON *labels, const cJSON *json, struct arena *arena,
                       struct error *err)
{
    struct answer_sample *sample = ARENA_PUSH(arena, samples->at, samples->count);

    sample->labels = labels;
    return decode_sample(json, &sample->number, err);
}

/* {"metric":{...},"value":[...]} of a vector, or "values":[[...],...] of a matrix. */
static bool add_series(struct answer_samples *samples, const cJSON *series, bool is_matrix, struct arena *arena,
                       struct error *err)
{
    const cJSON *labels = json_find(series, "metric"), *values = json_find(series, "values");

    if (json_find(series, "histogram") || json_find(series, "histograms"))
        return error_set(err, ERR_CONFLICT, "it gives a histogram, expected numbers");
    if (!cJSON_IsObject(labels))
        return error_set(err, ERR_INVALID, "a series without its labels");
    if (!is_matrix)
        return add_sample(samples, labels, json_find(series, "value"), arena, err);
    if (!cJSON_IsArray(values))
        return error_set(err, ERR_INVALID, "a series that has no list of samples");
    JSON_EACH(value, values)
        if (!add_sample(samples, labels, value, arena, err))
            return false;
    return true;
}

bool answer_decode_samples(struct str body, const char *type, struct arena *arena, struct answer_samples *ret_samples,
                           struct error *err)
{
    struct answer_samples samples = { 0 };
    struct envelope envelope;

    if (!open_envelope(body, arena, &envelope, err))
        return false;
    if (strcmp(envelope.type, type) != 0)
        return error_set(err, ERR_INVALID, "it gives a %.40s, expected a %s", envelope.type, type);
    if (!cJSON_IsArray(envelope.result))
        return error_set(err, ERR_INVALID, "a %s that is no list", type);
    samples.is_partial = envelope.is_warned;
    JSON_EACH(series, envelope.result)
        if (!add_series(&samples, series, strcmp(type, "matrix") == 0, arena, err))
            return false;
    *ret_samples = samples;
    return true;
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
