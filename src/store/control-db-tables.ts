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
];
