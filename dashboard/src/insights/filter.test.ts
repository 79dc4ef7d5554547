import { expect, test } from "vitest";
import { filterOf, withFilter, withoutFilter, withRow } from "./filter.ts";

const search = (text: string) => new URLSearchParams(text);

test("what is set and not blank is the filter; other members of the address are none of it", () => {
  expect(filterOf(search("plugin=a.b&text=%20%20&status=4xx&row=7&live=on&field=user%3D%26"))).toEqual({
    plugin: "a.b",
    status: "4xx",
    field: "user=&",
  });
});

test("what goes into the address comes out of it, and nothing else changes", () => {
  const before = search("row=7&plugin=a.b");
  const after = withFilter(before, "text", "a&b=c #%");
  expect(filterOf(search(after.toString()))).toEqual({ plugin: "a.b", text: "a&b=c #%" });
  expect(after.get("row")).toBe("7");
  expect(before.toString()).toBe("row=7&plugin=a.b");
  expect(withFilter(after, "text", " ").toString()).toBe("row=7&plugin=a.b");
});

test("without a filter, the open row stays; without a row, the filter does", () => {
  expect(withoutFilter(search("row=7&plugin=a&kind=log")).toString()).toBe("row=7");
  expect(withRow(search("row=7&plugin=a"), undefined).toString()).toBe("plugin=a");
  expect(withRow(search("plugin=a"), 9).toString()).toBe("plugin=a&row=9");
});
