// Temporary folders that do not outlive the program that made them; what one that is killed leaves, the next one removes.

import { realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { isDiskFull } from "../base/is-disk-full.ts";
import { makeOwnedFolder, type OwnedFolder } from "../base/owned-folder.ts";
import { HostError } from "../protocol/errors.ts";

/** Makes one. It is removed with this process too, should nobody do it before. Throws `output_failed` on a full disk. */
export function makeScratchFolder(prefix: "osprey-testkit-" | "osprey-tests-"): OwnedFolder {
  const folder = withRoom(() => makeOwnedFolder(realpathSync(tmpdir()), prefix));
  const remove = () => {
    process.removeListener("exit", remove);
    folder.remove();
  };
  process.once("exit", remove);
  return { path: folder.path, remove };
}

/** Throws `output_failed` when something cannot be made because the disk is full. */
export function withRoom<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw roomFailure(error);
  }
}

/** That the disk is full on which such folders lie, as `output_failed`; other errors as they are. */
export function roomFailure(error: unknown): unknown {
  if (!isDiskFull(error)) return error;
  return new HostError("output_failed", `there is no room in ${tmpdir()} for the home of the plugin that is tested`, {
    hint: "make room there, or set TMPDIR to a folder on a disk that has some",
    details: { reason: "ENOSPC", path: tmpdir() },
    cause: error,
  });
}
