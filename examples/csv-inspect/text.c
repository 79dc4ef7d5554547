#include "text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool make_room(struct text *text, size_t size)
{
    if (text->failed) return false;
    if (text->room - text->used > size) return true;
    size_t room = text->room == 0 ? 256 : text->room;
    while (room - text->used <= size) room *= 2;
    char *data = realloc(text->data, room);
    if (data == NULL) {
        text->failed = true;
        return false;
    }
    text->data = data;
    text->room = room;
    return true;
}

void text_add(struct text *text, const char *data, size_t size)
{
    if (!make_room(text, size)) return;
    memcpy(text->data + text->used, data, size);
    text->used += size;
    text->data[text->used] = 0;
}

void text_print(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (size < 0 || !make_room(text, (size_t)size)) return;
    va_start(arguments, format);
    vsnprintf(text->data + text->used, (size_t)size + 1, format, arguments);
    va_end(arguments);
    text->used += (size_t)size;
}

/* Bytes of the UTF-8 character at `at`, or 0 when there is none. */
static size_t character(const unsigned char *at, size_t left)
{
    if (at[0] < 0x80) return 1;
    size_t size = at[0] >= 0xC2 && at[0] < 0xE0 ? 2 : (at[0] & 0xF0) == 0xE0 ? 3 : at[0] >= 0xF0 && at[0] < 0xF5 ? 4 : 0;
    if (size == 0 || size > left) return 0;
    for (size_t i = 1; i < size; i++) {
        if ((at[i] & 0xC0) != 0x80) return 0;
    }
    bool overlong = (at[0] == 0xE0 && at[1] < 0xA0) || (at[0] == 0xF0 && at[1] < 0x90);
    bool outside = (at[0] == 0xED && at[1] > 0x9F) || (at[0] == 0xF4 && at[1] > 0x8F);
    return overlong || outside ? 0 : size;
}

void text_add_json(struct text *text, const char *data, size_t size)
{
    const unsigned char *bytes = (const unsigned char *)data;
    text_add(text, "\"", 1);
    for (size_t i = 0; i < size;) {
        size_t n = character(bytes + i, size - i);
        if (n == 0) {
            text_add(text, "\\ufffd", 6);
            i++;
        } else if (bytes[i] == '"' || bytes[i] == '\\') {
            text_print(text, "\\%c", bytes[i++]);
        } else if (bytes[i] < 0x20) {
            text_print(text, "\\u%04x", bytes[i++]);
        } else {
            text_add(text, data + i, n);
            i += n;
        }
    }
    text_add(text, "\"", 1);
}

/* Behind the string that starts at `at` (its opening quote); NULL when it does not end. */
static const char *string_end(const char *at)
{
    for (at++; *at != 0; at++) {
        if (*at == '\\' && at[1] != 0) at++;
        else if (*at == '"') return at + 1;
    }
    return NULL;
}

/* The start of a member's value in the outermost object, or NULL. */
static const char *find_member(const char *json, const char *key)
{
    int depth = 0;
    size_t size = strlen(key);
    for (const char *at = json; at != NULL && *at != 0;) {
        if (*at == '"') {
            const char *end = string_end(at);
            if (end == NULL) return NULL;
            const char *value = end + strspn(end, " \t\r\n");
            bool is_key = depth == 1 && *value == ':';
            if (is_key && (size_t)(end - at) == size + 2 && memcmp(at + 1, key, size) == 0) {
                return value + 1 + strspn(value + 1, " \t\r\n");
            }
            at = end;
            continue;
        }
        if (*at == '{' || *at == '[') depth++;
        if (*at == '}' || *at == ']') depth--;
        at++;
    }
    return NULL;
}

static void add_utf8(struct text *text, uint32_t c)
{
    char out[4];
    size_t n = 0;
    if (c < 0x80) {
        out[n++] = (char)c;
    } else if (c < 0x800) {
        out[n++] = (char)(0xC0 | c >> 6);
        out[n++] = (char)(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        out[n++] = (char)(0xE0 | c >> 12);
        out[n++] = (char)(0x80 | (c >> 6 & 0x3F));
        out[n++] = (char)(0x80 | (c & 0x3F));
    } else {
        out[n++] = (char)(0xF0 | c >> 18);
        out[n++] = (char)(0x80 | (c >> 12 & 0x3F));
        out[n++] = (char)(0x80 | (c >> 6 & 0x3F));
        out[n++] = (char)(0x80 | (c & 0x3F));
    }
    text_add(text, out, n);
}

static uint32_t hex4(const char *at)
{
    char digits[5] = {0};
    memcpy(digits, at, strnlen(at, 4));
    return (uint32_t)strtoul(digits, NULL, 16);
}

char *json_get_text(const char *json, const char *key)
{
    const char *at = find_member(json, key);
    if (at == NULL || *at != '"') return NULL;
    const char *end = string_end(at);
    if (end == NULL) return NULL;
    struct text text = {0};
    text_add(&text, "", 0);
    static const char letters[] = "bfnrt";
    for (at++; at < end - 1; at++) {
        if (*at != '\\') {
            text_add(&text, at, 1);
            continue;
        }
        at++;
        const char *plain = strchr("\"\\/", *at);
        const char *special = strchr(letters, *at);
        if (plain != NULL) {
            text_add(&text, at, 1);
        } else if (special != NULL) {
            text_add(&text, &"\b\f\n\r\t"[special - letters], 1);
        } else if (*at == 'u' && end - at > 5) {
            uint32_t c = hex4(at + 1);
            at += 4;
            if (c >= 0xD800 && c < 0xDC00 && end - at > 7 && at[1] == '\\' && at[2] == 'u') {
                c = 0x10000 + ((c - 0xD800) << 10) + (hex4(at + 3) - 0xDC00);
                at += 6;
            }
            add_utf8(&text, c);
        }
    }
    if (!text.failed) return text.data;
    free(text.data);
    return NULL;
}

long json_get_long(const char *json, const char *key, long otherwise)
{
    const char *at = find_member(json, key);
    if (at == NULL) return otherwise;
    char *end;
    long value = strtol(at, &end, 10);
    return end == at ? otherwise : value;
}
