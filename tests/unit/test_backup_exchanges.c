/* Backups of Cloud SQL, call by call: what is read, what is sent once, how it is found again, and what a refusal says.
 */
#include "tests/unit/scripted_exchange.h"

#include "integrations/google/backup.h"

#define SQL "https://sqladmin.test/v1/projects/acme"
#define MAIN "'place':{'project':'acme','instance':'main'}"
#define GET_MAIN "GET " SQL "/instances/main"
#define GET_OPS "GET " SQL "/operations?instance=main&maxResults=20"
#define GET_SCRATCH "GET " SQL "/instances/scratch"
#define GET_SCRATCH_OPS "GET " SQL "/operations?instance=scratch&maxResults=20"
#define GET_RUNS "GET " SQL "/instances/main/backupRuns?maxResults=20"
#define GET_RUN "GET " SQL "/instances/main/backupRuns/17"
#define RUNNABLE "{'state':'RUNNABLE','databaseVersion':'POSTGRES_15'}"
#define DENIED "{'error':{'code':403,'status':'PERMISSION_DENIED','message':'not authorized'}}"
#define OP(name, type, status, more)                                                                                   \
    "{'name':'" name "','operationType':'" type "','status':'" status "',"                                             \
    "'insertTime':'2023-11-16T01:59:30Z'" more "}"
#define RUN(id, status, end) "{'id':'" id "','status':'" status "','type':'AUTOMATED','endTime':'" end "'}"
#define LOOK(more) "{" MAIN ",'instance':'main'" more "}"
#define POST_BACKUP "POST " SQL "/instances/main/backupRuns"
#define POST_RESTORE "POST " SQL "/instances/scratch/restoreBackup"
#define CREATE "{" MAIN ",'kind':'create','into':'main','description':'why (opsgate D7)'}"
#define RESTORE "{" MAIN ",'kind':'restore','into':'scratch','id':'17'}"
#define SOUGHT(kind, more)                                                                                             \
    "{'errand':{" MAIN ",'kind':'" kind "','into':'main'" more "},'known':'op-old','known_at_ms':1700099960000}"

static const struct scripted_row rows[] = {
    /* ---- read ---- */
    { "the newest come first, whatever their order, with their size", backups_read, LOOK(",'id':'latest'"),
      .calls = { { GET_MAIN, .status = 200, .answer = RUNNABLE },
                 { GET_OPS, .status = 200, .answer = "{}" },
                 { GET_RUNS, .status = 200,
                   .answer = "{'items':[" RUN(
                       "15", "SUCCESSFUL",
                       "2023-11-14T02:00:00Z") ","
                                               "{'id':'17','status':'FAILED','endTime':'2023-11-16T01:00:00Z',"
                                               "'error':{'message':'no space'}},"
                                               "{'id':'16','status':'SUCCESSFUL','endTime':'2023-11-15T02:00:00Z',"
                                               "'maxChargeableBytes':'1024','description':'mine'},{'status':'SUCCESSFUL'}]}" } },
      .next = NEXT_DONE,
      .result = "{'state':'RUNNABLE','version':'POSTGRES_15','runs':["
                "{'id':'17','status':'FAILED','error':'no space','ended_at_ms':1700096400000},"
                "{'id':'16','status':'SUCCESSFUL','description':'mine','ended_at_ms':1700013600000,'bytes':1024},"
                "{'id':'15','status':'SUCCESSFUL','type':'AUTOMATED','ended_at_ms':1699927200000}],"
                "'wanted':{'id':'16','status':'SUCCESSFUL','description':'mine','ended_at_ms':1700013600000,"
                "'bytes':1024}}" },
    { "of the instance that is restored into: what runs there, its replicas, the newest of that kind", backups_read,
      "{" MAIN ",'instance':'scratch','kind':'restore'}",
      .calls = { { GET_SCRATCH, .status = 200,
                   .answer = "{'state':'RUNNABLE','settings':{'activationPolicy':'NEVER'},'replicaNames':['r']}" },
                 { GET_SCRATCH_OPS, .status = 200,
                   .answer = "{'items':[" OP("op-3", "EXPORT", "RUNNING", "") "," OP("op-2", "RESTORE_VOLUME", "DONE",
                                                                                     "") "]}" },
                 { GET_RUNS, .status = 200, .answer = "{}" } },
      .next = NEXT_DONE,
      .result = "{'state':'RUNNABLE','is_stopped':true,'replicas':['r'],"
                "'running':{'name':'op-3','type':'EXPORT','began_at_ms':1700099970000},"
                "'last':{'name':'op-2','type':'RESTORE_VOLUME','began_at_ms':1700099970000}}" },
    { "one that is older than the list is asked for by its number", backups_read, LOOK(",'id':'17'"),
      .calls = { { GET_MAIN, .status = 200, .answer = RUNNABLE },
                 { GET_OPS, .status = 200, .answer = "{}" },
                 { GET_RUNS, .status = 200, .answer = "{}" },
                 { GET_RUN, .status = 200, .answer = "{'id':'17','status':'SUCCESSFUL'}" } },
      .next = NEXT_DONE,
      .result = "{'state':'RUNNABLE','version':'POSTGRES_15','wanted':{'id':'17','status':'SUCCESSFUL'}}" },
    { "one that is not there is none, and says why", backups_read, LOOK(",'id':'17'"),
      .calls = { { GET_MAIN, .status = 200, .answer = RUNNABLE },
                 { GET_OPS, .status = 200, .answer = "{}" },
                 { GET_RUNS, .status = 200, .answer = "{}" },
                 { GET_RUN, .status = 403, .answer = DENIED } },
      .next = NEXT_DONE,
      .result =
          "{'state':'RUNNABLE','version':'POSTGRES_15','why':'Cloud SQL, main in acme: 403 PERMISSION_DENIED: not "
          "authorized. Has opsgate^s account the permission `cloudsql.backupRuns.get` in acme?'}" },
    { "another than was asked for is none", backups_read, LOOK(",'id':'17'"),
      .calls = { { GET_MAIN, .status = 200, .answer = RUNNABLE },
                 { GET_OPS, .status = 200, .answer = "{}" },
                 { GET_RUNS, .status = 200, .answer = "{}" },
                 { GET_RUN, .status = 200, .answer = "{'id':'18','status':'SUCCESSFUL'}" } },
      .next = NEXT_DONE,
      .result = "{'state':'RUNNABLE','version':'POSTGRES_15','why':'the answer is of no such backup'}" },
    { "a number that is none is no backup", backups_read, LOOK(",'id':'latest'"),
      .calls = { { GET_MAIN, .status = 200, .answer = RUNNABLE },
                 { GET_OPS, .status = 200, .answer = "{}" },
                 { GET_RUNS, .status = 200,
                   .answer = "{'items':[" RUN("*1*", "SUCCESSFUL", "2023-11-14T02:00:00Z") "]}" } },
      .next = NEXT_DONE,
      .result = "{'state':'RUNNABLE','version':'POSTGRES_15'}" },
    { "what may not be listed is a refusal that names the permission", backups_read, LOOK(""),
      .calls = { { GET_MAIN, .status = 200, .answer = RUNNABLE },
                 { GET_OPS, .status = 200, .answer = "{}" },
                 { GET_RUNS, .status = 403, .answer = DENIED } },
      .next = NEXT_NEVER, .error = "cloudsql.backupRuns.list" },
    { "half an answer is none", backups_read, LOOK(""), .calls = { { GET_MAIN, .status = 200, .answer = "{'st" } },
      .next = NEXT_AGAIN, .error = "no JSON" },
    { "nor is one without a state", backups_read, LOOK(""), .calls = { { GET_MAIN, .status = 200, .answer = "{}" } },
      .next = NEXT_AGAIN, .error = "names no state" },
    { "a name that is none is asked of nobody", backups_read, "{" MAIN ",'instance':'a/../b'}", .next = NEXT_NEVER,
      .error = "must be a name" },
    { "Memorystore has none", backups_read, "{'place':{'project':'acme','instance':'c','region':'r'},'instance':'c'}",
      .next = NEXT_NEVER, .error = "Memorystore has none" },

    /* ---- changed ---- */
    { "a backup has words", backups_change, CREATE,
      .calls = { { POST_BACKUP, .body = { "{'description':'why (opsgate D7)'}" }, .status = 200,
                   .answer = "{'name':'op-9'}" } },
      .next = NEXT_DONE, .result = "{'operation':'op-9'}" },
    { "a restore names its backup, and goes into the instance that is named", backups_change, RESTORE,
      .calls = { { POST_RESTORE,
                   .body = { "{'restoreBackupContext':{'kind':'sql#restoreBackupContext','backupRunId':'17',"
                             "'instanceId':'main','project':'acme'}}" },
                   .status = 200, .answer = "{'name':'op-9'}" } },
      .next = NEXT_DONE, .result = "{'operation':'op-9'}" },
    { "without a number nothing is restored", backups_change, "{" MAIN ",'kind':'restore','into':'main','id':'latest'}",
      .next = NEXT_NEVER, .error = "lacks" },
    { "nothing is done that is none of the four", backups_change, "{" MAIN ",'kind':'delete','into':'main','id':'1'}",
      .next = NEXT_NEVER, .error = "lacks" },
    { "the permission that is lacking is named", backups_change, RESTORE,
      .calls = { { POST_RESTORE, .status = 403, .answer = DENIED } }, .next = NEXT_NEVER,
      .error = "cloudsql.instances.restoreBackup" },
    { "another operation that runs is a refusal", backups_change, RESTORE,
      .calls = { { POST_RESTORE, .status = 409, .answer = "{}" } }, .next = NEXT_NEVER,
      .error = "another operation is at work" },
    { "after a 5xx nobody knows whether it was taken", backups_change, RESTORE,
      .calls = { { POST_RESTORE, .status = 503 } }, .next = NEXT_NEVER, .error = "503", .is_unclear = true },
    { "a limit was before it, so it may be sent again", backups_change, RESTORE,
      .calls = { { POST_RESTORE, .status = 429 } }, .next = NEXT_AGAIN, .is_outage = true },

    /* ---- did it begin? ---- */
    { "a backup is found by its words, whatever else was backed up", backups_seek,
      SOUGHT("create", ",'description':'why (opsgate D7)'"),
      .calls = { { GET_RUNS, .status = 200,
                   .answer = "{'items':[{'id':'18','status':'RUNNING','description':'why (opsgate D7)'}]}" } },
      .next = NEXT_DONE, .result = "{'has_moved':true}" },
    { "others are not it", backups_seek, SOUGHT("create", ",'description':'why (opsgate D7)'"),
      .calls = { { GET_RUNS, .status = 200,
                   .answer = "{'items':[{'id':'18','status':'RUNNING','description':'why (opsgate D8)'}]}" } },
      .next = NEXT_DONE, .result = "{}" },
    { "an export by its file", backups_seek, SOUGHT("export", ",'file':'gs://b/x'"),
      .calls = { { GET_OPS, .status = 200,
                   .answer = "{'items':[" OP("op-9", "EXPORT", "DONE", ",'exportContext':{'uri':'gs://b/y'}") "," OP(
                       "op-8", "EXPORT", "RUNNING", ",'exportContext':{'uri':'gs://b/x'}") "]}" } },
      .next = NEXT_DONE, .result = "{'operation':'op-8','status':'RUNNING'}" },
    { "a restore by an operation that was not there before", backups_seek, SOUGHT("restore", ",'id':'17'"),
      .calls = { { GET_OPS, .status = 200,
                   .answer = "{'items':[" OP("op-9", "RESTORE_VOLUME", "RUNNING", "") "," OP("op-old", "RESTORE_VOLUME",
                                                                                             "DONE", "") "]}" } },
      .next = NEXT_DONE, .result = "{'operation':'op-9','status':'RUNNING'}" },
    { "that a person began is not it: the one behind it may be", backups_seek, SOUGHT("restore", ",'id':'17'"),
      .calls = { { GET_OPS, .status = 200,
                   .answer = "{'items':[" OP("op-9", "RESTORE_VOLUME", "RUNNING", ",'user':'dba@example.com'") "," OP(
                       "op-8", "RESTORE_VOLUME", "DONE", ",'user':'opsgate@acme.iam.gserviceaccount.com'") "]}" } },
      .next = NEXT_DONE,
      .result = "{'operation':'op-8','user':'opsgate@acme.iam.gserviceaccount.com','status':'DONE'}" },
    { "the one that was known is not it", backups_seek, SOUGHT("restore", ",'id':'17'"),
      .calls = { { GET_OPS, .status = 200, .answer = "{'items':[" OP("op-old", "RESTORE_VOLUME", "DONE", "") "]}" } },
      .next = NEXT_DONE, .result = "{}" },
    { "what cannot be looked at is no answer", backups_seek, SOUGHT("restore", ",'id':'17'"),
      .calls = { { GET_OPS, .status = 500 } }, .next = NEXT_AGAIN, .is_outage = true },

    /* ---- doctor ---- */
    { "doctor: a good one of the last day", backups_doctor, LOOK(",'id':'latest'"),
      .calls = { { GET_MAIN, .status = 200, .answer = RUNNABLE },
                 { GET_OPS, .status = 200, .answer = "{}" },
                 { GET_RUNS, .status = 200,
                   .answer = "{'items':[" RUN("15", "SUCCESSFUL", "2023-11-15T22:00:00Z") "]}" } },
      .next = NEXT_DONE,
      .result = "{'findings':[{'mark':'good','subject':'backups of main','text':'the newest good one is 4 h old'}]}" },
    { "doctor: an older one", backups_doctor, LOOK(",'id':'latest'"),
      .calls = { { GET_MAIN, .status = 200, .answer = RUNNABLE },
                 { GET_OPS, .status = 200, .answer = "{}" },
                 { GET_RUNS, .status = 200,
                   .answer = "{'items':[" RUN("15", "SUCCESSFUL", "2023-11-14T02:00:00Z") "]}" } },
      .next = NEXT_DONE,
      .result = "{'findings':[{'mark':'bad','subject':'backups of main','text':'the newest good one is 2 days old',"
                "'mend':'make one: `backup create`; and look at its automated backups in the console'}]}" },
    { "doctor: an instance of another version", backups_doctor, "{" MAIN ",'instance':'scratch','id':'latest'}",
      .calls = { { GET_SCRATCH, .status = 200, .answer = "{'state':'RUNNABLE','databaseVersion':'POSTGRES_16'}" },
                 { GET_SCRATCH_OPS, .status = 200, .answer = "{}" },
                 { GET_RUNS, .status = 200,
                   .answer = "{'items':[{'id':'15','status':'SUCCESSFUL','endTime':'2023-11-15T22:00:00Z',"
                             "'databaseVersion':'POSTGRES_15'}]}" } },
      .next = NEXT_DONE,
      .result =
          "{'findings':[{'mark':'bad','subject':'backups of main','text':'scratch is POSTGRES_16, and they are of "
          "POSTGRES_15: none can be restored there','mend':'give `restore_into` an instance of the same version'}]}" },
};

int main(void)
{
    return RUN_SCRIPTED(rows);
}
