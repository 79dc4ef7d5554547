/* Ways to die, for fixtures. The sanitizers must not see them coming. */
#ifndef CRASH_FIXTURE_H
#define CRASH_FIXTURE_H

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define UNSEEN __attribute__((noinline, no_sanitize("address", "undefined", "thread")))

UNSEEN static void read_nowhere(void)
{
    volatile int *volatile nowhere = (volatile int *)16;
    (void)*nowhere;
}

UNSEEN static void divide_by_zero(void)
{
#if defined(__x86_64__)
    volatile int zero = 0;
    volatile int number = 7;
    volatile int result = number / zero;
    (void)result;
#else
    raise(SIGFPE); /* Other processors give a result. */
#endif
}

/* The volatile bytes and the work after the call keep the compiler from making a loop of it. */
UNSEEN static int overflow_stack(int depth)
{
    static volatile int deepest = -1;
    volatile char bytes[4096];
    bytes[0] = (char)depth;
    if (depth == deepest) return 0; /* never */
    int below = overflow_stack(depth + 1);
    return below + bytes[0];
}

/* A damaged frame pointer: whoever walks up this stack reads from nowhere, too. The array of unknown size makes the
 * compiler find the frame by that pointer. */
UNSEEN static void lose_frame(void)
{
    volatile size_t size = 100;
    volatile char bytes[size];
    bytes[0] = 0;
    (void)bytes[0];
#if defined(__x86_64__)
    __asm__ volatile("movq $16, %rbp\n\tmovq (%rbp), %rax");
#elif defined(__aarch64__)
    __asm__ volatile("mov x29, #16\n\tldr x0, [x29]");
#endif
    raise(SIGSEGV);
}

__attribute__((unused)) static void crash(const char *how)
{
    if (strcmp(how, "segv") == 0) read_nowhere();
    else if (strcmp(how, "abort") == 0) abort();
    else if (strcmp(how, "fpe") == 0) divide_by_zero();
    else if (strcmp(how, "lost") == 0) lose_frame();
    else if (strcmp(how, "overflow") == 0) exit(overflow_stack(0));
}

#endif
