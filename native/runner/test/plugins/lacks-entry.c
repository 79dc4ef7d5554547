/* A library that is no plugin. */
#include "osaurus_plugin.h"

OSR_EXPORT int unrelated(void);
int unrelated(void) { return 1; }
