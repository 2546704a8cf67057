/* Runs files, and the files in folders, through a fuzz target: for compilers without libFuzzer, and for seeds in CI. */
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define INPUT_MAX_BYTES (1024 * 1024)

static bool run_file(const char *path)
{
    AUTO_FREE uint8_t *bytes = xcalloc(INPUT_MAX_BYTES, 1);
    AUTO_FREE uint8_t *exact = NULL; /* its own allocation: reading past its end is seen */
    FILE *file = fopen(path, "rb");
    size_t size;

    if (!file) {
        perror(path);
        return false;
    }
    size = fread(bytes, 1, INPUT_MAX_BYTES, file);
    fclose(file);
    exact = xcalloc(size + (size == 0), 1);
    memcpy(exact, bytes, size);
    LLVMFuzzerTestOneInput(exact, size);
    return true;
}

static bool run_folder(const char *path)
{
    DIR *folder = opendir(path);
    bool is_good = folder != NULL;

    for (struct dirent *entry = folder ? readdir(folder) : NULL; entry; entry = readdir(folder)) {
        AUTO_BUF struct buf file = BUF(4096);

        if (entry->d_name[0] == '.')
            continue;
        buf_addf(&file, "%s/%s", path, entry->d_name);
        is_good &= run_file(buf_text(&file));
    }
    if (folder)
        closedir(folder);
    return is_good;
}

int main(int argc, char **argv)
{
    bool is_good = true;

    for (int i = 1; i < argc; i++) {
        struct stat at;

        is_good &= stat(argv[i], &at) == 0 && S_ISDIR(at.st_mode) ? run_folder(argv[i]) : run_file(argv[i]);
    }
    return is_good ? 0 : 1;
}
