// How much of the room for rows that wait to be written is taken. Lines of logs may take half of it, and one plugin half of
// each: whoever floods the record loses rows of its own, and nobody else's. What a crash leaves is always taken in; there
// cannot be much of it.

import type { Activity } from "../protocol/activity.ts";
import {
  INSIGHTS_PENDING_CHARS_MAX,
  INSIGHTS_PENDING_LOG_CHARS_MAX,
  INSIGHTS_PENDING_LOG_ROWS_MAX,
  INSIGHTS_PENDING_ROWS_MAX,
  INSIGHTS_PLUGIN_SHARE_MAX,
} from "../protocol/limits.ts";

interface Taken {
  rows: number;
  chars: number;
}

interface Bound {
  readonly rows: number;
  readonly chars: number;
}

const ALL: Bound = { rows: INSIGHTS_PENDING_ROWS_MAX, chars: INSIGHTS_PENDING_CHARS_MAX };
const LOGS: Bound = { rows: INSIGHTS_PENDING_LOG_ROWS_MAX, chars: INSIGHTS_PENDING_LOG_CHARS_MAX };
const shareOf = ({ rows, chars }: Bound): Bound => ({
  rows: rows * INSIGHTS_PLUGIN_SHARE_MAX,
  chars: chars * INSIGHTS_PLUGIN_SHARE_MAX,
});
const PLUGIN_ALL = shareOf(ALL);
const PLUGIN_LOGS = shareOf(LOGS);

/** What of a row counts. */
export interface RoomOfRow {
  readonly pluginId: string;
  readonly isLog: boolean;
  readonly chars: number;
}

export class RowRoom {
  readonly #all: Taken = { rows: 0, chars: 0 };
  readonly #logs: Taken = { rows: 0, chars: 0 };
  readonly #plugins = new Map<string, { readonly logs: Taken; readonly others: Taken }>();

  get chars(): number {
    return this.#all.chars;
  }

  /** Whether there is room for the row. */
  has({ kind, pluginId, errorCode }: Pick<Activity, "kind" | "pluginId" | "errorCode">): boolean {
    if (kind === "crash" || errorCode === "plugin_crashed") return true;
    const own = this.#plugins.get(pluginId);
    if (isFull(this.#all, ALL)) return false;
    if (kind !== "log") return own === undefined || !isFull(own.others, PLUGIN_ALL);
    return !isFull(this.#logs, LOGS) && (own === undefined || !isFull(own.logs, PLUGIN_LOGS));
  }

  take({ pluginId, isLog, chars }: RoomOfRow): void {
    let own = this.#plugins.get(pluginId);
    if (own === undefined) {
      own = { logs: { rows: 0, chars: 0 }, others: { rows: 0, chars: 0 } };
      this.#plugins.set(pluginId, own);
    }
    add(this.#all, 1, chars);
    if (isLog) add(this.#logs, 1, chars);
    add(isLog ? own.logs : own.others, 1, chars);
  }

  giveBack({ pluginId, isLog, chars }: RoomOfRow): void {
    const own = this.#plugins.get(pluginId)!;
    add(this.#all, -1, -chars);
    if (isLog) add(this.#logs, -1, -chars);
    add(isLog ? own.logs : own.others, -1, -chars);
    if (own.logs.rows === 0 && own.others.rows === 0) this.#plugins.delete(pluginId);
  }
}

function isFull(taken: Taken, bound: Bound): boolean {
  return taken.rows >= bound.rows || taken.chars >= bound.chars;
}

function add(taken: Taken, rows: number, chars: number): void {
  taken.rows += rows;
  taken.chars += chars;
}
