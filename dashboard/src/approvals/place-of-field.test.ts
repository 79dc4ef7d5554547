import { expect, test } from "vitest";
import { placeOfField } from "./place-of-field.ts";

test("the member that is meant is found, also deep inside and in text that is no JSON any more", () => {
  const text = '{"name": "count", "items": [{"count": 1}], "count": tw';
  const shown = (field: string) => {
    const place = placeOfField(text, field);
    return place && [place.from, text.slice(place.from, place.to)];
  };
  expect(shown("name")).toEqual([1, '"name"']);
  expect(shown("items.0.count")).toEqual([text.indexOf('"count": 1'), '"count"']);
  // What is missing has no place: that of what it is missing in, or none.
  expect(shown("items.0.gone")).toEqual([text.indexOf('"items"'), '"items"']);
  expect(shown("gone")).toBeUndefined();
  expect(shown("")).toBeUndefined();
});
