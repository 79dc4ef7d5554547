// The hash of a file, by which packages, receipts and registries name its bytes.

import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { HostError } from "../../protocol/errors.ts";

/** Lower-case hex. Fails for what is no regular file; a pipe is not waited for. Throws `interrupted` with the signal. */
export async function sha256Of(path: string, signal?: AbortSignal): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!(await file.stat()).isFile()) throw new Error("it is no regular file");
    const hash = createHash("sha256");
    await pipeline(file.createReadStream({ autoClose: false }), hash, signal === undefined ? {} : { signal });
    return hash.digest("hex");
  } catch (error) {
    throw signal?.aborted === true ? new HostError("interrupted", "interrupted") : error;
  } finally {
    await file.close();
  }
}
