// Whether this host is new enough for a plugin. Asked at every use, because the host may be older than the one that
// kept the description.

import { compareVersions, parseVersion } from "../../base/semver.ts";
import { OSP_COMPATIBLE_VERSION } from "../../base/version.ts";
import { HostError } from "../../protocol/errors.ts";

/** What is wrong with `min_osp_version` of a description; null when this host will do. */
export function checkHostVersion(wanted: string | null): HostError | null {
  if (wanted === null) return null;
  const version = parseVersion(wanted);
  if (version === undefined) {
    return new HostError("describe_invalid", `min_osp_version "${wanted}" is not a semantic version`);
  }
  if (compareVersions(version, parseVersion(OSP_COMPATIBLE_VERSION)!) <= 0) return null;
  const what = `it needs osp ${wanted} or newer, this host offers what ${OSP_COMPATIBLE_VERSION} does`;
  return new HostError("describe_invalid", what);
}
