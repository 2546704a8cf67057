/* page.h - the files of the page, built into the program: opsgate_embed in CMakeLists.txt. */
#ifndef SANDBOX_PAGE_H
#define SANDBOX_PAGE_H

#include "bot/base/asset.h"

extern const struct asset page_files[];
extern const size_t page_files_count;

#endif
