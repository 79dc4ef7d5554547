/* Broken on purpose: like version-one, but its table is one function shorter. Loading it must kill the runner, which shows
 * that the page behind version-one's table guards it. */
#define TABLE_BYTES (offsetof(osr_plugin_api, version) - 8)
#include "version-one.c"
