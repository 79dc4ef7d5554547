import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { openSealed, SEAL_BYTES, sealBytes } from "./seal-bytes.ts";

const key = randomBytes(32);

test("what was sealed is opened with the same key and the same binding, and is another text each time", () => {
  for (const text of ["", "a secret"]) {
    const sealed = sealBytes(key, "place", Buffer.from(text));
    expect(sealed).toHaveLength(text.length + SEAL_BYTES);
    expect(openSealed(key, "place", sealed).toString()).toBe(text);
    expect(sealBytes(key, "place", Buffer.from(text))).not.toEqual(sealed);
  }
});

test("another key, another binding, a changed byte and any shorter text open nothing", () => {
  const sealed = sealBytes(key, "place", Buffer.from("a secret"));
  expect(() => openSealed(randomBytes(32), "place", sealed)).toThrow();
  expect(() => openSealed(key, "elsewhere", sealed)).toThrow();
  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed);
    changed[at]! ^= 1;
    expect(() => openSealed(key, "place", changed), `byte ${at}`).toThrow();
    expect(() => openSealed(key, "place", sealed.subarray(0, at)), `${at} bytes`).toThrow();
  }
});
