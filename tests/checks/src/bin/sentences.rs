//! Prints every sentence of the checks that a learner may read, as JSON: for the catalogue.

use std::collections::BTreeMap;

fn main() -> serde_json::Result<()> {
    let sentences: BTreeMap<&str, Vec<String>> = checks::all()
        .iter()
        .map(|check| {
            let said = check.mistakes().iter().flat_map(|mistake| [mistake.symptom.clone(), mistake.remedy.clone()]);
            (check.id(), check.names().into_iter().chain(said).collect())
        })
        .collect();
    println!("{}", serde_json::to_string(&sentences)?);
    Ok(())
}
