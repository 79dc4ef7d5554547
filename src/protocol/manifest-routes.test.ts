import fc from "fast-check";
import { expect, test } from "vitest";
import { mountCaptures, normalMount, withLeadingSlash } from "./manifest-routes.ts";

test.each([
  ["/ui", "/ui", true],
  ["/ui", "/ui/", true],
  ["/ui", "/ui/x", true],
  ["/ui", "/ui//x", true],
  ["/ui", "/ui-other", false],
  ["/ui", "/ui%2Fx", false],
  ["/ui", "/UI", false],
  ["/ui", "/", false],
  ["/ui", "/a/ui", false],
  ["/a/b", "/a", false],
  ["/a/b", "/a/b/c", true],
  ["/", "/", true],
  ["/", "/anything", true],
])("the mount %s captures %s: %s", (mount, path, captures) => {
  expect(mountCaptures(mount, path)).toBe(captures);
});

test.each([
  ["ui", "/ui"],
  ["/ui/", "/ui"],
  ["/ui///", "/ui"],
  [" /ui ", "/ui"],
  ["/", "/"],
  ["", "/"],
  ["//", "/"],
  ["a/b/", "/a/b"],
])("the mount %j is %j in normal form", (mount, normal) => {
  expect(normalMount(mount)).toBe(normal);
});

test("a normal mount stays what it is, and captures itself and all below", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (mount, rest) => {
      const normal = normalMount(mount);
      expect(normalMount(normal)).toBe(normal);
      expect(mountCaptures(normal, normal)).toBe(true);
      expect(mountCaptures(normal, `${normal === "/" ? "" : normal}/${rest}`)).toBe(true);
    }),
  );
});

test("a path has one slash in front that was not there, and none more where one was", () => {
  expect([withLeadingSlash("a"), withLeadingSlash("/a"), withLeadingSlash("")]).toEqual(["/a", "/a", "/"]);
});
