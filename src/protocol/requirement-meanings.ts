// What plugins ask for, in words that people who consent to it understand: the same at the terminal and in the dashboard.

const MEANINGS: Readonly<Record<string, string>> = {
  network: "connect to other computers",
  filesystem: "read and write files",
  disk: "read all files of this user",
  automation: "control other programs",
  automation_calendar: "control the calendar program",
  accessibility: "watch and control the screen and the keyboard",
  calendar: "use the calendar",
  camera: "look through the camera",
  contacts: "use the contacts",
  location: "know where this computer is",
  maps: "use maps",
  microphone: "listen to the microphone",
  notes: "use the notes",
  reminders: "use the reminders",
  screen_recording: "record the screen",
};

/** What tools say that they need. */
interface AskingTool {
  readonly id: string;
  readonly requirements?: readonly string[] | undefined;
}

export interface RequirementUse {
  /** As the plugin names it. */
  readonly id: string;
  /** In plain words; undefined for names that are the plugin's own. */
  readonly meaning: string | undefined;
  /** The ids of the tools that need it. */
  readonly tools: readonly string[];
}

/** All that the tools need, each once, in the order in which it comes up. */
export function requirementUses(tools: readonly AskingTool[]): RequirementUse[] {
  const users = new Map<string, string[]>();
  for (const { id, requirements = [] } of tools) {
    for (const one of requirements) users.set(one, [...(users.get(one) ?? []), id]);
  }
  return [...users].map(([id, ids]) => ({ id, meaning: meaningOf(id), tools: ids }));
}

function meaningOf(requirement: string): string | undefined {
  return Object.hasOwn(MEANINGS, requirement) ? MEANINGS[requirement] : undefined;
}
