import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { JSON_DEPTH_MAX, JSON_VALUES_MAX } from "../protocol/limits.ts";
import { formatOrderedJson, type JsonSyntaxError, parseOrderedJson, toPlain } from "./ordered-json.ts";

function failure(text: string): JsonSyntaxError {
  try {
    parseOrderedJson(text);
  } catch (error) {
    return error as JsonSyntaxError;
  }
  throw new Error(`was accepted: ${text}`);
}

describe("reading", () => {
  test("what is read once of many equal texts is what each of them says", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string({ maxLength: 3 }), fc.integer(), fc.double({ noNaN: true })), { minLength: 50 }),
        (values) => {
          const rows = Array.from({ length: 400 }, (_, at) => ({
            [`k${at % 7}`]: values[at % values.length],
            at,
            v: values,
          }));
          const text = JSON.stringify(rows);
          expect(formatOrderedJson(parseOrderedJson(text))).toBe(text);
        },
      ),
      { numRuns: 10 },
    );
    // Of one place among the known ones: the same length, and the same characters where it is looked.
    const alike = ["ab-cd-ef-gh", "ax-cd-ef-gh", "ab_cd-ef-gh"];
    const text = JSON.stringify(Array.from({ length: 3_000 }, (_, at) => alike[at % 3]));
    expect(formatOrderedJson(parseOrderedJson(text))).toBe(text);
  });

  test("a text is accepted exactly when JSON.parse accepts it", () => {
    const jsonLike = fc
      .array(fc.constantFrom(..."{}[],:\"\\'0123-+.eE truefalsnu/b\n\t\u0000\u00e9\u2028\ud83d".split("")), {
        maxLength: 14,
      })
      .map((chars) => chars.join(""));
    fc.assert(
      fc.property(fc.oneof(jsonLike, fc.json(), fc.string()), (text) => {
        let expected: unknown;
        try {
          expected = JSON.parse(text);
        } catch {
          expect(() => parseOrderedJson(text)).toThrow(/line \d+, column \d+/);
          return;
        }
        expect(JSON.parse(formatOrderedJson(parseOrderedJson(text)))).toEqual(expected);
      }),
      { numRuns: 3000 },
    );
  });

  test("a document damaged by one character is accepted exactly when JSON.parse accepts it", () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), fc.constantFrom(...'{}[],:"\\0-.e \u0007'), (text, where, char) => {
        const at = where % (text.length + 1);
        const damaged = text.slice(0, at) + char + text.slice(at + 1);
        let accepted = true;
        try {
          JSON.parse(damaged);
        } catch {
          accepted = false;
        }
        if (accepted) parseOrderedJson(damaged);
        else expect(() => parseOrderedJson(damaged)).toThrow(/line/);
      }),
      { numRuns: 2000 },
    );
  });

  test("numbers, member order and names that JavaScript treats specially survive", () => {
    const text = '{"b":12345678901234567890,"2":1.0,"1":1e3,"__proto__":-0,"a":[0.10,9007199254740993]}';
    expect(formatOrderedJson(parseOrderedJson(text))).toBe(text);
  });

  test("the last of several members with one name wins, in the first one's place", () => {
    expect(formatOrderedJson(parseOrderedJson('{"a":1,"b":2,"a":3}'))).toBe('{"a":3,"b":2}');
  });

  test("a leading byte order mark is tolerated, one elsewhere is not", () => {
    expect(parseOrderedJson('\ufeff"x"')).toBe("x");
    expect(failure('"x"\ufeff').problem).toBe("trailing");
  });

  test("a second document is told apart from a syntax error", () => {
    expect(failure('{"a":1}\n{"b":2}')).toMatchObject({ problem: "trailing", line: 2, column: 1 });
    expect(failure('{"a":1}\n{"b":2}').message).toContain("second JSON document");
    expect(failure("{} done").message).toContain("more text follows");
    expect(failure(" \n ").problem).toBe("empty");
  });

  test("an error names the line and column, counted in characters", () => {
    expect(failure('{\n  "é😀": x\n}')).toMatchObject({ problem: "syntax", line: 2, column: 9 });
    expect(failure('["a\nb"]').message).toContain("control character (U+000A)");
    expect(failure('["\\q"]').message).toContain('"\\q" is not an escape');
    expect(failure('["\\u12"]').message).toContain("four hexadecimal digits");
    expect(failure('{"a":"say "hi""}').message).toContain('found "h" where "," or "}" in an object should be');
    expect(failure('["a').message).toContain("ends inside a string");
  });

  test("nesting is accepted up to the limit and refused one past it", () => {
    const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
    expect(formatOrderedJson(parseOrderedJson(nested(JSON_DEPTH_MAX)))).toBe(nested(JSON_DEPTH_MAX));
    expect(failure(nested(JSON_DEPTH_MAX + 1)).problem).toBe("depth");
    expect(failure("[".repeat(1_000_000)).problem).toBe("depth");
  });
});

test("values are accepted up to the limit and refused one past it", () => {
  const zeros = (count: number) => `[${"0,".repeat(count - 1)}0]`;
  expect(parseOrderedJson(zeros(JSON_VALUES_MAX - 1))).toHaveLength(JSON_VALUES_MAX - 1);
  const { problem, message } = failure(zeros(JSON_VALUES_MAX));
  expect([problem, message]).toEqual([
    "size",
    `more than ${JSON_VALUES_MAX} values (line 1, column ${2 * JSON_VALUES_MAX})`,
  ]);
});

test("a place is counted from behind the byte order mark, lone halves of a character as characters", () => {
  expect(failure("\ufeff\n\ufeff")).toMatchObject({ line: 2, column: 1 });
  expect(failure("\ufeff x")).toMatchObject({ line: 1, column: 2 });
  expect(failure('"\udc00\udc00\ud83d\ud83d\ude00" x')).toMatchObject({ line: 1, column: 8 });
  expect(failure('["\\n\\\\\\u00e9\\x"]')).toMatchObject({ line: 1, column: 13 });
});

describe("writing", () => {
  test("both layouts equal JSON.stringify's", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        // Integer-like names are moved by JSON.parse, which is just what this reader is there to avoid.
        if (/"(?:\d+|__proto__)":/.test(text) || /[\d.]e|-0|\u007f/.test(text)) return;
        const value = JSON.parse(text);
        fc.pre(!/[\u007f-\u009f\u202a-\u202e\u2066-\u2069]/.test(text));
        expect(formatOrderedJson(parseOrderedJson(text))).toBe(JSON.stringify(value));
        expect(formatOrderedJson(parseOrderedJson(text), 2)).toBe(JSON.stringify(value, null, 2));
      }),
      { numRuns: 500 },
    );
  });

  test("DEL, C1 controls and turns of the writing direction are escaped, so that no terminal sees them", () => {
    expect(formatOrderedJson(parseOrderedJson('"a\u202eb\u2066"'))).toBe('"a\\u202eb\\u2066"');
    expect(formatOrderedJson(parseOrderedJson('"a\u009b31m\u007f"'))).toBe('"a\\u009b31m\\u007f"');
  });
});

test("a plain copy keeps a member called __proto__ as a member", () => {
  const plain = toPlain(parseOrderedJson('{"__proto__":{"x":1},"n":[1.0,null]}')) as Record<string, unknown>;
  expect(Object.keys(plain)).toEqual(["__proto__", "n"]);
  expect(Object.getPrototypeOf(plain)).toBe(null);
});
