// Data that no plugin said anything about.

import type { ResponseMeta } from "../protocol/process-plugin.ts";

/** What is said of such data: no columns, no labels, no wishes. */
export const NO_META: ResponseMeta = {
  format_hint: null,
  columns: null,
  column_align: [],
  column_labels: null,
  row_path: null,
  preserve_json_document: false,
};
