// file_read: files that were shared with the agent, and no others ("Osaurus: Host API", files). What may be read and how
// is the business of artifact-file.ts.

import type { HostCall } from "../protocol/host-slots.ts";
import {
  FILE_PATH_BYTES_MAX,
  FILE_READ_BYTES_MAX,
  FILE_READS_MAX,
  FILE_REQUEST_CHARS_MAX,
} from "../protocol/limits.ts";
import type { Served } from "./create-host-api.ts";
import { type HostAnswer, refusal } from "./host-answer.ts";
import { Turns } from "./turns.ts";

/** Each file that is read fills memory. No runner has more than a few calls past its `room`, so all of them get on. */
const turns = new Turns(FILE_READS_MAX);

export async function fileRead(call: HostCall, deps: Pick<Served, "artifacts">): Promise<HostAnswer> {
  const [request] = call.args;
  if (typeof request !== "string") return { text: null };
  const path = pathOf(request);
  if (path === undefined) {
    return refusal(
      "invalid_request",
      `The request must be {"path": TEXT}, a path of at most ${FILE_PATH_BYTES_MAX} bytes without NUL.`,
    );
  }
  if (!(await call.room())) return refusal("context_unavailable", "The plugin is gone.");
  // Few plugins read files: what that takes is loaded with the first one.
  const { ArtifactError, placeOf, readArtifact } = await import("./artifact-file.ts");
  const { mediaType } = await import("./media-type.ts");
  const leave = await turns.take(call.runner);
  try {
    const bytes = await readArtifact(deps.artifacts, placeOf(path, deps.artifacts), FILE_READ_BYTES_MAX);
    const type = JSON.stringify(await mediaType(path, bytes));
    // By hand: of the largest files, every copy costs 67 MB.
    const text = `{"data":"${bytes.toString("base64")}","mime_type":${type},"size":${bytes.length}}`;
    return { text, shown: null };
  } catch (error) {
    if (error instanceof ArtifactError) return refusal(error.code, error.message);
    throw error;
  } finally {
    leave();
  }
}

function pathOf(request: string): string | undefined {
  if (request.length > FILE_REQUEST_CHARS_MAX) return undefined;
  let path: unknown;
  try {
    path = (JSON.parse(request) as { path?: unknown } | null)?.path;
  } catch {
    return undefined;
  }
  if (typeof path !== "string" || path === "" || path.includes("\0") || !path.isWellFormed()) return undefined;
  return Buffer.byteLength(path) <= FILE_PATH_BYTES_MAX ? path : undefined;
}
