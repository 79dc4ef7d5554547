import fc from "fast-check";
import { expect, test } from "vitest";
import { ManifestRoute } from "../../protocol/manifest-routes.ts";
import { matchRoute } from "./match-route.ts";

function routes(...paths: readonly (string | readonly [path: string, ...methods: string[]])[]): ManifestRoute[] {
  return paths.map((one, index) => {
    const [path, ...methods] = typeof one === "string" ? [one, "GET"] : one;
    return ManifestRoute.parse({ id: `r${index}`, path, methods, auth: "none" });
  });
}

/** The path of the route that was found, and its parameters where it has some. */
function found(declared: ManifestRoute[], path: string, method = "GET") {
  const match = matchRoute(declared, method, path);
  return match && (Object.keys(match.params).length > 0 ? [match.route.path, match.params] : match.route.path);
}

test("a path that is written out matches itself and nothing else", () => {
  const declared = routes("/items");
  expect(found(declared, "/items")).toBe("/items");
  for (const path of ["/items/", "/Items", "/item", "/items/1", "//items", "/", "/item%73"]) {
    expect([path, found(declared, path)]).toEqual([path, undefined]);
  }
});

test("a parameter is one segment that is not empty", () => {
  const declared = routes("/items/:id");
  expect(found(declared, "/items/42")).toEqual(["/items/:id", { id: "42" }]);
  for (const path of ["/items", "/items/", "/items/42/", "/items/42/x", "/x/items/42"]) {
    expect([path, found(declared, path)]).toEqual([path, undefined]);
  }
});

test("parameters are decoded one by one, and stay as they are where they cannot be", () => {
  const declared = routes("/a/:b/:c");
  const params = (path: string) => matchRoute(declared, "GET", path)?.params;
  expect(params("/a/x%2Fy/%C3%BC")).toEqual({ b: "x/y", c: "ü" });
  expect(params("/a/%zz/%ff")).toEqual({ b: "%zz", c: "%ff" });
  expect(params("/a/1+2/%2B")).toEqual({ b: "1+2", c: "+" });
});

test("a parameter may have any name", () => {
  const match = matchRoute(routes("/:__proto__/:constructor"), "GET", "/a/b")!;
  expect(JSON.stringify(match.params)).toBe('{"__proto__":"a","constructor":"b"}');
});

test("a wildcard is all that follows, and nothing too", () => {
  const declared = routes("/files/*");
  for (const path of ["/files", "/files/", "/files/a", "/files/a/b", "/files//"]) {
    expect([path, found(declared, path)]).toEqual([path, "/files/*"]);
  }
  for (const path of ["/filesystem", "/file", "/x/files/a", "/"]) {
    expect([path, found(declared, path)]).toEqual([path, undefined]);
  }
  for (const path of ["/", "/a", "/a/b"]) expect(found(routes("/*"), path)).toBe("/*");
});

test("only a star at the end of a path and in a segment of its own is a wildcard", () => {
  const declared = routes("/a/*/b", "/c*", "/:");
  expect(found(declared, "/a/x/b")).toBeUndefined();
  expect(found(declared, "/a/*/b")).toBe("/a/*/b");
  expect(found(declared, "/cd")).toBeUndefined();
  expect(found(declared, "/x")).toBeUndefined();
  expect(found(routes("/a/:b/*"), "/a/1/2/3")).toEqual(["/a/:b/*", { b: "1" }]);
});

test("written out comes before a parameter, that before a wildcard, whatever their order", () => {
  const declared = routes("/items/*", "/items/:id", "/items/special");
  expect(found(declared, "/items/special")).toBe("/items/special");
  expect(found(declared, "/items/1")).toEqual(["/items/:id", { id: "1" }]);
  expect(found(declared, "/items/1/")).toBe("/items/*");
});

test("among equals the first that was declared wins", () => {
  expect(found(routes("/:a/x", "/y/:b"), "/y/x")).toEqual(["/:a/x", { a: "y" }]);
  expect(found(routes("/*", "/a/*"), "/a/b")).toBe("/*");
  expect(matchRoute(routes("/a", "/a"), "GET", "/a")!.route.id).toBe("r0");
});

test("a route of another method is passed over", () => {
  const declared = routes(["/a/b", "POST"], ["/a/:b", "PUT"], ["/a/*", "get"]);
  expect(found(declared, "/a/b", "POST")).toBe("/a/b");
  expect(found(declared, "/a/b", "PUT")).toEqual(["/a/:b", { b: "b" }]);
  expect(found(declared, "/a/b", "GET")).toBe("/a/*");
  expect(found(declared, "/a/b", "get")).toBe("/a/*");
  expect(found(declared, "/a/b", "DELETE")).toBeUndefined();
});

test("HEAD is for routes that have GET or HEAD", () => {
  expect(found(routes("/a"), "/a", "HEAD")).toBe("/a");
  expect(found(routes(["/a", "HEAD"]), "/a", "HEAD")).toBe("/a");
  expect(found(routes(["/a", "POST"]), "/a", "HEAD")).toBeUndefined();
  expect(found(routes(["/a", "HEAD"]), "/a", "GET")).toBeUndefined();
});

test("a path that an address cannot hold as it is matches its encoded form", () => {
  const declared = routes("/größe", "/a b");
  expect(found(declared, "/gr%C3%B6%c3%9fe")).toBe("/größe");
  expect(found(declared, "/a%20b")).toBe("/a b");
});

test("what matches a parameter can be put back in its place", () => {
  const declared = routes("/a/:b");
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: "grapheme" }), (text) => {
      expect(matchRoute(declared, "GET", `/a/${encodeURIComponent(text)}`)?.params).toEqual({ b: text });
    }),
  );
});
