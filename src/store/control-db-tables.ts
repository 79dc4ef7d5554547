// The tables of the control database. The file's user_version says how many of these steps it has behind it. A step that
// was released is never changed: another one is added.

export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE grants (
    plugin_id  TEXT NOT NULL,
    tool_id    TEXT NOT NULL,
    agent_id   TEXT,               -- null: for all agents
    policy     TEXT NOT NULL CHECK (policy IN ('auto', 'ask', 'deny')),
    source     TEXT NOT NULL,      -- who decided: settings, prompt, approval
    created_at TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX grants_key ON grants (plugin_id, tool_id, ifnull(agent_id, ''));

  -- Counts changes of grants, so that a host can tell whether what it has in memory still holds; and how often somebody
  -- asked to forget, which also ends what hosts remember only in memory.
  CREATE TABLE grants_state (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    changes INTEGER NOT NULL,
    resets  INTEGER NOT NULL
  ) STRICT;
  INSERT INTO grants_state VALUES (1, 0, 0);
  CREATE TRIGGER grants_insert AFTER INSERT ON grants BEGIN UPDATE grants_state SET changes = changes + 1; END;
  CREATE TRIGGER grants_update AFTER UPDATE ON grants BEGIN UPDATE grants_state SET changes = changes + 1; END;
  CREATE TRIGGER grants_delete AFTER DELETE ON grants BEGIN UPDATE grants_state SET changes = changes + 1; END;

  CREATE TABLE approvals (
    id           TEXT PRIMARY KEY,
    plugin_id    TEXT NOT NULL,
    tool_id      TEXT NOT NULL,
    agent_id     TEXT NOT NULL,
    input        TEXT NOT NULL,    -- emptied with the description when the question is settled
    description  TEXT NOT NULL,
    requirements TEXT NOT NULL CHECK (json_type(requirements) = 'array'),
    created_at   TEXT NOT NULL,
    expires_at   TEXT NOT NULL,
    asker        TEXT NOT NULL,    -- names the process that waits
    status       TEXT NOT NULL CHECK (status IN ('pending', 'allowed', 'denied', 'expired')),
    remember     TEXT CHECK (remember IN ('once', 'session', 'always')),
    answered_at  TEXT
  ) STRICT;
  CREATE INDEX approvals_status ON approvals (status, plugin_id, tool_id, agent_id);
  `,
  `
  -- Hosts in private networks that plugins may reach over HTTP.
  CREATE TABLE host_grants (
    plugin_id  TEXT NOT NULL,
    host       TEXT NOT NULL,      -- as the URL parser spells it; IPv6 in brackets
    port       INTEGER CHECK (port BETWEEN 1 AND 65535), -- null: all ports
    created_at TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX host_grants_key ON host_grants (plugin_id, host, ifnull(port, 0));
  `,
  `
  CREATE TABLE agents (
    id            TEXT PRIMARY KEY,
    name          TEXT NOT NULL COLLATE NOCASE UNIQUE,
    system_prompt TEXT NOT NULL,
    model         TEXT,              -- null: the default model
    temperature   REAL,
    max_tokens    INTEGER,
    tools         TEXT NOT NULL CHECK (json_type(tools) = 'object'), -- a ToolSelection
    address       TEXT UNIQUE,       -- of the key that the secret store keeps; null until it is asked for
    created_at    TEXT NOT NULL,
    updated_at    TEXT NOT NULL
  ) STRICT;

  -- Transcripts. A plugin finds its own again by a key, for the same agent only.
  CREATE TABLE sessions (
    id           TEXT PRIMARY KEY,
    agent_id     TEXT NOT NULL,
    plugin_id    TEXT,
    external_key TEXT,
    title        TEXT NOT NULL,
    created_at   TEXT NOT NULL,
    updated_at   TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX sessions_key ON sessions (plugin_id, external_key, agent_id) WHERE external_key IS NOT NULL;
  CREATE INDEX sessions_agent ON sessions (agent_id, updated_at);
  CREATE TABLE turns (
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    seq        INTEGER NOT NULL,
    message    TEXT NOT NULL CHECK (json_type(message) = 'object'), -- a ChatMessage
    created_at TEXT NOT NULL,
    PRIMARY KEY (session_id, seq)
  ) STRICT, WITHOUT ROWID;

  -- Results of tools that were too long for a model, whole, for as long as somebody may ask for the rest.
  CREATE TABLE tool_outputs (
    id         TEXT PRIMARY KEY,
    session_id TEXT REFERENCES sessions (id) ON DELETE CASCADE,
    agent_id   TEXT NOT NULL,
    tool       TEXT NOT NULL,
    content    TEXT NOT NULL,
    created_at TEXT NOT NULL
  ) STRICT;
  CREATE INDEX tool_outputs_created ON tool_outputs (created_at);

  -- Where models are. API keys are in the secret store, or in a variable of the environment whose name is here.
  CREATE TABLE model_providers (
    name            TEXT PRIMARY KEY COLLATE NOCASE,
    kind            TEXT NOT NULL CHECK (kind IN ('openai', 'scripted')),
    base_url        TEXT,
    script          TEXT,            -- the file that a scripted model follows
    api_key_env     TEXT,
    has_key         INTEGER NOT NULL CHECK (has_key IN (0, 1)),
    model           TEXT,
    embedding_model TEXT,
    is_default      INTEGER NOT NULL CHECK (is_default IN (0, 1)),
    created_at      TEXT NOT NULL
  ) STRICT;

  CREATE TABLE access_keys (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    hash       BLOB NOT NULL UNIQUE, -- SHA-256 of the key, which has 256 bits of its own
    shown      TEXT NOT NULL,        -- its first characters
    agent_id   TEXT,                 -- null: every agent
    created_at TEXT NOT NULL,
    expires_at TEXT,
    revoked_at TEXT
  ) STRICT;

  -- A question may also be whether a tool whose definition changed is still the one that was approved.
  ALTER TABLE approvals ADD COLUMN kind TEXT NOT NULL DEFAULT 'call' CHECK (kind IN ('call', 'definition'));
  ALTER TABLE approvals ADD COLUMN old_definition TEXT;
  ALTER TABLE approvals ADD COLUMN new_definition TEXT;
  `,
  `
  -- Runs of agents that go on by themselves. The transcript is that of the session. What may be long comes last: it is not
  -- read where the rest is looked through.
  CREATE TABLE tasks (
    id          TEXT PRIMARY KEY,
    plugin_id   TEXT NOT NULL,
    agent_id    TEXT NOT NULL,
    session_id  TEXT NOT NULL,     -- several tasks may share one
    session_key TEXT,
    title       TEXT NOT NULL,
    status      TEXT NOT NULL
                CHECK (status IN ('running', 'awaitingClarification', 'completed', 'failed', 'cancelled')),
    round       INTEGER NOT NULL,
    queued      INTEGER NOT NULL,  -- the order in which those of a session that run have their turn there
    resumes     INTEGER NOT NULL,
    owner       TEXT,              -- names the host that runs it
    created_at  TEXT NOT NULL,
    updated_at  TEXT NOT NULL,
    ended_at    TEXT,
    error_code  TEXT,
    tools       TEXT NOT NULL CHECK (json_type(tools) = 'array'),
    summary     TEXT,
    question    TEXT CHECK (question IS NULL OR json_type(question) = 'object'),
    artifacts   TEXT NOT NULL CHECK (json_type(artifacts) = 'array'),
    prompt      TEXT,              -- until it stands in the transcript
    output      TEXT,
    draft       TEXT
  ) STRICT;
  ALTER TABLE turns ADD COLUMN written_by TEXT; -- the task's round that added it; null: no task did
  CREATE INDEX tasks_plugin ON tasks (plugin_id, (status IN ('running', 'awaitingClarification')), ended_at);
  CREATE INDEX tasks_session ON tasks (session_id);
  CREATE INDEX tasks_open ON tasks (status) WHERE status IN ('running', 'awaitingClarification');
  CREATE TABLE task_events (
    task_id    TEXT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    seq        INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    payload    TEXT NOT NULL CHECK (json_type(payload) = 'object'),
    created_at TEXT NOT NULL,
    told_at    TEXT,               -- null: the plugin was not told yet
    PRIMARY KEY (task_id, seq)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX task_events_untold ON task_events (task_id) WHERE told_at IS NULL;
  -- What other processes want of a task's host.
  CREATE TABLE task_wishes (
    id      INTEGER PRIMARY KEY,
    task_id TEXT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    wish    TEXT NOT NULL CHECK (json_type(wish) = 'object')
  ) STRICT;
  CREATE INDEX task_wishes_task ON task_wishes (task_id);
  `,
  `
  -- Whoever allows a call may change its arguments.
  ALTER TABLE approvals ADD COLUMN arguments TEXT; -- whole, with the schema; null: too long to be changed, or settled
  ALTER TABLE approvals ADD COLUMN schema TEXT;    -- what they have to follow: JSON, null for anything
  ALTER TABLE approvals ADD COLUMN edited TEXT;    -- what the call is to be made with, until whoever asked has taken it
  ALTER TABLE approvals ADD COLUMN conversation TEXT; -- for which an answer for the session holds; null: the program that asks
  `,
];
