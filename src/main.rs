//! `workshop`: see the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    workshop::cmd::main()
}
