import { expect, test } from "vitest";
import * as z from "zod/mini";
import { endpoint } from "../../protocol/api/endpoint.ts";
import { openApi } from "./openapi.ts";

// biome-ignore lint/suspicious/noExplicitAny: tests look into it as they like.
const described = (...endpoints: Parameters<typeof openApi>[0]): any => openApi(endpoints);

test("what is put has a body, and may be accepted before it is done", () => {
  const document = described(
    endpoint({
      method: "PUT",
      path: "/kettles/{kettle}",
      name: "fill_kettle",
      summary: "fills a kettle",
      params: { kettle: "a kettle's id" },
      body: z.strictObject({ litres: z.number() }),
      answer: z.object({ id: z.string() }),
      status: 202,
    }),
  );
  const { requestBody, responses } = document.paths["/api/v1/kettles/{kettle}"].put;
  expect(requestBody).toEqual({
    required: true,
    content: { "application/json": { schema: { $ref: "#/components/schemas/fill_kettle_body" } } },
  });
  expect(Object.keys(responses)).toEqual(["202", "default"]);
  expect(document.components.schemas.fill_kettle_body.required).toEqual(["litres"]);
});

test("a file has its media type and no schema, and its failures are JSON", () => {
  const document = described(
    endpoint({
      method: "GET",
      path: "/tea.csv",
      name: "export_tea",
      summary: "all tea",
      answer: z.never(),
      file: "text/csv",
    }),
  );
  const { responses } = document.paths["/api/v1/tea.csv"].get;
  expect(responses["200"].content).toEqual({ "text/csv": {} });
  expect(Object.keys(responses.default.content)).toEqual(["application/json"]);
  expect(Object.keys(document.components.schemas)).not.toContain("export_tea_answer");
});
