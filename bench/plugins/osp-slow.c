/* A process plugin that takes 50 ms to describe itself. Its id and its command are its own file name without "osp-", so
 * that copies of it are plugins of their own. */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <time.h>

int main(int argc, char **argv)
{
    const char *slash = strrchr(argv[0], '/');
    const char *id = (slash ? slash + 1 : argv[0]) + strlen("osp-");
    if (argc > 1 && strcmp(argv[1], "--describe") == 0) {
        struct timespec pause = { 0, 50 * 1000 * 1000 };
        nanosleep(&pause, NULL);
        printf("{\"protocol_version\":1,\"plugin_id\":\"%s\",\"plugin_version\":\"1.0.0\",\"commands\":"
               "[{\"name\":\"%s\",\"about\":\"One of many\",\"args\":[{\"name\":\"target\"}],"
               "\"flags\":{\"--limit\":{\"about\":\"Rows\"},\"--all\":{\"flag_only\":true}}}]}\n", id, id);
    } else {
        puts("{\"protocol_version\":1,\"ok\":true,\"data\":[{\"answer\":42}],\"messages\":[],\"meta\":{}}");
    }
    return 0;
}
