// The plugins of test/fixtures/sdk/sink: one for each helper for process plugins, all with the same commands.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { dirname, join } from "node:path";

const ROOT = join(import.meta.dirname, "..", "..");
const SINKS = join(ROOT, "test", "fixtures", "sdk", "sink");
/** Kept from run to run: only what changed is compiled again. */
const CARGO_TARGET = join(ROOT, "build", "test", "cargo-process");

export const SINK_LANGUAGES = ["python", "typescript", "bash", "rust"] as const;
export type SinkLanguage = (typeof SINK_LANGUAGES)[number];

const PATHS: Readonly<Record<SinkLanguage, string>> = {
  python: join(SINKS, "osp-sink-python"),
  typescript: join(SINKS, "osp-sink-typescript"),
  bash: join(SINKS, "osp-sink-bash"),
  rust: join(CARGO_TARGET, "debug", "osp-sink-rust"),
};

/** Compiles the one in Rust, and finds the Python that is behind what may be a script of a version manager. */
export function buildSinks(): void {
  const found = spawnSync("python3", ["-c", "import sys; print(sys.executable)"], { encoding: "utf8" });
  if (found.status !== 0) throw new Error('"python3" was not found: install it with "apt-get install python3"');
  pythonFolder = dirname(found.stdout.trim());
  const args = ["build", "--quiet", "--offline", "--manifest-path", join(SINKS, "rust", "Cargo.toml")];
  const env = { ...process.env, CARGO_TARGET_DIR: CARGO_TARGET };
  const { error, status, stderr } = spawnSync("cargo", args, { env, encoding: "utf8" });
  if (error !== undefined)
    throw new Error('"cargo" was not found: install it with "apt-get install cargo" or https://rustup.rs');
  if (status !== 0) throw new Error(`the plugin in Rust does not compile:\n${stderr}`);
}

interface SinkRun {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

let pythonFolder: string;

/** Runs a plugin with these words, in an environment without anything of a host but what is given. */
export async function runSink(
  language: SinkLanguage,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<SinkRun> {
  // With the folder in which Node keeps what it compiled: without, most of the time goes by compiling the helper again.
  const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
  const path = language === "python" ? `${pythonFolder}:${PATH}` : PATH;
  const child = spawn(PATHS[language], words, {
    env: { PATH: path, HOME, NODE_COMPILE_CACHE, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr] = [child.stdout, child.stderr].map((stream) => {
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    return chunks;
  });
  const [status] = await once(child, "close");
  const text = (chunks: Buffer[]) => new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  return { status, stdout: text(stdout!), stderr: Buffer.concat(stderr!).toString() };
}
