// Whether something failed because there is no room left: that is nobody's mistake, and it passes.

/** Of the file system's error, or of one that has it for its cause. */
export function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOSPC" || code === "EDQUOT" || isDiskFull(error.cause);
}
