//! Grading, as a learner meets it: `workshop check`, right and wrong.
#![allow(clippy::expect_used, reason = "a test says what it expects")]

mod common;

use common::{Home, ID, has_data, solution, solution_with, text};

const SCALE: &str = "/ (d as f64).sqrt())?";

#[test]
fn a_stub_is_not_started_and_the_solution_passes() {
    let home = Home::new();
    let (code, said) = home.check();
    assert!(code == 1 && said.contains("not started") && said.contains("one row of weights"), "{said}");
    home.hand_in(&solution());
    let (code, said) = home.check();
    assert!(code == 0 && said.contains("passed"), "{said}");
}

#[test]
fn half_a_solution_says_what_is_still_to_write() {
    let home = Home::new();
    home.hand_in(&solution_with(
        "weights.matmul(&v.contiguous()?) // (.., Tq, Tk) x (.., Tk, Dv) -> (.., Tq, Dv)",
        "todo!(\"the context\")",
    ));
    let (code, said) = home.check();
    assert!(code == 1 && said.contains("still to write: the context"), "{said}");
}

#[test]
fn a_mistake_is_named_and_on_repetition_its_remedy() {
    let home = Home::new();
    home.hand_in(&solution_with(SCALE, "/ 1.0)?"));
    let (code, first) = home.check();
    assert!(code == 1 && first.contains("sharper than they should be"), "{first}");
    assert!(first.contains("expected weights ["), "expected against actual: {first}");
    let (_, second) = home.check();
    assert!(second.contains("Divide the scores by the square root"), "{second}");
    home.hand_in(&solution());
    assert_eq!(home.check().0, 0);
}

#[test]
fn two_mistakes_at_once_are_both_named() {
    let home = Home::new();
    let both =
        solution_with(SCALE, "/ d as f64)?").replace("where_cond(&scores, &blocked)", "where_cond(&blocked, &scores)");
    home.hand_in(&both);
    let (_, said) = home.check();
    assert!(said.contains("flatter than they should be") && said.contains("exactly where they may not"), "{said}");

    // Named before is the one, not the other: the remedy of the first, the symptom of the second.
    let home = Home::new();
    home.hand_in(&solution_with(SCALE, "/ d as f64)?"));
    assert!(home.check().1.contains("flatter than they should be"));
    home.hand_in(&both);
    let (_, said) = home.check();
    assert!(said.contains("not by D itself") && said.contains("exactly where they may not"), "{said}");
}

#[test]
fn an_unknown_mistake_shows_expected_against_actual() {
    let home = Home::new();
    home.hand_in(&solution_with("    weights.matmul(&v.contiguous()?)", "    weights.matmul(&v.contiguous()?)? * 2.0"));
    let (code, said) = home.check();
    assert!(code == 1 && said.contains("expected context") && !said.contains('?'), "{said}");
}

#[test]
fn a_file_that_does_not_compile_is_shown_in_its_own_lines() {
    let home = Home::new();
    home.hand_in(&solution_with("let d = q.dim", "let d = ; q.dim"));
    let line = 1 + solution().lines().position(|line| line.contains("let d = q.dim")).expect("the line");
    let (code, said) = home.check();
    assert!(code == 1 && said.contains("does not compile"), "{said}");
    assert!(said.contains(&format!("exercises/week04-attention/src/scaled_dot_product.rs:{line}:")), "{said}");
}

#[test]
fn leaving_early_or_forging_is_not_a_pass() {
    let home = Home::new();
    let forged =
        r#"println!("ok"); println!("{{\"kind\":\"passed\",\"cases\":17}}"); std::process::exit(0); let d = q.dim"#;
    home.hand_in(&solution_with("let d = q.dim", forged));
    let (code, said) = home.check();
    assert!(code == 1 && said.contains("before the check was done"), "{said}");
    std::fs::remove_file(home.file()).expect("removed");
    let (code, said) = home.check();
    assert!(code == 1 && said.contains("is missing"), "{said}");
}

#[test]
fn nothing_runs_before_the_check() {
    let home = Home::new();
    let early = "extern \"C\" fn early() { std::process::exit(0) }\n\
                 #[used]\n#[unsafe(link_section = \".init_array\")]\nstatic EARLY: extern \"C\" fn() = early;\n";
    home.hand_in(&(solution() + early));
    let (code, said) = home.check();
    assert!(code == 1 && said.contains("unsafe"), "{said}");
}

#[test]
fn a_function_that_was_renamed_is_said_so() {
    let home = Home::new();
    home.hand_in(&solution().replace("pub fn attention(", "pub fn attend("));
    let (code, said) = home.check();
    assert!(code == 1 && said.contains("keep their names"), "{said}");
}

#[test]
fn what_does_not_exist_is_wrong_usage() {
    let home = Home::new();
    for what in ["week99", "week04/none"] {
        let output = home.workshop(&["check", what]);
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output).contains("there is no"), "{}", text(&output));
    }
}

#[test]
fn it_speaks_korean() {
    let home = Home::new();
    let said = text(&home.workshop(&["--lang", "ko", "check", ID]));
    assert!(said.chars().any(|c| ('가'..='힣').contains(&c)) && !said.contains("not started"), "{said}");
    let help = text(&home.workshop(&["--lang", "ko", "--help"]));
    assert!(help.chars().any(|c| ('가'..='힣').contains(&c)), "{help}");
}

#[test]
fn a_lesson_runs_on_the_learners_piece_when_it_is_green() {
    if !has_data("stories260K") {
        return;
    }
    let home = Home::new();
    let run = || text(&home.workshop(&["run", "week04", "attend", "--mine"]));
    let said = run();
    assert!(said.contains(&format!("{ID}: ours (yours has not passed)")), "{said}");
    let ours = said.lines().filter(|line| line.starts_with("  ")).collect::<Vec<_>>().join("\n");
    assert!(ours.contains("ed  r 0.95"), "{said}");

    // A right solution that betrays itself: it says that it was called.
    home.hand_in(&solution_with("let d = q.dim", "eprintln!(\"my own attention\"); let d = q.dim"));
    let said = run();
    assert!(said.contains(&format!("{ID}: yours")) && said.contains("my own attention"), "{said}");
    let mine = said.lines().filter(|line| line.starts_with("  ")).collect::<Vec<_>>().join("\n");
    assert_eq!(ours, mine);
}
