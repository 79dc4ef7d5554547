import { expect, test } from "vitest";
import { isStackLine, parseStack, stackHeadingAt, stackLinesIn } from "./parse-stack.ts";

const RUNNER = "/opt/osprey/build/native/osprey-runner";
const HANDLER = [
  `${RUNNER}(+0x2f08)[0x55f4e1b0df08]`,
  `${RUNNER}(+0x33ff)[0x55f4e1b0e3ff]`,
  "/lib/x86_64-linux-gnu/libc.so.6(+0x3c050)[0x7f13a677c050]",
];

test("the frames begin where the plugin was, without the handler of the crash", () => {
  const frames = parseStack([
    ...HANDLER,
    "/proc/self/fd/4(+0x1151)[0x7f13a6927151]",
    "/proc/self/fd/4(exported+0x12)[0x7f13a6927200]",
    `${RUNNER}(+0x5514)[0x55f4e1b10514]`,
  ]);
  expect(frames).toEqual([
    { file: "/proc/self/fd/4", symbol: undefined, offset: 0x1151n, address: 0x7f13a6927151n, isReturn: false },
    { file: "/proc/self/fd/4", symbol: "exported", offset: 0x12n, address: 0x7f13a6927200n, isReturn: true },
    { file: RUNNER, symbol: undefined, offset: 0x5514n, address: 0x55f4e1b10514n, isReturn: true },
  ]);
});

test("lines of macOS are read as well", () => {
  const frames = parseStack([
    "0   osprey-runner                       0x0000000104a1c2f8 print_backtrace + 24",
    "1   libsystem_platform.dylib            0x000000018b1d6584 _sigtramp + 56",
    "2   plugin.dylib                        0x0000000104b2bf50 ns::add(int) + 20",
  ]);
  expect(frames).toEqual([
    { file: "plugin.dylib", symbol: "ns::add(int)", offset: 20n, address: 0x104b2bf50n, isReturn: false },
  ]);
});

test("a stack of nothing but the handler is given as it is", () => {
  expect(parseStack(HANDLER)).toHaveLength(3);
  expect(parseStack([])).toEqual([]);
});

test("of a stack that is longer than any runner's the beginning is read, and what is no frame is skipped", () => {
  const line = "/lib/x.so(+0x1)[0x2]";
  expect(parseStack([...Array(64).fill(line)])).toHaveLength(64);
  expect(parseStack([...Array(65).fill(line)])).toHaveLength(64);
  expect(parseStack(["printed by another thread", line, "/lib/x.so(+0xzz)[0x2]", "/lib/x.so"])).toHaveLength(1);
});

test("lines that no runner prints are no frames", () => {
  for (const line of ["", "x(+0x1)[0x2]", "/x(+0x11111111111111111)[0x2]", `/${"x".repeat(5000)}(+0x1)[0x2]`])
    expect(isStackLine(line), line.slice(0, 40)).toBe(false);
  expect(isStackLine("/x(name+0x1)[0x2]")).toBe(true);
  expect(isStackLine("/x(+0x1) [0x2]")).toBe(true);
  expect(isStackLine("/x[0x2]")).toBe(true);
});

test("the stack in what was printed is what stands behind the last heading", () => {
  const heading = "[osprey-runner] the plugin crashed in invoke; its stack:";
  expect(stackHeadingAt(`half a line${heading}`)).toBe(11);
  expect(stackHeadingAt("something else")).toBe(-1);
  expect(stackLinesIn(`${heading}\n/a(+0x1)[0x2]\nhalf${heading}\n/b(+0x1)[0x2]\nodd\n`)).toEqual(["/b(+0x1)[0x2]"]);
  expect(stackLinesIn("/a(+0x1)[0x2]\n")).toEqual([]);
});
