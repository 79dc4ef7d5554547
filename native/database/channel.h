/* The frames of descriptor 3, one after the other. What comes from the host is trusted to be well meant, not to be well
 * formed: a frame that is none ends the process. */
#ifndef DATABASE_CHANNEL_H
#define DATABASE_CHANNEL_H

#include <stdbool.h>

#include "../runner/frame.h"
#include "answer.h"

struct message {
    struct frame_head head;
    unsigned char *body;
    size_t size;
};

/* Waits for the next frame. Returns false at the end of input. */
bool channel_read(struct message *message);

/* Overwrites and frees a frame: it may hold a key. */
void channel_free(struct message *message);

/* Sends the answer to a frame. */
void channel_write(uint64_t id, const struct answer *answer);

#endif
