// A table that scrolls inside its own box where there is no room for it, by keyboard too; or whose rows become cards there.

import { Box, Table } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./rows-table.module.css";

interface RowsTableProps {
  /** What the table is about, for those who do not see where it stands. */
  readonly caption: string;
  readonly columns: readonly string[];
  readonly minWidth?: number;
  /** On a phone each row is a card. Its rows and cells say their roles (`ROW`, `cellOf`): as cards, browsers forget them. */
  readonly isStacked?: boolean;
  /** The rows. */
  readonly children: ReactNode;
}

export const ROW = { role: "row" } as const;

/** @param column what stands before the cell on a card, where it would not be clear. */
export function cellOf(column?: string): { readonly role: "cell"; readonly "data-column"?: string } {
  return { role: "cell", ...(column === undefined ? {} : { "data-column": column }) };
}

export function RowsTable({ caption, columns, minWidth = 560, isStacked = false, children }: RowsTableProps) {
  const kind = isStacked ? `${classes["table"]} ${classes["stacked"]}` : classes["table"];
  return (
    <Box role="group" aria-label={caption} tabIndex={0} style={{ overflowX: "auto", position: "relative" }}>
      <Table
        role="table"
        verticalSpacing="xs"
        className={kind ?? ""}
        style={{ "--rows-min-width": `${minWidth}px` }}
        aria-label={caption}
      >
        <Table.Thead role="rowgroup">
          <Table.Tr role="row">
            {columns.map((column) => (
              <Table.Th key={column} role="columnheader" scope="col">
                {column}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody role="rowgroup">{children}</Table.Tbody>
      </Table>
    </Box>
  );
}
