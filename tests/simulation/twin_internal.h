/* twin_internal.h - what the scripts' functions share: the store's hashes, streams and dedupe keys. */
#ifndef OPSGATE_SIMULATION_TWIN_INTERNAL_H
#define OPSGATE_SIMULATION_TWIN_INTERNAL_H

#include "tests/simulation/twin.h"

void twin_came_by(struct twin *twin, enum twin_branch branch);

void twin_put_pair(struct twin_hash *map, const char *field, struct str value);
bool twin_drop_pair(struct twin_hash *map, const char *field); /* was it there? */
const char *twin_meta(const struct twin *twin, const char *field, const char *otherwise);
void twin_set_meta(struct twin *twin, const char *field, const char *value);

bool twin_is_hex32(const char *text);
bool twin_is_later(struct twin_id a, struct twin_id b);
bool twin_parse_number(struct str text, uint64_t *ret_value);
void twin_append_entry(struct twin_stream *stream, struct twin_id id, struct str value);
void twin_append_now(struct twin *twin, struct twin_stream *stream, struct str value); /* as XADD with '*' */
void twin_drop_first(struct twin_stream *stream);
void twin_drop_entry(struct twin_stream *stream, struct twin_id id); /* nothing when it is not there */

struct twin_key *twin_find_key(struct twin *twin, const char *text); /* NULL: not there, or its time is over */
void twin_set_key(struct twin *twin, const char *text);

#endif
