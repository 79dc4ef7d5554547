/* The one plugin of this process: its library, its table, its entries. */
#ifndef RUNNER_PLUGIN_H
#define RUNNER_PLUGIN_H

#include "context.h"
#include "frame.h"

/* Loads the library, starts the plugin and sends READY, with the manifest or with what went wrong. Returns the result;
 * after a failure nothing of the plugin may be called. A descriptor above 2 is closed as soon as the library is open. */
enum load_result plugin_load(const char *path, int descriptor);

/* Runs one call of the host and answers it. */
void plugin_run(struct call *call);

#endif
