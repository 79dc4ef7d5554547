/* The writing half of the socket. Any thread may write; frames never interleave. */
#ifndef RUNNER_OUTPUT_H
#define RUNNER_OUTPUT_H

#include <stdbool.h>

#include "frame.h"

#define FIELDS_WRITE_MAX 4u

void output_init(int fd);

/* Writes one frame, or leaves it with the thread that is writing already. Takes no reference to the fields' memory.
 * Returns 0, or -1 when the frame would be longer than FRAME_BYTES_MAX (nothing is written then). When the host is
 * gone the process ends here. */
int output_frame(enum frame_kind kind, uint8_t op, uint64_t id, uint64_t parent, const struct field *fields,
                 size_t count);

/* A field that holds a C string; NULL gives a NULL field. */
struct field field_text(const char *text);

/* In a signal handler, after a crash: waits until what other threads handed over is written, stops them, and gives
 * the file descriptor to write the report to; -1 when a frame is stuck half way. */
int output_seize(void);

/* After output_seize: whether answers that the plugin had given could not be written. */
bool output_was_lost(void);

/* After the report of an exit(): frames are dropped from now on, and nobody waits. */
void output_end(void);

/* In the child after fork(): the socket belongs to the parent. Closes it, or the host would not see the parent's end. */
void output_abandon(void);

#endif
