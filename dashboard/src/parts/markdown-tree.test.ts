import { expect, test } from "vitest";
import { headingsInOrder, plainMarkdown } from "./markdown-tree.ts";

const tidy = <T>(tree: T): T => {
  plainMarkdown()(tree);
  return tree;
};
const element = (properties: object, ...children: object[]) => ({ type: "element", properties, children });

test("texts have nothing hidden, wherever they stand, and HTML is text", () => {
  const tree = element(
    { alt: "a\u202e" },
    { type: "text", value: "b\u200b" },
    { type: "raw", value: "<b>\x1b<!-- x\n -->" },
  );
  expect(tidy(tree)).toEqual(
    element({ alt: "a<U+202E>" }, { type: "text", value: "b<U+200B>" }, { type: "text", value: "<b><U+001B>" }),
  );
});

test("of the attributes those stay that say what a thing is", () => {
  const { properties } = tidy(element({ href: "x", id: "root", className: ["y"], style: "z", onclick: "w", start: 3 }));
  expect(properties).toEqual({ href: "x", start: 3 });
});

test("as much is drawn as a browser can lay out, and no more", () => {
  const wide = (count: number) => element({}, ...Array.from({ length: count }, () => ({ type: "text", value: "x" })));
  expect(() => tidy(wide(7_999))).not.toThrow();
  expect(() => tidy(wide(8_000))).toThrow("too large");
  const deep = (levels: number): object =>
    levels === 0 ? { type: "text", value: "x" } : element({}, deep(levels - 1));
  expect(() => tidy(deep(100))).not.toThrow();
  expect(() => tidy(deep(101))).toThrow("too large");
});

test("headings begin below the page's own, and none jumps over a level", () => {
  const tree = element(
    {},
    ...["h3", "h6", "h3", "h1", "h2", "h5", "h2"].map((tagName) => ({ ...element({}), tagName })),
  );
  headingsInOrder()(tree);
  const names = (tree.children as { tagName: string }[]).map(({ tagName }) => tagName);
  expect(names).toEqual(["h2", "h3", "h2", "h2", "h3", "h4", "h3"]);
});
