// /openapi.json: what the control API takes and answers, for programs that make clients of it. It says nothing of this
// host that is not in every copy of the program, and needs no key.

import type { FastifyInstance } from "fastify";
import * as z from "zod/mini";
import { VERSION } from "../../base/version.ts";
import { SHARED_DOCUMENTS } from "../../protocol/api/documents.ts";
import type { Endpoint } from "../../protocol/api/endpoint.ts";
import { ENDPOINTS } from "../../protocol/api/endpoints.ts";
import { API_PREFIX } from "./api-table.ts";

type Json = Readonly<Record<string, unknown>>;

type Described = readonly Endpoint[];

const WITH_BODY: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);
const SCHEMAS = "#/components/schemas/";
const REF_ERROR = { $ref: `${SCHEMAS}Error` };

export function registerOpenApi(app: FastifyInstance): void {
  let text: string | undefined;
  app.get("/openapi.json", async (_, reply) => {
    text ??= JSON.stringify(openApi(Object.values(ENDPOINTS)));
    return await reply.type("application/json; charset=utf-8").send(text);
  });
}

/** The document (OpenAPI 3.1) of these paths. */
export function openApi(endpoints: Described): Json {
  return {
    openapi: "3.1.0",
    info: {
      title: "Osaurus host",
      version: VERSION,
      description: "What the commands do, for programs. Access keys come from `osaurus keys create`.",
    },
    servers: [{ url: "/" }],
    security: [{ key: [] }],
    paths: paths(endpoints),
    components: {
      securitySchemes: { key: { type: "http", scheme: "bearer", description: "an access key, osk-v1..." } },
      schemas: schemas(endpoints),
    },
  };
}

function paths(endpoints: Described): Json {
  const byPath: Record<string, Record<string, Json>> = {};
  for (const endpoint of endpoints) {
    const path = `${API_PREFIX}${endpoint.path}`;
    byPath[path] = { ...byPath[path], [endpoint.method.toLowerCase()]: operation(endpoint) };
  }
  return byPath;
}

function operation(endpoint: Endpoint): Json {
  const { name, summary, status = 200, needsWholeKey, needsNoKey, hasEvents } = endpoint;
  const parameters = [...pathParameters(endpoint), ...queryParameters(endpoint)];
  return {
    operationId: name,
    summary,
    ...(needsWholeKey ? { description: "Needs a key that is not for one agent alone." } : {}),
    ...(needsNoKey ? { security: [] } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...requestBody(endpoint),
    responses: {
      [status]: { description: "done", content: contentOf(endpoint) },
      ...(hasEvents ? { 204: { description: "as a stream: nothing more is to come" } } : {}),
      default: { description: "a failure", content: { "application/json": { schema: REF_ERROR } } },
    },
  };
}

function contentOf({ name, hasEvents, file }: Endpoint): Json {
  // Bytes are what a media type without a schema stands for.
  if (file !== undefined) return { [file]: {} };
  return {
    "application/json": { schema: { $ref: `${SCHEMAS}${answerName(name)}` } },
    ...(hasEvents ? { "text/event-stream": { schema: { type: "string" } } } : {}),
  };
}

function pathParameters({ params = {} }: Endpoint): Json[] {
  return Object.entries(params).map(([name, description]) => ({
    name,
    in: "path",
    required: true,
    description,
    schema: { type: "string" },
  }));
}

function queryParameters({ query = {} }: Endpoint): Json[] {
  return Object.entries(query).map(([name, { about, schema }]) => {
    const { $schema: _, ...inline } = z.toJSONSchema(schema);
    return { name, in: "query", description: about, schema: inline };
  });
}

/** What says that it is JSON may be empty, so that all that is asked for in a body is optional then. */
function requestBody({ method, name, body }: Endpoint): Json {
  if (!WITH_BODY.has(method)) return {};
  if (body === undefined) return { requestBody: { content: { "application/json": {} } } };
  const schema = { $ref: `${SCHEMAS}${bodyName(name)}` };
  const required = !z.safeParse(body, {}).success;
  return { requestBody: { required, content: { "application/json": { schema } } } };
}

/**
 * All schemas by name; those in them refer to each other. Answers may get members that are not described yet: only what is
 * strict, as requests are, is said to have no others.
 */
function schemas(endpoints: Described): Json {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(SHARED_DOCUMENTS)) registry.add(schema, { id });
  const ids = new Map<string, string>();
  for (const { name, answer, body, file } of endpoints) {
    if (file === undefined) add(answerName(name), answer);
    if (body !== undefined) add(bodyName(name), body);
  }
  function add(id: string, schema: z.ZodMiniType): void {
    const known = registry.get(schema)?.id;
    if (known === undefined) registry.add(schema, { id });
    else ids.set(id, known);
  }
  const made = z.toJSONSchema(registry, { uri: (id) => `${SCHEMAS}${id}`, io: "input" }).schemas;
  const own = Object.entries(made).map(([id, { $schema: _, $id: __, ...schema }]) => [id, schema]);
  // One that several paths share goes under each of their names.
  const shared = [...ids].map(([id, known]) => [id, { $ref: `${SCHEMAS}${known}` }]);
  return Object.fromEntries([...own, ...shared]);
}

function answerName(operation: string): string {
  return `${operation}_answer`;
}

function bodyName(operation: string): string {
  return `${operation}_body`;
}
