import { sign, verify } from "node:crypto";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { tempDir } from "../../../test/helpers/temp-dir.ts";
import {
  SECRET_KEY_BYTES_MAX,
  SECRET_KEY_MEMORY_BYTES_MAX,
  SECRET_KEY_PASSWORD_BYTES_MAX,
  SECRET_KEY_STEPS_MAX,
} from "../../protocol/limits.ts";
import { parsePublicKey } from "./minisign.ts";
import { makeKeyPair, readSecretKey } from "./secret-key.ts";

/** What a test can afford. */
const CHEAP = { steps: 32_768n, memoryBytes: 1_048_576n };
const PASSWORD = "a passwörd";

function written(text: string | Buffer): string {
  const path = join(tempDir(), "test.key");
  writeFileSync(path, text);
  return path;
}

/** The key of a file with some of its bytes changed. */
function changed(text: string, change: (bytes: Buffer) => void): string {
  const [comment, line] = text.split("\n");
  const bytes = Buffer.from(line!, "base64");
  change(bytes);
  return written(`${comment}\n${bytes.toString("base64")}\n`);
}

const invalid = (problem: string) => ({ code: "signing_key_invalid", message: expect.stringContaining(problem) });

test.each([
  ["without a password", undefined],
  ["with one", PASSWORD],
])("a key that is made %s is read again, and signs for its public half", async (_, password) => {
  const made = await makeKeyPair(password, CHEAP);
  const file = readSecretKey(written(made.secretText));
  expect(file.isProtected).toBe(password !== undefined);
  const key = await file.unlock(password);
  expect(key.publicKey).toBe(made.publicKey);
  const parsed = parsePublicKey(made.publicText);
  expect(parsed.keyId).toBe(made.keyId);
  expect(verify(null, Buffer.from("x"), parsed.key, sign(null, Buffer.from("x"), key.secret))).toBe(true);
  expect(made.publicText).toBe(`untrusted comment: minisign public key ${made.keyId}\n${made.publicKey}\n`);
});

test("two keys are not the same, nor is anything of a protected one what it would be without a password", async () => {
  const [one, other] = [await makeKeyPair(undefined), await makeKeyPair(undefined)];
  expect(one.publicKey).not.toBe(other.publicKey);
  const locked = await makeKeyPair(PASSWORD, CHEAP);
  const raw = Buffer.from(locked.secretText.split("\n")[1]!, "base64");
  expect(raw.includes(Buffer.from(locked.publicKey, "base64").subarray(10))).toBe(false);
});

test("a wrong password opens nothing, and neither it nor anything of the file is told", async () => {
  const { secretText } = await makeKeyPair(PASSWORD, CHEAP);
  const file = readSecretKey(written(secretText));
  for (const wrong of ["", "a password", `${PASSWORD} `, undefined]) {
    const error = (await file.unlock(wrong).catch((thrown) => thrown)) as Error;
    expect(error).toMatchObject(invalid("the password is wrong, or the file is damaged"));
    const told = JSON.stringify({ ...error, message: error.message });
    expect(told).not.toContain(secretText.split("\n")[1]);
    expect(wrong && told.includes(wrong)).toBeFalsy();
  }
  await file.unlock(PASSWORD);
});

test("a key with any byte changed is refused, or is the same key still", async () => {
  const { secretText, publicKey } = await makeKeyPair(undefined);
  await fc.assert(
    fc.asyncProperty(fc.nat(157), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
      const path = changed(secretText, (bytes) => {
        bytes[at]! ^= flip;
      });
      try {
        const key = await readSecretKey(path).unlock();
        expect(key.publicKey).toBe(publicKey);
      } catch (error) {
        expect(error).toMatchObject({ code: "signing_key_invalid" });
      }
    }),
    { numRuns: 300 },
  );
});

test("a key without its hash, as minisign writes those without a password, is read; its two halves have to fit", async () => {
  const { secretText, publicKey } = await makeKeyPair(undefined);
  const bare = changed(secretText, (bytes) => bytes.fill(0, 126));
  expect((await readSecretKey(bare).unlock()).publicKey).toBe(publicKey);
  const foreign = changed(secretText, (bytes) => {
    bytes.fill(0, 126);
    bytes[100]! ^= 1;
  });
  await expect(readSecretKey(foreign).unlock()).rejects.toMatchObject(invalid("damaged"));
  const locked = await makeKeyPair(PASSWORD, CHEAP);
  const hashless = changed(locked.secretText, (bytes) => bytes.fill(0, 126));
  await expect(readSecretKey(hashless).unlock(PASSWORD)).rejects.toMatchObject(invalid("damaged"));
});

test("a key may take as much memory and as many steps as minisign's own, and not one more", async () => {
  const { secretText } = await makeKeyPair(PASSWORD, CHEAP);
  const asking = (at: number, value: bigint) => changed(secretText, (bytes) => void bytes.writeBigUInt64LE(value, at));
  const [steps, memory] = [BigInt(SECRET_KEY_STEPS_MAX), BigInt(SECRET_KEY_MEMORY_BYTES_MAX)];
  expect(readSecretKey(asking(38, steps)).isProtected).toBe(true);
  expect(readSecretKey(asking(46, memory)).isProtected).toBe(true);
  expect(() => readSecretKey(asking(38, steps + 1n))).toThrow(expect.objectContaining(invalid("is the most")));
  expect(() => readSecretKey(asking(46, memory + 1n))).toThrow(expect.objectContaining(invalid("is the most")));
  expect(() => readSecretKey(asking(46, 2n ** 64n - 1n))).toThrow(expect.objectContaining(invalid("is the most")));
});

test("a password may be as long as the limit, and not longer", async () => {
  const { secretText } = await makeKeyPair("x".repeat(SECRET_KEY_PASSWORD_BYTES_MAX), CHEAP);
  const file = readSecretKey(written(secretText));
  await file.unlock("x".repeat(SECRET_KEY_PASSWORD_BYTES_MAX));
  const longer = file.unlock("x".repeat(SECRET_KEY_PASSWORD_BYTES_MAX + 1));
  await expect(longer).rejects.toMatchObject(invalid("no password has more than"));
});

test("a file may be as long as the limit, and not longer", async () => {
  const { secretText } = await makeKeyPair(undefined);
  const long = (more: number) =>
    secretText.replace("\n", `${"x".repeat(SECRET_KEY_BYTES_MAX - secretText.length + more)}\n`);
  expect(readSecretKey(written(long(0))).isProtected).toBe(false);
  expect(() => readSecretKey(written(long(1)))).toThrow(
    expect.objectContaining(invalid(`over ${SECRET_KEY_BYTES_MAX}`)),
  );
});

test("a public key, a key of another program, and what is no file are called what they are", async () => {
  const { publicText, secretText } = await makeKeyPair(undefined);
  expect(() => readSecretKey(written(publicText))).toThrow(expect.objectContaining(invalid("it is a public key")));
  const line = secretText.split("\n")[1]!;
  for (const text of [
    "",
    "x",
    `${line}\n`,
    `comment\n${line}\n`,
    `${secretText}${line}\n`,
    `untrusted comment: x\n\n`,
  ]) {
    expect(() => readSecretKey(written(text)), text).toThrow(expect.objectContaining({ code: "signing_key_invalid" }));
  }
  for (const [at, text] of [
    [0, "ED"],
    [2, "BK"],
    [4, "B3"],
  ] as const) {
    const path = changed(secretText, (bytes) => void bytes.write(text, at, "latin1"));
    expect(() => readSecretKey(path)).toThrow(expect.objectContaining(invalid("of a kind that is not known")));
  }
  const folder = tempDir();
  mkdirSync(join(folder, "folder"));
  symlinkSync("gone", join(folder, "link"));
  expect(() => readSecretKey(join(folder, "folder"))).toThrow(expect.objectContaining(invalid("no regular file")));
  expect(() => readSecretKey(join(folder, "link"))).toThrow(expect.objectContaining(invalid("there is no such file")));
});
