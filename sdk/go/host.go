package osaurus

// #include "bridge.h"
import "C"

import (
	"encoding/json"
	"fmt"
	"runtime/cgo"
	"strings"
	"unsafe"
)

// Host is the host as one call sees it. It works in the goroutine of that call, until the call returns; a goroutine of
// the plugin's own gets the error "context_unavailable", for nobody could say whom it asks for. Log works everywhere.
type Host struct{ call uint64 }

// HostError is what the host answered instead.
type HostError struct {
	// Function is the host's function, Code what went wrong, such as "not_found".
	Function, Code, Message string
	// Answer is all of it.
	Answer json.RawMessage
}

func (e *HostError) Error() string { return fmt.Sprintf("%s: %s: %s", e.Function, e.Code, e.Message) }

// Version is the version of the host's interface; 0 where there is no host.
func (h *Host) Version() int {
	if h.call == 0 {
		return 0
	}
	return int(C.osr_go_host_version())
}

func (h *Host) mayAsk(function slot) error {
	if h.Version() < function.since {
		return &HostError{Function: function.name, Code: "not_supported", Message: "this host does not have it"}
	}
	if uint64(C.osr_go_current_call()) != h.call {
		return &HostError{Function: function.name, Code: "context_unavailable",
			Message: "the host was asked outside of the call that it came with"}
	}
	return nil
}

// text makes a text for C, to be freed. What is behind a NUL would be lost, so it is made visible.
func text(value string) *C.char { return C.CString(strings.ReplaceAll(value, "\x00", "\uFFFD")) }

func free(value *C.char) { C.free(unsafe.Pointer(value)) }

// take copies a text of the host and gives it back.
func take(answer *C.char) (string, bool) {
	if answer == nil {
		return "", false
	}
	defer C.osr_go_release(answer)
	return C.GoString(answer), true
}

// ask is for functions that answer with JSON. More is nil where there is no second text.
func (h *Host) ask(function slot, first string, more *string) (json.RawMessage, error) {
	if err := h.mayAsk(function); err != nil {
		return nil, err
	}
	one := text(first)
	defer free(one)
	if more == nil {
		return read(function, C.osr_go_ask_one(C.int(function.index), one))
	}
	two := text(*more)
	defer free(two)
	return read(function, C.osr_go_ask_two(C.int(function.index), one, two))
}

func (h *Host) askJSON(function slot, request any) (json.RawMessage, error) {
	document, err := marshal(request)
	if err != nil {
		return nil, err
	}
	return h.ask(function, document, nil)
}

func (h *Host) askNothing(function slot) (json.RawMessage, error) {
	if err := h.mayAsk(function); err != nil {
		return nil, err
	}
	return read(function, C.osr_go_ask(C.int(function.index)))
}

func read(function slot, answer *C.char) (json.RawMessage, error) {
	document, _ := take(answer)
	members := map[string]json.RawMessage{}
	if err := json.Unmarshal([]byte(document), &members); err != nil {
		return nil, &HostError{Function: function.name, Code: "no_answer", Message: "the host gave no answer"}
	}
	failed := &HostError{Function: function.name, Answer: json.RawMessage(document)}
	if json.Unmarshal(members["error"], &failed.Code) == nil && len(members["error"]) > 0 {
		failed.Message = failed.Code
		_ = json.Unmarshal(members["message"], &failed.Message)
		// SQL mistakes stand in "error" as words, with their code beside them.
		_ = json.Unmarshal(members["code"], &failed.Code)
		return nil, failed
	}
	return json.RawMessage(document), nil
}

func (h *Host) tell(function slot, first string, more *string) error {
	if err := h.mayAsk(function); err != nil {
		return err
	}
	one := text(first)
	defer free(one)
	if more == nil {
		C.osr_go_tell_one(C.int(function.index), one)
		return nil
	}
	two := text(*more)
	defer free(two)
	C.osr_go_tell_two(C.int(function.index), one, two)
	return nil
}

// Config reads a setting or secret of the agent that the call is for. False: there is none.
func (h *Host) Config(key string) (string, bool) {
	if h.mayAsk(slotConfigGet) != nil {
		return "", false
	}
	name := text(key)
	defer free(name)
	return take(C.osr_go_ask_one(C.int(slotConfigGet.index), name))
}

// SetConfig keeps a setting for the agent that the call is for.
func (h *Host) SetConfig(key, value string) error { return h.tell(slotConfigSet, key, &value) }

// DeleteConfig forgets a setting of the agent that the call is for.
func (h *Host) DeleteConfig(key string) error { return h.tell(slotConfigDelete, key, nil) }

// AgentID names the agent that the call is for. False: there is none.
func (h *Host) AgentID() (string, bool) {
	if h.mayAsk(slotGetActiveAgentId) != nil {
		return "", false
	}
	return take(C.osr_go_ask(C.int(slotGetActiveAgentId.index)))
}

// Log writes a line into the plugin's log. Levels are LogTrace to LogError. It works in every goroutine.
func (h *Host) Log(level int, message string) { h.log(level, message, nil) }

// LogStructured writes a line with an object beside it. A host before version 5 gets the line alone.
func (h *Host) LogStructured(level int, message string, payload any) {
	document, err := marshal(payload)
	if err != nil {
		document = "{}"
	}
	given := text(document)
	defer free(given)
	h.log(level, message, given)
}

func (h *Host) log(level int, message string, payload *C.char) {
	if h.Version() < slotLog.since {
		return
	}
	line := text(message)
	defer free(line)
	C.osr_go_log(C.int(level), line, payload)
}

// DBExec runs a statement in the plugin's own database. Parameters are a list or a map.
func (h *Host) DBExec(sql string, params any) (json.RawMessage, error) {
	return h.sql(slotDbExec, sql, params)
}

// DBQuery runs a statement and gives {"columns","rows"}.
func (h *Host) DBQuery(sql string, params any) (json.RawMessage, error) {
	return h.sql(slotDbQuery, sql, params)
}

func (h *Host) sql(function slot, sql string, params any) (json.RawMessage, error) {
	if params == nil {
		params = []any{}
	}
	document, err := marshal(params)
	if err != nil {
		return nil, err
	}
	return h.ask(function, sql, &document)
}

// HTTPRequest sends a request to the public internet.
func (h *Host) HTTPRequest(request any) (json.RawMessage, error) {
	return h.askJSON(slotHttpRequest, request)
}

// FileRead reads a file that was shared with agents.
func (h *Host) FileRead(path string) (json.RawMessage, error) {
	return h.askJSON(slotFileRead, map[string]string{"path": path})
}

// ListModels lists the models that the host can ask.
func (h *Host) ListModels() (json.RawMessage, error) { return h.askNothing(slotListModels) }

// Embed turns texts into vectors.
func (h *Host) Embed(request any) (json.RawMessage, error) { return h.askJSON(slotEmbed, request) }

// Complete asks a model and waits for its answer.
func (h *Host) Complete(request any) (json.RawMessage, error) {
	return h.askJSON(slotComplete, request)
}

// CompleteStream is the same, and onChunk gets each piece as it comes, in this goroutine.
func (h *Host) CompleteStream(request any, onChunk func(chunk json.RawMessage)) (json.RawMessage, error) {
	if err := h.mayAsk(slotCompleteStream); err != nil {
		return nil, err
	}
	document, err := marshal(request)
	if err != nil {
		return nil, err
	}
	given := text(document)
	defer free(given)
	listening := &listener{onChunk: onChunk}
	handle := cgo.NewHandle(listening)
	defer handle.Delete()
	answer, err := read(slotCompleteStream, C.osr_go_stream(given, C.uintptr_t(handle)))
	if listening.panicked != nil {
		panic(listening.panicked)
	}
	return answer, err
}

// CompleteCancel ends a stream that was given this stream_id.
func (h *Host) CompleteCancel(streamID string) error {
	return h.tell(slotCompleteCancel, streamID, nil)
}

// Dispatch starts a task for the agent that the call is for.
func (h *Host) Dispatch(request any) (json.RawMessage, error) {
	return h.askJSON(slotDispatch, request)
}

// TaskStatus says what a task of the plugin does.
func (h *Host) TaskStatus(taskID string) (json.RawMessage, error) {
	return h.ask(slotTaskStatus, taskID, nil)
}

// ListActiveTasks lists the tasks of the plugin that are not over.
func (h *Host) ListActiveTasks() (json.RawMessage, error) { return h.askNothing(slotListActiveTasks) }

// DispatchCancel ends a task.
func (h *Host) DispatchCancel(taskID string) error { return h.tell(slotDispatchCancel, taskID, nil) }

// DispatchInterrupt ends what a task does now; a message is the user's next.
func (h *Host) DispatchInterrupt(taskID, message string) error {
	return h.tell(slotDispatchInterrupt, taskID, &message)
}

// SendDraft keeps an object for whoever watches a task.
func (h *Host) SendDraft(taskID string, draft any) error {
	document, err := marshal(draft)
	if err != nil {
		return err
	}
	return h.tell(slotSendDraft, taskID, &document)
}
