// What the compiler makes of the description: these tests fail when the types are checked, not when they run.

import { expectTypeOf, test } from "vitest";
import * as z from "zod/mini";
import type { AnswerOf, BodyOf, EndpointAt, EndpointName, ParamsOf, QueryOf } from "./client-types.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import type { Endpoints } from "./endpoints.ts";

test("a path is found by its name, and by its method and itself", () => {
  expectTypeOf<"list_agents">().toExtend<EndpointName>();
  expectTypeOf<"brew_tea">().not.toExtend<EndpointName>();
  expectTypeOf<EndpointAt<"PATCH", "/agents/{agent}">>().toEqualTypeOf<Endpoints["update_agent"]>();
  expectTypeOf<EndpointAt<"PUT", "/agents/{agent}">>().toBeNever();
  expectTypeOf<Endpoints[EndpointName]>().toExtend<Endpoint>();
});

test("what stands in the path has its names", () => {
  expectTypeOf<ParamsOf<Endpoints["show_task"]>>().toEqualTypeOf<{ readonly id: string }>();
  expectTypeOf<keyof ParamsOf<Endpoints["list_tasks"]>>().toBeNever();
});

test("the query has values of its own kinds, all of them optional", () => {
  interface Page {
    readonly after?: number;
    readonly limit?: number;
  }
  expectTypeOf<QueryOf<Endpoints["list_task_events"]>>().toEqualTypeOf<Page>();
  expectTypeOf<keyof QueryOf<Endpoints["list_agents"]>>().toBeNever();
});

test("the body is what its schema takes", () => {
  expectTypeOf<BodyOf<Endpoints["answer_task"]>>().toEqualTypeOf<{ text: string }>();
  expectTypeOf<{ name: "x"; bogus: 1 }>().not.toEqualTypeOf<BodyOf<Endpoints["create_agent"]>>();
  expectTypeOf<object>().not.toExtend<BodyOf<Endpoints["create_agent"]>>();
  expectTypeOf<BodyOf<Endpoints["cancel_task"]>>().toBeUndefined();
});

test("the answer is what its schema gives, and a file is none", () => {
  expectTypeOf<AnswerOf<Endpoints["delete_agent"]>>().toEqualTypeOf<{ id: string; name: string; deleted: true }>();
  expectTypeOf<AnswerOf<Endpoints["list_keys"]>["keys"][number]["agent_id"]>().toEqualTypeOf<string | null>();
  const file = endpoint({ method: "GET", path: "/x", name: "x", summary: "x", answer: z.never(), file: "text/csv" });
  expectTypeOf<AnswerOf<typeof file>>().toBeNever();
});
