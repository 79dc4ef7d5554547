// Recorded exchanges as they stand in files: read and checked, written.

import { resolve } from "node:path";
import * as z from "zod/mini";
import { readSmallFile } from "../base/read-small-file.ts";
import { replaceFile } from "../base/replace-file.ts";
import { HostError } from "../protocol/errors.ts";
import { isTooDeep } from "../protocol/json-bounds.ts";
import { lengthCheck } from "../protocol/length-check.ts";
import { JSON_DEPTH_MAX, TEST_EXCHANGES_MAX, TEST_FILE_BYTES_MAX } from "../protocol/limits.ts";
import { parseWith } from "../protocol/parse-with.ts";
import type { RecordedExchange } from "./api.ts";

const Headers = z.record(z.string(), z.string());

export const Exchanges = z
  .array(
    z.strictObject({
      request: z.strictObject({
        method: z.string(),
        url: z.string(),
        headers: z.optional(Headers),
        body: z.optional(z.string()),
      }),
      response: z.strictObject({
        status: z.int().check(z.gte(100), z.lte(599)),
        headers: z.optional(Headers),
        body: z.optional(z.string()),
        body_encoding: z.optional(z.enum(["utf8", "base64"])),
      }),
    }),
  )
  .check(lengthCheck({ max: TEST_EXCHANGES_MAX }));

/** Throws `test_invalid`, which names the place in the file. */
export function readExchanges(file: string): readonly RecordedExchange[] {
  const path = resolve(file);
  const parsed = parseWith(Exchanges, jsonFile(path));
  if ("problem" in parsed) throw testInvalid(path, parsed.problem);
  return parsed.data as readonly RecordedExchange[];
}

/** In one step, over one that is there. */
export function writeExchanges(file: string, exchanges: readonly RecordedExchange[]): void {
  replaceFile(resolve(file), `${JSON.stringify(exchanges, null, 2)}\n`);
}

/** Throws `test_invalid`. */
export function jsonFile(path: string): unknown {
  const file = readSmallFile(path, TEST_FILE_BYTES_MAX);
  if (file === undefined) throw testInvalid(path, "there is no such file");
  if (file.problem !== undefined) throw testInvalid(path, file.problem);
  if (isTooDeep(file.text)) throw testInvalid(path, `it is nested deeper than ${JSON_DEPTH_MAX} levels`);
  try {
    return JSON.parse(file.text);
  } catch (error) {
    throw testInvalid(path, `it is no JSON (${(error as Error).message})`);
  }
}

export function testInvalid(path: string, problem: string): HostError {
  return new HostError("test_invalid", `${path} is not usable: ${problem}`, {
    hint: "docs/testing.md has all members",
    details: { path },
  });
}
