/* The table of host functions that a plugin gets. */
#ifndef RUNNER_HOST_API_H
#define RUNNER_HOST_API_H

#include "../../sdk/c/osaurus_plugin.h"

/* Valid until the process ends. */
const osr_host_api *host_api(void);

#endif
