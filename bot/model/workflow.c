#include "bot/model/workflow.h"

static const struct shape_field dispatch_rows[] = {
    ROW_STRING(workflow_dispatch, repository, .flags = SHAPE_REQUIRED),
    ROW_STRING(workflow_dispatch, workflow, .flags = SHAPE_REQUIRED),
    ROW_STRING(workflow_dispatch, ref, .flags = SHAPE_REQUIRED),
    ROW_MAP(workflow_dispatch, inputs, .flags = SHAPE_NONZERO),
};
const struct shape workflow_dispatch_shape = SHAPE("a workflow to dispatch", workflow_dispatch, dispatch_rows);

static const struct shape_field look_rows[] = {
    ROW_STRING(workflow_look, repository, .flags = SHAPE_REQUIRED),
    ROW_STRING(workflow_look, workflow, .flags = SHAPE_REQUIRED),
    ROW_STRING(workflow_look, effect, .flags = SHAPE_REQUIRED),
    ROW_INT(workflow_look, run),
    ROW_INT(workflow_look, since_ms),
};
const struct shape workflow_look_shape = SHAPE("a workflow's run to look for", workflow_look, look_rows);

static const struct shape_field run_rows[] = {
    ROW_INT(workflow_run, run),
    ROW_STRING(workflow_run, status, .flags = SHAPE_REQUIRED),
    ROW_STRING(workflow_run, conclusion, .flags = SHAPE_NONZERO),
    ROW_STRING(workflow_run, url, .flags = SHAPE_NONZERO),
    ROW_STRING(workflow_run, step, .flags = SHAPE_NONZERO),
};
const struct shape workflow_run_shape = SHAPE("a workflow's run", workflow_run, run_rows);
