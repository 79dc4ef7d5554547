import { expect, test } from "vitest";
import { manifestNotes } from "./manifest-notes.ts";

test.each([
  ["0.6.0", "0.5.9"],
  ["0.5.0", "0.5.0-beta.1"],
  ["1.0.0", "0.99.0"],
])("a plugin made for %s is noted on %s", (min_osaurus, hostVersion) => {
  const notes = manifestNotes({ min_osaurus }, hostVersion);
  expect(notes).toEqual([`it is made for Osaurus ${min_osaurus} or newer; this host offers what ${hostVersion} does`]);
});

test.each([
  ["0.5.0", "0.5.0"],
  ["0.5.0-beta.1", "0.5.0"],
  [undefined, "0.1.0"],
  ["soon", "0.1.0"],
  ["9.0.0", "unknown"],
])("a plugin made for %s has no note on %s", (min_osaurus, hostVersion) => {
  expect(manifestNotes({ min_osaurus }, hostVersion)).toEqual([]);
});
