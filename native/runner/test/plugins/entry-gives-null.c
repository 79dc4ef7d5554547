/* Its entry function gives no table. */
#include "osaurus_plugin.h"

const osr_plugin_api *osaurus_plugin_entry_v2(const osr_host_api *host)
{
    (void)host;
    return NULL;
}
