import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { tempDir } from "../../../test/helpers/temp-dir.ts";
import type { HostError } from "../../protocol/errors.ts";
import {
  BUNDLE_MANIFEST_BYTES_MAX,
  BUNDLE_PLUGINS_MAX,
  DESCRIBE_COMMANDS_MAX,
  PLUGIN_ID_CHARS_MAX,
} from "../../protocol/limits.ts";
import { readBundleManifest } from "./bundle-manifest.ts";

function read(content: string | Uint8Array) {
  const dir = tempDir();
  writeFileSync(join(dir, "manifest.toml"), content);
  return readBundleManifest(dir);
}

const fields = { id: '"my-plugin"', exe: '"osp-my-plugin"', version: '"0.1.0"', commands: '["mycommand"]' };

/** A manifest with one plugin, whose members are changed or, with undefined, left out. */
function manifest(change: Readonly<Record<string, string | undefined>> = {}, head = "protocol_version = 1"): string {
  const members = Object.entries({ ...fields, ...change }).filter(([, value]) => value !== undefined);
  return `${head}\n[[plugin]]\n${members.map(([name, value]) => `${name} = ${value}`).join("\n")}\n`;
}

const sum = "AB".repeat(32);

test("a manifest lists plugins by their file, off as long as it says nothing else", () => {
  expect(read(manifest()).get("osp-my-plugin")).toEqual({
    id: "my-plugin",
    exe: "osp-my-plugin",
    version: "0.1.0",
    commands: ["mycommand"],
    enabled_by_default: false,
  });
  const all = manifest(
    { enabled_by_default: "true", checksum_sha256: `" ${sum} "`, later: "{ a = 1 }" },
    "protocol_version = 1\nnew = 2",
  );
  expect(read(all).get("osp-my-plugin")).toMatchObject({ enabled_by_default: true, checksum_sha256: "ab".repeat(32) });
});

test("an empty list is a list", () => {
  expect(read("protocol_version = 1").size).toBe(0);
});

test.each([
  ["a blank id", manifest({ id: '" "' }), "plugin[0].id: must not be blank"],
  ["no id", manifest({ id: undefined }), "plugin[0].id: is missing"],
  ["an id that is a number", manifest({ id: "1" }), "plugin[0].id: must be text, is 1"],
  ["no file", manifest({ exe: undefined }), "plugin[0].exe: is missing"],
  ["a blank file", manifest({ exe: '""' }), "plugin[0].exe: must not be blank"],
  [
    "a file in another folder",
    manifest({ exe: '"../osp-x"' }),
    "plugin[0].exe: must be the name of a file in the same folder",
  ],
  ["an absolute path", manifest({ exe: '"/bin/sh"' }), "plugin[0].exe: must be the name of a file"],
  ["the folder itself", manifest({ exe: '".."' }), "plugin[0].exe: must be the name of a file"],
  ["no version", manifest({ version: undefined }), "plugin[0].version: is missing"],
  ["a blank version", manifest({ version: '" "' }), "plugin[0].version: must not be blank"],
  ["no commands", manifest({ commands: undefined }), "plugin[0].commands: is missing"],
  ["an empty list of commands", manifest({ commands: "[]" }), "plugin[0].commands: must name at least one command"],
  ["commands that are text", manifest({ commands: '"a"' }), 'plugin[0].commands: must be a list, is "a"'],
  ["a command in capitals", manifest({ commands: '["A"]' }), "plugin[0].commands[0]: must be made of a-z"],
  ["a default that is text", manifest({ enabled_by_default: '"yes"' }), "enabled_by_default: must be true or false"],
  ["a short checksum", manifest({ checksum_sha256: '"abc123"' }), "checksum_sha256: must be 64 hexadecimal digits"],
  [
    "a checksum with other letters",
    manifest({ checksum_sha256: `"${"g".repeat(64)}"` }),
    "must be 64 hexadecimal digits",
  ],
  ["an id twice", manifest() + manifest({ exe: '"osp-other"' }, ""), 'plugin[1].id: "my-plugin" is there twice'],
  ["a file twice", manifest() + manifest({ id: '"other"' }, ""), 'plugin[1].exe: "osp-my-plugin" is there twice'],
  ["another protocol", manifest({}, "protocol_version = 2"), "protocol_version: must be 1, is 2"],
  ["no protocol", manifest({}, ""), "protocol_version: is missing"],
  ["a plugin that is no list", "protocol_version = 1\nplugin = 3", "plugin: must be a list, is 3"],
  ["a list with a length of its own", "protocol_version = 1\n[plugin]\nlength = -1", "plugin: must be a list"],
  ["a broken line", 'protocol_version = 1\n[[plugin]\nid = "a"', "(line 2, column "],
  ["a table twice", "protocol_version = 1\n[a]\n[a]", "(line 3, column "],
  ["a number beyond all bounds", `protocol_version = ${"9".repeat(30)}`, "(line 1, column "],
  ["nesting without end", `a = ${"[".repeat(50_000)}`, "cannot be used: "],
  ["no text", new Uint8Array([0x61, 0xff]), "it is no UTF-8 text"],
])("one with %s is refused, and the place is named", (_, content, what) => {
  expect(() => read(content)).toThrow(
    expect.objectContaining({ code: "bundle_invalid", message: expect.stringContaining(what) }),
  );
});

test.each<[string, (path: string) => void]>([
  ["a folder", (path) => mkdirSync(path)],
  ["a pipe", (path) => void execFileSync("/bin/sh", ["-c", 'mkfifo "$0"', path])],
  ["a link to nowhere", (path) => symlinkSync("/no/such/file", path)],
  ["a link to itself", (path) => symlinkSync(path, path)],
])("%s in its place is refused without waiting", (_, make) => {
  const dir = tempDir();
  make(join(dir, "manifest.toml"));
  expect(() => readBundleManifest(dir)).toThrow(expect.objectContaining({ code: "bundle_invalid" }));
});

test.each<[string, number, (count: number) => string]>([
  ["bytes", BUNDLE_MANIFEST_BYTES_MAX, (count) => "protocol_version = 1\n#".padEnd(count, "x")],
  [
    "plugins",
    BUNDLE_PLUGINS_MAX,
    (count) => range(count, (i) => manifest({ id: `"p${i}"`, exe: `"osp-${i}"` }, i === 0 ? undefined : "")).join(""),
  ],
  ["commands", DESCRIBE_COMMANDS_MAX, (count) => manifest({ commands: JSON.stringify(range(count, (i) => `c${i}`)) })],
  ["characters of an id", PLUGIN_ID_CHARS_MAX, (count) => manifest({ id: `"${"x".repeat(count)}"` })],
])("%s are accepted up to %i and refused one past it", (_, max, make) => {
  expect(() => read(make(max))).not.toThrow();
  expect(() => read(make(max + 1))).toThrow(expect.objectContaining({ code: "bundle_invalid" }));
});

test("whatever a manifest holds, it is a list or an error with a code", () => {
  const value = fc.constantFrom("1", "-1", '"x"', "[]", "[1]", "{}", "{ length = 1 }", "true", "1979-05-27", "nan");
  const key = fc.constantFrom("id", "exe", "version", "commands", "enabled_by_default", "checksum_sha256", "__proto__");
  fc.assert(
    fc.property(fc.dictionary(key, value), fc.string(), (change, noise) => {
      try {
        read(manifest(change) + noise);
      } catch (error) {
        expect((error as HostError).code).toBe("bundle_invalid");
      }
    }),
    { numRuns: 200 },
  );
});

function range<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
