// The paths of all members that a schema knows, and of all that a document has: equal when the document leaves none out.

import type * as z from "zod/mini";

/** The parts of a schema's definition that have members below them. */
interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
  readonly element?: z.core.$ZodType;
  readonly valueType?: z.core.$ZodType;
  readonly innerType?: z.core.$ZodType;
  readonly in?: z.core.$ZodType;
  readonly out?: z.core.$ZodType;
  readonly getter?: () => z.core.$ZodType;
}

/**
 * Paths such as `commands[].flags.*.about`. A schema that contains itself is followed once. Fails on kinds of schemas that
 * it does not know, rather than overlooking what is in them.
 */
export function schemaMembers(schema: z.core.$ZodType): Set<string> {
  const paths = new Set<string>();
  walk(schema, "", [], paths);
  return paths;
}

const LEAVES = new Set(["string", "boolean", "number", "int", "literal", "enum", "unknown", "transform"]);

function walk(schema: z.core.$ZodType, path: string, above: readonly z.core.$ZodType[], paths: Set<string>): void {
  const {
    type,
    shape,
    element,
    valueType,
    innerType,
    in: input,
    out,
    getter,
  } = schema._zod.def as unknown as Definition;
  if (LEAVES.has(type)) return;
  if (above.includes(schema)) return;
  const below = [...above, schema];
  if (shape !== undefined) {
    for (const [name, member] of Object.entries(shape)) {
      const memberPath = path === "" ? name : `${path}.${name}`;
      paths.add(memberPath);
      walk(member, memberPath, below, paths);
    }
    return;
  }
  if (valueType !== undefined) return walk(valueType, `${path}.*`, below, paths);
  if (element !== undefined) return walk(element, `${path}[]`, below, paths);
  const inner = [innerType, input, out, getter?.()].filter((one) => one !== undefined);
  if (inner.length === 0) throw new Error(`${path}: a schema of type "${type}" is not known here`);
  for (const one of inner) walk(one, path, below, paths);
}

/** The same of a document. `open` are paths whose members have any names, `free` those whose content is anything. */
export function documentMembers(value: unknown, open: readonly string[], free: readonly string[]): Set<string> {
  const paths = new Set<string>();
  const visit = (one: unknown, path: string): void => {
    if (free.includes(path) || typeof one !== "object" || one === null) return;
    if (Array.isArray(one)) {
      for (const item of one) visit(item, `${path}[]`);
      return;
    }
    for (const [name, member] of Object.entries(one)) {
      if (open.includes(path)) {
        visit(member, `${path}.*`);
        continue;
      }
      const memberPath = path === "" ? name : `${path}.${name}`;
      paths.add(memberPath);
      visit(member, memberPath);
    }
  };
  visit(value, "");
  return paths;
}
