// Every limit in one place. Names end in their unit and in MAX or MIN. A limit is tested at its value and one past it; those
// that are too large or too long for that are tested with smaller values, which tests hand in in place of these.

const KIB = 1024;
const MIB = 1024 * KIB;

/** Process plugins. */
export const DESCRIBE_MS_MAX = 10_000;
export const PROCESS_RUN_MS_MAX = 10_000;
/** Between SIGTERM and SIGKILL when a process plugin is ended. */
export const PROCESS_STOP_GRACE_MS = 250;
/** How long a pipe that outlives its process (a grandchild holds it) is read on. */
export const PROCESS_DRAIN_MS_MAX = 500;
export const PROCESS_STDOUT_BYTES_MAX = 64 * MIB;
export const PROCESS_STDERR_BYTES_MAX = 1 * MIB;
/** A description that took longer than this to fail is not asked for again at once. */
export const DESCRIBE_FAILED_SLOW_MS = 1_000;
/** How long such a failure is remembered. */
export const DESCRIBE_FAILURE_KEPT_MS = 600_000;
/** A description that is larger than this is asked for each time. */
export const DESCRIPTION_KEPT_BYTES_MAX = 4 * MIB;
export const PLUGIN_VERSION_CHARS_MAX = 200;
export const COMMAND_NAME_CHARS_MAX = 200;
export const DESCRIBE_CACHE_BYTES_MAX = 64 * MIB;
export const BUNDLE_MANIFEST_BYTES_MAX = 1 * MIB;
export const BUNDLE_PLUGINS_MAX = 1000;
/** From the start of the process that asks the operating system's keyring to its last answer. */
export const KEYRING_MS_MAX = 5_000;
export const KEYRING_ANSWER_BYTES_MAX = 32 * MIB;
/** Of the reason that a keyring gives for a failure. */
export const KEYRING_REASON_CHARS_MAX = 300;
/** How long a change of a shared file waits for another process that is changing it. */
export const FILE_LOCK_MS_MAX = 5_000;
export const CONFIG_FILE_BYTES_MAX = 4 * MIB;
export const CONFIG_KEY_CHARS_MAX = 500;
/** Placeholders within placeholders. */
export const CONFIG_PLACEHOLDER_DEPTH_MAX = 64;
export const CONFIG_TEXT_CHARS_MAX = 1 * MIB;
/** All texts of one configuration together, after placeholders were filled in. */
export const CONFIG_FILLED_CHARS_MAX = 16 * MIB;
/** Names of profiles and terminals. */
export const CONFIG_NAME_CHARS_MAX = 200;
/** The highest that the configuration may set the size of a plugin's answer to. */
export const PROCESS_STDOUT_BYTES_CHOICE_MAX = 256 * MIB;
export const DESCRIBE_BYTES_MAX = 4 * MIB;
/** With many more, two cores are busy with starting processes, and plugins that start slowly hold each other up. */
export const DESCRIBE_PARALLEL_MAX = 16;
export const JSON_DEPTH_MAX = 512;
/** Values in one document: each costs many times its bytes once it is read. */
export const JSON_VALUES_MAX = 2_000_000;
/** The highest that the configuration may set the number of values in a plugin's answer to: a million rows of 9 members. */
export const PROCESS_VALUES_CHOICE_MAX = 10_000_000;
/** What a plugin may say of itself; commands and subcommands are counted a level, flags and arguments a command. */
export const DESCRIBE_COMMANDS_MAX = 1000;
export const DESCRIBE_COMMAND_DEPTH_MAX = 16;
export const DESCRIBE_FLAGS_MAX = 1000;
export const DESCRIBE_ARGS_MAX = 1000;
export const DESCRIBE_SUGGESTIONS_MAX = 10_000;
export const RESPONSE_MESSAGES_MAX = 10_000;
export const RESPONSE_COLUMNS_MAX = 10_000;
/** Beyond these, rows are printed as JSON lines: a table has a cell for every key in every row, and pads each. */
export const TABLE_CELLS_MAX = 1_000_000;
export const TABLE_CHARS_MAX = 64 * MIB;
/** Spaces in front of the lines of a JSON document; beyond these it is written on one line. */
export const JSON_INDENT_CHARS_MAX = 64 * MIB;
/** Of the text behind the first bar of a line. */
export const PIPELINE_CHARS_MAX = 64 * KIB;
export const PIPELINE_STAGES_MAX = 100;
/** Names, indexes and slices of one path in it; data is not nested deeper. */
export const PIPELINE_PATH_STEPS_MAX = 512;
/** Members in all the rows that a stage makes of one row: copies of a large one for each of many items are more than memory has. */
export const PIPELINE_ROW_CELLS_MAX = 5_000_000;
/** Rows that a pipeline may end in: stages can make many of one. */
export const PIPELINE_ROWS_MAX = 2_000_000;
/** A pattern in a stage has so long for a batch of rows, and a millisecond more for so many characters in them. */
export const PIPELINE_PATTERN_MS_MAX = 200;
export const PIPELINE_PATTERN_CHARS_PER_MS = 10_000;
/** Of a text whose characters are looked for close together: the longer it is, the longer each look takes. */
export const PIPELINE_FUZZY_CHARS_MAX = 64;
/** Rows between two looks at whether the pipeline was given up. */
export const PIPELINE_BATCH_ROWS_MAX = 1024;
/** The same in time, for rows that take long. */
export const PIPELINE_TURN_MS_MAX = 50;
/** Aliases that stand for one another, and the line that comes of them. */
export const ALIAS_ROUNDS_MAX = 100;
export const ALIAS_LINE_CHARS_MAX = 64 * KIB;
/** Of a result that a host that runs on gives back, as JSON, for a shell to show again. */
export const GIVEN_BACK_CHARS_MAX = 16 * MIB;
/** A pager that ends with a failure within this time has shown nothing. */
export const PAGER_FAILED_MS_MAX = 1_000;
/** Of one style in a theme's file, and of the theme's name. */
export const THEME_STYLE_CHARS_MAX = 100;
export const THEME_NAME_CHARS_MAX = 100;
/** Files that are looked at in one folder of themes. */
export const THEME_FILES_MAX = 1_000;
/** How long a command runs before it is said that it is waited for; how often the sign of that moves; when help is offered. */
export const PROGRESS_SHOWN_MS = 300;
export const PROGRESS_TICK_MS = 200;
export const PROGRESS_HINT_MS = 5_000;
/** Of an address that becomes something to click on. */
export const LINK_CHARS_MAX = 2_000;
/** Of what is copied: through the terminal, unless `OSC52_MAX_BYTES` says otherwise, and by a program. */
export const CLIPBOARD_TERMINAL_BYTES_MAX = 100_000;
export const CLIPBOARD_BYTES_MAX = 16 * MIB;
/** How long a program may take to copy. */
export const CLIPBOARD_MS_MAX = 3_000;

/** The line editor: what it holds, which is also what may be pasted at once; steps that can be undone, and all their texts. */
export const EDITOR_TEXT_CHARS_MAX = 4 * MIB;
export const EDITOR_UNDO_STEPS_MAX = 1_000;
export const EDITOR_UNDO_CHARS_MAX = 32 * MIB;

/** Native plugins: bytes of one frame after its length word. The same number stands in native/runner/limits.h. */
export const FRAME_BYTES_MAX = 64 * MIB;
export const FRAME_FIELDS_MAX = 16;
/** From the start of the runner process to the manifest. */
export const LOAD_MS_MAX = 30_000;
export const LOAD_PARALLEL_MAX = 8;
export const CALL_MS_MAX = 120_000;
export const TIMEOUT_SECONDS_MAX = 86_400;
/** From the request to leave until SIGKILL. */
export const RUNNER_STOP_GRACE_MS = 2_000;
/** Between the end of the runner's socket and the end of its process. */
export const RUNNER_EXIT_MS_MAX = 2_000;
/** How long the stack of a stuck call is waited for before its runner is ended. */
export const STACK_MS_MAX = 300;
/** A runner with a stuck call finishes its other calls, but not for ever. */
export const RUNNER_RETIRED_MS_MAX = 300_000;
export const RUNNER_BACKOFF_MS_MIN = 100;
export const RUNNER_BACKOFF_MS_MAX = 30_000;
/** A runner that lived this long before it crashed starts again with the shortest back-off. */
export const RUNNER_STABLE_MS_MIN = 60_000;
/** Chunks that may be on their way to a plugin before it has taken one. */
export const STREAM_CHUNKS_IN_FLIGHT_MAX = 256;
/** What a plugin printed last, kept for the report of a crash. */
export const RUNNER_OUTPUT_CHARS_KEPT_MAX = 64 * KIB;
/** A longer line of a plugin's output is shown in parts. */
export const OUTPUT_LINE_CHARS_MAX = 16 * KIB;

export const MANIFEST_BYTES_MAX = 4 * MIB;
/** Values in a manifest, those of the tools' schemas included: each wrong one costs a mistake of its own. */
export const MANIFEST_VALUES_MAX = 200_000;
/** Of one text in a manifest that is for people or models to read. */
export const MANIFEST_TEXT_CHARS_MAX = 64 * KIB;
/** Of what a setting or a secret is stored under: three bytes a character still fit into CONFIG_KEY_BYTES_MAX. */
export const MANIFEST_KEY_CHARS_MAX = 1000;
/** Of paths, mounts and patterns in a manifest. */
export const MANIFEST_PATH_CHARS_MAX = 2000;
export const MANIFEST_TOOLS_MAX = 1000;
export const MANIFEST_ROUTES_MAX = 1000;
export const MANIFEST_SECRETS_MAX = 200;
export const MANIFEST_SECTIONS_MAX = 100;
/** In one section of the settings. */
export const MANIFEST_FIELDS_MAX = 200;
/** In one field. */
export const MANIFEST_OPTIONS_MAX = 1000;
/** In a list of short texts: requirements, authors, methods, links. */
export const MANIFEST_NAMES_MAX = 100;
export const PLUGIN_ID_CHARS_MAX = 200;
export const TOOL_ID_CHARS_MAX = 200;
export const CONFIG_VALUE_BYTES_MAX = 1 * MIB;
export const CONFIG_KEY_BYTES_MAX = 4 * KIB;
/** Processes of a plugin in a row that end over being told of the same setting; after these it is not told any more. */
export const CONFIG_DELIVERY_TRIES_MAX = 2;
/** How long a tool call waits until the plugin that was just loaded has been told of its settings. */
export const CONFIG_SNAPSHOT_WAIT_MS_MAX = 2_000;
/** Settings that a plugin changed itself and that are known to be newer than what somebody saved before. */
export const OWN_CHANGES_KEPT_MAX = 256;
/** Wishes of other processes that a plugin be told of a setting: of one of the two files that hold them. */
export const SAVED_SETTINGS_BYTES_MAX = 64 * KIB;

/** The database of one native plugin, in pages of the file; what is not committed yet may take as much again. */
export const DATABASE_BYTES_MAX = 100 * MIB;
/** Memory that the process of one database may use, for sorting and temporary tables above all. */
export const DATABASE_MEMORY_BYTES_MAX = 256 * MIB;
/** The next three stand in native/database/limits.h as well. */
export const SQL_BYTES_MAX = 16 * MIB;
/** One value or one row in a plugin's database. */
export const SQL_VALUE_BYTES_MAX = 64 * MIB;
/** The pattern of a LIKE or GLOB. */
export const SQL_PATTERN_BYTES_MAX = 10_000;
/** Of a plugin's parameters for one statement: with the largest statement they still fit into a frame. */
export const SQL_PARAMS_BYTES_MAX = 32 * MIB;
/** Of what one statement gives: with the head of its frame it still fits into one. */
export const DATABASE_ANSWER_BYTES_MAX = FRAME_BYTES_MAX - KIB;
/** Of the small notes beside a database. */
export const DATABASE_NOTE_BYTES_MAX = 4 * KIB;
export const STATEMENT_MS_MAX = 30_000;
/** After that, a statement that cannot be interrupted is ended with the process of its database. */
export const STATEMENT_KILL_GRACE_MS = 2_000;
/** How long a database is waited for that another host has open. */
export const DATABASE_BUSY_MS_MAX = 5_000;
/** The same for a command that goes over the databases of all plugins: what is in use is left out, and named. */
export const DATABASE_VISIT_BUSY_MS_MAX = 500;
/** How long a database that is closed may finish what was asked of it. */
export const DATABASE_CLOSE_GRACE_MS = 2_000;
/** How long a statement goes on whose runner is gone, before it is ended with the process of its database. */
export const STATEMENT_GONE_GRACE_MS = 200;
/** Between the end of a database's process and the end of its socket, which something else may hold. */
export const DATABASE_EXIT_MS_MAX = 2_000;
/** A database that was not used for so long is closed; it is opened again when it is needed. */
export const DATABASE_IDLE_MS = 60_000;
/** From the start of a database's process to the open file, the wait for other hosts not counted. */
export const DATABASE_OPEN_MS_MAX = 10_000;
/** From the wish to close a database until SIGKILL; what was committed stays in any case. */
export const DATABASE_CLOSE_MS_MAX = 10_000;
/** Work on a whole database: encrypting it anew, looking for damage, copying it. */
export const DATABASE_WORK_MS_MAX = 120_000;

/** `http_request`: the body that is sent, and the one that comes back, unpacked. */
export const HTTP_BODY_BYTES_MAX = 50_000_000;
export const HTTP_MS_DEFAULT = 30_000;
export const HTTP_MS_MAX = 300_000;
export const HTTP_REDIRECTS_MAX = 20;
/** Requests of one plugin for one agent within the window that slides along. */
export const HTTP_REQUESTS_MAX = 60;
export const HTTP_WINDOW_MS = 60_000;
/** Names and values of the headers that a plugin sends, together; and of those that come back. */
export const HTTP_HEADERS_BYTES_MAX = 64 * KIB;
export const HTTP_URL_CHARS_MAX = 16 * KIB;
export const HTTP_METHOD_CHARS_MAX = 64;
/** In the JSON of one request. */
export const HTTP_REQUEST_VALUES_MAX = 10_000;
/** Bodies of responses that are on their way to one plugin, together. */
export const HTTP_HELD_BYTES_MAX = 4 * HTTP_BODY_BYTES_MAX;
/** Bodies up to this size are read as they come; of larger ones, so many at a time, of all plugins and of one. */
export const HTTP_SMALL_BYTES_MAX = 1 * MIB;
export const HTTP_LARGE_BODIES_MAX = 8;
export const HTTP_LARGE_BODIES_PLUGIN_MAX = 2;
/** Codings of one body, one within the other. */
export const HTTP_CODINGS_MAX = 2;
/** Of a body before it is unpacked, and between two codings: what cannot be packed becomes a little longer. */
export const HTTP_PACKED_BYTES_MAX = 64 * MIB;
/** Names that are looked up at a time for one plugin: two of the runtime's four threads look up those of all. */
export const HTTP_LOOKUPS_PLUGIN_MAX = 1;
/** Answers that only say that there will be one. */
export const HTTP_INTERIM_MAX = 20;

/** `file_read`: of one file. */
export const FILE_READ_BYTES_MAX = 50_000_000;
/** Of the path that is asked for, in UTF-8. */
export const FILE_PATH_BYTES_MAX = 4096;
/** Links that lie on the way to one file. */
export const FILE_PATH_LINKS_MAX = 40;
/** Of the JSON that asks for a file: a path of the largest size in it may be written with escapes. */
export const FILE_REQUEST_CHARS_MAX = 64 * KIB;
/** Files that are read at the same time for all plugins; others wait for their turn. */
export const FILE_READS_MAX = 4;
/** Of the beginning of a file, to find out of which type it is. */
export const MEDIA_TYPE_SAMPLE_BYTES_MAX = 1 * MIB;

/** One-shot warnings about how plugins use their host. */
export const WARNING_CHARS_MAX = 1000;
/** Different ones about one plugin: a plugin can make up keys, and each is remembered. */
export const WARNING_KEYS_MAX = 1000;
/** Plugins of which is remembered what they were warned of. */
export const WARNED_PLUGINS_MAX = 1000;

/** Secrets in what is kept. A shorter value is also an everyday word: taking it out would spoil the text and hide nothing. */
export const SECRET_CHARS_MIN = 6;
/** A longer one is looked for as it is and as JSON has it, but in no other encoding. */
export const ENCODED_SECRET_CHARS_MAX = 64 * KIB;
/** Values of one plugin that are none any more, and those that were asked for one by one: the newest. */
export const KNOWN_VALUES_MAX = 1_000;
/** Of all of these together. The newest one is kept in any case. */
export const KNOWN_CHARS_MAX = 4 * MIB;
/** Of all encodings of one plugin's secrets together, and no more than those of one secret beyond. */
export const ENCODED_FORMS_CHARS_MAX = 16 * MIB;
/** What is looked for in each text, for one plugin. A value with more lines than this is no secret but a document. */
export const SECRET_FORMS_MAX = 20_000;

/** Insights. Of a request or a response. */
export const INSIGHTS_BODY_CHARS_MAX = 4096;
export const INSIGHTS_PATH_CHARS_MAX = 2048;
/** Rows are written together, this long after the first of them at the latest, or when there are so many. */
export const INSIGHTS_FLUSH_MS = 100;
export const INSIGHTS_BATCH_ROWS_MAX = 500;
/** What is written together, as JSON: about so much, and no more than one row beyond. */
export const INSIGHTS_BATCH_CHARS_MAX = 2 * MIB;
/** Rows that wait for the disk; beyond these they are counted and dropped. What plugins log goes before all else. */
export const INSIGHTS_PENDING_ROWS_MAX = 50_000;
export const INSIGHTS_PENDING_LOG_ROWS_MAX = 25_000;
/** Of the texts in rows that wait. */
export const INSIGHTS_PENDING_CHARS_MAX = 32 * MIB;
export const INSIGHTS_PENDING_LOG_CHARS_MAX = 16 * MIB;
/** Of the room for all, and of that for lines of logs, what one plugin may take: others are recorded beside it. */
export const INSIGHTS_PLUGIN_SHARE_MAX = 0.5;
/** A row with more text than this is cut before it waits, and not only when it is written. */
export const INSIGHTS_ROW_CHARS_KEPT_MAX = 64 * KIB;
/** Of a method, an id, an error code. */
export const INSIGHTS_NAME_CHARS_MAX = 256;
/** After a failure to write, the next try. */
export const INSIGHTS_RETRY_MS = 5_000;
/** Rows that cannot be written although the disk is well are given up after so many tries. */
export const INSIGHTS_TRIES_MAX = 3;
/** How long a host that stops waits for its last rows to be written. */
export const INSIGHTS_STOP_MS_MAX = 2_000;
/** One statement about rows: writing a batch, reading a page. */
export const INSIGHTS_STATEMENT_MS_MAX = 10_000;
/** A longer request of http_request that was refused is not looked into for its method and address. */
export const HTTP_REQUEST_CHARS_SEEN_MAX = 64 * KIB;
/** Rows of a library that has not said yet which plugin it is; further ones go by the name of its file. */
export const HELD_ROWS_MAX = 1_000;
export const HELD_CHARS_MAX = 1 * MIB;
/** Rows that are read at once; their answer must fit into what a statement may give. */
export const INSIGHTS_PAGE_ROWS = 500;
/** Too old or too many rows are removed so many at once, in so many steps; what is left then goes the next time. */
export const INSIGHTS_REMOVED_ROWS_MAX = 2_000;
export const INSIGHTS_REMOVAL_STEPS_MAX = 50;
/** A page of the longest rows, each of their characters escaped, is below this. */
export const INSIGHTS_ANSWER_BYTES_MAX = 48 * MIB;
/** Batches between two looks at the age of the rows and the size of the file. */
export const INSIGHTS_BATCHES_BETWEEN_CHECKS = 20;
/** Rows that one question gives at most. */
export const INSIGHTS_ROWS_SHOWN_MAX = 100_000;
/** Rows that an answer of the control API has: without a wish, and at most. */
export const INSIGHTS_ROWS_LISTED_DEFAULT = 100;
export const INSIGHTS_ROWS_LISTED_MAX = 1_000;
/** Rows are counted so far and no further. */
export const INSIGHTS_ROWS_COUNTED_MAX = 100_001;
/** Of what rows are chosen by. */
export const INSIGHTS_FILTER_CHARS_MAX = 256;
/** The longest duration that rows are chosen by: eleven days. */
export const INSIGHTS_DURATION_MS_MAX = 999_999_999;
/** Ids of rows, and how many may be left out. */
export const INSIGHTS_ID_MAX = 999_999_999_999_999;
/** Processes that answer questions about rows, side by side: all but one of them those that take long. One more follows the rows. */
export const INSIGHTS_READERS_MAX = 3;
/** A question that nobody waits for any more gets so long to be answered before its process ends. */
export const INSIGHTS_LEFT_MS_MAX = 100;
/** Whoever follows the rows and is further behind goes on with the newest so many. */
export const INSIGHTS_BEHIND_ROWS_MAX = 20_000;
/** Rows that are looked at with one statement for whoever follows them: others wait meanwhile. */
export const INSIGHTS_FOLLOWED_ROWS_MAX = 2_000;
/** Steps of the time that a chart shows. */
export const INSIGHTS_BUCKETS_MAX = 60;
/** Plugins that a summary names, the busiest ones. */
export const INSIGHTS_PLUGINS_SHOWN_MAX = 50;
/** Plugins that there are rows of, in the list to choose from. */
export const INSIGHTS_PLUGINS_LISTED_MAX = 500;
/** How soon whoever follows the rows sees one that was written. */
export const INSIGHTS_POLL_MS = 200;
export const INSIGHTS_AGE_MS_MAX = 30 * 86_400_000;
export const INSIGHTS_BYTES_MAX = 256 * MIB;

/** Packages of native plugins ("Osaurus: Packaging"). */
export const ARCHIVE_BYTES_MAX = 256 * MIB;
export const ARCHIVE_UNPACKED_BYTES_MAX = 1024 * MIB;
export const ARCHIVE_ENTRIES_MAX = 10_000;
export const ARCHIVE_NAME_BYTES_MAX = 1024;
export const RECEIPT_BYTES_MAX = 1 * MIB;
/** What a whole manifest asks for fits in, a line for each. */
export const CONSENT_BYTES_MAX = 4 * MANIFEST_BYTES_MAX;
/** One entry of a registry. */
export const REGISTRY_ENTRY_BYTES_MAX = 1 * MIB;
/** Levels of lists and objects in it. */
export const REGISTRY_ENTRY_DEPTH_MAX = 64;
export const REGISTRY_ENTRIES_MAX = 10_000;
/** From the request to the last byte of a registry's file. */
export const REGISTRY_MS_MAX = 30_000;
export const DOWNLOAD_MS_MAX = 600_000;
/** Addresses that one download may be sent on to, one after the other. */
export const REDIRECTS_MAX = 5;
/** A whole registry, entry by entry. */
export const REGISTRY_ENTRIES_MS_MAX = 120_000;
/** A minisign signature or public key: four lines, of which the longest may have 8 KiB. */
export const SIGNATURE_CHARS_MAX = 20 * KIB;
/** How long a change of the installed plugins waits for another one. */
export const INSTALL_LOCK_MS_MAX = 10_000;

/** A native plugin's library. */
export const LIBRARY_BYTES_MAX = 512 * MIB;
/** Starts again that crash while loading before the plugin is left alone. */
export const LOAD_CRASHES_MAX = 3;
export const ROUTE_MS_MAX = 30_000;
export const CONFIG_CHANGED_MS_MAX = 15_000;
export const TASK_EVENT_MS_MAX = 30_000;
/** Entries of the list of plugins that crashed while they were loaded. */
export const QUARANTINE_BYTES_MAX = 1 * MIB;

/** Tool calls. */
export const TOOL_INPUT_BYTES_MAX = 50_000_000;
/** Of a file that a flag of a native tool names: handed over to another process, it still fits into one message. */
export const ARGUMENT_FILE_BYTES_MAX = 8 * MIB;
/** Names and places in one flag of a native tool, as in `--filter.from`; deeper values are given as JSON. */
export const NATIVE_FLAG_DEPTH_MAX = 16;
/** Flags for what lies inside of objects and lists, as the help and completion show them; others can be typed all the same. */
export const NATIVE_NESTED_FLAGS_SHOWN_MAX = 200;
export const NATIVE_NESTED_DEPTH_SHOWN_MAX = 4;
/** A tool's name as models take it. */
export const TOOL_NAME_CHARS_MAX = 64;
/** Checking arguments against a plugin's schema; and how many more of their characters each further millisecond allows. */
export const ARGUMENT_CHECK_MS_MAX = 500;
export const ARGUMENT_CHECK_CHARS_PER_MS = 5_000;
/** All in all, however large they are: nothing else is done meanwhile. */
export const ARGUMENT_CHECK_WHOLE_MS_MAX = 1_000;
/** What the host adds to a tool's arguments: together with the largest arguments it still fits into a frame. */
export const HOST_FIELDS_BYTES_MAX = 8 * MIB;
/** Of a tool's answer, what a model gets to see. */
export const MODEL_OUTPUT_BYTES_MAX = 100_000;
/** After this, a setting that another process changed counts here too. */
export const SECRETS_FRESH_MS = 100;
/** The file of one setting: the largest value and key, with each character escaped, and what seals them. */
export const SETTING_FILE_BYTES_MAX = 8 * MIB;
/** The file of data keys: a key is a few hundred bytes. */
export const DATA_KEYS_BYTES_MAX = 256 * KIB;
/** Data keys that are kept at once: the current one, and those that something is still encrypted with. */
export const DATA_KEYS_MAX = 64;
/** How long a change of the data keys waits for another one; encrypting all settings anew is the longest. */
export const DATA_KEYS_LOCK_MS_MAX = 30_000;
/** What may be typed as a recovery key, with spaces and dashes. */
export const RECOVERY_KEY_CHARS_MAX = 200;
/** With less room than this on the disk of the data folder, the doctor warns. */
export const DISK_FREE_BYTES_MIN = 256 * MIB;
/** A tool's JSON Schema, as text. */
export const TOOL_SCHEMA_BYTES_MAX = 256 * KIB;
/** One test of a pattern that a plugin wrote: such patterns can be made to run for years. */
export const PATTERN_MS_MAX = 100;
/** Of a sum in a pipeline, and of each number that goes into it: `1e999999999` would need a billion. */
export const EXACT_DIGITS_MAX = 10_000;
/** One stage `JQ`: how long it may run, what its interpreter may take, and what it may give back. */
export const JQ_MS_MAX = 60_000;
export const JQ_MEMORY_BYTES_MAX = 1024 * MIB;
export const JQ_OUTPUT_BYTES_MAX = 256 * MIB;
/** Of its expression, which takes room on jq's small stack. */
export const JQ_EXPRESSION_BYTES_MAX = 16 * KIB;
/** How long a call waits for somebody's consent where nobody can be asked directly. */
export const APPROVAL_MS_MAX = 300_000;
/** The same for one command without a terminal, and for a host that runs on: scripts and clients want to know soon. */
export const APPROVAL_COMMAND_MS = 10_000;
/** Of the arguments that an approval shows. */
export const APPROVAL_INPUT_CHARS_MAX = 4 * KIB;
/** Of the arguments that are kept whole while a call waits, of those that take their place, and of the schema that both follow. */
export const APPROVAL_ARGUMENTS_CHARS_MAX = 64 * KIB;
/** Of a tool's description that an approval shows. */
export const APPROVAL_DESCRIPTION_CHARS_MAX = 4 * KIB;
/** What a tool requires, as far as an approval shows it. */
export const APPROVAL_REQUIREMENTS_MAX = 50;
export const APPROVAL_REQUIREMENT_CHARS_MAX = 200;
/** Calls that wait for consent at the same time. */
export const APPROVALS_PENDING_MAX = 1000;
/** How long an approval that was answered is known to have been. */
export const APPROVAL_KEPT_MS = 86_400_000;
/** How soon whoever waits for consent sees that another process gave it. */
export const APPROVAL_POLL_MS = 100;
/** How long the control database is waited for while another process writes. */
export const CONTROL_DB_BUSY_MS_MAX = 5_000;
/** Of that, how long nothing else happens in this process. */
export const CONTROL_DB_STILL_MS_MAX = 1_000;
/** A control database that the doctor reads through; a larger one is only opened. */
export const CONTROL_DB_CHECKED_BYTES_MAX = 64 * MIB;
/** After this, a grant that another process changed counts here too. */
export const GRANTS_FRESH_MS = 100;
/** Of the file that says which commands are denied. */
export const DENIED_COMMANDS_BYTES_MAX = 1 * MIB;

/** The log of one native plugin; two files of this size are kept. */
export const PLUGIN_LOG_BYTES_MAX = 1 * MIB;
export const PLUGIN_LOG_LINE_CHARS_MAX = 16 * KIB;
/** Lines before a crash that its report shows. */
export const CRASH_LOG_LINES_MAX = 20;
/** Of one of these lines. */
export const CRASH_LOG_LINE_CHARS_MAX = 1_000;
/** Lines of a plugin's log that an answer of the control API has: without a wish, and at most. */
export const PLUGIN_LOG_LINES_SHOWN_DEFAULT = 200;
export const PLUGIN_LOG_LINES_SHOWN_MAX = 5_000;
/** Whoever follows a log and is further behind goes on with the newest so many lines. */
export const PLUGIN_LOG_LINES_BEHIND_MAX = 1_000;
/** Of a plugin's README and of its changelog: of a longer one the beginning is shown. */
export const PLUGIN_DOC_BYTES_MAX = 256 * KIB;

/** Of answers that a runner has not taken; beyond this, none of its host calls is begun. */
export const ANSWERS_UNSENT_BYTES_MAX = 64 * MIB;
/** Answers of one function to one runner, each of up to a frame, that may be in the making at the same time... */
export const LARGE_ANSWERS_OPEN_MAX = 2;
/** ...and up to how many there may be when those before were small, one more for each of them. */
export const SMALL_ANSWERS_OPEN_MAX = 16;
/** A longer answer is large. */
export const LARGE_ANSWER_CHARS = 1 * MIB;
/** Longer answers are handed to the socket at once, where they count as not taken. */
export const ANSWER_AT_ONCE_CHARS = 64 * KIB;
/** Host calls that a plugin may have open at once; its runner sees to it (`HOST_CALLS_OPEN_MAX` in limits.h). */
export const HOST_CALLS_OPEN_MAX = 4096;
/** Characters of all that a plugin's open host calls were given; four of the largest texts. */
export const HOST_CALLS_CHARS_MAX = 256 * MIB;

/** Agents and sessions. */
export const AGENTS_MAX = 1_000;
/** After this, a change that another process made to an agent counts here too. */
export const AGENT_FRESH_MS = 20;
export const AGENT_NAME_CHARS_MAX = 100;
export const SYSTEM_PROMPT_CHARS_MAX = 256 * KIB;
export const TOOL_SELECTION_NAMES_MAX = 1_000;
export const AGENT_TEMPERATURE_MAX = 2;
export const SESSION_KEY_CHARS_MAX = 1_000;
export const SESSION_TITLE_CHARS_MAX = 200;
/** Turns of one session, and their characters; beyond these the oldest are not read again. */
export const SESSION_TURNS_MAX = 10_000;
export const SESSION_CHARS_MAX = 64 * MIB;
/** Sessions of one agent that nobody gave a key; the ones that are longest out of use make room. */
export const SESSIONS_KEYLESS_MAX = 10_000;
/** Sessions in one list: when nobody says how many, and at most. */
export const SESSIONS_LISTED_DEFAULT = 100;
export const SESSIONS_LISTED_MAX = 10_000;

/** Runs of agents: calls of the model in one run ("Osaurus: Host API", inference). */
export const RUN_ITERATIONS_DEFAULT = 30;
export const RUN_ITERATIONS_MAX = 120;
/** Calls that a model may ask for in one answer, and those that are made side by side. */
export const RUN_TOOL_CALLS_MAX = 128;
export const RUN_TOOL_CALLS_PARALLEL_MAX = 8;
/** Results of one round of calls that are there at the same time, and those that are kept and told whole. */
export const RUN_ROUND_HELD_CHARS_MAX = 64 * MIB;
export const RUN_ROUND_CHARS_MAX = 128 * MIB;
/** A whole run. */
export const RUN_MS_MAX = 1_800_000;
/** Runs at once, in one host. */
export const RUNS_OPEN_MAX = 256;
/** A run, and those that its tools ask for, at the same time: tools that ask for ever more runs come to an end. */
export const RUNS_PER_TRACE_MAX = 16;
/** Rounds of the same calls with the same results, one after the other, until the model is told, and until the run ends. */
export const RUN_SAME_ROUNDS_TOLD = 3;
export const RUN_SAME_ROUNDS_MAX = 5;
/** Of a session's earlier turns, what a model is given again. */
export const RUN_REPLAY_CHARS_MAX = 512 * KIB;
/** Chats over the control API: what somebody may say at once, and runs that go on, of one access key and in all. */
export const CHAT_MESSAGE_CHARS_MAX = 256 * KIB;
export const CHAT_RUNS_PER_KEY_MAX = 16;
export const CHAT_RUNS_MAX = 64;
/** What is kept of one run for whoever begins to follow it later: its end. */
export const CHAT_LOG_CHARS_MAX = 4 * MIB;
/** Of a tool's arguments, and of its result, as chats show them. */
export const CHAT_CALL_CHARS_MAX = 64 * KIB;
/** How long it is known how a run ended; a conversation in which nobody was answered is gone then. */
export const CHAT_RUN_KEPT_MS = 60_000;
/** Of a session that is shown: the newest turns, and so many characters. */
export const CHAT_TURNS_SHOWN_MAX = 1_000;
export const CHAT_TURNS_SHOWN_CHARS_MAX = 8 * MIB;
/** Skills that an agent is told of, a file of one, and the description in it. */
export const SKILLS_MAX = 100;
export const SKILL_BYTES_MAX = 256 * KIB;
export const SKILL_NAME_CHARS_MAX = 100;
export const SKILL_DESCRIPTION_CHARS_MAX = 1_024;
/** What is kept of a tool's result beyond what a model gets, how long, and one page of it. */
export const TOOL_OUTPUT_KEPT_BYTES_MAX = 64 * MIB;
export const TOOL_OUTPUTS_BYTES_MAX = 512 * MIB;
export const TOOL_OUTPUT_KEPT_MS = 7 * 86_400_000;
export const TOOL_OUTPUT_PAGE_CHARS_MAX = 50_000;

/** Inference that plugins ask for: side by side for each plugin ("Osaurus: Host API", inference). */
export const PLUGIN_INFERENCE_OPEN_MAX = 2;
export const INFERENCE_REQUEST_BYTES_MAX = 32 * MIB;
export const INFERENCE_MESSAGES_MAX = 10_000;
export const INFERENCE_TOOLS_MAX = 1_000;
export const EMBED_INPUTS_MAX = 2_048;
export const STREAM_ID_CHARS_MAX = 200;
/** Text in one chunk of a stream: written as JSON it grows sixfold at most, and fits into a frame. */
export const CHUNK_TEXT_CHARS_MAX = 8 * MIB;

/** Model providers. */
export const MODEL_PROVIDERS_MAX = 100;
export const MODEL_PROVIDER_NAME_CHARS_MAX = 64;
export const MODEL_NAME_CHARS_MAX = 300;
export const API_KEY_CHARS_MAX = 8 * KIB;
export const BASE_URL_CHARS_MAX = 2_000;
/** Until the first byte of an answer, and between two parts of a stream. */
export const INFERENCE_FIRST_MS_MAX = 600_000;
export const INFERENCE_SILENT_MS_MAX = 120_000;
/** Tries after the first that failed before anything came; what a server asks to wait at most for. */
export const INFERENCE_RETRIES_MAX = 2;
export const INFERENCE_RETRY_AFTER_MS_MAX = 20_000;
/** One event of a stream, all of an answer, and what is kept of a refusal's text. */
export const INFERENCE_EVENT_BYTES_MAX = 16 * MIB;
export const INFERENCE_ANSWER_BYTES_MAX = 64 * MIB;
export const INFERENCE_REASON_CHARS_MAX = 1_000;
/** Of a call that a model asks for: the tool's name, and the id, in which some servers keep what the model thought. */
export const MODEL_CALL_NAME_CHARS_MAX = 1_000;
export const MODEL_CALL_ID_CHARS_MAX = 64 * KIB;
/** A count of tokens that is believed. */
export const MODEL_TOKENS_MAX = 1_000_000_000_000;
/** What is read of a refusal to find its text. */
export const INFERENCE_REFUSAL_BYTES_MAX = 64 * KIB;
/** How long a server that has said everything gets to end its response, so that the connection can be used again. */
export const INFERENCE_END_MS_MAX = 100;
export const MODELS_MS_MAX = 10_000;
export const MODELS_LISTED_MAX = 5_000;
/** How long a provider's list of models counts. */
export const MODELS_FRESH_MS = 60_000;
/** How long a server that gave no list is not asked for one again. */
export const MODELS_UNKNOWN_MS = 5_000;
/** What a server says that a model can do: so much of it is listed. */
export const MODEL_CAPABILITIES_MAX = 20;
export const MODEL_CAPABILITY_CHARS_MAX = 50;
export const LOCAL_SERVER_PROBE_MS_MAX = 300;
export const SCRIPT_BYTES_MAX = 4 * MIB;
export const SCRIPT_TURNS_MAX = 10_000;
export const SCRIPT_DELAY_MS_MAX = 600_000;
export const SCRIPT_DIMENSIONS_MAX = 10_000;

/** Access keys. */
export const ACCESS_KEYS_MAX = 1_000;
export const ACCESS_KEY_NAME_CHARS_MAX = 100;
/** After this, a key that another process revoked is refused here too. */
export const ACCESS_KEYS_FRESH_MS = 100;

/** Serving over HTTP. */
export const SERVER_BODY_BYTES_MAX = 32 * MIB;
export const SERVER_HEADERS_MAX = 200;
export const SERVER_HEADERS_BYTES_MAX = 64 * KIB;
/** From the first byte of a request to the end of its headers, and of its body. */
export const SERVER_HEADERS_MS_MAX = 10_000;
export const SERVER_REQUEST_MS_MAX = 120_000;
export const SERVER_IDLE_MS_MAX = 75_000;
export const SERVER_CONNECTIONS_MAX = 4_096;
/** Commands that other programs handed over to a host that runs on, at once; more run by themselves. */
export const RESIDENT_COMMANDS_MAX = 256;
/** How long requests that are open when the host is stopped get to finish, and until whoever stops it gives up. */
export const SERVE_DRAIN_MS_MAX = 10_000;
export const SERVE_STOP_MS_MAX = 60_000;
/** How long a host may take to say that it is there. */
export const SERVE_ANSWER_MS_MAX = 2_000;
/** A stream on which nothing was sent for this long says that it is still there. */
export const SERVER_STREAM_QUIET_MS_MAX = 10_000;
/** A client that does not read what it is sent for this long is cut off. */
export const SERVER_UNREAD_MS_MAX = 60_000;
/** How soon what is open ends after the access key that let it in was revoked or has expired. */
export const SERVER_KEY_LOOK_MS = 1_000;
/** Of a host and its port as people type them: a name has 253 characters. */
export const HOST_TARGET_CHARS_MAX = 300;
/** How often it is looked for changes while somebody follows them: as often as they are told of, too. */
export const CHANGES_LOOK_MS = 250;
/** Parts of one message, tools that a request brings, texts that end an answer. */
export const CONTENT_PARTS_MAX = 1_000;
export const REQUEST_TOOLS_MAX = 512;
export const REQUEST_STOPS_MAX = 16;

/** MCP. */
export const MCP_SESSIONS_MAX = 1_000;
/** Of one access key, so that no client leaves others without. */
export const MCP_SESSIONS_PER_KEY_MAX = 250;
export const MCP_SESSION_IDLE_MS_MAX = 1_800_000;
export const MCP_MESSAGE_BYTES_MAX = 32 * MIB;
/** After this, a change that another process made to an agent counts here too. */
export const MCP_AGENT_FRESH_MS = 100;
/** Requests of one client that are open at once; a subscription is one. */
export const MCP_REQUESTS_OPEN_MAX = 1_024;
/** On standard input, more wait for those; text of all of them together. */
export const MCP_REQUESTS_WAITING_CHARS_MAX = 64 * MIB;
/** Tools on a page of the list. */
export const MCP_LIST_PAGE_TOOLS_MAX = 250;
/** How long changes of the list are gathered before clients are told. */
export const MCP_CHANGE_QUIET_MS = 100;
/** Until progress of a call is told for the second time, and between two times at most. */
export const MCP_PROGRESS_FIRST_MS = 500;
export const MCP_PROGRESS_MS_MAX = 5_000;
/** An answer that takes longer is sent as a stream, which is kept alive that often. */
export const MCP_STREAM_AFTER_MS = 10_000;
export const MCP_STREAM_KEEP_ALIVE_MS = 15_000;
/** What a client may leave unread of a stream before it counts as gone. */
export const MCP_STREAM_UNREAD_BYTES_MAX = 4 * MIB;

/** A tool's definition as it is remembered, and one side of a difference that is shown. */
export const TOOL_DEFINITION_CHARS_MAX = 512 * KIB;
export const TOOL_DEFINITIONS_BYTES_MAX = 64 * MIB;

/** The shelf: how long what was found of plugins counts, and how often a face that wants to know of changes looks. */
export const SHELF_FRESH_MS = 100;
/** The same for a call of a tool that is known: what is called is looked at by itself. */
export const SHELF_CALL_FRESH_MS = 1_000;
export const SHELF_WATCH_MS = 2_000;
/** Commands of one process plugin that are tools. */
export const PROCESS_TOOLS_MAX = 1_000;
/** Of a process plugin's text for models: of a command, of one argument. */
export const TOOL_TEXT_CHARS_MAX = 4_000;
/** Suggestions of an argument that models are told of. */
export const PROCESS_EXAMPLES_MAX = 20;
/** Names of properties, as the strictest models take them. */
export const PROCESS_PROPERTY_CHARS_MAX = 64;
/** One word of a command line (Linux takes 128 KiB), all of them together, and their number. */
export const PROCESS_ARGUMENT_BYTES_MAX = 100 * KIB;
export const PROCESS_ARGUMENTS_BYTES_MAX = 512 * KIB;
export const PROCESS_ARGUMENTS_MAX = 10_000;

/** Statements that a connection to the control database keeps ready. */
export const STATEMENTS_KEPT_MAX = 500;

/** Tasks of one host that run at once, all of them and those of one agent, where nothing else is configured. */
export const TASKS_RUNNING_DEFAULT = 5;
export const TASKS_RUNNING_PER_AGENT_DEFAULT = 5;
/** What may be configured. */
export const TASKS_RUNNING_MAX = 250;
/** Dispatches of one plugin for one agent within the window. */
export const TASK_DISPATCHES_MAX = 10;
export const TASK_DISPATCH_WINDOW_MS = 60_000;
/** Of a dispatch: its whole request, its title, its tools, and what people are shown of the agent's question. */
export const TASK_REQUEST_CHARS_MAX = 4 * MIB;
export const TASK_TITLE_CHARS_MAX = 200;
export const TASK_TOOLS_MAX = 100;
export const TASK_QUESTION_CHARS_MAX = 10_000;
export const TASK_OPTIONS_MAX = 50;
/** A message that interrupts, or an answer. */
export const TASK_MESSAGE_CHARS_MAX = MIB;
/** Messages that interrupted a round and are not said yet: so many, and characters in all of them; more are refused. */
export const TASK_MESSAGES_UNSAID_MAX = 1_000;
export const TASK_MESSAGES_UNSAID_CHARS_MAX = 4 * MIB;
export const TASK_DRAFT_CHARS_MAX = MIB;
/** Drafts of one task that wait for the plugin; older ones make room. */
export const TASK_DRAFTS_WAITING_MAX = 100;
/** What a plugin gets of the assistant's text in an event or a report; it keeps its end. */
export const TASK_OUTPUT_CHARS_MAX = MIB;
/** Of the texts and drafts in one list of tasks; behind that, tasks are listed without. */
export const TASKS_REPORTED_CHARS_MAX = 4 * MIB;
/** Entries of a task's feed that a plugin is told of. */
export const TASK_FEED_ENTRIES_MAX = 20;
/** Between two events of the kind, at least. */
export const TASK_PROGRESS_MS = 500;
export const TASK_OUTPUT_MS = 1_000;
/** Events of its tasks that one plugin is told at once, so that it has room for calls of its tools. */
export const TASK_EVENTS_OPEN_MAX = 128;
/** An event that a plugin, or the database, would not take is tried again after this time, which doubles each time. */
export const TASK_EVENT_RETRY_MS_MIN = 20;
export const TASK_EVENT_RETRY_MS_MAX = 5_000;
/** A round whose host was killed in the middle of it more often than that is given up. */
export const TASK_RESUMES_MAX = 3;
/** Tasks of one plugin that are over: so many, and all that ended within this time, are kept. */
export const TASKS_KEPT_MAX = 200;
export const TASK_KEPT_MS = 3_600_000;
/** Events of one task, when a new round begins; older ones make room. Within a round that is looked after now and then. */
export const TASK_EVENTS_KEPT_MAX = 10_000;
export const TASK_EVENTS_FORGOTTEN_EVERY = 1_000;
/** Tasks of one plugin and agent that wait for an answer: while there are so many, nothing but answers is dispatched. */
export const TASKS_WAITING_MAX = 1_000;
/** How often a host looks for tasks that nobody runs any more, and for what other processes want of its own. */
export const TASKS_ORPHANED_LOOK_MS = 2_000;
export const TASKS_WISHES_LOOK_MS = 200;
/** How long a host may take to do what another process wants of its task. */
export const TASK_WISH_MS_MAX = 5_000;
/** How often somebody who wished for something looks whether it is done. */
export const TASK_WISH_POLL_MS = 25;
/** After this, a command that waits for tasks says so. */
export const TASKS_NOTE_MS = 1_000;
/** Wishes of others for one task that its host did not take yet. */
export const TASK_WISHES_WAITING_MAX = 100;
/** How often the host that runs on a data folder gives a sign of life, and for how long one in another container is given. */
export const HOST_LOCK_SIGN_MS = 2_000;
export const HOST_LOCK_SILENT_MS_MAX = 20_000;
/** How often a host that has tasks gives a sign of life, and after how long without one it is gone, in another container. */
export const TASK_OWNER_SIGN_MS = 5_000;
export const TASK_OWNER_SILENT_MS_MAX = 60_000;
/** How long a plugin that is removed may take to hear that its tasks were cancelled. */
export const TASKS_FAREWELL_MS_MAX = 5_000;
/** Of a list: how many there are without --limit, and at most. */
export const TASKS_LISTED_DEFAULT = 50;
export const TASKS_LISTED_MAX = 1_000;
/** Events that are read at once: so many, and bytes of all their payloads; one may have more. */
export const TASK_EVENTS_PAGE_MAX = 1_000;
export const TASK_EVENTS_PAGE_BYTES_MAX = MIB;
/**
 * Streams of events that are open at once: of one access key, so that no client leaves others without; of all keys for one agent
 * each, so that the owner of the host has some left; and in all.
 */
export const TASK_STREAMS_PER_KEY_MAX = 64;
export const TASK_STREAMS_AGENT_KEYS_MAX = 96;
export const TASK_STREAMS_MAX = 128;
/** The newest events of a task that are shown with it. */
export const TASK_EVENTS_SHOWN_MAX = 200;
/** Files that runs share: one, and all of a task; and what a description of one may have. */
export const ARTIFACT_BYTES_MAX = 50_000_000;
export const ARTIFACTS_PER_RUN_MAX = 100;
export const ARTIFACT_DESCRIPTION_CHARS_MAX = 2_000;
/** How many names are tried for a file whose own is taken. */
export const ARTIFACT_NAMES_TRIED_MAX = 1_000;
/** Files of one session that are listed. */
export const ARTIFACTS_LISTED_MAX = 1_000;
/** How long a plugin may take with a file that it is given. */
export const ARTIFACT_HANDLER_MS_MAX = 30_000;

/** Routes and web UIs. Requests to open routes of one plugin: so many at once, and so many more in each minute. */
export const ROUTE_BURST_MAX = 100;
export const ROUTE_BURST_MS = 60_000;
/** A bucket nobody took from for this long is full again, and is forgotten. */
export const ROUTE_BUCKET_IDLE_MS = 300_000;
/** Of the path and query of a request to a plugin. */
export const PLUGIN_URL_BYTES_MAX = 16 * KIB;
/** A plugin that was asked for and is not there, or does not load, is looked for again after this; and of so many that is known. */
export const PLUGIN_MISSED_MS = 1_000;
export const PLUGINS_MISSED_MAX = 1_000;
/** Bodies of requests to routes and their answers, in memory at once: all of them, and of those those that are not from this machine. */
export const PLUGIN_HELD_BYTES_MAX = 256 * MIB;
export const PLUGIN_REMOTE_HELD_BYTES_MAX = 128 * MIB;
/** Of one body that is not from this machine. */
export const PLUGIN_REMOTE_BODY_BYTES_MAX = 10_000_000;
/** Of what `handle_route` answers, as JSON: as much as a frame takes. */
export const ROUTE_ANSWER_HEADERS_MAX = 100;
export const ROUTE_ANSWER_HEADERS_BYTES_MAX = 64 * KIB;
/** Files of web UIs up to this size are kept in memory, all of them together. */
export const WEB_FILE_KEPT_BYTES_MAX = 256 * KIB;
export const WEB_FILES_KEPT_BYTES_MAX = 32 * MIB;
/** Files that changed less than this long ago are not kept: the clocks of file systems tick as slowly as this. */
export const WEB_FILE_SETTLED_MS = 2_000;
/** Larger files of web UIs are read and sent in pieces of this size. */
export const WEB_PIECE_BYTES_MAX = 64 * KIB;
/** From the print of a one-time link to its use, and from there to the end of the session that it begins. */
export const WEB_LINK_MS_MAX = 300_000;
export const WEB_SESSION_MS_MAX = 43_200_000;
export const WEB_LINKS_MAX = 1_000;
export const WEB_SESSIONS_MAX = 1_000;
/** Failures to sign in to the dashboard: so many at once, and so many more in each minute; and of what is typed there. */
export const SIGN_IN_TRIES_MAX = 20;
export const SIGN_IN_TRIES_MS = 60_000;
export const SIGN_IN_CHARS_MAX = 200;
/** Of the body of such a try: whoever sends it has shown no key yet. */
export const SIGN_IN_BODY_BYTES_MAX = 4 * KIB;
/** What is typed to say which package is meant, where a registry is, and what is looked for in registries. */
export const INSTALL_SPEC_CHARS_MAX = 4 * KIB;
export const REGISTRY_LOCATION_CHARS_MAX = 4 * KIB;
export const REGISTRY_NAME_CHARS_MAX = 100;
export const REGISTRY_SEARCH_CHARS_MAX = 200;
/** Hex digits that name a package which somebody consents to. */
export const PACKAGE_DIGEST_CHARS = 64;
/** Settings that are saved with one request. */
export const SETTINGS_SAVED_MAX = 500;
/** Of a page into which a script is put: so much is held back until its place is known. */
export const INJECT_HELD_BYTES_MAX = MIB;
/** The dev server of an author: until its answer begins. */
export const DEV_PROXY_MS_MAX = 10_000;
export const DEV_PROXY_FILE_BYTES_MAX = 64 * KIB;
export const DEV_SOCKETS_MAX = 100;
export const DEV_PROXY_URL_CHARS_MAX = 2_048;
/** When one side of a WebSocket is closed, the other gets this long to do the same. */
export const DEV_SOCKET_CLOSE_MS_MAX = 2_000;

/** The tunnel: what its relay and its hosts hold each other to. */
export const TUNNEL_AGENTS_MAX = 50;
export const TUNNEL_FRAME_BYTES_MAX = 16 * MIB;
export const TUNNEL_BODY_BYTES_MAX = 10_000_000;
/** Of one request or answer. */
export const TUNNEL_HEADERS_MAX = 200;
/** From the connection to the end of the signing in; and how far the clocks of both sides may be apart. */
export const TUNNEL_AUTH_MS_MAX = 10_000;
export const TUNNEL_CLOCK_SECONDS_MAX = 30;
export const TUNNEL_PING_MS = 30_000;
export const TUNNEL_PINGS_MISSED_MAX = 3;
export const TUNNEL_BACKOFF_MS_MIN = 1_000;
export const TUNNEL_BACKOFF_MS_MAX = 60_000;
/** Requests of one tunnel that are open at once. */
export const TUNNEL_REQUESTS_MAX = 256;
/** What their bodies and answers take in memory, all together; and what may wait to be sent. */
export const TUNNEL_HELD_BYTES_MAX = 64 * MIB;
export const TUNNEL_UNSENT_BYTES_MAX = 128 * MIB;
/** A streamed answer waits for the relay once this much waits to be sent. */
export const TUNNEL_STREAM_UNSENT_BYTES_MAX = MIB;
/** A tunnel that held this long was a good one: the next try comes soon again. */
export const TUNNEL_STABLE_MS_MIN = 60_000;
/** How often it is looked whether other processes made or deleted agents. */
export const TUNNEL_AGENTS_LOOK_MS = 3_000;
/** Of the file that says whether the tunnel is wanted. */
export const TUNNEL_WISH_BYTES_MAX = 16 * KIB;
/** Until the answer of a host begins, and between two pieces of it. */
export const TUNNEL_ANSWER_MS_MAX = 30_000;
export const TUNNEL_STREAM_IDLE_MS_MAX = 30_000;
/** Until a relay that held a stream up wants more of it. A slow reader empties in this time what was on its way to it. */
export const TUNNEL_STREAM_PAUSED_MS_MAX = 120_000;
/** How long whoever connects the tunnel waits for it. */
export const TUNNEL_CONNECT_WAIT_MS_MAX = 15_000;
export const RELAY_CONNECTS_PER_MINUTE_MAX = 5;
export const RELAY_TUNNELS_PER_ADDRESS_MAX = 10;
export const RELAY_REQUESTS_PER_MINUTE_MAX = 100;
/** Of all a relay's hosts together; and network addresses of which it remembers how often they connected. */
export const RELAY_TUNNELS_MAX = 1_000;
export const RELAY_CALLERS_KEPT_MAX = 100_000;
/** Frames of a host that are no answers: signing in, adding and removing agents, what is not understood. */
export const RELAY_CONTROL_FRAMES_PER_MINUTE_MAX = 300;
/** Of all bodies that a relay holds at once: those that arrive, and answers that wait for their readers. */
export const RELAY_HELD_BYTES_MAX = 256 * MIB;
/** Of those, the bodies of one caller's network; and those of one host. */
export const RELAY_HELD_BYTES_EACH_MAX = RELAY_HELD_BYTES_MAX / 8;
/**
 * Of one streamed answer whose reader is slow: from here on the host is asked to wait, and here the reader is cut off. What was
 * on its way when the host was asked still comes, and that is as much as both ends of a fast connection hold.
 */
export const RELAY_STREAM_PAUSE_BYTES = 256 * KIB;
export const RELAY_STREAM_HELD_BYTES_MAX = 16 * MIB;
/** Of requests that a host does not take off its connection. */
export const RELAY_UNSENT_BYTES_MAX = 64 * MIB;
/** What requests get to finish when a relay is stopped. */
export const RELAY_DRAIN_MS_MAX = 10_000;

/** The control API: what commands read of a host's answer, and how long they wait for it. Connecting the tunnel takes longest. */
export const CONTROL_ANSWER_BYTES_MAX = 8 * MIB;
export const CONTROL_ANSWER_MS_MAX = 60_000;
/** What opens links has so long to say that there is no browser. */
export const BROWSER_START_MS_MAX = 2_000;
/** The file with the key of commands. */
export const LOCAL_TOKEN_BYTES_MAX = 256;

/** Of `osaurus-plugin.json` and `osp-plugin.json`. */
export const PROJECT_FILE_BYTES_MAX = 64 * KIB;
/** Names of projects: they become names of folders, libraries, commands and modules. */
export const PROJECT_NAME_CHARS_MAX = 64;
/** How long `tools dev` waits for more changes once a file was saved: an editor writes several. */
export const DEV_SETTLE_MS = 20;
/** How often `tools dev` looks whether the project's folder is still the one that it watches. */
export const DEV_FOLDER_LOOK_MS = 1_000;
/** Rounds of `tools dev` in a row for a file that each build writes with another content; after them it is left alone. */
export const DEV_OWN_ROUNDS_MAX = 5;
/** A build of `tools dev` that takes longer is said to run. */
export const DEV_BUILDING_MS = 2_000;
/** Of one build; and of what it prints, which is kept to be shown. */
export const BUILD_MS_MAX = 900_000;
export const BUILD_OUTPUT_BYTES_MAX = 4 * MIB;
/** Mistakes of one build that are shown. */
export const BUILD_MISTAKES_MAX = 20;
/** Of a process plugin's project that `tools dev` copies for each build; and copies that are kept, for calls that still run. */
export const DEV_COPY_BYTES_MAX = 256 * MIB;
export const DEV_COPY_FILES_MAX = 10_000;
export const DEV_COPIES_MAX = 3;
/** Of a file with tests for `tools test`, and of tests in it. */
export const TEST_FILE_BYTES_MAX = 4 * MIB;
export const TESTS_MAX = 1_000;
/** Of recorded exchanges in a file of them, or in one with tests. */
export const TEST_EXCHANGES_MAX = 1_000;
/** Of one call on one host, when a plugin is tried on all of them. */
export const ABI_CALL_MS_MAX = 10_000;
/** Of all test programs of a project together; and of what is told of them. */
export const NODE_TESTS_MS_MAX = 900_000;
export const NODE_TESTS_OUTPUT_BYTES_MAX = 16 * MIB;
/** Of minisign's secret-key file. */
export const SECRET_KEY_BYTES_MAX = 4 * KIB;
/** What a secret key may ask for to be unlocked: as much as minisign itself does, in memory and in steps of scrypt. */
export const SECRET_KEY_MEMORY_BYTES_MAX = 1024 * MIB;
export const SECRET_KEY_STEPS_MAX = 32 * MIB;
export const SECRET_KEY_PASSWORD_BYTES_MAX = 1024;
/** How long the checked runner has to say what it noticed of its plugin. */
export const CHECK_REPORT_MS_MAX = 5_000;
/** Connections to `registry serve` at once; how long one may be silent; and what they get to finish when it is ended. */
export const REGISTRY_CONNECTIONS_MAX = 256;
export const REGISTRY_SERVE_IDLE_MS_MAX = 60_000;
export const REGISTRY_DRAIN_MS_MAX = 5_000;
/** Of one table in a library that the doctor reads: a larger one is left out. */
export const LIBRARY_TABLE_BYTES_MAX = 64 * MIB;
/** Libraries that one needs, folders that it names for them, and places that are looked at for all of them together. */
export const LIBRARY_NEEDS_MAX = 256;
export const LIBRARY_SEARCH_PATHS_MAX = 64;
export const LIBRARY_LOOKS_MAX = 10_000;
/** Needed libraries that are read for the versions that they have. */
export const LIBRARY_VERSIONS_READ_MAX = 64;
/** Of one load command in a library for macOS: the rest of a larger one is not read. */
export const LIBRARY_COMMAND_BYTES_MAX = 4 * KIB;

/** Completion: a line that is completed; words, and entries of a folder, that are offered at once; a word that is offered, and what is said of it. */
export const COMPLETION_LINE_CHARS_MAX = 64 * KIB;
export const COMPLETION_OFFERS_MAX = 2_000;
export const COMPLETION_PATHS_MAX = 2_000;
export const COMPLETION_VALUE_CHARS_MAX = 1_000;
export const COMPLETION_ABOUT_CHARS_MAX = 80;

/** The interactive shell: a command line; one that is kept, and the file of all that are. */
export const REPL_LINE_CHARS_MAX = 128 * KIB;
export const HISTORY_LINE_CHARS_MAX = 16 * KIB;
export const HISTORY_FILE_BYTES_MAX = 16 * MIB;
/** How long another process may be writing the history before it is not waited for any more. */
export const HISTORY_LOCK_MS_MAX = 1_000;
/** The number of a line. What has a larger one was not written here. */
export const HISTORY_ID_MAX = 1_000_000_000_000;
/** Of a file with commands for "source". */
export const SOURCE_FILE_BYTES_MAX = 1 * MIB;
/** Of the user's name and the like in the prompt. */
export const PROMPT_PART_CHARS_MAX = 64;
