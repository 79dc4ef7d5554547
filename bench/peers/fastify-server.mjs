// Bare Fastify, as its guide writes it: the same JSON document, and the same files with its own plugin for files. Prints its
// port. Usage: fastify-server.mjs FOLDER

import files from "@fastify/static";
import fastify from "fastify";

const app = fastify();
app.get("/items/:id", async (request) => ({ id: request.params.id, name: "Widget" }));
await app.register(files, { root: process.argv[2], prefix: "/ui/" });
console.log(new URL(await app.listen({ host: "127.0.0.1", port: 0 })).port);
process.stdin.resume().once("end", () => process.exit());
