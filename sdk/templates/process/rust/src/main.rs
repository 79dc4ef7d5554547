//! The plugin: what it offers, and a function for each command.

use osp_plugin::{row, Arg, Call, Command, Failure, Flag, Plugin, Response};

const NAME_CHARS_MAX: usize = 100;

fn main() {
    Plugin::new("{{plugin_id}}", env!("CARGO_PKG_VERSION"))
        .command(
            Command::new("{{name}}")
                .about("Greet somebody")
                .arg(Arg::new("name").about("Who to greet (default: world)"))
                .flag(Flag::new("--name").about("The same, as a flag"))
                .run(greet),
        )
        .run()
}

fn greet(call: &mut Call) -> Result<Response, Failure> {
    let name = call.text("name").or(call.text("--name")).unwrap_or("world");
    if name.chars().count() > NAME_CHARS_MAX {
        return Err(Failure::new("USAGE", &format!("a name has at most {NAME_CHARS_MAX} characters")));
    }
    Ok(Response::rows([row! { "greeting" => format!("Hello, {name}!") }]).columns(["greeting"]))
}
