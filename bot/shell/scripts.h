/* scripts.h - the store's atomic scripts, as text inside the binary.
 *
 * Their sources are bot/shell/scripts/NAME.lua, and what each checks, in which order, is written at its top. Each
 * starts with "#!lua flags=allow-oom": with such a line Redis refuses a script on a replica, after a failed write to
 * disk and so on before it runs, not in its middle.
 */
#ifndef OPSGATE_SHELL_SCRIPTS_H
#define OPSGATE_SHELL_SCRIPTS_H

#include "bot/base/asset.h"

enum script_name { SCRIPT_ACCEPT, SCRIPT_COMMIT, SCRIPT_LEASE, SCRIPT_ADOPT, SCRIPT_COUNT };

extern const struct asset scripts[]; /* SCRIPT_COUNT of them: opsgate_embed in CMakeLists.txt */

#endif
