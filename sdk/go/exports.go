package osaurus

// #include "bridge.h"
import "C"

import (
	"encoding/json"
	"fmt"
	"runtime/cgo"
)

// Every function here is called by C on a thread of the host. None may panic: there is nobody above to take it.

//export osaurusServes
func osaurusServes() C.int {
	if exported == nil {
		return -1
	}
	serves := 0
	if len(exported.routes) > 0 {
		serves |= 1
	}
	if exported.configChanged != nil {
		serves |= 2
	}
	if exported.taskEvent != nil {
		serves |= 4
	}
	return C.int(serves)
}

//export osaurusStart
func osaurusStart(call C.uint64_t) C.int {
	host := &Host{uint64(call)}
	err := attempt(func() error {
		if exported.start == nil {
			return nil
		}
		return exported.start(host)
	})
	if err != nil {
		host.Log(LogError, "the plugin did not start: "+err.Error())
		return 0
	}
	return 1
}

//export osaurusStop
func osaurusStop(call C.uint64_t) {
	if exported.stop != nil {
		loudly(call, "stop", func(host *Host) { exported.stop(host) })
	}
}

//export osaurusManifest
func osaurusManifest(call C.uint64_t) *C.char {
	manifest, err := exported.Manifest()
	if err != nil {
		(&Host{uint64(call)}).Log(LogError, "there is no manifest: "+err.Error())
		return nil
	}
	return text(manifest)
}

//export osaurusInvoke
func osaurusInvoke(call C.uint64_t, kind, id, payload *C.char) *C.char {
	given := &Call{Host: &Host{uint64(call)}, JSON: json.RawMessage(C.GoString(payload))}
	var answer string
	err := attempt(func() error {
		value, err := run(given, C.GoString(kind), C.GoString(id))
		answer = envelope(value, err)
		return nil
	})
	if err != nil {
		answer = envelope(nil, err)
	}
	return text(answer)
}

func run(call *Call, kind, id string) (any, error) {
	members := map[string]json.RawMessage{}
	if json.Unmarshal(call.JSON, &members) != nil || members == nil {
		return nil, Fail(InvalidArgs, "the arguments are no JSON object")
	}
	if kind == "artifact" && exported.artifact != nil {
		exported.artifact(call)
		return nil, nil
	}
	for _, tool := range exported.tools {
		if kind == "tool" && tool.id == id {
			return tool.run(call)
		}
	}
	return nil, Fail(ToolNotFound, fmt.Sprintf("there is no %s %q", kind, id))
}

//export osaurusRoute
func osaurusRoute(call C.uint64_t, document *C.char) *C.char {
	request := &Request{}
	var answer string
	err := attempt(func() error {
		if err := json.Unmarshal([]byte(C.GoString(document)), request); err != nil {
			return err
		}
		request.Host = &Host{uint64(call)}
		response, err := serve(request)
		if err == nil && response == nil {
			err = fmt.Errorf("the route gave no response")
		}
		if err != nil {
			response = respondError(500, err.Error())
		}
		answer = response.document()
		return nil
	})
	if err != nil {
		answer = respondError(500, err.Error()).document()
	}
	return text(answer)
}

func serve(request *Request) (*Response, error) {
	for _, route := range exported.routes {
		if route.id == request.RouteID {
			return route.serve(request)
		}
	}
	return respondError(404, "there is no such route"), nil
}

//export osaurusConfigChanged
func osaurusConfigChanged(call C.uint64_t, key, value *C.char) {
	loudly(call, "OnConfigChanged", func(host *Host) { exported.configChanged(host, C.GoString(key), C.GoString(value)) })
}

//export osaurusTaskEvent
func osaurusTaskEvent(call C.uint64_t, taskID *C.char, kind C.int, event *C.char) {
	told := TaskEvent{TaskID: C.GoString(taskID), Type: int(kind), Event: json.RawMessage(C.GoString(event))}
	loudly(call, "OnTaskEvent", func(host *Host) { exported.taskEvent(host, told) })
}

// listener is who hears the chunks of a stream.
type listener struct {
	onChunk  func(json.RawMessage)
	panicked any
}

//export osaurusChunk
func osaurusChunk(chunk *C.char, handle C.uintptr_t) {
	listening := cgo.Handle(handle).Value().(*listener)
	// The stream goes on below C: what panicked here goes on behind it.
	defer func() {
		if caught := recover(); caught != nil && listening.panicked == nil {
			listening.panicked = caught
		}
	}()
	if listening.onChunk != nil && listening.panicked == nil {
		listening.onChunk(json.RawMessage(C.GoString(chunk)))
	}
}

// attempt makes an error of a panic.
func attempt(work func() error) (err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = fmt.Errorf("panic: %v", caught)
		}
	}()
	return work()
}

// loudly is for functions that answer nothing: a panic is a line of the log.
func loudly(call C.uint64_t, what string, work func(*Host)) {
	host := &Host{uint64(call)}
	err := attempt(func() error { work(host); return nil })
	if err != nil {
		host.Log(LogError, what+": "+err.Error())
	}
}
