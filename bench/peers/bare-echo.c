/* The least that a child process can do: echoes length-prefixed messages over fd 3, with one thread and no checks.
 *
 *   4 bytes length (little endian), then that many bytes; both ways
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE = 3, ROOM = 4 * 1024 * 1024 };

static void write_all(const unsigned char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t n = write(LINE, bytes, size);
        if (n <= 0) exit(1);
        bytes += n;
        size -= (size_t)n;
    }
}

int main(void)
{
    unsigned char *buffer = malloc(ROOM);
    if (buffer == NULL) return 1;
    size_t have = 0;
    for (;;) {
        ssize_t n = read(LINE, buffer + have, ROOM - have);
        if (n <= 0) return 0;
        have += (size_t)n;
        size_t whole = 0;
        while (have - whole >= 4) {
            uint32_t size;
            memcpy(&size, buffer + whole, 4);
            if (have - whole - 4 < size) break;
            whole += 4 + size;
        }
        write_all(buffer, whole);
        memmove(buffer, buffer + whole, have - whole);
        have -= whole;
    }
}
