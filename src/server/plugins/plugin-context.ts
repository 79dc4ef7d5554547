// What is known of a request to a plugin once it was let through all that stands before the plugin.

import type { FastifyReply, FastifyRequest } from "fastify";
import type { NativePlugin } from "../../host/native-host.ts";
import type { Manifest } from "../../protocol/manifest.ts";
import type { ManifestWeb } from "../../protocol/manifest-routes.ts";
import type { DevProxy } from "./dev-proxy.ts";
import type { Door } from "./door.ts";

/** How somebody showed to be the owner of this host: with an access key, or with the cookie of one plugin's page. */
export type Owner = "key" | "cookie";

/** The body of a request to a route is in `request.body` as a Buffer, undefined without one; below a web mount it is unread, in `request.raw`. */
export interface PluginContext {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly door: Door;
  readonly pluginId: string;
  readonly plugin: NativePlugin;
  readonly manifest: Manifest;
  /** An agent that is there and has the plugin: a UUID in capital letters. */
  readonly agentId: string;
  /** Of the agent; empty while it has none. */
  readonly agentAddress: string;
  /** Below the plugin, begins with "/", as it came: percent-encoded, without the query. */
  readonly path: string;
  /** Behind the question mark, as it came; empty without one. */
  readonly search: string;
  /** Undefined: nobody who may see what is the owner's. */
  readonly owner: Owner | undefined;
  /** The host's address as the plugin is to give it to others, without a slash at the end. */
  readonly baseUrl: string;
  /** The value of the `Set-Cookie` that a page gets, so that what it loads works for the same agent; undefined: nothing new. */
  readonly agentCookie: string | undefined;
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
