// Runs the plugin as a host does: a process for each call, one JSON document on its standard output.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const PLUGIN = fileURLToPath(new URL("../../osp-{{name}}", import.meta.url)); // From dist/test.

function run(...words: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PLUGIN, ...words], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

test("it describes its command", () => {
  const { plugin_id, commands } = run("--describe");
  assert.equal(plugin_id, "{{plugin_id}}");
  assert.deepEqual(
    commands.map(({ name }: { name: string }) => name),
    ["{{name}}"],
  );
});

test("it greets the world", () => {
  assert.deepEqual(run("{{name}}").data, [{ greeting: "Hello, world!" }]);
});

for (const words of [["Ada"], ["--name", "Ada"], ["--name=Ada"]]) {
  test(`it greets the name given as ${words.join(" ")}`, () => {
    assert.deepEqual(run("{{name}}", ...words).data, [{ greeting: "Hello, Ada!" }]);
  });
}

test("it refuses a name that is too long", () => {
  const { ok, error } = run("{{name}}", "a".repeat(101));
  assert.deepEqual({ ok, code: error.code }, { ok: false, code: "USAGE" });
});
