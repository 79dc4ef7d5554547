// What is said when files of the installed plugins cannot be written.

import { isDiskFull } from "../../base/is-disk-full.ts";
import { HostError } from "../../protocol/errors.ts";

/** An error of the file system as `install_failed`; others as they are. */
export function installFailure(error: unknown): unknown {
  const { code, path, syscall } = error as NodeJS.ErrnoException;
  if (error instanceof HostError || syscall === undefined) return error;
  return new HostError("install_failed", `cannot change ${path ?? "the installed plugins"}: ${code} (${syscall})`, {
    hint: isDiskFull(error)
      ? "make room on the disk"
      : "look at the owner and the mode of the folder of installed plugins",
    details: { reason: code, ...(path === undefined ? {} : { path }) },
    cause: error,
  });
}
