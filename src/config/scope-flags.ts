// How a command line names a scope of the configuration.

import type { ConfigScope } from "./config.ts";

/** The options for just that scope, with a space in front: ` --global`, ` --profile lab`, ` --profile lab --terminal repl`. */
export function scopeFlags({ profile, terminal }: ConfigScope): string {
  const forProfile = profile === null ? " --global" : ` --profile ${profile}`;
  return terminal === null ? forProfile : `${forProfile} --terminal ${terminal}`;
}
