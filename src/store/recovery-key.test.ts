import { expect, test } from "vitest";
import { RECOVERY_KEY_CHARS_MAX } from "../protocol/limits.ts";
import { makeRecoveryKey, parseRecoveryKey, recoveryKeyText } from "./recovery-key.ts";

const mistyped = expect.objectContaining({ code: "recovery_key_wrong", details: { reason: "mistyped" } });

test("a recovery key is 160 random bits in groups that can be read aloud", () => {
  const text = makeRecoveryKey();
  expect(text).toMatch(/^OSPR(-[0-9A-HJKMNP-TV-Z]{4}){9}$/);
  expect(parseRecoveryKey(text)).toHaveLength(20);
  expect(makeRecoveryKey()).not.toBe(text);
});

test("the bytes come back, whatever they are", () => {
  for (const byte of [0, 1, 0x55, 0xaa, 0xff]) {
    const secret = Buffer.alloc(20, byte);
    expect(parseRecoveryKey(recoveryKeyText(secret))).toEqual(secret);
  }
});

test("case, spaces, dashes, a missing prefix, and letters that look like digits are no mistakes", () => {
  const secret = Buffer.from("00443214c74254b635cf84653a56d7c675be77df", "hex");
  const text = recoveryKeyText(secret);
  for (const typed of [
    text.toLowerCase(),
    text.replaceAll("-", ""),
    text.replaceAll("-", " "),
    text.slice("OSPR-".length),
    ` ${text}\n`,
    text.replaceAll("0", "o").replaceAll("1", "l"),
    text.replaceAll("0", "O").replaceAll("1", "I"),
  ]) {
    expect(parseRecoveryKey(typed)).toEqual(secret);
  }
});

test("each changed character is noticed, and so are two that changed places", () => {
  const text = makeRecoveryKey();
  for (let at = "OSPR-".length; at < text.length; at++) {
    if (text[at] === "-") continue;
    const other = text[at] === "7" ? "8" : "7";
    expect(() => parseRecoveryKey(text.slice(0, at) + other + text.slice(at + 1))).toThrow(mistyped);
    const next = text[at + 1];
    if (next === undefined || next === "-" || next === text[at]) continue;
    const swapped = text.slice(0, at) + next + text[at] + text.slice(at + 2);
    expect(() => parseRecoveryKey(swapped)).toThrow(mistyped);
  }
});

test("what is too short, too long or of other characters is told apart, and never repeated", () => {
  const text = makeRecoveryKey();
  for (const [typed, problem] of [
    ["", /0 characters/],
    [text.slice(0, -1), /35 characters/],
    [`${text}7`, /37 characters/],
    [text.replace(/.$/, "U"), /is in no recovery key/],
    [text.replace(/.$/, "é"), /is in no recovery key/],
    [`${text}${" ".repeat(RECOVERY_KEY_CHARS_MAX)}`, /more than 200/],
  ] as const) {
    expect(() => parseRecoveryKey(typed)).toThrow(mistyped);
    expect(() => parseRecoveryKey(typed)).toThrow(problem);
    try {
      parseRecoveryKey(typed);
    } catch (error) {
      if (typed.length > 8) expect(JSON.stringify(error)).not.toContain(text.slice(5, 9));
    }
  }
});

test("a text of exactly the longest length is looked at", () => {
  const text = makeRecoveryKey();
  const longest = text.padEnd(RECOVERY_KEY_CHARS_MAX);
  expect(parseRecoveryKey(longest)).toHaveLength(20);
  expect(() => parseRecoveryKey(`${longest} `)).toThrow(mistyped);
});
