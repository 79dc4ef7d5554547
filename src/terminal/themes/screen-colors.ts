// What is known of a terminal's colours: how many it has, and whether its background is dark. Only from the environment: a
// question to the terminal would cost a round trip, and its answer could end up in what the user types.

/** How many bits a colour has: the terminal's own sixteen, a fixed 256, or any. */
export type ColorDepth = 4 | 8 | 24;

export interface ScreenColors {
  readonly depth: ColorDepth;
  /** Undefined where nobody says. */
  readonly background: "dark" | "light" | undefined;
}

type Env = Readonly<Record<string, string | undefined>>;

export function screenColors(env: Env): ScreenColors {
  return { depth: depthOf(env), background: backgroundOf(env) };
}

function depthOf(env: Env): ColorDepth {
  const term = env["TERM"] ?? "";
  const hasAny = /^(?:truecolor|24bit)$/i.test(env["COLORTERM"] ?? "") || /-direct\d*$/.test(term);
  // GNU screen hands the variable of the terminal around it to programs that it then does not understand.
  const isScreen = /^screen/.test(term) && !env["TMUX"];
  if (hasAny && !isScreen) return 24;
  return hasAny || /256color/.test(term) ? 8 : 4;
}

/** `COLORFGBG` is `15;0` for light text on dark; the last number is the background's. */
function backgroundOf(env: Env): ScreenColors["background"] {
  const last = /(?:^|;)(\d{1,2})$/.exec(env["COLORFGBG"] ?? "")?.[1];
  if (last === undefined || Number(last) > 15) return undefined;
  return Number(last) === 7 || Number(last) > 8 ? "light" : "dark";
}
