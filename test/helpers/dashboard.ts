// The dashboard as a person has it: the real `osaurus serve` on a home of its own, and a browser that is signed in.

import { once } from "node:events";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { type Profile, startBrowser, type TestBrowser, type WatchedPage } from "./browser.ts";
import { type CliResult, runCli, startCli } from "./run-cli.ts";
import { makeTempHome, type TempHome } from "./temp-home.ts";

export interface DashboardOptions {
  /** Makes the home ready before the host starts: installs fixtures, adds a model provider. */
  prepare?(home: TempHome): void | Promise<void>;
  /** For `osaurus serve`, besides its port. */
  readonly args?: readonly string[];
  /** Names that the browser takes for this machine's. */
  readonly names?: readonly string[];
  /** Besides those of the home. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface TestDashboard {
  readonly home: TempHome;
  /** Of the host, for programs that a test starts. */
  readonly env: Readonly<Record<string, string>>;
  /** Of the dashboard: http://localhost:PORT, without a slash at the end. */
  readonly url: string;
  /** Of the host: http://127.0.0.1:PORT. */
  readonly hostUrl: string;
  /** Lets in to the whole host, in a Bearer header. */
  readonly key: string;
  readonly browser: TestBrowser;
  /** In which somebody is signed in. */
  readonly profile: Profile;
  /** The first page of that profile. */
  readonly page: Page;
  /** The same, with all that went wrong in it. */
  readonly watched: WatchedPage;
  /** Another page that is signed in. */
  newPage(): Promise<WatchedPage>;
  /** Signs another profile's page in, as `osaurus ui` does. */
  signIn(page: Page): Promise<void>;
  /** Runs the program on the same home. */
  osaurus(...args: readonly string[]): Promise<CliResult>;
  /** Ends the host as a crash of the machine does, and starts it anew at the same port: nobody is signed in then. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** For a test file: the caller stops it in `afterAll`. */
export async function startDashboard(options: DashboardOptions = {}): Promise<TestDashboard> {
  // First of all: where there is no browser, nothing else is left running.
  const browser = await startBrowser(options.names === undefined ? {} : { names: options.names });
  const home = makeTempHome();
  const env = { ...home.env, ...options.env };
  const osaurus = (...args: readonly string[]) => runCli(args, { program: "osaurus", env });
  let serving: Serving | undefined;
  try {
    await options.prepare?.(home);
    serving = await serve(env, "0", options.args);
    const { port } = new URL(serving.url);
    const made = await osaurus("keys", "create", "--name", "test", "--json");
    const profile = await browser.keptProfile();
    const watched = await profile.newPage();
    const signIn = async (page: Page) => {
      const { stdout, stderr } = await osaurus("ui", "--print");
      if (stdout === "") throw new Error(stderr);
      await page.goto(stdout.trim());
      await page.getByRole("navigation", { name: "Places" }).waitFor({ state: "attached" });
    };
    await signIn(watched.page);
    return {
      home,
      env,
      url: `http://localhost:${port}`,
      hostUrl: serving.url,
      key: (JSON.parse(made.stdout) as { key: string }).key,
      browser,
      profile,
      page: watched.page,
      watched,
      newPage: () => profile.newPage(),
      signIn,
      osaurus,
      async restart() {
        await serving!.stop("SIGKILL");
        serving = await serve(env, port, options.args);
      },
      async stop() {
        await browser.close();
        await serving!.stop("SIGTERM");
        home.remove();
      },
    };
  } catch (error) {
    await browser.close();
    await serving?.stop("SIGKILL");
    home.remove();
    throw error;
  }
}

interface Serving {
  readonly url: string;
  stop(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
}

async function serve(env: TestDashboard["env"], port: string, args: readonly string[] = []): Promise<Serving> {
  const { child, result } = startCli(["serve", "--port", port, ...args], { program: "osaurus", env });
  let line = "";
  child.stdout!.on("data", (chunk: Buffer) => {
    line += chunk.toString("utf8");
  });
  while (!line.includes("\n")) {
    const ended = await Promise.race([once(child.stdout!, "data").then(() => undefined), result]);
    if (ended !== undefined) throw new Error(`serve ended with ${ended.code}:\n${ended.stderr}`);
  }
  return {
    url: line.trim(),
    async stop(signal) {
      child.kill(signal);
      await result;
    },
  };
}

const FADED = `new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted))).then(() =>
  Promise.allSettled(document.getAnimations().filter((one) => one instanceof CSSTransition).map((one) => one.finished)))`;

interface AxeFinding {
  readonly id: string;
  readonly impact: string | null;
  readonly help: string;
  readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary?: string }[];
}

/**
 * Looks at the page as it is now with axe, in light and in dark colours. Fails with each serious or critical finding. The page is left
 * in light colours.
 */
export async function checkAccessibility(page: Page): Promise<void> {
  const problems: string[] = [];
  for (const colorScheme of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.locator(`html[data-mantine-color-scheme="${colorScheme}"]`).waitFor();
    // Colours fade from one to the other; what turns for ever need not end.
    await page.evaluate(FADED);
    await page.evaluate(axe.source);
    const found = await page.evaluate<AxeFinding[]>(
      "axe.run(document, { resultTypes: ['violations'] }).then((r) => r.violations)",
    );
    for (const { id, impact, help, nodes } of found) {
      if (impact !== "serious" && impact !== "critical") continue;
      for (const { target, failureSummary } of nodes) {
        problems.push(`${colorScheme}: ${id} (${impact}): ${help}: ${target.join(" ")}: ${failureSummary ?? ""}`);
      }
    }
  }
  if (problems.length > 0) throw new Error(`axe at ${page.url()}:\n${problems.join("\n")}`);
}
