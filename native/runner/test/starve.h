/* Put before every file of the runner when it is built for the test of running out of memory: the allocation whose
 * number is in the environment variable STARVE fails, all others work. The plugin's and the C library's own are let be.
 */
#ifndef TEST_STARVE_H
#define TEST_STARVE_H

#include <stdlib.h>
#include <string.h>

void *starve_malloc(size_t size);
void *starve_calloc(size_t count, size_t size);
void *starve_realloc(void *old, size_t size);
char *starve_strdup(const char *text);

#if !defined(STARVE_ITSELF)
#define malloc(size) starve_malloc(size)
#define calloc(count, size) starve_calloc(count, size)
#define realloc(old, size) starve_realloc(old, size)
#undef strdup
#define strdup(text) starve_strdup(text)
#endif

#endif
