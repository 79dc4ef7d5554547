// What the control API says that it has, it serves: each path once.

import { expect, test } from "vitest";
import { ENDPOINTS } from "../../src/protocol/api/endpoints.ts";
import { API_ROUTES } from "../../src/server/api/api-table.ts";

test("each path that is described has one handler, and each handler serves one that is described", () => {
  expect(API_ROUTES.map(({ name }) => name).sort()).toEqual(Object.keys(ENDPOINTS).sort());
});

test("no two have the same method and path", () => {
  const places = Object.values(ENDPOINTS).map(({ method, path }) => `${method} ${path.replaceAll(/\{\w+\}/g, "{}")}`);
  expect(places.filter((one, at) => places.indexOf(one) !== at)).toEqual([]);
});
