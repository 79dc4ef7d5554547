// What stands in for the network while a plugin is tested: exchanges that somebody wrote down, or the network itself, with
// a record of it. All that the host looks at before a request leaves (where it goes, how often, how large) stays as it is.

import { isUtf8 } from "node:buffer";
import { Readable } from "node:stream";
import { readBody } from "../host-api/http-body.ts";
import type { HttpClientOptions } from "../host-api/http-client.ts";
import { type Exchange, type OpenExchange, type Outgoing, openExchange } from "../host-api/http-exchange.ts";
import { HttpFailure } from "../host-api/http-failure.ts";
import { joinedHeaders } from "../host-api/http-headers.ts";
import type { RecordedExchange } from "./api.ts";

type Request = RecordedExchange["request"];
type Response = RecordedExchange["response"];

export interface TestNetwork extends Pick<HttpClientOptions, "exchange" | "resolve"> {
  /** What got as far as the network would be. */
  readonly requests: readonly Request[];
  /** Requests that nobody recorded, a line each. */
  readonly missing: readonly string[];
  /** What was recorded, where that was asked for. */
  readonly recorded: readonly RecordedExchange[];
}

/** Names are not looked up where nothing is sent: this one is public, and belongs to no server that could be asked. */
const SOME_ADDRESS = "1.1.1.1";

/** Takes secrets out of texts. */
type Redact = (text: string) => string;

/** Answers with exchanges: of those that fit a request the first that was not given yet, else the last. */
export function replayed(exchanges: readonly RecordedExchange[], redact: Redact): TestNetwork {
  const requests: Request[] = [];
  const missing: string[] = [];
  const used = new Set<RecordedExchange>();
  return {
    requests,
    missing,
    recorded: [],
    resolve: async () => [SOME_ADDRESS],
    async exchange(outgoing, { signal }) {
      signal.throwIfAborted();
      const request = requestOf(outgoing, (text) => text);
      requests.push(request);
      const fitting = exchanges.filter((one) => fits(one.request, outgoing, redact));
      const found = fitting.find((one) => !used.has(one)) ?? fitting.at(-1);
      if (found === undefined) {
        const line = `no answer is recorded for ${request.method} ${request.url}`;
        missing.push(line);
        throw new HttpFailure("network_error", `${line}.`);
      }
      used.add(found);
      return responseOf(found.response);
    },
  };
}

/** Asks the network, and keeps what it said, without what signs anybody in. */
export function recording(redact: Redact, open: OpenExchange = openExchange): TestNetwork {
  const requests: Request[] = [];
  const recorded: RecordedExchange[] = [];
  return {
    requests,
    missing: [],
    recorded,
    async exchange(outgoing, deps) {
      requests.push(requestOf(outgoing, (text) => text));
      const exchange = await open(outgoing, deps);
      try {
        const response = await wholeResponse(exchange, outgoing.method, deps.signal);
        const kept = {
          ...response,
          headers: withoutSecrets(response.headers ?? {}, redact),
          ...redactedBody(response, redact),
        };
        recorded.push({ request: requestOf(outgoing, redact), response: kept });
        return responseOf(response);
      } finally {
        exchange.close();
      }
    },
  };
}

/** Everything that the server sent, unpacked: as the plugin gets it. */
async function wholeResponse(exchange: Exchange, method: string, signal: AbortSignal): Promise<Response> {
  const { response, failure } = exchange;
  const headers = joinedHeaders(response.rawHeaders);
  const hold = { hold: () => true, large: async () => {} };
  const body = await readBody(response, { method, headers, signal, failure, ...hold });
  headers.delete("transfer-encoding");
  const encoding = isUtf8(body) ? "utf8" : "base64";
  return {
    status: response.statusCode!,
    headers: Object.fromEntries(headers),
    body: body.toString(encoding),
    ...(encoding === "utf8" ? {} : { body_encoding: encoding }),
  };
}

function redactedBody({ body, body_encoding }: Response, redact: Redact): Pick<Response, "body"> {
  return body === undefined || body_encoding === "base64" ? {} : { body: redact(body) };
}

/** Headers that a server signs somebody in with, or that differ each time and say nothing. */
const NOT_KEPT: ReadonlySet<string> = new Set(["set-cookie", "date", "connection", "keep-alive", "content-length"]);

function withoutSecrets(headers: Readonly<Record<string, string>>, redact: Redact): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) => !NOT_KEPT.has(name.toLowerCase()));
  return Object.fromEntries(kept.map(([name, value]) => [name, redact(value)]));
}

/** Of the headers only what says how to read the body is kept: all others may sign somebody in. */
function requestOf({ method, url, headers, body }: Outgoing, redact: Redact): Request {
  const type = headers.get("content-type");
  return {
    method,
    url: redact(url.href),
    ...(type === undefined ? {} : { headers: { [type.name]: type.value } }),
    ...(body === undefined ? {} : { body: redact(body.toString("utf8")) }),
  };
}

/** In a recording secrets have marks in their places: so they have in what is compared with it. */
function fits(wanted: Request, { method, url, headers, body }: Outgoing, redact: Redact): boolean {
  const same = (recorded: string, sent: string) => recorded === sent || recorded === redact(sent);
  if (wanted.method.toUpperCase() !== method) return false;
  if (!same(URL.parse(wanted.url)?.href ?? wanted.url, url.href) && !same(wanted.url, url.href)) return false;
  if (wanted.body !== undefined && !same(wanted.body, body?.toString("utf8") ?? "")) return false;
  return Object.entries(wanted.headers ?? {}).every(
    ([name, value]) => headers.get(name.toLowerCase())?.value === value,
  );
}

function responseOf({ status, headers = {}, body = "", body_encoding = "utf8" }: Response): Exchange {
  const bytes = Buffer.from(body, body_encoding);
  const names = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const response = Object.assign(Readable.from(bytes.length === 0 ? [] : [bytes]), {
    statusCode: status,
    headers: names,
    // As they come off a line: bytes, each a character.
    rawHeaders: Object.entries(headers).flatMap(([name, value]) => [name, Buffer.from(value).toString("latin1")]),
  });
  return { response, failure: () => undefined, close: () => void response.destroy() };
}
