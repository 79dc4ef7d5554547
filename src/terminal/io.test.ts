import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, test } from "vitest";

test("a reader that goes away ends the output quietly", async () => {
  const program = join(import.meta.dirname, "../../test/fixtures/terminal/prints-pages.mjs");
  const child = spawn(process.execPath, [program, "1000000"], { stdio: ["ignore", "pipe", "pipe"] });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  child.stdout.once("data", () => child.stdout.destroy());
  const [status] = await once(child, "close");
  expect({ status, errors }).toEqual({ status: 0, errors: "" });
});
