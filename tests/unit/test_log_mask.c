/* What stands in a log is shown without what looks like a secret. */
#include "integrations/google/log_mask.h"
#include "tests/unit/rows.h"

#include <string.h>

static const struct row {
    const char *name, *line, *shown;
    size_t max; /* 0: all of it */
} rows[] = {
    { "plain words", "orders: the price service did not answer in 0.5 s",
      "orders: the price service did not answer in 0.5 s", 0 },
    { "a password", "user=ann password=hunter2, ok", "user=ann password=***, ok", 0 },
    { "in JSON", "{\"api_key\": \"abc def\", \"n\": 1}", "{\"api_key\": ***, \"n\": 1}", 0 },
    { "in JSON inside of JSON", "{\\\"token\\\":\\\"abc\\\"}", "{\\\"token\\\":\\***}", 0 },
    { "behind an underscore", "DB_PASSWORD=x1", "DB_PASSWORD=***", 0 },
    { "a header", "Authorization: Bearer abc.def", "Authorization: ***", 0 },
    { "another", "authorization: Basic dXNlcjpwYXNz", "authorization: ***", 0 },
    { "of another scheme", "Authorization: Token abc then", "Authorization: ***", 0 },
    { "of several parts", "Authorization: Digest username=\"ann\", response=\"12 34\"", "Authorization: ***", 0 },
    { "up to the end of what quotes it", "curl -H 'Authorization: ApiKey abc' https://x/y",
      "curl -H 'Authorization: ***' https://x/y", 0 },
    { "up to the end of its line", "Cookie: a=1\nHost: x", "Cookie: *** Host: x", 0 },
    { "in JSON, whole", "{\"authorization\":\"Token abc, def\",\"n\":1}", "{\"authorization\":***,\"n\":1}", 0 },
    { "a cookie", "Cookie: theme=dark; sid=s3cr3t", "Cookie: ***", 0 },
    { "basic alone", "sent Basic dXNlcjpwYXNz", "sent ***", 0 },
    { "something basic", "Basic authentication failed", "Basic authentication failed", 0 },
    { "in the humps of a name", "{\"accessToken\":\"a b\",\"clientSecret\":\"c\"}",
      "{\"accessToken\":***,\"clientSecret\":***}", 0 },
    { "at the end of a name", "dbpassword=x1", "dbpassword=***", 0 },
    { "of a session", "sessionId=abc session_id: def", "sessionId=*** session_id: ***", 0 },
    { "tokens that are counted", "tokens=512, token_count=3", "tokens=512, token_count=3", 0 },
    { "a quote within", "{\"password\":\"a\\\"b c\",\"n\":1}", "{\"password\":***,\"n\":1}", 0 },
    { "a quote within, in JSON inside of JSON", "{\\\"password\\\":\\\"a\\\\\\\"b c\\\",1}",
      "{\\\"password\\\":\\***,1}", 0 },
    { "as Ruby writes it", "{\"password\"=>\"a b\", \"n\"=>1}", "{\"password\"=>***, \"n\"=>1}", 0 },
    { "in a form", "user[password]=x1&user[password_confirmation]=x1",
      "user[password]=***&user[password_confirmation]=***", 0 },
    { "in an address inside of an address", "GET /login?next=%2Fx%3Ftoken%3Dabc", "GET /login?next=%2Fx%3Ftoken%3D***",
      0 },
    { "in XML", "<password>x1</password><n>1</n>", "<password>***</password><n>1</n>", 0 },
    { "a key of several lines", "loaded -----BEGIN PRIVATE KEY-----\nMIIEvQ+/abc\n-----END PRIVATE KEY-----\nby ann",
      "loaded *** by ann", 0 },
    { "one that does not end", "-----BEGIN RSA PRIVATE KEY-----\nMIIEvQ+/abc", "***", 0 },
    { "a line of one", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC/BKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj", "***", 0 },
    { "a key with slashes", "with wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "with ***", 0 },
    { "a path stays", "GET /v1/Projects/acme/Services/orders/Revisions/7/Instances/12",
      "GET /v1/Projects/acme/Services/orders/Revisions/7/Instances/12", 0 },
    { "a bearer alone", "sent Bearer abcdefghijklmnop", "sent ***", 0 },
    { "a bearer of news", "the bearer came late", "the bearer came late", 0 },
    { "Slack's", "with xoxb-1234567890-abcdef", "with ***", 0 },
    { "GitHub's", "ghp_0123456789abcdefABCDEF", "***", 0 },
    { "Google's", "(ya29.a0AfH6SMBx_y-z01234)", "(***)", 0 },
    { "a JSON Web Token", "jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc", "jwt ***", 0 },
    { "a word that begins alike", "skip sk-ip", "skip sk-ip", 0 },
    { "in an address", "GET /x?token=abc&n=1", "GET /x?token=***&n=1", 0 },
    { "user and password of an address", "postgres://app:pw@db.internal/main", "postgres://***@db.internal/main", 0 },
    { "a password with an at", "postgres://app:p@ss@db.internal/main", "postgres://***@db.internal/main", 0 },
    { "with slashes as JSON may have them", "postgres:\\/\\/app:pw@db.internal", "postgres:\\/\\/***@db.internal", 0 },
    { "an e-mail address in an address", "GET /users?email=jane.doe%40example.com&n=1", "GET /users?email=***&n=1", 0 },
    { "an e-mail address", "mail to bob.b+x@example.co.uk failed", "mail to *** failed", 0 },
    { "no e-mail address", "retry @ once, a@b", "retry @ once, a@b", 0 },
    { "a long key", "key Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MEFCQ0RF", "key ***", 0 },
    { "an id in hexadecimal stays", "trace 0123456789abcdef0123456789abcdef", "trace 0123456789abcdef0123456789abcdef",
      0 },
    { "a tab and a bell", "a\tb\ac", "a b c", 0 },
    { "cut on a character", "ab\xc3\xa9xyz", "ab…", 3 },
    { "nothing", "", "", 0 },
    { "a name at the end", "token=", "token=", 0 },
    { "a quote that does not end", "secret=\"abc def", "secret=***", 0 },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();

    assert_string_equal(log_mask(str_of(row->line), row->max ? row->max : 400, arena), row->shown);
}

int main(void)
{
    return ROWS(rows, check_row);
}
