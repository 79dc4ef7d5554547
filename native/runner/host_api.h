/* The table of host functions that a plugin gets. */
#ifndef RUNNER_HOST_API_H
#define RUNNER_HOST_API_H

#include "../../sdk/c/osaurus_plugin.h"

/* Chooses the version of the host that the plugin gets to see, 1 to 6. The table of an older one than 6 ends at the end of
 * the memory that can be read: a plugin that looks for a newer function crashes at once, and not some day at some user's. */
void host_api_set_version(uint32_t version);

/* Whether the host has a table: version 1 has none. */
uint32_t host_api_version(void);

/* Valid until the process ends. */
const osr_host_api *host_api(void);

/* The function of a newer host that lies at this address, as the plugin sees it; -1 when none does. Safe in a signal
 * handler. */
int host_api_newer_slot(const void *address);

#endif
