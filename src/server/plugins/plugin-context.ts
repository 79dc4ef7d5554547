// What is known of a request to a plugin once it was let through all that stands before the plugin.

import type { FastifyReply, FastifyRequest } from "fastify";
import type { ManifestWeb } from "../../protocol/manifest-routes.ts";
import type { DevProxy } from "./dev-proxy.ts";
import type { Admission } from "./plugin-gate.ts";

/** The body of a request to a route is in `request.body` as a Buffer, undefined without one; below a web mount it is unread, in `request.raw`. */
export interface PluginContext extends Omit<Admission, "kind" | "target" | "isExposed" | "isSandboxed"> {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** The host's address as the plugin is to give it to others, without a slash at the end. */
  readonly baseUrl: string;
}

/** The same for what is below the mount of a web UI. */
export interface WebContext extends PluginContext {
  readonly web: ManifestWeb;
  /** The folder of the version that is loaded. */
  readonly folder: string;
  /** The path behind the mount, as it came: empty, or begins with "/". */
  readonly rest: string;
  /** Finds the dev server that stands in for the files; undefined: none ever does. */
  readonly dev?: DevProxy | undefined;
}
