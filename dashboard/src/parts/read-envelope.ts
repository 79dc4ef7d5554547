// Takes a tool's envelope apart, for people. Whatever is none is shown as it is.

interface ReadEnvelope {
  /** One sentence: the summary of a success, the message of a failure. */
  readonly says: string | undefined;
  /** The result, or, where there is none, all of it. */
  readonly shown: string;
}

export function readEnvelope(text: string): ReadEnvelope {
  const envelope = parse(text);
  if (envelope === undefined) return { says: undefined, shown: text };
  const { ok, result, summary, message } = envelope;
  if (ok === true && Object.hasOwn(envelope, "result")) {
    return {
      says: typeof summary === "string" ? summary : undefined,
      shown: typeof result === "string" ? result : JSON.stringify(result),
    };
  }
  return { says: ok === false && typeof message === "string" ? message : undefined, shown: text };
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === "object" && json !== null && !Array.isArray(json)
      ? (json as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
