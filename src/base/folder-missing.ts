// A process can be in a folder that was removed meanwhile.

import { HostError } from "../protocol/errors.ts";

export function folderMissing(cause: unknown): HostError {
  return new HostError("folder_missing", "the folder that you are in does not exist any more", {
    hint: "change to one that does",
    cause,
  });
}
