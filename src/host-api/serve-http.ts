// One http_request from its JSON to its answer: read, look where it goes, count it, send it, tell what came back.

import { isUtf8 } from "node:buffer";
import { lookup } from "node:dns/promises";
import {
  FRAME_BYTES_MAX,
  HTTP_REQUEST_CHARS_SEEN_MAX,
  HTTP_URL_CHARS_MAX,
  INSIGHTS_BODY_CHARS_MAX,
} from "../protocol/limits.ts";
import { sortedMembers } from "../protocol/sorted-members.ts";
import { checkHost, type GuardDeps } from "./address-guard.ts";
import { type HostAnswer, refusal } from "./host-answer.ts";
import type { HttpAsker, HttpShared } from "./http-client.ts";
import { HttpFailure, type HttpFailureCode } from "./http-failure.ts";
import { isJsonBeyond } from "./json-length.ts";
import { parseHttpRequest } from "./parse-http-request.ts";
import { type Received, sendHttp } from "./send-http.ts";

/** What a frame has besides the answer's text. */
const FRAME_HEAD_BYTES_MAX = 1024;

/** Failures of the request itself; those before it begins take no time worth telling. */
const WITHOUT_TIME: ReadonlySet<HttpFailureCode> = new Set(["invalid_request", "ssrf_blocked", "request_too_large"]);

/** Never throws for what a plugin or a server did. */
export async function serveHttp(json: string, asker: HttpAsker, shared: HttpShared): Promise<HostAnswer> {
  const startedAt = performance.now();
  const elapsedMs = () => Math.round(performance.now() - startedAt);
  let heading: HostAnswer["heading"];
  const headed = (answer: HostAnswer) => (heading === undefined ? answer : { ...answer, heading });
  try {
    shared.closed.throwIfAborted();
    const request = parseHttpRequest(json, asker);
    heading = headingOf(request);
    const guard = guardFor(asker, shared);
    await checkHost(request.url, guard);
    const waitMs = shared.rate.admit(JSON.stringify([asker.placeId, asker.agentId ?? null]));
    if (waitMs > 0) {
      const message = "This plugin has made too many requests within a minute.";
      return headed(refusal("rate_limit_exceeded", message, { retry_after_ms: waitMs }));
    }
    const sending = sendHttp(request, { guard, placeId: asker.placeId, room: asker.room, shared }, (received) =>
      answerOf(received, elapsedMs()),
    );
    return headed(await sending);
  } catch (error) {
    if (!(error instanceof HttpFailure)) throw error;
    const { code, message } = error;
    heading ??= headingOfRefused(json);
    return headed(refusal(code, message, WITHOUT_TIME.has(code) ? {} : { elapsed_ms: elapsedMs() }));
  }
}

/** The same for a request that was refused before it was wholly read, as far as it says what it is. */
function headingOfRefused(json: string): HostAnswer["heading"] {
  if (json.length > HTTP_REQUEST_CHARS_SEEN_MAX) return undefined;
  try {
    const { method, url } = JSON.parse(json) as Record<string, unknown>;
    if (typeof method !== "string" || typeof url !== "string" || url.length > HTTP_URL_CHARS_MAX) return undefined;
    return headingOf({ method: method.toUpperCase(), url: new URL(url) });
  } catch {
    return undefined;
  }
}

/** What the row of Insights says of the request: never a user or a password that the URL holds. */
function headingOf({ method, url }: { readonly method: string; readonly url: URL }): HostAnswer["heading"] {
  const shown = new URL(url);
  shown.username = "";
  shown.password = "";
  return { method, path: `/host-api/http → ${shown.href}` };
}

function guardFor({ pluginId }: HttpAsker, { options }: HttpShared): GuardDeps {
  return {
    mayReach: (host, port) => pluginId !== undefined && options.mayReach(pluginId, host, port),
    async resolve(host) {
      try {
        return await (options.resolve ?? systemAddresses)(host);
      } catch (error) {
        const { code } = error as { code?: unknown };
        const why = typeof code === "string" ? ` (${code})` : "";
        throw new HttpFailure("dns_failure", `The host's name has no address that can be found${why}.`);
      }
    },
  };
}

async function systemAddresses(host: string): Promise<readonly string[]> {
  const found = await lookup(host, { all: true, order: "verbatim" });
  return found.map(({ address }) => address);
}

/** The answer as the plugin gets it, and a short form of it for those who look on. */
function answerOf({ status, headers, body }: Received, elapsedMs: number): HostAnswer {
  const encoding = isUtf8(body) ? "utf8" : "base64";
  if (encoding === "utf8" && isJsonBeyond(body, FRAME_BYTES_MAX - FRAME_HEAD_BYTES_MAX)) throw tooLargeAsJson();
  const answer = {
    body: body.toString(encoding),
    body_encoding: encoding,
    elapsed_ms: elapsedMs,
    headers: sortedMembers(headers),
    status,
  };
  const text = jsonText(answer);
  const shownBody = answer.body.slice(0, INSIGHTS_BODY_CHARS_MAX);
  return {
    text,
    status,
    shown: shownBody.length === answer.body.length ? text : jsonText({ ...answer, body: shownBody }),
  };
}

/** Text grows when it is written as JSON, some of it sixfold: what does not fit into a frame cannot reach the plugin. */
function jsonText(answer: object): string {
  const text = JSON.stringify(answer);
  if (text.length <= FRAME_BYTES_MAX && Buffer.byteLength(text) <= FRAME_BYTES_MAX - FRAME_HEAD_BYTES_MAX) return text;
  throw tooLargeAsJson();
}

function tooLargeAsJson(): HttpFailure {
  return new HttpFailure("response_too_large", "The response is too large to be handed over.");
}
