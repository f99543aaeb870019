//! The proof that every check is what it says: the solution and the odd but right ones pass, every mistake is caught and
//! named.

#[test]
fn every_check_knows_its_mistakes() {
    let mut problems = vec![];
    for check in checks::all() {
        let test = check.self_test();
        let (cases, golden) = test.cases;
        let (pairs, caught, named) = test.pairs;
        println!("{}: {cases} cases, {golden} golden, {} mistakes", check.id(), check.mistakes().len());
        println!("  pairs of mistakes: {pairs}, caught {caught}, named {named}");
        for (value, error) in &test.errors {
            println!("  largest relative error of {value}: {error:.1e}");
        }
        assert!(check.mistakes().len() >= 3, "{} knows fewer than three mistakes", check.id());
        problems.extend(test.problems.into_iter().map(|problem| format!("{}: {problem}", check.id())));
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
