import { expect, test } from "vitest";
import type { CommandInput } from "./command.ts";
import { secretsExport } from "./secrets-export.ts";

test("secrets are not printed on a terminal that nobody asked to see them on, and nothing is opened for that", async () => {
  const written: string[] = [];
  const output = { write: (text: string) => void written.push(text), isTerminal: true, columns: 80 };
  const io = {
    env: {
      get HOME(): string {
        throw new Error("a folder was looked for");
      },
    },
    stdout: output,
    stderr: output,
  };
  const input = { io, options: {}, settings: async () => ({}) } as unknown as CommandInput;
  await expect(secretsExport.run(input)).rejects.toMatchObject({
    code: "usage_invalid",
    hint: expect.stringContaining("--yes"),
  });
  expect(written).toEqual([]);
});
