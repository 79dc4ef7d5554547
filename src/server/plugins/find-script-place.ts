// Finds where a script goes into an HTML page: before the end tag of its head. A page is read byte by byte, once, and never
// as a whole, the way a browser reads it up to there: what stands in comments, attributes, scripts, styles and titles is no
// tag. Pages need no head and no body; where a browser would take the body as begun, no end of the head comes any more.

import { INJECT_HELD_BYTES_MAX } from "../../protocol/limits.ts";

/** Names that are longer mean nothing here. */
const NAME_CHARS_MAX = 16;
/** What may stand in a head. Any other element begins the body. */
const OF_HEAD = new Set(
  "html head base basefont bgsound link meta title script style noscript noframes template".split(" "),
);
/** What is in these is text, up to their own end tag. */
const RAW = new Set(["title", "script", "style", "noscript", "noframes"]);
/** End tags that begin the body where it has not begun; all others but that of the head are ignored there. */
const ENDS_HEAD = new Set(["body", "html", "br"]);

const [TAB, NEWLINE, FORM_FEED, RETURN, SPACE] = [0x09, 0x0a, 0x0c, 0x0d, 0x20];
const [BANG, QUOTE, APOSTROPHE, DASH, SLASH, LESS, EQUALS, GREATER, QUESTION] = [
  0x21, 0x22, 0x27, 0x2d, 0x2f, 0x3c, 0x3d, 0x3e, 0x3f,
];

type State =
  | "data"
  | "tagOpen"
  | "endTagOpen"
  | "name"
  | "inTag"
  | "beforeValue"
  | "value"
  | "quoted"
  | "declaration"
  | "declarationDash"
  | "bogus"
  | "comment"
  | "raw"
  | "rawLess"
  | "rawName";

export class ScriptPlace {
  /** Where the script goes, in bytes; undefined while that is not known. */
  at: number | undefined;
  readonly #unitBytes: number;
  #state: State = "data";
  #offset: number;
  /** Where the document begins for a script: behind the doctype, when it has one. */
  #start: number;
  /** Where the tag begins that is being read. */
  #tagAt = 0;
  #name = "";
  #isEndTag = false;
  #quote = 0;
  /** Whether the name of an attribute was read to which a "=" belongs. */
  #isInAttribute = false;
  /** Of a comment: what was read of "-->", and whether something else stood before. */
  #dashes = 0;
  #commentChars = 0;
  #afterBang = false;
  /** The element whose text is being read. */
  #raw = "";
  #rawEscape: "none" | "escaped" | "double" = "none";
  #rawTail = "";
  #isRawEnd = false;
  #templates = 0;

  /** @param unitBytes 2 for UTF-16. @param offset of the first character, behind a byte order mark. */
  constructor(unitBytes: 1 | 2, offset: number) {
    this.#unitBytes = unitBytes;
    this.#offset = offset;
    this.#start = offset;
  }

  /** Reads one character; those beyond ASCII may be given as any that is. Not to be called once the place is known. */
  push(char: number): void {
    if (this.#offset >= INJECT_HELD_BYTES_MAX) return this.end();
    this.#read(char);
    this.#offset += this.#unitBytes;
  }

  /** The page is at its end. */
  end(): void {
    this.at ??= this.#start;
  }

  #read(char: number): void {
    switch (this.#state) {
      case "data":
        if (char === LESS) {
          this.#tagAt = this.#offset;
          this.#state = "tagOpen";
        } else if (!isSpace(char)) this.#bodyBegins();
        return;
      case "tagOpen":
        return this.#readTagOpen(char);
      case "endTagOpen":
        if (isLetter(char)) return this.#beginName(char, true);
        // "</>" is nothing at all.
        this.#name = "";
        this.#state = char === GREATER ? "data" : "bogus";
        return;
      case "name":
        if (isSpace(char) || char === SLASH || char === GREATER) return this.#endName(char);
        if (this.#name.length <= NAME_CHARS_MAX) this.#name += lower(char);
        return;
      case "inTag":
        return this.#readInTag(char);
      case "beforeValue":
        return this.#readBeforeValue(char);
      case "value":
        if (char === GREATER) return this.#endTag();
        if (isSpace(char)) this.#goOnInTag();
        return;
      case "quoted":
        if (char === this.#quote) this.#goOnInTag();
        return;
      case "declaration":
        return this.#readDeclaration(char);
      case "declarationDash":
        if (char === DASH) return this.#beginComment();
        this.#state = "bogus";
        return this.#readBogus(char);
      case "bogus":
        return this.#readBogus(char);
      case "comment":
        return this.#readComment(char);
      case "raw":
      case "rawLess":
      case "rawName":
        return this.#readRaw(char);
    }
  }

  #readTagOpen(char: number): void {
    if (isLetter(char)) return this.#beginName(char, false);
    if (char === SLASH) this.#state = "endTagOpen";
    else if (char === BANG) {
      this.#name = "";
      this.#state = "declaration";
    } else if (char === QUESTION) {
      this.#name = "";
      this.#state = "bogus";
    } else {
      // A "<" that begins nothing is text.
      this.#state = "data";
      this.#bodyBegins();
      if (this.at === undefined) this.#read(char);
    }
  }

  #beginName(char: number, isEndTag: boolean): void {
    this.#isEndTag = isEndTag;
    this.#name = lower(char);
    this.#state = "name";
  }

  #endName(char: number): void {
    const name = this.#name;
    if (this.#templates === 0) {
      if (this.#isEndTag && name === "head") {
        this.at = this.#tagAt;
        return;
      }
      const beginsBody = this.#isEndTag ? ENDS_HEAD.has(name) : name !== "body" && !OF_HEAD.has(name);
      if (beginsBody) return this.end();
    }
    if (char === GREATER) return this.#endTag();
    this.#goOnInTag();
  }

  #goOnInTag(): void {
    this.#state = "inTag";
    this.#isInAttribute = false;
  }

  #readInTag(char: number): void {
    if (char === GREATER) return this.#endTag();
    if (char === SLASH) this.#isInAttribute = false;
    // Where no name stands before it, it is one.
    else if (char === EQUALS && this.#isInAttribute) this.#state = "beforeValue";
    else if (!isSpace(char)) this.#isInAttribute = true;
  }

  #readBeforeValue(char: number): void {
    if (isSpace(char)) return;
    if (char === GREATER) return this.#endTag();
    if (char === QUOTE || char === APOSTROPHE) {
      this.#quote = char;
      this.#state = "quoted";
    } else this.#state = "value";
  }

  #endTag(): void {
    const name = this.#name;
    this.#state = "data";
    if (name === "template") this.#templates = Math.max(0, this.#templates + (this.#isEndTag ? -1 : 1));
    if (this.#isEndTag) return;
    if (name === "body" && this.#templates === 0) {
      this.at = this.#offset + this.#unitBytes;
    } else if (RAW.has(name) || (this.#templates > 0 && RAW_IN_TEMPLATES.has(name))) {
      this.#raw = name;
      this.#rawEscape = "none";
      this.#rawTail = "";
      this.#state = "raw";
    }
  }

  #readDeclaration(char: number): void {
    if (char === DASH) {
      this.#state = "declarationDash";
      return;
    }
    this.#state = "bogus";
    this.#readBogus(char);
  }

  /** Up to the next ">", and a doctype is the same here. */
  #readBogus(char: number): void {
    if (char !== GREATER) {
      if (this.#name.length < NAME_CHARS_MAX) this.#name += lower(char);
      return;
    }
    this.#state = "data";
    if (this.#name.startsWith("doctype") && this.#templates === 0) this.#start = this.#offset + this.#unitBytes;
    this.#name = "";
  }

  #beginComment(): void {
    this.#state = "comment";
    this.#dashes = 0;
    this.#commentChars = 0;
    this.#afterBang = false;
  }

  /** Comments end with "-->" and "--!>"; "<!-->" and "<!--->" are comments too. */
  #readComment(char: number): void {
    const isShort = this.#commentChars === this.#dashes && this.#dashes < 2;
    if (char === GREATER && (this.#dashes >= 2 || this.#afterBang || isShort)) {
      this.#state = "data";
      return;
    }
    this.#commentChars++;
    this.#afterBang = char === BANG && this.#dashes >= 2;
    this.#dashes = char === DASH ? this.#dashes + 1 : 0;
  }

  #readRaw(char: number): void {
    if (this.#state === "rawName") {
      if (isLetter(char)) {
        if (this.#name.length <= NAME_CHARS_MAX) this.#name += lower(char);
        return;
      }
      const isWhole = isSpace(char) || char === SLASH || char === GREATER;
      this.#state = "raw";
      if (isWhole && this.#endRawName(char)) return;
    } else if (this.#state === "rawLess") {
      if (char === SLASH && !this.#isRawEnd) {
        this.#isRawEnd = true;
        this.#rawTail = "";
        return;
      }
      if (isLetter(char)) {
        this.#name = lower(char);
        this.#state = "rawName";
        return;
      }
      this.#state = "raw";
    }
    this.#followScript(char);
    if (char === LESS) {
      this.#isRawEnd = false;
      this.#state = "rawLess";
    }
  }

  /** Whether the text ended with the tag of which this is the name. */
  #endRawName(char: number): boolean {
    const isScript = this.#name === "script" && this.#raw === "script";
    if (this.#isRawEnd && this.#name === this.#raw && this.#rawEscape !== "double") {
      this.#isEndTag = true;
      if (char === GREATER) this.#endTag();
      else this.#goOnInTag();
      return true;
    }
    // A script in a comment in a script does not end the outer one.
    if (isScript && this.#isRawEnd && this.#rawEscape === "double") this.#rawEscape = "escaped";
    else if (isScript && !this.#isRawEnd && this.#rawEscape === "escaped") this.#rawEscape = "double";
    this.#rawTail = "";
    return false;
  }

  /** Comments in a script: "<!--" up to "-->". */
  #followScript(char: number): void {
    if (this.#raw !== "script") return;
    this.#rawTail = (this.#rawTail + String.fromCharCode(char)).slice(-4);
    if (this.#rawEscape === "none") {
      if (this.#rawTail === "<!--") this.#rawEscape = "escaped";
    } else if (this.#rawTail.endsWith("-->")) this.#rawEscape = "none";
  }

  #bodyBegins(): void {
    if (this.#templates === 0) this.end();
  }
}

/** Elements of the body that hold text; outside a template nothing is read any more once one begins. */
const RAW_IN_TEMPLATES = new Set(["textarea", "xmp", "iframe", "noembed"]);

function isSpace(char: number): boolean {
  return char === SPACE || char === NEWLINE || char === RETURN || char === TAB || char === FORM_FEED;
}

function isLetter(char: number): boolean {
  const small = char | 0x20;
  return small >= 0x61 && small <= 0x7a;
}

function lower(char: number): string {
  return String.fromCharCode(char >= 0x41 && char <= 0x5a ? char | 0x20 : char);
}
