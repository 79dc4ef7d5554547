/* The Swift package manager wants a source file beside the headers. */
#include "osaurus_swift.h"
