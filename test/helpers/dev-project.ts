// Projects of plugins as their authors have them, small enough to be built in no time.

import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const SDK = join(import.meta.dirname, "../../sdk/c");

export interface CProjectOptions {
  readonly id?: string;
  readonly version?: string;
  /** Members of the project's file below `dev` that are different. */
  readonly dev?: Readonly<Record<string, unknown>>;
}

/** A native plugin in C whose tool `hello` says a word. A call with the argument `mark` makes a file of that name,
 * and returns when there is one with ".go" behind it. */
export function writeCProject(
  folder: string,
  { id = "dev.example.hello", version = "0.1.0", dev }: CProjectOptions = {},
) {
  mkdirSync(folder, { recursive: true });
  const source = join(folder, "hello.c");
  const build = `mkdir -p build && cc -g -shared -fPIC -I'${SDK}' -o build/hello.new hello.c && mv build/hello.new build/hello.${suffix}`;
  writeFileSync(
    join(folder, "osaurus-plugin.json"),
    JSON.stringify({ plugin_id: id, version, dev: { build, library: "build/hello", ...dev } }),
  );
  writeFileSync(source, SOURCE.replace("@ID@", id).replace("@VERSION@", version));
  return {
    folder,
    source,
    library: join(folder, `build/hello.${suffix}`),
    /** Saves the source with another text in the place of one that is in it. */
    edit(from: string | RegExp, to: string): void {
      const text = readFileSync(source, "utf8");
      const edited = text.replace(from, to);
      if (edited === text) throw new Error(`nothing in the source is like ${from}`);
      writeFileSync(source, edited);
    },
    /** The word that the tool says from the next build on. */
    say(word: string): void {
      this.edit(/#define WORD ".*"/, `#define WORD "${word}"`);
    },
  };
}

const suffix = process.platform === "darwin" ? "dylib" : "so";

const SOURCE = `#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "osaurus_plugin.h"
#define WORD "first"
#define ABOUT "says a word"
#define NEEDS ""
static int context;
static void release(const char *text) { free((void *)text); }
static osr_plugin_ctx_t init(void) { /* here */ return &context; }
static void destroy(osr_plugin_ctx_t ctx) { (void)ctx; }
static const char *manifest(osr_plugin_ctx_t ctx)
{
    (void)ctx;
    return strdup("{\\"plugin_id\\":\\"@ID@\\",\\"name\\":\\"hello\\",\\"version\\":\\"@VERSION@\\",\\"capabilities\\":{\\"tools\\":[{"
                  "\\"id\\":\\"hello\\",\\"description\\":\\"" ABOUT "\\",\\"parameters\\":{\\"type\\":\\"object\\"},"
                  "\\"requirements\\":[" NEEDS "],\\"permission_policy\\":\\"auto\\"}]}}");
}
static void wait_at(char *path)
{
    close(open(path, O_CREAT | O_WRONLY, 0600));
    strcat(path, ".go");
    while (access(path, F_OK) != 0) usleep(1000);
}
static const char *invoke(osr_plugin_ctx_t ctx, const char *type, const char *id, const char *payload)
{
    (void)ctx, (void)type, (void)id;
    char path[1024] = "";
    const char *mark = strstr(payload, "\\"mark\\":\\"");
    if (mark != NULL && sscanf(mark + 8, "%1000[^\\"]", path) == 1) wait_at(path);
    return strdup("{\\"ok\\":true,\\"result\\":{\\"text\\":\\"" WORD "\\"}}");
}
OSR_EXPORT const osr_plugin_api *osaurus_plugin_entry_v2(const osr_host_api *host)
{
    static osr_plugin_api api = {.version = OSR_ABI_VERSION_6, .free_string = release, .init = init, .destroy = destroy,
                                 .get_manifest = manifest, .invoke = invoke};
    (void)host;
    return &api;
}
`;

/** A process plugin in Python, of two files, whose command says a word. */
export function writePythonProject(folder: string, name = "hello") {
  mkdirSync(folder, { recursive: true });
  const executable = join(folder, `osp-${name}`);
  const words = join(folder, "words.py");
  writeFileSync(
    join(folder, "osp-plugin.json"),
    JSON.stringify({
      plugin_id: name,
      version: "0.1.0",
      dev: { executable: `osp-${name}`, build: "python3 -m py_compile words.py" },
    }),
  );
  writeFileSync(executable, PYTHON.replaceAll("NAME", name));
  chmodSync(executable, 0o755);
  const write = (word: string, about = "says a word") => writeFileSync(words, `WORD = "${word}"\nABOUT = "${about}"\n`);
  write("first");
  return { folder, executable, words, say: write };
}

const PYTHON = `#!/usr/bin/env python3
import json, sys
from words import WORD, ABOUT
if sys.argv[1:2] == ["--describe"]:
    print(json.dumps({"protocol_version": 1, "plugin_id": "NAME", "plugin_version": "0.1.0", "min_osp_version": "0.1.0",
                      "commands": [{"name": "NAME", "about": ABOUT, "args": [], "flags": {}, "subcommands": []}]}))
else:
    print(json.dumps({"protocol_version": 1, "ok": True, "data": [{"word": WORD}], "error": None, "messages": [],
                      "meta": {"format_hint": None, "columns": None}}))
`;
