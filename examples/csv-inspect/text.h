/* Two small tools of the example: a text that grows, and a reader for the flat JSON object that a tool gets. */
#ifndef CSV_TEXT_H
#define CSV_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct text {
    char *data;
    size_t used;
    size_t room;
    bool failed; /* memory ran out: the content is incomplete */
};

void text_add(struct text *text, const char *data, size_t size);
void text_print(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds a JSON string, quotes included. Bytes that are no UTF-8 become U+FFFD. */
void text_add_json(struct text *text, const char *data, size_t size);

/* The value of a text member of a flat JSON object, unescaped, to be freed; NULL when it is not there or no text. */
char *json_get_text(const char *json, const char *key);

/* The value of a whole-number member, or `otherwise`. */
long json_get_long(const char *json, const char *key, long otherwise);

#endif
