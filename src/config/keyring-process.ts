// The program that talks to the keyring of the operating system, in a process of its own: its library blocks the thread
// that calls it for as long as a keyring or message bus chooses not to answer, and only the end of a process ends that.
// Reads a `KeyringJob` from standard input and writes a list of answers. `system-keyring.ts` starts it, and ends it.

import { text } from "node:stream/consumers";
import type { KeyringAnswer, KeyringJob, KeyringRequest } from "./system-keyring.ts";

/** Where secrets go on Linux. The library's other store there is the kernel's, which forgets everything at a restart. */
const OUTLIVES_RESTART = { linux: { store: "secret-service" } } as const;

async function main(): Promise<void> {
  const { service, requests } = JSON.parse(await text(process.stdin)) as KeyringJob;
  const answers: KeyringAnswer[] = [];
  for (const request of requests) answers.push(await answerTo(request, service));
  process.stdout.write(JSON.stringify(answers));
}

async function answerTo(request: KeyringRequest, service: string): Promise<KeyringAnswer> {
  try {
    // Loaded here, because it fails where the package has nothing for the platform.
    const { AsyncEntry } = await import("@napi-rs/keyring");
    const entry = new AsyncEntry(service, request.account, OUTLIVES_RESTART);
    if (request.action === "get") return { value: await entry.getPassword() };
    if (request.action === "set") await entry.setPassword(request.value);
    else await entry.deletePassword();
    return { value: null };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}

main();
