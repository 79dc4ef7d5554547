/* What Go cannot do itself: call through pointers of C, know which call a thread works for, lay out the table. */
#ifndef OSAURUS_GO_BRIDGE_H
#define OSAURUS_GO_BRIDGE_H

#include <stdlib.h>

#include "osaurus_plugin.h"

/* 0 where there is no host. */
uint32_t osr_go_host_version(void);

/* The call that the calling thread works for, counted from 1; 0 for none. */
uint64_t osr_go_current_call(void);

/* Calls the host's function at this place of the table. The three forms that take texts and give one. */
const char *osr_go_ask(int slot);
const char *osr_go_ask_one(int slot, const char *text);
const char *osr_go_ask_two(int slot, const char *text, const char *more);

/* The two that give nothing, and those that are unlike all others. */
void osr_go_tell_one(int slot, const char *text);
void osr_go_tell_two(int slot, const char *text, const char *more);
void osr_go_log(int level, const char *message, const char *payload);
const char *osr_go_stream(const char *request, uintptr_t listener);

/* Gives a text back to the host, in the way of its version. */
void osr_go_release(const char *text);

#endif
