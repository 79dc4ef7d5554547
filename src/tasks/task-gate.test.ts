import { expect, test } from "vitest";
import { TaskGate } from "./task-gate.ts";

/** Work that goes in, and comes out when it is told to. */
function setUp() {
  const gate = new TaskGate();
  const inside: string[] = [];
  const leave = new Map<string, () => void>();
  const enter = (how: "shared" | "alone", name: string, key = "p") =>
    gate[how](key, async () => {
      inside.push(name);
      await new Promise<void>((resolve) => leave.set(name, resolve));
      inside.splice(inside.indexOf(name), 1);
    });
  return { gate, inside, leave: (name: string) => leave.get(name)!(), enter };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("those that share go side by side, and one that goes alone waits for them and holds up those behind it", async () => {
  const { gate, inside, leave, enter } = setUp();
  const all = [
    enter("shared", "1"),
    enter("shared", "2"),
    enter("alone", "3"),
    enter("shared", "4"),
    enter("shared", "5"),
  ];
  await turn();
  expect(inside).toEqual(["1", "2"]);
  leave("2");
  await turn();
  expect(inside).toEqual(["1"]);
  leave("1");
  await turn();
  expect(inside).toEqual(["3"]);
  leave("3");
  await turn();
  expect(inside).toEqual(["4", "5"]);
  leave("4");
  leave("5");
  await Promise.all([...all, gate.empty()]);
});

test("plugins do not hold up each other, and what fails holds up nobody", async () => {
  const { gate, inside, leave, enter } = setUp();
  const held = enter("alone", "1", "p");
  const other = enter("alone", "2", "q");
  await turn();
  expect(inside).toEqual(["1", "2"]);
  leave("1");
  leave("2");
  await Promise.all([held, other]);
  await expect(gate.alone("p", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await gate.shared("p", async () => "in")).toBe("in");
  await gate.empty();
});
