// Programs that go on until they are told to end: `registry serve`, `relay`.

/** Resolves when the signal is aborted. */
export function untilEnded(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  signal.addEventListener("abort", () => resolve(), { once: true });
  return promise;
}
