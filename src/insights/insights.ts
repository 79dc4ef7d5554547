// Insights: the rows that say what plugins were asked and what they asked, in `<data>/insights.db`. Recording costs a
// call nothing to speak of: a row is put aside, and a little later many of them are cleaned, cut and handed to another
// process, which writes them. Whatever is wrong with the disk, plugins do not notice.

import type { Activity, Recorder } from "../protocol/activity.ts";
import {
  INSIGHTS_AGE_MS_MAX,
  INSIGHTS_BYTES_MAX,
  INSIGHTS_FLUSH_MS,
  INSIGHTS_RETRY_MS,
  INSIGHTS_STOP_MS_MAX,
  INSIGHTS_TRIES_MAX,
} from "../protocol/limits.ts";
import { InsightsFile } from "./insights-file.ts";
import { type Batch, PendingRows } from "./pending-rows.ts";
import type { Redact } from "./tidy-row.ts";

export interface InsightsOptions {
  /** `<data>/insights.db`. */
  readonly path: string;
  /** The program that holds a database. */
  readonly program: string;
  /** Nothing is recorded when false. */
  readonly isOn?: boolean;
  readonly ageMsMax?: number;
  readonly bytesMax?: number;
  /** After a failure, the next try; for tests. */
  readonly retryMs?: number;
  /** Said once when rows cannot be kept. */
  warn(text: string): void;
}

export class Insights implements Recorder {
  readonly #options: InsightsOptions;
  readonly #file: InsightsFile;
  readonly #pending = new PendingRows();
  #isOn: boolean;
  /** Rows that were taken and could not be written yet. */
  #held: Batch | undefined;
  #tries = 0;
  /** The file is being opened, or was. */
  #isAhead = false;
  #hasWarned = false;
  #timer: NodeJS.Timeout | undefined;
  #soon: NodeJS.Immediate | undefined;
  /** How many wait until everything is written. */
  #flushes = 0;
  /** Set while a failure is waited out. */
  #pause: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;

  constructor(options: InsightsOptions) {
    const { path, program, ageMsMax = INSIGHTS_AGE_MS_MAX, bytesMax = INSIGHTS_BYTES_MAX, warn } = options;
    this.#options = options;
    this.#isOn = options.isOn ?? true;
    this.#file = new InsightsFile({ path, program, ageMsMax, bytesMax, warn });
  }

  /**
   * Takes a row. Never waits, never throws; nothing is done with it before whoever called goes on.
   *
   * @param redact takes the plugin's secrets out of a text, and gives no more of it than so many characters.
   */
  record(row: Activity, redact?: Redact): void {
    if (!this.#isOn) return;
    this.#pending.add(row, redact);
    if (this.#writing === undefined) this.#wake();
  }

  /** Writes what waits; resolves when it is on disk, or cannot be. */
  async flush(): Promise<void> {
    this.#flushes++;
    await this.#writing;
    if (this.#isOn && this.#hasRows) await this.#write();
    this.#flushes--;
  }

  /** Writes what waits and lets go of the file. Takes two seconds at most. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    const { promise: tooLate, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, INSIGHTS_STOP_MS_MAX);
    const inTime = this.flush().then(() => {
      this.#isOn = false;
      return this.#file.close();
    });
    await Promise.race([inTime, tooLate]);
    clearTimeout(timer);
    this.#isOn = false;
    this.#file.kill();
    await inTime;
    this.#endWaits();
    this.#pending.clear();
    this.#held = undefined;
  }

  get #hasRows(): boolean {
    return this.#pending.size > 0 || this.#held !== undefined;
  }

  /** One writer at a time. Never fails. */
  #write(): Promise<void> {
    this.#endWaits();
    this.#writing ??= this.#writeBatches().finally(() => {
      this.#writing = undefined;
      this.#wake();
    });
    return this.#writing;
  }

  /** Rows that did not wait long yet and fill no batch are left for the next time, unless somebody waits for them. */
  async #writeBatches(): Promise<void> {
    do {
      this.#held ??= this.#pending.take();
      if (this.#held === undefined) return;
      const outcome = await this.#file.write(this.#held, this.#tries > 0);
      if (outcome === "refused") return this.#giveUp();
      if (outcome !== "written" && !this.#mayDrop(outcome)) return this.#waitALittle(outcome.problem);
      this.#held = undefined;
      this.#tries = 0;
      if (outcome === "written") this.#pending.tellDropped();
    } while (this.#pending.isBatch || this.#flushes > 0);
  }

  /** Whether it is the rows that are at fault and not the disk: these would keep all others from being written. */
  #mayDrop({ isOfRows }: { readonly isOfRows: boolean }): boolean {
    this.#tries++;
    if (!isOfRows || this.#tries < INSIGHTS_TRIES_MAX || this.#held === undefined) return false;
    this.#pending.drop(this.#held);
    return true;
  }

  /** Sees to it that what waits is written. */
  #wake(): void {
    if (!this.#isOn || !this.#hasRows || this.#pause !== undefined) return;
    // The program may end without: whoever ends it stops the host, and with it this.
    this.#timer ??= setTimeout(() => void this.#write(), INSIGHTS_FLUSH_MS).unref();
    if (!this.#isAhead) {
      this.#isAhead = true;
      setImmediate(() => this.#isOn && this.#file.openAhead());
    }
    if (this.#pending.isBatch) this.#soon ??= setImmediate(() => void this.#write());
  }

  #waitALittle(problem: string): void {
    if (!this.#isOn) return;
    if (!this.#hasWarned) {
      this.#hasWarned = true;
      this.#options.warn(`what plugins do cannot be recorded: ${problem}; it is tried again from time to time`);
    }
    this.#pause = setTimeout(() => void this.#write(), this.#options.retryMs ?? INSIGHTS_RETRY_MS).unref();
  }

  /** A later Osprey changed the file: what we write could be wrong there. The file says so, once. */
  #giveUp(): void {
    this.#isOn = false;
    this.#held = undefined;
    this.#pending.clear();
  }

  #endWaits(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#pause);
    clearImmediate(this.#soon);
    this.#timer = this.#pause = this.#soon = undefined;
  }
}
