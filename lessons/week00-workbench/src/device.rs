//! The device that tensors are computed on: chosen when a program starts, never in its code.

use candle_core::Device;
use workshop_base::text::Catalogue;
use workshop_base::tr;

pub use workshop_base::sources::DEVICE_ENV;

/// Why there is no such device. Each message says what to do.
#[derive(Debug)]
pub enum DeviceError {
    /// The name is none of ours.
    Unknown(String),
    /// This program was built without it.
    NotBuilt(&'static str),
    /// It was built for, and does not answer.
    Absent {
        /// The device.
        device: &'static str,
        /// What its driver said.
        error: candle_core::Error,
    },
}

impl DeviceError {
    /// The message in the reader's language.
    pub fn say(&self, text: &Catalogue) -> String {
        match self {
            Self::Unknown(name) => {
                tr!(text, "WORKSHOP_DEVICE names the device {name}: there are cpu, cuda and metal", name = name)
            }
            Self::NotBuilt(device) => tr!(
                text,
                "this program was built without {device}: start it with `cargo workshop run WEEK PROGRAM --device {device}`, or build its crate with `--features {device}`",
                device = device
            ),
            Self::Absent { device, error } => tr!(
                text,
                "{device} does not answer: {error}. Is the driver installed, and the device free?",
                device = device,
                error = error
            ),
        }
    }
}

impl std::fmt::Display for DeviceError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.say(&Catalogue::default()))
    }
}

impl std::error::Error for DeviceError {}

/// The device that `WORKSHOP_DEVICE` names; the processor where it names none.
///
/// # Errors
/// When there is no such device, or this program was built without it.
pub fn device() -> Result<Device, DeviceError> {
    named(&std::env::var(DEVICE_ENV).unwrap_or_default().to_lowercase())
}

/// The name of a device, as [`DEVICE_ENV`] has it.
pub fn name(device: &Device) -> &'static str {
    match device {
        Device::Cpu => "cpu",
        Device::Cuda(_) => "cuda",
        Device::Metal(_) => "metal",
    }
}

fn named(name: &str) -> Result<Device, DeviceError> {
    let absent = |device| move |error| DeviceError::Absent { device, error };
    match name {
        "" | "cpu" => Ok(Device::Cpu),
        "cuda" if cfg!(feature = "cuda") => Device::new_cuda(0).map_err(absent("cuda")),
        "cuda" => Err(DeviceError::NotBuilt("cuda")),
        "metal" if cfg!(feature = "metal") => Device::new_metal(0).map_err(absent("metal")),
        "metal" => Err(DeviceError::NotBuilt("metal")),
        _ => Err(DeviceError::Unknown(name.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_is_not_there_is_one_clear_error() {
        assert!(named("").expect("the processor").is_cpu() && named("cpu").expect("the processor").is_cpu());
        assert!(named("tpu").expect_err("unknown").to_string().contains("there are cpu, cuda and metal"));
        if cfg!(not(feature = "cuda")) {
            let error = named("cuda").expect_err("not built").to_string();
            assert!(error.contains("--device cuda") && error.contains("--features cuda"), "{error}");
        }
    }
}
