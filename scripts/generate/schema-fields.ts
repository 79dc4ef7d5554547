// Reads a schema of src/protocol as a list of fields: where each stands, what type it has, whether it has to be there.

import type * as z from "zod/mini";

export interface Field {
  /** Such as `capabilities.tools[].id`; `*` stands for any name. */
  readonly path: string;
  readonly type: string;
  readonly isRequired: boolean;
}

interface Definition {
  readonly type: string;
  readonly in: Schema;
  readonly out: Schema;
  readonly innerType: Schema;
  readonly element: Schema;
  readonly valueType: Schema;
  readonly shape: Readonly<Record<string, Schema>>;
  readonly options: readonly Schema[];
  readonly entries: Readonly<Record<string, string>>;
  readonly values: readonly unknown[];
  readonly getter: () => Schema;
  readonly format?: string;
}

type Schema = z.core.$ZodType;

/** A schema that stands inside of itself, such as subcommands, is listed once. */
export function fieldsOf(schema: Schema, path = "", above: readonly Schema[] = []): Field[] {
  const { core } = coreOf(schema);
  const definition = definitionOf(core);
  if (above.includes(core)) return [];
  const inside = [...above, core];
  if (definition.type === "array") return fieldsOf(definition.element, `${path}[]`, inside);
  if (definition.type === "record") return fieldsOf(definition.valueType, `${path}.*`, inside);
  if (definition.type !== "object") return [];
  return Object.entries(definition.shape).flatMap(([name, member]) => {
    const at = path === "" ? name : `${path}.${name}`;
    const { core: inner, isOptional } = coreOf(member);
    return [{ path: at, type: typeOf(inner), isRequired: !isOptional }, ...fieldsOf(inner, at, inside)];
  });
}

/** What is behind wrappings: defaults, and what is done to a value before or after it is checked. */
function coreOf(schema: Schema): { readonly core: Schema; readonly isOptional: boolean } {
  let core = schema;
  let isOptional = false;
  for (;;) {
    const definition = definitionOf(core);
    if (definition.type === "optional" || definition.type === "nullable" || definition.type === "default") {
      isOptional ||= definition.type !== "nullable";
      core = definition.innerType;
    } else if (definition.type === "pipe") {
      core = definitionOf(definition.out).type === "transform" ? definition.in : definition.out;
    } else if (definition.type === "lazy") {
      core = definition.getter();
    } else {
      return { core, isOptional };
    }
  }
}

const WORDS: Readonly<Record<string, string>> = {
  string: "text",
  boolean: "true or false",
  object: "object",
  record: "object",
  unknown: "anything",
};

function typeOf(core: Schema): string {
  const definition = definitionOf(core);
  switch (definition.type) {
    case "array":
      return `list of ${plural(typeOf(coreOf(definition.element).core))}`;
    case "enum":
      return Object.values(definition.entries).map(code).join(", ");
    case "literal":
      return definition.values.map(code).join(", ");
    case "number":
      return definition.format === "safeint" ? "whole number" : "number";
    case "custom":
      return "see right";
    default: {
      const word = WORDS[definition.type];
      if (word === undefined) throw new Error(`there is no word for the type ${definition.type}`);
      return word;
    }
  }
}

function plural(type: string): string {
  return type === "text" || type === "object" || type === "number" ? `${type}s` : type;
}

function code(value: unknown): string {
  return `\`${String(value)}\``;
}

function definitionOf(schema: Schema): Definition {
  return schema._zod.def as unknown as Definition;
}
