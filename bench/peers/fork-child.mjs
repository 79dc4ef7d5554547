// The other end of Node's own messages between processes: sends back what it gets.

process.on("message", (message) => process.send(message));
process.on("disconnect", () => process.exit());
