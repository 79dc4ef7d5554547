// Builds the program for speed of start: one file for what every plugin command needs before its plugin runs, one for what
// shows the answer, a few for native plugins, and one chunk for each command that is rarer.

import { readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { defineConfig } from "rolldown";
import { WARM_ANSWER, WARM_START } from "./scripts/warm-modules.ts";

const SRC = `${sep}src${sep}`;
/** What reads and changes what plugins declare and what is stored for them, without loading any. */
const SETTINGS = [
  "host/known-manifest.ts",
  "host/follow-settings.ts",
  "plugins/native/installed.ts",
  "plugins/native/quarantine.ts",
  "tools/tool-names.ts",
];
/** What a shell waits for after each Tab. */
const COMPLETION = [
  "commands/completion/answer-shell.ts",
  "commands/completion/place-at.ts",
  "commands/completion/process-shape.ts",
];
/** What that shares with others, who need nothing else of it. */
const SMALL = ["base/by-code-units.ts", "base/line-words.ts", "plugins/native/tools-folder.ts"];
const isOneOf = (modules: readonly string[]) => (id: string) => modules.some((one) => id.endsWith(SRC + one));

/** What authors import of it has one file of types, which needs no other. */
function emitTestkitTypes(this: {
  emitFile(file: { type: "asset"; fileName: string; source: string }): unknown;
}): void {
  const source = readFileSync(join(import.meta.dirname, "src/testkit/api.ts"), "utf8").replaceAll(
    /^ *\/\/ biome-ignore .*\n/gm,
    "",
  );
  this.emitFile({ type: "asset", fileName: "testkit.d.cts", source });
}

/**
 * The options of all built-in commands as one table, in the place of what would load the command that is asked for: completion
 * has no time for that.
 */
async function tableOfOptions(id: string): Promise<{ code: string; moduleType: "js" } | undefined> {
  if (!isOneOf(["commands/completion/options-of.ts"])(id)) return undefined;
  const { COMMANDS } = await import("./src/commands/tree.ts");
  const entries = COMMANDS.map(async ({ words, load }) => [words.join(" "), (await load()).options ?? {}]);
  const table = JSON.stringify(Object.fromEntries(await Promise.all(entries)));
  const code = `const TABLE = ${table};\nexport const optionsOf = async ({ words }) => TABLE[words.join(" ")];\n`;
  return { code, moduleType: "js" };
}

export default defineConfig({
  input: {
    start: "src/commands/start.ts",
    "keyring-process": "src/config/keyring-process.ts",
    "jq-worker": "src/terminal/pipeline/jq-worker.ts",
    testkit: "src/testkit/index.ts",
  },
  plugins: [
    { name: "testkit-types", generateBundle: emitTestkitTypes },
    { name: "options-of-commands", load: tableOfOptions },
  ],
  platform: "node",
  // Native parts and WebAssembly, found from their own places; and what only those have who test pages.
  external: [/^node:/, "@napi-rs/keyring", "better-sqlite3-multiple-ciphers", "jq-web", "playwright-core"],
  // A module that one place imports lazily and another at once is no mistake here: the lists above decide.
  checks: { ineffectiveDynamicImport: false },
  output: {
    dir: "dist",
    // CommonJS starts faster: Node reads and compiles each chunk at once instead of linking a graph first.
    format: "cjs",
    cleanDir: true,
    entryFileNames: "[name].cjs",
    chunkFileNames: "[name]-[hash].cjs",
    codeSplitting: {
      groups: [
        { name: "warm-start", test: isOneOf(WARM_START) },
        { name: "warm-answer", test: isOneOf(WARM_ANSWER) },
        { name: "small", test: isOneOf(SMALL) },
        { name: "completion", test: isOneOf(COMPLETION) },
        // What locks, replaces and dates files: small, and needed by what needs nothing else of the stores.
        {
          name: "files",
          test: isOneOf([
            "base/file-lock.ts",
            "base/make-folder.ts",
            "base/now.ts",
            "base/process-mark.ts",
            "base/replace-file.ts",
          ]),
        },
        // Each of these with all that it needs and that is in none of those above, so the order counts: what is read and
        // changed on disk must not load what runs plugins.
        {
          name: "names",
          test: isOneOf([
            "protocol/agent-id.ts",
            "protocol/process-id.ts",
            "protocol/task.ts",
            "protocol/sorted-members.ts",
            "tools/envelope.ts",
            "host/caller-scope.ts",
            "host/dev-link.ts",
            "base/bounded-pattern.ts",
            "base/bounded-work.ts",
            "base/until-aborted.ts",
          ]),
        },
        { name: "stores", test: isOneOf(["host/stores.ts"]) },
        { name: "settings", test: isOneOf(SETTINGS) },
        // What every command that calls a native plugin waits for.
        { name: "native", test: isOneOf(["host/native-host.ts", "host/permissions-host.ts"]) },
      ],
    },
  },
});
