// The call by which `tools dev` shows an author what the new code does: the same as `tools call`, on the host that serves or
// on one of its own.

import type { CommandInput } from "./command.ts";

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
  let [stdout, said] = ["", ""];
  const heard = (write: (piece: string) => void) => ({ write, isTerminal: false, columns: undefined, rows: undefined });
  const { env, cwd, signal } = io;
  const exitCode = await runLine(program, ["tools", "call", pluginId, tool, "--args", args, "--yes", "--json"], {
    env,
    cwd,
    signal,
    stdinIsTerminal: false,
    readStdin: async () => "",
    stdout: heard((piece) => {
      stdout += piece;
    }),
    stderr: heard((piece) => {
      said += piece;
    }),
  });
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
