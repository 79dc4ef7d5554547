import fc from "fast-check";
import { expect, test } from "vitest";
import { BUILD_MISTAKES_MAX } from "../protocol/limits.ts";
import { findMistakes, mistakeText } from "./build-mistakes.ts";

const FOLDER = "/home/ada/hello";
const at = (file: string, line: number, column: number | undefined, message: unknown, severity = "error") => ({
  file,
  line,
  ...(column === undefined ? {} : { column }),
  severity,
  message,
});

test.each([
  [
    "gcc",
    "hello.c: In function 'f':\nhello.c:3:5: error: expected ';'\n    3 | int\n",
    at("hello.c", 3, 5, "expected ';'"),
  ],
  ["gcc, a header that is missing", "a.c:1:10: fatal error: x.h: No such file", at("a.c", 1, 10, "x.h: No such file")],
  ["clang, in colours", "\u001b[1msrc/a.cpp:7:1: \u001b[0;1;31merror: \u001b[0mno", at("src/a.cpp", 7, 1, "no")],
  ["a file with its whole path", `${FOLDER}/src/a.c:2:1: error: no`, at("src/a.c", 2, 1, "no")],
  ["a file elsewhere", "/usr/include/a.h:2:1: error: no", at("/usr/include/a.h", 2, 1, "no")],
  ["go", "# hello\n./main.go:9:2: undefined: x", at("main.go", 9, 2, "undefined: x")],
  ["zig", "src/main.zig:4:11: error: expected type 'u8'", at("src/main.zig", 4, 11, "expected type 'u8'")],
  [
    "swift",
    `${FOLDER}/Sources/a.swift:4:11: error: cannot find 'x' in scope`,
    at("Sources/a.swift", 4, 11, "cannot find 'x' in scope"),
  ],
  [
    "rustc",
    "error[E0425]: cannot find value `x`\n --> src/lib.rs:12:5\n  |\n12 |     x\n",
    at("src/lib.rs", 12, 5, "cannot find value `x`"),
  ],
  ["tsc", "src/main.ts(3,14): error TS2322: Type 'a'", at("src/main.ts", 3, 14, "TS2322: Type 'a'")],
  [
    "python",
    '  File "words.py", line 3\n    x = = 1\n        ^\nSyntaxError: invalid syntax\n',
    at("words.py", 3, undefined, "SyntaxError: invalid syntax"),
  ],
  ["bash", "./build.sh: line 3: nope: command not found", at("build.sh", 3, undefined, "nope: command not found")],
  ["make", "Makefile:3: *** missing separator.  Stop.", at("Makefile", 3, undefined, "*** missing separator.  Stop.")],
])("a mistake that %s found has its file and line", (_compiler, output, mistake) => {
  expect(findMistakes(output, FOLDER)).toEqual([mistake]);
});

test("what only looks like a place in a file is no mistake", () => {
  const output = [
    "gcc -c a.c",
    "a.c:3:5: note: declared here",
    "http://127.0.0.1:80: refused",
    "12:30:01: started",
    "error: could not compile `hello` due to previous error",
    "make: *** [Makefile:2: all] Error 1",
  ].join("\n");
  expect(findMistakes(output, FOLDER)).toEqual([]);
});

test("errors come before warnings, and each mistake once, however often it is told", () => {
  const output = "a.c:1:1: warning: unused\na.c:9:1: error: no\na.c:9:1: error: no\n";
  const found = findMistakes(output, FOLDER);
  expect(found).toEqual([at("a.c", 9, 1, "no"), at("a.c", 1, 1, "unused", "warning")]);
  expect(found.map(mistakeText)).toEqual(["a.c:9:1: error: no", "a.c:1:1: warning: unused"]);
});

test("so many are given and not one more", () => {
  const lines = (count: number) => Array.from({ length: count }, (_, n) => `a.c:${n + 1}:1: error: no`).join("\n");
  expect(findMistakes(lines(BUILD_MISTAKES_MAX), FOLDER)).toHaveLength(BUILD_MISTAKES_MAX);
  expect(findMistakes(lines(BUILD_MISTAKES_MAX + 1), FOLDER)).toHaveLength(BUILD_MISTAKES_MAX);
});

test("a place has at most nine digits, and a message may have any character that is no line's end", () => {
  for (const digits of ["9".repeat(9), "9".repeat(10), "9".repeat(400)]) {
    const forms = [`a.c:${digits}:1: error: no`, `a.ts(${digits},1): error no`, `a.sh: line ${digits}: no`];
    const python = `  File "a.py", line ${digits}\nSyntaxError: no`;
    const found = [...forms, python].flatMap((form) => findMistakes(form, FOLDER));
    expect(found.map(({ line }) => line)).toEqual(digits.length > 9 ? [] : Array(4).fill(999_999_999));
  }
  for (const odd of ["\r", "\u2028"]) {
    expect(findMistakes(`a.c:1:2: error: so${odd}so`, FOLDER)).toMatchObject([{ line: 1, column: 2 }]);
  }
});

test("control characters in names and messages are spelt out", () => {
  const [mistake] = findMistakes("a\u0007.c:1:1: error: \u001b]0;title\u0007 \u202eno", FOLDER);
  expect(JSON.stringify(mistake)).not.toMatch(/\\u0007|\\u001b|\u202e/);
});

test("whatever a build prints, looking through it ends and gives sound rows", () => {
  const words = [
    "a.c:1:2: error: x",
    ":",
    "(",
    "1,2): error ",
    'File "',
    '", line 3',
    "\n",
    " --> ",
    "error[E1]: ",
    "9".repeat(400),
  ];
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constantFrom(...words), fc.string()), { maxLength: 200 }), (pieces) => {
      for (const { file, message } of findMistakes(pieces.join(""), FOLDER)) {
        expect(file).not.toBe("");
        expect(message.isWellFormed()).toBe(true);
      }
    }),
  );
});
