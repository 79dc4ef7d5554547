/* A process plugin that costs next to nothing, so that what is left is the program around it. */
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--describe") == 0) {
        puts("{\"protocol_version\":1,\"plugin_id\":\"bench\",\"plugin_version\":\"1.0.0\","
             "\"commands\":[{\"name\":\"bench\"}]}");
    } else {
        puts("{\"protocol_version\":1,\"ok\":true,\"data\":[{\"answer\":42}],\"messages\":[],\"meta\":{}}");
    }
    return 0;
}
