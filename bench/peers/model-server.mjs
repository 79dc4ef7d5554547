// A model's server that thinks of nothing: an event stream of as many chunks as the last message says. `paced` sends one in
// each turn of its event loop, as servers do that get their tokens one by one; `burst` sends them all at once. Prints its
// port and ends with its input.

import { createServer } from "node:http";

const HEAD = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: "bench" };

const event = (chunk) => `data: ${JSON.stringify({ ...HEAD, ...chunk })}\n\n`;
const delta = (content, finish_reason = null) => event({ choices: [{ index: 0, delta: content, finish_reason }] });

const server = createServer(async (request, response) => {
  if (request.url.endsWith("/models")) {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ object: "list", data: [{ id: "paced" }, { id: "burst" }] }));
    return;
  }
  let text = "";
  for await (const part of request) text += part;
  const { model, messages } = JSON.parse(text);
  const count = Number(messages.at(-1).content);
  response.setHeader("content-type", "text/event-stream");
  let held = "";
  for (let i = 0; i < count; i++) {
    const chunk = delta({ content: "some words " });
    if (model === "burst") {
      held += chunk;
    } else {
      response.write(chunk);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  const usage = { prompt_tokens: 1, completion_tokens: count, total_tokens: count + 1 };
  response.end(`${held}${delta({}, "stop")}${event({ choices: [], usage })}data: [DONE]\n\n`);
});

server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.resume().on("end", () => {
  server.close();
  server.closeAllConnections();
});
