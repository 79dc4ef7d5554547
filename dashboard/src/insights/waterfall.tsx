// One trace on an axis of time: the chat, its tools, their host calls. Each bar leads to its row.

import { Loader, Text } from "@mantine/core";
import { Link, useSearchParams } from "react-router";
import { INSIGHTS_ROWS_LISTED_MAX } from "../../../src/protocol/limits.ts";
import { useAnswer } from "../api/use-answer.ts";
import { durationText } from "../parts/duration-text.ts";
import { ErrorNotice } from "../parts/error-notice.tsx";
import { plainText } from "../parts/plain-text.ts";
import { withRow } from "./filter.ts";
import classes from "./insights.module.css";
import type { Line } from "./live-rows.ts";
import { rowsText } from "./row-words.ts";
import { type Bar, waterfall } from "./waterfall-layout.ts";

const INDENT_REM = 0.9;
/** Deeper ones stand where these stand. */
const DEPTH_SHOWN_MAX = 8;

export function TraceWaterfall({ trace, open }: { readonly trace: string; readonly open?: number }) {
  const [search] = useSearchParams();
  const query = { trace, limit: INSIGHTS_ROWS_LISTED_MAX };
  const { data, error, refetch } = useAnswer("GET /insights", { query });
  if (error !== null) return <ErrorNotice error={error} retry={() => void refetch()} />;
  if (data === undefined) return <Loader size="sm" aria-label="Loading the trace" />;
  const { bars, totalMs } = waterfall(data.rows);
  return (
    <section aria-label="Trace">
      <Text size="sm" mb={4}>
        {`${rowsText(bars.length)} in ${durationText(totalMs)}`}
        {data.next !== null && `; the trace has more than ${INSIGHTS_ROWS_LISTED_MAX}, these are the newest`}
      </Text>
      <ol className={classes["bars"] ?? ""}>
        {bars.map((bar) => (
          <WaterfallBar key={bar.row.id} bar={bar} isOpen={bar.row.id === open} search={search} />
        ))}
      </ol>
    </section>
  );
}

interface WaterfallBarProps {
  readonly bar: Bar<Line>;
  readonly isOpen: boolean;
  readonly search: URLSearchParams;
}

function WaterfallBar({ bar: { row, depth, startMs, left, width }, isOpen, search }: WaterfallBarProps) {
  const isFailed = row.status >= 400;
  const indent = `${Math.min(depth, DEPTH_SHOWN_MAX) * INDENT_REM}rem`;
  return (
    <li className={classes["bar"] ?? ""} data-open={isOpen || undefined}>
      <Link
        className={`${classes["link"]} ${classes["name"]}`}
        style={{ paddingInlineStart: indent }}
        to={{ search: withRow(search, row.id).toString() }}
        aria-current={isOpen || undefined}
        title={`begins after ${durationText(startMs)}`}
      >
        {row.kind} <bdi>{plainText(`${row.method} ${row.path}`)}</bdi>
        {isFailed && <span className={classes["failed"]}>{` ${row.status}`}</span>}
      </Link>
      <span className={classes["number"]}>{durationText(row.duration_ms)}</span>
      <span className={classes["axis"]} aria-hidden>
        <span
          className={classes["span"]}
          data-failed={isFailed || undefined}
          style={{ insetInlineStart: `${Math.min(left * 100, 99)}%`, inlineSize: `${width * 100}%` }}
        />
      </span>
    </li>
  );
}
