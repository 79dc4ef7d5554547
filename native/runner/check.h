/* Looks at a library without calling anything of it but its constructors. */
#ifndef RUNNER_CHECK_H
#define RUNNER_CHECK_H

/* Opens the library and prints one line of JSON on standard output:
 * {"dlopen":null,"v2":true,"v1":false}, or {"dlopen":"why not","v2":false,"v1":false}. Returns the exit status, 0. */
int check_library(const char *path);

#endif
