// The flags for what lies inside a tool's objects and lists, as help, completion and "did you mean" show them. A schema may
// describe a tree without an end: only so many are listed, and all the others can be typed.

import { NATIVE_NESTED_DEPTH_SHOWN_MAX, NATIVE_NESTED_FLAGS_SHOWN_MAX } from "../protocol/limits.ts";
import { itemFlag, membersOf, type ToolFlag, type ToolFlags } from "./native-flags.ts";
import { kindOf, type Schema } from "./native-schema.ts";

/** Of all properties, each after what it lies in; of a list's items those of the first. */
export function nestedFlags({ all, root }: Pick<ToolFlags, "all" | "root">): ToolFlag[] {
  const found: ToolFlag[] = [];
  for (const flag of all) addInside(flag, root, found);
  return found.slice(0, NATIVE_NESTED_FLAGS_SHOWN_MAX);
}

/** The flags inside of one. */
export function flagsInside(flag: ToolFlag, root: Schema): ToolFlag[] {
  return nestedFlags({ all: [flag], root });
}

function addInside(flag: ToolFlag, root: Schema, found: ToolFlag[]): void {
  const depth = flag.path.filter((part) => typeof part === "string").length;
  if (depth >= NATIVE_NESTED_DEPTH_SHOWN_MAX || found.length >= NATIVE_NESTED_FLAGS_SHOWN_MAX) return;
  // A list's items have flags only where there is something inside them.
  const holder = kindOf(flag.schema) === "array" ? itemFlag(flag, 0, root) : flag;
  if (kindOf(holder.schema) !== "object") return;
  for (const member of membersOf(holder, root)) {
    found.push(member);
    addInside(member, root, found);
  }
}
