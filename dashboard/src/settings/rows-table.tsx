// A table that scrolls inside its own box where there is no room for it, by keyboard too.

import { Box, Table } from "@mantine/core";
import type { ReactNode } from "react";

interface RowsTableProps {
  /** What the table is about, for those who do not see where it stands. */
  readonly caption: string;
  readonly columns: readonly string[];
  readonly minWidth?: number;
  /** The rows. */
  readonly children: ReactNode;
}

export function RowsTable({ caption, columns, minWidth = 560, children }: RowsTableProps) {
  return (
    <Box role="group" aria-label={caption} tabIndex={0} style={{ overflowX: "auto" }}>
      <Table verticalSpacing="xs" miw={minWidth} aria-label={caption}>
        <Table.Thead>
          <Table.Tr>
            {columns.map((column) => (
              <Table.Th key={column} scope="col">
                {column}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>{children}</Table.Tbody>
      </Table>
    </Box>
  );
}
