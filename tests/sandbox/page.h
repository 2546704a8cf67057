/* page.h - the files of the page, built into the program (embed.cmake makes page.c from page/). */
#ifndef SANDBOX_PAGE_H
#define SANDBOX_PAGE_H

#include <stddef.h>

struct page_file {
    const char *path; /* "/index.html" */
    const char *type; /* its Content-Type */
    const char *text; /* terminated */
};

extern const struct page_file page_files[];
extern const size_t page_files_count;

#endif
