// HTTP requests that reach a plugin, and its answers ("Osaurus: Routes and Web").

/// Who may call a route: anybody; anybody, and the plugin checks a signature itself; who has a key of this host.
public enum Auth: String {
    case none, verify, owner
}

/// A request as the host hands it over.
public struct Request {
    /// All that the host said, with members that have no name here.
    public let json: JSON

    public init(_ json: JSON) {
        self.json = json
    }

    public var routeId: String { json["route_id"].string ?? "" }
    /// In capital letters. `HEAD` comes to the routes for `GET`; its body is left out by the host.
    public var method: String { json["method"].string ?? "" }
    /// Below the plugin's own address, with the query.
    public var path: String { json["path"].string ?? "" }

    /// What stands in the place of `:name` in the route's path.
    public func param(_ name: String) -> String? { json["path_params"][name].string }
    public func query(_ name: String) -> String? { json["query"][name].string }
    /// The header's name in small letters.
    public func header(_ name: String) -> String? { json["headers"][name].string }

    public var body: [UInt8] {
        let text = json["body"].string ?? ""
        return json["body_encoding"].string == "base64" ? Base64.decode(text) ?? [] : Array(text.utf8)
    }
}

/// An answer to a request.
public struct Response {
    var json: JSON

    /// A status, with or without a body.
    public init(status: Int, body: String? = nil, headers: [String: String] = [:]) {
        json = ["status": .integer(Int64(status)), "headers": .object(headers.mapValues(JSON.string))]
        if let body { json["body"] = .string(body) }
    }

    public static func json(_ value: JSON, status: Int = 200) -> Response {
        Response(status: status, body: value.description, headers: ["content-type": "application/json"])
    }

    public static func text(_ text: String, status: Int = 200) -> Response {
        Response(status: status, body: text, headers: ["content-type": "text/plain; charset=utf-8"])
    }

    public static func bytes(_ bytes: [UInt8], type: String, status: Int = 200) -> Response {
        var response = Response(status: status, body: Base64.encode(bytes), headers: ["content-type": type])
        response.json["body_encoding"] = "base64"
        return response
    }

    /// In the shape in which the host reports errors.
    public static func error(_ status: Int, _ message: String) -> Response {
        .json(["error": ["message": .string(message)]], status: status)
    }
}
