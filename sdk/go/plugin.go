// Package osaurus is what a plugin in Go needs around its own code: what it offers, the manifest made of that, answers
// in their envelopes, and the functions of the host.
//
// A plugin is a package main that describes itself in its init function and hands that to Export. A function that
// panics has failed, and nothing else happens. A panic in a goroutine of its own ends the plugin's process.
package osaurus

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Plugin is all that a plugin offers. Fields that are empty are not in the manifest.
type Plugin struct {
	ID, Version, Name, Description string

	members, capabilities map[string]any
	tools                 []*Tool
	routes                []*Route
	start                 func(*Host) error
	stop                  func(*Host)
	configChanged         func(host *Host, key, value string)
	taskEvent             func(host *Host, event TaskEvent)
	artifact              func(*Call)
}

// Tool is one tool of a plugin.
type Tool struct {
	id, description, parameters, policy string
	requirements                        []string
	run                                 func(*Call) (any, error)
}

// Route is one path that a plugin answers.
type Route struct {
	id, method, path, auth string
	tunnelExposed          bool
	serve                  func(*Request) (*Response, error)
}

// TaskEvent is what became of a task that the plugin started. Type is TaskStarted to TaskDraft.
type TaskEvent struct {
	TaskID string
	Type   int
	Event  json.RawMessage
}

// New begins a plugin.
func New(id, version string) *Plugin {
	return &Plugin{ID: id, Version: version, members: map[string]any{}, capabilities: map[string]any{}}
}

// Tool adds a tool. Parameters are a JSON Schema of the arguments; the result is anything that json.Marshal takes.
func (p *Plugin) Tool(id, description, parameters string, run func(*Call) (any, error)) *Tool {
	tool := &Tool{id: id, description: description, parameters: parameters, run: run}
	p.tools = append(p.tools, tool)
	return tool
}

// Policy says whether people are asked before the tool runs: "ask", which it is without this, "auto" or "deny".
func (t *Tool) Policy(policy string) *Tool {
	t.policy = policy
	return t
}

// Requires names what the tool needs, such as "network".
func (t *Tool) Requires(requirements ...string) *Tool {
	t.requirements = append(t.requirements, requirements...)
	return t
}

// Route adds a route.
func (p *Plugin) Route(id, method, path string, serve func(*Request) (*Response, error)) *Route {
	route := &Route{id: id, method: method, path: path, auth: "owner", serve: serve}
	p.routes = append(p.routes, route)
	return route
}

// Auth says who may ask: "owner", which it is without this, "verify" or "none".
func (r *Route) Auth(auth string) *Route {
	r.auth = auth
	return r
}

// TunnelExposed opens the route to other computers.
func (r *Route) TunnelExposed() *Route {
	r.tunnelExposed = true
	return r
}

// Member adds another member to the manifest, such as "secrets".
func (p *Plugin) Member(name string, value any) { p.members[name] = value }

// Capability adds another member to the manifest's capabilities, such as "web".
func (p *Plugin) Capability(name string, value any) { p.capabilities[name] = value }

// OnStart is called once, before anything else. With an error the plugin is not loaded.
func (p *Plugin) OnStart(start func(*Host) error) { p.start = start }

// OnStop is called once, after everything else.
func (p *Plugin) OnStop(stop func(*Host)) { p.stop = stop }

// OnConfigChanged is told of settings that somebody else changed.
func (p *Plugin) OnConfigChanged(changed func(host *Host, key, value string)) {
	p.configChanged = changed
}

// OnTaskEvent is told of tasks that the plugin started.
func (p *Plugin) OnTaskEvent(told func(host *Host, event TaskEvent)) { p.taskEvent = told }

// OnArtifact is shown every file that is shared with an agent.
func (p *Plugin) OnArtifact(shown func(*Call)) { p.artifact = shown }

// exported is the plugin that this library is.
var exported *Plugin

// Export makes this the plugin of the library. It belongs into init: a library's main never runs.
func Export(plugin *Plugin) { exported = plugin }

// Manifest is what the host reads of the plugin.
func (p *Plugin) Manifest() (string, error) {
	tools := []any{}
	for _, tool := range p.tools {
		members := map[string]any{"id": tool.id, "description": tool.description}
		if tool.parameters != "" {
			if !json.Valid([]byte(tool.parameters)) {
				return "", fmt.Errorf("the parameters of the tool %q are no JSON", tool.id)
			}
			members["parameters"] = json.RawMessage(tool.parameters)
		}
		addText(members, "permission_policy", tool.policy)
		if len(tool.requirements) > 0 {
			members["requirements"] = tool.requirements
		}
		tools = append(tools, members)
	}
	routes := []any{}
	for _, route := range p.routes {
		routes = append(routes, map[string]any{"id": route.id, "path": route.path, "methods": []string{route.method},
			"auth": route.auth, "tunnel_exposed": route.tunnelExposed})
	}
	capabilities := map[string]any{"tools": tools, "routes": routes}
	if p.artifact != nil {
		capabilities["artifact_handler"] = true
	}
	addAll(capabilities, p.capabilities)
	manifest := map[string]any{"plugin_id": p.ID, "version": p.Version, "capabilities": capabilities}
	addText(manifest, "name", p.Name)
	addText(manifest, "description", p.Description)
	addAll(manifest, p.members)
	return marshal(manifest)
}

func addText(members map[string]any, name, value string) {
	if value != "" {
		members[name] = value
	}
}

func addAll(members, more map[string]any) {
	for name, value := range more {
		members[name] = value
	}
}

// marshal leaves "<" and its like as they are: nothing here goes into a page.
func marshal(value any) (string, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return "", err
	}
	return string(bytes.TrimSuffix(out.Bytes(), []byte("\n"))), nil
}
