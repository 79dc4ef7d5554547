//! The help of a command, as plain text.

use crate::declare::Command;
use crate::parse::{named, names, spelled};

/// The command that help is asked for, which may be done in several ways; none when it is not asked for.
pub(crate) fn wanted<'a>(commands: &'a [Command], words: &[String]) -> Option<Vec<&'a Command>> {
    let mut path: Vec<&Command> = Vec::new();
    let (mut long, mut short, mut help) = (false, false, false);
    for (at, word) in words.iter().enumerate() {
        if word == "--" {
            break;
        }
        let below = path.last().map_or(commands, |command| &command.commands);
        match named(below, word) {
            Some(command) => path.push(command),
            None => help |= at <= 1 && word == "help",
        }
        long |= word == "--help";
        short |= word == "-h";
    }
    let is_wanted = help || long || (short && spelled(&path, "-h").is_none());
    is_wanted.then_some(path)
}

pub(crate) fn text(commands: &[Command], path: &[&Command]) -> String {
    let command = match path.last() {
        Some(command) => command,
        None => return format!("usage: {}\n{}", names(commands), section("commands", &about(commands))),
    };
    let flags: Vec<_> = path.iter().flat_map(|command| &command.flags).collect();
    let mut usage: Vec<String> = path.iter().map(|command| command.name.clone()).collect();
    let value = |word: String, multi: bool, required: bool| {
        let word = if multi { format!("{word}...") } else { word };
        if required { word } else { format!("[{word}]") }
    };
    usage.extend(command.args.iter().map(|arg| value(arg.name.to_uppercase(), arg.value.multi, arg.value.required)));
    usage.extend(flags.iter().map(|flag| match flag.flag_only {
        true => value(flag.name().to_string(), false, flag.value.required),
        false => value(format!("{} VALUE", flag.name()), flag.value.multi, flag.value.required),
    }));
    let args: Vec<_> = command.args.iter().map(|arg| (arg.name.clone(), arg.value.about.clone())).collect();
    let flags: Vec<_> = flags.iter().map(|flag| (flag.names.join(", "), flag.value.about.clone())).collect();
    let lead = if command.about.is_empty() { String::new() } else { format!("\n{}\n", command.about) };
    let sections = [section("arguments", &args), section("flags", &flags), section("commands", &about(&command.commands))];
    format!("usage: {}\n{lead}{}", usage.join(" "), sections.concat())
}

type Row = (String, Option<String>);

fn about(commands: &[Command]) -> Vec<Row> {
    commands.iter().map(|command| (command.name.clone(), Some(command.about.clone()))).collect()
}

fn section(title: &str, rows: &[Row]) -> String {
    let width = match rows.iter().map(|(name, _)| name.chars().count()).max() {
        Some(width) => width,
        None => return String::new(),
    };
    let line = |(name, about): &Row| format!("  {name:width$}  {}", about.as_deref().unwrap_or("")).trim_end().to_string();
    format!("\n{title}:\n{}\n", rows.iter().map(line).collect::<Vec<_>>().join("\n"))
}
