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

/* The plugin closed the socket. Says so on stderr and ends the process with EXIT_LINE_LOST. */
_Noreturn void crash_line_lost(void);

#define EXIT_PROTOCOL 71
#define EXIT_LINE_LOST 72 /* the same number stands in src/plugins/native/runner-end.ts */

#endif
