/* Cloud Armor, call by call: a rule is looked for before it is made, and looked at before it goes; what a refusal says.
 */
#include "tests/unit/scripted_exchange.h"

#include "integrations/google/armor.h"

#define POLICY "https://compute.test/compute/v1/projects/acme/global/securityPolicies/waf"
#define GET_POLICY "GET " POLICY
#define PLACE "'place':{'project':'acme','policy':'waf'}"
#define BLOCK "{" PLACE ",'priority':9000,'range':'203.0.113.7/32','description':'opsgate D7 [m-1]','mark':'m-1'}"
#define UNBLOCK "{" PLACE ",'priority':9000,'range':'203.0.113.7/32','mark':'m-1'}"
#define DDOS "{" PLACE ",'is_on':true}"
#define RULE(priority, range, description)                                                                             \
    "{'priority':" priority ",'action':'deny(403)','description':'" description                                        \
    "','match':{'versionedExpr':'SRC_IPS_V1','config':{'srcIpRanges':['" range "']}}}"
#define LAST "{'priority':2147483647,'action':'allow','match':{'config':{'srcIpRanges':['*']}}}"
#define OF(rules) "{'name':'waf','fingerprint':'fp1=','rules':[" rules LAST "]}"
#define OURS RULE("9000", "203.0.113.7/32", "opsgate D7 [m-1]") ","
#define NOT_READY                                                                                                      \
    "{'error':{'code':400,'message':'The resource is not ready','errors':[{'domain':'global',"                         \
    "'reason':'resourceNotReady','message':'The resource is not ready'}]}}"
#define DENIED "{'error':{'code':403,'status':'PERMISSION_DENIED','message':'not yours'}}"

static const struct scripted_row rows[] = {
    { "a policy: its rules, but the one for everybody", armor_read, "{" PLACE "}",
      .calls = { { GET_POLICY, .status = 200, .answer = OF(OURS) } }, .next = NEXT_DONE,
      .result = "{'rules':[{'priority':9000,'action':'deny(403)','description':'opsgate D7 [m-1]','ranges':"
                "['203.0.113.7/32']}]}" },
    { "and how an operation failed", armor_read, "{" PLACE ",'operation':'op-1'}",
      .calls = { { "GET https://compute.test/compute/v1/projects/acme/global/operations/op-1", .status = 200,
                   .answer = "{'status':'DONE','error':{'errors':[{'message':'too many rules'}]}}" },
                 { GET_POLICY, .status = 200, .answer = OF("") } },
      .next = NEXT_DONE, .result = "{'problem':'too many rules'}" },
    { "one that cannot be read says nothing", armor_read, "{" PLACE ",'operation':'op-1'}",
      .calls = { { "GET https://compute.test/compute/v1/projects/acme/global/operations/op-1", .status = 404 },
                 { GET_POLICY, .status = 200, .answer = OF("") } },
      .next = NEXT_DONE, .result = "{}" },
    { "a policy that is not there", armor_read, "{" PLACE "}",
      .calls = { { GET_POLICY, .status = 404, .answer = "{}" } }, .next = NEXT_NEVER,
      .error = "are project and name right?" },
    { "one that may not be read", armor_read, "{" PLACE "}",
      .calls = { { GET_POLICY, .status = 403, .answer = DENIED } }, .next = NEXT_NEVER,
      .error = "compute.securityPolicies.get" },
    { "no JSON", armor_read, "{" PLACE "}", .calls = { { GET_POLICY, .status = 200, .answer = "<html>" } },
      .next = NEXT_AGAIN, .error = "no JSON" },
    { "no rules", armor_read, "{" PLACE "}", .calls = { { GET_POLICY, .status = 200, .answer = "{}" } },
      .next = NEXT_AGAIN, .error = "has no rules" },
    { "a name that leads elsewhere", armor_read, "{'place':{'project':'acme','policy':'../x'}}", .next = NEXT_NEVER,
      .error = "names as Google writes them" },

    { "a rule is made", armor_block_add, BLOCK,
      .calls = { { GET_POLICY, .status = 200, .answer = OF("") },
                 { "POST " POLICY "/addRule",
                   .body = { "'priority':9000", "'srcIpRanges':['203.0.113.7/32']", "'action':'deny(403)'", "m-1" },
                   .status = 200, .answer = "{'name':'op-1','status':'RUNNING'}" } },
      .next = NEXT_DONE, .result = "{'operation':'op-1'}" },
    { "one that is there is not made again", armor_block_add, BLOCK, .is_in_doubt = true,
      .calls = { { GET_POLICY, .status = 200, .answer = OF(OURS) } }, .next = NEXT_DONE, .result = "{}" },
    { "a stranger's priority is left alone", armor_block_add, BLOCK,
      .calls = { { GET_POLICY, .status = 200, .answer = OF(RULE("9000", "192.0.2.1", "by hand") ",") } },
      .next = NEXT_NEVER, .error = "taken by another rule" },
    { "a first try that is on its way still: nobody knows", armor_block_add, BLOCK, .is_in_doubt = true,
      .calls = { { GET_POLICY, .status = 200, .answer = OF("") },
                 { "POST " POLICY "/addRule", .status = 400,
                   .answer = "{'error':{'code':400,'message':'Cannot have rules with the same priorities.'}}" } },
      .next = NEXT_NEVER, .error = "same priorities", .is_unclear = true },
    { "another change that is at work is waited for", armor_block_add, BLOCK,
      .calls = { { GET_POLICY, .status = 200, .answer = OF("") },
                 { "POST " POLICY "/addRule", .status = 400, .answer = NOT_READY } },
      .next = NEXT_AGAIN, .error = "another change is at work" },
    { "also when a rule goes", armor_block_remove, UNBLOCK,
      .calls = { { GET_POLICY, .status = 200, .answer = OF(OURS) },
                 { "POST " POLICY "/removeRule?priority=9000", .status = 400, .answer = NOT_READY } },
      .next = NEXT_AGAIN, .error = "another change is at work" },
    { "the permission", armor_block_add, BLOCK,
      .calls = { { GET_POLICY, .status = 200, .answer = OF("") },
                 { "POST " POLICY "/addRule", .status = 403, .answer = DENIED } },
      .next = NEXT_NEVER, .error = "compute.securityPolicies.update" },
    { "an answer that is lost", armor_block_add, BLOCK,
      .calls = { { GET_POLICY, .status = 200, .answer = OF("") }, { "POST " POLICY "/addRule", .status = 0 } },
      .next = NEXT_AGAIN, .is_outage = true, .error = "Cloud Armor" },
    { "what is no range is not sent", armor_block_add,
      "{" PLACE ",'priority':9000,'range':'*','description':'x','mark':'m-1'}", .next = NEXT_NEVER,
      .error = "no range of addresses" },

    { "a rule goes", armor_block_remove, UNBLOCK,
      .calls = { { GET_POLICY, .status = 200, .answer = OF(OURS) },
                 { "POST " POLICY "/removeRule?priority=9000", .status = 200, .answer = "{'name':'op-2'}" } },
      .next = NEXT_DONE, .result = "{'operation':'op-2'}" },
    { "one that is gone is gone", armor_block_remove, UNBLOCK,
      .calls = { { GET_POLICY, .status = 200, .answer = OF("") } }, .next = NEXT_DONE, .result = "{}" },
    { "one that holds another address by now stays", armor_block_remove, UNBLOCK,
      .calls = { { GET_POLICY, .status = 200, .answer = OF(RULE("9000", "203.0.113.8/32", "opsgate D7 [m-1]") ",") } },
      .next = NEXT_DONE, .result = "{}" },
    { "one without our mark stays", armor_block_remove, UNBLOCK,
      .calls = { { GET_POLICY, .status = 200, .answer = OF(RULE("9000", "203.0.113.7/32", "mine now") ",") } },
      .next = NEXT_DONE, .result = "{}" },
    { "which one has to be said", armor_block_remove, "{" PLACE ",'priority':9000}", .next = NEXT_NEVER,
      .error = "which rule is to go" },

    { "the adaptive protection, by the fingerprint, with what else is set", armor_ddos_switch, DDOS,
      .calls = { { GET_POLICY, .status = 200,
                   .answer = "{'fingerprint':'fp1=','adaptiveProtectionConfig':{'layer7DdosDefenseConfig':"
                             "{'ruleVisibility':'STANDARD'}},'rules':[" LAST "]}" },
                 { "PATCH " POLICY, .body = { "'fingerprint':'fp1='", "'ruleVisibility':'STANDARD'", "'enable':true" },
                   .status = 200, .answer = "{'name':'op-3'}" } },
      .next = NEXT_DONE, .result = "{'operation':'op-3'}" },
    { "changed at the same moment, it is read anew", armor_ddos_switch, DDOS,
      .calls = { { GET_POLICY, .status = 200, .answer = OF("") }, { "PATCH " POLICY, .status = 412, .answer = "{}" } },
      .next = NEXT_AGAIN, .error = "at the same moment" },

    { "doctor: it may be read", armor_doctor, "{'project':'acme','policy':'waf'}",
      .calls = { { GET_POLICY, .status = 200, .answer = OF(OURS) } }, .next = NEXT_DONE,
      .result = "{'findings':[{'mark':'good','subject':'protection waf','text':'it has 2 rules, and its adaptive "
                "protection is off'}]}" },
};

int main(void)
{
    return RUN_SCRIPTED(rows);
}
