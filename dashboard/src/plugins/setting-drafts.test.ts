import { expect, test } from "vitest";
import { withDraft, withoutSaved } from "./setting-drafts.ts";

test("what was saved is no draft any more, but what was never sent or typed meanwhile is", () => {
  const drafts = { city: "Paris", days: "7", token: null, unit: "f" };
  expect(withoutSaved(drafts, { city: "Rome", days: "7", token: null })).toEqual({ city: "Paris", unit: "f" });
  expect(withoutSaved(drafts, { access: null }), "other keys were removed").toEqual(drafts);
});

test("a value as it was before is no change, unless nobody knows how it was", () => {
  const city = { key: "city", type: "text", value: "Rome" } as const;
  expect(withDraft({ city: "Paris", days: "7" }, city, "Rome")).toEqual({ days: "7" });
  expect(withDraft({}, city, null)).toEqual({ city: null });
  expect(withDraft({}, { key: "token", type: "secret" }, "Rome")).toEqual({ token: "Rome" });
  expect(withDraft({ token: "Rome" }, { key: "token", type: "secret" }, undefined)).toEqual({});
});
