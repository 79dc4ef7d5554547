// The host's functions: JSON in, JSON out. They may be called while the host calls the plugin, on the same thread, since
// it is that call which has an agent.

import COsaurus

/// Why the host gave no answer.
public struct HostError: Error, Equatable, CustomStringConvertible {
    /// For programs, such as `rate_limit_exceeded`. `not_supported` is a host that does not have the function yet,
    /// `wrong_thread` a call on another thread than the handler runs on, or when the handler has returned.
    public let code: String
    public let message: String
    /// All of the answer, when there was one.
    public let answer: JSON

    init(_ code: String, _ message: String, answer: JSON = .null) {
        self.code = code
        self.message = message
        self.answer = answer
    }

    public var description: String { code == message ? code : "\(code): \(message)" }
}

public enum LogLevel: Int32 {
    case trace, debug, info, warn, error
}

/// The host, lent to a handler for one call. Kept longer, or used on another thread, it refuses everything but `log`.
public final class Host {
    private let table: UnsafePointer<osr_host_api>?
    private let thread = osr_swift_thread()
    private var isOver = false

    init(_ table: UnsafePointer<osr_host_api>?) {
        self.table = table
    }

    func end() {
        isOver = true
    }

    /// The version of its table, 1 to 6.
    public var version: Int { table.map { Int($0.pointee.version) } ?? 1 }

    /// A setting or secret of the agent that this call works for. An empty text is a value.
    public func configGet(_ key: String) throws -> String? {
        let slot = try find("config_get", since: 2) { $0.pointee.config_get }
        return take(withText(key) { slot($0) })
    }

    /// Keeps a setting for the agent that this call works for. The plugin is not told of its own change.
    public func configSet(_ key: String, _ value: String) throws {
        let slot = try find("config_set", since: 2) { $0.pointee.config_set }
        withText(key) { key in withText(value) { slot(key, $0) } }
    }

    /// Forgets a setting of the agent that this call works for.
    public func configDelete(_ key: String) throws {
        let slot = try find("config_delete", since: 2) { $0.pointee.config_delete }
        withText(key) { slot($0) }
    }

    /// Runs one statement in the plugin's own SQLite database: `changes` and `last_insert_rowid`. Parameters are a list
    /// for `?` or an object for `:name`.
    public func dbExec(_ sql: String, _ params: JSON = []) throws -> JSON {
        let slot = try find("db_exec", since: 2) { $0.pointee.db_exec }
        return try read(withText(sql) { sql in withText(params.description) { slot(sql, $0) } })
    }

    /// Runs one statement and gives `columns` and `rows`, each row a list of cells.
    public func dbQuery(_ sql: String, _ params: JSON = []) throws -> JSON {
        let slot = try find("db_query", since: 2) { $0.pointee.db_query }
        return try read(withText(sql) { sql in withText(params.description) { slot(sql, $0) } })
    }

    /// A line for the log, never with a secret. It works on every thread. A host of version 1 has no log.
    public func log(_ level: LogLevel, _ message: String) {
        guard let table, version >= 2 else { return }
        withText(message) { table.pointee.log(level.rawValue, $0) }
    }

    /// A line with an object beside it. A host before version 5 gets the line alone.
    public func logStructured(_ level: LogLevel, _ message: String, _ payload: JSON) {
        guard let table, version >= 5 else { return log(level, message) }
        withText(message) { line in
            withText(payload.description) { table.pointee.log_structured(level.rawValue, line, $0) }
        }
    }

    /// Starts a task: an agent that goes on by itself. Gives its `id`; `onTaskEvent` is told the rest.
    public func dispatch(_ request: JSON) throws -> JSON {
        let slot = try find("dispatch", since: 2) { $0.pointee.dispatch }
        return try read(withText(request.description) { slot($0) })
    }

    /// What a task of this plugin does, or how it ended.
    public func taskStatus(_ taskId: String) throws -> JSON {
        let slot = try find("task_status", since: 2) { $0.pointee.task_status }
        return try read(withText(taskId) { slot($0) })
    }

    /// Ends a task.
    public func dispatchCancel(_ taskId: String) throws {
        let slot = try find("dispatch_cancel", since: 2) { $0.pointee.dispatch_cancel }
        withText(taskId) { slot($0) }
    }

    /// Reserved: nothing happens. An answer to a question is a `dispatch` with the same `session_id`.
    public func dispatchClarify(_ taskId: String, _ response: String) throws {
        let slot = try find("dispatch_clarify", since: 2) { $0.pointee.dispatch_clarify }
        withText(taskId) { taskId in withText(response) { slot(taskId, $0) } }
    }

    /// Asks a model and waits for its answer; tools that it calls are run by the host.
    public func complete(_ request: JSON) throws -> JSON {
        let slot = try find("complete", since: 2) { $0.pointee.complete }
        return try read(withText(request.description) { slot($0) })
    }

    /// The same, and gives each piece to `onChunk` as it comes, on this thread. After an error no more pieces are given,
    /// and the error is this function's when the host is done.
    public func completeStream(_ request: JSON, onChunk: (JSON) throws -> Void) throws -> JSON {
        let slot = try find("complete_stream", since: 2) { $0.pointee.complete_stream }
        return try withoutActuallyEscaping(onChunk) { onChunk in
            let stream = Stream(onChunk)
            let answer = withExtendedLifetime(stream) {
                withText(request.description) { request in
                    slot(request, { chunk, stream in
                        guard let chunk, let stream else { return }
                        Unmanaged<Stream>.fromOpaque(stream).takeUnretainedValue().forward(chunk)
                    }, Unmanaged.passUnretained(stream).toOpaque())
                }
            }
            let text = take(answer)
            if let failed = stream.failed { throw failed }
            return try Host.parse(text)
        }
    }

    /// Turns texts into vectors.
    public func embed(_ request: JSON) throws -> JSON {
        let slot = try find("embed", since: 2) { $0.pointee.embed }
        return try read(withText(request.description) { slot($0) })
    }

    /// The models that the host can ask.
    public func listModels() throws -> JSON {
        let slot = try find("list_models", since: 2) { $0.pointee.list_models }
        return try read(slot())
    }

    /// Sends an HTTP request to the public internet: `status`, `headers`, `body`, `body_encoding`.
    public func httpRequest(_ request: JSON) throws -> JSON {
        let slot = try find("http_request", since: 2) { $0.pointee.http_request }
        return try read(withText(request.description) { slot($0) })
    }

    /// A file that was shared with agents: `data` in base64, `size`, `mime_type`.
    public func fileRead(_ request: JSON) throws -> JSON {
        let slot = try find("file_read", since: 2) { $0.pointee.file_read }
        return try read(withText(request.description) { slot($0) })
    }

    /// The tasks of this plugin that are not over.
    public func listActiveTasks() throws -> JSON {
        let slot = try find("list_active_tasks", since: 2) { $0.pointee.list_active_tasks }
        return try read(slot())
    }

    /// Shows an object to who watches a task.
    public func sendDraft(_ taskId: String, _ draft: JSON) throws {
        let slot = try find("send_draft", since: 2) { $0.pointee.send_draft }
        withText(taskId) { taskId in withText(draft.description) { slot(taskId, $0) } }
    }

    /// Stops what the agent does now. A message is the user's next in its conversation; an empty one is none.
    public func dispatchInterrupt(_ taskId: String, _ message: String = "") throws {
        let slot = try find("dispatch_interrupt", since: 2) { $0.pointee.dispatch_interrupt }
        withText(taskId) { taskId in withText(message) { slot(taskId, $0) } }
    }

    /// Reserved: it answers the error `not_supported`.
    public func dispatchAddIssue(_ taskId: String, _ issue: JSON) throws -> JSON {
        let slot = try find("dispatch_add_issue", since: 2) { $0.pointee.dispatch_add_issue }
        return try read(withText(taskId) { taskId in withText(issue.description) { slot(taskId, $0) } })
    }

    /// Ends the `completeStream` that was given this `stream_id`; also from its `onChunk`.
    public func completeCancel(_ streamId: String) throws {
        let slot = try find("complete_cancel", since: 3) { $0.pointee.complete_cancel }
        withText(streamId) { slot($0) }
    }

    /// The agent that this call works for; none while the plugin is loaded and let go.
    public func getActiveAgentId() throws -> String? {
        let slot = try find("get_active_agent_id", since: 4) { $0.pointee.get_active_agent_id }
        return take(slot())
    }

    /// A slot, looked at only when the host says that it has it: the table of an older host ends before it.
    private func find<Slot>(
        _ name: String, since: Int, _ pick: (UnsafePointer<osr_host_api>) -> Slot?
    ) throws -> Slot {
        guard !isOver, osr_swift_thread() == thread else {
            throw HostError("wrong_thread", "\(name) was called outside the call that the host was lent for")
        }
        guard let table, version >= since, let slot = pick(table) else {
            throw HostError("not_supported", "\(name) needs a host of version \(since) or later")
        }
        return slot
    }

    /// Copies a text of the host's and gives it back, in the way of the host's version.
    private func take(_ text: UnsafePointer<CChar>?) -> String? {
        guard let text else { return nil }
        let copy = String(cString: text)
        if let table, version >= 6 {
            table.pointee.free_string(text)
        } else {
            osr_swift_free(text)
        }
        return copy
    }

    private func read(_ text: UnsafePointer<CChar>?) throws -> JSON {
        try Host.parse(take(text))
    }

    /// What the host said, read; an object with an `error` that is a text is one.
    static func parse(_ text: String?) throws -> JSON {
        guard let text else { throw HostError("no_answer", "the host gave no answer") }
        let answer: JSON
        do {
            answer = try JSON(parsing: text)
        } catch {
            throw HostError("no_answer", "the host's answer is no JSON: \(error)")
        }
        guard let problem = answer["error"].string else { return answer }
        // SQL mistakes stand in `error` as words, with their code beside them.
        throw HostError(answer["code"].string ?? problem, answer["message"].string ?? problem, answer: answer)
    }
}

@available(*, unavailable)
extension Host: @unchecked Sendable {}

/// For the other side. A text there ends at the first NUL, so those inside are made visible.
func withText<Result>(_ text: String, _ body: (UnsafePointer<CChar>) -> Result) -> Result {
    guard text.utf8.contains(0) else { return text.withCString(body) }
    var visible = String.UnicodeScalarView()
    for scalar in text.unicodeScalars { visible.append(scalar == "\0" ? "\u{FFFD}" : scalar) }
    return String(visible).withCString(body)
}

/// What is on its way while the host streams.
private final class Stream {
    let onChunk: (JSON) throws -> Void
    var failed: Error?

    init(_ onChunk: @escaping (JSON) throws -> Void) {
        self.onChunk = onChunk
    }

    func forward(_ chunk: UnsafePointer<CChar>) {
        // What is no JSON would be a mistake of the host's: the whole answer says it again.
        guard failed == nil, let chunk = try? JSON(parsing: String(cString: chunk)) else { return }
        do {
            try onChunk(chunk)
        } catch {
            failed = error
        }
    }
}
