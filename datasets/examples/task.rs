//! Prints items of a task as they stand in its file: `cargo run -p workshop-datasets --example task -- NAME SEED SPLIT COUNT`.

use workshop_datasets::split::Split;
use workshop_datasets::tasks;

fn main() -> Result<(), String> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [name, seed, split, count] = words.as_slice() else { return Err("NAME SEED SPLIT COUNT".to_owned()) };
    let task = tasks::find(name).ok_or_else(|| format!("there is no task “{name}”"))?;
    let split = Split::named(split).ok_or_else(|| format!("there is no split “{split}”"))?;
    let seed = seed.parse().map_err(|_| format!("“{seed}” is no seed"))?;
    let count = count.parse().map_err(|_| format!("“{count}” is no count"))?;
    let lines: Vec<String> = (task.lines)(seed, split).take(count).collect();
    print!("{}{}{}", task.opening, lines.join(task.separator), task.closing);
    Ok(())
}
