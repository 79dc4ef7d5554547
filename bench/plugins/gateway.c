/* What the benchmarks ask of a plugin over HTTP: a route that answers a small JSON document, and a web UI beside it. */
#include "fixture.h"

#undef FIXTURE_MANIFEST
#define FIXTURE_MANIFEST(name)                                                                                 \
    "{\"plugin_id\":\"test." name "\",\"version\":\"1.0.0\",\"capabilities\":{\"tools\":[],"                    \
    "\"routes\":[{\"id\":\"item\",\"path\":\"/items/:id\",\"methods\":[\"GET\"],\"auth\":\"owner\"}],"           \
    "\"web\":{\"static_dir\":\"web\",\"entry\":\"index.html\",\"mount\":\"/ui\",\"auth\":\"none\"}}}"

static const char *misbehave(const char *id, const char *payload)
{
    (void)id;
    (void)payload;
    return NULL;
}

static const char *route(osr_plugin_ctx_t ctx, const char *request)
{
    (void)ctx;
    (void)request;
    return strdup("{\"status\":200,\"headers\":{\"Content-Type\":\"application/json; charset=utf-8\"},"
                  "\"body\":\"{\\\"id\\\":\\\"42\\\",\\\"name\\\":\\\"Widget\\\"}\"}");
}

FIXTURE_FUNCTIONS("gateway")
FIXTURE_ENTRY_WITH(api.handle_route = route)
