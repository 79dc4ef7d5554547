/* The floor under everything here: 100 bytes to and fro between two C processes over a socket pair.
 * Usage: ping-pong ROUNDS. Prints one round trip in nanoseconds: the median and the 99th percentile. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SIZE = 100 };

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* A message of 100 bytes is never split on a socket pair. */
static int pass(int line, char *message)
{
    return read(line, message, SIZE) == SIZE && write(line, message, SIZE) == SIZE;
}

int main(int argc, char **argv)
{
    size_t rounds = argc > 1 ? (size_t)atol(argv[1]) : 10000;
    int line[2];
    char message[SIZE] = {0};
    uint64_t *took = calloc(rounds, sizeof *took);
    if (rounds == 0 || took == NULL || socketpair(AF_UNIX, SOCK_STREAM, 0, line) != 0) return 1;
    pid_t child = fork();
    if (child < 0) return 1;
    if (child == 0) {
        close(line[0]);
        while (pass(line[1], message)) continue;
        _exit(0);
    }
    close(line[1]);
    for (size_t i = 0; i < rounds; i++) {
        uint64_t start = now();
        if (write(line[0], message, SIZE) != SIZE || read(line[0], message, SIZE) != SIZE) return 1;
        took[i] = now() - start;
    }
    close(line[0]);
    waitpid(child, NULL, 0);
    qsort(took, rounds, sizeof *took, compare);
    printf("%llu %llu\n", (unsigned long long)took[rounds / 2], (unsigned long long)took[rounds * 99 / 100]);
    return 0;
}
