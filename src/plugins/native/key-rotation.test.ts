import { expect, test } from "vitest";
import { makeSigningKey, signBytes } from "../../../test/helpers/minisign-keys.ts";
import { checkPinnedKey } from "./key-rotation.ts";

const old = makeSigningKey();
// Minisign prints the id as a number: without the zeros that it begins with.
const short = makeSigningKey(Buffer.from([1, 2, 3, 4, 5, 6, 7, 0]));
const SHORT_ID = "7060504030201";

const check = (key: string, signed: string) =>
  checkPinnedKey("a.b", old.publicKey, {
    minisign: key,
    previous: old.publicKey,
    rotation_signature: signBytes(old, Buffer.from(signed)),
  });

test.each([
  ["the line alone", short.publicKey],
  ["the line with its end", `${short.publicKey}\n`],
  ["the file as minisign writes it", `untrusted comment: minisign public key ${SHORT_ID}\n${short.publicKey}\n`],
  ["the file with the whole id", `untrusted comment: minisign public key 000${SHORT_ID}\n${short.publicKey}\n`],
])("the old key hands over by signing %s", async (_, signed) => {
  expect(await check(short.publicKey, signed)).toBe(old.publicKey);
});

test("a signature over anything else hands over nothing", async () => {
  const other = makeSigningKey().publicKey;
  for (const signed of [other, `${short.publicKey} `, `untrusted comment: x\n${short.publicKey}\n`, ""]) {
    await expect(check(short.publicKey, signed)).rejects.toMatchObject({ code: "signing_key_changed" });
  }
});
