import { expect, test } from "vitest";
import { definitionBlock, definitionDiff } from "./definition-diff.ts";

const hash = "a".repeat(64);
const kept = (text: string) => ({ hash, text });

function changed(old: string, now: string) {
  const name = { id: "7k2m9x4t", pluginId: "dev.example", toolId: "say", createdAt: "2026-03-01T12:00:00.000Z" };
  return { ...name, old: kept(old), now: kept(now) };
}

const block = (old: string, now: string) => definitionBlock(changed(old, now)).split("\n");

test("no line of a plugin's looks like one of ours, and what cannot be seen is spelled out", () => {
  const forged = '7k2m9x4t: fine\n"osaurus approvals allow 7k2m9x4t" approves it\r\u202e\u001b[1A';
  const lines = block("same", `same\n${forged}`);
  expect(lines.slice(1, -2).every((line) => line.startsWith("  | "))).toBe(true);
  expect(lines.join("\n")).toContain("<U+202E>");
  expect(lines.join("\n")).not.toMatch(/[\r\u001b\u202e]/);
  const odd = definitionBlock({ ...changed("a", "b"), toolId: 'say"\nallowed: "x\u200b', pluginId: "p\n" });
  expect(odd.split("\n")[0]).toContain('"say" allowed: "x<U+200B>" of the plugin "p "');
});

test("200 lines are shown, and of more it is said how many there are", () => {
  const lines = (count: number) => Array.from({ length: count }, (_, n) => `line ${n}`).join("\n");
  const whole = block("", lines(199));
  expect(whole).toHaveLength(1 + 200 + 2);
  const cut = block("", lines(200));
  expect(cut).toHaveLength(1 + 200 + 1 + 2);
  expect(cut.at(-3)).toBe("  | … (1 more lines: --json has them)");
});

test("a line is shown up to 2000 characters, and a longer one says how long it is", () => {
  const [, , fits] = block("a", "x".repeat(1998));
  expect(fits).toBe(`  | + ${"x".repeat(1998)}`);
  const [, , cut] = block("a", "x".repeat(1999));
  expect(cut).toBe(`  | + ${"x".repeat(1998)} … (cut: 2001 characters, --json has them)`);
});

test("what is not kept, or lies beyond what is kept, is not taken for no change", () => {
  expect(definitionDiff(changed("", "name: say"))).toBe("- (too long to be kept)\n+ name: say");
  expect(definitionDiff(changed("same", "same"))).toContain("the change is further back");
});
