// The border to the host: the table of functions that the entries give it. What the host passes in is valid only during
// the call, so it is copied; what is returned is the plugin's own memory, and comes back to `free_string`.

import COsaurus

/// Given by the entry; stays where it is as long as the process lives. Nothing: a host of version 1.
private var hostTable: UnsafePointer<osr_host_api>?
private var buildPlugin: (() -> Plugin)?
/// The plugin that the entry made to see what it offers; `init` takes it.
private var madePlugin: Plugin?
/// Given to the host, once.
private var pluginTable: UnsafeMutablePointer<osr_plugin_api>?

/// What both entries of a plugin do:
///
///     @_cdecl("osaurus_plugin_entry_v2")
///     public func entryWithHost(_ host: UnsafeRawPointer?) -> UnsafeRawPointer? { enter(host, makePlugin) }
///
///     @_cdecl("osaurus_plugin_entry")
///     public func entryWithoutHost() -> UnsafeRawPointer? { enter(nil, makePlugin) }
public func enter(_ host: UnsafeRawPointer?, _ build: @escaping () -> Plugin) -> UnsafeRawPointer? {
    hostTable = host?.assumingMemoryBound(to: osr_host_api.self)
    buildPlugin = build
    let plugin = build()
    madePlugin = plugin
    if pluginTable == nil {
        pluginTable = .allocate(capacity: 1)
        pluginTable?.initialize(to: makeTable(plugin))
    }
    return UnsafeRawPointer(pluginTable)
}

/// Callbacks that the plugin has no use for are left out, so that the host does not make those calls.
private func makeTable(_ plugin: Plugin) -> osr_plugin_api {
    var table = osr_plugin_api()
    table.version = OSR_ABI_VERSION_6
    table.free_string = { osr_swift_free($0) }
    table.`init` = {
        let plugin = madePlugin ?? buildPlugin?()
        madePlugin = nil
        return plugin.map { Unmanaged.passRetained($0).toOpaque() }
    }
    table.destroy = { ctx in
        if let ctx { Unmanaged<Plugin>.fromOpaque(ctx).release() }
    }
    table.get_manifest = { ctx in give(lent(ctx)?.manifest) }
    table.invoke = { ctx, kind, id, payload in
        give(lending { host in lent(ctx)?.invoke(host, copy(kind), copy(id), copy(payload)) })
    }
    if plugin.hasRoutes {
        table.handle_route = { ctx, request in
            give(lending { host in lent(ctx)?.handle(host, copy(request)) })
        }
    }
    if plugin.hasConfigListener {
        table.on_config_changed = { ctx, key, value in
            lending { host in lent(ctx)?.tellConfig(host, copy(key), copy(value)) }
        }
    }
    if plugin.hasTaskListener {
        table.on_task_event = { ctx, taskId, kind, event in
            lending { host in lent(ctx)?.tellTask(host, copy(taskId), kind, copy(event)) }
        }
    }
    return table
}

/// Lends the host out for one call.
private func lending<Result>(_ run: (Host) -> Result) -> Result {
    let host = Host(hostTable)
    defer { host.end() }
    return run(host)
}

private func lent(_ ctx: UnsafeMutableRawPointer?) -> Plugin? {
    ctx.map { Unmanaged<Plugin>.fromOpaque($0).takeUnretainedValue() }
}

private func copy(_ text: UnsafePointer<CChar>?) -> String {
    text.map { String(cString: $0) } ?? ""
}

private func give(_ value: JSON?) -> UnsafePointer<CChar>? {
    guard let value else { return nil }
    var text = value.description
    return text.withUTF8 { UnsafePointer(osr_swift_copy($0.baseAddress, $0.count)) }
}
