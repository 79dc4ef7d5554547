/* Who reads the socket, who runs which call, who waits for which answer. */
#ifndef RUNNER_POOL_H
#define RUNNER_POOL_H

#include <stdint.h>

#include "context.h"
#include "frame.h"
#include "output.h"

/* Runs one call of the plugin and answers it. Called by the pool without its lock. */
typedef void run_call_fn(struct call *call);

void pool_init(int fd, run_call_fn *run_call);

/* Makes the calling thread the first worker. Returns only when it has been idle and others can take over. */
void pool_work(void);

/* Asks the host and blocks until the answer is there. While it waits the thread may read the socket for everybody.
 * `on_chunk`, when given, gets each chunk on this thread. Returns memory from malloc, or NULL for a NULL answer. */
char *pool_ask_host(int slot, const struct field *fields, size_t count, void (*on_chunk)(const char *, void *),
                    void *user_data);

/* The plugin was destroyed, or called exit(): what is left of it can ask for nothing any more. */
void pool_shut(void);

/* For the crash report: up to `room` ids of the calls that run now. No other call begins from here on. Safe in a signal
 * handler. */
size_t pool_running_calls(uint64_t *ids, size_t room);

/* In the child after fork(): no host can be asked from there. */
void pool_abandon(void);

#endif
