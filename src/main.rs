//! `workshop`: see the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    workshop_base::end_quietly_on_a_closed_pipe();
    workshop::cmd::main()
}
