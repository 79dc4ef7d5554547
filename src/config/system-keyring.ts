// The keyring of the operating system: the Secret Service on Linux, the keychain on macOS. Each use is a short process
// (`keyring-process.ts`), because only a process can be ended while it waits for a keyring that does not answer.

import { type ExecFileException, execFile } from "node:child_process";
import { extname, join } from "node:path";
import { HostError } from "../protocol/errors.ts";
import { KEYRING_ANSWER_BYTES_MAX, KEYRING_MS_MAX, KEYRING_REASON_CHARS_MAX } from "../protocol/limits.ts";

/** One account of a keyring for each secret. Each call fails with `keyring_failed`. */
export interface KeyringStore {
  get(account: string): Promise<string | undefined>;
  set(account: string, value: string): Promise<void>;
  /** Nothing happens when it is not there. */
  delete(account: string): Promise<void>;
}

export type KeyringRequest =
  | { readonly action: "get" | "delete"; readonly account: string }
  | { readonly action: "set"; readonly account: string; readonly value: string };

/** What the process reads. It answers each request, in the same order. */
export interface KeyringJob {
  readonly service: string;
  readonly requests: readonly KeyringRequest[];
}

/** What a `get` found, null for nothing and for the others, or why the keyring refused. */
export type KeyringAnswer = { readonly value: string | null } | { readonly failure: string };

export interface SystemKeyringOptions {
  /** The name under which the keyring keeps the accounts. */
  readonly service: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** For tests; the file that Node is to run. */
  readonly program?: string;
  readonly waitMsMax?: number;
}

interface Asked {
  readonly request: KeyringRequest;
  resolve(value: string | undefined): void;
  reject(error: HostError): void;
}

/** Beside this file: a source file beside a source file, a built program beside a built program. */
const PROGRAM = join(import.meta.dirname, `keyring-process${extname(import.meta.filename)}`);
/** What finds a keyring. Nothing that would have Node or the library load something else is handed on. */
const VARIABLES = ["HOME", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "LANG", "TMPDIR"];
const NONSENSE = "its process gave no answer that makes sense";

/** Gives the keyring. All that is asked in one turn of the event loop goes to one process, in order. */
export function systemKeyring(options: SystemKeyringOptions): KeyringStore {
  const asked: Asked[] = [];
  const ask = (request: KeyringRequest) =>
    new Promise<string | undefined>((resolve, reject) => {
      if (asked.length === 0) setImmediate(() => void answerAll(options, asked.splice(0)));
      asked.push({ request, resolve, reject });
    });
  return {
    get: (account) => ask({ action: "get", account }),
    set: async (account, value) => void (await ask({ action: "set", account, value })),
    delete: async (account) => void (await ask({ action: "delete", account })),
  };
}

async function answerAll(options: SystemKeyringOptions, asked: readonly Asked[]): Promise<void> {
  const { service } = options;
  const job = { service, requests: asked.map(({ request }) => request) };
  // Node throws some of the reasons why a process cannot be started, and hands on the others.
  const answers = await runProcess(options, job).catch(failureOf);
  for (const [index, { resolve, reject }] of asked.entries()) {
    const answer = typeof answers === "string" ? { failure: answers } : checkedAnswer(answers[index]);
    if ("failure" in answer) reject(keyringFailed(answer.failure, service));
    else resolve(answer.value ?? undefined);
  }
}

/** The list that a process answers with, or what befell it. The process is gone then. */
async function runProcess(options: SystemKeyringOptions, job: KeyringJob): Promise<readonly unknown[] | string> {
  const { env = process.env, program = PROGRAM, waitMsMax = KEYRING_MS_MAX } = options;
  const found = VARIABLES.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]));
  return await new Promise((resolve) => {
    const kill = () => child.kill("SIGKILL");
    const child = execFile(
      process.execPath,
      [program],
      {
        env: Object.fromEntries(found),
        timeout: waitMsMax,
        killSignal: "SIGKILL", // It is blocked: it would not notice a request to leave.
        maxBuffer: KEYRING_ANSWER_BYTES_MAX,
      },
      (error, stdout) => {
        process.off("exit", kill);
        resolve(error === null ? parsedAnswers(stdout) : failureOf(error));
      },
    );
    process.on("exit", kill);
    child.stdin?.on("error", () => {}); // It may end before it has read everything; that is told by its end.
    child.stdin?.end(JSON.stringify(job));
  });
}

function parsedAnswers(stdout: string): readonly unknown[] | string {
  try {
    const answers: unknown = JSON.parse(stdout);
    return Array.isArray(answers) ? answers : NONSENSE;
  } catch {
    return NONSENSE;
  }
}

function checkedAnswer(answer: unknown): KeyringAnswer {
  const { value, failure } = (answer ?? {}) as { value?: unknown; failure?: unknown };
  if (typeof failure === "string") return { failure };
  return typeof value === "string" || value === null ? { value } : { failure: NONSENSE };
}

function failureOf(error: ExecFileException): string {
  if (error.code === "ERR_CHILD_PROCESS_STDIO_MAXBUFFER") return `it holds more than ${KEYRING_ANSWER_BYTES_MAX} bytes`;
  if (error.killed) return "it did not answer in time";
  if (error.signal) return `its process ended with ${error.signal}`;
  return `its process cannot work (${error.code ?? "no reason known"})`;
}

function keyringFailed(failure: string, service: string): HostError {
  const reason = failure.replace(/\s+/g, " ").trim().slice(0, KEYRING_REASON_CHARS_MAX);
  const isMac = process.platform === "darwin";
  const mend = isMac ? "unlock the keychain" : "unlock or start the secret service (gnome-keyring, KWallet)";
  return new HostError("keyring_failed", `the keyring of the operating system cannot be used: ${reason}`, {
    hint: `${mend}, or set secrets.backend to "toml" to keep secrets in a private file`,
    details: { service, reason },
  });
}
