//! `workshop`: see the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    #[cfg(target_os = "linux")]
    if std::env::args_os().nth(1).is_some_and(|arg| arg == workshop::guard::COMMAND) {
        return workshop::guard::main(std::env::args_os().skip(2));
    }
    workshop_base::end_quietly_on_a_closed_pipe();
    workshop::cmd::main()
}
