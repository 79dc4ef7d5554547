// What a tool gives back: a result, or a failure that it throws. The envelope is written here, so none is without `ok`
// ("Osaurus: Tool Contract").

/// The result of a tool, with what may stand beside it.
public struct Answer {
    let result: JSON
    let summary: String?

    /// `["text": ...]` is shown as Markdown. The summary is one sentence for people and models.
    public static func ok(_ result: JSON, summary: String? = nil) -> Answer {
        Answer(result: result, summary: summary)
    }

    var envelope: JSON {
        var envelope: JSON = ["ok": true, "result": result]
        if let summary { envelope["summary"] = .string(summary) }
        return envelope
    }
}

/// Why there is no result: throw it. Every other error becomes one of the kind `executionError`.
public struct Failure: Error, Equatable {
    public enum Kind: String {
        case invalidArgs = "invalid_args"
        case timeout
        case executionError = "execution_error"
        case unavailable
        case rejected
        case userDenied = "user_denied"
        case toolNotFound = "tool_not_found"
    }

    let kind: Kind
    let message: String
    let code: String?
    let field: String?
    let retryable: Bool?

    /// The model reads the message. `field` is the argument that is wrong, `code` a word of your own for programs; each
    /// kind has a default for `retryable`.
    public init(_ kind: Kind, _ message: String, code: String? = nil, field: String? = nil, retryable: Bool? = nil) {
        self.kind = kind
        self.message = message
        self.code = code
        self.field = field
        self.retryable = retryable
    }

    /// What any error is as a failure.
    init(of error: Error) {
        self = error as? Failure ?? Failure(.executionError, String(describing: error))
    }

    var envelope: JSON {
        var envelope: JSON = ["ok": false, "kind": .string(kind.rawValue), "message": .string(message)]
        if let code { envelope["error"] = .string(code) }
        if let field { envelope["field"] = .string(field) }
        if let retryable { envelope["retryable"] = .bool(retryable) }
        return envelope
    }
}
