import { lstatSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../../test/helpers/temp-dir.ts";
import { fileState, isRangeOf, isSameState, isUnchanged } from "./web-validators.ts";

function writtenFile() {
  const path = join(tempDir(), "a");
  writeFileSync(path, "text");
  utimesSync(path, 1_000_000_000.75, 1_000_000_000.75);
  const stats = () => lstatSync(path, { bigint: true });
  return { path, stats, state: fileState(stats()) };
}

const WRITTEN = "Sun, 09 Sep 2001 01:46:40 GMT";
const WRITTEN_MS = 1_000_000_000_000;

test("each change of a file makes another state with another tag", () => {
  const { path, stats, state } = writtenFile();
  expect(isSameState(state, stats())).toBe(true);
  expect(state).toMatchObject({ size: 4, lastModified: WRITTEN, etag: expect.stringMatching(/^"[\w-]+"$/) });
  writeFileSync(path, "else");
  utimesSync(path, 1_000_000_000.75, 1_000_000_000.75);
  expect(isSameState(state, stats())).toBe(false);
  expect(fileState(stats()).etag).not.toBe(state.etag);
});

test("who has the state already is told so by its tag, strong or weak, alone or among others", () => {
  const { state } = writtenFile();
  for (const tags of [state.etag, `W/${state.etag}`, `"x", ${state.etag}`, `"x",W/${state.etag} ,"y"`, "*", " * "]) {
    expect(isUnchanged({ "if-none-match": tags }, state), tags).toBe(true);
  }
  for (const tags of ['"x"', "", state.etag.slice(1), `"${state.etag}"`, `X/${state.etag}`]) {
    expect(isUnchanged({ "if-none-match": tags }, state), tags).toBe(false);
  }
});

test("the time counts where there is no tag, to the second", () => {
  const { state } = writtenFile();
  const since = (text: string) => isUnchanged({ "if-modified-since": text }, state);
  expect(since(WRITTEN)).toBe(true);
  expect(since("Sun, 09 Sep 2001 01:46:41 GMT")).toBe(true);
  expect(since("Sun, 09 Sep 2001 01:46:39 GMT")).toBe(false);
  expect(since("yesterday")).toBe(false);
  expect(isUnchanged({}, state)).toBe(false);
  expect(isUnchanged({ "if-none-match": '"x"', "if-modified-since": WRITTEN }, state)).toBe(false);
});

test("a part is sent to go with parts of the same state only", () => {
  const { state } = writtenFile();
  const isFor = (condition: string | undefined, now = Date.now()) =>
    isRangeOf(condition === undefined ? {} : { "if-range": condition }, state, now);
  expect([undefined, state.etag, WRITTEN].map((one) => isFor(one))).toEqual([true, true, true]);
  for (const other of [`W/${state.etag}`, '"x"', "Sun, 09 Sep 2001 01:46:41 GMT", ""]) expect(isFor(other)).toBe(false);
  expect(isFor(WRITTEN, WRITTEN_MS + 1_999)).toBe(false);
  expect(isFor(WRITTEN, WRITTEN_MS + 2_000)).toBe(true);
});
