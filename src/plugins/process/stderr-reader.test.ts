import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { PROCESS_STDERR_BYTES_MAX } from "../../protocol/limits.ts";
import { StderrReader } from "./stderr-reader.ts";

const NOTE = "\n(the plugin prints more; the rest is not shown)\n";

/** What is passed on of these chunks, and the tail. */
async function read(...chunks: (Buffer | string)[]): Promise<{ live: string; tail: string }> {
  let live = "";
  const pipe = new PassThrough();
  const reader = new StderrReader(pipe, (text) => {
    live += text;
  });
  for (const chunk of chunks) pipe.write(chunk);
  await new Promise((resolve) => pipe.end(resolve).once("end", resolve));
  const tail = reader.end(); // It may pass on some more.
  return { live, tail };
}

test("all is passed on up to the limit, and one note takes the place of the rest", async () => {
  const full = "x".repeat(PROCESS_STDERR_BYTES_MAX);
  expect((await read(full)).live === full).toBe(true);
  for (const chunks of [[`${full}y`], [full, "y", "z"], [full.slice(1), "xyz", "z"]]) {
    expect((await read(...chunks)).live === full + NOTE).toBe(true);
  }
});

test("a character that is cut between two chunks stays whole, one that is cut at the end is replaced", async () => {
  const bytes = Buffer.from("caf\u00e9");
  expect(await read(bytes.subarray(0, 4), bytes.subarray(4))).toEqual({ live: "caf\u00e9", tail: "caf\u00e9" });
  expect((await read(bytes.subarray(0, 4))).live).toBe("caf\ufffd");
});

test("the tail is what came last, also past the limit", async () => {
  const { tail } = await read("x".repeat(PROCESS_STDERR_BYTES_MAX), "the end\n");
  expect(tail).toMatch(/^x+the end$/);
  expect(tail.length).toBeLessThan(2_001);
});
