// Who may show a page of a plugin inside one of its own.

import type { FastifyReply } from "fastify";
import type { ManifestWeb } from "../../protocol/manifest-routes.ts";

const CSP = "content-security-policy";

/**
 * A page of somebody else's must not show this one inside itself, and lead clicks astray; unless it is public anyway.
 *
 * @param framedBy the origins of the dashboard, for a page that was opened in its frame.
 */
export function addFramePolicy(reply: FastifyReply, web: ManifestWeb, framedBy: readonly string[] = []): void {
  if (web.tunnel_exposed) return;
  const said = [reply.getHeader(CSP) ?? []].flat().map(String);
  reply.header(CSP, [...said, ["frame-ancestors 'self'", ...framedBy].join(" ")]);
}
