/* The answer to one request, while it is made: a text that may not grow beyond a limit, a status, flags. */
#ifndef DATABASE_ANSWER_H
#define DATABASE_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol.h"

struct answer {
    enum answer_status status;
    uint64_t flags;
    uint64_t code;
    char *text;
    size_t size;
    size_t room;
    size_t bytes_max;
    bool overflowed; /* what came after was dropped */
};

/* An empty answer whose text has `bytes_max` bytes at most. */
void answer_begin(struct answer *answer, size_t bytes_max);

/* Frees the text. */
void answer_end(struct answer *answer);

/* Makes it an error with this message, whatever was in it. The message may point into SQLite's memory. */
void answer_fail(struct answer *answer, enum answer_status status, uint64_t code, const char *message);

/* Adds bytes as they are. */
void answer_add(struct answer *answer, const char *bytes, size_t size);

/* Adds a JSON number. What JSON has no number for becomes null. */
void answer_add_integer(struct answer *answer, int64_t number);
void answer_add_real(struct answer *answer, double number);

/* Adds a JSON string. Bytes that are no UTF-8 become U+FFFD. */
void answer_add_string(struct answer *answer, const char *text, size_t size);

/* Adds bytes as a JSON string of base64. */
void answer_add_base64(struct answer *answer, const unsigned char *bytes, size_t size);

#endif
