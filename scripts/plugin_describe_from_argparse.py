#!/usr/bin/env python3
"""
Derives what an osp plugin answers to `--describe` from an `argparse` parser.

    python3 plugin_describe_from_argparse.py MODULE:ATTR --plugin-id ID [--plugin-version VERSION]

prints it as JSON. `MODULE` is a module, or a file (`./osp-inventory`); `ATTR` is a parser in it, or a function that
returns one. A plugin may also keep this file beside itself and answer by its own parser, so that both stay the same:

    from plugin_describe_from_argparse import describe
    json.dump(describe(parser, plugin_id="inventory", plugin_version="0.1.0"), sys.stdout)

Best effort: argparse has no public way to look into a parser.
"""

import argparse
import contextlib
import enum
import functools
import importlib
import importlib.machinery
import importlib.util
import itertools
import json
import os
import pathlib
import re
import sys
from typing import Any, Callable, Dict, Iterable, List, Optional

MANY = (argparse.ZERO_OR_MORE, argparse.ONE_OR_MORE, argparse.REMAINDER)
# Print something for people and end the program: nothing that a plugin could be asked for through the host.
NOT_DESCRIBED = (argparse._HelpAction, argparse._VersionAction)
REPEATED = (
    argparse._AppendAction,  # "extend" is one of these
    argparse._AppendConstAction,
    argparse._CountAction,
)


def describe(
    target: object, *, plugin_id: str, plugin_version: str = "0.1.0", min_osp_version: Optional[str] = None
) -> Dict[str, Any]:
    """
    The description of a plugin whose one command is this parser, or the parser that this function returns.

    The command is the first word of the parser's `prog`, without `osp-`. Raises DescribeError.
    """
    plugin_id, parser = checked_id(plugin_id), target
    if not isinstance(parser, argparse.ArgumentParser) and callable(target):
        parser = attempt(f"calling {getattr(target, '__name__', 'the target')}", target)
    if not isinstance(parser, argparse.ArgumentParser):
        kind = type(parser).__name__
        raise DescribeError(f"the target is no argparse.ArgumentParser and does not return one, but: {kind}", 2)
    command = describe_command(parser, program_name(parser.prog) or without_prefix(plugin_id), None)
    return document(plugin_id, plugin_version, min_osp_version, command)


def program_name(prog: str) -> str:
    """`osp-inventory.py list` is `inventory`; so is `python3 -m inventory`."""
    words = prog.split()
    word = words[2] if len(words) > 2 and words[1] == "-m" else "".join(words[:1])
    return without_prefix(re.sub(r"\.(pyz?|exe)$", "", os.path.basename(word)))


def describe_command(parser: argparse.ArgumentParser, name: str, about: Optional[str]) -> Dict[str, Any]:
    """One parser, with everything below it."""
    args: List[Dict[str, Any]] = []
    flags: Dict[str, Dict[str, Any]] = {}
    subcommands: List[Dict[str, Any]] = []
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            subcommands += describe_subcommands(parser, action)
        elif not action.option_strings:
            args.append(describe_positional(parser, action))
        elif action.help != argparse.SUPPRESS and not isinstance(action, NOT_DESCRIBED):
            add_option(flags, action.option_strings, describe_option(parser, action))
    refuse_same_names(subcommands)
    if about is None:
        about = first_paragraph((parser.description or "").replace("%(prog)s", parser.prog))
    return {"name": command_name(name), "about": about, "args": args, "flags": flags, "subcommands": subcommands}


def describe_subcommands(
    parent: argparse.ArgumentParser, action: "argparse._SubParsersAction[Any]"
) -> List[Dict[str, Any]]:
    """By name. An alias is the same parser again, behind its name, and is left out; so is what is hidden from help."""
    listed = {choice.dest: choice for choice in action._choices_actions}
    names: Dict[int, str] = {}
    for name, parser in action.choices.items():
        names.setdefault(id(parser), name)
    commands = []
    for name in sorted(names.values()):
        choice = listed.get(name)
        if choice is None or choice.help != argparse.SUPPRESS:
            about = help_of(parent, choice) if choice is not None else None
            commands.append(describe_command(action.choices[name], name, about))
    return commands


def describe_positional(parser: argparse.ArgumentParser, action: argparse.Action) -> Dict[str, Any]:
    """A hidden one keeps its place, and only says nothing: those behind it are known by their order."""
    # `action.required` is no help: it differs between versions for "*".
    optional = (argparse.OPTIONAL, argparse.ZERO_OR_MORE, argparse.REMAINDER, argparse.SUPPRESS)
    name = action.metavar if isinstance(action.metavar, str) else action.dest
    return {"name": name, **describe_value(parser, action), "required": action.nargs not in optional}


def describe_option(parser: argparse.ArgumentParser, action: argparse.Action) -> Dict[str, Any]:
    """An option; `nargs=0` is how argparse says that it stands alone."""
    return {**describe_value(parser, action), "required": action.required, "flag_only": action.nargs == 0}


def describe_value(parser: argparse.ArgumentParser, action: argparse.Action) -> Dict[str, Any]:
    """What arguments and options have in common."""
    takes_several = isinstance(action.nargs, int) and action.nargs > 1
    return {
        "about": help_of(parser, action),
        "required": False,
        "multi": takes_several or action.nargs in MANY or isinstance(action, REPEATED),
        "value_type": "Path" if is_path_type(action.type) else None,
        "suggestions": suggestions(typed_choices(action)),
    }


def help_of(parser: argparse.ArgumentParser, action: argparse.Action) -> Optional[str]:
    """The help with its `%(default)s` and the like filled in, as the parser's own formatter does it."""
    if not action.help or action.help == argparse.SUPPRESS:
        return None
    try:
        return one_line(parser.formatter_class(prog=parser.prog)._expand_help(action))
    except Exception:  # pylint: disable=broad-except
        return one_line(action.help)  # A stray "%": argparse itself fails only when the help is asked for.


def is_path_type(declared: object) -> bool:
    """`Path`, `FileType` and its instances, `open`, and functions that say they return a path."""
    file_type = getattr(argparse, "FileType", ())
    if isinstance(declared, type):
        return issubclass(declared, pathlib.PurePath) or declared is file_type
    if declared is open or isinstance(declared, file_type):
        return True
    returned = getattr(declared, "__annotations__", {}).get("return")
    if isinstance(returned, str):
        return returned in ("Path", "pathlib.Path", "PurePath", "pathlib.PurePath")
    return isinstance(returned, type) and issubclass(returned, pathlib.PurePath)


def typed_choices(action: argparse.Action) -> Optional[Iterable[object]]:
    """The choices as a user types them: of a member of an enumeration, what its `type` makes into that member."""
    if action.choices is None or not hasattr(action.choices, "__iter__"):  # It may be good for `in`, and no more.
        return None
    return (typed_member(choice, action.type) if isinstance(choice, enum.Enum) else choice for choice in action.choices)


def typed_member(member: enum.Enum, convert: object) -> object:
    """The text that becomes this member."""
    for text in (str(member), str(member.value), member.name):
        try:
            if callable(convert) and convert(text) == member:
                return text
        except Exception:  # pylint: disable=broad-except
            continue  # Not this one.
    return member.value


# --- From here on the same in the argparse and the click script, so that each of them works alone ---

FLAG = re.compile(r"--?[^\s=-][^\s=]*")
# A menu of more has no use, and `choices=range(1, 65536)` is a common way to say "a port".
SUGGESTIONS_MAX = 1000


class DescribeError(Exception):
    """What stands in the way of a description; `status` is the exit status of the script."""

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status


def document(
    plugin_id: str, plugin_version: str, min_osp_version: Optional[str], command: Dict[str, Any]
) -> Dict[str, Any]:
    """The whole description, around the command."""
    return {
        "protocol_version": 1,
        "plugin_id": plugin_id,
        "plugin_version": plugin_version,
        "min_osp_version": min_osp_version,
        "commands": [command],
    }


def checked_id(plugin_id: str) -> str:
    """The id of the plugin, which nothing can stand in for."""
    if not plugin_id.strip():
        raise DescribeError("the plugin id must not be blank", 2)
    return plugin_id.strip()


def command_name(text: str) -> str:
    """A name that the protocol takes: of a-z, 0-9, - and _ only."""
    name = re.sub(r"[^a-z0-9_-]+", "-", text.strip().lower()).strip("-")
    if not name:
        raise DescribeError(f'"{text}" cannot become the name of a command, which is made of a-z, 0-9, - and _')
    return name


def without_prefix(text: str) -> str:
    """The command that a plugin such as `osp-inventory` is named after."""
    return text[4:] if text.startswith("osp-") and len(text) > 4 else text


def refuse_same_names(commands: Iterable[Dict[str, Any]]) -> None:
    """The host refuses a level on which a name is there twice: say it here, where it can be mended."""
    seen = set()
    for command in commands:
        if command["name"] in seen:
            raise DescribeError(f'two subcommands are called "{command["name"]}"')
        seen.add(command["name"])


def one_line(text: object) -> Optional[str]:
    """Help as one line; None when there is none."""
    return " ".join(str(text).split()) or None if text else None


def first_paragraph(text: object) -> str:
    """The summary that a longer text begins with."""
    return one_line(re.split(r"\n\s*\n", str(text or "").strip())[0]) or ""


def suggestions(values: Optional[Iterable[object]]) -> List[Dict[str, str]]:
    """The values as they are typed; none when they are too many to choose from."""
    texts = [str(value) for value in itertools.islice(values or (), SUGGESTIONS_MAX + 1)]
    return [{"value": text} for text in dict.fromkeys(texts) if text.strip()] if len(texts) <= SUGGESTIONS_MAX else []


def add_option(flags: Dict[str, Dict[str, Any]], spellings: Iterable[str], option: Dict[str, Any]) -> None:
    """
    Adds an option under each of its spellings, long ones first.

    Entries that are equal count as one option for the host. An option that happens to say the same as another one gets
    its spelling into its help, so that they stay two.
    """
    usable = sorted(filter(FLAG.fullmatch, spellings), key=lambda spelling: not spelling.startswith("--"))
    if usable and option in flags.values():
        about = option["about"]
        told_apart = f"{about} ({usable[0]})" if about else usable[0].strip("-").replace("-", " ")
        option = {**option, "about": told_apart}
    for spelling in usable:
        flags.setdefault(spelling, dict(option))


def load_target(target: str, plugin_id: str) -> object:
    """What `MODULE:ATTR` names. What the module prints while it is imported goes to stderr: stdout is for the JSON."""
    module_name, _, attribute = target.rpartition(":")
    if not module_name or not attribute:
        raise DescribeError(f'"{target}" is not MODULE:ATTR, such as inventory.cli:parser or ./osp-inventory:parser', 2)
    is_file = module_name.endswith(".py") or not all(map(str.isidentifier, module_name.split(".")))
    # A program that is not told its own name takes that from here.
    sys.argv = [module_name if is_file else plugin_id]
    sys.path.insert(0, os.path.dirname(os.path.abspath(module_name)) if is_file else os.getcwd())
    found: object = attempt(f"importing {module_name}", lambda: import_module(module_name, is_file))
    for part in attribute.split("."):
        if not hasattr(found, part):
            raise DescribeError(f'{module_name} has no "{attribute}"', 2)
        found = getattr(found, part)
    return found


def import_module(name: str, is_file: bool) -> object:
    """The module of this name, or the one in the file of this name, which need not end in `.py`."""
    if not is_file:
        return importlib.import_module(name)
    path = os.path.abspath(name)
    module_name = re.sub(r"\W", "_", os.path.splitext(os.path.basename(path))[0])
    loader = importlib.machinery.SourceFileLoader(module_name, path)
    module = importlib.util.module_from_spec(importlib.machinery.ModuleSpec(module_name, loader, origin=path))
    module.__file__ = path
    sys.modules[module_name] = module
    loader.exec_module(module)
    return module


def attempt(what: str, work: Callable[[], Any]) -> Any:
    """Runs code of the plugin's; a failure of any kind becomes one line."""
    try:
        with contextlib.redirect_stdout(sys.stderr):
            return work()
    except DescribeError:
        raise
    except SystemExit as end:
        hint = 'is the call of its main function under `if __name__ == "__main__":`?'
        raise DescribeError(f"{what} ended the program with status {end.code}; {hint}") from None
    except Exception as error:  # pylint: disable=broad-except
        raise DescribeError(f"{what} failed: {type(error).__name__}: {error}") from None


def run(framework: str, argv: Optional[List[str]] = None) -> int:
    """The script: prints the description of its target; gives the exit status."""
    own = argparse.ArgumentParser(description=f"Print the --describe JSON of a program that is made with {framework}.")
    own.add_argument("target", metavar="MODULE:ATTR", help="what to describe: a module or a file, and a name in it")
    own.add_argument("--plugin-id", required=True, help="id of the plugin")
    own.add_argument("--plugin-version", default="0.1.0", help="version of the plugin (default: %(default)s)")
    args = own.parse_args(argv)
    sys.dont_write_bytecode = True
    try:
        found = load_target(args.target, args.plugin_id)
        work = functools.partial(describe, found, plugin_id=args.plugin_id, plugin_version=args.plugin_version)
        text = json.dumps(attempt(f"describing {args.target}", work), indent=2, ensure_ascii=False)
    except DescribeError as error:
        print(f"{own.prog}: {error}", file=sys.stderr)
        return error.status
    sys.stdout.buffer.write(f"{text}\n".encode("utf-8", "backslashreplace"))
    return 0


if __name__ == "__main__":
    sys.exit(run("argparse"))
