// Signatures: those of the real minisign program are accepted, everything that is not one is refused.

import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parsePublicKey, parseSignature, verifyDetached } from "../../src/plugins/native/minisign.ts";
import { SIGNATURE_CHARS_MAX } from "../../src/protocol/limits.ts";
import { makeSigningKey, type SignOptions, signBytes } from "../helpers/minisign-keys.ts";
import { tempDir } from "../helpers/temp-dir.ts";

const FILE = Buffer.from("the package\u0000\u00ff");
const invalid = (message: string) => ({ code: "signature_invalid", message: expect.stringContaining(message) });
const both: readonly NonNullable<SignOptions["algorithm"]>[] = ["Ed", "ED"];

/** Nothing when the program is there, else what to do about it. */
const missing = spawnSync("minisign", ["-v"]).error === undefined ? "" : " (not run: install the program minisign)";

describe.skipIf(missing !== "")(`the real minisign${missing}`, () => {
  function realKey() {
    const folder = tempDir();
    const at = (name: string) => join(folder, name);
    execFileSync("minisign", ["-G", "-W", "-p", at("key.pub"), "-s", at("key.sec")], { stdio: "ignore" });
    writeFileSync(at("file"), FILE);
    const run = (...args: string[]) => execFileSync("minisign", ["-s", at("key.sec"), ...args], { stdio: "pipe" });
    return { at, run, publicKey: readFileSync(at("key.pub"), "utf8") };
  }

  test.each([
    ["of the hash", []],
    ["of the file itself", ["-l"]],
  ])("its signatures %s hold, for a path and for bytes, with the key as a file and as a line", async (_, flags) => {
    const { at, run, publicKey } = realKey();
    run("-S", ...flags, "-m", at("file"), "-t", "made by hand");
    const signature = readFileSync(at("file.minisig"), "utf8");
    const line = publicKey.split("\n")[1]!;
    // The program leaves out zeros in front.
    const keyId = publicKey.match(/ ([0-9A-F]+)$/m)![1]!.padStart(16, "0");
    for (const key of [publicKey, line]) {
      for (const file of [at("file"), FILE]) {
        expect(await verifyDetached(file, signature, key)).toEqual({ keyId, trustedComment: "made by hand" });
      }
    }
    await expect(verifyDetached(Buffer.from("another"), signature, line)).rejects.toMatchObject(
      invalid("not a signature of this file"),
    );
  });

  test("signatures of the tests' own helper hold for it too", () => {
    const { at } = realKey();
    const key = makeSigningKey();
    for (const algorithm of both) {
      writeFileSync(at("file.minisig"), signBytes(key, FILE, { algorithm }));
      const out = execFileSync("minisign", ["-V", "-m", at("file"), "-P", key.publicKey], { encoding: "utf8" });
      expect(out).toContain("Signature and comment signature verified");
    }
  });
});

describe.each(both)("a signature of the kind %s", (algorithm) => {
  const key = makeSigningKey();
  const signature = signBytes(key, FILE, { algorithm, comment: "version 1.0.0\tfor täste" });

  test("holds, and gives its trusted comment", async () => {
    const verified = await verifyDetached(FILE, signature, key.publicKey);
    expect(verified).toEqual({
      keyId: parsePublicKey(key.publicKey).keyId,
      trustedComment: "version 1.0.0\tfor täste",
    });
  });

  test("holds with the line ends of Windows and without the last one", async () => {
    await verifyDetached(FILE, signature.replaceAll("\n", "\r\n"), key.publicKey);
    await verifyDetached(FILE, signature.trimEnd(), `untrusted comment: x\r\n${key.publicKey}\r\n`);
  });

  test("does not hold once any byte of it is another, but for those of the untrusted comment", async () => {
    const from = signature.indexOf("\n") + 1;
    const bytes = Buffer.from(signature);
    const place = fc.integer({ min: from, max: bytes.length - 2 });
    await fc.assert(
      fc.asyncProperty(place, fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const changed = Buffer.from(bytes);
        changed[at]! ^= flip;
        const text = changed.toString("utf8");
        await expect(verifyDetached(FILE, text, key.publicKey)).rejects.toMatchObject({ code: "signature_invalid" });
      }),
      { numRuns: 500 },
    );
  });

  test("does not hold once any byte of the file is another", async () => {
    for (let at = 0; at < FILE.length; at++) {
      const changed = Buffer.from(FILE);
      changed[at]! ^= 1;
      await expect(verifyDetached(changed, signature, key.publicKey)).rejects.toMatchObject(
        invalid("not a signature of this file"),
      );
    }
  });

  test("does not hold when it is cut short anywhere", async () => {
    for (let length = 0; length < signature.length - 1; length++) {
      const cut = verifyDetached(FILE, signature.slice(0, length), key.publicKey);
      await expect(cut).rejects.toMatchObject({ code: "signature_invalid" });
    }
  });

  test("does not hold with another comment, even a shorter one", async () => {
    for (const comment of ["version 1.0.1", "", "version 1.0.0"]) {
      const text = signature.replace(/^trusted comment: .*$/m, `trusted comment: ${comment}`);
      await expect(verifyDetached(FILE, text, key.publicKey)).rejects.toMatchObject(invalid("trusted comment"));
    }
  });

  test("does not hold when it was made by another key, also not under the same key id", async () => {
    const other = makeSigningKey();
    const named = verifyDetached(FILE, signBytes(other, FILE, { algorithm }), key.publicKey);
    await expect(named).rejects.toMatchObject(invalid(parsePublicKey(other.publicKey).keyId));
    const disguised = verifyDetached(FILE, signBytes(makeSigningKey(key.id), FILE, { algorithm }), key.publicKey);
    await expect(disguised).rejects.toMatchObject({ code: "signature_invalid" });
  });

  test("does not hold when only its second half is of the right key", async () => {
    const lines = signature.split("\n");
    const forged = signBytes(makeSigningKey(key.id), FILE, { algorithm }).split("\n");
    const mixed = [lines[0], forged[1], lines[2], lines[3], ""].join("\n");
    await expect(verifyDetached(FILE, mixed, key.publicKey)).rejects.toMatchObject({ code: "signature_invalid" });
  });
});

test("a signature of the one kind is none of the other: the hash itself is no file that was signed", async () => {
  const key = makeSigningKey();
  const [first, ...rest] = signBytes(key, FILE, { algorithm: "ED" }).split("\n").slice(1);
  const asRaw = Buffer.from(first!, "base64");
  asRaw.write("Ed", "latin1");
  const text = ["untrusted comment: x", asRaw.toString("base64"), ...rest].join("\n");
  await expect(verifyDetached(FILE, text, key.publicKey)).rejects.toMatchObject(
    invalid("not a signature of this file"),
  );
});

test.each([
  ["nothing", "", "1 line"],
  ["one line more", "%s\nmore\n", "5 lines"],
  ["an empty line more", "%s\n\n", "5 lines"],
  ["one line less", "untrusted comment: x\nRW\ntrusted comment: y", "3 lines"],
])("%s is no signature", (_, form, problem) => {
  const text = form.replace("%s", signBytes(makeSigningKey(), FILE).trimEnd());
  expect(() => parseSignature(text)).toThrow(expect.objectContaining(invalid(problem)));
});

test("base64 has to be written in the one right way", () => {
  const [untrusted, first, trusted, last] = signBytes(makeSigningKey(), FILE).trimEnd().split("\n");
  const urlSafe = `${"-_".repeat(49)}A=`;
  for (const wrong of [` ${first}`, `${first} `, first!.replace("=", ""), `${first}=`, `${first}AAAA`, "RW", urlSafe]) {
    expect(() => parseSignature([untrusted, wrong, trusted, last].join("\n"))).toThrow("second line is not base64");
  }
  expect(() => parseSignature([untrusted, first, trusted, `${last}AAAA`].join("\n"))).toThrow("fourth line");
  expect(() => parseSignature([first, first, trusted, last].join("\n"))).toThrow("first line does not begin");
  expect(() => parseSignature([untrusted, first, untrusted, last].join("\n"))).toThrow("third line does not begin");
});

test("an algorithm that is not known is refused", () => {
  const lines = signBytes(makeSigningKey(), FILE).split("\n");
  const bytes = Buffer.from(lines[1]!, "base64");
  bytes.write("eD", "latin1");
  lines[1] = bytes.toString("base64");
  expect(() => parseSignature(lines.join("\n"))).toThrow("algorithm");
});

test.each([
  ["nothing", ""],
  ["no base64", "RW!"],
  ["another algorithm", Buffer.concat([Buffer.from("ED"), Buffer.alloc(40)]).toString("base64")],
  ["a byte too many", Buffer.concat([Buffer.from("Ed"), Buffer.alloc(41)]).toString("base64")],
  ["a byte too few", Buffer.concat([Buffer.from("Ed"), Buffer.alloc(39)]).toString("base64")],
  ["two keys", `${makeSigningKey().publicKey}\n${makeSigningKey().publicKey}`],
  ["three lines", `untrusted comment: x\n${makeSigningKey().publicKey}\nmore`],
])("%s is no public key", (_, text) => {
  expect(() => parsePublicKey(text)).toThrow(expect.objectContaining(invalid("public key")));
});

test("a signature may be as long as the limit and not longer", async () => {
  const key = makeSigningKey();
  const fixed = signBytes(key, FILE, { comment: "" }).length;
  const fits = signBytes(key, FILE, { comment: "x".repeat(SIGNATURE_CHARS_MAX - fixed) });
  expect(fits.length).toBe(SIGNATURE_CHARS_MAX);
  await verifyDetached(FILE, fits, key.publicKey);
  expect(() => parseSignature(`${fits}\n`)).toThrow("more than");
});
