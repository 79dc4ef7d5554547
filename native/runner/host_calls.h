/* The host calls that are open: a table of places, each with the thread that waits and what has come for it. Not safe by
 * itself: the pool's lock guards all of it. */
#ifndef RUNNER_HOST_CALLS_H
#define RUNNER_HOST_CALLS_H

#include <stdbool.h>
#include <stdint.h>

#include "context.h"
#include "input.h"

struct host_call {
    uint64_t id; /* generation << 32 | place + 1; 0 while the place was never used */
    bool used;
    bool done;
    struct thread *owner;
    char *answer;            /* when done; from malloc, NULL for a NULL answer */
    struct delivery *chunks; /* that have come, oldest first */
    struct delivery **chunks_end;
    struct host_call *next_free;
};

/* Takes a place for a call of this thread. NULL when all are taken. */
struct host_call *host_call_open(struct thread *owner);

/* Gives the place back. The answer is the caller's by now; chunks that nobody took are freed. */
void host_call_close(struct host_call *ask);

/* Puts an answer or a chunk where its call will find it, and takes it over. Gives the thread that waits for it; NULL
 * when the call is no longer open. */
struct thread *host_call_deliver(struct delivery *delivery);

/* Takes out the chunks that have come. */
struct delivery *host_call_take_chunks(struct host_call *ask);

#endif
