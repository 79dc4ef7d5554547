//! Reads the command line: the command that is meant, and the values of its arguments and flags.

use crate::declare::{Command, Flag};
use crate::response::Failure;

/// Values by the names of arguments and all spellings of flags.
pub(crate) type Values = Vec<(Vec<String>, Vec<String>)>;

pub(crate) fn parse<'a>(commands: &'a [Command], words: &[String]) -> Result<(Vec<&'a Command>, Values), Failure> {
    let offered = names(commands);
    let (word, words) =
        words.split_first().ok_or_else(|| usage(format!("no command was given: there is {offered}")))?;
    let first = named(commands, word)
        .ok_or_else(|| usage(format!("there is no command \"{}\": there is {offered}", short(word))))?;
    let mut path = vec![first];
    let (found, left) = read_words(&mut path, words)?;
    let command = path[path.len() - 1];
    if command.handler.is_none() {
        let below = format!("{}: there is {}", command.name, names(&command.commands));
        return Err(usage(match left.first() {
            Some(word) => format!("there is no \"{}\" below {below}", short(word)),
            None => format!("one more word is needed behind {below}"),
        }));
    }
    let values = fill(&path, found, left)?;
    Ok((path, values))
}

type Found<'a> = Vec<(&'a Flag, String)>;

/// Walks down to the command that is meant, and parts flags from arguments.
fn read_words<'a>(path: &mut Vec<&'a Command>, words: &[String]) -> Result<(Found<'a>, Vec<String>), Failure> {
    let (mut found, mut left) = (Vec::new(), Vec::new());
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if word == "--" {
            left.extend(words.cloned());
            break;
        }
        let below = named(&path[path.len() - 1].commands, word).filter(|_| left.is_empty());
        if let Some(below) = below {
            path.push(below);
            continue;
        }
        match flag_of(path, word)? {
            None => left.push(word.clone()),
            Some((flag, Some(value))) => found.push((flag, value)),
            Some((flag, None)) if flag.flag_only => found.push((flag, String::new())),
            Some((flag, None)) => match words.next() {
                Some(value) if value != "--" && spelled(path, value).is_none() => found.push((flag, value.clone())),
                _ => return Err(usage(format!("{word} needs a value"))),
            },
        }
    }
    Ok((found, left))
}

/// The flag that a word spells, with its value when that is part of the word; none for an argument.
fn flag_of<'a>(path: &[&'a Command], word: &str) -> Result<Option<(&'a Flag, Option<String>)>, Failure> {
    if !word.starts_with('-') || word == "-" {
        return Ok(None);
    }
    if let Some(flag) = spelled(path, word) {
        return Ok(Some((flag, None)));
    }
    let (head, value) = word.split_once('=').map_or((word, None), |(head, value)| (head, Some(value)));
    if let (Some(flag), Some(value)) = (spelled(path, head), value) {
        if flag.flag_only {
            return Err(usage(format!("{head} takes no value")));
        }
        return Ok(Some((flag, Some(value.to_string()))));
    }
    let brief = word.char_indices().nth(2).map(|(end, _)| word.split_at(end)).filter(|_| !word.starts_with("--"));
    if let Some((brief, value)) = brief {
        if let Some(flag) = spelled(path, brief).filter(|flag| !flag.flag_only) {
            return Ok(Some((flag, Some(value.to_string()))));
        }
    }
    if is_number(word) {
        return Ok(None); // Below zero, not a flag.
    }
    Err(usage(format!("there is no flag \"{}\"", short(head))))
}

fn fill(path: &[&Command], found: Found, words: Vec<String>) -> Result<Values, Failure> {
    let flags = || path.iter().rev().flat_map(|command| &command.flags); // The nearest command's come first.
    let args = &path[path.len() - 1].args;
    let mut values: Values = flags().map(|flag| (flag.names.clone(), Vec::new())).collect();
    for (flag, value) in found {
        if let Some((_, own)) = values.iter_mut().find(|(names, _)| names.contains(&flag.names[0])) {
            if !own.is_empty() && !flag.value.multi && !flag.flag_only {
                return Err(usage(format!("{} was given twice", flag.name())));
            }
            own.push(value);
        }
    }
    let mut words = words.into_iter();
    for arg in args {
        let count = if arg.value.multi { usize::MAX } else { 1 };
        values.push((vec![arg.name.clone()], words.by_ref().take(count).collect()));
    }
    if let Some(word) = words.next() {
        return Err(usage(format!("\"{}\" is one argument too many", short(&word))));
    }
    let needed_flags = flags().filter(|flag| flag.value.required).map(|flag| flag.name());
    let needed = args.iter().filter(|arg| arg.value.required).map(|arg| arg.name.as_str()).chain(needed_flags);
    for name in needed {
        if values.iter().any(|(names, own)| own.is_empty() && names.iter().any(|one| one == name)) {
            return Err(usage(format!("{name} is missing")));
        }
    }
    Ok(values)
}

pub(crate) fn named<'a>(commands: &'a [Command], word: &str) -> Option<&'a Command> {
    commands.iter().find(|command| command.name.eq_ignore_ascii_case(word))
}

/// The flag of these commands that is spelled so, the nearest command's first.
pub(crate) fn spelled<'a>(path: &[&'a Command], word: &str) -> Option<&'a Flag> {
    let flags = path.iter().rev().flat_map(|command| &command.flags);
    flags.into_iter().find(|flag| flag.names.iter().any(|name| name == word))
}

pub(crate) fn names(commands: &[Command]) -> String {
    commands.iter().map(|command| command.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// Digits with at most a sign, a point and an exponent: `parse` of the standard library also takes "inf" and "nan".
pub(crate) fn is_number(word: &str) -> bool {
    word.contains(|c: char| c.is_ascii_digit())
        && !word.contains(|c: char| c.is_ascii_alphabetic() && c != 'e' && c != 'E')
        && word.parse::<f64>().map_or(false, f64::is_finite)
}

pub(crate) fn usage(message: String) -> Failure {
    Failure::new("USAGE", &message)
}

pub(crate) fn short(text: &str) -> String {
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_string(),
    }
}
