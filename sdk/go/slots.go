// Made by scripts/generate-sdk.ts from src/protocol: change it there.

package osaurus

// A function of the host: its name, its place in the table, and the version of the host that has it first.
type slot struct {
	name  string
	index int
	since int
}

var (
	slotConfigGet         = slot{"config_get", 1, 2}
	slotConfigSet         = slot{"config_set", 2, 2}
	slotConfigDelete      = slot{"config_delete", 3, 2}
	slotDbExec            = slot{"db_exec", 4, 2}
	slotDbQuery           = slot{"db_query", 5, 2}
	slotLog               = slot{"log", 6, 2}
	slotDispatch          = slot{"dispatch", 7, 2}
	slotTaskStatus        = slot{"task_status", 8, 2}
	slotDispatchCancel    = slot{"dispatch_cancel", 9, 2}
	slotDispatchClarify   = slot{"dispatch_clarify", 10, 2}
	slotComplete          = slot{"complete", 11, 2}
	slotCompleteStream    = slot{"complete_stream", 12, 2}
	slotEmbed             = slot{"embed", 13, 2}
	slotListModels        = slot{"list_models", 14, 2}
	slotHttpRequest       = slot{"http_request", 15, 2}
	slotFileRead          = slot{"file_read", 16, 2}
	slotListActiveTasks   = slot{"list_active_tasks", 17, 2}
	slotSendDraft         = slot{"send_draft", 18, 2}
	slotDispatchInterrupt = slot{"dispatch_interrupt", 19, 2}
	slotDispatchAddIssue  = slot{"dispatch_add_issue", 20, 2}
	slotCompleteCancel    = slot{"complete_cancel", 21, 3}
	slotGetActiveAgentId  = slot{"get_active_agent_id", 22, 4}
	slotLogStructured     = slot{"log_structured", 23, 5}
	slotFreeString        = slot{"free_string", 24, 6}
)

// Levels of the log.
const (
	LogTrace = 0
	LogDebug = 1
	LogInfo  = 2
	LogWarn  = 3
	LogError = 4
)

// Types of task events.
const (
	TaskStarted       = 0
	TaskActivity      = 1
	TaskProgress      = 2
	TaskClarification = 3
	TaskCompleted     = 4
	TaskFailed        = 5
	TaskCancelled     = 6
	TaskOutput        = 7
	TaskDraft         = 8
)
