import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { makeKeyPair } from "../plugins/native/secret-key.ts";
import { SECRET_KEY_PASSWORD_BYTES_MAX } from "../protocol/limits.ts";
import { askNewPassword, makeSigningKey, openSigningKey } from "./signing-key.ts";

const CHEAP = { steps: 32_768n, memoryBytes: 1_048_576n };

/** Somebody at a terminal who types these. */
function typing(...answers: (string | undefined)[]) {
  return async () => answers.shift();
}

test("a key is made for its owner alone, and opens", async () => {
  const path = join(tempDir(), "a.key");
  const made = await makeSigningKey(path, undefined);
  expect(made).toMatchObject({ path, publicPath: `${path}.pub`, keyId: expect.stringMatching(/^[0-9A-F]{16}$/) });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readFileSync(`${path}.pub`, "utf8")).toContain(made.publicKey);
  expect((await openSigningKey(path, undefined)).publicKey).toBe(made.publicKey);
});

test("a key without a password that others can read or write is warned of, and of no other key", async () => {
  const path = join(tempDir(), "my key");
  await makeSigningKey(path, undefined);
  const warnings = async () => {
    const told: string[] = [];
    await openSigningKey(path, typing("secret"), (text) => told.push(text));
    return told;
  };
  for (const mode of [0o600, 0o400, 0o700, 0o611]) {
    chmodSync(path, mode);
    expect(await warnings(), mode.toString(8)).toEqual([]);
  }
  for (const mode of [0o640, 0o604, 0o620, 0o602]) {
    chmodSync(path, mode);
    expect(await warnings(), mode.toString(8)).toEqual([expect.stringContaining(`chmod 600 '${path}'`)]);
  }
  writeFileSync(path, (await makeKeyPair("secret", CHEAP)).secretText);
  chmodSync(path, 0o644);
  expect(await warnings()).toEqual([]);
});

test("no file that is there is written over, and no half of a key is left", async () => {
  const folder = tempDir();
  for (const name of ["secret", "public.pub"]) {
    writeFileSync(join(folder, name), "mine");
    const making = makeSigningKey(join(folder, name.replace(/\.pub$/, "")), undefined);
    await expect(making).rejects.toMatchObject({
      code: "usage_invalid",
      message: expect.stringContaining("there already"),
    });
    expect(readFileSync(join(folder, name), "utf8")).toBe("mine");
  }
  expect(readdirSync(folder).sort()).toEqual(["public.pub", "secret"]);
  await expect(makeSigningKey(join(folder, "gone/key"), undefined)).rejects.toMatchObject({ code: "usage_invalid" });
});

test("a key with a password opens with it, and not without anybody to ask", async () => {
  const path = join(tempDir(), "a.key");
  const { secretText, publicKey } = await makeKeyPair("secret", CHEAP);
  writeFileSync(path, secretText);
  expect((await openSigningKey(path, typing("secret"))).publicKey).toBe(publicKey);
  await expect(openSigningKey(path, typing("other"))).rejects.toMatchObject({ code: "signing_key_invalid" });
  for (const nobody of [undefined, typing(undefined)]) {
    await expect(openSigningKey(path, nobody)).rejects.toMatchObject({ code: "signing_key_locked" });
  }
});

test("the password of a new key is typed twice, and is one", async () => {
  const longest = "x".repeat(SECRET_KEY_PASSWORD_BYTES_MAX);
  expect(await askNewPassword(typing("secret", "secret"))).toBe("secret");
  expect(await askNewPassword(typing(longest, longest))).toBe(longest);
  for (const typed of [["secret", "Secret"], ["secret"], [""], [], [`${longest}x`, `${longest}x`]]) {
    await expect(askNewPassword(typing(...typed))).rejects.toMatchObject({ code: "usage_invalid" });
  }
  await expect(askNewPassword(undefined)).rejects.toMatchObject({ code: "signing_key_locked" });
});
