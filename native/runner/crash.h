/* What is still done when the process is about to end: say why, lose nothing that was answered. */
#ifndef RUNNER_CRASH_H
#define RUNNER_CRASH_H

#include <pthread.h>

/* Installs the signal handlers, the exit handler and the fork handler. */
void crash_init(void);

/* Lets the calling thread be interrupted for reports, whatever signals the plugin's thread that made it had blocked. */
void crash_unblock_signals(void);

/* Prints the stack of a thread to stderr; the thread goes on. */
void crash_dump_stack(pthread_t thread);

/* Ends the process in good order, without running the plugin's exit handlers. */
_Noreturn void crash_leave(const char *why);

/* The host sent what it never should. Says so on stderr and ends the process with EXIT_PROTOCOL. */
_Noreturn void crash_protocol(const char *what);

#define EXIT_PROTOCOL 71

#endif
