/* Crashes in its entry function. */
#include "crash.h"
#include "osaurus_plugin.h"

const osr_plugin_api *osaurus_plugin_entry_v2(const osr_host_api *host)
{
    (void)host;
    crash("segv");
    return NULL;
}
