// What may stand in drawn Markdown: texts without anything hidden, and of the attributes those that say what a thing is.

import { plainText } from "./plain-text.ts";

/** More parts than this take a browser too long to lay out. */
const PARTS_MAX = 8_000;
/** Deeper ones cannot be drawn. */
const DEPTH_MAX = 100;
const KEPT: ReadonlySet<string> = new Set(["href", "src", "alt", "start", "align", "type", "checked", "disabled"]);

interface TreeNode {
  type: string;
  tagName?: string;
  value?: string;
  properties?: Record<string, unknown>;
  children?: TreeNode[];
}

/** For the tree of the page that Markdown makes. Throws when it is too large to be drawn. */
export function plainMarkdown() {
  return (tree: unknown): void => {
    let parts = 0;
    const tidy = (node: TreeNode, depth: number) => {
      parts++;
      if (parts > PARTS_MAX || depth > DEPTH_MAX) throw new Error("the Markdown is too large to be drawn");
      if (node.type === "raw") {
        // HTML is shown as it was written; comments are nobody's business.
        node.type = "text";
        node.value = (node.value ?? "").replaceAll(/<!--[\s\S]*?-->/g, "");
      }
      if (node.value !== undefined) node.value = plainText(node.value);
      const { properties } = node;
      if (properties !== undefined) {
        for (const name of Object.keys(properties)) if (!KEPT.has(name)) delete properties[name];
        if (typeof properties["alt"] === "string") properties["alt"] = plainText(properties["alt"]);
      }
      for (const child of node.children ?? []) tidy(child, depth + 1);
    };
    tidy(tree as TreeNode, 0);
  };
}

const TOP_LEVEL = 2;
const BOTTOM_LEVEL = 6;

/**
 * For the same tree: a page has one heading of its own, below which those of a document begin, however its author counts. No level is
 * left out, which people who hear a page would take for something that they missed.
 */
export function headingsInOrder() {
  return (tree: unknown): void => {
    const open: number[] = [];
    const tidy = (node: TreeNode) => {
      const level = Number(/^h([1-6])$/.exec(node.tagName ?? "")?.[1] ?? 0);
      if (level > 0) {
        while (open.length > 0 && open.at(-1)! >= level) open.pop();
        open.push(level);
        node.tagName = `h${Math.min(TOP_LEVEL - 1 + open.length, BOTTOM_LEVEL)}`;
      }
      node.children?.forEach(tidy);
    };
    tidy(tree as TreeNode);
  };
}
