/* Patterns of paths, and GitHub's comparison judged by them: what is not known for certain counts as touched. */
#include "tests/unit/rows.h"
#include "tests/unit/scripted_exchange.h"

#include "bot/model/paths.h"
#include "integrations/github/paths.h"

#define HEAD "70e4b6c9d315f8a2701c4be59d3260f8a1c7e4b6"
#define BASE "1111111111111111111111111111111111111111"
#define COMPARE "GET https://api.github.com/repos/acme/platform/compare/" BASE "..." HEAD "?per_page=1"
#define GROUPS                                                                                                         \
    "'groups':[{'name':'api/staging','paths':['packages/api/**','go.mod']},"                                           \
    "{'name':'web/staging','paths':['packages/web/**']}]"
#define ASK_OF(base, head) "{'repository':'acme/platform','base':'" base "','head':'" head "'," GROUPS "}"
#define ASK ASK_OF(BASE, HEAD)
#define FILE_(name) "{'filename':'" name "','status':'modified'}"
#define ANSWER(status, files) "{'status':'" status "','total_commits':1,'commits':[],'files':[" files "]}"
#define ALL "'touched':['api/staging','web/staging']"
#define SAYS(text) .calls = { { COMPARE, .status = 200, .answer = text } }, .next = NEXT_DONE

static const struct scripted_row rows[] = {
    { "of two services one is touched", github_paths_read, ASK,
      SAYS(ANSWER("ahead", FILE_("packages/web/cart.ts") "," FILE_("README.md"))),
      .result = "{'relation':'ahead','touched':['web/staging']}" },
    { "each of a group's patterns counts", github_paths_read, ASK, SAYS(ANSWER("ahead", FILE_("go.mod"))),
      .result = "{'relation':'ahead','touched':['api/staging']}" },
    { "none is touched", github_paths_read, ASK, SAYS(ANSWER("ahead", FILE_("docs/api/go.mod"))),
      .result = "{'relation':'ahead','touched':[]}" },
    { "a change that came and went touches nothing", github_paths_read, ASK, SAYS(ANSWER("ahead", "")),
      .result = "{'relation':'ahead','touched':[]}" },
    { "a file that was moved away counts by its old name", github_paths_read, ASK,
      SAYS(ANSWER("ahead", "{'filename':'old/a.go','previous_filename':'packages/api/a.go','status':'renamed'}")),
      .result = "{'relation':'ahead','touched':['api/staging']}" },
    { "one that was removed counts", github_paths_read, ASK,
      SAYS(ANSWER("ahead", "{'filename':'packages/web/cart.ts','status':'removed'}")),
      .result = "{'relation':'ahead','touched':['web/staging']}" },
    { "the same commit is not asked about", github_paths_read, ASK_OF(HEAD, HEAD), .next = NEXT_DONE,
      .result = "{'relation':'identical','touched':[]}" },
    { "GitHub says that nothing lies between", github_paths_read, ASK, SAYS(ANSWER("identical", "")),
      .result = "{'relation':'identical','touched':[]}" },

    { "commits that parted: GitHub does not list what is undone", github_paths_read, ASK,
      SAYS(ANSWER("diverged", FILE_("README.md"))),
      .result = "{'relation':'diverged','unknown':'what shall serve does not simply follow what serves'," ALL "}" },
    { "backwards everything is touched", github_paths_read, ASK, SAYS(ANSWER("behind", "")),
      .result = "{'relation':'behind','unknown':'what shall serve does not simply follow what serves'," ALL "}" },
    { "a relation that GitHub does not have", github_paths_read, ASK, SAYS(ANSWER("beside", FILE_("README.md"))),
      .result = "{'unknown':'what shall serve does not simply follow what serves'," ALL "}" },
    { "a file without a name may be any", github_paths_read, ASK, SAYS(ANSWER("ahead", "{'status':'modified'}")),
      .result =
          "{'relation':'ahead','unknown':'the name of a changed file is missing, or too long to be judged'," ALL "}" },
    { "also one that was called we do not know how", github_paths_read, ASK,
      SAYS(ANSWER("ahead", "{'filename':'README.md','previous_filename':7}")),
      .result =
          "{'relation':'ahead','unknown':'the name of a changed file is missing, or too long to be judged'," ALL "}" },
    { "an unknown base: the branch was rewritten", github_paths_read, ASK,
      .calls = { { COMPARE, .status = 404, .answer = "{'message':'Not Found'}" } }, .next = NEXT_DONE,
      .result = "{'unknown':'GitHub cannot compare the two commits'," ALL "}" },
    { "more than can be read", github_paths_read, ASK, .calls = { { COMPARE, .status = 0, .is_too_large = true } },
      .next = NEXT_DONE, .result = "{'unknown':'more is changed than GitHub^s comparison can tell'," ALL "}" },
    { "an answer without files is none", github_paths_read, ASK,
      .calls = { { COMPARE, .status = 200, .answer = "{'status':'ahead'}" } }, .next = NEXT_AGAIN,
      .error = "no files" },
    { "nor is a page", github_paths_read, ASK, .calls = { { COMPARE, .status = 200, .answer = "<html>" } },
      .next = NEXT_AGAIN, .error = "made no sense" },
    { "GitHub is down", github_paths_read, ASK, .calls = { { COMPARE, .status = 502 } }, .next = NEXT_AGAIN,
      .error = "502", .is_outage = true },
    { "GitHub limits us", github_paths_read, ASK,
      .calls = { { COMPARE, .status = 403, .header = { "retry-after", "7" } } }, .next = NEXT_AGAIN,
      .error = "limits how much", .after_ms = 7000, .is_outage = true },
    { "a permission that is missing is named", github_paths_read, ASK,
      .calls = { { COMPARE, .status = 403, .answer = "{'message':'Resource not accessible by integration'}",
                   .header = { "x-accepted-github-permissions", "contents=read" } } },
      .next = NEXT_NEVER, .error = "contents=read" },
    { "names could mean other commits tomorrow", github_paths_read, ASK_OF("main", HEAD), .next = NEXT_NEVER,
      .error = "whole shas" },
    { "nothing serves: there is nothing to compare", github_paths_read, ASK_OF("", HEAD), .next = NEXT_NEVER,
      .error = "whole shas" },
    { "a repository whose name would lead elsewhere", github_paths_read,
      "{'repository':'acme/../x','base':'" BASE "','head':'" HEAD "'," GROUPS "}", .next = NEXT_NEVER,
      .error = "is no repository" },
};

/* The 300th file may be the last, or the last that GitHub lists. */
static void three_hundred_files_are_not_all(void **state)
{
    static char answer[32768];
    const char *const results[] = { "{'relation':'ahead','touched':[]}",
                                    "{'relation':'ahead','unknown':'more files are changed than GitHub lists'," ALL
                                    "}" };

    (void)state;
    for (int more = 0; more < 2; more++) {
        struct scripted_row row = { "", github_paths_read, ASK, SAYS(answer), .result = results[more] };
        size_t len = (size_t)snprintf(answer, sizeof(answer), "{'status':'ahead','files':[" FILE_("README.md"));

        for (int i = 0; i < 298 + more; i++)
            len += (size_t)snprintf(answer + len, sizeof(answer) - len, "," FILE_("docs/%d"), i);
        snprintf(answer + len, sizeof(answer) - len, "]}");
        run_scripted_with(&row, &script_settings);
    }
}

static const struct match_row {
    const char *name, *pattern, *path;
    bool matches;
} match_rows[] = {
    { "itself", "go.mod", "go.mod", true },
    { "not its end", "go.mod", "api/go.mod", false },
    { "not its beginning", "go", "go.mod", false },
    { "a star within a directory", "api/*.go", "api/main.go", true },
    { "a star is no way into another", "api/*.go", "api/cart/main.go", false },
    { "a star may be nothing", "api/*.go", "api/.go", true },
    { "two stars that compete", "a*b*c", "abxbxc", true },
    { "and lose", "a*b*c", "abxbx", false },
    { "everything below a directory", "packages/api/**", "packages/api/cart/main.go", true },
    { "the directory itself, as a link", "packages/api/**", "packages/api", true },
    { "not its neighbour", "packages/api/**", "packages/api2/main.go", false },
    { "anywhere", "**/README.md", "packages/api/README.md", true },
    { "anywhere begins at the root", "**/README.md", "README.md", true },
    { "anywhere is a whole name", "**/README.md", "docs/OLD-README.md", false },
    { "between two", "packages/**/go.mod", "packages/api/cart/go.mod", true },
    { "between two that touch", "packages/**/go.mod", "packages/go.mod", true },
    { "between two is no part of a name", "packages/**/go.mod", "packages/xgo.mod", false },
    { "a double star inside a name goes through directories", "api**go", "api/x/y/main.go", true },
    { "three stars are stars", "***", "a/b", true },
    { "everything", "**", "a/b/c", true },
    { "everything at the root", "*", "a/b", false },
    { "one byte", "v?.go", "v1.go", true },
    { "no directory", "v?go", "v/go", false },
    { "no byte", "v?.go", "v.go", false },
    { "brackets are bytes", "app/[id]/page.tsx", "app/[id]/page.tsx", true },
    { "and mean nothing", "[ab].go", "a.go", false },
    { "a backslash is a byte", "a\\*", "a*", false },
    { "case counts", "API/**", "api/main.go", false },
    { "no path is nothing", "**", "", false },
    { "bytes beyond ASCII", "docs/\xc3\xa4*", "docs/\xc3\xa4pfel.md", true },
};

static void check_match(void **state)
{
    const struct match_row *row = *state;

    assert_int_equal(path_matches(row->pattern, str_of(row->path)), row->matches);
}

static void a_pattern_of_stars_takes_no_time(void **state)
{
    char pattern[PATH_PATTERN_MAX_BYTES + 1] = "", path[4097] = "";

    (void)state;
    for (size_t i = 0; i + 4 < sizeof(pattern); i += 4)
        memcpy(pattern + i, "**a*", 4);
    pattern[PATH_PATTERN_MAX_BYTES - 1] = 'b';
    memset(path, 'a', sizeof(path) - 1);
    assert_false(path_matches(pattern, str_of(path)));
}

static void patterns_that_can_match_nothing_are_named(void **state)
{
    char longest[PATH_PATTERN_MAX_BYTES + 2] = "";

    (void)state;
    memset(longest, 'a', PATH_PATTERN_MAX_BYTES);
    assert_null(path_pattern_fault(longest));
    assert_null(path_pattern_fault("packages/api/**"));
    longest[PATH_PATTERN_MAX_BYTES] = 'a';
    assert_non_null(path_pattern_fault(longest));
    assert_true(path_matches(longest, str_of("b"))); /* nobody can tell: rather one too many */
    assert_non_null(path_pattern_fault(""));
    assert_non_null(path_pattern_fault(NULL));
    assert_non_null(path_pattern_fault("/packages/api/**"));
    assert_non_null(path_pattern_fault("!docs/**"));
    assert_non_null(path_pattern_fault("packages/api/"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_hundred_files_are_not_all),
        cmocka_unit_test(a_pattern_of_stars_takes_no_time),
        cmocka_unit_test(patterns_that_can_match_nothing_are_named),
    };

    return RUN_SCRIPTED(rows) + ROWS(match_rows, check_match) +
           cmocka_run_group_tests_name("the rest", tests, NULL, NULL);
}
