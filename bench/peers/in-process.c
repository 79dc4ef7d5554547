/* A plugin without a process of its own, called through a foreign function interface. */
#include <stdlib.h>
#include <string.h>

char *bench_echo(const char *text);
void bench_free(char *text);

char *bench_echo(const char *text)
{
    return strdup(text);
}

void bench_free(char *text)
{
    free(text);
}
