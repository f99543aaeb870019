use super::*;
use std::collections::BTreeMap;

#[test]
fn a_document_depends_on_the_seed_and_its_index_alone() {
    let row: Vec<Raw> = dump(7).take(300).collect();
    assert_eq!(row, dump(7).take(300).collect::<Vec<_>>());
    assert_eq!(document(7, 123), row[123]);
    assert_ne!(document(8, 123), row[123]);
}

#[test]
fn every_kind_of_dirt_has_about_its_share() {
    let mut counts: BTreeMap<Dirt, u32> = BTreeMap::new();
    for raw in dump(1).take(10_000) {
        *counts.entry(raw.truth.dirt).or_default() += 1;
    }
    for (dirt, weight) in Dirt::ALL {
        // Five standard errors of a count of about ten times the weight.
        let (count, mean) = (f64::from(counts[&dirt]), f64::from(weight) * 10.0);
        assert!((count - mean).abs() < 5.0 * mean.sqrt(), "{dirt:?}: {count}, expected {mean}");
    }
    assert_eq!(Dirt::ALL.iter().map(|(_, weight)| weight).sum::<u32>(), 1000);
}

#[test]
fn the_truth_is_true() {
    let all: Vec<Raw> = dump(3).take(3000).collect();
    for raw in &all {
        let text = raw.text();
        match raw.truth.dirt {
            Dirt::Clean => assert_eq!(raw.truth.clean.as_deref(), Some(text.as_str())),
            Dirt::ExactDuplicate | Dirt::NearDuplicate => {
                let of = raw.truth.of.and_then(|of| all.get(of as usize)).expect("an earlier one");
                assert_eq!(of.truth.dirt, Dirt::Clean);
                assert_eq!(of.bytes == raw.bytes, raw.truth.dirt == Dirt::ExactDuplicate, "{text}");
            }
            Dirt::Personal => assert!(raw.truth.personal.iter().all(|datum| text.contains(datum.as_str()))),
            // One in five says it in other words, and begins and ends with the same.
            Dirt::Contaminated => {
                let ends = |line: &str| line.rsplit_once(' ').map_or(String::new(), |(_, end)| end.to_owned());
                assert!(test_set().iter().any(|line| text.contains(&ends(line))), "{text}");
            }
            Dirt::Empty => assert!(text.trim().is_empty()),
            Dirt::Cp949 => assert!(std::str::from_utf8(&raw.bytes).is_err()),
            Dirt::Html => assert!(text.contains("<p>")),
            _ => {}
        }
        assert!(raw.truth.dirt == Dirt::Cp949 || std::str::from_utf8(&raw.bytes).is_ok());
    }
}

#[test]
fn a_line_is_json_once_its_bytes_are_text() {
    for raw in dump(5).take(500) {
        let (mut line, mut row) = (vec![], vec![]);
        raw.write_line(&mut line).expect("memory");
        raw.write_tsv(&mut row).expect("memory");
        assert_eq!(std::str::from_utf8(&line).is_err(), raw.truth.dirt == Dirt::Cp949);
        let read: serde_json::Value = serde_json::from_str(&String::from_utf8_lossy(&line)).expect("JSON");
        assert_eq!(read["document"], raw.text().as_str());
        assert_eq!(read["truth"]["dirt"], raw.truth.dirt.name());
        assert_eq!(row.iter().filter(|byte| **byte == b'\t').count(), 3);
        assert_eq!(row.iter().filter(|byte| **byte == b'\n').count(), 1);
    }
}
