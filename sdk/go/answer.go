package osaurus

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"unicode/utf8"
)

// Kinds of failures.
const (
	InvalidArgs    = "invalid_args"
	Timeout        = "timeout"
	ExecutionError = "execution_error"
	Unavailable    = "unavailable"
	Rejected       = "rejected"
	UserDenied     = "user_denied"
	ToolNotFound   = "tool_not_found"
)

// Failure is an error that says more than its text. Any other error of a tool is an ExecutionError.
type Failure struct {
	Kind, Message string
	// Field names the argument that is wrong, if it is one.
	Field string
}

func (f *Failure) Error() string { return f.Message }

// Fail makes a failure of one of the kinds above.
func Fail(kind, message string) error { return &Failure{Kind: kind, Message: message} }

// Result is a result with one sentence about it, for people and models. A tool may return any other value as well.
type Result struct {
	Value   any
	Summary string
}

// Call is one call of a tool, or a file that is shown.
type Call struct {
	Host *Host
	// JSON is an object: the arguments.
	JSON json.RawMessage
}

// Args reads the arguments into a struct.
func (c *Call) Args(into any) error {
	if err := json.Unmarshal(c.JSON, into); err != nil {
		return Fail(InvalidArgs, "the arguments cannot be read: "+err.Error())
	}
	return nil
}

// TestCall is a call for a unit test. It has no host: what is asked of it is not supported.
func TestCall(args string) *Call {
	return &Call{Host: &Host{}, JSON: json.RawMessage(args)}
}

// Request is one request to a route.
type Request struct {
	Host         *Host             `json:"-"`
	RouteID      string            `json:"route_id"`
	Method       string            `json:"method"`
	Path         string            `json:"path"`
	Query        map[string]string `json:"query"`
	PathParams   map[string]string `json:"path_params"`
	Headers      map[string]string `json:"headers"`
	Body         string            `json:"body"`
	BodyEncoding string            `json:"body_encoding"`
}

// Bytes is the body, whatever it holds.
func (r *Request) Bytes() ([]byte, error) {
	if r.BodyEncoding == "base64" {
		return base64.StdEncoding.DecodeString(r.Body)
	}
	return []byte(r.Body), nil
}

// Response is the answer of a route.
type Response struct {
	Status  int
	Headers map[string]string
	Body    []byte
}

// Respond answers with a text.
func Respond(status int, contentType, body string) *Response {
	return &Response{Status: status, Headers: map[string]string{"content-type": contentType}, Body: []byte(body)}
}

// RespondJSON answers with anything that json.Marshal takes.
func RespondJSON(status int, value any) (*Response, error) {
	body, err := marshal(value)
	if err != nil {
		return nil, err
	}
	return Respond(status, "application/json", body), nil
}

// envelope is the answer of a tool as hosts read it.
func envelope(value any, err error) string {
	if err == nil {
		members := map[string]any{"ok": true}
		if result, isResult := value.(Result); isResult {
			value = result.Value
			addText(members, "summary", result.Summary)
		}
		members["result"] = value
		var text string
		if text, err = marshal(members); err == nil {
			return text
		}
	}
	failure := &Failure{Kind: ExecutionError, Message: err.Error()}
	_ = errors.As(err, &failure)
	members := map[string]any{"ok": false, "kind": failure.Kind, "message": failure.Message}
	addText(members, "field", failure.Field)
	text, _ := marshal(members)
	return text
}

// document is the answer of a route as hosts read it.
func (r *Response) document() string {
	body, encoding := string(r.Body), "utf8"
	if !utf8.Valid(r.Body) {
		body, encoding = base64.StdEncoding.EncodeToString(r.Body), "base64"
	}
	headers := r.Headers
	if headers == nil {
		headers = map[string]string{}
	}
	text, _ := marshal(map[string]any{"status": r.Status, "headers": headers, "body": body, "body_encoding": encoding})
	return text
}

func respondError(status int, message string) *Response {
	response, _ := RespondJSON(status, map[string]any{"error": map[string]any{"message": message}})
	return response
}
