/* Crashes while it is loaded. */
#include "crash.h"

__attribute__((constructor)) static void construct(void) { crash("segv"); }
