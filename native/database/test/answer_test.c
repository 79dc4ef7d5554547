/* Unit tests of answer.c. Texts are copied to blocks of their exact size, so that the address sanitizer sees a read too
 * far. */
#include "../answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../runner/test/harness.h"

#define ROOM 4096u

/* The JSON string of so many bytes. The caller frees it. */
static char *string_of(const char *bytes, size_t size)
{
    struct answer answer;
    char *copy = malloc(size == 0 ? 1 : size);
    if (copy == NULL) abort();
    memcpy(copy, bytes, size);
    answer_begin(&answer, ROOM);
    answer_add_string(&answer, copy, size);
    answer_add(&answer, "", 1);
    free(copy);
    CHECK(!answer.overflowed);
    return answer.text;
}

static void check_string(const char *bytes, size_t size, const char *wanted)
{
    char *text = string_of(bytes, size);
    CHECK_TEXT(text, wanted);
    free(text);
}

TEST(strings, "a string is escaped as JSON wants it")
{
    check_string("", 0, "\"\"");
    check_string("a\"b\\c/", 6, "\"a\\\"b\\\\c/\"");
    check_string("\0\1\b\t\n\v\f\r\x1f \x7f", 11, "\"\\u0000\\u0001\\b\\t\\n\\u000b\\f\\r\\u001f \x7f\"");
    check_string("\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80", 9, "\"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\"");
}

TEST(cut_characters, "a character that is cut at the end of the text is replaced, and nothing behind it is read")
{
    check_string("\xC3", 1, "\"\xEF\xBF\xBD\"");
    check_string("\xE2\x82", 2, "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
    check_string("a\xF0\x9F\x98", 4, "\"a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

/* Whether the two, three or four bytes are one character, counted another way: from the number that they stand for. */
static bool is_character(const unsigned char *bytes, size_t size)
{
    static const uint32_t lowest[] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t number = bytes[0] & (0x3Fu >> (size - 1));
    if (bytes[0] >> (7 - size) != (1 << (size + 1)) - 2) return false;
    for (size_t i = 1; i < size; i++) {
        if (bytes[i] >> 6 != 2) return false;
        number = number << 6 | (bytes[i] & 0x3Fu);
    }
    return number >= lowest[size] && number <= 0x10FFFF && !(number >= 0xD800 && number <= 0xDFFF);
}

TEST(utf8, "exactly the characters of Unicode pass, for every first and second byte")
{
    static const unsigned char last[] = {0x80, 0xBF, 0x7F, 0xC0};
    for (unsigned first = 0x80; first <= 0xFF; first++) {
        for (unsigned second = 0x40; second <= 0xFF; second++) {
            for (size_t i = 0; i < sizeof last; i++) {
                const unsigned char bytes[4] = {(unsigned char)first, (unsigned char)second, last[i], 0x80};
                for (size_t size = 2; size <= 4; size++) {
                    char *text = string_of((const char *)bytes, size);
                    const bool passed = strlen(text) == size + 2 && memcmp(text + 1, bytes, size) == 0;
                    const bool is_followed = size == 3 && last[i] == 0x7F && is_character(bytes, 2);
                    if (passed != (is_character(bytes, size) || is_followed)) FAIL("%02x %02x %02x, %zu bytes", first, second, last[i], size);
                    free(text);
                }
            }
        }
    }
}

TEST(reals, "a real number is as short as it can be, is read back as the same, and never looks like a whole one")
{
    static const struct {
        double number;
        const char *text;
    } numbers[] = {{0.1, "0.1"},     {1, "1.0"},           {-0.0, "-0.0"},           {1.0 / 3, "0.3333333333333333"},
                   {1e300, "1e+300"}, {0.1 + 0.2, "0.30000000000000004"}, {5e-324, "4.94065645841247e-324"}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct answer answer;
        answer_begin(&answer, ROOM);
        answer_add_real(&answer, numbers[i].number);
        answer_add(&answer, "", 1);
        CHECK_TEXT(answer.text, numbers[i].text);
        CHECK(strtod(answer.text, NULL) == numbers[i].number);
        answer_end(&answer);
    }
}

TEST(base64, "bytes become base64, whatever their number leaves when it is divided by three")
{
    static const char *const wanted[] = {"\"\"", "\"/w==\"", "\"//4=\"", "\"//79\"", "\"//79/A==\""};
    static const unsigned char bytes[] = {0xFF, 0xFE, 0xFD, 0xFC};
    for (size_t size = 0; size <= sizeof bytes; size++) {
        struct answer answer;
        answer_begin(&answer, ROOM);
        answer_add_base64(&answer, size == 0 ? NULL : bytes, size);
        answer_add(&answer, "", 1);
        CHECK_TEXT(answer.text, wanted[size]);
        answer_end(&answer);
    }
}

TEST(limit, "an answer takes as many bytes as it may, and after the first that is too many nothing more")
{
    for (size_t bytes_max = 0; bytes_max < 20; bytes_max++) {
        struct answer answer;
        answer_begin(&answer, bytes_max);
        answer_add(&answer, "12345", 5);
        answer_add_string(&answer, "abc", 3);
        answer_add_base64(&answer, (const unsigned char *)"abc", 3);
        CHECK(answer.size <= bytes_max);
        CHECK(answer.overflowed == (bytes_max < 5 + 5 + 6));
        const size_t size = answer.size;
        if (answer.overflowed) answer_add(&answer, "", 1);
        CHECK(answer.size == size);
        answer_end(&answer);
    }
}

TEST(failure, "a failure takes the place of what was there, and is cut between characters")
{
    struct answer answer;
    answer_begin(&answer, 8);
    answer_add(&answer, "0123456789", 10);
    CHECK(answer.overflowed);
    char message[MESSAGE_BYTES_MAX + 16] = "x";
    for (size_t i = 1; i + 3 < sizeof message; i += 2) memcpy(message + i, "\xC3\xA4", 3);
    answer_fail(&answer, ANSWER_SQL, 7, message);
    CHECK_INT(answer.status, ANSWER_SQL);
    CHECK_INT(answer.code, 7);
    CHECK_INT(answer.size, MESSAGE_BYTES_MAX - 1);
    CHECK(!answer.overflowed);
    answer_end(&answer);
}
