import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { newKeyId } from "./keys-file.ts";
import { addToKeyFile, keepInKeyFile, mayHaveKeychain, readWrappingKey, type WrappingKey } from "./wrapping-keys.ts";

const newKey = (): WrappingKey => ({ by: "key_file", id: newKeyId(), key: randomBytes(32) });

test("a keychain is asked for only where one can be, and where the user does not want the file", () => {
  const bus = { DBUS_SESSION_BUS_ADDRESS: "unix:path=/run/user/1000/bus" };
  for (const [env, platform, may] of [
    [{}, "linux", false],
    [{ DBUS_SESSION_BUS_ADDRESS: "" }, "linux", false],
    [bus, "linux", true],
    [{ ...bus, OSAURUS_KEY_PROTECTION: "key-file" }, "linux", false],
    [{ HOME: "/Users/a" }, "darwin", true],
    [{ HOME: "/Users/a", OSAURUS_KEY_PROTECTION: "key-file" }, "darwin", false],
    [{}, "darwin", false],
    [bus, "freebsd", false],
  ] as const) {
    expect(mayHaveKeychain(env, platform), JSON.stringify([env, platform])).toBe(may);
  }
});

test("keys are added to the key file and taken out of it, and the others stay", async () => {
  const folder = tempDir();
  const place = { folder, env: {} };
  const [a, b] = [newKey(), newKey()];
  addToKeyFile(folder, a);
  addToKeyFile(folder, b);
  expect(statSync(join(folder, "key-file")).mode & 0o777).toBe(0o600);
  for (const { id, key } of [a, b]) expect(await readWrappingKey(place, "key_file", id)).toEqual(key);
  keepInKeyFile(folder, new Set([b.id]));
  expect(readFileSync(join(folder, "key-file"), "utf8")).toBe(`${b.id} ${b.key.toString("hex")}\n`);
  await expect(readWrappingKey(place, "key_file", a.id)).rejects.toMatchObject({ code: "data_key_missing" });
  keepInKeyFile(folder, new Set());
  expect(existsSync(join(folder, "key-file"))).toBe(false);
});

test("what is no line of ours in the key file is no key, and what is no file is told", async () => {
  const folder = tempDir();
  const path = join(folder, "key-file");
  const { id, key } = newKey();
  writeFileSync(path, `\n${id}\n${id} 12\n${"z".repeat(32)} ${"0".repeat(64)}\n  \n${id} ${key.toString("hex")}0\n`);
  await expect(readWrappingKey({ folder, env: {} }, "key_file", id)).rejects.toMatchObject({
    code: "data_key_missing",
  });
  writeFileSync(path, ` ${id} ${key.toString("hex")}\r\n`);
  expect(await readWrappingKey({ folder, env: {} }, "key_file", id), "from an editor that ends lines so").toEqual(key);
  const other = join(tempDir(), "Secrets");
  mkdirSync(join(other, "key-file"), { recursive: true });
  await expect(readWrappingKey({ folder: other, env: {} }, "key_file", id)).rejects.toThrow(/no regular file/);
});
