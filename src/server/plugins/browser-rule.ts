// What a browser says of the page that a request comes from. Programs say nothing, and are not meant by this.

import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { isForeignOrigin } from "../check-browser.ts";

type Looked = Pick<IncomingMessage, "headers" | "rawHeaders" | "method">;

/** Whether somebody else's page sent the request. */
export function isForeign(request: Looked): boolean {
  const site = request.headers["sec-fetch-site"];
  if (site === "cross-site" || site === "same-site") return true;
  return request.headers.origin !== undefined && isForeignOrigin(request);
}

/** Whether cookies count: only for what this very origin, or the person in front of the browser, asked for. */
export function isOwnPage(request: Looked): boolean {
  const site = request.headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none") return false;
  return request.headers.origin === undefined || !isForeignOrigin(request);
}

/** The same for cookies that browsers send whoever asks: the browser has to say that this very origin did. */
export function isSurelyOwnPage(request: Looked): boolean {
  const { "sec-fetch-site": site, origin } = request.headers;
  return isOwnPage(request) && (site === "same-origin" || (site === undefined && origin !== undefined));
}

/** Whether a browser is going there, to show the answer in a frame. */
export function isFrameNavigation({ headers, method }: Pick<Looked, "headers" | "method">): boolean {
  return method === "GET" && isNavigation(headers) && headers["sec-fetch-dest"] === "iframe";
}

/** Whether a browser is going there, as by a link: it shows the answer, and the page that it leaves does not read it. */
export function isTopNavigation({ headers, method }: Pick<Looked, "headers" | "method">): boolean {
  const isRead = method === "GET" || method === "HEAD";
  return isRead && isNavigation(headers) && headers["sec-fetch-dest"] === "document";
}

/** Whether a person is going to look at the answer, in a window or a frame. */
export function isNavigation(headers: IncomingHttpHeaders): boolean {
  return headers["sec-fetch-mode"] === "navigate";
}
