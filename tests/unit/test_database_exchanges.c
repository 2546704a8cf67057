/* Databases on Google Cloud, call by call: what is read, what is unknown, what is sent once, and what a refusal says.
 */
#include "tests/unit/scripted_exchange.h"

#include "integrations/google/database.h"

#define SQL "https://sqladmin.test/v1/projects/acme"
#define REDIS "https://redis.test/v1/projects/acme/locations/us-central1"
#define ONE "{'project':'acme','instance':'main'}"
#define WITH_REPLICA "{'project':'acme','instance':'main','replica':'main-r'}"
#define CACHE "{'project':'acme','instance':'cache','region':'us-central1'}"

#define GET_MAIN "GET " SQL "/instances/main"
#define GET_REPLICA "GET " SQL "/instances/main-r"
#define GET_OPS "GET " SQL "/operations?instance=main&maxResults=20"
#define GET_REPLICA_OPS "GET " SQL "/operations?instance=main-r&maxResults=20"
#define GET_BACKUPS "GET " SQL "/instances/main/backupRuns?maxResults=10"
#define GET_LAG                                                                                                        \
    "GET https://monitoring.test/v3/projects/acme/timeSeries?filter=metric.type%3D%22cloudsql.googleapis.com%2F"       \
    "database%2Freplication%2Freplica_lag%22%20AND%20resource.type%3D%22cloudsql_database%22%20AND%20"                 \
    "resource.labels.database_id%3D%22acme%3Amain-r%22&interval.startTime=2023-11-16T01%3A45%3A00.000Z"                \
    "&interval.endTime=2023-11-16T02%3A00%3A00.000Z&pageSize=1000"
#define GET_BYTES                                                                                                      \
    "GET https://monitoring.test/v3/projects/acme/timeSeries?filter=metric.type%3D%22redis.googleapis.com%2F"          \
    "replication%2Foffset_diff%22%20AND%20resource.type%3D%22redis_instance%22%20AND%20resource.labels."               \
    "instance_id%3D%22projects%2Facme%2Flocations%2Fus-central1%2Finstances%2Fcache%22&interval.startTime=2023-11-16T" \
    "01%3A45%3A00.000Z&interval.endTime=2023-11-16T02%3A00%3A00.000Z&pageSize=1000"

#define REGIONAL                                                                                                       \
    "{'state':'RUNNABLE','databaseVersion':'POSTGRES_15','gceZone':'z-a','secondaryGceZone':'z-c',"                    \
    "'settings':{'settingsVersion':'12','availabilityType':'REGIONAL','activationPolicy':'ALWAYS'}}"
#define ZONAL "{'state':'FAILED','settings':{'settingsVersion':'3','availabilityType':'ZONAL'}}"
#define REPLICA                                                                                                        \
    "{'state':'RUNNABLE','gceZone':'y-b','instanceType':'READ_REPLICA_INSTANCE','masterInstanceName':'acme:main'}"
#define OP(name, type, status)                                                                                         \
    "{'name':'" name "','operationType':'" type "','status':'" status "','user':'ann@example.com',"                    \
    "'insertTime':'2023-11-16T01:59:30Z'}"
#define LAG_POINTS                                                                                                     \
    "{'timeSeries':[{'points':[{'interval':{'endTime':'2023-11-16T01:58:00Z'},'value':{'doubleValue':9}},"             \
    "{'interval':{'endTime':'2023-11-16T01:59:00Z'},'value':{'doubleValue':1.25}}]}]}"
#define UNKNOWN_LAG "'lag':{'is_known':false}"
#define DENIED "{'error':{'code':403,'status':'PERMISSION_DENIED','message':'not authorized'}}"

#define ORDER(method, more) "{'place':" WITH_REPLICA ",'method':'" method "'" more "}"
#define POST_FAILOVER "POST " SQL "/instances/main/failover"
#define POST_PROMOTE "POST " SQL "/instances/main-r/promoteReplica"
#define SOUGHT(method)                                                                                                 \
    "{'place':" WITH_REPLICA ",'method':'" method                                                                      \
    "','known':'op-old','known_at_ms':1700099960000,'from_zone':'z-a','since_ms':1700099960000}"

static const struct scripted_row rows[] = {
    /* ---- Cloud SQL is read ---- */
    { "an instance with a standby: its zones, its guard, its newest good backup", database_read, ONE,
      .calls = { { GET_MAIN, .status = 200, .answer = REGIONAL },
                 { GET_OPS, .status = 200, .answer = "{}" },
                 { GET_BACKUPS, .status = 200,
                   .answer = "{'items':[{'status':'FAILED','endTime':'2023-11-16T01:00:00Z'},"
                             "{'status':'SUCCESSFUL','endTime':'2023-11-15T02:00:00Z'},"
                             "{'status':'SUCCESSFUL','endTime':'2023-11-14T02:00:00Z'}]}" } },
      .next = NEXT_DONE,
      .result = "{'at_ms':1700100000000,'state':'RUNNABLE','version':'POSTGRES_15','zone':'z-a','standby_zone':'z-c',"
                "'has_standby':true,'kind':'REGIONAL','settings_version':'12','is_backup_known':true,"
                "'backup_at_ms':1700013600000," UNKNOWN_LAG "}" },
    { "what runs on it, and the newest failover", database_read, ONE,
      .calls = { { GET_MAIN, .status = 200, .answer = ZONAL },
                 { GET_OPS, .status = 200,
                   .answer =
                       "{'items':[" OP("op-2", "BACKUP_VOLUME", "RUNNING") "," OP("op-1", "FAILOVER", "DONE") "]}" },
                 { GET_BACKUPS, .status = 200, .answer = "{}" } },
      .next = NEXT_DONE,
      .result =
          "{'at_ms':1700100000000,'state':'FAILED','kind':'ZONAL','settings_version':'3',"
          "'running':{'name':'op-2','type':'BACKUP_VOLUME','user':'ann@example.com','began_at_ms':1700099970000},"
          "'last_failover':{'name':'op-1','type':'FAILOVER','user':'ann@example.com','began_at_ms':1700099970000},"
          "'is_backup_known':true," UNKNOWN_LAG "}" },
    { "backups that may not be read are unknown, and say which permission", database_read, ONE,
      .calls = { { GET_MAIN, .status = 200, .answer = ZONAL },
                 { GET_OPS, .status = 200, .answer = "{}" },
                 { GET_BACKUPS, .status = 403, .answer = DENIED } },
      .next = NEXT_DONE,
      .result =
          "{'at_ms':1700100000000,'state':'FAILED','kind':'ZONAL','settings_version':'3',"
          "'backup_why':'Cloud SQL, main in acme: 403 PERMISSION_DENIED: not authorized. Has opsgate^s account the "
          "permission `cloudsql.backupRuns.list` in acme?'," UNKNOWN_LAG "}" },
    { "what runs on it has to be known", database_read, ONE,
      .calls = { { GET_MAIN, .status = 200, .answer = ZONAL }, { GET_OPS, .status = 403, .answer = DENIED } },
      .next = NEXT_NEVER, .error = "cloudsql.instances.get" },
    { "one that is not there is a refusal", database_read, ONE,
      .calls = { { GET_MAIN, .status = 404, .answer = "{}" } }, .next = NEXT_NEVER,
      .error = "Cloud SQL, main in acme answered 404: {}. There is no such thing there: are project and name right?" },
    { "an outage passes", database_read, ONE, .calls = { { GET_MAIN, .status = 503 } }, .next = NEXT_AGAIN,
      .error = "503", .is_outage = true },
    { "so does a limit", database_read, ONE, .calls = { { GET_MAIN, .status = 429, .header = { "retry-after", "7" } } },
      .next = NEXT_AGAIN, .error = "429", .after_ms = 7000, .is_outage = true },
    { "a token that is not taken is fetched anew", database_read, ONE, .calls = { { GET_MAIN, .status = 401 } },
      .next = NEXT_AGAIN, .needs_fresh_credential = true },
    { "half an answer is none", database_read, ONE, .calls = { { GET_MAIN, .status = 200, .answer = "{'state':" } },
      .next = NEXT_AGAIN, .error = "no JSON" },
    { "nor is one that names no state", database_read, ONE, .calls = { { GET_MAIN, .status = 200, .answer = "{}" } },
      .next = NEXT_AGAIN, .error = "names no state" },
    { "a name that is none is asked of nobody", database_read, "{'project':'acme','instance':'a/../b'}",
      .next = NEXT_NEVER, .error = "must be names" },

    /* ---- a replica ---- */
    { "a replica, and how far it is behind: the newest point, whatever their order", database_read, WITH_REPLICA,
      .calls = { { GET_MAIN, .status = 200, .answer = ZONAL },
                 { GET_OPS, .status = 200, .answer = "{}" },
                 { GET_BACKUPS, .status = 200, .answer = "{}" },
                 { GET_REPLICA, .status = 200, .answer = REPLICA },
                 { GET_REPLICA_OPS, .status = 200, .answer = "{}" },
                 { GET_LAG, .status = 200, .answer = LAG_POINTS } },
      .next = NEXT_DONE,
      .result = "{'at_ms':1700100000000,'state':'FAILED','kind':'ZONAL','settings_version':'3','is_backup_known':true,"
                "'replica':{'name':'main-r','state':'RUNNABLE','zone':'y-b','type':'READ_REPLICA_INSTANCE',"
                "'primary':'acme:main'},'lag':{'is_known':true,'lag_ms':1250,'at_ms':1700099940000}}" },
    { "without a point it is not known", database_read, WITH_REPLICA,
      .calls = { { GET_MAIN, .status = 503 },
                 { GET_REPLICA, .status = 200, .answer = REPLICA },
                 { GET_REPLICA_OPS, .status = 200, .answer = "{}" },
                 { GET_LAG, .status = 200, .answer = "{}" } },
      .next = NEXT_DONE,
      .result = "{'at_ms':1700100000000,'problem':'Cloud SQL, main in acme answered 503',"
                "'backup_why':'Cloud SQL, main in acme answered 503','replica':{'name':'main-r','state':'RUNNABLE',"
                "'zone':'y-b','type':'READ_REPLICA_INSTANCE','primary':'acme:main'},"
                "'lag':{'is_known':false,'why':'Cloud Monitoring has no point of the last 15 min'}}" },
    { "a replica that cannot be read is a refusal", database_read, WITH_REPLICA,
      .calls = { { GET_MAIN, .status = 404 }, { GET_REPLICA, .status = 404 } }, .next = NEXT_NEVER,
      .error = "no such thing there" },

    /* ---- Cloud SQL is failed over ---- */
    { "the settings version goes along, and the operation comes back", database_fail_over,
      ORDER("standby", ",'settings_version':'12'"),
      .calls = { { POST_FAILOVER,
                   .body = { "{'failoverContext':{'kind':'sql#failoverContext','settingsVersion':'12'}}" },
                   .status = 200, .answer = "{'name':'op-9'}" } },
      .next = NEXT_DONE, .result = "{'operation':'op-9'}" },
    { "without it nothing is sent", database_fail_over, ORDER("standby", ""), .next = NEXT_NEVER,
      .error = "settingsVersion is not known" },
    { "a replica is promoted, and its old primary is left alone", database_fail_over, ORDER("promotion", ""),
      .calls = { { POST_PROMOTE, .status = 200, .answer = "{'name':'op-9'}" } }, .next = NEXT_DONE,
      .result = "{'operation':'op-9'}" },
    { "another operation that runs is a refusal", database_fail_over, ORDER("standby", ",'settings_version':'12'"),
      .calls = { { POST_FAILOVER, .status = 409, .answer = "{}" } }, .next = NEXT_NEVER,
      .error = "another operation is at work" },
    { "the permission that is lacking is named", database_fail_over, ORDER("standby", ",'settings_version':'12'"),
      .calls = { { POST_FAILOVER, .status = 403, .answer = DENIED } }, .next = NEXT_NEVER,
      .error = "cloudsql.instances.failover" },
    { "so is the one for a promotion", database_fail_over, ORDER("promotion", ""),
      .calls = { { POST_PROMOTE, .status = 403, .answer = DENIED } }, .next = NEXT_NEVER,
      .error = "cloudsql.instances.promoteReplica" },
    { "after a 5xx nobody knows whether it was taken", database_fail_over, ORDER("standby", ",'settings_version':'12'"),
      .calls = { { POST_FAILOVER, .status = 502 } }, .next = NEXT_NEVER, .error = "502", .is_unclear = true },
    { "nor after a success of another kind", database_fail_over, ORDER("promotion", ""),
      .calls = { { POST_PROMOTE, .status = 202, .answer = "{}" } }, .next = NEXT_NEVER, .error = "202",
      .is_unclear = true },
    { "nor after half an answer", database_fail_over, ORDER("standby", ",'settings_version':'12'"),
      .calls = { { POST_FAILOVER, .status = 200, .answer = "{'na" } }, .next = NEXT_NEVER,
      .error = "names no operation", .is_unclear = true },
    { "no answer is left to whoever knows whether it went out", database_fail_over,
      ORDER("standby", ",'settings_version':'12'"), .calls = { { POST_FAILOVER, .status = 0 } }, .next = NEXT_AGAIN,
      .is_outage = true },
    { "a limit was before it, so it may be sent again", database_fail_over,
      ORDER("standby", ",'settings_version':'12'"), .calls = { { POST_FAILOVER, .status = 429 } }, .next = NEXT_AGAIN,
      .is_outage = true },

    /* ---- did it begin? ---- */
    { "a failover that was not there before is it", database_seek, SOUGHT("standby"),
      .calls = { { GET_OPS, .status = 200,
                   .answer =
                       "{'items':[" OP("op-9", "FAILOVER", "RUNNING") "," OP("op-old", "FAILOVER", "DONE") "]}" } },
      .next = NEXT_DONE, .result = "{'operation':'op-9','user':'ann@example.com','status':'RUNNING'}" },
    { "the one that was known is not, nor is a backup", database_seek, SOUGHT("standby"),
      .calls = { { GET_OPS, .status = 200,
                   .answer =
                       "{'items':[" OP("op-8", "BACKUP_VOLUME", "RUNNING") "," OP("op-old", "FAILOVER", "DONE") "]}" },
                 { GET_MAIN, .status = 200, .answer = REGIONAL } },
      .next = NEXT_DONE, .result = "{}" },
    { "nor is one that is older than the known one", database_seek,
      "{'place':" ONE ",'method':'standby','known':'op-old','known_at_ms':1700099980000,'from_zone':'z-a'}",
      .calls = { { GET_OPS, .status = 200, .answer = "{'items':[" OP("op-7", "FAILOVER", "DONE") "]}" },
                 { GET_MAIN, .status = 200, .answer = REGIONAL } },
      .next = NEXT_DONE, .result = "{}" },
    { "but another zone tells, too", database_seek, SOUGHT("standby"),
      .calls = { { GET_OPS, .status = 200, .answer = "{}" },
                 { GET_MAIN, .status = 200, .answer = "{'state':'RUNNABLE','gceZone':'z-c'}" } },
      .next = NEXT_DONE, .result = "{'has_moved':true}" },
    { "a promotion is sought at the replica", database_seek, SOUGHT("promotion"),
      .calls = { { GET_REPLICA_OPS, .status = 200, .answer = "{}" },
                 { GET_REPLICA, .status = 200, .answer = "{'instanceType':'CLOUD_SQL_INSTANCE'}" } },
      .next = NEXT_DONE, .result = "{'has_moved':true}" },
    { "what cannot be looked at is no answer", database_seek, SOUGHT("standby"),
      .calls = { { GET_OPS, .status = 500 } }, .next = NEXT_AGAIN, .is_outage = true },

    /* ---- how it goes ---- */
    { "it runs", database_follow, "{'place':" ONE ",'operation':'op-9'}",
      .calls = { { "GET " SQL "/operations/op-9", .status = 200, .answer = OP("op-9", "FAILOVER", "RUNNING") } },
      .next = NEXT_DONE, .result = "{'operation':'op-9','user':'ann@example.com','status':'RUNNING'}" },
    { "DONE is said of what failed, too", database_follow, "{'place':" ONE ",'operation':'op-9'}",
      .calls = { { "GET " SQL "/operations/op-9", .status = 200,
                   .answer = "{'status':'DONE','error':{'errors':[{'code':'INTERNAL_ERROR','message':'no'}]}}" } },
      .next = NEXT_DONE, .result = "{'operation':'op-9','status':'DONE','is_done':true,'error':'INTERNAL_ERROR: no'}" },
    { "one without a status is none", database_follow, "{'place':" ONE ",'operation':'op-9'}",
      .calls = { { "GET " SQL "/operations/op-9", .status = 200, .answer = "{}" } }, .next = NEXT_AGAIN,
      .error = "names no status" },

    /* ---- Memorystore ---- */
    { "Memorystore: its zones, and the bytes that are not copied, of the replica that lacks most", database_read, CACHE,
      .calls = { { "GET " REDIS "/instances/cache", .status = 200,
                   .answer = "{'state':'READY','tier':'STANDARD_HA','redisVersion':'REDIS_7_0','locationId':'z-a',"
                             "'currentLocationId':'z-b','alternativeLocationId':'z-b'}" },
                 { GET_BYTES, .status = 200,
                   .answer = "{'timeSeries':[{'points':[{'interval':{'endTime':'2023-11-16T01:59:00Z'},"
                             "'value':{'int64Value':'7'}}]},{'points':[{'interval':{'endTime':'2023-11-16T01:59:00Z'},"
                             "'value':{'int64Value':'2048'}}]}]}" } },
      .next = NEXT_DONE,
      .result =
          "{'at_ms':1700100000000,'state':'READY','version':'REDIS_7_0','zone':'z-b','standby_zone':'z-a',"
          "'has_standby':true,'kind':'STANDARD_HA','lag':{'is_known':true,'lag_bytes':2048,'at_ms':1700099940000}}" },
    { "without a replica nothing lags", database_read, CACHE,
      .calls = { { "GET " REDIS "/instances/cache", .status = 200, .answer = "{'state':'READY','tier':'BASIC'}" } },
      .next = NEXT_DONE, .result = "{'at_ms':1700100000000,'state':'READY','kind':'BASIC'," UNKNOWN_LAG "}" },
    { "it is failed over by a mode", database_fail_over,
      "{'place':" CACHE ",'method':'memorystore','mode':'FORCE_DATA_LOSS'}",
      .calls = { { "POST " REDIS "/instances/cache:failover", .body = { "{'dataProtectionMode':'FORCE_DATA_LOSS'}" },
                   .status = 200, .answer = "{'name':'projects/acme/locations/us-central1/operations/op-9'}" } },
      .next = NEXT_DONE, .result = "{'operation':'projects/acme/locations/us-central1/operations/op-9'}" },
    { "and refused in its own words", database_fail_over,
      "{'place':" CACHE ",'method':'memorystore','mode':'LIMITED_DATA_LOSS'}",
      .calls = { { "POST " REDIS "/instances/cache:failover", .status = 400,
                   .answer = "{'error':{'status':'FAILED_PRECONDITION','message':'the lag is too large'}}" } },
      .next = NEXT_NEVER, .error = "the lag is too large" },
    { "that it is at it the instance tells", database_seek,
      "{'place':" CACHE ",'method':'memorystore','from_zone':'z-a','since_ms':1}",
      .calls = { { "GET " REDIS "/instances/cache", .status = 200,
                   .answer = "{'state':'FAILING_OVER','currentLocationId':'z-a'}" } },
      .next = NEXT_DONE, .result = "{'status':'FAILING_OVER','has_moved':true}" },
    { "its operation is asked for by the last part of its name", database_follow,
      "{'place':" CACHE ",'operation':'projects/acme/locations/us-central1/operations/op-9'}",
      .calls = { { "GET " REDIS "/operations/op-9", .status = 200,
                   .answer = "{'done':true,'error':{'code':13,'message':'broken'}}" } },
      .next = NEXT_DONE,
      .result = "{'operation':'projects/acme/locations/us-central1/operations/op-9','status':'done','is_done':true,"
                "'error':'code 13: broken'}" },

    /* ---- doctor ---- */
    { "doctor: it can be failed over", database_doctor, ONE,
      .calls = { { GET_MAIN, .status = 200, .answer = REGIONAL },
                 { GET_OPS, .status = 200, .answer = "{}" },
                 { GET_BACKUPS, .status = 200, .answer = "{}" } },
      .next = NEXT_DONE,
      .result = "{'findings':[{'mark':'good','subject':'database main','text':'it is RUNNABLE, REGIONAL'}]}" },
    { "doctor: it cannot", database_doctor, ONE,
      .calls = { { GET_MAIN, .status = 200, .answer = ZONAL },
                 { GET_OPS, .status = 200, .answer = "{}" },
                 { GET_BACKUPS, .status = 200, .answer = "{}" } },
      .next = NEXT_DONE,
      .result =
          "{'findings':[{'mark':'bad','subject':'database main','text':'it is FAILED, ZONAL: it has no standby, and no "
          "replica is configured: it cannot be failed over','mend':'make it REGIONAL (Memorystore: STANDARD_HA), or "
          "name a `replica` under `databases`'}]}" },
    { "doctor: it may not be read", database_doctor, ONE, .calls = { { GET_MAIN, .status = 403, .answer = DENIED } },
      .next = NEXT_NEVER, .error = "cloudsql.instances.get" },
};

int main(void)
{
    return RUN_SCRIPTED(rows);
}
