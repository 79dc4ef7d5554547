import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import type { ConfigEdit } from "./check-edit.ts";
import { type ChangeInput, changeConfig } from "./write-config.ts";

const GLOBAL = { profile: null, terminal: null };

function change(path: string, edits: readonly ConfigEdit[], more: Partial<ChangeInput> = {}) {
  return changeConfig({ path, isSecret: false, edits, dryRun: false, ...more });
}

function refused(key: string, value: ConfigEdit["value"], more: Partial<ConfigEdit & ChangeInput> = {}) {
  const { scope = GLOBAL, ...rest } = more;
  return expect(change(join(tempDir(), "config.toml"), [{ scope, key, value }], rest)).rejects;
}

test("edits make the file and its folders, for the user alone, and tell what was there", async () => {
  const dir = tempDir();
  const path = join(dir, "new", "config.toml");
  const set = (value: ConfigEdit["value"]) => change(path, [{ scope: GLOBAL, key: "UI.Width", value }]);
  expect(await set("80")).toEqual({ path, changed: true, previous: [undefined] });
  expect(await set(80)).toEqual({ path, changed: false, previous: [80] });
  expect(await set(90)).toEqual({ path, changed: true, previous: [80] });
  expect(readFileSync(path, "utf8")).toBe("[default]\nui.width = 90\n");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(await set(undefined)).toEqual({ path, changed: true, previous: [90] });
  expect(await set(undefined)).toEqual({ path, changed: false, previous: [undefined] });
  expect(readdirSync(join(dir, "new"))).toEqual(["config.toml"]);
});

test("a dry run and a removal of what is not there make no file", async () => {
  const path = join(tempDir(), "config.toml");
  const edit = { scope: { profile: "Lab", terminal: "repl" }, key: "ui.width", value: 80 };
  expect(await change(path, [edit], { dryRun: true })).toMatchObject({ changed: true });
  expect(await change(path, [{ ...edit, value: undefined }])).toMatchObject({ changed: false });
  expect(existsSync(path)).toBe(false);
  await change(path, [edit]);
  expect(readFileSync(path, "utf8")).toBe("[terminal.repl.profile.lab]\nui.width = 80\n");
});

test("a link stays a link, and the file behind it keeps its mode and its comments", async () => {
  const dir = tempDir();
  writeFileSync(join(dir, "real.toml"), "# mine\n[default]\nui.width = 1 # narrow\n");
  chmodSync(join(dir, "real.toml"), 0o644);
  const path = join(dir, "config.toml");
  symlinkSync("real.toml", path);
  await change(path, [{ scope: GLOBAL, key: "ui.width", value: 2 }]);
  expect(readFileSync(join(dir, "real.toml"), "utf8")).toBe("# mine\n[default]\nui.width = 2 # narrow\n");
  expect(statSync(path).mode & 0o777).toBe(0o644);
  expect(readdirSync(dir).sort()).toEqual(["config.toml", "real.toml"]);
});

test("of several edits all are made, or none", async () => {
  const path = join(tempDir(), "config.toml");
  const scope = GLOBAL;
  await change(path, [
    { scope, key: "extensions.a", value: 1 },
    { scope, key: "extensions.b", value: ["x"] },
  ]);
  const before = readFileSync(path, "utf8");
  const half = change(path, [
    { scope, key: "extensions.c", value: 1 },
    { scope, key: "extensions.a.b", value: 1 },
  ]);
  await expect(half).rejects.toMatchObject({ code: "config_unwritable" });
  expect(readFileSync(path, "utf8")).toBe(before);
});

test("what the schema refuses is not written", async () => {
  await refused("ui.formt", "x").toMatchObject({ code: "config_key_unknown", hint: 'did you mean "ui.format"?' });
  await refused("ui.format", "xml").toMatchObject({ code: "config_value_invalid" });
  await refused("ui.width", 0).toMatchObject({ code: "config_value_invalid" });
  await refused("profile.active", "x").toMatchObject({ code: "config_value_invalid" });
  await refused("profile.default", "x", { scope: { profile: "lab", terminal: null } }).toMatchObject({
    code: "config_value_invalid",
    message: expect.stringContaining("profile"),
  });
  await refused("secrets.backend", "toml", { isSecret: true }).toMatchObject({ code: "config_value_invalid" });
  await refused("theme.name", "nope").toMatchObject({ code: "config_value_invalid" });
  await refused("extensions..x", 1).toMatchObject({ code: "config_value_invalid" });
  await refused("extensions.x", "\ud800").toMatchObject({ code: "config_value_invalid" });
  await refused("ui.width", 1, { scope: { profile: " ", terminal: null } }).toMatchObject({
    code: "config_value_invalid",
  });
});

test("what should not be in a file may still be taken out of it", async () => {
  const path = join(tempDir(), "config.toml");
  writeFileSync(path, "[default]\nnope = 1\nui.width = 1\n");
  await change(path, [{ scope: GLOBAL, key: "nope", value: undefined }]);
  expect(readFileSync(path, "utf8")).toBe("[default]\nui.width = 1\n");
});

test("a value with placeholders is written as it is", async () => {
  const path = join(tempDir(), "config.toml");
  await change(path, [{ scope: GLOBAL, key: "ui.width", value: "${extensions.w}" }]);
  expect(readFileSync(path, "utf8")).toContain('ui.width = "${extensions.w}"');
});

test("a file that is no TOML is not overwritten", async () => {
  const path = join(tempDir(), "config.toml");
  writeFileSync(path, "[default]\nui.width = = 1\n");
  await expect(change(path, [{ scope: GLOBAL, key: "ui.width", value: 1 }])).rejects.toMatchObject({
    code: "config_invalid",
    message: expect.stringMatching(/config\.toml:2:12: /),
  });
  expect(readFileSync(path, "utf8")).toBe("[default]\nui.width = = 1\n");
});

test("secrets are made for the user alone, and not written where others may read", async () => {
  const path = join(tempDir(), "secrets.toml");
  const edits = [{ scope: GLOBAL, key: "extensions.pin", value: "1" }];
  await change(path, edits, { isSecret: true });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  chmodSync(path, 0o644);
  await expect(change(path, edits, { isSecret: true })).rejects.toMatchObject({ code: "config_insecure" });
});

test("a place that cannot be written to is named", async () => {
  const dir = tempDir();
  writeFileSync(join(dir, "file"), "");
  const path = join(dir, "file", "config.toml");
  await expect(change(path, [{ scope: GLOBAL, key: "ui.width", value: 1 }])).rejects.toMatchObject({
    code: "config_unwritable",
    message: expect.stringContaining(path),
  });
  mkdirSync(join(dir, "config.toml"));
  await expect(change(join(dir, "config.toml"), [{ scope: GLOBAL, key: "ui.width", value: 1 }])).rejects.toMatchObject({
    code: "config_unreadable",
  });
});

test("a file that another process keeps locked is not changed", async () => {
  const path = join(tempDir(), "config.toml");
  writeFileSync(`${path}.lock`, `${process.ppid} other`);
  await expect(change(path, [{ scope: GLOBAL, key: "ui.width", value: 1 }])).rejects.toMatchObject({
    code: "config_busy",
  });
  expect(existsSync(path)).toBe(false);
});

test("of processes that write different keys at once, none loses what another wrote", async () => {
  const path = join(tempDir(), "config.toml");
  const script = (name: string) => `
    import { changeConfig } from ${JSON.stringify(join(import.meta.dirname, "write-config.ts"))};
    for (let n = 0; n < 10; n++) {
      const edits = [{ scope: { profile: null, terminal: null }, key: "extensions.${name}" + n, value: n }];
      await changeConfig({ path: ${JSON.stringify(path)}, isSecret: false, edits, dryRun: false });
    }`;
  const run = (name: string) =>
    spawn(process.execPath, ["--input-type=module", "-e", script(name)], { stdio: "inherit" });
  const codes = await Promise.all(["a", "b", "c"].map(run).map(async (child) => (await once(child, "exit"))[0]));
  expect(codes).toEqual([0, 0, 0]);
  const text = readFileSync(path, "utf8");
  for (const name of ["a", "b", "c"])
    for (let n = 0; n < 10; n++) expect(text).toContain(`extensions.${name}${n} = ${n}\n`);
});
