import fc from "fast-check";
import { expect, test } from "vitest";
import { formatOrderedJson } from "../../base/ordered-json.ts";
import { HostError } from "../../protocol/errors.ts";
import { JSON_VALUES_MAX } from "../../protocol/limits.ts";
import { readResponse } from "./read-response.ts";

const read = (text: string) => readResponse("p", Buffer.from(text));
const good = '{"protocol_version":1,"ok":true,"data":[{"2":1.0,"1":12345678901234567890}],"meta":{}}';

test("data and the error's details stay as they were written", async () => {
  expect(formatOrderedJson((await read(`\ufeff${good}\n`)).data)).toBe('[{"2":1.0,"1":12345678901234567890}]');
  const refused =
    '{"protocol_version":1,"ok":false,"data":null,"error":{"code":"A","message":"b","details":{"9":1e9,"1":0}},"meta":{}}';
  expect(formatOrderedJson((await read(refused)).error!.details)).toBe('{"9":1e9,"1":0}');
});

test("a document of too many values has a code of its own", async () => {
  const text = good.replace("[{", `[${"{},".repeat(JSON_VALUES_MAX)}{`);
  await expect(read(text)).rejects.toThrow(
    expect.objectContaining({
      code: "process_output_too_large",
      message: expect.stringContaining(`plugin "p" printed more than ${JSON_VALUES_MAX} values`),
    }),
  );
});

test("a row path that leads nowhere breaks the protocol", async () => {
  const withPath = (data: string) => `{"protocol_version":1,"ok":true,"data":${data},"meta":{"row_path":"list"}}`;
  expect((await read(withPath('{"list":[]}'))).meta.row_path).toBe("list");
  await expect(read(withPath('{"list":{}}'))).rejects.toThrow('meta.row_path: "data" has no list called "list"');
  await expect(read(withPath("[]"))).rejects.toThrow('meta.row_path: "data" is not an object');
});

test("an answer that is cut at any byte is an error with a code and a place", async () => {
  for (let end = 0; end < good.length; end++) {
    try {
      await read(good.slice(0, end));
      expect.unreachable(`accepted ${end} bytes`);
    } catch (error) {
      expect((error as HostError).code).toBe("response_not_json");
    }
  }
});

test("a member that calls itself length is no list, whatever it holds", async () => {
  for (const length of ["{}", "-1", "1e9", "[]", "null", '{"valueOf":1,"toString":1}']) {
    for (const member of ["messages", "meta", "error", "data", "protocol_version"]) {
      await expect(read(`{"${member}":{"length":${length}}}`)).rejects.toThrow(
        expect.objectContaining({ code: "response_invalid" }),
      );
    }
  }
});

test("whatever bytes a plugin prints, the result is a response or an error with a code", async () => {
  const member = fc.constantFrom("protocol_version", "ok", "data", "error", "messages", "meta", "__proto__");
  const documents = fc.dictionary(member, fc.jsonValue()).map((value) => Buffer.from(JSON.stringify(value)));
  const bytes = fc.uint8Array().map((array) => Buffer.from(array));
  await fc.assert(
    fc.asyncProperty(fc.oneof(documents, bytes), async (stdout) => {
      try {
        await readResponse("p", stdout);
      } catch (error) {
        expect(error).toBeInstanceOf(HostError);
        expect((error as HostError).code).toMatch(/^response_/);
      }
    }),
    { numRuns: 500 },
  );
});
