// A program of its own that keeps a conversation: says "ready", waits for a line, opens the session of a plugin's key for the
// default agent, adds pairs of turns to it, and prints the session's id. Takes its name, and how many pairs.

import { once } from "node:events";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import { controlDb } from "../../src/store/control-db.ts";
import { Sessions } from "../../src/store/sessions.ts";

const [folder, who, pairs] = process.argv.slice(2) as [string, string, string];
const db = controlDb(folder);
const sessions = new Sessions(db);
process.stdout.write("ready\n");
await once(process.stdin, "data");
process.stdin.destroy();
const wish = { agentId: DEFAULT_AGENT_ID, pluginId: "test.a", externalKey: "chat-7", title: who };
const { id } = await sessions.create(wish);
for (let pair = 0; pair < Number(pairs); pair++) {
  await sessions.append(id, [
    { role: "user", content: `${who} ${pair}` },
    { role: "assistant", content: `${who} ${pair} again` },
  ]);
}
db.close();
process.stdout.write(`${id}\n`);
