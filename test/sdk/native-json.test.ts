// The JSON of the native helpers, held against the one that the host itself reads with: programs made with the helpers for C
// (compiled as C and as C++) and for C++ take the same texts and refuse the same ones. They run under AddressSanitizer and
// UndefinedBehaviorSanitizer, where any mistake ends them.

import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { buildSdkFixtures, SDK_BUILD_MS_MAX, sdkProgram } from "../helpers/build-sdk-fixtures.ts";

const PROGRAMS = ["read-json-c", "read-json-c-as-cpp", "read-json-cpp"] as const;
const SEED = 20_260_101;
/** As the helpers bound it. */
const DEPTH_MAX = 512;

beforeAll(() => buildSdkFixtures("json"), SDK_BUILD_MS_MAX);

/** What a program makes of each text: what it wrote again, or undefined for what it refused. */
function rewritten(program: string, texts: readonly (string | Uint8Array)[]): (Buffer | undefined)[] {
  const input = Buffer.concat(
    texts.map((text) => {
      const bytes = Buffer.from(text);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return Buffer.concat([length, bytes]);
    }),
  );
  const output = execFileSync(sdkProgram(program), { input, maxBuffer: 1 << 28 });
  const answers: (Buffer | undefined)[] = [];
  for (let at = 0; at < output.length; ) {
    const end = at + 4 + output.readUInt32BE(at);
    const answer = output.subarray(at + 4, end);
    answers.push(answer.toString() === "no" ? undefined : answer);
    at = end;
  }
  expect(answers).toHaveLength(texts.length);
  return answers;
}

/** What this process makes of it. Halves of characters cannot be written as UTF-8. */
function expected(text: string): string | undefined {
  try {
    return JSON.stringify(JSON.parse(text), (_, value) => (typeof value === "string" ? value.toWellFormed() : value));
  } catch {
    return undefined;
  }
}

function expectSame(program: string, texts: readonly string[]): void {
  for (const [index, answer] of rewritten(program, texts).entries()) {
    const text = texts[index]!;
    expect(answer === undefined ? undefined : expected(answer.toString()), JSON.stringify(text)).toBe(expected(text));
  }
}

const WRITTEN_BY_HAND = [
  ..."0|-0|1|-1|01|+1|1.|.5|1.5|-1.5e3|1e|1e+|1E-2|1e400|-|--1|0x1|1_0|9007199254740993|Infinity|NaN".split("|"),
  ..."9223372036854775807|-9223372036854775808|9223372036854775808|18446744073709551616".split("|"),
  ...'""|"a|"\\"|"\\""|"\\/"|"\\b\\f\\n\\r\\t"|"\\x"|"\\u"|"\\u12"|"\\u00e9"|"\\u0000"|"\\uD83E\\uDD85"|"\\uD83E"'.split(
    "|",
  ),
  ...'"\\uDD85\\uD83E"|"\\uD83E\\u0041"|"\\uD83E\\n"|"\\ud83e\\udd85"|"é🦅"|\'a\''.split("|"),
  ..."[]|[1]|[1,]|[,1]|[1 2]|[[]]|[[],{}]|[|]|[1|{}]|{|}|{1:2}|{'a':1}|[}|{]".split("|"),
  ...'{"a":1}|{"a":1,}|{"a"}|{"a":}|{"a" 1}|{"a":1 "b":2}|{"a":1,"a":2}|{"":0}|{"a":{"b":[1,{"c":null}]}}'.split("|"),
  ...'{"__proto__":1}|{"\\u0061":1,"a":2}|{,}|{"a":1}}|{"a":1}{}'.split("|"),
  ...["true", "false", "null", "True", "nul", "truefalse", "true ", " true", "\ttrue\r\n", "\u00a0true", "\ufefftrue"],
  ...["", " ", "\0", "1\0", '"a\nb"', '"a\u007fb"', "[1]\n", " [ 1 , 2 ] ", ' { "a" : 1 , "b" : [ ] } ', "//", "/**/1"],
];

test.each(PROGRAMS)("%s takes and refuses what the host takes and refuses", (program) => {
  expectSame(program, WRITTEN_BY_HAND);
});

test.each(PROGRAMS)("%s writes again whatever JSON it reads", (program) => {
  const json = fc.json({ maxDepth: 6, stringUnit: "binary" });
  const spaced = fc.tuple(json, fc.constantFrom("", " ", "\n\t")).map(([text, space]) => `${space}${text}${space}`);
  expectSame(program, fc.sample(spaced, { numRuns: 1500, seed: SEED }));
});

test.each(PROGRAMS)("%s refuses JSON that was damaged in the same places as the host", (program) => {
  const damaged = fc
    .tuple(
      fc.json({ maxDepth: 4 }),
      fc.nat(),
      fc.constantFrom("", '"', "\\", "{", "}", "[", "]", ",", ":", "1", "e", "\n"),
    )
    .map(([text, place, put]) => {
      const at = place % (text.length + 1);
      return text.slice(0, at) + put + text.slice(at + 1);
    })
    .filter((text) => text.isWellFormed());
  expectSame(program, fc.sample(damaged, { numRuns: 3000, seed: SEED }));
});

test.each(PROGRAMS)("%s survives any bytes, and writes UTF-8 whatever it read", (program) => {
  const bytes = fc.uint8Array({ maxLength: 60 });
  const quoted = bytes.map((inside) => Buffer.concat([Buffer.from('"'), inside, Buffer.from('"')]));
  const texts = fc.sample(fc.oneof(bytes, quoted), { numRuns: 3000, seed: SEED });
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  for (const answer of rewritten(program, texts)) {
    if (answer !== undefined) expect(JSON.parse(decoder.decode(answer))).toBeDefined();
  }
});

test.each(PROGRAMS)("%s goes as deep as it may, and no deeper", (program) => {
  const deep = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
  const mixed = (levels: number) => `${'[{"a":'.repeat(levels / 2)}0${"}]".repeat(levels / 2)}`;
  expectSame(program, [deep(DEPTH_MAX), mixed(DEPTH_MAX)]);
  const beyond = [deep(DEPTH_MAX + 1), mixed(DEPTH_MAX + 2), "[".repeat(1_000_000), '{"a":'.repeat(1_000_000)];
  expect(rewritten(program, beyond)).toEqual(beyond.map(() => undefined));
});
