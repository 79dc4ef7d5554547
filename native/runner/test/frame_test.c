/* Unit tests of frame.c. Bytes are copied to blocks of their exact size, so that the address sanitizer sees a read too
 * far. */
#include "../frame.h"

#include <stdlib.h>
#include <string.h>

#include "../limits.h"
#include "harness.h"

/* Reads fields from an exact copy of the bytes. The copy stays in *copy, for the caller to free. */
static int read_copy(const unsigned char *bytes, size_t size, struct field *fields, size_t count, unsigned char **copy)
{
    *copy = malloc(size == 0 ? 1 : size);
    if (*copy == NULL) abort();
    memcpy(*copy, bytes, size);
    return frame_fields_read(size == 0 ? NULL : *copy, size, fields, count);
}

static int accepts(const unsigned char *bytes, size_t size, size_t count)
{
    struct field fields[FRAME_FIELDS_MAX];
    unsigned char *copy;
    int result = read_copy(bytes, size, fields, count, &copy);
    free(copy);
    return result;
}

TEST(numbers, "numbers are written with the lowest byte first and read back")
{
    unsigned char bytes[8];
    put_u32(bytes, 0x01020304u);
    CHECK(memcmp(bytes, "\4\3\2\1", 4) == 0);
    CHECK(get_u32(bytes) == 0x01020304u);
    put_u64(bytes, 0x0102030405060708u);
    CHECK(memcmp(bytes, "\10\7\6\5\4\3\2\1", 8) == 0);
    CHECK(get_u64(bytes) == 0x0102030405060708u);
    put_u64(bytes, UINT64_MAX);
    CHECK(get_u64(bytes) == UINT64_MAX);
}

TEST(head_round_trip, "a head that is written is read back the same, at the offsets of the description")
{
    const struct frame_head head = {0x00ABCDEFu, FRAME_LOG, 255, 16, 0x1FFFFFFFFFFFFFu, UINT64_MAX};
    unsigned char bytes[FRAME_HEAD_BYTES];
    struct frame_head back;
    frame_head_write(bytes, &head);
    CHECK_INT(frame_head_read(bytes, &back), 0);
    CHECK(back.length == head.length && back.kind == head.kind && back.op == head.op);
    CHECK(back.nfields == head.nfields && back.id == head.id && back.parent == head.parent);
    CHECK_INT(bytes[0], 0xEF);
    CHECK_INT(bytes[4], FRAME_LOG);
    CHECK_INT(bytes[5], 255);
    CHECK_INT(bytes[6], 16);
    CHECK_INT(bytes[8], 0xFF);
    CHECK_INT(bytes[14], 0x1F);
    CHECK_INT(bytes[16], 0xFF);
}

static int reads_head(uint32_t length, uint16_t nfields)
{
    const struct frame_head head = {length, FRAME_PING, 0, nfields, 1, 0};
    unsigned char bytes[FRAME_HEAD_BYTES];
    struct frame_head back;
    frame_head_write(bytes, &head);
    return frame_head_read(bytes, &back);
}

TEST(head_lengths, "a head whose length is below the head itself or one past the limit is refused")
{
    CHECK_INT(reads_head(0, 0), -1);
    CHECK_INT(reads_head(FRAME_HEAD_BYTES - FRAME_LENGTH_BYTES - 1, 0), -1);
    CHECK_INT(reads_head(FRAME_HEAD_BYTES - FRAME_LENGTH_BYTES, 0), 0);
    CHECK_INT(reads_head(FRAME_BYTES_MAX, 0), 0);
    CHECK_INT(reads_head(FRAME_BYTES_MAX + 1, 0), -1);
    CHECK_INT(reads_head(UINT32_MAX, 0), -1);
}

TEST(head_fields, "a head with one field too many is refused")
{
    CHECK_INT(reads_head(1000, FRAME_FIELDS_MAX), 0);
    CHECK_INT(reads_head(1000, FRAME_FIELDS_MAX + 1), -1);
    CHECK_INT(reads_head(1000, UINT16_MAX), -1);
}

/* "ab", NULL, "" and "c" */
static const unsigned char FOUR[] = "\2\0\0\0ab\0" "\377\377\377\377\0" "\0\0\0\0\0" "\1\0\0\0c";
#define FOUR_BYTES sizeof FOUR /* The last NUL of the literal is the last field's. */

TEST(fields, "fields are found in place: texts, an empty one, and NULL, which is not the same")
{
    struct field fields[4];
    unsigned char *copy;
    CHECK_INT(read_copy(FOUR, FOUR_BYTES, fields, 4, &copy), 0);
    CHECK_TEXT(fields[0].data, "ab");
    CHECK_INT(fields[0].size, 2);
    CHECK_TEXT(fields[1].data, NULL);
    CHECK_INT(fields[1].size, 0);
    CHECK_TEXT(fields[2].data, "");
    CHECK_TEXT(fields[3].data, "c");
    CHECK(fields[0].data == (const char *)copy + 4);
    free(copy);
}

TEST(no_fields, "a body without fields is empty")
{
    CHECK_INT(accepts(FOUR, 0, 0), 0);
    CHECK_INT(accepts(FOUR, 1, 0), -1);
    CHECK_INT(accepts(FOUR, 0, 1), -1);
}

TEST(cut, "a body that is cut at any byte is refused")
{
    CHECK_INT(accepts(FOUR, FOUR_BYTES, 4), 0);
    for (size_t size = 0; size < FOUR_BYTES; size++) {
        if (accepts(FOUR, size, 4) != -1) FAIL("accepted with %zu bytes", size);
    }
}

TEST(left_over, "a body with a byte too many is refused")
{
    unsigned char longer[FOUR_BYTES + 1];
    memcpy(longer, FOUR, FOUR_BYTES);
    longer[FOUR_BYTES] = 0;
    CHECK_INT(accepts(longer, sizeof longer, 4), -1);
}

TEST(counts, "a body with fewer or more fields than its head says is refused")
{
    CHECK_INT(accepts(FOUR, FOUR_BYTES, 3), -1);
    CHECK_INT(accepts(FOUR, FOUR_BYTES, 5), -1);
}

TEST(missing_nul, "a field without the NUL behind it is refused, also a NULL field")
{
    const size_t nuls[] = {6, 11, 16, FOUR_BYTES - 1};
    for (size_t i = 0; i < sizeof nuls / sizeof *nuls; i++) {
        unsigned char damaged[FOUR_BYTES];
        memcpy(damaged, FOUR, FOUR_BYTES);
        CHECK_INT(damaged[nuls[i]], 0);
        damaged[nuls[i]] = 'x';
        if (accepts(damaged, sizeof damaged, 4) != -1) FAIL("accepted without the NUL at %zu", nuls[i]);
    }
}

TEST(huge_lengths, "a field length that reaches past the body is refused, up to the largest number")
{
    const uint32_t lengths[] = {2, 3, 0x7FFFFFFFu, 0x80000000u, 0xFFFFFFF0u, 0xFFFFFFFAu, 0xFFFFFFFBu, 0xFFFFFFFCu,
                                0xFFFFFFFDu, 0xFFFFFFFEu};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        unsigned char body[6] = {0};
        put_u32(body, lengths[i]);
        if (accepts(body, sizeof body, 1) != -1) FAIL("accepted length %u", lengths[i]);
    }
    unsigned char fits[6] = {1, 0, 0, 0, 'x', 0};
    CHECK_INT(accepts(fits, sizeof fits, 1), 0);
}

TEST(all_fields, "the largest number of fields is read, all of them empty")
{
    unsigned char body[5 * FRAME_FIELDS_MAX] = {0};
    CHECK_INT(accepts(body, sizeof body, FRAME_FIELDS_MAX), 0);
}
