#include "bot/model/program.h"

static const struct shape_field start_rows[] = {
    ROW_STRINGS(program_start, argv, .flags = SHAPE_REQUIRED),
    ROW_STRING(program_start, runbook, .flags = SHAPE_NONZERO),
    ROW_INT(program_start, timeout_ms),
};
const struct shape program_start_shape = SHAPE("a program to start", program_start, start_rows);

static const struct shape_field question_rows[] = {
    ROW_STRINGS(program_question, argv, .flags = SHAPE_REQUIRED),
    ROW_INT(program_question, timeout_ms, .flags = SHAPE_REQUIRED),
};
const struct shape program_question_shape = SHAPE("a program to ask", program_question, question_rows);

static const struct shape_field look_rows[] = {
    ROW_STRING(program_look, run, .flags = SHAPE_REQUIRED),
    ROW_INT(program_look, from_byte),
    ROW_BOOL(program_look, is_tail, .flags = SHAPE_NONZERO),
};
const struct shape program_look_shape = SHAPE("a program to look at", program_look, look_rows);

static const struct shape_field progress_rows[] = {
    ROW_BOOL(program_progress, is_elsewhere, .flags = SHAPE_NONZERO),
    ROW_BOOL(program_progress, has_ended),
    ROW_INT(program_progress, exit_status),
    ROW_INT(program_progress, signal, .flags = SHAPE_NONZERO),
    ROW_BOOL(program_progress, is_timed_out, .flags = SHAPE_NONZERO),
    ROW_BOOL(program_progress, is_lost, .flags = SHAPE_NONZERO),
    ROW_STRING(program_progress, output, .flags = SHAPE_NONZERO),
    ROW_INT(program_progress, to_byte),
    ROW_BOOL(program_progress, is_all, .flags = SHAPE_NONZERO),
    ROW_INT(program_progress, dropped_bytes, .flags = SHAPE_NONZERO),
};
const struct shape program_progress_shape = SHAPE("a program's progress", program_progress, progress_rows);
