/* Texts that grow, and JSON: writing it, and reading it out of untrusted text. C11, also fine as C++17; nothing to link.
 *
 * Writing: values go one after another into an osr_text; commas and escapes come by themselves.
 *
 *     osr_text out = {0};
 *     osr_object(&out);
 *     osr_key(&out, "rows");
 *     osr_integer(&out, 3);
 *     osr_object_end(&out);
 *
 * Reading: osr_json_parse looks at all of a text once. An osr_json is a piece of that text and lives as long as it does;
 * what is not there is a piece without size, which every function below takes.
 *
 * Whatever goes wrong leaves no half result: a text whose memory ran out has `failed` set and stays as it was.
 */
#ifndef OSAURUS_JSON_H
#define OSAURUS_JSON_H

#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As deep as the host goes itself. */
#define OSR_JSON_DEPTH_MAX 512

#if defined(__GNUC__)
#define OSR_FORMAT(format_at, first_at) __attribute__((format(printf, format_at, first_at)))
#else
#define OSR_FORMAT(format_at, first_at)
#endif

/* ---- a text that grows ------------------------------------------------------------------------------------------- */

typedef struct osr_text {
    char *data; /* ends in NUL; NULL while nothing was added */
    size_t size;
    size_t room;
    bool failed; /* memory ran out, or something that is no JSON was to be written: not all of it is there */
} osr_text;

static inline void osr_text_free(osr_text *text)
{
    free(text->data);
    text->data = NULL;
    text->size = text->room = 0;
    text->failed = false;
}

/* Makes room for so many more bytes and the NUL behind them. */
static inline bool osr_text_room(osr_text *text, size_t size)
{
    if (text->failed) return false;
    if (text->room - text->size > size) return true;
    size_t room = text->room == 0 ? 256 : text->room;
    while (room - text->size <= size) {
        if (room > SIZE_MAX / 2) {
            text->failed = true;
            return false;
        }
        room *= 2;
    }
    char *data = (char *)realloc(text->data, room);
    if (data == NULL) {
        text->failed = true;
        return false;
    }
    text->data = data;
    text->room = room;
    return true;
}

static inline void osr_text_add(osr_text *text, const char *data, size_t size)
{
    if (!osr_text_room(text, size)) return;
    if (size > 0) memcpy(text->data + text->size, data, size);
    text->size += size;
    text->data[text->size] = 0;
}

static inline void osr_text_add_text(osr_text *text, const char *more)
{
    osr_text_add(text, more, strlen(more));
}

static inline void osr_text_format_list(osr_text *text, const char *format, va_list values)
{
    va_list again;
    va_copy(again, values);
    int size = vsnprintf(NULL, 0, format, values);
    if (size < 0) text->failed = true;
    if (size >= 0 && osr_text_room(text, (size_t)size)) {
        (void)vsnprintf(text->data + text->size, (size_t)size + 1, format, again);
        text->size += (size_t)size;
    }
    va_end(again);
}

/* Adds text as printf writes it; no JSON. */
OSR_FORMAT(2, 3) static inline void osr_text_format(osr_text *text, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    osr_text_format_list(text, format, values);
    va_end(values);
}

/* Gives the text away, to be freed with free(); NULL when it failed. Never NULL for an empty one. */
static inline char *osr_text_take(osr_text *text)
{
    osr_text_add(text, "", 0);
    char *data = text->data;
    if (text->failed) {
        free(data);
        data = NULL;
    }
    text->data = NULL;
    osr_text_free(text);
    return data;
}

/* ---- UTF-8 -------------------------------------------------------------------------------------------------------- */

#define OSR_REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

/* Bytes of the character that begins here, or 0 when these bytes are none. */
static inline size_t osr_utf8_size(const char *data, size_t left)
{
    const unsigned char *at = (const unsigned char *)data;
    if (left == 0) return 0;
    if (at[0] < 0x80) return 1;
    size_t size = 0;
    if (at[0] >= 0xC2 && at[0] <= 0xDF) size = 2;
    else if (at[0] >= 0xE0 && at[0] <= 0xEF) size = 3;
    else if (at[0] >= 0xF0 && at[0] <= 0xF4) size = 4;
    if (size == 0 || size > left) return 0;
    for (size_t i = 1; i < size; i++) {
        if ((at[i] & 0xC0) != 0x80) return 0;
    }
    bool too_long = (at[0] == 0xE0 && at[1] < 0xA0) || (at[0] == 0xF0 && at[1] < 0x90);
    bool too_high = (at[0] == 0xED && at[1] > 0x9F) || (at[0] == 0xF4 && at[1] > 0x8F);
    return too_long || too_high ? 0 : size;
}

static inline void osr_utf8_add(osr_text *text, uint32_t code)
{
    char bytes[4];
    size_t size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char first[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = size; i-- > 1; code >>= 6) bytes[i] = (char)(0x80 | (code & 0x3F));
    bytes[0] = (char)(first[size] | code);
    osr_text_add(text, bytes, size);
}

/* ---- writing JSON ------------------------------------------------------------------------------------------------- */

/* Writes the comma that a new value or key needs. No value ends in one of these characters. */
static inline void osr_json_separate(osr_text *text)
{
    if (text->size > 0 && strchr("{[:", text->data[text->size - 1]) == NULL) osr_text_add(text, ",", 1);
}

/* Writes a JSON string. Bytes that are no UTF-8 become U+FFFD. */
static inline void osr_json_quote(osr_text *text, const char *data, size_t size)
{
    osr_text_add(text, "\"", 1);
    for (size_t i = 0, n = 0; i < size; i += n) {
        n = osr_utf8_size(data + i, size - i);
        unsigned char byte = (unsigned char)data[i];
        if (n == 0) {
            osr_text_add_text(text, OSR_REPLACEMENT);
            n = 1;
        } else if (byte == '"' || byte == '\\') {
            char pair[2] = {'\\', (char)byte};
            osr_text_add(text, pair, 2);
        } else if (byte < 0x20 || byte == 0x7F) {
            osr_text_format(text, "\\u%04x", (unsigned)byte);
        } else {
            osr_text_add(text, data + i, n);
        }
    }
    osr_text_add(text, "\"", 1);
}

static inline void osr_object(osr_text *text)
{
    osr_json_separate(text);
    osr_text_add(text, "{", 1);
}

static inline void osr_object_end(osr_text *text)
{
    osr_text_add(text, "}", 1);
}

static inline void osr_array(osr_text *text)
{
    osr_json_separate(text);
    osr_text_add(text, "[", 1);
}

static inline void osr_array_end(osr_text *text)
{
    osr_text_add(text, "]", 1);
}

static inline void osr_null(osr_text *text)
{
    osr_json_separate(text);
    osr_text_add_text(text, "null");
}

static inline void osr_bool(osr_text *text, bool value)
{
    osr_json_separate(text);
    osr_text_add_text(text, value ? "true" : "false");
}

static inline void osr_integer(osr_text *text, int64_t value)
{
    osr_json_separate(text);
    osr_text_format(text, "%lld", (long long)value);
}

/* What the program's language writes between whole and fraction. */
static inline char osr_decimal_point(void)
{
    const struct lconv *facts = localeconv();
    return facts != NULL && facts->decimal_point != NULL && facts->decimal_point[0] != 0 ? facts->decimal_point[0] : '.';
}

/* JSON has no number for what is infinite or none: that is null. */
static inline void osr_number(osr_text *text, double value)
{
    if (!isfinite(value)) {
        osr_null(text);
        return;
    }
    char digits[40];
    (void)snprintf(digits, sizeof digits, "%.17g", value);
    char *point = strchr(digits, osr_decimal_point());
    if (point != NULL) *point = '.';
    osr_json_separate(text);
    osr_text_add_text(text, digits);
}

static inline void osr_string_sized(osr_text *text, const char *data, size_t size)
{
    osr_json_separate(text);
    osr_json_quote(text, data, size);
}

/* NULL is null. */
static inline void osr_string(osr_text *text, const char *value)
{
    if (value == NULL) osr_null(text);
    else osr_string_sized(text, value, strlen(value));
}

/* Writes a string as printf does. */
OSR_FORMAT(2, 3) static inline void osr_string_format(osr_text *text, const char *format, ...)
{
    osr_text plain = {NULL, 0, 0, false};
    va_list values;
    va_start(values, format);
    osr_text_format_list(&plain, format, values);
    va_end(values);
    if (plain.failed) text->failed = true;
    else osr_string_sized(text, plain.size == 0 ? "" : plain.data, plain.size);
    osr_text_free(&plain);
}

/* The name of the member whose value comes next. */
static inline void osr_key(osr_text *text, const char *name)
{
    osr_string(text, name == NULL ? "" : name);
    osr_text_add(text, ":", 1);
}

/* ---- reading JSON ------------------------------------------------------------------------------------------------- */

typedef struct osr_json {
    const char *at;
    size_t size; /* 0: there is nothing */
} osr_json;

typedef enum osr_json_kind {
    OSR_JSON_NOTHING,
    OSR_JSON_NULL,
    OSR_JSON_BOOL,
    OSR_JSON_NUMBER,
    OSR_JSON_STRING,
    OSR_JSON_ARRAY,
    OSR_JSON_OBJECT
} osr_json_kind;

static inline const char *osr_json_space(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r')) at++;
    return at;
}

static inline bool osr_json_is_digit(const char *at, const char *end)
{
    return at < end && *at >= '0' && *at <= '9';
}

/* The value of four hexadecimal digits, or -1. */
static inline int32_t osr_json_hex(const char *at, const char *end)
{
    if (end - at < 4) return -1;
    int32_t value = 0;
    for (int i = 0; i < 4; i++) {
        int digit = at[i] >= '0' && at[i] <= '9'   ? at[i] - '0'
                    : at[i] >= 'a' && at[i] <= 'f' ? at[i] - 'a' + 10
                    : at[i] >= 'A' && at[i] <= 'F' ? at[i] - 'A' + 10
                                                   : -1;
        if (digit < 0) return -1;
        value = value * 16 + digit;
    }
    return value;
}

/* The osr_json_skip functions step behind one piece of JSON, or give NULL when it is none. */

static inline const char *osr_json_skip_string(const char *at, const char *end)
{
    if (at >= end || *at != '"') return NULL;
    for (at++; at < end && *at != '"'; at++) {
        if ((unsigned char)*at < 0x20) return NULL;
        if (*at != '\\') continue;
        if (++at >= end || *at == 0 || strchr("\"\\/bfnrtu", *at) == NULL) return NULL;
        if (*at != 'u') continue;
        if (osr_json_hex(at + 1, end) < 0) return NULL;
        at += 4;
    }
    return at < end ? at + 1 : NULL;
}

static inline const char *osr_json_skip_number(const char *at, const char *end)
{
    if (at < end && *at == '-') at++;
    if (!osr_json_is_digit(at, end)) return NULL;
    if (*at == '0') at++;
    else while (osr_json_is_digit(at, end)) at++;
    if (at < end && *at == '.') {
        if (!osr_json_is_digit(++at, end)) return NULL;
        while (osr_json_is_digit(at, end)) at++;
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        if (at < end && (*at == '+' || *at == '-')) at++;
        if (!osr_json_is_digit(at, end)) return NULL;
        while (osr_json_is_digit(at, end)) at++;
    }
    return at;
}

static inline const char *osr_json_skip_word(const char *at, const char *end, const char *word)
{
    size_t size = strlen(word);
    return (size_t)(end - at) >= size && memcmp(at, word, size) == 0 ? at + size : NULL;
}

static inline const char *osr_json_skip_plain(const char *at, const char *end)
{
    if (at >= end) return NULL;
    switch (*at) {
    case '"': return osr_json_skip_string(at, end);
    case 't': return osr_json_skip_word(at, end, "true");
    case 'f': return osr_json_skip_word(at, end, "false");
    case 'n': return osr_json_skip_word(at, end, "null");
    default: return osr_json_skip_number(at, end);
    }
}

/* Steps behind `"key" :`. */
static inline const char *osr_json_skip_key(const char *at, const char *end)
{
    at = osr_json_skip_string(at, end);
    if (at == NULL) return NULL;
    at = osr_json_space(at, end);
    return at < end && *at == ':' ? osr_json_space(at + 1, end) : NULL;
}

/* Steps behind any value. Depth is counted in a field of bits, not on the stack: 1 is an object, 0 an array. */
static inline const char *osr_json_skip(const char *at, const char *end)
{
    unsigned char kinds[OSR_JSON_DEPTH_MAX / 8] = {0};
    unsigned depth = 0;
    for (;;) {
        if (at < end && (*at == '{' || *at == '[')) {
            bool is_object = *at == '{';
            if (depth == OSR_JSON_DEPTH_MAX) return NULL;
            unsigned char bit = (unsigned char)(1u << (depth % 8));
            kinds[depth / 8] = (unsigned char)(is_object ? kinds[depth / 8] | bit : kinds[depth / 8] & ~bit);
            depth++;
            at = osr_json_space(at + 1, end);
            if (at >= end || *at != (is_object ? '}' : ']')) {
                if (is_object) at = osr_json_skip_key(at, end);
                if (at == NULL) return NULL;
                continue;
            }
            at++;
            depth--;
        } else {
            at = osr_json_skip_plain(at, end);
            if (at == NULL) return NULL;
        }
        /* A value ended: so may what it stands in. */
        for (;;) {
            if (depth == 0) return at;
            bool in_object = (kinds[(depth - 1) / 8] >> ((depth - 1) % 8) & 1) != 0;
            at = osr_json_space(at, end);
            if (at >= end) return NULL;
            if (*at == ',') {
                at = osr_json_space(at + 1, end);
                if (in_object) at = osr_json_skip_key(at, end);
                if (at == NULL) return NULL;
                break;
            }
            if (*at != (in_object ? '}' : ']')) return NULL;
            at++;
            depth--;
        }
    }
}

/* Reads a text that is one JSON value and nothing else. Gives nothing when it is not. */
static inline osr_json osr_json_parse(const char *text, size_t size)
{
    osr_json none = {"", 0};
    if (text == NULL) return none;
    const char *end = text + size;
    const char *start = osr_json_space(text, end);
    const char *behind = osr_json_skip(start, end);
    if (behind == NULL || osr_json_space(behind, end) != end) return none;
    osr_json value = {start, (size_t)(behind - start)};
    return value;
}

static inline osr_json osr_json_parse_text(const char *text)
{
    return osr_json_parse(text, text == NULL ? 0 : strlen(text));
}

static inline osr_json_kind osr_json_kind_of(osr_json value)
{
    if (value.size == 0) return OSR_JSON_NOTHING;
    switch (*value.at) {
    case '{': return OSR_JSON_OBJECT;
    case '[': return OSR_JSON_ARRAY;
    case '"': return OSR_JSON_STRING;
    case 'n': return OSR_JSON_NULL;
    case 't':
    case 'f': return OSR_JSON_BOOL;
    default: return OSR_JSON_NUMBER;
    }
}

/* Adds the text that a JSON string stands for, which may have NUL inside; halves of characters become U+FFFD. Nothing is
 * added for what is no string. */
static inline void osr_json_decode(osr_json value, osr_text *text)
{
    if (osr_json_kind_of(value) != OSR_JSON_STRING) return;
    const char *end = value.at + value.size - 1;
    for (const char *at = value.at + 1; at < end; at++) {
        if (*at != '\\') {
            const char *from = at;
            while (at + 1 < end && at[1] != '\\') at++;
            osr_text_add(text, from, (size_t)(at + 1 - from));
            continue;
        }
        static const char letters[] = "bfnrt";
        static const char meanings[] = "\b\f\n\r\t";
        const char *letter = strchr(letters, *++at);
        if (letter != NULL) {
            osr_text_add(text, meanings + (letter - letters), 1);
        } else if (*at != 'u') {
            osr_text_add(text, at, 1);
        } else {
            uint32_t code = (uint32_t)osr_json_hex(at + 1, end);
            at += 4;
            bool has_next = end - at > 6 && at[1] == '\\' && at[2] == 'u';
            int32_t next = has_next ? osr_json_hex(at + 3, end) : -1;
            if (code >= 0xD800 && code <= 0xDBFF && next >= 0xDC00 && next <= 0xDFFF) {
                code = 0x10000 + ((code - 0xD800) << 10) + ((uint32_t)next - 0xDC00);
                at += 6;
            }
            osr_utf8_add(text, code >= 0xD800 && code <= 0xDFFF ? 0xFFFD : code);
        }
    }
}

/* The text of a string, to be freed; a copy of `otherwise` for all else. NUL inside becomes U+FFFD. NULL when there is
 * nothing to copy or no memory. */
static inline char *osr_copy_text(osr_json value, const char *otherwise)
{
    osr_text plain = {NULL, 0, 0, false};
    if (osr_json_kind_of(value) != OSR_JSON_STRING) {
        if (otherwise == NULL) return NULL;
        osr_text_add_text(&plain, otherwise);
        return osr_text_take(&plain);
    }
    osr_json_decode(value, &plain);
    osr_text whole = {NULL, 0, 0, false};
    for (size_t i = 0; i < plain.size && !plain.failed;) {
        size_t size = strlen(plain.data + i);
        osr_text_add(&whole, plain.data + i, size);
        i += size;
        if (i < plain.size) {
            osr_text_add_text(&whole, OSR_REPLACEMENT);
            i++;
        }
    }
    whole.failed = whole.failed || plain.failed;
    osr_text_free(&plain);
    return osr_text_take(&whole);
}

/* Whether a string is this text. */
static inline bool osr_json_is(osr_json value, const char *text)
{
    if (osr_json_kind_of(value) != OSR_JSON_STRING) return false;
    osr_text plain = {NULL, 0, 0, false};
    size_t size = strlen(text);
    bool is_plain = memchr(value.at, '\\', value.size) == NULL;
    if (!is_plain) osr_json_decode(value, &plain);
    bool is_same = is_plain ? value.size == size + 2 && memcmp(value.at + 1, text, size) == 0
                            : !plain.failed && plain.size == size && (size == 0 || memcmp(plain.data, text, size) == 0);
    osr_text_free(&plain);
    return is_same;
}

static inline bool osr_json_true(osr_json value)
{
    return osr_json_kind_of(value) == OSR_JSON_BOOL && *value.at == 't';
}

/* Reads a number that is whole as it is written and fits. */
static inline bool osr_json_integer(osr_json value, int64_t *integer)
{
    if (osr_json_kind_of(value) != OSR_JSON_NUMBER) return false;
    bool is_negative = *value.at == '-';
    uint64_t most = is_negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
    uint64_t sum = 0;
    for (size_t i = is_negative ? 1 : 0; i < value.size; i++) {
        if (!osr_json_is_digit(value.at + i, value.at + value.size)) return false;
        uint64_t digit = (uint64_t)(value.at[i] - '0');
        if (sum > (most - digit) / 10) return false;
        sum = sum * 10 + digit;
    }
    if (!is_negative) *integer = (int64_t)sum;
    else *integer = sum == 0 ? 0 : -(int64_t)(sum - 1) - 1;
    return true;
}

/* Reads any number that is not beyond all bounds. */
static inline bool osr_json_number(osr_json value, double *number)
{
    if (osr_json_kind_of(value) != OSR_JSON_NUMBER) return false;
    osr_text digits = {NULL, 0, 0, false};
    osr_text_add(&digits, value.at, value.size);
    if (digits.failed) return false;
    char *point = strchr(digits.data, '.');
    if (point != NULL) *point = osr_decimal_point();
    *number = strtod(digits.data, NULL);
    osr_text_free(&digits);
    return isfinite(*number);
}

/* Goes through an object or array:
 *
 *     osr_json key, value;
 *     for (osr_json_walk walk = osr_json_begin(list); osr_json_next(&walk, &key, &value);) ...
 */
typedef struct osr_json_walk {
    const char *at;
    const char *end;
    bool is_object;
} osr_json_walk;

static inline osr_json_walk osr_json_begin(osr_json value)
{
    osr_json_kind kind = osr_json_kind_of(value);
    osr_json_walk walk = {"", NULL, kind == OSR_JSON_OBJECT};
    walk.end = walk.at;
    if (kind != OSR_JSON_OBJECT && kind != OSR_JSON_ARRAY) return walk;
    walk.end = value.at + value.size - 1;
    walk.at = osr_json_space(value.at + 1, walk.end);
    return walk;
}

/* The next member or element; of an element the key is nothing. */
static inline bool osr_json_next(osr_json_walk *walk, osr_json *key, osr_json *value)
{
    if (walk->at >= walk->end) return false;
    key->at = walk->at;
    key->size = 0;
    if (walk->is_object) {
        key->size = (size_t)(osr_json_skip_string(walk->at, walk->end) - walk->at);
        walk->at = osr_json_skip_key(walk->at, walk->end);
    }
    value->at = walk->at;
    const char *behind = osr_json_skip(walk->at, walk->end);
    value->size = (size_t)(behind - walk->at);
    walk->at = osr_json_space(behind, walk->end);
    if (walk->at < walk->end) walk->at = osr_json_space(walk->at + 1, walk->end);
    return true;
}

/* A member of an object: of several with that name the last. Nothing when it is not there. */
static inline osr_json osr_member(osr_json object, const char *name)
{
    osr_json found = {"", 0};
    if (osr_json_kind_of(object) != OSR_JSON_OBJECT) return found;
    osr_json key, value;
    for (osr_json_walk walk = osr_json_begin(object); osr_json_next(&walk, &key, &value);) {
        if (osr_json_is(key, name)) found = value;
    }
    return found;
}

/* An element of an array, counted from 0. Nothing when it is not there. */
static inline osr_json osr_element(osr_json array, size_t index)
{
    osr_json none = {"", 0};
    if (osr_json_kind_of(array) != OSR_JSON_ARRAY) return none;
    osr_json key, value;
    for (osr_json_walk walk = osr_json_begin(array); osr_json_next(&walk, &key, &value); index--) {
        if (index == 0) return value;
    }
    return none;
}

/* ---- both --------------------------------------------------------------------------------------------------------- */

/* Writes a value that was read. */
static inline void osr_value(osr_text *text, osr_json value)
{
    if (value.size == 0) {
        osr_null(text);
        return;
    }
    osr_json_separate(text);
    osr_text_add(text, value.at, value.size);
}

/* Writes JSON that is there as text. When it is none, the text fails instead of being broken. */
static inline void osr_raw(osr_text *text, const char *json)
{
    osr_json value = osr_json_parse_text(json);
    if (value.size == 0) text->failed = true;
    else osr_value(text, value);
}

#endif
