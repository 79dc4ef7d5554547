/* The reading half of the socket. One thread at a time may read; which one is the pool's business. */
#ifndef RUNNER_INPUT_H
#define RUNNER_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "context.h"

/* An answer to a host call, or a chunk of one. */
struct delivery {
    struct delivery *next;
    uint64_t id;
    bool is_chunk;
    char *text; /* from malloc; NULL for a NULL answer */
};

/* What one read brought, in the order of arrival within each list. */
struct batch {
    struct call *calls;
    struct call **calls_end;
    size_t count;
    struct delivery *deliveries;
    struct delivery **deliveries_end;
    uint64_t dump_id; /* 0: none asked for */
};

/* Reads once, and goes on until the frames that it began are whole. Answers pings. Ends the process when the host is
 * gone or sends what is no frame. */
void input_read(int fd, struct batch *batch);

void delivery_free(struct delivery *delivery);

#endif
