import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";

test("a reader that goes away ends the output quietly", async () => {
  const program = join(import.meta.dirname, "../../test/fixtures/terminal/prints-pages.mjs");
  const child = spawn(process.execPath, [program, "1000000"], { stdio: ["ignore", "pipe", "pipe"] });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (part: string) => {
    errors += part;
  });
  child.stdout.once("data", () => child.stdout.destroy());
  const [status] = await once(child, "close");
  expect({ status, errors }).toEqual({ status: 0, errors: "" });
});

test("a second question is waited for like the first", async () => {
  const folder = join(import.meta.dirname, "../../test/fixtures/terminal");
  const words = [join(folder, "answers-questions.py"), process.execPath, join(folder, "asks-twice.mjs")];
  const env = { ...process.env, QUESTION: "which one? ", ANSWERS: "this\nthat" };
  const child = spawn("python3", words, { env, stdio: ["ignore", "pipe", "inherit"] });
  const [screen, [status]] = await Promise.all([text(child.stdout), once(child, "close")]);
  expect(screen).toContain("told: this and that");
  expect(status).toBe(0);
});
