/* backup.h - `backup`: backups of Cloud SQL made, listed, restored; databases exported to a file, and imported.
 *
 * `backup list`, and `restore` and `import` without the name typed once more, only look (look.c). All else is an
 * operation of one to three errands, each of them one call of Google's that is sent at most once:
 *
 *   looking            read, and judged; whoever asked is answered
 *   awaiting-approval  what policy requires of people (consenting.c)
 *   queued             in line for the database
 *   checking           read and judged anew, right before the call
 *   sending            the one call
 *   seeking            its answer was lost: did it begin? Looked for, never sent again
 *   asking             nothing can tell: a person decides, and it is still looked for
 *   following          Google is at it
 *   inspecting         what came of it: the backup is good, the instance serves
 *   proving            the runbook that verifies what was restored
 *   proved             restored elsewhere: a person has it done in the database itself, or leaves it at that
 *   stopping           aborted: the runbook is ended first
 *   services           do those who need the database answer?
 *
 * A restore's errands are its stages: into another instance first, where one is configured ("trial"); a backup of what
 * is there ("safety"); and the database itself ("real"). What else is asked for is "real" alone.
 */
#ifndef OPSGATE_HANDLERS_BACKUP_H
#define OPSGATE_HANDLERS_BACKUP_H

#include "bot/model/verb.h"

extern const struct verb verb_backup;
extern const struct machine machine_backup, machine_backup_look;

#endif
