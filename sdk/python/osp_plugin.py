"""Helper for process plugins in Python: declare commands, write functions, call run().

    from osp_plugin import Plugin, arg

    plugin = Plugin("hello", "0.1.0")

    @plugin.command("hello", about="Greet somebody", args=[arg("name")])
    def hello(call):
        return [{"greeting": f"Hello, {call.text('name', 'world')}!"}]

    if __name__ == "__main__":
        plugin.run()

The helper answers --describe and --help, reads the command line, and prints exactly one answer: what the function
returns, or a failure when it raises. While a function runs, whatever is printed goes to stderr, also by programs that it
starts. One file, Python 3.8 or newer, nothing but the standard library: copy it beside your plugin.
"""

from __future__ import annotations

import json
import math
import os
import re
import sys
from typing import Any, Callable, Dict, List, NoReturn, Optional, Sequence, Tuple

__all__ = [
    "PATH", "Call", "Command", "Config", "Failure", "Hints", "Plugin", "Result",
    "arg", "auth", "credential", "flag", "session", "suggestion",
]

#: The value type of an argument or a flag that the host completes as a file or a folder.
PATH = "Path"

LEVELS = ("error", "warning", "success", "info", "trace")
ALIGNMENTS = ("default", "left", "center", "right")
COMMAND_NAME = re.compile(r"[a-z0-9_-]+")
FLAG_NAME = re.compile(r"--?[^\s=-][^\s=]*")
WHOLE_NUMBER = re.compile(r"[+-]?[0-9]+")
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
#: Python refuses to read longer ones (and needs long for them).
DIGITS_MAX = 4000


class Failure(Exception):
    """What was asked for failed in a way that the plugin understands: raise it. The answer says ok=false.

    `code` is for programs (NOT_FOUND), `message` for people; `details` is anything more, `data` what there is anyway.
    """

    def __init__(self, code: str, message: str, details: Any = None, data: Any = None):
        super().__init__(message)
        self.code = str(code).strip() or "FAILED"
        self.message = str(message).strip() or self.code
        self.details = details
        self.data = data


class Result:
    """Data together with how to show it. A function that has nothing to say about that returns the data alone."""

    def __init__(
        self,
        data: Any,
        *,
        columns: Optional[Sequence[str]] = None,
        column_align: Sequence[str] = (),
        column_labels: Optional[Sequence[str]] = None,
        row_path: Optional[str] = None,
        preserve_json_document: bool = False,
        format_hint: Optional[str] = None,
    ):
        self.data = data
        meta: Dict[str, Any] = {
            "format_hint": format_hint or None,
            "columns": None if columns is None else list(columns),
            "column_align": list(column_align) or None,
            "column_labels": None if column_labels is None else list(column_labels),
            "row_path": row_path,
            "preserve_json_document": preserve_json_document or None,
        }
        self.meta = {name: value for name, value in meta.items() if value is not None}
        self._check()

    def _check(self) -> None:
        columns = self.meta.get("columns")
        for word in self.meta.get("column_align", []):
            if word not in ALIGNMENTS:
                raise ValueError(f'column_align: "{word}" is none of {", ".join(ALIGNMENTS)}')
        labels = self.meta.get("column_labels")
        if labels is not None and (columns is None or len(labels) != len(columns)):
            raise ValueError("column_labels must be as many as columns")
        if labels is not None and any(not label.strip() for label in labels):
            raise ValueError("column_labels: none may be blank")
        path = self.meta.get("row_path")
        if path is not None and not (isinstance(self.data, dict) and isinstance(self.data.get(path), (list, tuple))):
            raise ValueError(f'row_path: the data has no list called "{path}"')


def suggestion(
    value: str, meta: Optional[str] = None, display: Optional[str] = None, sort: Optional[str] = None
) -> Dict[str, Any]:
    """A value to offer: what is typed, what it means, what a menu shows in its place, what a menu sorts by."""
    if not value.strip():
        raise ValueError("the value of a suggestion must not be blank")
    return _given({"value": value, "meta": meta, "display": display, "sort": sort})


class Value:
    """An argument or a flag; made by arg() and flag()."""

    def __init__(self, spellings: Sequence[str], is_flag: bool, described: Dict[str, Any]):
        self.spellings = list(spellings)
        self.is_flag = is_flag
        self.described = described
        self.multi = bool(described.get("multi"))
        self.required = bool(described.get("required"))
        self.flag_only = bool(described.get("flag_only"))

    @property
    def name(self) -> str:
        return self.spellings[0]


def arg(
    name: str,
    about: Optional[str] = None,
    *,
    required: bool = False,
    multi: bool = False,
    value_type: Optional[str] = None,
    suggestions: Sequence[Any] = (),
) -> Value:
    """An argument: a word that is found by its place. `multi` takes all that are left."""
    if not name.strip() or name.startswith("-"):
        raise ValueError(f'"{name}" cannot be the name of an argument')
    described = {"name": name, "about": about, "required": required, "multi": multi, "value_type": value_type}
    return Value([name], False, _given({**described, "suggestions": _suggestions(suggestions)}))


def flag(
    *spellings: str,
    about: Optional[str] = None,
    required: bool = False,
    flag_only: bool = False,
    multi: bool = False,
    value_type: Optional[str] = None,
    suggestions: Sequence[Any] = (),
) -> Value:
    """A flag under all its spellings, such as flag("--limit", "-n"). `flag_only` stands alone; else a value follows."""
    if not spellings:
        raise ValueError("a flag needs a spelling")
    for one in spellings:
        if not FLAG_NAME.fullmatch(one):
            raise ValueError(f'"{one}" cannot be a flag: it has to be like "--limit" or "-n"')
        if one in ("--help", "--describe"):
            raise ValueError(f'"{one}" is answered by the helper')
    described = {"about": about, "required": required, "flag_only": flag_only, "multi": multi}
    described.update({"value_type": value_type, "suggestions": _suggestions(suggestions)})
    longest_first = sorted(spellings, key=lambda one: not one.startswith("--"))
    return Value(longest_first, True, _given(described))


def credential(state: str, service: str, min_ttl_seconds: Optional[int] = None) -> Dict[str, Any]:
    """A credential that a session must have: `state` is present, valid or fresh."""
    return _given({"state": state, "service": service, "min_ttl_seconds": min_ttl_seconds})


def session(auth_strength: Optional[str] = None, credentials: Sequence[Dict[str, Any]] = ()) -> Dict[str, Any]:
    """What a user has to be signed in with: `auth_strength` is basic or strong."""
    return _given({"auth_strength": auth_strength, "credentials": list(credentials)})


def auth(
    visibility: Optional[str] = None,
    *,
    required_capabilities: Sequence[str] = (),
    feature_flags: Sequence[str] = (),
    visible_session: Optional[Dict[str, Any]] = None,
    run_session: Optional[Dict[str, Any]] = None,
) -> Dict[str, Any]:
    """Who may see and run a command: `visibility` is public, authenticated, capability_gated or hidden."""
    return _given(
        {
            "visibility": visibility,
            "required_capabilities": list(required_capabilities),
            "feature_flags": list(feature_flags),
            "visible_session": visible_session,
            "run_session": run_session,
        }
    )


Handler = Callable[["Call"], Any]


class Command:
    """A command of the plugin. As a decorator it takes the function that runs it; command() makes one below it."""

    def __init__(
        self, name: str, about: str, args: Sequence[Value], flags: Sequence[Value], access: Optional[Dict[str, Any]]
    ):
        if not COMMAND_NAME.fullmatch(name):
            raise ValueError(f'"{name}" cannot be a command: its name is made of a-z, 0-9, - and _')
        self.name, self.about, self.args, self.flags, self.access = name, about, list(args), list(flags), access
        self.commands: List[Command] = []
        self.handler: Optional[Handler] = None
        _check_values(self)

    def __call__(self, given: Any) -> Any:
        if self.handler is not None:
            return self.handler(given)  # The name that was decorated still is a function.
        self.handler = given
        return self

    def command(
        self,
        name: str,
        *,
        about: str = "",
        args: Sequence[Value] = (),
        flags: Sequence[Value] = (),
        auth: Optional[Dict[str, Any]] = None,
    ) -> "Command":
        """A command below this one. The flags of this one are known below it, too."""
        return _added(self.commands, Command(name, about, args, flags, auth))

    def describe(self) -> Dict[str, Any]:
        flags: Dict[str, Any] = {}
        told: List[Dict[str, Any]] = []
        for one in self.flags:
            described = one.described
            if described in told:  # Entries that are equal count as one flag: what is another one has to say so.
                described = {**described, "about": f"{described.get('about') or _words(one.name)} ({one.name})"}
            told.append(described)
            flags.update({spelling: described for spelling in one.spellings})
        parts = {
            "name": self.name,
            "about": self.about,
            "auth": self.access,
            "args": [one.described for one in self.args],
            "flags": flags,
            "subcommands": [one.describe() for one in self.commands],
        }
        return _given(parts)


class Hints:
    """What the host says of the call. Outside of a host, and for words that are not known, these are the defaults."""

    def __init__(self, env: Dict[str, str]):
        def word(name: str, known: Sequence[str], otherwise: str) -> str:
            value = env.get(name, "").strip().lower()
            return value if value in known else otherwise

        self.command: Optional[str] = env.get("OSP_COMMAND") or None
        self.verbosity = word("OSP_UI_VERBOSITY", LEVELS, "info")
        self.debug_level = int(word("OSP_DEBUG_LEVEL", ("0", "1", "2", "3"), "0"))
        self.format = word("OSP_FORMAT", ("auto", "json", "table", "md", "mreg", "value", "guide"), "auto")
        self.color = word("OSP_COLOR", ("auto", "always", "never"), "auto")
        self.unicode = word("OSP_UNICODE", ("auto", "always", "never"), "auto")
        self.terminal_kind = word("OSP_TERMINAL_KIND", ("cli", "repl", "unknown"), "unknown")
        self.profile: Optional[str] = env.get("OSP_PROFILE") or None
        self.terminal: Optional[str] = env.get("OSP_TERMINAL") or None


class Config:
    """What is configured for the plugin: the keys extensions.plugins.ID.env.NAME. A value that cannot be read becomes a
    failure that names the key, never the value, which may be a secret."""

    def __init__(self, plugin_id: str, env: Dict[str, str]):
        self._plugin_id = plugin_id
        self._env = env

    def text(self, name: str, default: Any = None) -> Any:
        return self._env.get(_variable(name), default)

    def need(self, name: str) -> str:
        """The text; a failure when it is not configured."""
        value = self.text(name)
        if value is None or not value.strip():
            raise self._failure(name, "is not configured")
        return value

    def integer(self, name: str, default: Any = None) -> Any:
        return self._read(name, default, WHOLE_NUMBER, int, "must be a whole number")

    def number(self, name: str, default: Any = None) -> Any:
        return self._read(name, default, NUMBER, float, "must be a number")

    def boolean(self, name: str, default: Any = None) -> Any:
        return self._read(name, default, re.compile("true|false"), lambda text: text == "true", "must be true or false")

    def list(self, name: str, default: Any = None) -> Any:
        text = self.text(name)
        if text is None:
            return default
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, list):
            raise self._failure(name, "must be a list, in JSON")
        return value

    def _read(self, name: str, default: Any, shape: Any, read: Callable[[str], Any], what: str) -> Any:
        text = self.text(name)
        if text is None:
            return default
        if len(text) > DIGITS_MAX or not shape.fullmatch(text.strip()):
            raise self._failure(name, what)
        return read(text.strip())

    def _failure(self, name: str, what: str) -> Failure:
        key = f"extensions.plugins.{self._plugin_id}.env.{name}"
        return Failure("CONFIG", f'the setting "{name}" {what}: osp config set {key} VALUE', {"key": key})


class Call:
    """One call of a command: what was typed, and what the host said. Names are those of arguments ("name") and of flags,
    in any spelling ("--limit")."""

    def __init__(self, plugin: "Plugin", path: Sequence[Command], env: Dict[str, str]):
        self.command = [one.name for one in path]
        self.hints = Hints(env)
        self.config = Config(plugin.id, env)
        self.messages: List[Dict[str, str]] = []
        self._values: Dict[str, Tuple[Value, List[str]]] = {}
        for command in path:  # The nearest command wins where two use the same name.
            for one in command.flags:
                self._values.update(dict.fromkeys(one.spellings, (one, [])))
        for one in path[-1].args:
            self._values[one.name] = (one, [])

    def is_set(self, name: str) -> bool:
        return bool(self.texts(name))

    def count(self, name: str) -> int:
        """How often a flag was given."""
        return len(self.texts(name))

    def texts(self, name: str) -> List[str]:
        """All values, in order; none when it was not given."""
        if name not in self._values:
            raise KeyError(f'the command "{" ".join(self.command)}" declares no "{name}"')
        return self._values[name][1]

    def text(self, name: str, default: Any = None) -> Any:
        values = self.texts(name)
        return values[-1] if values else default

    def integer(self, name: str, default: Any = None) -> Any:
        text = self.text(name)
        if text is None:
            return default
        if len(text) > DIGITS_MAX or not WHOLE_NUMBER.fullmatch(text):
            raise Failure("USAGE", f'{name} must be a whole number, not "{_short(text)}"')
        return int(text)

    def number(self, name: str, default: Any = None) -> Any:
        text = self.text(name)
        if text is None:
            return default
        if not NUMBER.fullmatch(text) or not math.isfinite(float(text)):
            raise Failure("USAGE", f'{name} must be a number, not "{_short(text)}"')
        return float(text)

    def message(self, level: str, text: str) -> None:
        """Something for people, shown beside the data. Blank text is no message."""
        if level not in LEVELS:
            raise ValueError(f'"{level}" is none of {", ".join(LEVELS)}')
        if str(text).strip():
            self.messages.append({"level": level, "text": str(text)})

    def error(self, text: str) -> None:
        self.message("error", text)

    def warning(self, text: str) -> None:
        self.message("warning", text)

    def success(self, text: str) -> None:
        self.message("success", text)

    def info(self, text: str) -> None:
        self.message("info", text)

    def trace(self, text: str) -> None:
        self.message("trace", text)


class Plugin:
    """A plugin: its id, its version, its commands."""

    def __init__(self, id: str, version: str, *, min_osp_version: Optional[str] = None):
        if not id.strip():
            raise ValueError("the id of a plugin must not be blank")
        self.id, self.version, self.min_osp_version = id.strip(), version, min_osp_version
        self.commands: List[Command] = []

    def command(
        self,
        name: str,
        *,
        about: str = "",
        args: Sequence[Value] = (),
        flags: Sequence[Value] = (),
        auth: Optional[Dict[str, Any]] = None,
    ) -> Command:
        """A command; as a decorator it takes the function that runs it, which gets a Call."""
        return _added(self.commands, Command(name, about, args, flags, auth))

    def describe(self) -> Dict[str, Any]:
        if not self.commands:
            raise ValueError("a plugin needs a command")
        parts = {
            "protocol_version": 1,
            "plugin_id": self.id,
            "plugin_version": self.version,
            "min_osp_version": self.min_osp_version,
            "commands": [one.describe() for one in self.commands],
        }
        return _given(parts)

    def answer(self, argv: Sequence[str], env: Optional[Dict[str, str]] = None) -> str:
        """What the plugin prints for these words, the first of which is the command. For tests; run() prints it."""
        words = list(argv)
        if words == ["--describe"]:
            return _json(self.describe()) + "\n"
        path, is_help = _help_wanted(self, words)
        if is_help:
            return _help(self, path)
        messages: List[Dict[str, str]] = []
        try:
            return _response(self._result(words, dict(os.environ) if env is None else env, messages), None, messages)
        except Failure as failure:
            return _refusal(failure, messages)
        except (Exception, SystemExit, GeneratorExit) as error:
            _tell_where()
            return _refusal(Failure("INTERNAL", f"{type(error).__name__}: {error}".rstrip(": ")), messages)

    def run(self, argv: Optional[Sequence[str]] = None) -> NoReturn:
        """Answers the call that this process was started for, and ends it."""
        out = _take_stdout()
        try:
            text = self.answer(sys.argv[1:] if argv is None else argv)
        except KeyboardInterrupt:
            sys.exit(130)
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        except (OSError, ValueError):
            pass
        try:
            with os.fdopen(out, "wb") as file:
                file.write(text.encode("utf-8", "replace"))
        except BrokenPipeError:
            pass  # Nobody reads any more.
        sys.exit(0)

    def _result(self, words: List[str], env: Dict[str, str], messages: List[Dict[str, str]]) -> Result:
        path, flags, values = _parse(self, words)
        call = Call(self, path, env)
        call.messages = messages
        _fill(call, path, flags, values)
        handler = path[-1].handler
        assert handler is not None
        given = handler(call)
        if given is None:
            given = []  # No rows; who means null returns Result(None).
        return given if isinstance(given, Result) else Result(given)


def _added(commands: List[Command], command: Command) -> Command:
    if any(one.name == command.name for one in commands):
        raise ValueError(f'two commands are called "{command.name}"')
    commands.append(command)
    return command


def _check_values(command: Command) -> None:
    seen = set()
    for one in [*command.args, *command.flags]:
        for spelling in one.spellings:
            if spelling in seen:
                raise ValueError(f'the command "{command.name}" declares "{spelling}" twice')
            seen.add(spelling)
    for before, after in zip(command.args, command.args[1:]):
        if before.multi:
            raise ValueError(f'the argument "{before.name}" takes all words: none can come after it')
        if after.required and not before.required:
            raise ValueError(f'the argument "{after.name}" is required and comes after one that is not')


def _parse(plugin: Plugin, words: List[str]) -> Tuple[List[Command], List[Tuple[Value, str]], List[str]]:
    """The command and those below it, the flags with their values, and the arguments."""
    if not words:
        raise Failure("USAGE", f"no command was given: there is {_names(plugin.commands)}")
    first = next((one for one in plugin.commands if one.name == words[0].lower()), None)
    if first is None:
        raise Failure("USAGE", f'there is no command "{_short(words[0])}": there is {_names(plugin.commands)}')
    path, flags, values = [first], [], []
    known = _spelled(path)
    at, is_literal = 1, False
    while at < len(words):
        word = words[at]
        at += 1
        if not is_literal and word == "--":
            is_literal = True
            continue
        below = next((one for one in path[-1].commands if one.name == word.lower()), None)
        if not is_literal and not values and below is not None:
            path.append(below)
            known = _spelled(path)
            continue
        found, value = (None, None) if is_literal else _flag_of(word, known)
        if found is None:
            values.append(word)
            continue
        if not found.flag_only and value is None:
            if at == len(words) or words[at] == "--" or words[at] in known:
                raise Failure("USAGE", f"{found.name} needs a value")
            value = words[at]
            at += 1
        flags.append((found, value or ""))
    if path[-1].handler is None:
        _refuse_group(path[-1], values)
    return path, flags, values


def _flag_of(word: str, known: Dict[str, Value]) -> Tuple[Optional[Value], Optional[str]]:
    """The flag that a word spells, and its value when that is part of the word. Neither for an argument."""
    if not word.startswith("-") or word == "-":
        return None, None
    if word in known:
        return known[word], None
    head, equals, value = word.partition("=")
    if equals and head in known:
        if known[head].flag_only:
            raise Failure("USAGE", f"{head} takes no value")
        return known[head], value
    short = known.get(word[:2])
    if short is not None and not short.flag_only and not word.startswith("--"):
        return short, word[2:]
    if NUMBER.fullmatch(word):
        return None, None  # Below zero, not a flag.
    raise Failure("USAGE", f'there is no flag "{_short(head)}"')


def _refuse_group(command: Command, values: List[str]) -> None:
    what = f"{command.name}: there is {_names(command.commands)}" if command.commands else command.name
    if not command.commands:
        raise TypeError(f'the command "{command.name}" has no function')
    if values:
        raise Failure("USAGE", f'there is no "{_short(values[0])}" below {what}')
    raise Failure("USAGE", f"one more word is needed behind {what}")


def _fill(call: Call, path: List[Command], flags: List[Tuple[Value, str]], values: List[str]) -> None:
    for one, value in flags:
        kept = call._values[one.name][1]
        if kept and not one.multi and not one.flag_only:
            raise Failure("USAGE", f"{one.name} was given twice")
        kept.append(value)
    left = list(values)
    for one in path[-1].args:
        count = len(left) if one.multi else 1
        call._values[one.name][1].extend(left[:count])
        left = left[count:]
    if left:
        raise Failure("USAGE", f'"{_short(left[0])}" is one argument too many')
    for one in [*path[-1].args, *(one for command in path for one in command.flags)]:
        if one.required and not call.is_set(one.name):
            raise Failure("USAGE", f"{one.name} is missing")


def _spelled(path: Sequence[Command]) -> Dict[str, Value]:
    return {spelling: one for command in path for one in command.flags for spelling in one.spellings}


def _help_wanted(plugin: Plugin, words: List[str]) -> Tuple[List[Command], bool]:
    """Whether help is asked for, which may be done in several ways, and the command that it is asked for."""
    options = words[: words.index("--")] if "--" in words else words
    path: List[Command] = []
    commands = plugin.commands
    is_help = False
    for at, word in enumerate(options):
        found = next((one for one in commands if one.name == word.lower()), None)
        if found is not None:
            path.append(found)
            commands = found.commands
        elif at <= 1 and word == "help":
            is_help = True
    is_own = "-h" in _spelled(path)
    is_help = is_help or "--help" in options or ("-h" in options and not is_own)
    return path, is_help


def _help(plugin: Plugin, path: Sequence[Command]) -> str:
    if not path:
        listed = [(one.name, one.about) for one in plugin.commands]
        return f"usage: {_names(plugin.commands)}\n{_section('commands', listed)}"
    command = path[-1]
    flags = [one for each in path for one in each.flags]
    usage = " ".join(["usage:", *(one.name for one in path), *map(_usage, [*command.args, *flags])])
    about = f"\n{command.about}\n" if command.about else ""
    listed_args = [(one.name, one.described.get("about")) for one in command.args]
    listed_flags = [(", ".join(one.spellings), one.described.get("about")) for one in flags]
    listed_commands = [(one.name, one.about) for one in command.commands]
    sections = [("arguments", listed_args), ("flags", listed_flags), ("commands", listed_commands)]
    return f"{usage}\n{about}" + "".join(_section(title, rows) for title, rows in sections)


def _usage(one: Value) -> str:
    text = one.name if one.is_flag else one.name.upper()
    if one.is_flag and not one.flag_only:
        text += " VALUE"
    if one.multi and not one.flag_only:
        text += "..."
    return text if one.required else f"[{text}]"


def _section(title: str, rows: Sequence[Tuple[str, Optional[str]]]) -> str:
    if not rows:
        return ""
    width = max(len(name) for name, _ in rows)
    lines = [f"  {name.ljust(width)}  {about or ''}".rstrip() for name, about in rows]
    return "\n".join(["", f"{title}:", *lines, ""])


def _refusal(failure: Failure, messages: List[Dict[str, str]]) -> str:
    error = {"code": failure.code, "message": failure.message}
    try:
        details = {} if failure.details is None else {"details": failure.details}
        return _response(Result(failure.data), {**error, **details}, messages)
    except Exception:  # What it carries cannot be written; what it says can.
        _tell_where()
        return _response(Result(None), error, messages)


def _response(result: Result, error: Optional[Dict[str, Any]], messages: List[Dict[str, str]]) -> str:
    parts = {
        "protocol_version": 1,
        "ok": error is None,
        "data": result.data,
        "error": error,
        "messages": messages,
        "meta": result.meta,
    }
    return _json(parts) + "\n"


SURROGATE = re.compile("[\ud800-\udfff]")


def _json(value: Any) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain)
    except ValueError:  # Numbers that JSON has no word for become null.
        text = json.dumps(_finite(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain)
    return SURROGATE.sub("\ufffd", text)  # Bytes of a name that are no UTF-8.


def _tell_where() -> None:
    import traceback

    traceback.print_exc(file=sys.stderr)


def _plain(value: Any) -> Any:
    """What JSON has no word for. What it takes is loaded here: most plugins start without it."""
    import dataclasses
    import datetime
    import decimal
    import pathlib
    import types

    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, (pathlib.PurePath, decimal.Decimal)):
        return str(value)
    if isinstance(value, (set, frozenset, types.GeneratorType, map, filter, zip)):
        return list(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    raise TypeError(f"the data has a value of type {type(value).__name__}, which JSON cannot say")


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {name: _finite(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(one) for one in value]
    return value


def _take_stdout() -> int:
    """Keeps the way to the host for the answer alone: from here on, printing goes to stderr."""
    sys.stdout.flush()
    out = os.dup(1)
    try:
        os.dup2(2, 1)
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
    sys.stdout = sys.stderr or sys.stdout
    return out


def _given(members: Dict[str, Any]) -> Dict[str, Any]:
    """The members that say something: the others have defaults."""
    return {name: value for name, value in members.items() if value not in (None, "", [], {}) and value is not False}


def _suggestions(values: Sequence[Any]) -> List[Dict[str, Any]]:
    return [suggestion(one) if isinstance(one, str) else one for one in values]


def _variable(name: str) -> str:
    return "OSP_PLUGIN_CFG_" + re.sub("[^A-Z0-9]+", "_", name.upper()).strip("_")


def _names(commands: Sequence[Command]) -> str:
    return ", ".join(one.name for one in commands)


def _words(spelling: str) -> str:
    return spelling.lstrip("-").replace("-", " ")


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:79] + "…"
