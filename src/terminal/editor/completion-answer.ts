// What could stand at the cursor of a line: how whoever knows commands tells the editor, which knows none.

export interface CompletionAnswer {
  /** The part of the line that a candidate replaces. */
  readonly from: number;
  readonly to: number;
  /** Best first. */
  readonly candidates: readonly Candidate[];
}

export interface Candidate {
  /** What is put in place of the part, quoted where that is needed. One with control characters is left out. */
  readonly value: string;
  /** What the menu shows; the editor makes it harmless. */
  readonly display: string;
  /** A few words on what it is. */
  readonly about?: string;
  /** Nothing follows it directly: a space is put behind it. A folder, or `--name=`, is not final. */
  readonly isFinal: boolean;
}
