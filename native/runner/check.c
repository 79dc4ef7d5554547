/* osprey-runner --check LIBRARY: whether the system opens the library, and which entries it exports. */
#include "check.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>

/* Prints a text as JSON, with everything that is not plain ASCII escaped or, above it, replaced: names of files may hold
 * any byte. */
static void print_json_text(const char *text)
{
    putchar('"');
    for (const unsigned char *at = (const unsigned char *)text; *at != 0; at++) {
        if (*at == '"' || *at == '\\') printf("\\%c", *at);
        else if (*at >= 0x20 && *at < 0x7f) putchar(*at);
        else if (*at < 0x80) printf("\\u%04x", *at);
        else putchar('?');
    }
    putchar('"');
}

int check_library(const char *path)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    printf("{\"dlopen\":");
    if (library == NULL) {
        const char *why = dlerror();
        print_json_text(why == NULL ? "no reason given" : why);
    } else {
        printf("null");
    }
    bool v2 = library != NULL && dlsym(library, "osaurus_plugin_entry_v2") != NULL;
    bool v1 = library != NULL && dlsym(library, "osaurus_plugin_entry") != NULL;
    printf(",\"v2\":%s,\"v1\":%s}\n", v2 ? "true" : "false", v1 ? "true" : "false");
    return 0;
}
