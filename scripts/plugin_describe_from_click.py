#!/usr/bin/env python3
"""
Derives what an osp plugin answers to `--describe` from a Click command or a Typer app.

    python3 plugin_describe_from_click.py MODULE:ATTR --plugin-id ID [--plugin-version VERSION]

prints it as JSON. `MODULE` is a module, or a file (`./osp-inventory`); `ATTR` is a command, a group or a Typer app in
it, or a function that returns one. A plugin may also keep this file beside itself and answer by its own command, so
that both stay the same:

    from plugin_describe_from_click import describe
    json.dump(describe(cli, plugin_id="inventory", plugin_version="0.1.0"), sys.stdout)

Best effort. Nothing is imported from Click: Typer brings a copy of it, with classes of its own, so that all of them are
known by what they have and not by their class.
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
import typing
from typing import Any, Callable, Dict, Iterable, List, Optional

# Print something for people and end the program: nothing that a plugin could be asked for through the host.
NOT_DESCRIBED = ("help", "version", "install_completion", "show_completion")


def describe(
    target: object, *, plugin_id: str, plugin_version: str = "0.1.0", min_osp_version: Optional[str] = None
) -> Dict[str, Any]:
    """
    The description of a plugin whose one command is this command, group or Typer app, or the one that this function
    returns.

    The command has the name that Click gives it, or the one that the Typer app was made with; without one, it is called
    like the plugin without `osp-`. Raises DescribeError.
    """
    plugin_id = checked_id(plugin_id)
    found: Any = target
    if not is_command(found) and not is_typer_app(found) and callable(target):
        found = attempt(f"calling {getattr(target, '__name__', 'the target')}", target)
    name = None
    if is_typer_app(found):
        name, found = explicit_typer_name(found), typer_command(found)
    elif is_command(found):
        name = found.name
    else:
        kind = type(found).__name__
        raise DescribeError(f"the target is no Click command and no Typer app and returns neither, but: {kind}", 2)
    command = describe_command(found, without_prefix(name or plugin_id), None)
    return document(plugin_id, plugin_version, min_osp_version, command)


def is_command(value: Any) -> bool:
    """Whether this is a command or a group, of Click or of the copy in Typer."""
    return not isinstance(value, type) and all(hasattr(value, name) for name in ("params", "callback", "make_context"))


def is_typer_app(value: Any) -> bool:
    """Whether this is a Typer app."""
    return not isinstance(value, type) and hasattr(value, "registered_commands") and hasattr(value, "registered_groups")


def typer_command(app: Any) -> Any:
    """The command that a Typer app is turned into when it runs."""
    what = "turning the Typer app into a command"
    return attempt(what, lambda: importlib.import_module("typer.main").get_command(app))


def explicit_typer_name(app: Any) -> Optional[str]:
    """The name that the author gave: Typer's own guess is that of a function, often `main`."""
    alone = len(app.registered_commands) == 1 and not app.registered_groups and not app.registered_callback
    infos = [app.info, *app.registered_commands] if alone else [app.info]
    return next((info.name for info in infos if isinstance(info.name, str) and info.name), None)


def describe_command(command: Any, name: str, parent_context: Any) -> Dict[str, Any]:
    """One command, with everything below it."""
    args: List[Dict[str, Any]] = []
    flags: Dict[str, Dict[str, Any]] = {}
    for param in command.params:
        if getattr(param, "param_type_name", "") == "argument":
            args.append(describe_argument(param))
        elif not getattr(param, "hidden", False) and not prints_and_ends(param):
            add_option(flags, [*param.opts, *param.secondary_opts], describe_option(param))
    subcommands = describe_subcommands(command, name, parent_context)
    refuse_same_names(subcommands)
    about = plain_help(getattr(command, "short_help", None) or command.help)
    return {
        "name": command_name(name),
        "about": first_paragraph(about),
        "args": args,
        "flags": flags,
        "subcommands": subcommands,
    }


def describe_subcommands(group: Any, name: str, parent_context: Any) -> List[Dict[str, Any]]:
    """In the group's order, without those that are hidden. Groups that load their commands late are asked for them."""
    if not hasattr(group, "list_commands"):
        return []
    context_class = getattr(group, "context_class", None) or importlib.import_module("click").Context
    context = context_class(group, info_name=name, parent=parent_context, resilient_parsing=True)
    commands = []
    for child_name in ordered_names(group, group.list_commands(context)):
        child = group.get_command(context, child_name)
        if child is not None and not getattr(child, "hidden", False):
            commands.append(describe_command(child, child_name, context))
    return commands


def ordered_names(group: Any, names: Iterable[str]) -> List[str]:
    """Click sorts by name unless a group does otherwise; the author's order says more."""
    names, own = list(names), list(getattr(group, "commands", {}))
    return own if names == sorted(own) else names


def prints_and_ends(param: Any) -> bool:
    """Whether this is `--version` or the like, and not an ordinary option that happens to have such a name."""
    return param.name in NOT_DESCRIBED and (param.is_eager or not param.expose_value)


def describe_argument(param: Any) -> Dict[str, Any]:
    """A hidden one keeps its place: those behind it are known by their order."""
    return {"name": param.metavar or param.name, **describe_value(param), "required": bool(param.required)}


def describe_option(param: Any) -> Dict[str, Any]:
    """An option with all that belongs to it, also the second half of `--shout/--no-shout`."""
    counts = bool(getattr(param, "count", False))
    value = describe_value(param)
    return {
        **value,
        "required": bool(param.required),
        "flag_only": counts or bool(getattr(param, "is_flag", False)),
        "multi": counts or value["multi"],
    }


def describe_value(param: Any) -> Dict[str, Any]:
    """What arguments and options have in common. An argument has help in Typer and in newer versions of Click."""
    is_hidden = getattr(param, "hidden", False)
    return {
        "about": None if is_hidden else one_line(plain_help(getattr(param, "help", None))),
        "required": False,
        "multi": bool(getattr(param, "multiple", False)) or param.nargs != 1,
        "value_type": "Path" if takes_path(param) else None,
        "suggestions": suggestions(typed_choices(param)),
    }


def plain_help(text: Optional[str]) -> str:
    r"""Help without Click's marks: `\f` ends it, `\b` keeps a paragraph as it is."""
    return (text or "").split("\f")[0].replace("\b", "")


def takes_path(param: Any) -> bool:
    """Whether its values are paths or files; of a tuple, whether all of them are."""
    descriptor = getattr(param, "type_descriptor", None)  # Newer versions of Typer have these in place of types.
    if descriptor is None:
        return is_path_type(param.type)
    inner = [one for one in typing.get_args(descriptor.annotation) if one is not Ellipsis]
    return descriptor.is_path or descriptor.is_file or bool(inner) and all(map(is_path_class, inner))


def is_path_type(declared: Any) -> bool:
    """`Path` and `File` of Click, what is derived from them, and `pathlib.Path` itself."""
    inner = getattr(declared, "types", None)
    if inner:
        return all(map(is_path_type, inner))
    bases = {base.__name__ for base in type(declared).__mro__}
    return bool(bases & {"Path", "File", "TyperPath"}) or is_path_class(getattr(declared, "func", None))


def is_path_class(value: object) -> bool:
    """Whether this is `pathlib.Path` or one like it."""
    return isinstance(value, type) and issubclass(value, pathlib.PurePath)


def typed_choices(param: Any) -> Optional[Iterable[object]]:
    """The choices as a user types them: members of an enumeration by name in Click from 8.2 on, else by value."""
    declared = getattr(param, "type_descriptor", None) or param.type
    attribute = "name" if hasattr(declared, "normalize_choice") else "value"
    choices = getattr(declared, "choices", None)
    if choices is None:
        return None
    return (getattr(choice, attribute) if isinstance(choice, enum.Enum) else choice for choice in choices)


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
    sys.exit(run("Click or Typer"))
