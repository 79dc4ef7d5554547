import { expect, test } from "vitest";
import { SIGN_IN_TRIES_MAX, SIGN_IN_TRIES_MS } from "../../protocol/limits.ts";
import { SignInTries } from "./sign-in-tries.ts";

test("after SIGN_IN_TRIES_MAX failures nobody may try until one is forgiven", () => {
  let ms = 5_000;
  const tries = new SignInTries(() => ms);
  for (let at = 1; at < SIGN_IN_TRIES_MAX; at++) tries.noteFailure();
  expect(tries.waitS).toBe(0);
  tries.noteFailure();
  expect(tries.waitS).toBe(SIGN_IN_TRIES_MS / SIGN_IN_TRIES_MAX / 1_000);
  ms += SIGN_IN_TRIES_MS / SIGN_IN_TRIES_MAX;
  expect(tries.waitS).toBe(0);
  tries.noteFailure();
  expect(tries.waitS).toBeGreaterThan(0);
  ms += SIGN_IN_TRIES_MS;
  for (let at = 1; at < SIGN_IN_TRIES_MAX; at++) tries.noteFailure();
  expect(tries.waitS).toBe(0);
});
