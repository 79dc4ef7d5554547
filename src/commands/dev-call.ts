// The call by which `tools dev` shows an author what the new code does: the same as `tools call`, on the host that serves or
// on one of its own.

import type { CommandInput } from "./command.ts";
import { heardIo } from "./heard-io.ts";

export interface CalledBuild {
  readonly tool: string;
  readonly exitCode: number;
  /** What the tool answered, one envelope; without it, what went wrong. */
  readonly envelope: Record<string, unknown> | undefined;
  /** What was said on stderr, for people. */
  readonly said: string;
}

/** Never fails: whatever goes wrong is the outcome. Whoever names a tool here wants it to run, so nobody is asked again. */
export async function callBuild(
  { io, program, runLine }: CommandInput,
  pluginId: string,
  { tool, args }: { readonly tool: string; readonly args: string },
): Promise<CalledBuild> {
  const heard = heardIo(io);
  const words = ["tools", "call", pluginId, tool, "--args", args, "--yes", "--json"];
  const exitCode = await runLine(program, words, heard.io);
  const { stdout, stderr: said } = heard.text;
  return { tool, exitCode, envelope: objectIn(stdout) ?? objectIn(said), said };
}

function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
