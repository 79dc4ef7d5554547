// A kit that ends with the scope that holds it, and at once when somebody interrupts.

import { HostError } from "../protocol/errors.ts";
import type { LoadedKit } from "./plugin-kit.ts";

export interface HeldKit extends AsyncDisposable {
  /** Rejects when it is interrupted, and never settles otherwise. */
  readonly interrupted: Promise<never>;
}

export function closeWith(kit: LoadedKit, signal: AbortSignal | undefined): HeldKit {
  const { promise: interrupted, reject } = Promise.withResolvers<never>();
  interrupted.catch(() => {});
  const onAbort = () => {
    reject(new HostError("interrupted", "interrupted"));
    // Whoever holds it waits for that.
    kit.close({ atOnce: true }).catch(() => {});
  };
  if (signal?.aborted) onAbort();
  else signal?.addEventListener("abort", onAbort, { once: true });
  return {
    interrupted,
    async [Symbol.asyncDispose]() {
      signal?.removeEventListener("abort", onAbort);
      await kit.close();
    },
  };
}
