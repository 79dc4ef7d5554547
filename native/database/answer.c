#include "answer.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_BYTES 4096u

void answer_begin(struct answer *answer, size_t bytes_max)
{
    assert(answer != NULL);
    *answer = (struct answer){.status = ANSWER_OK, .bytes_max = bytes_max};
}

void answer_end(struct answer *answer)
{
    assert(answer != NULL);
    free(answer->text);
    answer->text = NULL;
    answer->size = answer->room = 0;
}

void answer_fail(struct answer *answer, enum answer_status status, uint64_t code, const char *message)
{
    assert(message != NULL);
    size_t size = strlen(message);
    if (size > MESSAGE_BYTES_MAX) {
        size = MESSAGE_BYTES_MAX;
        while (size > 0 && ((unsigned char)message[size] & 0xC0) == 0x80) size--; /* no half characters */
    }
    char *text = malloc(size + 1);
    if (text == NULL) abort();
    memcpy(text, message, size);
    text[size] = '\0';
    answer_end(answer);
    answer->status = status;
    answer->code = code;
    answer->text = text;
    answer->size = size;
    answer->room = size + 1;
    answer->overflowed = false;
}

/* Room for so many bytes more; NULL when the text would become too long, and from then on. */
static char *reserve(struct answer *answer, size_t size)
{
    if (answer->overflowed || size > answer->bytes_max - answer->size) {
        answer->overflowed = true;
        return NULL;
    }
    const size_t wanted = answer->size + size;
    if (wanted > answer->room) {
        size_t room = answer->room == 0 ? FIRST_BYTES : answer->room;
        while (room < wanted) room *= 2;
        char *text = realloc(answer->text, room);
        if (text == NULL) {
            answer->overflowed = true;
            return NULL;
        }
        answer->text = text;
        answer->room = room;
    }
    char *at = answer->text + answer->size;
    answer->size = wanted;
    return at;
}

void answer_add(struct answer *answer, const char *bytes, size_t size)
{
    if (size == 0) return;
    char *at = reserve(answer, size);
    if (at != NULL) memcpy(at, bytes, size);
}

void answer_add_integer(struct answer *answer, int64_t number)
{
    char text[24];
    const int size = snprintf(text, sizeof text, "%" PRId64, number);
    answer_add(answer, text, (size_t)size);
}

void answer_add_real(struct answer *answer, double number)
{
    if (!isfinite(number)) {
        answer_add(answer, "null", 4);
        return;
    }
    /* 15 digits are always exact as a text, 17 always as a double. */
    char text[40];
    int size = 0;
    for (int digits = 15; digits <= 17; digits++) {
        size = snprintf(text, sizeof text, "%.*g", digits, number);
        if (strtod(text, NULL) == number) break;
    }
    answer_add(answer, text, (size_t)size);
    /* A whole number would be read back as an INTEGER. */
    if (strpbrk(text, ".e") == NULL) answer_add(answer, ".0", 2);
}

/* How many bytes of a valid UTF-8 character begin here; 0 when none does. */
static size_t character_bytes(const unsigned char *at, size_t size)
{
    const unsigned char first = at[0];
    if (first < 0x80) return 1;
    if (first < 0xC2 || first > 0xF4) return 0;
    const size_t wanted = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (size < wanted) return 0;
    for (size_t i = 1; i < wanted; i++)
        if ((at[i] & 0xC0) != 0x80) return 0;
    if (first == 0xE0 && at[1] < 0xA0) return 0; /* longer than it need be */
    if (first == 0xED && at[1] > 0x9F) return 0; /* half of a surrogate pair */
    if (first == 0xF0 && at[1] < 0x90) return 0;
    if (first == 0xF4 && at[1] > 0x8F) return 0; /* beyond U+10FFFF */
    return wanted;
}

/* Adds one byte that cannot stand in a JSON string as it is. */
static void add_escaped(struct answer *answer, unsigned char byte)
{
    static const char short_forms[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    for (size_t i = 0; i + 1 < sizeof short_forms; i += 2) {
        if ((unsigned char)short_forms[i] != byte) continue;
        const char text[2] = {'\\', short_forms[i + 1]};
        answer_add(answer, text, 2);
        return;
    }
    char text[8];
    const int size = snprintf(text, sizeof text, "\\u%04x", byte);
    answer_add(answer, text, (size_t)size);
}

void answer_add_string(struct answer *answer, const char *text, size_t size)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t from = 0;
    size_t at = 0;
    answer_add(answer, "\"", 1);
    while (at < size && !answer->overflowed) {
        const unsigned char byte = bytes[at];
        const bool plain = byte >= 0x20 && byte != '"' && byte != '\\';
        const size_t length = plain ? character_bytes(bytes + at, size - at) : 0;
        if (length > 0) {
            at += length;
            continue;
        }
        answer_add(answer, text + from, at - from);
        if (plain) answer_add(answer, "\xEF\xBF\xBD", 3);
        else add_escaped(answer, byte);
        from = ++at;
    }
    answer_add(answer, text + from, at - from);
    answer_add(answer, "\"", 1);
}

void answer_add_base64(struct answer *answer, const unsigned char *bytes, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if (size > answer->bytes_max) { /* keeps the sum below from overflowing */
        answer->overflowed = true;
        return;
    }
    char *to = reserve(answer, (size + 2) / 3 * 4 + 2);
    if (to == NULL) return;
    *to++ = '"';
    for (; size >= 3; size -= 3, bytes += 3) {
        *to++ = digits[bytes[0] >> 2];
        *to++ = digits[(bytes[0] & 3) << 4 | bytes[1] >> 4];
        *to++ = digits[(bytes[1] & 15) << 2 | bytes[2] >> 6];
        *to++ = digits[bytes[2] & 63];
    }
    if (size > 0) {
        const unsigned char second = size == 2 ? bytes[1] : 0;
        *to++ = digits[bytes[0] >> 2];
        *to++ = digits[(bytes[0] & 3) << 4 | second >> 4];
        *to++ = size == 2 ? digits[(second & 15) << 2] : '=';
        *to++ = '=';
    }
    *to = '"';
}
