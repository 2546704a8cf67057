/* plant.h - faults planted on purpose, one guarded line each, that the simulation has to find.
 *
 * Only test builds that define OPSGATE_PLANTS can switch one on; elsewhere PLANTED() is a constant 0.
 */
#ifndef OPSGATE_MODEL_PLANT_H
#define OPSGATE_MODEL_PLANT_H

#define PLANTS(X)                                                                                                      \
    X(SEQ_NOT_CHECKED, "the commit script does not compare seq")                                                       \
    X(EFFECT_BEFORE_COMMIT, "an effect is sent before the commit that records it is confirmed")                       \
    X(EFFECT_FORGOTTEN_EARLY, "an effect's record is dropped before its result is committed")                         \
    X(TIMER_DROPPED, "timers are not taken over")                                                                      \
    X(DEDUPE_WITHOUT_APPEND, "accept writes the dedupe keys and loses the item")                                       \
    X(LANE_IGNORED, "effects of one lane run at the same time")                                                        \
    X(LEASE_NOT_CHECKED, "the lease is not checked before a call")                                                     \
    X(DECIDED_AGAIN, "a commit whose answer was lost is decided again instead of looked up")                          \
    X(ASK_REPEATED, "an effect whose outcome nothing can tell is tried again")                                         \
    X(COMERS_KEPT, "a rollback turns nobody away who has yet to come to its target")                                   \
    X(MEMBERS_KEPT, "a group brings to a target what was asked for before its last rollback")                          \
    X(SPLIT_NOT_EXPECTED, "traffic is changed whatever split is found")                                                \
    X(OBSERVED_ACTED, "what waited to go out goes while an adopted store is only observed")                            \
    X(NUMBER_TWICE, "an adoption knows nothing of the numbers of the store that is lost")                              \
    X(CURSOR_NOT_MOVED, "a decided input stays in front of the cursor")                                                \
    X(END_NOT_KEPT, "a target keeps nothing of those that changed it")                                                 \
    X(TARGET_SHARED, "a held target is granted to a second operation")                                                 \
    X(INCREASE_NOT_SUPERSEDED, "an increase that a decrease superseded is tried all the same")                         \
    X(CUT_NOT_AT_END, "what is out goes on after its operation ended")                                                 \
    X(SPLIT_REREAD, "a change of traffic expects whatever split it has just read")                                     \
    X(FOREIGN_TAKEN_BACK, "a rollout that goes back takes somebody else's split for its own")                          \
    X(STALE_CLICK_TAKEN, "a button on an older card counts like one on the newest")                                    \
    X(ROLLBACK_PING_PONG, "a second rollback goes back to what the first one left")                                    \
    X(ROLLBACK_TOO_FAR, "a rollback leaves what serves, though only a deploy without traffic was to be stopped")       \
    X(HOLD_IGNORED, "a lock or a halt holds nothing back")                                                             \
    X(OWN_CONSENT, "who asked for a deploy may consent to it, too")                                                    \
    X(RELOAD_NOT_JOURNALLED, "what another configuration brings is not written down before it is decided by")         \
    X(RULES_OF_BEFORE, "who has read another configuration goes on by the rules of the one before")                    \
    X(STALE_GROUP_COUNTS, "a group counts however long ago it was read")                                               \
    X(REMOVED_STAY, "who has left a group stays known in it")                                                          \
    X(WINDOW_NOT_ASKED, "a freeze that comes while a rollout runs holds nothing")                                      \
    X(GLASS_UNREVIEWED, "who breaks the glass leaves no review")                                                       \
    X(GLASS_BY_ITSELF, "who broke the glass may close the review of that, too")                                        \
    X(PAUSE_IGNORED, "a paused rollout goes on")                                                                       \
    X(VERDICT_IGNORED, "a step that fails counts as one that passed")                                                  \
    X(PREVIOUS_STEP_JUDGED, "what was counted before a step was verified is judged as the step's")                    \
    X(MISSING_IS_PASS, "what the metrics source does not know counts as none")                                         \
    X(IRREVERSIBLE_RETURNED, "an irreversible release gives its traffic back like any other")                          \
    X(DECREASE_PARKED, "a way back waits until the credential that it is refused for is mended")                       \
    X(PARKED_FORGOTTEN, "what a refused credential keeps from people is dropped")                                      \
    X(TIMERS_NOT_MOVED, "timers are due by the store's clock, however that is set")                                     \
    X(STEADY_GOES_BACK, "the steady clock goes back by what an answer of the store's was on its way")                  \
    X(SHIFT_NOT_HEARD, "who takes over does not know what the owner before it has counted of the clock's jumps")       \
    X(MEMBER_SUPERSEDED, "a member of a group gives way to a later deploy")                                            \
    X(LATER_SUPERSEDED, "a deploy gives way to one that was asked for before it")                                      \
    X(RUN_REPEATED_UNASKED, "a program of a procedure whose end nobody knows is run once more, though its step says ask") \
    X(RUN_GLOSSED_OVER, "another request of a procedure counts as done, however it ended")                             \
    X(SCALING_NOT_EXPECTED, "a service is scaled whatever range is found")                                             \
    X(BLOCK_STAYS, "the rule of a block whose time is over is not taken away")                                         \
    X(BLOCK_SHORT, "a block ends at half of its time")                                                                 \
    X(FAILOVER_UNKNOWN_IS_NONE, "a failover whose answer was lost counts as one that was not sent")                    \
    X(FAILOVER_SENT_AGAIN, "a failover that is not found is sent again without a person")                              \
    X(FAILOVER_UNSOUGHT, "whether a failover whose answer was lost began is not seen")                                 \
    X(FAILOVER_UNVERIFIED, "a failover counts as done though no other machine serves yet")                             \
    X(FAILOVER_MISNAMED, "a failover takes whatever name is typed the second time")                                    \
    X(BACKUP_UNKNOWN_IS_NONE, "a backup or a restore whose answer was lost counts as one that was not sent")             \
    X(BACKUP_SENT_AGAIN, "a backup or a restore that is not found is sent again without a person")                     \
    X(BACKUP_UNSOUGHT, "whether a backup or a restore whose answer was lost began is not seen")                        \
    X(BACKUP_RUNS_IS_GOOD, "a backup that still runs counts as a good one")                                            \
    X(RESTORE_UNSAVED, "what is there is not backed up before it is overwritten")                                      \
    X(RESTORE_UNASKED, "what was restored elsewhere goes over the database without a person")                          \
    X(RESTORE_MISNAMED, "a restore takes whatever name is typed the second time")                                      \
    X(DUE_TWICE, "what a schedule has asked for is due once more for the next owner")                                  \
    X(DUE_LOST, "what was due a moment ago is not run any more")                                                   \
    X(GROUP_CROWDED, "a group begins all that may begin, however many run")                                            \
    X(GROUP_UNORDERED, "a member begins before what it needs is done")                                                 \
    X(GROUP_GOES_ON, "a group that stops at a failure goes on")                                                        \
    X(GROUP_ASKS_TWICE, "a member that has begun is asked for once more")                                              \
    X(GROUP_LEAVES, "a group ends while its last members run")                                                         \
    X(GROUP_GLOSSES_OVER, "a member that failed counts as done")                                                       \
    X(GROUP_ABORT_KEPT, "an aborted group does not abort what runs")                                                   \
    X(REGIONS_APART, "each region pins the version for itself")                                                        \
    X(KEPT_UNTOUCHED, "an old revision whose time is over keeps its tag")                                               \
    X(CLICK_KEY_OF_THE_HOUR, "a retried press is another one when it comes later")                                     \
    X(CLICK_OF_TWO, "of two pressed buttons the first is taken")                                                       \
    X(CLICK_OF_OTHERS, "another app's button types commands too")                                                      \
    X(PROGRAM_REPEATED, "a program is run once more where a person is to be asked")                                    \
    X(PROGRAM_ELSEWHERE_OVER, "a program that another machine started counts as over")                                 \
    X(PROGRAM_LOST_IS_WELL, "a program that was lost counts as one that ended well")                                   \
    X(PROGRAM_STATUS_IGNORED, "a program may exit with any status")                                                    \
    X(PROGRAM_NOT_STOPPED, "a program that starts while it is aborted runs on")                                        \
    X(PROGRAM_ABORT_HASTY, "who aborts a program that is being started says that nothing was")                         \
    X(WORKFLOW_NOT_LOOKED_FOR, "a workflow is dispatched again without a look at its runs")                            \
    X(WORKFLOW_OF_ANYBODY, "any run of the workflow is taken for one's own")                                           \
    X(WORKFLOW_CONCLUSION_IGNORED, "a run that failed counts as one that succeeded")                                   \
    X(WORKFLOW_NOT_CANCELLED, "an aborted deploy leaves its run alone")                                                \
    X(DEPLOYMENT_TWICE, "a deployment is made on GitHub again without a look at those that are there")                 \
    X(EVENT_FORGOTTEN, "what was told and acted on is acted on again when it is told once more")                       \
    X(RELEASE_TWICE, "a second event that tells of a release begins a second rollout of it")                           \
    X(OWN_RELEASE_APPROVED, "who has published what rolls out by itself may consent to it, too")                       \
    X(BACKWARDS_TAKEN, "what rolls out by itself may be older than what serves")                                       \
    X(LATE_RELEASE_ACTS, "a release that is told of days later rolls out all the same")                                \
    X(RELEASE_UNCONFIRMED, "GitHub is not asked whether there is such a release")                                      \
    X(OLD_EVENT_TAKEN, "an event of the day before yesterday is acted on")                                             \
    X(CAUGHT_UP_IN_PART, "of what GitHub could not deliver only the oldest is handed in")                               \
    X(CAUGHT_UP_TWICE, "what is read from GitHub's log has another key than what comes by its hook")                   \
    X(ALONE_UNNOTED, "the last owner gives traffic back without the store, and notes it only afterwards")              \
    X(ALONE_UNKNOWN, "a rollout takes what the last owner gave back for somebody else's doing")                        \
    X(ALONE_GOES_ON, "the last owner goes on alone though the store answers, and another one owns it")                 \
    X(ALONE_RAISED_AGAIN, "what the last owner gave back is raised again by the increase that was out")                \
    X(CHANNEL_OF_OTHERS, "a channel that another incident has greeted is taken for one's own")                         \
    X(PRIVATE_CHANNEL_OPEN, "the channel of a private incident is open to everybody")                                  \
    X(PRIVATE_SAID_ALOUD, "what a private incident has to say is said where others read it")                           \
    X(PRIVATE_SHOWN, "whoever asks for a private incident sees it")                                                    \
    X(TIMELINE_REWRITTEN, "what happens takes the place of what happened before it")                                   \
    X(WORD_TWICE, "what somebody wrote is written down twice")                                                         \
    X(OLD_PAGE_TAKEN, "what PagerDuty told last counts, however old it is")                                            \
    X(REOPENED_UNHEARD, "what PagerDuty opens again stays resolved here")                                              \
    X(ACKNOWLEDGED_ANYHOW, "an acknowledgement is written to what is resolved in PagerDuty")                           \
    X(PROMPT_AGAIN, "that nobody has acknowledged an incident is said again and again")                                \
    X(PROMPT_FORGOTTEN, "of an incident that is opened again nobody is asked to acknowledge it")                       \
    X(TOGETHER_CUT, "of words that are said together only the first are said")                                         \
    X(TOGETHER_ANYHOW, "what asks somebody is said with others")

enum plant {
    PLANT_NONE,
#define PLANT_ENUM(name, about) PLANT_##name,
    PLANTS(PLANT_ENUM)
#undef PLANT_ENUM
    PLANT_COUNT
};

#ifdef OPSGATE_PLANTS
extern enum plant planted; /* set once, by the simulation's command line */
#define PLANTED(name) (planted == PLANT_##name)
#else
#define PLANTED(name) 0
#endif

#endif
