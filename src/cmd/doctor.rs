//! x
use anyhow::Result;
use std::process::ExitCode;
use workshop_base::text::Catalogue;
#[derive(clap::Args)]
pub(super) struct Args {}
pub(super) fn execute(_args: &Args, _text: &Catalogue) -> Result<ExitCode> {
    Ok(ExitCode::SUCCESS)
}
