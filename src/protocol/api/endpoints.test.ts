import { expect, test } from "vitest";
import { ENDPOINTS } from "./endpoints.ts";

test("each path of the control API stands under its own name", () => {
  expect(Object.values(ENDPOINTS).map(({ name }) => name)).toEqual(Object.keys(ENDPOINTS));
});
