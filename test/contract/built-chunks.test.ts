// What commands load of the built program, by chunk: they are read whole, however little of one is needed.

import { join } from "node:path";
import { type OutputChunk, rolldown } from "rolldown";
import { beforeAll, expect, test } from "vitest";
import config from "../../rolldown.config.ts";

const ROOT = join(import.meta.dirname, "../..");
const NATIVE = "host/native-host.ts";
/** Whoever opens a store, lists or changes settings, looks at rows or at the installation runs no plugin. */
const WITHOUT_PLUGINS = [
  "commands/doctor.ts",
  "commands/insights.ts",
  "commands/secrets-list.ts",
  "commands/secrets-set.ts",
  "commands/tasks-list.ts",
  "commands/with-host.ts",
  "host/insights-host.ts",
  "host/settings-host.ts",
  "host/stores.ts",
  "host/tasks-host.ts",
];

/** Whoever lists or examines process plugins needs nothing of native ones but where they lie. */
const OF_PROCESS_PLUGINS = ["commands/plugins-commands.ts", "commands/plugins-doctor.ts", "commands/plugins-list.ts"];

let chunks: OutputChunk[];
beforeAll(async () => {
  const { output, ...input } = config as Exclude<typeof config, unknown[] | ((...args: never[]) => unknown)>;
  const bundle = await rolldown({ ...input, cwd: ROOT, logLevel: "silent" });
  const built = await bundle.generate(Array.isArray(output) ? output[0] : output);
  await bundle.close();
  chunks = built.output.filter((one) => one.type === "chunk");
}, 60_000);

/** The modules, below src/, that are loaded at once with this one. */
function loadedWith(module: string): string[] {
  const names = new Set([chunkOf(module).fileName]);
  for (const name of names) {
    // Node's own modules are no chunks.
    for (const next of chunks.find(({ fileName }) => fileName === name)?.imports ?? []) names.add(next);
  }
  const ids = chunks.filter(({ fileName }) => names.has(fileName)).flatMap(({ moduleIds }) => moduleIds);
  return ids.filter((id) => id.startsWith(join(ROOT, "src"))).map((id) => id.slice(join(ROOT, "src/").length));
}

function chunkOf(module: string): OutputChunk {
  const chunk = chunks.find(({ moduleIds }) => moduleIds.includes(join(ROOT, "src", module)));
  if (chunk === undefined) throw new Error(`no chunk has ${module}`);
  return chunk;
}

test.each(WITHOUT_PLUGINS)("%s does not load what runs native plugins", (module) => {
  expect(loadedWith(module)).not.toContain(NATIVE);
});

test.each(OF_PROCESS_PLUGINS)("%s loads nothing of native plugins", (module) => {
  const ofNative = loadedWith(module).filter((one) => /^(plugins\/native|store|agents|host-api)\//.test(one));
  expect(ofNative.filter((one) => one !== "plugins/native/tools-folder.ts")).toEqual([]);
});

test("a call of a native plugin does not load what only reading files, changing keys and installing needs", () => {
  const loaded = loadedWith(NATIVE);
  expect(loaded).toContain("host/stores.ts");
  for (const rare of [
    "host-api/artifact-file.ts",
    "host-api/media-type.ts",
    "store/change-data-keys.ts",
    "plugins/native/stage-package.ts",
    "plugins/native/zip-read.ts",
  ]) {
    expect(loaded).not.toContain(rare);
  }
});

test("the thread of jq is a file of its own, under the name by which it is started, and loads nothing of the program", () => {
  const { fileName, imports } = chunkOf("terminal/pipeline/jq-worker.ts");
  expect(fileName).toBe("jq-worker.cjs");
  expect(loadedWith("terminal/pipeline/jq-worker.ts")).toEqual(["terminal/pipeline/jq-worker.ts"]);
  expect(imports.filter((one) => !one.startsWith("node:") && !one.startsWith("rolldown-runtime"))).toEqual([]);
});

test("a pipeline without JQ loads nothing that runs jq", () => {
  expect(loadedWith("terminal/pipeline/pipeline.ts")).not.toContain("terminal/pipeline/jq.ts");
});
