// Signing as minisign does: the real program accepts our keys and signatures, and we its keys.

import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { verifyDetached } from "../../src/plugins/native/minisign.ts";
import { makeKeyPair, readSecretKey } from "../../src/plugins/native/secret-key.ts";
import { signFile } from "../../src/plugins/native/sign-file.ts";
import { signPackage } from "../../src/workshop/sign-package.ts";
import { tempDir } from "../helpers/temp-dir.ts";

const FILE = Buffer.from("the package\u0000\u00ff");
const PASSWORD = "päss word";
/** Each takes another way from limits to the numbers of scrypt; minisign's own takes 1 GiB and some seconds. */
const COSTS = [
  ["few steps in much memory", { steps: 32_768n, memoryBytes: 16_777_216n }],
  ["many steps in little memory", { steps: 262_144n, memoryBytes: 1_048_576n }],
] as const;

/** Nothing when the program is there, else what to do about it. */
const missing = spawnSync("minisign", ["-v"]).error === undefined ? "" : " (not run: install the program minisign)";

function signedFile(name = "file.zip") {
  const folder = tempDir();
  const at = (one: string) => join(folder, one);
  writeFileSync(at(name), FILE);
  return { at, path: at(name) };
}

describe.skipIf(missing !== "")(`the real minisign${missing}`, () => {
  const minisign = (args: readonly string[], input = "") =>
    execFileSync("minisign", args, { input, encoding: "utf8", stdio: "pipe" });

  test("verifies what we sign with a key that it made", async () => {
    const { at, path } = signedFile();
    minisign(["-G", "-W", "-p", at("key.pub"), "-s", at("key.sec")]);
    const key = await readSecretKey(at("key.sec")).unlock();
    expect(readFileSync(at("key.pub"), "utf8")).toContain(key.publicKey);
    const signature = await signFile(path, key);
    const told = minisign(["-V", "-H", "-m", path, "-p", at("key.pub")]);
    expect(told).toContain("Signature and comment signature verified");
    expect(told).toMatch(/timestamp:\d+\tfile:file\.zip\thashed/);
    writeFileSync(path, "another");
    expect(spawnSync("minisign", ["-V", "-m", path, "-p", at("key.pub")]).status).toBe(1);
    await expect(verifyDetached(path, readFileSync(signature, "utf8"), key.publicKey)).rejects.toMatchObject({
      code: "signature_invalid",
    });
  });

  test.each([["no password", undefined], ...COSTS] as const)(
    "signs with a key that we made, with %s",
    async (_, cost) => {
      const { at, path } = signedFile();
      const password = cost === undefined ? undefined : PASSWORD;
      const { secretText, publicText } = await makeKeyPair(password, cost);
      writeFileSync(at("key.sec"), secretText);
      writeFileSync(at("key.pub"), publicText);
      minisign(
        ["-S", ...(cost === undefined ? ["-W"] : []), "-s", at("key.sec"), "-m", path],
        cost === undefined ? "" : `${PASSWORD}\n`,
      );
      await verifyDetached(path, readFileSync(`${path}.minisig`, "utf8"), publicText);
      // And what we sign with it, unlocked by us, it verifies.
      await signFile(path, await readSecretKey(at("key.sec")).unlock(password));
      expect(minisign(["-V", "-m", path, "-p", at("key.pub")])).toContain("verified");
    },
  );
});

test("a name that would break the comment's line does not", async () => {
  const { path } = signedFile("two\nlines\u001b[31m.zip");
  const { secretText, publicKey } = await makeKeyPair(undefined);
  const { at } = signedFile();
  writeFileSync(at("key"), secretText);
  const signature = readFileSync(await signPackage(path, await readSecretKey(at("key")).unlock()), "utf8");
  const { trustedComment } = await verifyDetached(path, signature, publicKey);
  expect(trustedComment).toMatch(/file:two\?lines\?\[31m\.zip\thashed$/);
});
