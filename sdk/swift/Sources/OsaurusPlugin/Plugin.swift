// What a plugin offers, and which part of it a call is for.

/// One thing that happened in a task that this plugin started.
public struct TaskEvent {
    public enum Kind: Int32 {
        case started, activity, progress, clarification, completed, failed, cancelled, output, draft
    }

    /// As `dispatch` gave it.
    public let taskId: String
    /// Nothing for something that a newer host tells.
    public let kind: Kind?
    /// What belongs to it, such as `summary` and `output`.
    public let details: JSON
}

/// A plugin: its name, and handlers for what the host calls it with. Handlers run at the same time on several threads. An
/// error that a handler throws becomes a failure; what Swift traps on (an index that is too large, `!` on nil) does not:
/// it ends the process of the plugin, which the host reports with the stack and starts again.
public final class Plugin {
    public typealias ToolHandler = (Host, JSON) throws -> Answer
    public typealias RouteHandler = (Host, Request) throws -> Response

    /// The key with which the host tries a new plugin out; it means nothing.
    private static let probeKey = "__osaurus_abi_probe__"

    private var members: JSON
    private var tools: [(members: JSON, handler: ToolHandler)] = []
    private var routes: [(members: JSON, handler: RouteHandler)] = []
    private var configListener: ((Host, String, String) throws -> Void)?
    private var taskListener: ((Host, TaskEvent) throws -> Void)?
    private var artifactHandler: ((Host, JSON) throws -> Void)?

    /// A plugin that offers nothing yet. Its id is the one that it is installed under. Further members of the manifest
    /// are `name`, `secrets`, `capabilities.web` and the like.
    public init(_ id: String, version: String, members: JSON = [:]) {
        self.members = ["plugin_id": .string(id), "version": .string(version), "capabilities": [:]]
        self.members.merge(members)
    }

    /// Adds a tool. `parameters` is a JSON schema; arguments that it does not allow never come here. Further members are
    /// `permission_policy` and `requirements`.
    @discardableResult
    public func tool(
        _ id: String, _ description: String, parameters: JSON, members: JSON = [:], _ handler: @escaping ToolHandler
    ) -> Plugin {
        var tool: JSON = ["id": .string(id), "description": .string(description), "parameters": parameters]
        tool.merge(members)
        tools.append((tool, handler))
        return self
    }

    /// Adds a route: these methods, on this path below the plugin's address, for who may call it. Further members are
    /// `description` and `tunnel_exposed`.
    @discardableResult
    public func route(
        _ id: String, _ methods: [String] = ["GET"], path: String, auth: Auth, members: JSON = [:],
        _ handler: @escaping RouteHandler
    ) -> Plugin {
        var route: JSON = [
            "id": .string(id), "methods": .array(methods.map(JSON.string)), "path": .string(path),
            "auth": .string(auth.rawValue),
        ]
        route.merge(members)
        routes.append((route, handler))
        return self
    }

    /// Is told each setting that changes, and its value; an empty one was deleted.
    @discardableResult
    public func onConfigChanged(_ listener: @escaping (Host, String, String) throws -> Void) -> Plugin {
        configListener = listener
        return self
    }

    /// Is told what happens in tasks that this plugin started.
    @discardableResult
    public func onTaskEvent(_ listener: @escaping (Host, TaskEvent) throws -> Void) -> Plugin {
        taskListener = listener
        return self
    }

    /// Is given each file that an agent shares: `filename`, `mime_type`, `size`, `host_path`.
    @discardableResult
    public func onArtifact(_ handler: @escaping (Host, JSON) throws -> Void) -> Plugin {
        artifactHandler = handler
        return self
    }

    /// The manifest, as the host reads it.
    public var manifest: JSON {
        var capabilities: JSON = [:]
        if !tools.isEmpty { capabilities["tools"] = .array(tools.map(\.members)) }
        if !routes.isEmpty { capabilities["routes"] = .array(routes.map(\.members)) }
        if artifactHandler != nil { capabilities["artifact_handler"] = true }
        var manifest = members
        manifest.merge(["capabilities": capabilities])
        return manifest
    }

    /// Calls a tool as the host does, without one: for tests. Gives the envelope.
    public func call(_ tool: String, _ args: JSON) -> JSON {
        invoke(Host(nil), "tool", tool, args.description)
    }

    /// Sends a request to its route as the host does, without one: for tests. It needs a `route_id`.
    public func request(_ request: JSON) -> JSON {
        handle(Host(nil), request.description)
    }

    var hasRoutes: Bool { !routes.isEmpty }
    var hasConfigListener: Bool { configListener != nil }
    var hasTaskListener: Bool { taskListener != nil }

    func invoke(_ host: Host, _ kind: String, _ id: String, _ payload: String) -> JSON {
        do {
            switch kind {
            case "tool": return try runTool(host, id, payload).envelope
            case "artifact":
                try artifactHandler?(host, try Plugin.arguments(payload))
                return Answer.ok(nil).envelope
            default: throw Failure(.unavailable, "this plugin does not know calls of type \(kind)")
            }
        } catch {
            return Failure(of: error).envelope
        }
    }

    private func runTool(_ host: Host, _ id: String, _ payload: String) throws -> Answer {
        guard let tool = tools.first(where: { $0.members["id"].string == id }) else {
            throw Failure(.toolNotFound, "there is no tool \"\(id)\"")
        }
        return try tool.handler(host, try Plugin.arguments(payload))
    }

    /// No text is no arguments.
    private static func arguments(_ payload: String) throws -> JSON {
        if payload.allSatisfy(\.isWhitespace) { return [:] }
        do {
            return try JSON(parsing: payload)
        } catch {
            throw Failure(.invalidArgs, "the arguments are no JSON: \(error)")
        }
    }

    func handle(_ host: Host, _ request: String) -> JSON {
        do {
            let request = Request(try JSON(parsing: request))
            guard let route = routes.first(where: { $0.members["id"].string == request.routeId }) else {
                return Response.error(404, "there is no such route").json
            }
            return try route.handler(host, request).json
        } catch {
            // The words stay in the log: who sent the request may be anybody.
            host.log(.error, "a request: \(Failure(of: error).message)")
            return Response.error(500, "the plugin failed").json
        }
    }

    func tellConfig(_ host: Host, _ key: String, _ value: String) {
        guard key != Plugin.probeKey else { return }
        logging(host, "onConfigChanged") { try configListener?(host, key, value) }
    }

    func tellTask(_ host: Host, _ taskId: String, _ kind: Int32, _ event: String) {
        let event = TaskEvent(
            taskId: taskId, kind: TaskEvent.Kind(rawValue: kind), details: (try? JSON(parsing: event)) ?? .null)
        logging(host, "onTaskEvent") { try taskListener?(host, event) }
    }

    /// There is nobody to answer, so what goes wrong is logged.
    private func logging(_ host: Host, _ what: String, _ run: () throws -> Void) {
        do {
            try run()
        } catch {
            host.log(.error, "\(what): \(Failure(of: error).message)")
        }
    }
}
