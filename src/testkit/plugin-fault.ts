// Which failures are the plugin's own: those its tests are about.

import { ERRORS, HostError } from "../protocol/errors.ts";

export function isPluginFault(error: unknown): error is HostError {
  return error instanceof HostError && ERRORS[error.code].fault === "plugin";
}
